"""Calls that prepare requests, and that say why a task would fit nowhere.

In: tasks, constraints, strategies.  Out: prepared requests, explanations.  They only read the
cluster; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from placement.caches import BoundedCache
from placement.engine.criteria import Criteria
from placement.engine.prepared import Epochs, PreparedRequest, checked_task, group_of
from placement.engine.ranking import DEFAULT_SERVICE, default_strategy
from placement.engine.request import ConstraintOrFilter, StrategyOrRanker, Task
from placement.engine.results import Request
from placement.engine.rules import Rules
from placement.engine.task_calls import TaskCalls
from placement.errors import UsageError, describe_value
from placement.model.checks import is_several
from placement.state.guard import reads

if TYPE_CHECKING:
    from placement.engine.explain import PlacementExplanation

__all__ = ["RequestCalls"]

MAX_KEPT = 4096
"""Requests of ``place``, and rules, that are kept prepared for when they are asked again."""


class RequestCalls(TaskCalls):
    """Requests and explanations."""

    ties: str

    def __init__(self) -> None:
        super().__init__()
        self._owner = object()
        """The token that requests prepared by this cluster carry, and those of no other cluster."""
        self._epochs = Epochs()
        self._kept: BoundedCache[PreparedRequest] = BoundedCache(MAX_KEPT)
        self._rules: BoundedCache[Rules] = BoundedCache(MAX_KEPT)

    # Requests

    @reads
    def prepare(
        self,
        task: Task,
        *,
        group: str | None = None,
        constraints: Sequence[ConstraintOrFilter] = (),
        strategy: Sequence[StrategyOrRanker] | StrategyOrRanker | None = None,
    ) -> PreparedRequest:
        """Prepare a request, to be decided any number of times.

        Args:
            task: What is asked for.
            group: The task group; by default ``family:`` and the task's family (C14).
            constraints: Those of the call; the task's own are added (C13).
            strategy: The strategies in order; by default those of the group (C18).

        Raises:
            DocumentError: a group, constraint or strategy is wrong, or there are too many.
            UsageError: ``task`` is no Task.
        """
        return self._prepare(task, group, constraints, strategy)

    def _prepare(self, task: Any, group: Any, constraints: Any, strategy: Any) -> PreparedRequest:
        checked = checked_task(task)
        name = group_of(checked, group)
        rules = self._new_rules(checked, name, constraints, strategy)
        return PreparedRequest(self._owner, self._epochs.newest, checked, name, rules)

    def _new_rules(self, task: Task, group: str, constraints: Any, strategy: Any) -> Rules:
        given = default_strategy(group) if strategy is None else strategy
        return Rules(task.constraints, constraints, given, random_ties=self.ties == "random")

    def _prepared_for(
        self, task: Any, group: Any, constraints: Any, strategy: Any
    ) -> PreparedRequest:
        """Return the request as it was prepared last time, or prepare it.

        Its rules are looked up first, because many requests have the same.
        """
        checked = checked_task(task)
        is_service = isinstance(group, str) and default_strategy(group) is DEFAULT_SERVICE
        by_service = strategy is None and is_service
        try:
            asked = (_hashable(constraints), _hashable(strategy), checked.constraints, by_service)
            rules = self._rules.get(asked)
            kept = None if rules is None else self._kept.get((id(task), group, rules))
        except TypeError:  # something in it cannot be hashed, and is refused or may change
            return self._prepare(task, group, constraints, strategy)
        if kept is not None and kept.task is task and self._epochs.holds(kept.epoch):
            return kept
        name = group_of(checked, group)
        if rules is None:
            rules = self._new_rules(checked, name, constraints, strategy)
            self._rules.put(asked, rules)
        prepared = PreparedRequest(self._owner, self._epochs.newest, checked, name, rules)
        self._kept.put((id(task), group, rules), prepared)
        return prepared

    def _checked(self, prepared: PreparedRequest) -> PreparedRequest:
        if prepared.owner is not self._owner:
            raise UsageError("this request was prepared by another cluster")
        if not self._epochs.holds(prepared.epoch):
            raise UsageError("this request was prepared before compact, which voids it")
        return prepared

    def _as_prepared(self, request: Any) -> PreparedRequest:
        if isinstance(request, PreparedRequest):
            return self._checked(request)
        if isinstance(request, Request):
            return self._prepared_for(
                request.task, request.group, request.constraints, request.strategy
            )
        return self._prepared_for(request, None, (), None)

    def _all_prepared(self, requests: Any) -> list[PreparedRequest]:
        """Return several requests as prepared ones.

        Raises:
            DocumentError: a plain request is not of its kind.
            UsageError: they are not several, or one is void.
        """
        if not is_several(requests):
            raise UsageError(f"expected several requests, not {describe_value(requests)}")
        return [self._as_prepared(request) for request in requests]

    # Why

    @reads
    def explain(
        self,
        task: Task | PreparedRequest,
        *,
        group: str | None = None,
        constraints: Sequence[ConstraintOrFilter] = (),
    ) -> PlacementExplanation:
        """Return which instances a task fits on now, and why the others will not do (C20).

        Raises:
            DocumentError: a group or constraint is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: another argument is not of its kind.
        """
        from placement.engine.explain import explain_request

        return explain_request(self.store, self._criteria(task, group, constraints))

    @reads
    def missing(
        self,
        task: Task | PreparedRequest,
        *,
        group: str | None = None,
        constraints: Sequence[ConstraintOrFilter] = (),
    ) -> dict[str, tuple[str, ...]]:
        """Return what each instance without room for a task is missing, in words, in C17's order.

        ``explain`` says it of the closest instance alone; all of them take longer.

        Raises:
            DocumentError: a group or constraint is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: another argument is not of its kind.
        """
        from placement.engine.explain import missing_of_all

        return missing_of_all(self.store, self._criteria(task, group, constraints))

    def _criteria(self, task: Any, group: Any, constraints: Any) -> Criteria:
        if isinstance(task, PreparedRequest):
            return self._checked(task).criteria
        return self._prepared_for(task, group, constraints, None).criteria


def _hashable(value: Any) -> Any:
    """Return constraints or strategies in a form that can be looked up."""
    return tuple(value) if isinstance(value, list) else value
