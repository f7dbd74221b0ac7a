"""What a decision depends on, apart from the cluster.

In: a task, its group, constraints and filters.  Out: the same as one value, with the constraints
sorted by kind.  Knows neither rows nor strategies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from placement.engine.request import (
    BUILT_IN_CONSTRAINTS,
    AtMost,
    DistinctInstance,
    MemberOf,
    ZoneSkew,
)

if TYPE_CHECKING:
    from placement.engine.plugins import Filter
    from placement.engine.request import Constraint, Task

__all__ = ["Criteria", "at_most_of", "is_distinct", "zone_skew_of"]


def is_distinct(constraints: tuple[Constraint | Filter, ...]) -> bool:
    """Return whether each task of the group must be on another instance."""
    return any(isinstance(constraint, DistinctInstance) for constraint in constraints)


def at_most_of(constraints: tuple[Constraint | Filter, ...]) -> int | None:
    """Return the smallest count of ``AtMost`` constraints, None if there is none."""
    return min([c.count for c in constraints if isinstance(c, AtMost)], default=None)


def zone_skew_of(constraints: tuple[Constraint | Filter, ...]) -> int | None:
    """Return the smallest distance of ``ZoneSkew`` constraints, None if there is none."""
    return min([c.max for c in constraints if isinstance(c, ZoneSkew)], default=None)


@attrs.frozen
class Criteria:
    """A task and what its instance must meet."""

    task: Task
    group: str
    constraints: tuple[Constraint | Filter, ...]
    """Those of the task definition and of the call together, user-defined filters among them."""
    use_reserved: bool = False
    """Whether the task may take what is reserved for daemons (A45)."""

    @property
    def distinct(self) -> bool:
        """Whether each task of the group must be on another instance."""
        return is_distinct(self.constraints)

    @property
    def at_most(self) -> int | None:
        """How many tasks of the group may be on an instance (C38), None if any number may."""
        return at_most_of(self.constraints)

    @property
    def zone_skew(self) -> int | None:
        """How many more tasks a zone may have than the one with the fewest (C38); None: any."""
        return zone_skew_of(self.constraints)

    @property
    def member_of(self) -> tuple[MemberOf, ...]:
        """The constraints that are expressions."""
        return tuple([c for c in self.constraints if isinstance(c, MemberOf)])

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The user-defined filters (C22)."""
        return tuple([c for c in self.constraints if not isinstance(c, BUILT_IN_CONSTRAINTS)])
