"""Availability Zone rebalancing, batch by batch (4.9, S8.4).

In: how many tasks a steady service has in each zone, its bounds, and the batch that is under way.
Out: starts in the zones that have too few, and once those are healthy stops in the zones that have
too many, each answered with how many were done; what a batch is to remember; and what to say.
Which zones there are, whether the service is steady, and when the next pass comes, is not known
here.  With Fargate each capacity provider is rebalanced apart, as a service of its own.
"""

from __future__ import annotations

import enum
from collections.abc import Generator, Mapping

import attrs

from placement.errors import UsageError, describe_value
from placement.services.actions import Action, Cause, StartTasks, StopTasks, checked_number
from placement.services.model import TaskClass
from placement.services.zone_rules import is_balanced, zone_targets
from placement.timestamps import SECOND

__all__ = [
    "RETRY_AFTER",
    "Batch",
    "Ending",
    "Step",
    "ZoneCount",
    "ZoneResult",
    "ZoneState",
    "rebalance",
]

RETRY_AFTER = 300 * SECOND
"""How long the next try waits after one in which no task could be placed."""


@attrs.frozen
class ZoneCount:
    """The tasks of the service in one zone.

    Attributes:
        zone: Name of the zone.
        tasks: Its tasks there with desiredStatus RUNNING.
        protected: How many of them are protected from scale-in.

    Raises:
        UsageError: a number is below 0, or more tasks are protected than there are.
    """

    zone: str
    tasks: int
    protected: int = 0

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.protected <= self.tasks:
            raise UsageError(
                f"zone {describe_value(self.zone)} has {describe_value(self.tasks)} tasks, "
                f"{describe_value(self.protected)} of them protected"
            )


@attrs.frozen
class Batch:
    """A batch that is under way; the driver keeps it from pass to pass.

    Attributes:
        revision: The revision of its tasks.
        desired: The desired count when it began.
        targets: Tasks by zone when the rebalancing is over: they stay, also when a zone appears
            (D108).
        started: How many tasks it has started by zone, at least one in all.  Until they are
            healthy they are tasks beyond the desired count, which rolling rounds leave alone.
    """

    revision: int
    desired: int
    targets: Mapping[str, int]
    started: Mapping[str, int]

    @property
    def extras(self) -> int:
        """How many tasks it has started."""
        return sum(self.started.values())


