"""Least and most tasks of a scalable target, and what a change of them does to the desired count.

In: bounds and a desired count.  Out: the new ones, with the reason (S13.1.1, S13.6).
"""

from __future__ import annotations

import enum

import attrs

from placement.errors import PolicyError

__all__ = ["CROSSED", "Bounds", "BoundsChange", "BoundsEffect", "BoundsReason", "change_bounds"]

CROSSED = "Maximum capacity cannot be less than minimum capacity"
"""How the API refuses a maximum below the minimum."""


@attrs.frozen
class Bounds:
    """MinCapacity and MaxCapacity of a scalable target.

    Raises:
        PolicyError: the maximum is below the minimum, with the API's sentence.
    """

    minimum: int
    maximum: int

    def __attrs_post_init__(self) -> None:
        if self.maximum < self.minimum:
            raise PolicyError(CROSSED)

    def clamp(self, count: int) -> int:
        """Return the nearest count within the bounds."""
        return max(self.minimum, min(self.maximum, count))


class BoundsReason(enum.Enum):
    """What a change of bounds did to the desired count; its value says it in words."""

    RAISED = "the desired count was below the minimum"
    LOWERED = "the desired count was above the maximum"
    WITHIN = "the desired count is within the bounds"
    CROSSED = "the maximum would be below the minimum"


@attrs.frozen
class BoundsChange:
    """What a scheduled action or RegisterScalableTarget sets; None: stays as it is.

    Raises:
        PolicyError: neither is given, with the API's sentence.
    """

    minimum: int | None = None
    maximum: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.minimum is None and self.maximum is None:
            raise PolicyError(
                "At least one of minimum capacity and maximum capacity should be provided"
            )


@attrs.frozen
class BoundsEffect:
    """The outcome of a change of bounds.

    Attributes:
        bounds: The bounds from now on.
        desired: The desired count from now on.
        reason: What became of the desired count.  CROSSED: nothing has changed.
    """

    bounds: Bounds
    desired: int
    reason: BoundsReason


def change_bounds(bounds: Bounds, change: BoundsChange, desired: int) -> BoundsEffect:
    """Return what follows from new bounds at once: the desired count is put into them.

    Cooldowns do not matter.  A change that would leave the maximum below the minimum does nothing.
    """
    minimum = bounds.minimum if change.minimum is None else change.minimum
    maximum = bounds.maximum if change.maximum is None else change.maximum
    if maximum < minimum:
        return BoundsEffect(bounds, desired, BoundsReason.CROSSED)
    new = Bounds(minimum, maximum)
    inside = new.clamp(desired)
    if inside > desired:
        return BoundsEffect(new, inside, BoundsReason.RAISED)
    reason = BoundsReason.LOWERED if inside < desired else BoundsReason.WITHIN
    return BoundsEffect(new, inside, reason)
