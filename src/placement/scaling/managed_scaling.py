"""Managed scaling of a capacity provider, minute by minute (5.4, S11.4, A59 to A61, B35).

In: what the provider's group has, what waits for it, and what was remembered of earlier minutes.
Out: the desired capacity to set, CapacityProviderReservation, the reason, and what to remember.
The group's launches and victims are decided in ``groups``; whether a task fits on what runs already
was asked of the engine before.  ``decide`` is called at each full minute, but not at the moment at
which a session begins (D97).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value
from placement.scaling.packing import (
    MachineSize,
    TaskGroup,
    ceil_div,
    extremes,
    machines_needed,
    per_machine,
)
from placement.timestamps import SECOND

__all__ = [
    "IN_AFTER_OUT",
    "POINTS_BELOW",
    "Decision",
    "Estimate",
    "Measure",
    "Memory",
    "ProviderState",
    "Reason",
    "ScalingSettings",
    "Usage",
    "decide",
    "machines_wanted",
    "reservation",
]

POINTS_BELOW = 15
"""Points below the target, one a minute and one after the other, before a scale-in."""

IN_AFTER_OUT = 900 * SECOND
"""How long after a scale-out the next scale-in may come."""

FIRST_STEP = 2
"""Instances that a group without any is given: the reservation is 200 there, of one (A59)."""


class Estimate(enum.Enum):
    """How the machines that waiting tasks need are estimated (A60).

    - MAX: the most that any group of equal tasks needs: what ECS does, a lower bound.
    - JOINT: what all groups need together, packed first fit.
    """

    MAX = "max"
    JOINT = "joint"


class Measure(enum.Enum):
    """What counts as used.

    - INSTANCES: each instance with a task counts as used as a whole: what ECS does.
    - ROOM: the share of the group's room that tasks take, in the scarcest resource; fragmentation
      then shows as room that is free.
    """

    INSTANCES = "instances"
    ROOM = "room"


class Reason(enum.Enum):
    """Why the desired capacity is what it is; the value is a sentence."""

    OUT = "the reservation is above the target"
    OUT_FIRST = "tasks wait, and the group has no instance"
    IN = "the reservation was below the target for 15 minutes"
    ON_TARGET = "the reservation is at the target"
    INCOMPATIBLE = "no waiting task fits on the smallest instance type of the group"
    WARM_UP = "an instance is younger than the warm-up period"
    AT_MAXIMUM = "the group is at its maximum"
    AT_MINIMUM = "the group is at its minimum"
    ALREADY_DESIRED = "as many are desired already"
    IDLE = "no instance has a task, and spare instances of an idle group are not asked for"
    TOO_FEW_POINTS = "the reservation is below the target for less than 15 minutes"
    AFTER_OUT = "the last scale-out is less than 900 seconds ago"
    NEEDED_FOR_TARGET = "the target needs all instances"
    PROTECTED = "managed termination protection keeps all instances: they have tasks"
    TASKS_WOULD_NOT_FIT = "the tasks do not fit on fewer instances"


@attrs.frozen
class ScalingSettings:
    """Managed scaling as it is configured, and what goes beyond ECS.

    Attributes:
        target: targetCapacity, per cent.
        minimum_step: minimumScalingStepSize.
        maximum_step: maximumScalingStepSize.
        warm_up: instanceWarmupPeriod, microseconds.
        max_scale_in_step: The most instances by which one scale-in lowers the desired capacity;
            None: half of them, at least one (D98).
        idle_spares: Whether a group without tasks keeps the spare instances that a target below 100
            asks for; it then goes back and forth between 0 and 2 (D98).
        estimate: How waiting tasks are counted in machines.
        measure: What counts as used.

    Raises:
        UsageError: a number is out of its range.
    """

    target: int = 100
    minimum_step: int = 1
    maximum_step: int = 10_000
    warm_up: int = 300 * SECOND
    max_scale_in_step: int | None = None
    idle_spares: bool = False
    estimate: Estimate = Estimate.MAX
    measure: Measure = Measure.INSTANCES

    def __attrs_post_init__(self) -> None:
        _check("target", self.target, 1, 100)
        _check("minimum_step", self.minimum_step, 1, 10_000)
        _check("maximum_step", self.maximum_step, self.minimum_step, 10_000)
        _check("warm_up", self.warm_up, 0, 10_000 * SECOND)
        if self.max_scale_in_step is not None:
            _check("max_scale_in_step", self.max_scale_in_step, 1, None)


@attrs.frozen
class Memory:
    """What is remembered from one minute to the next.

    Attributes:
        points_below: How many points, one after the other, were below the target.
        last_out: The moment of the last scale-out; None: there was none.
    """

    points_below: int = 0
    last_out: int | None = None


@attrs.frozen
class Usage:
    """How much of a resource the tasks on the group's registered instances take.

    Attributes:
        used: The sum of what tasks take, those of daemon services left out.
        registered: The sum of what the instances have for them.

    Raises:
        UsageError: an amount is below 0.
    """

    used: int
    registered: int

    def __attrs_post_init__(self) -> None:
        _check("used", self.used, 0, None)
        _check("registered", self.registered, 0, None)


@attrs.frozen
class ProviderState:
    """A provider and its group at a full minute.

    Attributes:
        settings: Managed scaling as it is configured.
        minimum: The group's MinSize.
        maximum: The group's MaxSize.
        desired: The group's desired capacity.
        registered: Its registered instances, neither pending nor terminating.
        empty: How many of these have no task that is not STOPPED, daemons' left out (D98).
        newest_launch: The moment of the last launch of an instance that the group has, a pending
            one included; None: it has none.
        removable: How many registered instances a scale-in may end: with managed termination
            protection those without tasks (S11.4.4); None: any.
        waiting: Tasks that wait for the provider in PROVISIONING, by size.
        types: The sizes of the group's instance types.
        usage: What the tasks take, a resource each; read only with ``Measure.ROOM``.
        memory: What the decision of the minute before left.

    Raises:
        UsageError: a number is below 0, more instances are empty than there are, tasks wait and no
            type is known, or the group's minimum is above its maximum.
    """

    settings: ScalingSettings
    minimum: int
    maximum: int
    desired: int
    registered: int
    empty: int
    newest_launch: int | None = None
    removable: int | None = None
    waiting: tuple[TaskGroup, ...] = ()
    types: tuple[MachineSize, ...] = ()
    usage: tuple[Usage, ...] = ()
    memory: Memory = Memory()

    def __attrs_post_init__(self) -> None:
        _check("minimum", self.minimum, 0, None)
        _check("maximum", self.maximum, self.minimum, None)
        _check("desired", self.desired, 0, None)
        _check("registered", self.registered, 0, None)
        _check("empty", self.empty, 0, self.registered)
        if self.removable is not None:
            _check("removable", self.removable, 0, self.registered)
        if self.waiting and not self.types:
            raise UsageError("tasks wait, and the group has no instance type")


@attrs.frozen
class Decision:
    """What a full minute comes to.

    Attributes:
        desired: The desired capacity from now on.
        reason: Why.
        reservation: CapacityProviderReservation, per cent.
        wanted: The machines that are needed, M of A59; None: no waiting task is compatible.
        memory: What to remember until the next minute.
    """

    desired: int
    reason: Reason
    reservation: Fraction
    wanted: Fraction | None
    memory: Memory


def machines_wanted(state: ProviderState) -> Fraction | None:
    """Return the machines that the provider needs, M of A59; None: no group is compatible (B35).

    Without waiting tasks these are the instances in use, with ``Measure.ROOM`` the share of their
    room that is taken.  With waiting ones they are all registered instances and what A60 adds,
    within the step sizes: tasks wait only where nothing that runs has room for them.
    """
    settings = state.settings
    if not state.waiting:
        if settings.measure is Measure.ROOM:
            return state.registered * _used_share(state)
        return Fraction(state.registered - state.empty)
    smallest, largest = extremes(state.types)
    compatible = [group for group in state.waiting if per_machine(group.size, smallest, 1)]
    if not compatible:
        return None
    if settings.estimate is Estimate.JOINT:
        need = machines_needed(compatible, largest)
    else:
        need = max(machines_needed([group], largest) for group in compatible)
    need = min(max(need, settings.minimum_step), settings.maximum_step)
    return Fraction(state.registered + need)


def reservation(wanted: Fraction | None, registered: int, target: int) -> Fraction:
    """Return CapacityProviderReservation in per cent (S11.4.1).

    Args:
        wanted: The machines needed; None: no waiting task is compatible, it stays at the target.
        registered: The registered instances.
        target: targetCapacity.
    """
    if wanted is None:
        return Fraction(target)
    if registered:
        return 100 * wanted / registered
    return Fraction(200 if wanted else 100)


def decide(
    state: ProviderState, now: int, *, may_remove: Callable[[int], bool] | None = None
) -> Decision:
    """Return the desired capacity that a full minute sets (S11.4).

    Args:
        state: The provider and its group.
        now: The moment.
        may_remove: Whether all tasks still fit after so many instances are gone, as the engine
            answers in a trial; a scale-in then removes no more than that.  If so many may go, fewer
            may go as well.  None: not asked, as ECS.
    """
    target = state.settings.target
    wanted = machines_wanted(state)
    percent = reservation(wanted, state.registered, target)
    if percent < target:
        memory = attrs.evolve(state.memory, points_below=state.memory.points_below + 1)
    else:
        memory = attrs.evolve(state.memory, points_below=0)
    unchanged = Decision(state.desired, Reason.ON_TARGET, percent, wanted, memory)
    if wanted is None:
        return attrs.evolve(unchanged, reason=Reason.INCOMPATIBLE)
    if percent > target:
        return _out(state, now, unchanged, wanted)
    if percent < target:
        return _in(state, now, unchanged, wanted, may_remove)
    return unchanged


def _out(state: ProviderState, now: int, unchanged: Decision, wanted: Fraction) -> Decision:
    """Raise the desired capacity, if nothing forbids it (S11.4.2, A61)."""
    settings = state.settings
    if not wanted and not settings.idle_spares:
        return attrs.evolve(unchanged, reason=Reason.IDLE)
    if state.newest_launch is not None and now - state.newest_launch < settings.warm_up:
        return attrs.evolve(unchanged, reason=Reason.WARM_UP)
    new = _for_target(wanted, settings.target) if state.registered else FIRST_STEP
    bounded = min(max(new, state.minimum), state.maximum)
    if bounded <= state.desired:
        limited = bounded < new
        reason = Reason.AT_MAXIMUM if limited else Reason.ALREADY_DESIRED
        return attrs.evolve(unchanged, reason=reason)
    reason = Reason.OUT if state.registered else Reason.OUT_FIRST
    memory = attrs.evolve(unchanged.memory, last_out=now)
    return attrs.evolve(unchanged, desired=bounded, reason=reason, memory=memory)


def _in(
    state: ProviderState,
    now: int,
    unchanged: Decision,
    wanted: Fraction,
    may_remove: Callable[[int], bool] | None,
) -> Decision:
    """Lower the desired capacity, if nothing forbids it (S11.4.3, D74, D98)."""
    settings, memory, count = state.settings, unchanged.memory, state.registered
    if memory.points_below < POINTS_BELOW:
        return attrs.evolve(unchanged, reason=Reason.TOO_FEW_POINTS)
    if memory.last_out is not None and now - memory.last_out < IN_AFTER_OUT:
        return attrs.evolve(unchanged, reason=Reason.AFTER_OUT)
    new = _for_target(wanted, settings.target)
    if new >= count:
        return attrs.evolve(unchanged, reason=Reason.NEEDED_FOR_TARGET)
    step = settings.max_scale_in_step or max(1, count // 2)
    removable = count if state.removable is None else state.removable
    new = max(new, count - step, count - removable, state.minimum)
    if new >= min(count, state.desired):
        reason = Reason.ALREADY_DESIRED
        if new >= count:
            reason = Reason.AT_MINIMUM if new == state.minimum else Reason.PROTECTED
        return attrs.evolve(unchanged, reason=reason)
    if may_remove is not None:
        new = count - _most_that_may_go(count - new, may_remove)
        if new >= min(count, state.desired):
            return attrs.evolve(unchanged, reason=Reason.TASKS_WOULD_NOT_FIT)
    return attrs.evolve(unchanged, desired=new, reason=Reason.IN)


def _for_target(wanted: Fraction, target: int) -> int:
    """Return how many instances bring the reservation to the target, rounded up."""
    return ceil_div(wanted.numerator * 100, wanted.denominator * target)


def _most_that_may_go(most: int, may_remove: Callable[[int], bool]) -> int:
    """Return the largest number up to ``most`` for which the tasks still fit, by bisection."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if may_remove(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _used_share(state: ProviderState) -> Fraction:
    """Return the share that tasks take of the scarcest resource, 1 at most."""
    shares = [Fraction(one.used, one.registered) for one in state.usage if one.registered]
    return min(max(shares, default=Fraction(0)), Fraction(1))


def _check(name: str, value: int, least: int, most: int | None) -> None:
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        raise UsageError(f"{name} is {bounds}, not {describe_value(value)}")
