"""The call that puts a task where the caller wants it, if no check forbids that.

In: an instance, a task, constraints.  Out: the task's id, or why it does not go there.  Nothing is
decided: knows neither strategies nor indexes.  A call that raises leaves the cluster as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placement.engine.arguments import checked_argument
from placement.engine.checks import prepare_checks
from placement.engine.criteria import Criteria
from placement.engine.request import ConstraintOrFilter, Task
from placement.engine.request_calls import RequestCalls
from placement.engine.results import PlaceOnResult
from placement.engine.rules import checked_constraints
from placement.engine.specs import spec_of
from placement.errors import InstanceError, PlacementError, UsageError, describe_value
from placement.model import MAX_COUNT
from placement.model.checks import checked_group
from placement.model.numbers import as_flag
from placement.state.guard import changes

__all__ = ["PlaceOnCalls"]


class PlaceOnCalls(RequestCalls):
    """Tasks on chosen instances."""

    def place_on(
        self,
        id: str,
        task: Task,
        *,
        group: str | None = None,
        constraints: Sequence[ConstraintOrFilter] = (),
        use_reserved: bool = False,
    ) -> PlaceOnResult:
        """Place a task on an instance that the caller has chosen, unless a check forbids it (2.10).

        The caller is the scheduler: the task's own constraints are not looked at (A38).

        Args:
            id: The instance, by its id or ARN.
            task: What is asked for.
            group: The task group; by default ``family:`` and the task's family (C14).
            constraints: What must hold beside the checks of the task itself.
            use_reserved: Whether the task may take what ``set_reservation`` keeps for daemons: it
                is one itself (A45).

        Returns:
            The id of the task, or the reasons of all checks that failed in C17's order; nothing has
            changed then.

        Raises:
            DocumentError: a group or constraint is wrong, or there are too many.
            InstanceError: there is no such instance, or it can count no further task.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: ``task`` is no Task, or ``use_reserved`` not true or false.
        """
        if not isinstance(task, Task):
            raise UsageError(f"expected a Task, not {describe_value(task)}")
        name = f"family:{task.family}" if group is None else checked_group(group, "group")
        expected = "use_reserved is true or false"
        use_reserved = checked_argument(as_flag(use_reserved), use_reserved, expected)
        criteria = Criteria(task, name, checked_constraints((), constraints), use_reserved)
        try:
            return PlaceOnResult(self._start_on(id, criteria))
        except _ChecksFailed as failed:
            return PlaceOnResult(None, failed.reasons)

    @changes
    def _start_on(self, id: str, criteria: Criteria) -> int:
        """Put a task on an instance and return its id.

        Raises:
            _ChecksFailed: the instance does not pass.
        """
        row = self._row(id)
        failed: dict[str, None] = {}
        for check in prepare_checks(self.store, criteria):
            mask = np.ones(1, np.bool_)
            check.keep(mask, np.array([row]))
            if not mask[0]:
                failed[check.reason] = None
        if failed:
            raise _ChecksFailed(tuple(failed))
        if self.store.running[row] == MAX_COUNT:
            raise InstanceError(f"container instance {id} cannot count more than {MAX_COUNT} tasks")
        tasks = self.store.tasks
        if tasks.has_unused_names:
            tasks.forget_unused_names()
        spec = tasks.specs.number(spec_of(self.store, criteria.task))
        return tasks.add(row, tasks.groups.code(criteria.group), spec)


class _ChecksFailed(PlacementError):
    """Checks forbid a task on the instance that was chosen; ``reasons`` are their codes."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(reasons)
        self.reasons = reasons
