"""Managed Instances: which instances leave, and when (S12.3, D83, D84; lifetime: S12.1).

In: the provider's instances as values with opaque keys, a moment, and two questions that the driver
answers: whether the tasks of an instance fit on certain others (a trial of the engine), and what
one new instance for them would cost.  Out: the actions that are due now, each with its reason, and
the moment at which to look again if nothing happens before.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value
from placement.timestamps import DAY, SECOND

__all__ = [
    "DEFAULT_SCALE_IN_AFTER",
    "DRAIN_AFTER",
    "END_AFTER",
    "MAX_SCALE_IN_AFTER",
    "DeregisterInstance",
    "DrainInstance",
    "LeaveReason",
    "ManagedInstance",
    "Optimisation",
    "optimise",
    "scale_in_delay",
]

DEFAULT_SCALE_IN_AFTER = 300
"""scaleInAfter in seconds, where a provider names none (D83)."""

MAX_SCALE_IN_AFTER = 3600
"""The largest scaleInAfter, seconds."""

DRAIN_AFTER = 14 * DAY
"""The age at which an instance is drained, to be replaced by a patched one."""

END_AFTER = 21 * DAY
"""The age at which an instance ends, whatever is on it."""

CHEAPER_BY = Fraction(9, 10)
"""What a new instance may cost, relative to the one that it replaces."""


class LeaveReason(enum.Enum):
    """Why an instance leaves; the value is a sentence."""

    IDLE = "no task other than of daemons for scaleInAfter"
    DRAINED = "the instance was drained and has no task other than of daemons"
    FITS_ON_OTHERS = "all its tasks fit on the free room of other instances"
    CHEAPER = "all its tasks fit on one new instance that costs at least 10 percent less"
    LIFETIME = "the instance is 14 days old"
    LIFETIME_OVER = "the instance is 21 days old"


@attrs.frozen
class ManagedInstance:
    """An instance of a Managed Instances provider that is registered.

    Attributes:
        key: Any hashable value that names it.
        tasks: Its tasks that no daemon service runs and that are not STOPPED yet.
        changed_at: The moment of the last start or stop of such a task on it, that of its
            registration if there was none.
        launched_at: The moment of its launch.
        price: USD per hour; None: not known, no cheaper one is looked for.
        keeps_tasks: Whether a task on it is protected from scale-in or belongs to no service.
        draining: Whether it is DRAINING, for whatever reason.

    Raises:
        UsageError: ``tasks`` is below 0.
    """

    key: Hashable
    tasks: int
    changed_at: int
    launched_at: int
    price: Fraction | None = None
    keeps_tasks: bool = False
    draining: bool = False

    def __attrs_post_init__(self) -> None:
        if self.tasks < 0:
            raise UsageError(f"tasks is at least 0, not {describe_value(self.tasks)}")


@attrs.frozen
class DeregisterInstance:
    """An action: the instance becomes DEREGISTERING and is terminated.

    Attributes:
        key: The instance's key.
        reason: Why.
    """

    key: Hashable
    reason: LeaveReason


@attrs.frozen
class DrainInstance:
    """An action: the instance becomes DRAINING, and DEREGISTERING once it has no task.

    Attributes:
        key: The instance's key.
        reason: Why.
        onto: Keys of the instances on which its tasks fit, with ``LeaveReason.FITS_ON_OTHERS``.
    """

    key: Hashable
    reason: LeaveReason
    onto: tuple[Hashable, ...] = ()


@attrs.frozen
class Optimisation:
    """What is due at a moment.

    Attributes:
        actions: What to do now, in order.
        next_at: When to look again if no task stops and no instance arrives before; None: never.
    """

    actions: tuple[DeregisterInstance | DrainInstance, ...]
    next_at: int | None


def scale_in_delay(scale_in_after: int | None) -> int | None:
    """Return scaleInAfter in microseconds, None if it switches the optimisation off.

    Args:
        scale_in_after: Seconds; None: the default (D83), -1: off.

    Raises:
        UsageError: it is not a number from -1 to ``MAX_SCALE_IN_AFTER``.
    """
    seconds = DEFAULT_SCALE_IN_AFTER if scale_in_after is None else scale_in_after
    if type(seconds) is not int or not -1 <= seconds <= MAX_SCALE_IN_AFTER:
        raise UsageError(
            f"scaleInAfter is a number from -1 to {MAX_SCALE_IN_AFTER}, "
            f"not {describe_value(scale_in_after)}"
        )
    return None if seconds == -1 else seconds * SECOND


def optimise(
    instances: Sequence[ManagedInstance],
    now: int,
    delay: int | None,
    fits: Callable[[Hashable, tuple[Hashable, ...]], bool],
    price_of_new: Callable[[Hashable], Fraction | None] | None = None,
) -> Optimisation:
    """Return which instances leave now (S12.3).

    Idle ones leave ``delay`` after their last task stopped.  An underused one is drained ``delay``
    after the last start or stop on it, if all its tasks fit elsewhere: the one with fewest tasks
    first, none that has protected or standalone tasks, and none while tasks of a DRAINING instance
    look for a place.

    Args:
        instances: The provider's instances in order of registration.
        now: The moment: a task has stopped, an instance has arrived, or ``next_at`` is reached.
        delay: scaleInAfter in microseconds (``scale_in_delay``); None: the optimisation is off.
        fits: Whether all tasks of the instance of the first key fit on those of the others.
        price_of_new: USD per hour of one new instance for all tasks of an instance, None if no
            type takes them; without the function none is looked for.
    """
    actions: dict[Hashable, DeregisterInstance | DrainInstance] = {}
    for one in instances:
        action = _end_of_life(one, now) or _idle(one, now, delay)
        if action is not None:
            actions[one.key] = action
    is_moving = any(one.tasks and (one.draining or one.key in actions) for one in instances)
    if delay is not None and not is_moving:
        staying = [one for one in instances if not one.draining and one.key not in actions]
        underused = _underused(staying, now, delay, fits, price_of_new)
        if underused is not None:
            actions[underused.key] = underused
    moments = [
        moment
        for one in instances
        for moment in _moments(one, delay, actions.get(one.key))
        if moment > now
    ]
    return Optimisation(tuple(actions.values()), min(moments, default=None))


def _end_of_life(instance: ManagedInstance, now: int) -> DeregisterInstance | DrainInstance | None:
    """Return what an instance's age asks for (S12.1)."""
    age = now - instance.launched_at
    if age >= END_AFTER:
        return DeregisterInstance(instance.key, LeaveReason.LIFETIME_OVER)
    if age >= DRAIN_AFTER and not instance.draining:
        return DrainInstance(instance.key, LeaveReason.LIFETIME)
    return None


