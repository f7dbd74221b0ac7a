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
from bisect import bisect_right
from collections.abc import Collection, Generator, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from math import lcm

import attrs

from placement.errors import UsageError, describe_value
from placement.scaling.groups import zone_order
from placement.scaling.optimisation import optimise
from placement.scaling.packing import Amounts, MachineSize, TaskSize

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


class WaitReason(enum.Enum):
    """Why a task waits on; the value is a sentence."""

    NO_TYPE = "no instance type that the provider may launch takes the task"
    UNAVAILABLE = "launches of all types that take the task have failed, or none of them is left"


@attrs.frozen
class TaskKind:
    """What tasks ask of an instance.

    Attributes:
        size: Their size.
        architecture: The CPU architecture of their task definition; None: any.
        types: Types whose attributes satisfy constraints and capabilities; None: all.
        zones: Zones of their subnets; None: all.
    """

    size: TaskSize
    architecture: str | None = None
    types: frozenset[str] | None = None
    zones: frozenset[str] | None = None


@attrs.frozen
class PendingTask:
    """A task that no running instance takes, and that no launching one was chosen for.

    Attributes:
        key: Any hashable value that names it.
        kind: What it asks for.
    """

    key: Hashable
    kind: TaskKind


@attrs.frozen
class InstanceOffer:
    """An instance type that may be launched.

    Attributes:
        name: Its name.
        size: What a machine of it registers.
        price: USD per hour, in the purchase option of the provider.
        architecture: Its CPU architecture.
        zones: Where it is offered; None: everywhere.
        available: How many may be launched, for reserved ones; None: any number.

    Raises:
        UsageError: the price is not a Fraction of at least 0, or ``available`` is below 0.
    """

    name: str
    size: MachineSize
    price: Fraction
    architecture: str = "x86_64"
    zones: frozenset[str] | None = None
    available: int | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.price, Fraction) or self.price < 0:
            raise UsageError(f"a price is a Fraction from 0, not {describe_value(self.price)}")
        if self.available is not None and self.available < 0:
            raise UsageError(f"available is at least 0, not {describe_value(self.available)}")

    def takes(self, kind: TaskKind) -> bool:
        """Return whether it suits tasks of a kind, their size left aside."""
        return kind.architecture in (None, self.architecture) and (
            kind.types is None or self.name in kind.types
        )


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
    market = _Market(offers, tuple(daemons), by_preference)
    market.failed.update(failed)
    waiting = _Waiting(tuple(tasks))
    counts = dict(zones)
    launched = []
    while (launch := _next_launch(market, waiting, counts)) is not None:
        pool, taken = launch
        action = LaunchInstance(
            pool.zone,
            pool.offer.name,
            pool.offer.price,
            tuple(waiting.tasks[position].key for position in taken),
            LaunchReason.PREFERRED if by_preference else LaunchReason.LEAST_PRICE,
        )
        answer = yield action
        if type(answer) is not int or answer not in (0, 1):
            raise UsageError(f"a launch is answered with 0 or 1, not {describe_value(answer)}")
        if not answer:
            market.fail(pool.zone, pool.offer.name)
            continue
        launched.append(action)
        counts[pool.zone] += 1
        waiting.remove(taken)
        market.take(pool.offer)
    still = tuple(
        StillWaiting(task.key, market.why_waiting(task.kind, zones)) for task in waiting.tasks
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
    market = _Market(offers, tuple(daemons), by_preference=False)
    market.failed.update(failed)
    waiting = _Waiting(tuple(tasks))
    for zone in zone_order(zones):
        pools = market.pool(zone, waiting.kinds)
        everything = range(len(waiting.tasks))
        takers = [one for one in pools if len(waiting.scan(one)) == len(everything)]
        if takers and waiting.tasks:
            best = min(takers, key=lambda one: (one.price, one.rank))
            keys = tuple(task.key for task in waiting.tasks)
            offer = best.offer
            return LaunchInstance(zone, offer.name, offer.price, keys, LaunchReason.REPLACES)
    return None


@attrs.frozen(eq=False)
class _Candidate:
    """A type in a zone.

    Attributes:
        offer: The type.
        zone: The zone.
        price: Its price over the market's common denominator.
        room: What a machine of it has beside its daemons.
        kinds: Which kinds it takes there, their size left aside: the index of each, as a bit.
        exclusive: What daemons have already.
    """

    offer: InstanceOffer
    zone: str
    price: int
    room: Amounts
    kinds: int
    exclusive: frozenset[Hashable]

    @property
    def rank(self) -> tuple[int, str]:
        """What ends a tie between types that take equally many tasks for the same price."""
        return self.offer.size.memory, self.offer.name


class _Market:
    """The types that may be launched, by zone."""

    def __init__(
        self, offers: Sequence[InstanceOffer], daemons: tuple[TaskSize, ...], by_preference: bool
    ) -> None:
        names = {offer.name for offer in offers}
        if len(names) < len(offers):
            raise UsageError("an instance type is offered twice")
        self.by_preference = by_preference
        self.failed: set[tuple[str, str]] = set()
        self._exclusive = frozenset().union(*(daemon.exclusive for daemon in daemons))
        self._scale = lcm(*(offer.price.denominator for offer in offers))
        self._offers = []
        self._left = {offer.name: offer.available for offer in offers}
        self._pools: dict[str, list[_Candidate]] = {}
        for offer in offers:
            room: MachineSize | None = offer.size
            for daemon in daemons:
                room = room.without(daemon) if room is not None else None
            if room is not None:
                self._offers.append((offer, int(offer.price * self._scale), room.amounts))

    def pool(self, zone: str, kinds: Sequence[TaskKind]) -> list[_Candidate]:
        """Return the types that may be launched in a zone now.

        Of types with the same room for the same kinds only the one with the best rank is listed,
        unless the order is one of preference.
        """
        known = self._pools.get(zone)
        if known is not None:
            return known
        best: dict[Hashable, _Candidate] = {}
        for offer, price, room in self._offers:
            is_out = (zone, offer.name) in self.failed or self._left[offer.name] == 0
            if is_out or (offer.zones is not None and zone not in offer.zones):
                continue
            suits = sum(1 << i for i, kind in enumerate(kinds) if _suits(offer, kind, zone))
            if not suits:
                continue
            one = _Candidate(offer, zone, price, room, suits, self._exclusive)
            key = offer.name if self.by_preference else (room, suits)
            other = best.get(key)
            if other is None or (one.price, one.rank) < (other.price, other.rank):
                best[key] = one
        return self._pools.setdefault(zone, list(best.values()))

    def fail(self, zone: str, name: str) -> None:
        """Note that a launch has failed."""
        self.failed.add((zone, name))
        self._pools.pop(zone, None)

    def take(self, offer: InstanceOffer) -> None:
        """Note that a launch has come about."""
        left = self._left[offer.name]
        if left is not None:
            self._left[offer.name] = left - 1
            if left == 1:
                self._pools.clear()

    def why_waiting(self, kind: TaskKind, zones: Iterable[str]) -> WaitReason:
        """Return why nothing was launched for a task: no type takes it, or all that do are out."""
        for zone in zones:
            for offer, _, room in self._offers:
                offered = offer.zones is None or zone in offer.zones
                suits = offered and _suits(offer, kind, zone)
                if suits and _fits(kind.size, room, self._exclusive):
                    return WaitReason.UNAVAILABLE
        return WaitReason.NO_TYPE


class _Waiting:
    """The tasks that nothing was launched for yet."""

    def __init__(self, tasks: tuple[PendingTask, ...]) -> None:
        self.tasks = list(tasks)
        self.kinds = list(dict.fromkeys(task.kind for task in tasks))
        index = {kind: number for number, kind in enumerate(self.kinds)}
        self._sequence = [index[task.kind] for task in tasks]
        self._bounds: list[_Bound] | None = None

    def remove(self, taken: Sequence[int]) -> None:
        """Forget the tasks at these positions."""
        gone = set(taken)
        self.tasks = [task for i, task in enumerate(self.tasks) if i not in gone]
        self._sequence = [kind for i, kind in enumerate(self._sequence) if i not in gone]
        self._bounds = None

    def at_most(self, room: Amounts) -> int:
        """Return a number of tasks that a machine cannot exceed, whichever they are."""
        if self._bounds is None:
            self._bounds = self._count_bounds()
        return min(bound.of(have) for bound, have in zip(self._bounds, room, strict=True))

    def scan(self, candidate: _Candidate) -> list[int]:
        """Return the positions of the tasks that fit together, scanned in order.

        A kind of which one did not fit is not tried again: the room only shrinks.
        """
        open_kinds = candidate.kinds
        taken: set[Hashable] = set(candidate.exclusive)
        cpu, memory, gpus, interfaces = candidate.room
        sizes = [kind.size for kind in self.kinds]
        needs = [size.amounts for size in sizes]
        found = []
        for position, kind in enumerate(self._sequence):
            if not open_kinds >> kind & 1:
                continue
            want_cpu, want_memory, want_gpus, want_interfaces = needs[kind]
            exclusive = sizes[kind].exclusive
            if (
                want_cpu > cpu
                or want_memory > memory
                or want_gpus > gpus
                or want_interfaces > interfaces
                or (exclusive and not taken.isdisjoint(exclusive))
            ):
                open_kinds &= ~(1 << kind)
                if not open_kinds:
                    break
                continue
            cpu -= want_cpu
            memory -= want_memory
            gpus -= want_gpus
            interfaces -= want_interfaces
            taken |= exclusive
            found.append(position)
        return found

    def _count_bounds(self) -> list[_Bound]:
        numbers = [0] * len(self.kinds)
        for kind in self._sequence:
            numbers[kind] += 1
        left = [(kind.size.amounts, numbers[i]) for i, kind in enumerate(self.kinds) if numbers[i]]
        return [_Bound.of_needs([(need[i], number) for need, number in left]) for i in range(4)]


@attrs.frozen
class _Bound:
    """How many tasks one resource alone allows, the most modest ones first.

    Attributes:
        needs: What each task of a kind takes, ascending.
        totals: What all tasks up to and with that kind take.
        numbers: How many tasks those are.
    """

    needs: list[int]
    totals: list[int]
    numbers: list[int]

    @classmethod
    def of_needs(cls, needs: list[tuple[int, int]]) -> _Bound:
        """Return the bound of pairs of need and number of tasks."""
        needs = sorted(needs)
        return cls(
            [need for need, _ in needs],
            list(accumulate(need * number for need, number in needs)),
            list(accumulate(number for _, number in needs)),
        )

    def of(self, have: int) -> int:
        """Return how many tasks an amount allows."""
        whole = bisect_right(self.totals, have)
        number = self.numbers[whole - 1] if whole else 0
        if whole < len(self.needs):
            rest = have - (self.totals[whole - 1] if whole else 0)
            number += max(rest, 0) // self.needs[whole]
        return number


def _next_launch(
    market: _Market, waiting: _Waiting, counts: Mapping[str, int]
) -> tuple[_Candidate, list[int]] | None:
    """Return the next type and zone, and the positions of its tasks; None: nothing is left."""
    if waiting.tasks:
        for zone in zone_order(counts):
            pool = market.pool(zone, waiting.kinds)
            best = _first(pool, waiting) if market.by_preference else _cheapest(pool, waiting)
            if best is not None:
                return best
    return None


def _first(pool: Iterable[_Candidate], waiting: _Waiting) -> tuple[_Candidate, list[int]] | None:
    """Return the first type that takes a task."""
    for candidate in pool:
        if taken := waiting.scan(candidate):
            return candidate, taken
    return None


def _cheapest(pool: Iterable[_Candidate], waiting: _Waiting) -> tuple[_Candidate, list[int]] | None:
    """Return the type with the least price for each task that it takes.

    Types are looked at in the order of a lower bound of that price, and left out once the bound is
    above the best price found.  The bound orders as a float, and excludes as whole numbers.
    """
    order = []
    for candidate in pool:
        most = waiting.at_most(candidate.room)
        if most:
            order.append((candidate.price / most, most, candidate))
    order.sort(key=lambda one: one[0])
    best: tuple[_Candidate, list[int]] | None = None
    for _, most, candidate in order:
        if best is not None and candidate.price * len(best[1]) > best[0].price * most:
            continue
        taken = waiting.scan(candidate)
        if taken and (best is None or _is_better(candidate, taken, *best)):
            best = candidate, taken
    return best


def _is_better(
    candidate: _Candidate, taken: Sequence[int], best: _Candidate, by_best: Sequence[int]
) -> bool:
    """Return whether a type comes before another: price for each task, number, memory, name."""
    price, other = candidate.price * len(by_best), best.price * len(taken)
    return (price, -len(taken), *candidate.rank) < (other, -len(by_best), *best.rank)


def _suits(offer: InstanceOffer, kind: TaskKind, zone: str) -> bool:
    return offer.takes(kind) and (kind.zones is None or zone in kind.zones)


def _fits(size: TaskSize, room: Amounts, exclusive: frozenset[Hashable]) -> bool:
    enough = all(want <= have for want, have in zip(size.amounts, room, strict=True))
    return enough and not size.exclusive & exclusive
