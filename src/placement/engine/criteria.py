"""What a decision depends on, apart from the cluster.

In: a task, its group, constraints and filters.  Out: the same as one value, with the constraints
sorted by kind.  Knows neither rows nor strategies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from placement.engine.request import DistinctInstance, MemberOf

if TYPE_CHECKING:
    from placement.engine.plugins import Filter
    from placement.engine.request import Constraint, Task

__all__ = ["Criteria"]


@attrs.frozen
class Criteria:
    """A task and what its instance must meet."""

    task: Task
    group: str
    constraints: tuple[Constraint | Filter, ...]
    """Those of the task definition and of the call together, user-defined filters among them."""

    @property
    def distinct(self) -> bool:
        """Whether each task of the group must be on another instance."""
        return any(isinstance(constraint, DistinctInstance) for constraint in self.constraints)

    @property
    def member_of(self) -> tuple[MemberOf, ...]:
        """The constraints that are expressions."""
        return tuple([c for c in self.constraints if isinstance(c, MemberOf)])

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The user-defined filters (C22)."""
        built_in = (MemberOf, DistinctInstance)
        return tuple([c for c in self.constraints if not isinstance(c, built_in)])