def _idle(instance: ManagedInstance, now: int, delay: int | None) -> DeregisterInstance | None:
    """Return the end of an instance without tasks: drained, or idle for long enough."""
    if instance.tasks:
        return None
    if instance.draining:
        return DeregisterInstance(instance.key, LeaveReason.DRAINED)
    if delay is None or instance.changed_at + delay > now:
        return None
    return DeregisterInstance(instance.key, LeaveReason.IDLE)


def _underused(
    instances: Sequence[ManagedInstance],
    now: int,
    delay: int,
    fits: Callable[[Hashable, tuple[Hashable, ...]], bool],
    price_of_new: Callable[[Hashable], Fraction | None] | None,
) -> DrainInstance | None:
    """Return the first instance whose tasks can move, the one with fewest tasks first (D84)."""
    due = [
        one
        for one in instances
        if one.tasks and not one.keeps_tasks and one.changed_at + delay <= now
    ]
    for one in sorted(due, key=lambda instance: instance.tasks):
        others = tuple(other.key for other in instances if other is not one)
        if others and fits(one.key, others):
            return DrainInstance(one.key, LeaveReason.FITS_ON_OTHERS, others)
        if one.price is None or price_of_new is None:
            continue
        new = price_of_new(one.key)
        if new is not None and new <= one.price * CHEAPER_BY:
            return DrainInstance(one.key, LeaveReason.CHEAPER)
    return None


def _moments(
    instance: ManagedInstance,
    delay: int | None,
    action: DeregisterInstance | DrainInstance | None,
) -> list[int]:
    """Return the moments at which something of an instance may become due after an action."""
    if isinstance(action, DeregisterInstance):
        return []
    moments = [instance.launched_at + END_AFTER]
    if action is None and not instance.draining:
        moments.append(instance.launched_at + DRAIN_AFTER)
        if delay is not None:
            moments.append(instance.changed_at + delay)
    return moments
