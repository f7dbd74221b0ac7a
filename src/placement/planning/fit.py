"""How many more tasks fit, why not more, and how many more machines a number of them needs.

In: a cluster, a task, how many, what is to be assumed of new machines.  Out: ``Fit``.  Everything
is tried out in trials, so that the cluster is as it was; what fits, the engine decides.

Why a number of machines can be searched for: every check that is allowed here (amounts, ports,
attributes, memberOf, distinctInstance, AtMost) looks at one instance and its own tasks only.  So
how many tasks an instance takes does not depend on the others, nor on the order in which they are
chosen, which is all that a strategy decides; the numbers add up, and a further machine never makes
fewer tasks fit.  ZoneSkew and user-defined filters look further, and are refused.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from decimal import Decimal

import attrs
import numpy as np

from placement.engine.arguments import checked_whole
from placement.engine.cluster import Cluster
from placement.engine.explain import PlacementExplanation
from placement.engine.prepared import PreparedRequest
from placement.engine.request import (
    AtMost,
    ConstraintOrFilter,
    DistinctInstance,
    MemberOf,
    StrategyOrRanker,
    Task,
)
from placement.errors import UsageError, describe_value
from placement.machines.ec2_types import ZONES_KNOWN_IN
from placement.model import Instance
from placement.planning.machines import NewMachine, Offer, offers, zones_for
from placement.planning.search import least

__all__ = [
    "MAX_COUNT",
    "MAX_MACHINES",
    "MAX_ZONES",
    "PRICE_SOURCE",
    "Fit",
    "MachinesNeeded",
    "NoMachine",
    "WhyNoMachine",
    "fit",
]

MAX_COUNT = 1_000_000
"""Tasks that one question may be about; beyond it nobody counts how many more fit."""

MAX_MACHINES = 10_000
"""Machines that one answer may name: twice as many as ECS lets a cluster have."""

MAX_ZONES = 50
"""Zones in which new machines are tried out."""

PRICE_SOURCE = "On-Demand prices for Linux as karpenter-provider-aws had them on 2026-07-20"
"""Where the table's prices are from (C45); ``machines/data/README.md`` says more."""

_STEP, _MAX_STEP = 64, 2**18
"""Tasks that are placed at once while it is not known how many fit, first and at most."""


class WhyNoMachine(enum.Enum):
    """Why no number of new machines is named; the value is a sentence."""

    NEVER = "no such machine could ever take the task"
    NO_OFFER = "no instance type that has a price for the task's operating system is offered there"
    TYPE_NOT_OFFERED = "the instance type is not offered there"
    TOO_MANY_ZONES = f"new machines could be in more than {MAX_ZONES} zones"
    TOO_MANY = f"more than {MAX_MACHINES} machines would be needed"


@attrs.frozen
class MachinesNeeded:
    """How many more machines the tasks need.

    Attributes:
        count: How many; with one fewer not all tasks fit.
        instance_type: Their type.
        zone: Their availability zone.
        tasks_each: How many of the tasks one such machine takes; at most as many as are missing.
        price: USD per hour of each, None if not known.
        region: The region whose prices these are, whatever the region of the cluster (C45).
        source: Where they are from.
    """

    count: int
    instance_type: str
    zone: str
    tasks_each: int
    price: Decimal | None
    region: str = ZONES_KNOWN_IN
    source: str = PRICE_SOURCE

    @property
    def total_price(self) -> Decimal | None:
        """USD per hour of all of them, None if not known."""
        return None if self.price is None else self.price * self.count


@attrs.frozen
class NoMachine:
    """That no number of new machines is named.

    Attributes:
        why: The reason.
        explanation: For ``NEVER``: why an empty machine of each type that came into question does
            not take the task.  Ids of instances are types and zones: ``m5.large in us-east-1a``.
    """

    why: WhyNoMachine
    explanation: PlacementExplanation | None = None


@attrs.frozen
class Fit:
    """How many more tasks fit.

    Attributes:
        wanted: How many tasks were asked about.
        fitting: How many more fit now, up to ``MAX_COUNT``; more than ``wanted`` where there is
            room for more.
        explanation: What one more after these would meet.
        machines: The machines that the rest of ``wanted`` needs; None: none are needed, or
            ``no_machine`` says why none are named.
        no_machine: Why no machines are named, where some are needed.
    """

    wanted: int
    fitting: int
    explanation: PlacementExplanation
    machines: MachinesNeeded | None = None
    no_machine: NoMachine | None = None

    @property
    def is_counted_out(self) -> bool:
        """Whether counting ended at ``MAX_COUNT``, so that still more may fit."""
        return self.fitting >= MAX_COUNT


