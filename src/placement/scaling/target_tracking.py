"""Target tracking: how many tasks bring a metric to its target (S13.4).

In: the running tasks, known values of the metric and the target.  Out: the number of tasks asked
for.  Two alarms say when: one above the target, one below nine tenths of it; their states alone
decide, also where points are missing (D118).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from placement.errors import UsageError, describe_value
from placement.scaling.alarms import AlarmRule, Comparison
from placement.scaling.exact import Exact, ceil_ratio, largest
from placement.scaling.proposals import Direction, Proposal, ProposalReason
from placement.timestamps import MINUTE, SECOND

__all__ = ["DEFAULT_COOLDOWN", "decide", "has_demand", "high_alarm", "low_alarm"]

DEFAULT_COOLDOWN = 300 * SECOND
"""ScaleOutCooldown and ScaleInCooldown of ECS services, where they are not given."""

LOW_SHARE = Fraction(9, 10)
HIGH_RESOLUTION = 20 * SECOND
POINTS_OUT = 3
POINTS_IN = 15
HIGH_RESOLUTION_POINTS_IN = 30


def high_alarm(target: Exact, *, high_resolution: bool = False) -> AlarmRule:
    """Return the alarm that asks for more tasks: 3 points above the target."""
    period = HIGH_RESOLUTION if high_resolution else MINUTE
    return AlarmRule(Comparison.ABOVE, _checked(target), period, POINTS_OUT, POINTS_OUT)


def low_alarm(target: Exact, *, high_resolution: bool = False) -> AlarmRule:
    """Return the alarm that asks for fewer tasks: 15 points below nine tenths of the target.

    With high resolution it is 30 points of 20 seconds.  A policy without scale-in has none.
    """
    period, points = (
        (HIGH_RESOLUTION, HIGH_RESOLUTION_POINTS_IN) if high_resolution else (MINUTE, POINTS_IN)
    )
    threshold = LOW_SHARE * _checked(target)
    return AlarmRule(Comparison.BELOW, threshold, period, points, points)


def _checked(target: Exact) -> Exact:
    if target <= 0:
        raise UsageError(f"a target value is above 0, not {describe_value(target)}")
    return target


def has_demand(running: int, value: Exact | None) -> bool:
    """Return whether a service without running tasks has something to do.

    Where it has, the policy asks for a first task without waiting for its alarm.
    """
    return running == 0 and value is not None and value > 0


def decide(
    running: int,
    desired: int,
    values: Sequence[Exact],
    target: Exact,
    *,
    direction: Direction,
    max_scale_in_step: int | None = None,
) -> Proposal:
    """Return how many tasks a policy asks for whose alarm is in ALARM (A62).

    ``running * metric / target``, rounded up.  The metric is the newest value on the way out (D113)
    and the largest on the way in.  The computation starts from the running tasks; those that still
    start count as there, because ``policies`` lets nothing act that is no change to ``desired``
    (D86).

    Args:
        running: Tasks that are RUNNING.
        desired: The desired count.
        values: The known points that the alarm used (``AlarmRule.used``), the newest last.
        target: TargetValue.
        direction: OUT for the high alarm, IN for the low one.
        max_scale_in_step: Option: at most so many tasks leave at once.

    Raises:
        UsageError: there is no value, the target is not above 0, or tasks are below 0.
    """
    if not values or target <= 0 or running < 0:
        raise UsageError(
            "target tracking needs a value, a target above 0 and running tasks of at least 0, not "
            f"{len(values)} values, {describe_value(target)} and {describe_value(running)}"
        )
    if direction is Direction.OUT:
        wanted = max(0, ceil_ratio(running, values[-1], target))
        if running == 0:
            return Proposal(direction, 1, 0, ProposalReason.FIRST_TASK, 0)
        reason = ProposalReason.PROPORTIONAL if wanted > desired else ProposalReason.AS_DESIRED
        return Proposal(direction, wanted, running, reason, wanted)
    least = max(0, ceil_ratio(running, largest(tuple(values)), target))
    if max_scale_in_step is not None and least < desired - max_scale_in_step:
        limited = desired - max_scale_in_step
        return Proposal(direction, limited, running, ProposalReason.LIMITED, least)
    reason = ProposalReason.PROPORTIONAL if least < desired else ProposalReason.AS_DESIRED
    return Proposal(direction, least, running, reason, least)
