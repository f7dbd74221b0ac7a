"""A prepared request: checked, its defaults filled in, its expressions split.

In: a task, constraints, strategies.  Out: ``PreparedRequest``, good for one cluster, which it knows
by a token only.  Holds no rows; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import attrs

from placement.engine.criteria import Criteria
from placement.engine.plugins import AnyRanker, Filter, checked_filter, checked_ranker
from placement.engine.ranking import Ranking, default_strategy, ranking_of, remarks_on
from placement.engine.request import (
    MAX_CONSTRAINTS,
    MAX_STRATEGIES,
    Constraint,
    DistinctInstance,
    MemberOf,
    Strategy,
    Task,
)
from placement.engine.split_query import SplitExpression, split_query
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import checked_group

__all__ = ["Epochs", "PreparedRequest", "checked_constraints", "checked_strategy"]


@attrs.define
class Epochs:
    """Which prepared requests of a cluster are good: those of the epochs that did not end.

    Each ``compact`` ends all epochs and begins another (C7).  A trial that is left brings the
    epochs from before it back; those that began inside stay good, and no number is used again
    (C54).
    """

    newest: int = 0
    oldest: int = 0
    """The oldest epoch that has not ended."""

    def holds(self, epoch: int) -> bool:
        """Return whether requests of an epoch are good."""
        return epoch >= self.oldest

    def end_all(self) -> None:
        """End all epochs and begin another."""
        self.newest += 1
        self.oldest = self.newest


class PreparedRequest:
    """A request that a cluster has prepared, to be decided any number of times.

    Made by ``cluster.prepare``; good for that cluster until ``compact``, also for threads that take
    turns.

    Attributes:
        task: What is asked for.
        group: The task group.
        constraints: Those of the task definition and of the call, together.
        strategy: The strategies, defaults filled in.
        remarks: What is probably not meant by the strategies (2.9).
        static_ports: How many static host ports the task asks for.
        has_order: Whether the engine can keep its instances in order; otherwise each decision is a
            full scan.
    """

    __slots__ = (
        "__weakref__",
        "constraints",
        "criteria",
        "epoch",
        "generation",
        "group",
        "has_order",
        "number",
        "owner",
        "ranking",
        "remarks",
        "split",
        "static_ports",
        "strategy",
        "task",
    )

    def __init__(
        self,
        owner: object,
        epoch: int,
        task: Any,
        group: Any,
        constraints: Any,
        strategy: Any,
        *,
        random_ties: bool,
    ) -> None:
        if not isinstance(task, Task):
            raise UsageError(f"expected a Task, not {describe_value(task)}")
        self.owner = owner
        self.epoch = epoch
        self.task = task
        self.group = f"family:{task.family}" if group is None else checked_group(group, "group")
        self.constraints = checked_constraints(task.constraints, constraints)
        self.strategy = checked_strategy(strategy, self.group)
        self.remarks = remarks_on(self.strategy)
        self.criteria = Criteria(task, self.group, self.constraints)
        self.ranking: Ranking = ranking_of(self.strategy, random_ties=random_ties)
        self.split: SplitExpression = split_query(
            tuple([c.query.typed for c in self.criteria.member_of])
        )
        self.static_ports = len(task.tcp_ports) + len(task.udp_ports)
        self.has_order = self.ranking.indexable and not self.criteria.filters
        self.generation = -1
        self.number = -1

    def __repr__(self) -> str:
        strategies = ", ".join([getattr(item, "name", None) or str(item) for item in self.strategy])
        limits = ", ".join(
            [getattr(item, "reason", None) or str(item) for item in self.constraints]
        )
        sizes = f"cpu={self.task.cpu} memory={self.task.memory}"
        where = f" where {limits}" if limits else ""
        return f"<PreparedRequest: {sizes} for {self.group} by {strategies}{where}>"


def checked_constraints(
    own: tuple[MemberOf, ...], constraints: Any
) -> tuple[Constraint | Filter, ...]:
    """Return the constraints of a task definition and of a call together.

    User-defined filters (C22) may be among them; they do not count towards the limit of ECS.

    Raises:
        DocumentError: one is no constraint, or there are more than 10 (2.6, C13).
    """
    if isinstance(constraints, (str, bytes)) or not isinstance(constraints, Iterable):
        raise DocumentError(
            f"expected constraints, not {describe_value(constraints)}", "constraints"
        )
    _refuse_iterator(constraints, "constraints")
    both = (*own, *constraints)
    known = 0
    for constraint in both:
        if isinstance(constraint, (MemberOf, DistinctInstance)):
            known += 1
        elif hasattr(constraint, "keep"):
            checked_filter(constraint, "constraints")
        else:
            message = (
                f"expected MemberOf, DistinctInstance or a filter, not {describe_value(constraint)}"
            )
            raise DocumentError(message, "constraints")
    if known > MAX_CONSTRAINTS:
        message = f"at most {MAX_CONSTRAINTS} constraints are allowed, not {known}"
        raise DocumentError(message, "constraints")
    return both


def checked_strategy(strategy: Any, group: str) -> tuple[Strategy | AnyRanker, ...]:
    """Return the strategies of a call, or the default of the group (C18).

    Raises:
        DocumentError: one is no strategy, or there are more than 5 (2.9).
    """
    if strategy is None:
        return default_strategy(group)
    if isinstance(strategy, Strategy):
        return (strategy,)
    if hasattr(strategy, "key"):
        return (checked_ranker(strategy, "strategy"),)
    if isinstance(strategy, (str, bytes)) or not isinstance(strategy, Iterable):
        raise DocumentError(f"expected strategies, not {describe_value(strategy)}", "strategy")
    _refuse_iterator(strategy, "strategy")
    strategies = tuple(strategy)
    for item in strategies:
        if isinstance(item, Strategy):
            continue
        if not hasattr(item, "key"):
            names = ", ".join(kind.__name__ for kind in get_args(Strategy))
            message = f"expected {names} or a ranker, not {describe_value(item)}"
            raise DocumentError(message, "strategy")
        checked_ranker(item, "strategy")
    if len(strategies) > MAX_STRATEGIES:
        message = f"at most {MAX_STRATEGIES} strategies are allowed, not {len(strategies)}"
        raise DocumentError(message, "strategy")
    return strategies


def _refuse_iterator(value: Iterable[Any], path: str) -> None:
    """Refuse what can be read once only: the second call would find it empty."""
    if iter(value) is value:
        kind = type(value).__name__
        raise DocumentError(f"expected a list, not a {kind} that can be read once only", path)
