"""Managed Instances: which types are launched for waiting tasks (S12.2, D81).

In: the waiting tasks in order of creation, the types that may be launched, and how many instances
the provider has in each zone.  Out: one launch after the other, each answered with whether it came
about; what each costs and holds; and why the rest waits on.  Which types satisfy the provider's
instanceRequirements is decided in ``instance_requirements``, when instances leave in
``optimisation``; both are entry points here too.

Prices are exact: they are compared as whole numbers over a common denominator.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Generator, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value
from placement.scaling.groups import zone_order
from placement.scaling.instance_market import Market, WaitReason, cheapest, first_taker
from placement.scaling.instance_offers import InstanceOffer, PendingTask, TaskKind
from placement.scaling.optimisation import optimise
from placement.scaling.packing import TaskSize

__all__ = [
    "ChoiceResult",
    "InstanceOffer",
    "LaunchInstance",
    "LaunchReason",
    "PendingTask",
    "StillWaiting",
    "TaskKind",
    "WaitReason",
    "choose",
    "optimise",
    "replacement",
]


class LaunchReason(enum.Enum):
    """Why a type is launched; the value is a sentence."""

    LEAST_PRICE = "the least price for each waiting task that it takes"
    PREFERRED = "the first reserved type, in order of preference, that takes a waiting task"
    REPLACES = "the least price of a type that takes all tasks of the instance"


@attrs.frozen
class LaunchInstance:
    """An action: launch one instance.

    Attributes:
        zone: Where.
        instance_type: Of which type.
        price: USD per hour.
        tasks: Keys of the tasks that it is launched for, in order.
        reason: Why this type.
    """

    zone: str
    instance_type: str
    price: Fraction
    tasks: tuple[Hashable, ...]
    reason: LaunchReason

    @property
    def count(self) -> int:
        """The number of instances."""
        return 1

    @property
    def price_per_task(self) -> Fraction:
        """USD per hour and task."""
        return self.price / len(self.tasks)


@attrs.frozen
class StillWaiting:
    """A task for which nothing was launched.

    Attributes:
        key: The task's key.
        reason: Why.
    """

    key: Hashable
    reason: WaitReason


@attrs.frozen
class ChoiceResult:
    """What all launches come to.

    Attributes:
        launched: The launches that came about, in order.
        waiting: The tasks that wait on, in order.
        failed: Pairs of zone and type not to be tried before the next full minute (C45).
    """

    launched: tuple[LaunchInstance, ...]
    waiting: tuple[StillWaiting, ...]
    failed: frozenset[tuple[str, str]]


def choose(
    tasks: Iterable[PendingTask],
    offers: Sequence[InstanceOffer],
    zones: Mapping[str, int],
    *,
    daemons: Iterable[TaskSize] = (),
    failed: Collection[tuple[str, str]] = (),
    by_preference: bool = False,
) -> Generator[LaunchInstance, int, ChoiceResult]:
    """Choose instances for waiting tasks, one after the other (D81).

    In the zone with fewest instances, the type with the least price for each task that fits on it
    together with the others, scanned in order of creation; ties to the type that takes more tasks,
    then to the one with less memory, then by name.  After each action the generator is sent 1, or
    0 if the launch failed: then the type is out in this zone, and the choice goes on with the rest,
    then with the next zone (C45).

    Args:
        tasks: The waiting tasks in order of creation.
        offers: The types that may be launched.
        zones: Instances of the provider by zone, launching ones included.
        daemons: Sizes of the daemon tasks that each new instance runs first (S7.3).
        failed: Pairs of zone and type whose launches have failed since the last full minute.
        by_preference: Whether the first offer that takes a task is chosen, whatever it costs:
            reserved capacity.

    Raises:
        UsageError: a type is offered twice, or what was sent is neither 0 nor 1.
    """
    market = Market(offers, tasks, daemons, failed)
    find = first_taker if by_preference else cheapest
    reason = LaunchReason.PREFERRED if by_preference else LaunchReason.LEAST_PRICE
    counts = dict(zones)
    launched = []
    while market.backlog.tasks:
        found = (find(market, zone) for zone in zone_order(counts))
        candidate, taken = next(filter(None, found), (None, []))
        if candidate is None:
            break
        keys = tuple(market.backlog.tasks[position].key for position in taken)
        offer = candidate.offer
        action = LaunchInstance(candidate.zone, offer.name, offer.price, keys, reason)
        answer = yield action
        if type(answer) is not int or answer not in (0, 1):
            raise UsageError(f"a launch is answered with 0 or 1, not {describe_value(answer)}")
        if answer:
            launched.append(action)
            counts[candidate.zone] += 1
            market.take(candidate, taken)
        else:
            market.fail(candidate)
    still = tuple(
        StillWaiting(task.key, market.why_waiting(task.kind, counts))
        for task in market.backlog.tasks
    )
    return ChoiceResult(tuple(launched), still, frozenset(market.failed))


def replacement(
    tasks: Iterable[PendingTask],
    offers: Sequence[InstanceOffer],
    zones: Mapping[str, int],
    *,
    daemons: Iterable[TaskSize] = (),
    failed: Collection[tuple[str, str]] = (),
) -> LaunchInstance | None:
    """Return the type of least price that takes all of these tasks, None if there is none (D84).

    Args:
        tasks: The tasks of one instance.
        offers: The types that may be launched.
        zones: Instances of the provider by zone; the instance itself is no longer counted.
        daemons: Sizes of the daemon tasks that each new instance runs first.
        failed: Pairs of zone and type whose launches have failed since the last full minute.

    Raises:
        UsageError: a type is offered twice.
    """
    market = Market(offers, tasks, daemons, failed)
    backlog = market.backlog
    if not backlog.tasks:
        return None
    for zone in zone_order(zones):
        takers = [
            one
            for one in market.candidates(zone)
            if len(backlog.scan(one.room, one.kinds)) == len(backlog.tasks)
        ]
        if takers:
            offer = min(takers, key=lambda one: (one.price, one.rank)).offer
            keys = tuple(task.key for task in backlog.tasks)
            return LaunchInstance(zone, offer.name, offer.price, keys, LaunchReason.REPLACES)
    return None
