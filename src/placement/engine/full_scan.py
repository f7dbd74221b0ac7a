"""Full scan: evaluate every row for every decision.

In: a prepared request and a store.  Out: a row.  Correct for any request and slower than the index:
for requests that cannot be indexed (user-defined filters and rankers, counts that leave tasks out,
too many buckets) and for decisions that are reported step by step.  It is also the plain statement
of a decision, which the index must agree with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks import PluginCheck, all_rows, mask_of, prepare_checks
from placement.engine.lookup import counted_tasks, group_counts, is_draining
from placement.engine.plugins import Step
from placement.errors import UsageError
from placement.kernels.fields import CLOCK, LEFT, RANDOM_STATE, TASKS

if TYPE_CHECKING:
    from placement.engine.plugin_cache import PluginAnswers
    from placement.engine.plugins import AnyRanker, Reporter
    from placement.engine.prepared import PreparedRequest
    from placement.engine.ranking import GroupCountKey
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = ["FullScan"]

DEFAULT_BYTES = 2**30
"""What remembered answers may take where no bound is given."""

Array = npt.NDArray[Any]


class FullScan:
    """Full scans of one cluster, with remembered answers of user-defined filters and rankers.

    Args:
        store: The store of the cluster.
        most_bytes: What remembered answers may take.
    """

    def __init__(self, store: Store, most_bytes: int = DEFAULT_BYTES) -> None:
        self.store = store
        self.most_bytes = most_bytes
        self._answers: PluginAnswers | None = None
        """Made when a plugin is first asked."""

    @property
    def bytes_kept(self) -> int:
        """Bytes that remembered answers take."""
        return 0 if self._answers is None else self._answers.bytes_kept

    def drop_answers(self, most_bytes: int) -> None:
        """Drop the answers used longest ago until the others take at most so many bytes.

        Those used last are kept in any case.
        """
        if self._answers is not None:
            self._answers.drop(most_bytes)

    @property
    def remembers(self) -> bool:
        """Whether answers are remembered, so that every change of a row must be noted."""
        return self._answers is not None

    @property
    def answers(self) -> PluginAnswers:
        """The remembered answers of filters and rankers."""
        if self._answers is None:
            # Imported here: most programs have no filter or ranker of their own.
            from placement.engine.plugin_cache import PluginAnswers

            self._answers = PluginAnswers(self.store, self.most_bytes)
        return self._answers

    def choose(self, prepared: PreparedRequest, reporter: Reporter | None = None) -> int:
        """Return the row for a request, or -1.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            UsageError: a filter, ranker or reporter has changed the cluster.
        """
        before = self._state()
        rows = self.best_rows(prepared, reporter)
        if self._state() != before:
            raise UsageError("a filter, ranker or reporter has changed the cluster that asked it")
        if not len(rows):
            return -1
        if prepared.ranking.random:
            from placement.kernels.chance import draw

            return int(rows[draw.call(self.store.tasks.meta, len(rows))])
        return int(rows[0])

    def _state(self) -> tuple[int, ...]:
        store = self.store
        return store.changes, *store.tasks.meta[[TASKS, LEFT, RANDOM_STATE, CLOCK]].tolist()

    def best_rows(self, prepared: PreparedRequest, reporter: Reporter | None = None) -> Array:
        """Return the rows that are equally good after all sort keys, ascending."""
        if self._answers is not None:
            self._answers.note_changes()
        rows = np.flatnonzero(self._mask(prepared, reporter))
        scan = _Scan(self, prepared)
        for key in prepared.ranking.keys:
            if len(rows) > 1:
                numbers = key.by_candidate(scan, rows)
                rows = rows[numbers == numbers.min()]
            elif reporter is None:
                break
            if reporter is not None:
                reporter(Step("strategy", str(key), len(rows)))
        return rows

    def _mask(self, prepared: PreparedRequest, reporter: Reporter | None) -> Array:
        """Return the mask of the rows that pass all checks."""
        store = self.store
        mask = mask_of(store, [])
        refused = ""
        for check in prepare_checks(store, prepared.criteria):
            if isinstance(check, PluginCheck):
                mask &= self.answers.of_filter(check.plugin)
            else:
                check.keep(mask, all_rows(store))
            if reporter is not None:
                left = int(mask.sum())
                refused = refused or ("" if left else check.reason)
                reporter(Step("check", check.reason, left))
        if reporter is not None and not mask.any():
            reporter(Step("refused", refused or "EMPTY", 0))
        return mask


@attrs.frozen
class _Scan:
    """One decision, as sort keys read it (``ranking.RowContext``)."""

    scan: FullScan
    request: PreparedRequest

    @property
    def store(self) -> Store:
        """The store of the cluster."""
        return self.scan.store

    def answers_of(self, ranker: AnyRanker) -> Array:
        """Return what a user-defined ranker says of each row: float64."""
        return self.scan.answers.of_ranker(ranker, self.request)

    def group_counts(self, key: GroupCountKey) -> Array:
        """Return how many tasks of the request's group count on each row (A33)."""
        if key.count_old_revisions:
            counts = group_counts(self.store, self.request.group)
        else:
            counts = self._counts_of_revision()
        return counts if key.count_draining else counts * ~is_draining(self.store)

    def _counts_of_revision(self) -> Array:
        """Return the group's counts without other revisions of the request's family (A33).

        Tasks of another family count, and so do those whose definition is not known.
        """
        tasks = self.store.tasks
        of_group = counted_tasks(self.store, self.request.group)
        kinds, kind_of = np.unique(tasks.task["spec"][of_group], return_inverse=True)
        specs = [tasks.specs.listed[number] for number in kinds.tolist()]
        counted = np.array(
            [not _is_other_revision(spec.revision, self.request.task) for spec in specs], np.bool_
        )
        rows = tasks.task["row"][of_group[counted[kind_of]]]
        return np.bincount(rows, minlength=len(self.store.ids))


def _is_other_revision(revision: tuple[str, int] | None, task: Task) -> bool:
    """Return whether a known revision is another one of the task's family."""
    return revision is not None and revision[0] == task.family and revision[1] != task.revision