@attrs.frozen
class _Question:
    """What is asked; the fields are the arguments of ``fit``."""

    cluster: Cluster
    task: Task
    count: int
    group: str | None
    constraints: tuple[ConstraintOrFilter, ...]
    new: NewMachine

    def prepared_for(self, cluster: Cluster) -> PreparedRequest:
        """Return the request for a cluster, with rows in the order of registration.

        The strategy makes no difference (see above), and this order takes least time.
        """
        return cluster.prepare(
            self.task, group=self.group, constraints=self.constraints, strategy=()
        )


def fit(
    cluster: Cluster,
    task: Task,
    count: int = 1,
    *,
    group: str | None = None,
    constraints: Sequence[ConstraintOrFilter] = (),
    strategy: Sequence[StrategyOrRanker] | StrategyOrRanker | None = None,
    new_machine: NewMachine | None = None,
) -> Fit:
    """Return how many more tasks fit, why not more, and which machines ``count`` of them need.

    Args:
        cluster: The cluster, which is as it was afterwards.
        task: What each of the tasks asks for.
        count: How many tasks, 1 to ``MAX_COUNT``.
        group: The task group; by default ``family:`` and the task's family (C14).
        constraints: Those of the call; the task's own are added (C13).
        strategy: The strategies in order, which are checked; the answer is the same with any.
        new_machine: What is to be assumed of new machines: by default the type that costs least,
            with what an ECS-optimised AMI registers.

    The type that costs least is the one whose machines cost least together, all being of one type;
    then the one of which fewer are needed, the one with less memory, the first by name.

    Raises:
        DocumentError: a group, constraint or strategy is wrong, or there are too many.
        RegexTimeout: a pattern gave no answer in time.
        UsageError: another argument is not of its kind, or a constraint looks at more than one
            instance (``ZoneSkew``, a user-defined filter).
    """
    if not isinstance(cluster, Cluster):
        raise UsageError(f"expected a Cluster, not {describe_value(cluster)}")
    count = checked_whole(count, "count is a number of tasks from 1", 1, MAX_COUNT + 1)
    if new_machine is not None and not isinstance(new_machine, NewMachine):
        raise UsageError(f"new_machine is a NewMachine, not {describe_value(new_machine)}")
    prepared = cluster.prepare(task, group=group, constraints=constraints, strategy=strategy)
    for constraint in prepared.criteria.constraints:
        if not isinstance(constraint, (MemberOf, DistinctInstance, AtMost)):
            message = "fit takes constraints that look at one instance at a time, not"
            raise UsageError(f"{message} {describe_value(constraint)}")
    asked = _Question(cluster, task, count, group, tuple(constraints), new_machine or NewMachine())
    with cluster.trial():
        fitting = _placed_until_full(cluster, asked.prepared_for(cluster), MAX_COUNT)
        explanation = cluster.explain(prepared)
    found = Fit(count, fitting, explanation)
    if fitting >= count:
        return found
    needed = _machines(asked, count - fitting)
    if isinstance(needed, NoMachine):
        return attrs.evolve(found, no_machine=needed)
    return attrs.evolve(found, machines=needed)


def _placed_until_full(cluster: Cluster, prepared: PreparedRequest, most: int) -> int:
    """Place tasks one after another until one finds no room; return how many found some."""
    done, step = 0, _STEP
    while done < most:
        asked = min(step, most - done)
        rows = cluster.place_many([prepared], np.zeros(asked, np.int64)).rows
        placed = int((rows >= 0).sum())
        done += placed
        if placed < asked:
            break
        step = min(2 * step, _MAX_STEP)
    return done


def _machines(asked: _Question, missing: int) -> MachinesNeeded | NoMachine:
    """Return the machines that so many tasks need beside what there is."""
    found = _takers(asked)
    if isinstance(found, NoMachine):
        return found
    choice = _cheapest(asked, found, missing)
    if choice is None:
        return NoMachine(WhyNoMachine.TOO_MANY)
    offer, each = choice

    def enough(machines: int) -> bool:
        return _all_fit(asked, offer, machines)

    count = least(enough, _quotient(missing, each), MAX_MACHINES)
    if count is None:
        return NoMachine(WhyNoMachine.TOO_MANY)
    return MachinesNeeded(count, offer.type.name, offer.zone, each, offer.price)


