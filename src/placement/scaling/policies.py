"""All policies of a scalable target together: what becomes of the desired count (S13.1).

In: what each policy asks for, the desired count with its bounds, cooldowns, what hinders.  Out: the
new desired count, or why there is none, and the cooldowns from now on.  Scheduled actions come
before (``bounds``); they know no cooldown.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence

import attrs

from placement.scaling.bounds import Bounds
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.proposals import Direction, Proposal

__all__ = ["Ask", "Decision", "DecisionReason", "NotScaled", "ScalableTarget", "combine"]


class DecisionReason(enum.Enum):
    """Why the desired count changes or stays; its value says it in words.

    Those from AT_MAXIMUM to FLAPPING are shown by the API as reasons for not scaling.
    """

    SCALED_OUT = "a policy asks for more tasks"
    SCALED_IN = "no policy needs as many tasks"
    RAISED_TO_MINIMUM = "the desired count was below the minimum"
    LOWERED_TO_MAXIMUM = "the desired count was above the maximum"
    FORECAST = "the forecast needs more tasks"
    NOTHING_ASKED = "no policy asks for a change"
    DISAGREEMENT = "not every target tracking policy asks for fewer tasks"
    HELD_BY_FORECAST = "the forecast needs as many tasks"
    DEPLOYING = "a deployment is in progress, during which nothing is scaled in"
    SUSPENDED = "scaling in this direction is suspended"
    COOLDOWN = "a cooldown has not ended"
    AT_MAXIMUM = "the desired count is at its maximum already"
    AT_MINIMUM = "the desired count is at its minimum already"
    AT_DESIRED = "the desired count is what is asked for already"
    FLAPPING = "the count that is left would ask for more tasks at once"


class NotScaled(enum.Enum):
    """Codes of NotScaledReasons."""

    AT_MAXIMUM = "AlreadyAtMaxCapacity"
    AT_MINIMUM = "AlreadyAtMinCapacity"
    AT_DESIRED = "AlreadyAtDesiredCapacity"
    FLAPPING = "AutoScalingAnticipatedFlapping"


_SHOWN = {
    DecisionReason.AT_MAXIMUM: NotScaled.AT_MAXIMUM,
    DecisionReason.AT_MINIMUM: NotScaled.AT_MINIMUM,
    DecisionReason.AT_DESIRED: NotScaled.AT_DESIRED,
    DecisionReason.FLAPPING: NotScaled.FLAPPING,
}


@attrs.frozen
class Ask:
    """One policy, and what it asks for now.

    Attributes:
        policy: Its name, given back with the decision.
        proposal: What it asks for; None: its alarms ask for nothing.
        is_tracking: Whether it is a target tracking policy; otherwise it has steps.
        scale_in: Whether a target tracking policy scales in, and so has a say in it.
        out_cooldown: Microseconds after which it may add tasks again; a step policy's Cooldown.
        in_cooldown: The same for removing tasks.
    """

    policy: Hashable
    proposal: Proposal | None
    is_tracking: bool
    scale_in: bool = True
    out_cooldown: int = 0
    in_cooldown: int = 0


@attrs.frozen
class ScalableTarget:
    """What is scaled, and what hinders.

    Attributes:
        desired: The desired count: the "last target" of D86.
        bounds: Its bounds.
        cooldowns: Those that run.
        is_deploying: Whether a deployment is in progress (never of the EXTERNAL controller).
        out_suspended: DynamicScalingOutSuspended; nothing is made up for later (D87).
        in_suspended: DynamicScalingInSuspended.
        forecast: Tasks that a predictive policy needs now, at least; None: it needs none.
        forecast_policy: The name of that policy.
    """

    desired: int
    bounds: Bounds
    cooldowns: Cooldowns = attrs.field(factory=Cooldowns)
    is_deploying: bool = False
    out_suspended: bool = False
    in_suspended: bool = False
    forecast: int | None = None
    forecast_policy: Hashable = None


@attrs.frozen
class Decision:
    """What becomes of the desired count.

    Attributes:
        desired: The desired count from now on.
        reason: Why.
        policy: The policy whose number was taken, or that could not act; None: none.
        cooldowns: Those that run from now on.
        not_scaled: The reason that DescribeScalingActivities shows; None: it shows none.
    """

    desired: int
    reason: DecisionReason
    policy: Hashable
    cooldowns: Cooldowns
    not_scaled: NotScaled | None = None


def combine(asks: Sequence[Ask], target: ScalableTarget, now: int) -> Decision:
    """Return what becomes of the desired count when the policies ask all at once.

    Out if any policy asks for it, with the largest number; in only if all target tracking policies
    that scale in agree, of which the largest number counts, or a step policy asks for it.  Bounds
    come first, then cooldowns.

    It is asked when the action of any policy runs (``alarms.runs_action``), with what all policies
    ask for whose alarms are in ALARM at that moment.

    Args:
        asks: What each policy asks for; of equal numbers the first counts.
        target: What is scaled.
        now: The moment.
    """
    out = _largest(asks, Direction.OUT, target, now)
    forecast = target.forecast
    if forecast is not None and forecast > target.desired:
        wanted = target.desired if out is None else _wanted(out, target, now)
        if forecast > wanted:
            return _follow_forecast(forecast, target, now)
    if out is not None:
        return _scale_out(out, target, now)
    tracking = [ask for ask in asks if ask.is_tracking and ask.scale_in]
    voices = [ask for ask in asks if not ask.is_tracking]
    agree = all(_direction(ask) is Direction.IN for ask in tracking)
    chosen = _largest([*(tracking if agree else ()), *voices], Direction.IN, target, now)
    if chosen is not None:
        return _scale_in(chosen, target, now)
    asked = any(_direction(ask) is Direction.IN for ask in tracking)
    reason = DecisionReason.DISAGREEMENT if asked else DecisionReason.NOTHING_ASKED
    return _stays(target, reason, None)


def _direction(ask: Ask) -> Direction | None:
    return None if ask.proposal is None else ask.proposal.direction


def _largest(
    asks: Sequence[Ask], direction: Direction, target: ScalableTarget, now: int
) -> Ask | None:
    """Return the first of the policies that ask for the most tasks in a direction."""
    asking = [ask for ask in asks if _direction(ask) is direction]
    return max(asking, key=lambda ask: _wanted(ask, target, now), default=None)


def _wanted(ask: Ask, target: ScalableTarget, now: int) -> int:
    """Return how many tasks a policy asks for; it does ask.

    Inside a cooldown after an increase a step policy adds what is missing to its change (D112).
    For a number of tasks the change is counted from the count before the cooldown's increases.
    """
    proposal = ask.proposal
    if proposal is None:
        return target.desired
    if ask.is_tracking or proposal.direction is Direction.IN or not target.cooldowns.is_out(now):
        return proposal.capacity
    added = target.cooldowns.added
    before = target.desired - added if proposal.is_absolute else proposal.running
    return target.desired + max(0, proposal.capacity - before - added)


def _stays(target: ScalableTarget, reason: DecisionReason, policy: Hashable) -> Decision:
    return Decision(target.desired, reason, policy, target.cooldowns, _SHOWN.get(reason))


def _scale_out(ask: Ask, target: ScalableTarget, now: int) -> Decision:
    """Return the decision when this policy asks for the most tasks, more than there are."""
    desired, bounds = target.desired, target.bounds
    if target.out_suspended:
        return _stays(target, DecisionReason.SUSPENDED, ask.policy)
    if desired >= bounds.maximum:
        return _stays(target, DecisionReason.AT_MAXIMUM, ask.policy)
    new, reason = min(_wanted(ask, target, now), bounds.maximum), DecisionReason.SCALED_OUT
    if desired < bounds.minimum:
        new, reason = bounds.minimum, DecisionReason.RAISED_TO_MINIMUM
    if new > desired:
        cooldowns = target.cooldowns.after_out(now, ask.out_cooldown, new - desired)
        return Decision(new, reason, ask.policy, cooldowns)
    if ask.proposal is not None and ask.proposal.capacity > desired:
        return _stays(target, DecisionReason.COOLDOWN, ask.policy)
    return _stays(target, DecisionReason.AT_DESIRED, ask.policy)


def _follow_forecast(forecast: int, target: ScalableTarget, now: int) -> Decision:
    """Return the decision when a forecast needs more tasks than all other policies (D94)."""
    policy = target.forecast_policy
    if target.out_suspended:
        return _stays(target, DecisionReason.SUSPENDED, policy)
    new = target.bounds.clamp(forecast)
    if new <= target.desired:
        # No alarm is behind it, so that the API shows nothing.
        stays = _stays(target, DecisionReason.AT_MAXIMUM, policy)
        return attrs.evolve(stays, not_scaled=None)
    cooldowns = target.cooldowns.after_out(now, 0, new - target.desired)
    return Decision(new, DecisionReason.FORECAST, policy, cooldowns)


def _scale_in(ask: Ask, target: ScalableTarget, now: int) -> Decision:
    """Return the decision when policies ask for fewer tasks, and this one for the most of them."""
    desired, bounds, proposal = target.desired, target.bounds, ask.proposal
    if target.is_deploying:
        return _stays(target, DecisionReason.DEPLOYING, ask.policy)
    if target.in_suspended:
        return _stays(target, DecisionReason.SUSPENDED, ask.policy)
    if desired <= bounds.minimum:
        return _stays(target, DecisionReason.AT_MINIMUM, ask.policy)
    new, reason = max(_wanted(ask, target, now), bounds.minimum), DecisionReason.SCALED_IN
    if desired > bounds.maximum:
        new, reason = bounds.maximum, DecisionReason.LOWERED_TO_MAXIMUM
    if new >= desired:
        return _stays(target, DecisionReason.AT_DESIRED, ask.policy)
    if proposal is not None and proposal.least is not None and new < proposal.least:
        return _stays(target, DecisionReason.FLAPPING, ask.policy)  # only a limit does that (B38)
    if target.forecast is not None and new < bounds.clamp(target.forecast):
        new = bounds.clamp(target.forecast)
        if new >= desired:
            return _stays(target, DecisionReason.HELD_BY_FORECAST, ask.policy)
    if target.cooldowns.is_out(now) or target.cooldowns.is_in(now):
        return _stays(target, DecisionReason.COOLDOWN, ask.policy)
    return Decision(new, reason, ask.policy, target.cooldowns.after_in(now, ask.in_cooldown))
