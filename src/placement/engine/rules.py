"""The rules of a request: its constraints and strategies, checked and ready for decisions.

In: the constraints of a task definition and of a call, strategies.  Out: ``Rules``, shared by all
requests of a cluster that differ in their task and group only.  Knows neither rows nor sizes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, get_args

from placement.engine.criteria import at_most_of, is_distinct, zone_skew_of
from placement.engine.plugins import AnyRanker, Filter, checked_filter, checked_ranker
from placement.engine.ranking import Ranking, ranking_of, remarks_on
from placement.engine.request import (
    BUILT_IN_CONSTRAINTS,
    MAX_CONSTRAINTS,
    MAX_STRATEGIES,
    Constraint,
    DistinctInstance,
    MemberOf,
    Strategy,
)
from placement.engine.split_query import SplitExpression, is_dynamic, split_query
from placement.errors import DocumentError, describe_value
from placement.model.checks import is_several

if TYPE_CHECKING:
    from placement.engine.encode import EncodedRules

__all__ = ["Rules", "checked_constraints", "checked_strategy"]


class Rules:
    """Constraints and strategies, and what follows from them alone.

    Attributes:
        constraints: Those of the task definition and of the call, together.
        strategy: The strategies, defaults filled in.
        remarks: What is probably not meant by the strategies (2.9).
        ranking: The strategies as sort keys.
        split: The expressions, in a static and a dynamic part.
        group_limit: How many tasks of the group may be on an instance, by distinctInstance (1) and
            AtMost; 0: any number.
        zone_skew: How many more tasks of the group a zone may have than the one with the fewest
            (C38); 0: any number.
        has_order: Whether an index can keep instances in order; otherwise each decision scans.
        generation: That of the index that has encoded them last.
        encoded: What it has made of them; None if their sort keys do not fit into one key.
    """

    __slots__ = (
        "constraints",
        "encoded",
        "generation",
        "group_limit",
        "has_order",
        "ranking",
        "remarks",
        "split",
        "strategy",
        "zone_skew",
    )

    def __init__(
        self, own: tuple[MemberOf, ...], constraints: Any, strategy: Any, *, random_ties: bool
    ) -> None:
        """Check constraints and strategies.

        Args:
            own: The constraints of the task definition.
            constraints: Those of the call.
            strategy: One strategy or several.
            random_ties: Whether chance breaks ties (A35).

        Raises:
            DocumentError: a constraint or strategy is wrong, or there are too many.
        """
        self.constraints = checked_constraints(own, constraints)
        self.strategy = checked_strategy(strategy)
        self.remarks = remarks_on(self.strategy)
        self.ranking: Ranking = ranking_of(self.strategy, random_ties=random_ties)
        member_of = [c for c in self.constraints if isinstance(c, MemberOf)]
        self.split: SplitExpression = split_query(tuple([c.query.typed for c in member_of]))
        self.group_limit = 1 if is_distinct(self.constraints) else at_most_of(self.constraints) or 0
        self.zone_skew = zone_skew_of(self.constraints) or 0
        self.has_order = (
            self.ranking.indexable
            and all(isinstance(constraint, BUILT_IN_CONSTRAINTS) for constraint in self.constraints)
            # which zones there are must not depend on tasks, or else every row is looked at
            and not (self.zone_skew and is_dynamic(self.split.dynamic))
        )
        self.generation = -1
        self.encoded: EncodedRules | None = None


def checked_constraints(
    own: tuple[MemberOf, ...], constraints: Any
) -> tuple[Constraint | Filter, ...]:
    """Return the constraints of a task definition and of a call together.

    ``AtMost``, ``ZoneSkew`` (C38) and user-defined filters (C22) may be among them; they do not
    count towards the limit of ECS.

    Raises:
        DocumentError: one is no constraint, or there are more than 10 (2.6, C13).
    """
    if not is_several(constraints):
        raise DocumentError(
            f"expected constraints, not {describe_value(constraints)}", "constraints"
        )
    _refuse_iterator(constraints, "constraints")
    both = (*own, *constraints)
    known = 0
    for constraint in both:
        if isinstance(constraint, (MemberOf, DistinctInstance)):
            known += 1
        elif isinstance(constraint, BUILT_IN_CONSTRAINTS):
            continue
        elif hasattr(constraint, "keep"):
            checked_filter(constraint, "constraints")
        else:
            names = ", ".join([kind.__name__ for kind in BUILT_IN_CONSTRAINTS])
            message = f"expected {names} or a filter, not {describe_value(constraint)}"
            raise DocumentError(message, "constraints")
    if known > MAX_CONSTRAINTS:
        message = f"at most {MAX_CONSTRAINTS} constraints are allowed, not {known}"
        raise DocumentError(message, "constraints")
    return both


def checked_strategy(strategy: Any) -> tuple[Strategy | AnyRanker, ...]:
    """Return the strategies of a call.

    Raises:
        DocumentError: one is no strategy, or there are more than 5 (2.9).
    """
    if isinstance(strategy, Strategy):
        return (strategy,)
    if hasattr(strategy, "key"):
        return (checked_ranker(strategy, "strategy"),)
    if not is_several(strategy):
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