def _takers(asked: _Question) -> list[Offer] | NoMachine:
    """Return the offers of which an empty machine takes the task, each type in its first zone."""
    empty = Cluster()
    takers: dict[str, Offer] = {}
    tried: dict[str, Offer] = {}
    zones = zones_for(asked.cluster, asked.task, asked.new)
    if len(zones) > MAX_ZONES:
        return NoMachine(WhyNoMachine.TOO_MANY_ZONES)
    for zone in zones:
        for offer in offers(asked.cluster, asked.task, asked.new, zone):
            if offer.type.name not in takers:
                tried[offer.instance.id] = offer
                _register(empty, asked.new, offer.instance)
        failures = empty.explain(asked.prepared_for(empty)).failures
        for row, id in enumerate(empty.ids):
            if id is not None and row not in failures:
                takers.setdefault(tried[id].type.name, tried[id])
    if not tried:
        is_named = asked.new.instance_type is not None
        return NoMachine(WhyNoMachine.TYPE_NOT_OFFERED if is_named else WhyNoMachine.NO_OFFER)
    if not takers:
        return NoMachine(WhyNoMachine.NEVER, empty.explain(asked.prepared_for(empty)))
    return list(takers.values())


def _cheapest(asked: _Question, takers: Sequence[Offer], missing: int) -> tuple[Offer, int] | None:
    """Return the offer that costs least for the missing tasks, and how many a machine takes.

    None if more than ``MAX_MACHINES`` of each would be needed.  Offers are looked at in the order
    of a lower bound of what they cost, until the bound is above the best cost: the bound goes by
    CPU and memory alone.
    """
    bounds = [
        (_rank(offer, _quotient(missing, _at_most(asked, offer, missing))), offer)
        for offer in takers
    ]
    best: tuple[tuple[Decimal, int, int, str], Offer, int] | None = None
    for bound, offer in sorted(bounds, key=lambda one: one[0]):
        if best is not None and bound >= best[0]:
            break
        each = _capacity(asked, offer, missing)
        count = _quotient(missing, each)
        if count <= MAX_MACHINES:
            rank = _rank(offer, count)
            if best is None or rank < best[0]:
                best = rank, offer, each
    return None if best is None else best[1:]


def _rank(offer: Offer, count: int) -> tuple[Decimal, int, int, str]:
    """Return what so many machines are compared by; the fewer machines, the less it is."""
    price = Decimal(0) if offer.price is None else offer.price
    return price * count, count, offer.type.memory, offer.type.name


def _at_most(asked: _Question, offer: Offer, missing: int) -> int:
    """Return a number that no machine of an offer takes more tasks than, from 1 to ``missing``."""
    pairs = ((asked.task.cpu, offer.instance.cpu), (asked.task.memory, offer.instance.memory))
    return max(1, min([missing, *[has // wants for wants, has in pairs if wants]]))


def _capacity(asked: _Question, offer: Offer, missing: int) -> int:
    """Return how many of the missing tasks an empty machine of an offer takes."""
    alone = Cluster()
    _register(alone, asked.new, offer.instance)
    return _placed_until_full(alone, asked.prepared_for(alone), missing)


def _all_fit(asked: _Question, offer: Offer, machines: int) -> bool:
    """Return whether all tasks fit once so many machines of an offer have joined the cluster."""
    cluster = asked.cluster
    with cluster.trial():
        known = set(cluster.ids)
        number, joined = 0, 0
        while joined < machines:
            id = f"new-{number}"
            number += 1
            if id not in known:
                _register(cluster, asked.new, attrs.evolve(offer.instance, id=id))
                joined += 1
        order = np.zeros(asked.count, np.int64)
        rows = cluster.place_many([asked.prepared_for(cluster)], order).rows
    return bool((rows >= 0).all())


def _register(cluster: Cluster, new: NewMachine, instance: Instance) -> None:
    """Register a new machine, with what daemons will take of it kept free."""
    cluster.register(instance)
    if new.reserved is not None:
        cluster.set_reservation(instance.id, **attrs.asdict(new.reserved, recurse=False))


def _quotient(amount: int, each: int) -> int:
    """Return how many times ``each``, from 1, it takes to make ``amount``."""
    return -(-amount // each)
