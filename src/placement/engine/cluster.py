"""The cluster that places: everything of the inventory, and the calls that decide.

In: tasks, constraints, strategies.  Out: rows, task ids, reasons.  A call that raises leaves the
cluster as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks import Criteria, ready_checks, spec_of
from placement.engine.prepared import PreparedRequest, checked_constraints, checked_strategy
from placement.engine.ranking import ranking_of
from placement.engine.request import Constraint, Strategy, Task
from placement.engine.scale_in import TIES, choose_victims
from placement.errors import InstanceError, StaleExplanation, TaskError, UsageError, describe_value
from placement.kernels.fields import COUNTED
from placement.model.checks import checked_group
from placement.state.inventory import Inventory
from placement.state.task_status import HEALTHS, LAST_STATUSES, TaskStatus

if TYPE_CHECKING:
    from placement.engine.explain import PlacementExplanation
    from placement.engine.orders import OrderBook
    from placement.engine.plugins import Reporter
    from placement.engine.views import PlacedTask, Usage
    from placement.model import Instance

__all__ = ["Cluster", "Placement", "Placements", "Request"]

Array = npt.NDArray[Any]

_NOTHING = nullcontext()

MAX_KEPT = 4096
"""Requests of ``place`` that are kept ready for when they come again."""


@attrs.frozen
class Request:
    """A plain request for ``place_many``: what ``prepare`` takes."""

    task: Task
    group: str | None = None
    constraints: Sequence[Constraint] = ()
    strategy: Sequence[Strategy] | Strategy | None = None


@attrs.frozen
class Placements:
    """What ``place_many`` decided: as long as its order, -1 where nothing fitted (C15).

    Attributes:
        rows: int64, the row of each task.
        task_ids: int64, the id of each task.
    """

    rows: Array
    task_ids: Array

    def __iter__(self) -> Iterator[Array]:
        return iter((self.rows, self.task_ids))


class Placement:
    """What ``place`` decided.

    Attributes:
        rows: int64, the rows chosen, in order of decision.
        task_ids: int64, the ids of the tasks, in the same order.
        unplaced: How many tasks found no room.
    """

    __slots__ = ("_before", "_changes", "_cluster", "_prepared", "rows", "task_ids", "unplaced")

    def __init__(
        self,
        prepared: PreparedRequest,
        rows: Array,
        task_ids: Array,
        unplaced: int,
        before: tuple[int, int],
    ) -> None:
        self._cluster = prepared.cluster
        self._before = before
        self._prepared = prepared
        self._changes = prepared.cluster.change_count
        self.rows = rows
        self.task_ids = task_ids
        self.unplaced = unplaced

    @property
    def instances(self) -> list[str]:
        """The ids of the instances chosen, in order of decision."""
        ids = self._cluster.ids
        return [ids[row] or "" for row in self.rows.tolist()]

    def undo(self) -> None:
        """Take back what was decided, ids and random numbers too, while nothing else has changed.

        Raises:
            StaleExplanation: the cluster has changed since.
        """
        if self._cluster.change_count != self._changes:
            raise StaleExplanation("the cluster has changed since this was decided")
        tasks = self._cluster.store.tasks
        number, tasks.random_state = self._before
        tasks.undo_to(number)
        self._cluster._bump_change_count()

    def explain(self) -> PlacementExplanation:
        """Return why there is no room for one more such task, or what it would get.

        Raises:
            StaleExplanation: the cluster has changed since (C20).
        """
        if self._cluster.change_count != self._changes:
            raise StaleExplanation("the cluster has changed since this was decided")
        return self._cluster.explain(self._prepared)

    def __repr__(self) -> str:
        return f"<{len(self.rows)} tasks placed, {self.unplaced} not>"


class Cluster(Inventory):
    """Container instances, and where tasks go on them.

    Args:
        seed: Where the random generator starts (C18).
        release: When a stopped task gives its resources back: ``desired_status`` (at once) or
            ``last_status`` (when ``set_task`` says that it is STOPPED) (A25).
        ties: ``registered`` (the instance registered first wins) or ``random`` (A35).
        reporter: Called with each ``Step`` of each decision (C22), which is slower then; it must
            not change the cluster.  Neither copies nor pickles take it along.

        index_bytes: What the orders of prepared requests may take, 1 GiB by default: 8 bytes for
            each instance and request, less where requests share an order.  Beyond it orders are
            built anew again and again, which is right and slow.

    Not safe to change from several threads; kernels release the GIL, so that different clusters
    can be worked on at the same time.
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
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise UsageError(f"seed is a whole number, not {describe_value(seed)}")
        if release not in ("desired_status", "last_status"):
            raise UsageError(
                f"release is desired_status or last_status, not {describe_value(release)}"
            )
        if ties not in ("registered", "random"):
            raise UsageError(f"ties is registered or random, not {describe_value(ties)}")
        if isinstance(index_bytes, bool) or not isinstance(index_bytes, int) or index_bytes < 0:
            raise UsageError(f"index_bytes is a number of bytes, not {describe_value(index_bytes)}")
        if reporter is not None and not callable(reporter):
            raise UsageError(f"reporter is something to call, not {describe_value(reporter)}")
        super().__init__()
        self.release = release
        self.ties = ties
        self.reporter = reporter
        self.index_bytes = index_bytes
        self.compactions = 0
        self._trials = 0
        self.change_count = 0
        """Rises with every decision and every change."""
        self._kept: dict[Any, PreparedRequest] = {}
        self._book: OrderBook | None = None
        self.store.tasks.random_state = seed

    # Requests

    def prepare(
        self,
        task: Task,
        *,
        group: str | None = None,
        constraints: Sequence[Constraint] = (),
        strategy: Sequence[Strategy] | Strategy | None = None,
    ) -> PreparedRequest:
        """Make a request ready for asking it again and again.

        Args:
            task: What is asked for.
            group: The task group; by default ``family:`` and the task's family (C14).
            constraints: Those of the call; the task's own are added (C13).
            strategy: The chain; by default that of the group (C18).

        Raises:
            DocumentError: a group, constraint or strategy is wrong, or there are too many.
            UsageError: ``task`` is no Task.
        """
        return PreparedRequest(
            self, task, group, constraints, strategy, random_ties=self.ties == "random"
        )

    def _prepared_for(
        self, task: Any, group: Any, constraints: Any, strategy: Any
    ) -> PreparedRequest:
        """Return the request as it was made ready last time, or make it ready."""
        try:
            key = (id(task), group, _hashable(constraints), _hashable(strategy))
            kept = self._kept.get(key)
        except TypeError:  # something in it cannot be hashed, and will be refused
            key, kept = None, None
        if kept is not None and kept.task is task and kept.compactions == self.compactions:
            return kept
        prepared = self.prepare(task, group=group, constraints=constraints, strategy=strategy)
        if key is not None:
            if len(self._kept) >= MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = prepared
        return prepared

    def _checked(self, prepared: PreparedRequest) -> PreparedRequest:
        if prepared.cluster is not self:
            raise UsageError("this request was prepared by another cluster")
        if prepared.compactions != self.compactions:
            raise UsageError("this request was prepared before compact, which voids it")
        return prepared

    @property
    def _orders(self) -> OrderBook:
        """The book of orders, made when it is first needed."""
        if self._book is None or self._book.store is not self.store:
            from placement.engine.orders import OrderBook

            self._book = OrderBook(self.store, self.index_bytes)
        return self._book

    # Decisions

    def place(
        self,
        task: Task,
        count: int = 1,
        *,
        group: str | None = None,
        constraints: Sequence[Constraint] = (),
        strategy: Sequence[Strategy] | Strategy | None = None,
        seed: int | None = None,
        all_or_nothing: bool = False,
    ) -> Placement:
        """Place some tasks, one after another, each seeing those before it.

        Args:
            task: What each of them asks for.
            count: How many there are.
            group: The task group; by default ``family:`` and the task's family (C14).
            constraints: Those of the call; the task's own are added (C13).
            strategy: The chain; by default that of the group (C18).
            seed: Where the random numbers of this call start; by default the cluster's own go on.
            all_or_nothing: Place none unless all find room.

        Raises:
            DocumentError: a group, constraint or strategy is wrong, or there are too many.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: another argument is not of its kind.
        """
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 2**31:
            raise UsageError(f"count is a number of tasks, not {describe_value(count)}")
        prepared = self._prepared_for(task, group, constraints, strategy)
        order = np.zeros(count, np.int64)
        held = self.store.tasks
        before = first, _ = held.number, held.random_state
        with _NOTHING if seed is None else self._random(seed):
            state = held.random_state
            rows, tasks = self._decide([prepared], order)
            placed = held.number - first
            if placed < count:
                there = rows >= 0
                rows, tasks = rows[there], tasks[there]
                if all_or_nothing:
                    held.undo_to(first)
                    held.random_state = state
                    rows, tasks, placed = rows[:0], tasks[:0], 0
        self._bump_change_count()
        return Placement(prepared, rows, tasks, count - placed, before)

    def place_many(
        self,
        prepared: Sequence[PreparedRequest | Request | Task],
        order: Any,
        *,
        seed: int | None = None,
    ) -> Placements:
        """Place a stream of tasks, one after another, each seeing those before it.

        Args:
            prepared: The requests; plain ones are made ready first.
            order: An array of whole numbers: which request comes when.
            seed: Where the random numbers of this call start; by default the cluster's own go on.

        Raises:
            DocumentError: a plain request is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: a request is void, or ``order`` does not fit the requests.
        """
        if isinstance(prepared, (str, bytes)) or not isinstance(prepared, Iterable):
            raise UsageError(f"expected several requests, not {describe_value(prepared)}")
        requests = [self._as_prepared(request) for request in prepared]
        numbers = np.asarray(order)
        if numbers.ndim != 1 or (numbers.dtype.kind not in "iu" and len(numbers)):
            raise UsageError("order is an array of whole numbers in one dimension")
        numbers = numbers.astype(np.int64)
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() < len(requests)):
            raise UsageError(f"order holds numbers that are not below {len(requests)}")
        with _NOTHING if seed is None else self._random(seed):
            rows, tasks = self._decide(requests, numbers)
        self._bump_change_count()
        return Placements(rows, tasks)

    def _as_prepared(self, request: Any) -> PreparedRequest:
        if isinstance(request, PreparedRequest):
            return self._checked(request)
        if isinstance(request, Request):
            return self._prepared_for(
                request.task, request.group, request.constraints, request.strategy
            )
        return self._prepared_for(request, None, (), None)

    def _decide(self, requests: list[PreparedRequest], order: Array) -> tuple[Array, Array]:
        """Decide for each of ``order``; undo everything if one of them raises (C18)."""
        tasks = self.store.tasks
        before, state = tasks.number, tasks.random_state
        try:
            return self._orders.decide(requests, order, self.reporter)
        except BaseException:
            tasks.undo_to(before)
            tasks.random_state = state
            raise

    @contextmanager
    def _random(self, seed: int | None) -> Iterator[None]:
        """Let random numbers start at ``seed``; put the generator back if the call raises (C18)."""
        tasks = self.store.tasks
        before = tasks.random_state
        if seed is not None:
            if isinstance(seed, bool) or not isinstance(seed, int):
                raise UsageError(f"seed is a whole number, not {describe_value(seed)}")
            tasks.random_state = seed
        try:
            yield
        except BaseException:
            tasks.random_state = before
            raise
        if seed is not None:
            tasks.random_state = before

    def place_on(
        self,
        id: str,
        task: Task,
        *,
        group: str | None = None,
        constraints: Sequence[Constraint] = (),
    ) -> int | tuple[str, ...]:
        """Place a task on an instance that the caller has chosen, unless a check forbids it (2.10).

        The caller is the scheduler: the task's own constraints are not looked at (A38).

        Args:
            id: The instance, by its id or ARN.
            task: What is asked for.
            group: The task group; by default ``family:`` and the task's family (C14).
            constraints: What must hold beside the checks of the task itself.

        Returns:
            The id of the task, or the reasons of all checks that failed in C17's order; nothing has
            changed then.

        Raises:
            DocumentError: a group or constraint is wrong, or there are too many.
            InstanceError: there is no such instance.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: ``task`` is no Task.
        """
        if not isinstance(task, Task):
            raise UsageError(f"expected a Task, not {describe_value(task)}")
        row = self.row(id)
        name = f"family:{task.family}" if group is None else checked_group(group, "group")
        request = Criteria(task, name, checked_constraints(Task(), constraints))
        failed: dict[str, None] = {}
        for check in ready_checks(self.store, request):
            mask = np.ones(1, np.bool_)
            check.keep(mask, np.array([row]))
            if not mask[0]:
                failed[check.reason] = None
        if failed:
            return tuple(failed)
        tasks = self.store.tasks
        number = tasks.add(
            row, tasks.groups.code(name), tasks.specs.number(spec_of(self.store, task))
        )
        self._mark_changed([row])
        return number

    # Tasks

    def add_task(self, id: str, group: str, task: Task | None = None) -> int:
        """Note a task of ``group`` that runs on an instance, and return its id (C10).

        ``task`` says what it holds; without it the task holds nothing.

        Raises:
            InstanceError: there is no such instance, or it has no room for ``task``.
            DocumentError: the group is no text of 1 to 255 characters.
            UsageError: ``task`` is no Task.
        """
        known = task is not None
        number = self._add_known(id, group, task) if known else super().add_task(id, group)
        self.store.facts[number] = TaskStatus(last_status="RUNNING")
        self._mark_changed([self.store.tasks.row_of(number)])
        return number

    def _add_known(self, id: str, group: str, task: Any) -> int:
        if not isinstance(task, Task):
            raise UsageError(f"expected a Task, not {describe_value(task)}")
        row = self.row(id)
        request = Criteria(task, checked_group(group, "group"), ())
        for check in ready_checks(self.store, request):
            mask = np.ones(1, np.bool_)
            check.keep(mask, np.array([row]))
            if check.reason.startswith("RESOURCE:") and not mask[0]:
                raise InstanceError(f"container instance {id} has no room: {check.reason}")
        tasks = self.store.tasks
        return tasks.add(
            row, tasks.groups.code(group), tasks.specs.number(spec_of(self.store, task))
        )

    def remove_task(self, task_id: int) -> None:
        """Forget a task, which gives back what it holds.

        Raises:
            TaskError: there is no such task.
        """
        super().remove_task(task_id)
        self.store.facts.pop(int(task_id), None)
        self._bump_change_count()

    def stop(self, ids: Any) -> None:
        """Set the desired status of tasks to STOPPED: an id, or several.

        They count no more; what they hold is given back at once, or with
        ``release="last_status"`` when ``set_task`` says that they have stopped (A25).

        Raises:
            TaskError: one is unknown, is stopping already, or stands twice; none is stopped then.
        """
        tasks = self.store.tasks
        numbers = self._task_numbers(ids)
        for number in numbers.tolist():
            if not tasks.task["flags"][number] & COUNTED:
                raise TaskError(f"task {number} is stopping already")
        release = self.release == "desired_status"
        tasks.stop(numbers, release)
        if release:
            for number in numbers.tolist():
                self.store.facts.pop(number, None)
        self._bump_change_count()

    def _task_numbers(self, ids: Any) -> Array:
        single = isinstance(ids, (int, np.integer)) and not isinstance(ids, bool)
        if not single and (isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable)):
            raise TaskError(f"expected task ids, not {describe_value(ids)}")
        listed = [ids] if single else list(ids)
        for number in listed:
            is_number = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
            if not is_number or self.store.tasks.row_of(int(number)) < 0:
                raise TaskError(f"no task {describe_value(number)} in this cluster")
        if len({int(number) for number in listed}) < len(listed):
            raise TaskError("a task stands twice")
        return np.array(listed, np.int64)

    def set_task(
        self,
        id: int,
        *,
        last_status: str | None = None,
        health: str | None = None,
        protected: bool | None = None,
        deployment: int | None = None,
    ) -> None:
        """Note facts about a task, of which scale-in takes account (C16); None: as it is.

        Args:
            id: The task.
            last_status: One of Appendix D; STOPPED and DELETED end the task.
            health: HEALTHY, UNHEALTHY or UNKNOWN.
            protected: Whether scale-in must leave it alone (4.7).
            deployment: The number of its deployment; lower is older.

        Raises:
            TaskError: there is no such task.
            UsageError: a fact is not of its kind.
        """
        numbers = self._task_numbers(id)
        if len(numbers) != 1:
            raise TaskError(f"expected one task id, not {describe_value(id)}")
        number = int(numbers[0])
        if last_status is not None and last_status not in LAST_STATUSES:
            raise UsageError(f"last_status is a task's state, not {describe_value(last_status)}")
        if health is not None and health not in HEALTHS:
            raise UsageError(f"health is one of {', '.join(HEALTHS)}, not {describe_value(health)}")
        if protected is not None and not isinstance(protected, bool):
            raise UsageError(f"protected is true or false, not {describe_value(protected)}")
        if isinstance(deployment, bool) or not isinstance(deployment, int | None):
            raise UsageError(f"deployment is a whole number, not {describe_value(deployment)}")
        fact = self.store.fact(number)
        if last_status in ("STOPPED", "DELETED"):
            self.store.tasks.stop(np.array([number], np.int64), release=True)
            self.store.facts.pop(number, None)
        else:
            self.store.facts[number] = TaskStatus(
                last_status or fact.last_status,
                health or fact.health,
                fact.protected if protected is None else protected,
                fact.deployment if deployment is None else deployment,
            )
        self._bump_change_count()

    def choose_to_stop(
        self,
        group: str,
        count: int,
        strategy: Sequence[Strategy] | Strategy | None = None,
        *,
        seed: int | None = None,
        tie: str = "task_id",
    ) -> list[int]:
        """Return which tasks of a group should stop, in order; none is stopped (2.11, A39).

        Fewer than ``count`` where no more may stop.  Without a strategy, the service default.

        Raises:
            DocumentError: a strategy is not of its kind.
            UsageError: another argument is not of its kind.
        """
        checked_group(group, "group")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise UsageError(f"count is a number of tasks, not {describe_value(count)}")
        if tie not in TIES:
            raise UsageError(f"tie is one of {', '.join(TIES)}, not {describe_value(tie)}")
        chain = ranking_of(checked_strategy(strategy, "service:"))
        with self._random(seed):
            return choose_victims(self.store, group, count, chain, tie)

    # Reading back

    def describe(self, id: str) -> Instance:
        """Return an instance as it is now; it could be registered so elsewhere.

        What runs on it is in ``running_tasks`` and in what remains and is taken.  ``gpus`` are ids
        and ``id`` is an ARN if it was registered with one; ports are given in full, defaults too.

        Raises:
            InstanceError: there is no such instance.
        """
        from placement.engine.views import describe_instance

        return describe_instance(self.store, self.row(id))

    def attribute(self, id: str, name: str) -> str | None:
        """Return the value of an attribute of an instance: "" without value, None if not there.

        Raises:
            InstanceError: there is no such instance.
        """
        row = self.row(id)
        column = self.store.attributes.get(name)
        return None if column is None else self.store.matrix.get(column, row)

    def usage(self, id: str) -> Usage:
        """Return what an instance has left, and how many tasks run on it.

        Raises:
            InstanceError: there is no such instance.
        """
        from placement.engine.views import usage_of

        return usage_of(self.store, self.row(id))

    def tasks_on(self, id: str) -> list[int]:
        """Return the ids of the tasks on an instance, ascending.

        Tasks that are stopping are among them for as long as they hold something (A25).

        Raises:
            InstanceError: there is no such instance.
        """
        return sorted(self.store.tasks.on(self.row(id)))

    def task(self, id: int) -> PlacedTask:
        """Return a task: where it is, what it holds and what is known of it.

        Raises:
            TaskError: there is no such task (any more).
        """
        from placement.engine.views import placed_task

        if isinstance(id, Iterable):
            raise TaskError(f"expected one task id, not {describe_value(id)}")
        return placed_task(self.store, int(self._task_numbers(id)[0]))

    def task_counts(self, group: str | None = None) -> Array:
        """Return how many tasks count on each row: int64, as long as ``rows``, 0 for holes.

        Those of a group are what spread, distinctInstance and ``task:group`` go by (A20, A33);
        without a group it is ``runningTasksCount``, tasks of no known group included (C10).

        Raises:
            DocumentError: the group is no text of 1 to 255 characters.
        """
        from placement.engine.views import counts_of

        return counts_of(self.store, None if group is None else checked_group(group, "group"))

    def to_ecs(self) -> dict[str, Any]:
        """Return all that placement knows of this cluster as one document for ``from_ecs``.

        It is plain JSON: ``containerInstances`` (as ``aws ecs describe-container-instances`` prints
        them, in the order of registration), ``tasks`` (``describe-tasks``, in the order of their
        ids), ``protectedTasks`` (``get-task-protection``) and ``clusters``
        (``describe-clusters``), if the instances' ARNs tell the cluster's name.
        ``taskDefinitions`` is empty: what a task holds stands in the task.

        What ECS has no field for stands where the API has something of the kind: an explicit number
        of network interfaces is a registered resource ``ENI`` (C12), further resources of a task
        are ``resourceRequirements`` of an override, the number of a deployment is
        ``startedBy: ecs-svc/deployment/-1``.

        Not written: holes, so that rows close up (C7); ids of tasks, which begin anew in the same
        order (tasks that came in no document get ARNs that ``task_by_arn`` finds); ARNs of tasks
        that are gone; the options ``seed``, ``release``, ``ties``, ``reporter`` and
        ``index_bytes``, and where the random generator stands: give ``from_ecs`` those you want.
        With another ``release`` than here, tasks that are stopping are not the same; and of an
        instance that reports more left than it has, tasks give nothing back (C10).
        """
        from placement.engine.cluster_document import cluster_document

        return cluster_document(self.store)

    # Undoing

    @contextmanager
    def trial(self) -> Iterator[Cluster]:
        """Try anything; afterwards nothing has happened (C21).

        Trials nest.  An exception passes through after the undo.  A request that was prepared
        inside stays good; ids of tasks and instances made inside are void.
        """
        saved = self.store.copy()
        compactions = self.compactions
        self._trials += 1
        try:
            yield self
        finally:
            self._trials -= 1
            self.store.restore(saved)
            self.compactions = compactions
            self._bump_change_count()

    def copy(self) -> Cluster:
        """Return a cluster of its own that holds the same.

        Raises:
            UsageError: inside a trial.
        """
        self._outside_trials()
        other = Cluster(release=self.release, ties=self.ties, index_bytes=self.index_bytes)
        other.store = self.store.copy()
        return other

    __copy__ = copy

    def __deepcopy__(self, _: Any) -> Cluster:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        self._outside_trials()
        return _restored, (self.store.copy(), self.release, self.ties, self.index_bytes)

    def _outside_trials(self) -> None:
        if self._trials:
            raise UsageError("a cluster cannot be copied or pickled inside a trial")

    def compact(self) -> Array:
        """Remove holes and unused texts; prepared requests are void afterwards (C7)."""
        new_rows = super().compact()
        self.compactions += 1
        self._bump_change_count()
        return new_rows

    # Why

    def explain(
        self,
        task: Task | PreparedRequest,
        *,
        group: str | None = None,
        constraints: Sequence[Constraint] = (),
    ) -> PlacementExplanation:
        """Return which instances a task fits on now, and why the others will not do (C20).

        Raises:
            DocumentError: a group or constraint is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: another argument is not of its kind.
        """
        from placement.engine.explain import explain_request

        if isinstance(task, PreparedRequest):
            return explain_request(self.store, self._checked(task).request)
        return explain_request(
            self.store, self._prepared_for(task, group, constraints, None).request
        )

    def missing(
        self,
        task: Task | PreparedRequest,
        *,
        group: str | None = None,
        constraints: Sequence[Constraint] = (),
    ) -> dict[str, tuple[str, ...]]:
        """Return what each instance without room for a task lacks, in words, in C17's order.

        ``explain`` says it of the closest instance alone; all of them take longer.

        Raises:
            DocumentError: a group or constraint is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: another argument is not of its kind.
        """
        from placement.engine.explain import missing_of_all

        if isinstance(task, PreparedRequest):
            return missing_of_all(self.store, self._checked(task).request)
        return missing_of_all(
            self.store, self._prepared_for(task, group, constraints, None).request
        )

    def _bump_change_count(self) -> None:
        """Note that the cluster has changed."""
        self.change_count += 1

    def _mark_changed(self, rows: list[int]) -> None:
        """Let every order look at rows on which a task appeared that it did not decide."""
        self.store.tasks.change_log.note_freed(rows)
        self._bump_change_count()


def _restored(store: Any, release: str, ties: str, index_bytes: int) -> Cluster:
    """Make a cluster again out of what was pickled."""
    cluster = Cluster(release=release, ties=ties, index_bytes=index_bytes)
    cluster.store = store
    return cluster


def _hashable(value: Any) -> Any:
    """Return constraints or strategies in a form that can be looked up."""
    return tuple(value) if isinstance(value, list) else value
