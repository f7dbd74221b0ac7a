"""Calls about tasks that are on instances: noting, stopping, what is known of them, scale-in.

In: task ids, groups, instances.  Out: ids and values.  Where new tasks go is decided elsewhere; a
call that raises leaves the cluster as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.arguments import checked_argument, checked_seed, checked_whole
from placement.engine.checks import prepare_checks
from placement.engine.criteria import Criteria
from placement.engine.instance_calls import InstanceCalls
from placement.engine.ranking import default_strategy, ranking_of
from placement.engine.request import StrategyOrRanker, Task
from placement.engine.rules import checked_strategy
from placement.engine.scale_in import TIES, Question, choose_victims
from placement.engine.specs import spec_of
from placement.errors import InstanceError, TaskError, UsageError, describe_value
from placement.kernels.fields import COUNTED, MAX_TASK_IDS, NO_ROW
from placement.model import MAX_COUNT
from placement.model.checks import checked_group, is_several
from placement.model.numbers import as_flag, whole_number
from placement.state.guard import changes, reads
from placement.state.task_status import HEALTHS, LAST_STATUSES, TaskStatus

if TYPE_CHECKING:
    from placement.engine.views import PlacedTask

__all__ = ["TaskCalls"]

Array = npt.NDArray[Any]

MAX_DEPLOYMENT = 2**62
"""Numbers of deployments stay below it."""

_SERVICE = ranking_of(default_strategy("service:"))
"""What decides in scale-in where no strategy is given."""

_RUNNING = TaskStatus(last_status="RUNNING")
"""What is known of a noted task: one object for all, so that scale-in looks at it once."""

_status = lru_cache(maxsize=2**12)(TaskStatus)
"""What is known of a task: tasks that have it in common share one object."""


class TaskCalls(InstanceCalls):
    """Tasks by id, ascending in the order of their start, never used again (C15)."""

    release: str
    """When a stopped task gives back what it holds (A25)."""

    # Noting and stopping

    @changes
    def add_task(self, id: str, group: str, task: Task | None = None) -> int:
        """Note a task of ``group`` that runs on an instance, and return its id (C10).

        ``task`` says what it holds; without it the task holds nothing.

        Raises:
            InstanceError: there is no such instance, it has no room for ``task``, or it can count
                no further task.
            DocumentError: the group is no text of 1 to 255 characters.
            UsageError: ``task`` is no Task.
        """
        if task is not None and not isinstance(task, Task):
            raise UsageError(f"expected a Task, not {describe_value(task)}")
        row = self._row(id)
        checked_group(group, "group")
        if self.store.running[row] == MAX_COUNT:
            raise InstanceError(f"container instance {id} cannot count more than {MAX_COUNT} tasks")
        if task is not None:
            self._check_room(id, row, group, task)
        tasks = self.store.tasks
        if tasks.has_unused_names:
            tasks.forget_unused_names()
        spec = 0 if task is None else tasks.specs.number(spec_of(self.store, task))
        task_id = tasks.add(row, tasks.groups.code(group), spec)
        self.store.facts[task_id] = _RUNNING
        return task_id

    def _check_room(self, id: str, row: int, group: str, task: Task) -> None:
        """Refuse a task that needs more of a resource than a row has left, reserved or not."""
        for check in prepare_checks(self.store, Criteria(task, group, (), use_reserved=True)):
            mask = np.ones(1, np.bool_)
            check.keep(mask, np.array([row]))
            if check.reason.startswith("RESOURCE:") and not mask[0]:
                raise InstanceError(f"container instance {id} has no room: {check.reason}")

    @changes
    def remove_task(self, task_id: int) -> None:
        """Forget a task, which gives back what it holds.

        Raises:
            TaskError: there is no such task.
        """
        self._end(self._position(task_id))

    def _end(self, position: int) -> None:
        """Let a task give back what it holds, and forget it."""
        tasks = self.store.tasks
        id = int(tasks.task["id"][position])
        tasks.stop(np.array([position], np.int64), release=True)
        self.store.forget_tasks((id,))

    @changes
    def stop(self, ids: Any) -> None:
        """Set the desired status of tasks to STOPPED: an id, or several.

        They count no more; what they hold is given back at once, or with
        ``release="last_status"`` when ``set_task`` says that they have stopped (A25).

        Raises:
            TaskError: one is unknown, is stopping already, or is listed twice; none is stopped
                then.
        """
        release = self.release == "desired_status"
        single = whole_number(ids)
        if single is not None:
            self._stop_one(single, release)
            return
        listed = _listed_ids(ids)
        tasks = self.store.tasks
        positions, found = tasks.find(listed)
        if found < len(listed):
            self._position(int(listed[found]))  # if there is such a task, it is there before
            raise TaskError("a task is listed twice")
        stopping = listed[tasks.task["flags"][positions] & COUNTED == 0]
        if len(stopping):
            raise TaskError(f"task {stopping[0]} is stopping already")
        self._stop_at(positions, listed, release)

    def _stop(self, ids: Array) -> None:
        """Stop tasks by their ids, int64, that all count and are all different."""
        positions, _ = self.store.tasks.find(ids)
        self._stop_at(positions, ids, self.release == "desired_status")

    def _stop_at(self, positions: Array, ids: Array, release: bool) -> None:
        """Stop tasks by their positions, which have these ids."""
        self.store.tasks.stop(positions, release)
        if release:
            self.store.forget_tasks(ids.tolist())

    def _stop_one(self, id: int, release: bool) -> None:
        """Stop one task, which one kernel finds, checks and stops."""
        done = self.store.tasks.stop_one(id, release) if 0 <= id < MAX_TASK_IDS else -1
        if done < 0:
            raise _no_task(id)
        if done == 0:
            raise TaskError(f"task {id} is stopping already")
        if release:
            self.store.forget_tasks((id,))

    def _position(self, id: Any) -> int:
        """Return the position of a task by its id.

        Raises:
            TaskError: there is no such task (any more).
        """
        number = whole_number(id)
        position = NO_ROW if number is None else self.store.tasks.position_of(number)
        if position == NO_ROW:
            raise _no_task(id)
        return position

    @changes
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
        position = self._position(id)
        if last_status is not None and not (
            isinstance(last_status, str) and last_status in LAST_STATUSES
        ):
            raise UsageError(f"last_status is a task's state, not {describe_value(last_status)}")
        if health is not None and not (isinstance(health, str) and health in HEALTHS):
            raise UsageError(f"health is one of {', '.join(HEALTHS)}, not {describe_value(health)}")
        if protected is not None:
            expected = "protected is true or false"
            protected = checked_argument(as_flag(protected), protected, expected)
        if deployment is not None:
            expected = "deployment is a whole number"
            deployment = checked_whole(deployment, expected, -MAX_DEPLOYMENT, MAX_DEPLOYMENT)
        if last_status in ("STOPPED", "DELETED"):
            self._end(position)
        else:
            number = int(self.store.tasks.task["id"][position])
            fact = self.store.fact(number)
            self.store.facts[number] = _status(
                last_status or fact.last_status,
                health or fact.health,
                fact.protected if protected is None else protected,
                fact.deployment if deployment is None else deployment,
            )

    # Scale-in

    def choose_to_stop(
        self,
        group: str,
        count: int,
        strategy: Sequence[StrategyOrRanker] | StrategyOrRanker | None = None,
        *,
        seed: int | None = None,
        tie: str = "task_id",
        among: Iterable[int] | None = None,
    ) -> list[int]:
        """Return which tasks of a group should stop, in order; none is stopped (2.11, A39).

        Fewer than ``count`` where no more may stop.  It only reads, unless it draws random numbers
        from the cluster's own generator (C53).

        Args:
            group: The task group.
            count: How many tasks.
            strategy: The strategies in order; by default those of services.
            seed: Starts a generator for this call; by default the cluster's own is used.
            tie: What decides last: ``task_id`` or ``oldest`` (the smallest id), or ``newest``.
            among: The ids of the tasks that may be chosen, in any order; by default all of the
                group.  What strategies count is the whole group all the same (A33); a protected
                task is not chosen.  The time taken follows these tasks and their instances.

        Raises:
            DocumentError: a strategy is not of its kind.
            TaskError: a task of ``among`` is unknown, of another group, stopping already or listed
                twice.
            UsageError: another argument is not of its kind.
        """
        checked_group(group, "group")
        count = checked_whole(count, "count is a number of tasks", 0, 2**63)
        if not isinstance(tie, str) or tie not in TIES:
            raise UsageError(f"tie is one of {', '.join(TIES)}, not {describe_value(tie)}")
        ranking = _SERVICE if strategy is None else ranking_of(checked_strategy(strategy))
        own = None if seed is None else checked_seed(seed)
        listed = None if among is None else _listed_ids(among)
        question = Question(group, count, ranking, tie, own, listed)
        if ranking.random and seed is None:
            return self._draw_to_stop(question)
        return self._read_to_stop(question)

    @changes
    def _draw_to_stop(self, question: Question) -> list[int]:
        """Choose with the cluster's own random generator, which advances."""
        state = self.store.tasks.random_state
        try:
            return choose_victims(self.store, question)
        except BaseException:
            self.store.tasks.random_state = state
            raise

    @reads
    def _read_to_stop(self, question: Question) -> list[int]:
        """Choose with a generator that starts at the seed, or without random numbers."""
        return choose_victims(self.store, question)

    # Reading back

    @reads
    def tasks_on(self, id: str) -> list[int]:
        """Return the ids of the tasks on an instance, ascending.

        Tasks that are stopping are among them for as long as they hold something (A25).

        Raises:
            InstanceError: there is no such instance.
        """
        tasks = self.store.tasks
        positions = np.array(sorted(tasks.on(self._row(id))), np.int64)
        ids: list[int] = tasks.task["id"][positions].tolist()
        return ids

    @reads
    def task(self, id: int) -> PlacedTask:
        """Return a task: where it is, what it holds and what is known of it.

        Raises:
            TaskError: there is no such task (any more).
        """
        from placement.engine.views import placed_task

        return placed_task(self.store, self._position(id))

    @reads
    def task_counts(self, group: str | None = None) -> Array:
        """Return how many tasks count on each row: int64, as long as ``rows``, 0 for tombstones.

        Those of a group are what spread, distinctInstance and ``task:group`` go by (A20, A33);
        without a group it is ``runningTasksCount``, tasks of no known group included (C10).

        Raises:
            DocumentError: the group is no text of 1 to 255 characters.
        """
        from placement.engine.views import counts_of

        return counts_of(self.store, None if group is None else checked_group(group, "group"))

    @reads
    def task_by_arn(self, arn: str) -> int:
        """Return the id of a task that came in a document.

        Args:
            arn: Its ARN, or the ARN's last part.

        Raises:
            TaskError: there is no such task (any more).
        """
        id = None
        if isinstance(arn, str):
            id = self.store.task_of_arn.get(arn.rpartition("/")[2])
        if id is None or ("/" in arn and self.store.arns[id] != arn):
            raise _no_task(arn)
        self._position(id)  # an error may have ended the call that ended the task
        return id

    @reads
    def task_arn(self, task_id: int) -> str | None:
        """Return the ARN of a task, None for a task that came in no document.

        Raises:
            TaskError: there is no such task (any more).
        """
        position = self._position(task_id)
        return self.store.arns.get(int(self.store.tasks.task["id"][position]))


def _no_task(id: Any) -> TaskError:
    return TaskError(f"no task {describe_value(id)} in this cluster")


def _listed_ids(ids: Any) -> Array:
    """Return several task ids as int64.

    Raises:
        TaskError: they are not ids, or one is none that a task can have.
    """
    if isinstance(ids, np.ndarray) and ids.ndim == 1 and ids.dtype.kind == "i":
        return ids.astype(np.int64)
    if not is_several(ids):
        raise TaskError(f"expected task ids, not {describe_value(ids)}")
    if type(ids) is list and set(map(type, ids)) == {int} and max(ids) < MAX_TASK_IDS > -min(ids):
        return np.array(ids, np.int64)  # a negative number is found to be none later
    listed = []
    for id in ids:
        number = whole_number(id)
        if number is None or not 0 <= number < MAX_TASK_IDS:
            raise _no_task(id)
        listed.append(number)
    return np.array(listed, np.int64)
