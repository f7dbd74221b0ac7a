"""What one policy asks for: a direction and a number of tasks, before bounds and cooldowns."""

from __future__ import annotations

import enum

import attrs

__all__ = ["Direction", "Proposal", "ProposalReason"]


class Direction(enum.Enum):
    """Out: more tasks; in: fewer."""

    OUT = "out"
    IN = "in"


class ProposalReason(enum.Enum):
    """Why a policy asks for what it asks for; its value says it in words."""

    PROPORTIONAL = "the metric's share of the target, rounded up"
    FIRST_TASK = "no task is running, and there is demand"
    LIMITED = "no more tasks may leave at once"
    AS_DESIRED = "the desired count is that already"
    STEP = "the step that the metric falls into"
    NO_STEP = "no step holds the metric"
    NO_CHANGE = "the step changes nothing"


@attrs.frozen
class Proposal:
    """What one policy asks for.

    Attributes:
        direction: Out or in; None: neither.
        capacity: The number of tasks wanted.
        running: The running tasks that it was computed from.
        reason: Why so many.
        least: The fewest tasks with which the metric would not exceed its target; None: the policy
            has no target.
        is_absolute: Whether a number of tasks was asked for, not a change.
    """

    direction: Direction | None
    capacity: int
    running: int
    reason: ProposalReason
    least: int | None = None
    is_absolute: bool = False

    @property
    def change(self) -> int:
        """How many tasks more than those running are wanted; below 0: fewer."""
        return self.capacity - self.running