@attrs.frozen
class ZoneState:
    """A service that may be rebalanced.

    Attributes:
        revision: The revision of the PRIMARY deployment.
        desired: The desired count.
        upper: How many tasks there may be.
        active: All tasks with desiredStatus RUNNING.
        healthy: How many of them are healthy.
        zones: The zones and the tasks in them.  Which zones: with awsvpc those of the subnets, else
            those that have an eligible ACTIVE instance (A53).
        in_deployment: Whether a deployment is under way.

    Raises:
        UsageError: a number is below 0, or a zone is listed twice.
    """

    revision: int
    desired: int
    upper: int
    active: int
    healthy: int
    zones: tuple[ZoneCount, ...]
    in_deployment: bool = False

    def __attrs_post_init__(self) -> None:
        for name in ("desired", "upper", "active", "healthy"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is at least 0, not {describe_value(getattr(self, name))}")
        if len(self.counts) < len(self.zones):
            raise UsageError(f"a zone is listed twice: {[zone.zone for zone in self.zones]}")

    @property
    def counts(self) -> dict[str, int]:
        """Tasks by zone, by name: what is said in events."""
        return {zone.zone: zone.tasks for zone in sorted(self.zones, key=lambda one: one.zone)}

    @property
    def free(self) -> dict[str, int]:
        """How many tasks of each zone may stop."""
        return {zone.zone: zone.tasks - zone.protected for zone in self.zones}


class Step(enum.Enum):
    """What a pass has come to.

    - BALANCED: nothing is to be done.
    - STARTED: a batch has begun.
    - WAITING: the tasks that the batch has started are not all healthy.
    - STOPPED: the batch is over, and tasks have stopped in the zones that had too many.
    - NO_ROOM: the upper bound allows no further task.
    - PROTECTED: only protected tasks are in the zones that have too many.
    - UNPLACED: no task could be placed; the next try comes after ``RETRY_AFTER``.
    - ENDED: something has ended the batch; the tasks that it has started are surplus (D60).
    """

    BALANCED = "balanced"
    STARTED = "started"
    WAITING = "waiting"
    STOPPED = "stopped"
    NO_ROOM = "no room"
    PROTECTED = "protected"
    UNPLACED = "unplaced"
    ENDED = "ended"


class Ending(enum.Enum):
    """What ends a batch (D60); the value is a sentence."""

    DEPLOYMENT = "a deployment began"
    DESIRED_COUNT = "the desired count changed"
    TASK_LOST = "a task was lost"
    PROTECTED = "tasks that should stop are protected"


@attrs.frozen
class ZoneResult:
    """What a pass leaves.

    Attributes:
        step: What it has come to.
        batch: The batch that is under way now; None: there is none.
        counts: Tasks by zone before the pass, by name.
        moved: Tasks that were started (STARTED) or stopped (STOPPED) by zone.
        unplaced: The zones in which not all tasks could be placed.
        protected: How many protected tasks are in the zones that have too many.
        ending: What has ended the batch; with STOPPED, why fewer have stopped than were started.
        retry_after: In how many microseconds the next try may begin; None: at once.
    """

    step: Step
    batch: Batch | None
    counts: dict[str, int]
    moved: dict[str, int] = attrs.field(factory=dict)
    unplaced: tuple[str, ...] = ()
    protected: int = 0
    ending: Ending | None = None
    retry_after: int | None = None


Steps = Generator[Action, int, ZoneResult]


def rebalance(state: ZoneState, batch: Batch | None = None) -> Steps:
    """Decide a pass of a service that may be rebalanced: begin a batch, or end one.

    A batch begins only where the service is steady (S3.3; no DRAINING instance in use, D108), which
    the driver looks at before, and after ``retry_after``.  After each action the generator is sent
    how many tasks were started or stopped.

    Args:
        state: The service as it is.
        batch: The batch that is under way; None: there is none.

    Raises:
        UsageError: what was sent is not a number from 0 to the action's count.
    """
    if batch is None:
        return (yield from _begin(state))
    ending = _ending(state, batch)
    if ending is not None:
        return ZoneResult(Step.ENDED, None, state.counts, ending=ending)
    if state.healthy < batch.desired + batch.extras:
        return ZoneResult(Step.WAITING, batch, state.counts)
    return (yield from _finish(state, batch))


def _begin(state: ZoneState) -> Steps:
    """Begin a batch, as large as the bounds and protection allow (D59)."""
    counts = state.counts
    if is_balanced(counts):
        return ZoneResult(Step.BALANCED, None, counts)
    targets = zone_targets(counts)
    over = _difference(counts, targets)
    free = state.free
    movable = sum(min(number, free[zone]) for zone, number in over.items())
    protected = sum(zone.protected for zone in state.zones if zone.zone in over)
    if not movable:
        return ZoneResult(Step.PROTECTED, None, counts, protected=protected)
    size = min(movable, state.upper - state.active)
    if size <= 0:
        return ZoneResult(Step.NO_ROOM, None, counts, protected=protected)
    moved: dict[str, int] = {}
    unplaced: list[str] = []
    lacking = _difference(targets, counts)
    while size and lacking:
        for zone, count in _shares(lacking, size).items():
            action = StartTasks(state.revision, count, Cause.ZONE_REBALANCING, zone)
            number = checked_number(action, (yield action))
            size -= number
            lacking[zone] -= number
            moved[zone] = moved.get(zone, 0) + number
            if number < count:
                unplaced.append(zone)
                lacking[zone] = 0
        lacking = {zone: number for zone, number in lacking.items() if number}
    moved = {zone: number for zone, number in moved.items() if number}
    result = ZoneResult(Step.STARTED, None, counts, moved, tuple(unplaced), protected)
    if not moved:
        return attrs.evolve(result, step=Step.UNPLACED, retry_after=RETRY_AFTER)
    return attrs.evolve(result, batch=Batch(state.revision, state.desired, targets, moved))


def _finish(state: ZoneState, batch: Batch) -> Steps:
    """Stop as many tasks as the batch has started, where there are too many."""
    counts, free = state.counts, state.free
    over = _difference({zone: counts.get(zone, 0) for zone in batch.targets}, batch.targets)
    may_stop = {zone: min(number, free[zone]) for zone, number in over.items()}
    moved: dict[str, int] = {}
    for zone, count in _shares(may_stop, batch.extras, most=over).items():
        action = StopTasks(batch.revision, TaskClass.HEALTHY, count, Cause.ZONE_REBALANCING, zone)
        if number := checked_number(action, (yield action)):
            moved[zone] = number
    is_whole = sum(moved.values()) == batch.extras
    protected = sum(zone.protected for zone in state.zones if zone.zone in over)
    ending = None if is_whole else Ending.PROTECTED
    return ZoneResult(Step.STOPPED, None, counts, moved, protected=protected, ending=ending)


def _ending(state: ZoneState, batch: Batch) -> Ending | None:
    """Return what ends a batch before its tasks are healthy (D60)."""
    if state.in_deployment or state.revision != batch.revision:
        return Ending.DEPLOYMENT
    if state.desired != batch.desired:
        return Ending.DESIRED_COUNT
    if state.active < batch.desired + batch.extras:
        return Ending.TASK_LOST
    return None


def _difference(larger: Mapping[str, int], smaller: Mapping[str, int]) -> dict[str, int]:
    """Return by how much zones of the first have more than in the second, others left out."""
    differences = {zone: number - smaller[zone] for zone, number in larger.items()}
    return {zone: number for zone, number in differences.items() if number > 0}


def _shares(
    numbers: Mapping[str, int], size: int, *, most: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return how many of ``size`` tasks fall on each zone, the first ones first.

    One after the other goes to the zone with the largest number that is left, ties by name, until
    each has as many as its number.

    Args:
        numbers: The most that each zone takes.
        size: How many there are.
        most: The numbers that are compared; None: those of ``numbers``.
    """
    left, rank = dict(numbers), dict(numbers if most is None else most)
    shares: dict[str, int] = {}
    for _ in range(min(size, sum(left.values()))):
        zone = min((zone for zone in left if left[zone]), key=lambda one: (-rank[one], one))
        shares[zone] = shares.get(zone, 0) + 1
        left[zone] -= 1
        rank[zone] -= 1
    return shares
