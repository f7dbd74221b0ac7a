"""The cluster that places: its options, documents in and out, trials and copies.

In: options, documents, frames.  Out: ``Cluster``, which has every public call: about instances
(``instance_calls``), tasks (``task_calls``), requests (``request_calls``), that about a task on a
chosen instance (``place_on_calls``), and those that decide (``placing_calls``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from placement.engine.arguments import checked_seed, checked_whole
from placement.engine.placing_calls import PlacingCalls
from placement.engine.trial import Trial, TrialStack
from placement.errors import UsageError, describe_value
from placement.model.checks import is_one_of
from placement.state.guard import changes, reads
from placement.state.store import Store

if TYPE_CHECKING:
    from placement.documents.problems import Skipped
    from placement.engine.plugins import Reporter

__all__ = ["Cluster"]


class Cluster(PlacingCalls):
    """Container instances, and the tasks that are placed on them.

    Args:
        seed: Where the random generator starts (C18).
        release: When a stopped task gives its resources back: ``desired_status`` (at once) or
            ``last_status`` (when ``set_task`` says that it is STOPPED) (A25).
        ties: ``registered`` (the instance registered first wins) or ``random`` (A35).
        reporter: Called with each ``Step`` of each decision (C22), which is slower then; it must
            not change the cluster.  Neither copies nor pickles take it along.
        index_bytes: What the indexes of prepared requests may take, 1 GiB by default: 8 bytes for
            each instance and request, less where requests share an index.  Beyond it the one built
            longest ago is evicted and rebuilt when needed: correct, but slow.  The same bounds what
            is kept of the answers of filters and rankers.

    One thread at a time may change a cluster; several may read one that nobody changes.  Calls
    that must not meet raise ``UsageError`` (C53).
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        release: str = "desired_status",
        ties: str = "registered",
        reporter: Reporter | None = None,
        index_bytes: int = 2**30,
    ) -> None:
        seed = checked_seed(seed)
        if not is_one_of(release, ("desired_status", "last_status")):
            raise UsageError(
                f"release is desired_status or last_status, not {describe_value(release)}"
            )
        if not is_one_of(ties, ("registered", "random")):
            raise UsageError(f"ties is registered or random, not {describe_value(ties)}")
        index_bytes = checked_whole(index_bytes, "index_bytes is a number of bytes", 0, 2**63)
        if reporter is not None and not callable(reporter):
            raise UsageError(f"reporter is something to call, not {describe_value(reporter)}")
        super().__init__()
        self.release = release
        self.ties = ties
        self.reporter = reporter
        self.index_bytes = index_bytes
        self._trials = TrialStack()
        self._skipped: tuple[Skipped, ...] = ()
        self.store.tasks.random_state = seed

    # Documents

    @classmethod
    def from_ecs(cls, document: Any, *, on_error: str = "raise", **options: Any) -> Self:
        """Return the cluster that documents of the ECS API describe.

        Args:
            document: What ``aws ecs describe-container-instances`` prints: a mapping with
                ``containerInstances``, and beside it perhaps ``tasks`` (``describe-tasks``),
                ``taskDefinitions`` (what ``describe-task-definition`` prints under
                ``taskDefinition``, several of them) and ``protectedTasks``
                (``get-task-protection``); or a list of such pages; or a list, iterator or other
                iterable of instance documents, which is read once and not kept (C11).
            on_error: ``raise``: a record that cannot be read refuses the document, and the error
                names every such record, at most 20; ``skip``: it is left out, and ``skipped`` names
                it (C31).
            options: What the class takes: ``seed``, ``release``, ``ties``.

        What an instance reports (``remainingResources``, ``runningTasksCount``) includes the tasks
        given, so that nothing is subtracted again; where more tasks are given than reported, they
        count (C10).  A task holds what its document and its definition say (the task's document
        wins), so far as the instance reports it as taken, and gives that back when it stops.  Tasks
        whose desired status is STOPPED are gone, or with ``release="last_status"`` hold what they
        hold until their last status is STOPPED (A25).  ECS reports their shares as free already:
        what such a task does not find is taken off, so that less than nothing may be left, unless
        the document says ``"release": "last_status"``, as ``to_ecs`` writes it (C10).  Tasks on
        instances that the document does not hold count for nothing (A20, B17).  Task ids ascend
        with ``createdAt``.

        A record that comes twice counts once: the one with the higher ``version``; without
        versions, a task's later ``lastStatus``, otherwise the later in the document; a task
        definition's first.  Two that differ are named in ``skipped`` (C31).

        Raises:
            DocumentError: something has not the form that ECS gives it; ``path`` says where.
            UsageError: an option is not of its kind.
        """
        # Imported here, because not every program reads documents.
        from placement.documents.problems import Problems
        from placement.engine.load_document import load_document

        problems = Problems(on_error)
        cluster = cls(**options)
        load_document(cluster, document, problems, cluster.release)
        problems.check()
        cluster._skipped = tuple(problems.skipped)
        return cluster

    @property
    def skipped(self) -> list[Skipped]:
        """What ``from_ecs`` left out: pairs of path and reason (C31)."""
        return list(self._skipped)

    @classmethod
    def from_frame(cls, frame: Any, **options: Any) -> Self:
        """Return the cluster of a table, a row for each instance (C11).

        Args:
            frame: A data frame of pandas, polars or pyarrow, or another that narwhals reads (extra
                ``[frames]``).  The columns ``id`` (an id or ARN, the only one there must be),
                ``cpu`` (units), ``memory`` (MiB), ``gpus`` (how many), ``status``,
                ``agent_connected``, ``agent_version``, ``registered_at`` (a time, text as ECS
                writes it, or seconds; UTC without an offset) and ``running_tasks`` (a count) mean
                that; every other column is the attribute of its name.  Null is absent (C9 says what
                is assumed then); numbers and truth values become an attribute's text: ``5``,
                ``0.5``, ``true``.
            options: What the class takes: ``seed``, ``release``, ``ties``.

        Nothing is taken: what remains is what is registered.

        Raises:
            DocumentError: a value is not of its kind; ``path`` is column and row: ``cpu[3]``.
            UsageError: it is no frame, narwhals is not installed, or an option is not of its kind.
        """
        from placement.documents.frames import columns_of, table_of  # here: few need it
        from placement.state.load_table import load_table

        cluster = cls(**options)
        load_table(cluster.store, table_of(columns_of(frame)))
        return cluster

    @reads
    def to_ecs(self) -> dict[str, Any]:
        """Return all that placement knows of this cluster as one document for ``from_ecs``.

        It is plain JSON: ``containerInstances`` (as ``aws ecs describe-container-instances`` prints
        them, in the order of registration), ``tasks`` (``describe-tasks``, in the order of their
        ids), ``protectedTasks`` (``get-task-protection``) and ``clusters``
        (``describe-clusters``), if the instances' ARNs contain the cluster's name.
        Every field of the instances, of the tasks and of the ``taskDefinitions`` that these name is
        written as it came, but for what has changed since (C50); a definition with which a task
        would be read as another one is left out, and what its tasks hold is in their own documents.

        What the API has no field for is written to its closest field: an explicit number
        of network interfaces is a registered resource ``ENI`` (C12), further resources of a task
        are ``resourceRequirements`` of an override, the number of a deployment is
        ``startedBy: ecs-svc/deployment/-1``.

        Not written: tombstones, so that rows are renumbered without gaps (C7); ids of tasks, which
        are assigned again in the same order (tasks that came in no document get ARNs that
        ``task_by_arn`` finds); the options ``seed``, ``release``, ``ties``, ``reporter`` and
        ``index_bytes``, and the state of the random generator: give ``from_ecs`` those you want.
        ``release`` is written where it is ``last_status``: it says that what is left excludes the
        shares of stopping tasks (C10).  With another ``release`` than here, tasks that are stopping
        are not the same; and of an instance that reports more left than it has, tasks give nothing
        back (C10).
        """
        from placement.engine.cluster_document import cluster_document

        return cluster_document(self.store, self.release)

    # Trials, copies, compaction

    def trial(self) -> Trial[Self]:
        """Return a context manager inside which anything may be tried (C21).

        When it is left, nothing has happened.  Trials nest.  An exception passes through after the
        undo.  A request that was prepared inside stays good; ids of tasks and instances made inside
        are void.  Until it is closed, calls of other threads are refused.
        """
        return Trial(self)

    @reads
    def copy(self) -> Cluster:
        """Return an independent copy.

        Raises:
            UsageError: inside a trial.
        """
        self._check_no_trial()
        other = Cluster(release=self.release, ties=self.ties, index_bytes=self.index_bytes)
        other.store = self.store.copy()
        other._skipped = self._skipped
        other.change_count = self.change_count  # results that are copied with it compare (C54)
        return other

    __copy__ = copy

    def __deepcopy__(self, _: Any) -> Cluster:
        return self.copy()

    @reads
    def __reduce__(self) -> tuple[Any, ...]:
        self._check_no_trial()
        options = self.release, self.ties, self.index_bytes
        return _restored, (self.store.copy(), *options, self.change_count, self._skipped)

    def _check_no_trial(self) -> None:
        if self._trials:
            raise UsageError("a cluster cannot be copied or pickled inside a trial")

    @changes
    def compact(self) -> npt.NDArray[np.int64]:
        """Remove tombstones and unused texts; prepared requests are void afterwards (C7).

        Returns the array old row -> new row, -1 for a tombstone.  Rows and masks from before are
        void; ids and task ids stay.
        """
        self.store, new_rows = self.store.without_tombstones()
        self._epochs.end_all()
        return new_rows

    def __repr__(self) -> str:
        rows = len(self.store.ids)
        running = int(self.store.running[:rows].sum(dtype=np.int64))
        return f"<Cluster: {len(self.store.row_of)} instances, {running} running tasks>"


def _restored(
    store: Store,
    release: str,
    ties: str,
    index_bytes: int,
    change_count: int,
    skipped: tuple[Skipped, ...],
) -> Cluster:
    """Restore a cluster from its pickled state."""
    cluster = Cluster(release=release, ties=ties, index_bytes=index_bytes)
    cluster.store = store
    cluster._skipped = skipped
    cluster.change_count = change_count
    return cluster
