"""Step scaling: which step a metric falls into, and what it makes of a number of tasks (S13.5).

In: the policy, how far the metric is from the alarm's threshold, the running tasks.  Out: the
number of tasks asked for.  All in exact arithmetic: 10 percent of 10 tasks is one task.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from itertools import pairwise

import attrs

from placement.errors import PolicyError, UsageError, describe_value
from placement.scaling.alarms import Comparison
from placement.scaling.exact import Exact
from placement.scaling.proposals import Direction, Proposal, ProposalReason
from placement.timestamps import SECOND

__all__ = ["AdjustmentType", "Step", "StepPolicy", "adjust"]

DEFAULT_COOLDOWN = 300 * SECOND


class AdjustmentType(enum.Enum):
    """What the number in a step means."""

    CHANGE = "ChangeInCapacity"
    PERCENT = "PercentChangeInCapacity"
    EXACT = "ExactCapacity"


@attrs.frozen
class Step:
    """One step.

    Attributes:
        adjustment: Tasks, or percent of them.
        lower: From which distance to the threshold on; None: from any.
        upper: Up to which distance; None: up to any.
    """

    adjustment: int
    lower: Exact | None = None
    upper: Exact | None = None

    def holds(self, delta: Exact, *, is_above: bool) -> bool:
        """Whether a distance falls into this step.

        Above the threshold the lower bound belongs to the step, below it the upper one.
        """
        low, high = self.lower, self.upper
        if is_above:
            return (low is None or low <= delta) and (high is None or delta < high)
        return (low is None or low < delta) and (high is None or delta <= high)


def _first(step: Step) -> tuple[bool, Exact]:
    """Return what steps are sorted by: where they begin."""
    return (step.lower is not None, 0 if step.lower is None else step.lower)


def _in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=_first))


@attrs.frozen
class StepPolicy:
    """Settings of a step scaling policy.

    Attributes:
        adjustment_type: What the numbers mean.
        steps: In any order.
        magnitude: MinAdjustmentMagnitude: the fewest tasks by which a percentage changes.
        cooldown: Microseconds.

    Raises:
        PolicyError: the settings contradict one another, with the API's sentence.
    """

    adjustment_type: AdjustmentType
    steps: tuple[Step, ...] = attrs.field(converter=_in_order)
    magnitude: int = 0
    cooldown: int = DEFAULT_COOLDOWN

    def __attrs_post_init__(self) -> None:
        reason = _complaint(self)
        if reason is not None:
            raise PolicyError(reason)


def _complaint(policy: StepPolicy) -> str | None:
    """Return the API's sentence about settings that cannot be; None: they can."""
    steps = policy.steps
    if not steps:
        return "There must be at least one step adjustment"
    if any(step.lower is None and step.upper is None for step in steps):
        return "Both lower and upper bounds of a step adjustment cannot be left unspecified"
    lowers = [step.lower for step in steps if step.lower is not None]
    uppers = [step.upper for step in steps if step.upper is not None]
    for name, bounds in (("lower", lowers), ("upper", uppers)):
        if len(bounds) < len(steps) - 1:
            return f"At most one step adjustment may have an unspecified {name} bound"
    if any(
        step.lower is not None and step.upper is not None and step.lower >= step.upper
        for step in steps
    ):
        return "Lower bound must be less than upper bound for a step adjustment"
    return _range_complaint(steps) or _open_end_complaint(steps, lowers, uppers) or _other(policy)


def _range_complaint(steps: Sequence[Step]) -> str | None:
    for before, after in pairwise(steps):
        if before.upper is None or after.lower is None or before.upper > after.lower:
            return "Step adjustment intervals cannot overlap"
        if before.upper < after.lower:
            return "Step adjustment intervals cannot have gaps between them"
    return None


def _open_end_complaint(
    steps: Sequence[Step], lowers: Sequence[Exact], uppers: Sequence[Exact]
) -> str | None:
    text = "There must be a step adjustment with an unspecified {} bound when one step adjustment"
    if len(lowers) == len(steps) and min(lowers) < 0:
        return f"{text.format('lower')} has a negative lower bound"
    if len(uppers) == len(steps) and max(uppers) > 0:
        return f"{text.format('upper')} has a positive upper bound"
    return None


def _other(policy: StepPolicy) -> str | None:
    kind = policy.adjustment_type
    if kind is AdjustmentType.EXACT and any(step.adjustment < 0 for step in policy.steps):
        return "Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity"
    if policy.magnitude and kind is not AdjustmentType.PERCENT:
        return (
            "Minimum adjustment magnitude is only allowed for adjustment type "
            "PercentChangeInCapacity"
        )
    return None


def adjust(
    policy: StepPolicy, delta: Exact, capacity: int, comparison: Comparison = Comparison.AT_LEAST
) -> Proposal:
    """Return how many tasks a step policy asks for whose alarm is in ALARM.

    Args:
        policy: The policy.
        delta: The metric's newest point (D113) minus the alarm's threshold.
        capacity: Tasks that are RUNNING.
        comparison: The alarm's: at a distance of 0 it decides which bound of a step belongs to it
            (A63).

    Raises:
        UsageError: the tasks are below 0.
    """
    if capacity < 0:
        raise UsageError(f"running tasks are at least 0, not {describe_value(capacity)}")
    is_above = delta > 0
    if delta == 0:
        is_above = comparison in (Comparison.ABOVE, Comparison.AT_LEAST)
    step = next((step for step in policy.steps if step.holds(delta, is_above=is_above)), None)
    if step is None:
        return Proposal(None, capacity, capacity, ProposalReason.NO_STEP)
    is_absolute = policy.adjustment_type is AdjustmentType.EXACT
    new = max(0, _adjusted(policy, step.adjustment, capacity))
    if new == capacity:
        return Proposal(None, new, capacity, ProposalReason.NO_CHANGE, is_absolute=is_absolute)
    direction = Direction.OUT if new > capacity else Direction.IN
    return Proposal(direction, new, capacity, ProposalReason.STEP, is_absolute=is_absolute)


def _adjusted(policy: StepPolicy, adjustment: int, capacity: int) -> int:
    """Return the number of tasks after an adjustment, which may be below 0."""
    if policy.adjustment_type is AdjustmentType.EXACT:
        return adjustment
    if policy.adjustment_type is AdjustmentType.CHANGE:
        return capacity + adjustment
    if adjustment == 0:
        return capacity  # whatever the least magnitude (A64)
    percent = capacity * abs(adjustment)
    # Towards zero, but at least one task of a share between 0 and 1; a change of exactly one
    # task stays that, and the magnitude applies to no tasks too (B37).
    size = max(percent // 100, 1 if percent else 0, policy.magnitude)
    return capacity + (size if adjustment > 0 else -size)
