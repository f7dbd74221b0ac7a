"""The instance types that may be launched, by zone, and which of them comes first (S12.2, D81).

In: the offers, a backlog of tasks, launches that came about or failed.  Out: the type that is next
in a zone, with the tasks that it takes.  Prices are compared as whole numbers over a common
denominator.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Sequence
from math import lcm

import attrs

from placement.errors import UsageError
from placement.scaling.backlog import Backlog
from placement.scaling.instance_offers import InstanceOffer, PendingTask, TaskKind
from placement.scaling.packing import Amounts, MachineSize, TaskSize

__all__ = ["Candidate", "Market", "WaitReason", "cheapest", "first_taker"]


class WaitReason(enum.Enum):
    """Why a task waits on; the value is a sentence."""

    NO_TYPE = "no instance type that the provider may launch takes the task"
    UNAVAILABLE = "launches of all types that take the task have failed, or none of them is left"


@attrs.frozen(eq=False)
class Candidate:
    """A type in a zone.

    Attributes:
        offer: The type.
        zone: The zone.
        price: Its price over the market's common denominator.
        room: What a machine of it has beside its daemons.
        kinds: Which kinds of the backlog it takes there, as bits.
    """

    offer: InstanceOffer
    zone: str
    price: int
    room: Amounts
    kinds: int

    @property
    def rank(self) -> tuple[int, str]:
        """What ends a tie between types that take equally many tasks for the same price."""
        return self.offer.size.memory, self.offer.name


class Market:
    """The types that may be launched for a backlog of tasks, by zone."""

    def __init__(
        self,
        offers: Sequence[InstanceOffer],
        tasks: Iterable[PendingTask],
        daemons: Iterable[TaskSize],
        failed: Iterable[tuple[str, str]],
    ) -> None:
        """Read the offers.

        Raises:
            UsageError: a type is offered twice.
        """
        names = {offer.name for offer in offers}
        if len(names) < len(offers):
            raise UsageError("an instance type is offered twice")
        sizes = tuple(daemons)
        self._exclusive = frozenset().union(*(daemon.exclusive for daemon in sizes))
        self.backlog = Backlog(tuple(tasks), self._exclusive)
        self.failed = set(failed)
        self._left = {offer.name: offer.available for offer in offers}
        self._places = {offer.name: place for place, offer in enumerate(offers)}
        self._scale = lcm(*(offer.price.denominator for offer in offers))
        self._rooms = [
            (offer, room.amounts)
            for offer in offers
            if (room := _beside_daemons(offer.size, sizes)) is not None
        ]
        self._pools: dict[str, dict[Hashable, list[Candidate]]] = {}
        self._reasons: dict[TaskKind, WaitReason] = {}

    def candidates(self, zone: str) -> list[Candidate]:
        """Return the types that may be launched in a zone now.

        Of types with the same room for the same kinds only the one with the best rank.
        """
        if zone not in self._pools:
            self._pools[zone] = self._pool(zone)
        return [group[0] for group in self._pools[zone].values()]

    def every(self, zone: str) -> list[Candidate]:
        """Return all types that may be launched in a zone now, in the order of the offers."""
        self.candidates(zone)
        found = [one for group in self._pools[zone].values() for one in group]
        return sorted(found, key=lambda one: self._places[one.offer.name])

    def _pool(self, zone: str) -> dict[Hashable, list[Candidate]]:
        """Return the types by what they take, the best rank first.

        Room beyond what all tasks need is left out: it makes no difference.
        """
        pool: dict[Hashable, list[Candidate]] = {}
        for offer, room in self._rooms:
            is_out = (zone, offer.name) in self.failed or self._left[offer.name] == 0
            if is_out or not _is_offered(offer, zone):
                continue
            cpu, memory, gpus, interfaces = map(min, room, self.backlog.total)
            useful = cpu, memory, gpus, interfaces
            kinds = sum(
                1 << i
                for i, kind in enumerate(self.backlog.kinds)
                if self._takes(offer, useful, kind, zone)
            )
            if kinds:
                price = int(offer.price * self._scale)
                candidate = Candidate(offer, zone, price, useful, kinds)
                pool.setdefault((useful, kinds), []).append(candidate)
        for group in pool.values():
            group.sort(key=lambda one: (one.price, one.rank))
        return pool

    def fail(self, candidate: Candidate) -> None:
        """Note that a launch has failed: the type is out in the zone."""
        self.failed.add((candidate.zone, candidate.offer.name))
        pool = self._pools[candidate.zone]
        key = candidate.room, candidate.kinds
        pool[key].remove(candidate)
        if not pool[key]:
            del pool[key]

    def take(self, candidate: Candidate, tasks: Sequence[int]) -> None:
        """Note that a launch has come about, for tasks at some positions of the backlog."""
        self.backlog.remove(tasks)
        left = self._left[candidate.offer.name]
        if left is not None:
            self._left[candidate.offer.name] = left - 1
            if left == 1:
                self._pools.clear()

    def why_waiting(self, kind: TaskKind, zones: Iterable[str]) -> WaitReason:
        """Return why nothing was launched for a task: no type takes it, or all that do are out."""
        if kind not in self._reasons:
            is_taken = any(
                _is_offered(offer, zone) and self._takes(offer, room, kind, zone)
                for zone in zones
                for offer, room in self._rooms
            )
            self._reasons[kind] = WaitReason.UNAVAILABLE if is_taken else WaitReason.NO_TYPE
        return self._reasons[kind]

    def _takes(self, offer: InstanceOffer, room: Amounts, kind: TaskKind, zone: str) -> bool:
        """Return whether a task of a kind fits on an empty instance in a zone."""
        if not offer.takes(kind, zone):
            return False
        size = kind.size
        enough = all(want <= have for want, have in zip(size.amounts, room, strict=True))
        return enough and not size.exclusive & self._exclusive


def first_taker(market: Market, zone: str) -> tuple[Candidate, list[int]] | None:
    """Return the first type in the order of the offers that takes a task of the backlog (C45)."""
    for candidate in market.every(zone):
        if taken := market.backlog.scan(candidate.room, candidate.kinds):
            return candidate, taken
    return None


def cheapest(market: Market, zone: str) -> tuple[Candidate, list[int]] | None:
    """Return the type with the least price for each task of the backlog that it takes (D81).

    Types are looked at in the order of a lower bound of that price, and left out once the bound is
    above the best price found.  The bound orders as a float, and excludes as whole numbers.
    """
    backlog = market.backlog
    order = []
    for candidate in market.candidates(zone):
        most = backlog.at_most(candidate.room)
        if most:
            order.append((candidate.price / most, most, candidate))
    order.sort(key=lambda one: one[0])
    best: tuple[Candidate, list[int]] | None = None
    for _, most, candidate in order:
        if best is not None:
            price, limit = candidate.price * len(best[1]), best[0].price
            if price > limit * most:
                continue
            if price > limit * backlog.at_most_together(candidate.room, candidate.kinds):
                continue
        taken = backlog.scan(candidate.room, candidate.kinds)
        if taken and (best is None or _is_better(candidate, taken, *best)):
            best = candidate, taken
    return best


def _is_better(
    candidate: Candidate, taken: Sequence[int], best: Candidate, by_best: Sequence[int]
) -> bool:
    """Return whether a type comes before another: price for each task, number, memory, name."""
    price, other = candidate.price * len(by_best), best.price * len(taken)
    return (price, -len(taken), *candidate.rank) < (other, -len(by_best), *best.rank)


def _beside_daemons(size: MachineSize, daemons: Iterable[TaskSize]) -> MachineSize | None:
    """Return what daemons leave of an empty machine, None if they do not fit."""
    room: MachineSize | None = size
    for daemon in daemons:
        room = room.without(daemon) if room is not None else None
    return room


def _is_offered(offer: InstanceOffer, zone: str) -> bool:
    return offer.zones is None or zone in offer.zones
