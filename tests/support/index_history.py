"""Histories of a cluster beside a cluster that scans all rows for each decision.

In: a source of chance.  Out: histories; an ``AssertionError`` where the two decide differently.
Both clusters get the same public calls.  One has a reporter, and with a reporter every decision is
a full scan (``docs/engine.md``), so that whatever the other keeps between decisions is held to the
plain statement of a decision.  The twin of the engine is too slow for clusters of more than one
block of rows; here they have some hundred, most of them full.

What an index that applies changes late could get wrong is what histories are made of: requests that
idle while much changes, instances that go while they are ruled out and others that come in their
place, instances that change their zone and come back, groups that several requests count, stops of
any group's tasks on full instances, undone placements, trials, streams that raise.

This module has what a history is about; its steps are in ``index_steps.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import placement
from placement import (
    AtMost,
    BinPack,
    Cluster,
    DistinctInstance,
    Instance,
    MemberOf,
    Placements,
    Random,
    Request,
    Spread,
    Task,
    ZoneSkew,
)

HOST, ZONE, RACK = Spread("instanceId"), Spread("attribute:z"), Spread("attribute:r")
CPU, MEMORY = BinPack("cpu"), BinPack("memory")
AZ = "ecs.availability-zone"
"""The zone that ``ZoneSkew`` goes by: every instance has one beside that of ``ZONE``."""
CHAINS: list[tuple[Any, ...]] = [
    (HOST,),
    (ZONE, HOST),
    (ZONE, MEMORY),
    (HOST, CPU),
    (MEMORY,),
    (CPU,),
    (RACK, CPU),
    (CPU, ZONE),
    (ZONE, RACK, MEMORY, HOST),
    (MEMORY, HOST, ZONE),
    (Random(),),
    (ZONE, Random()),
    (HOST, Random()),
    (MEMORY, Random()),
    (RACK, HOST, Random()),
    (Spread(f"attribute:{AZ}"), CPU),
    (),
]
SELDOM: list[tuple[Any, ...]] = [
    (Spread("instanceId", count_draining=False), CPU),
    (Spread("attribute:z", count_old_revisions=False), HOST),
]
"""Chains that no index has: each decision is a scan on both sides, and what it does is noted."""

GROUPS = [f"app-{number}" for number in range(12)]
"""A history has the first two of them, or up to all: groups of one request, or of several."""
CONSTRAINTS: list[tuple[Any, ...]] = [
    (DistinctInstance(),),
    (AtMost(2),),
    (AtMost(3), MemberOf("attribute:flag == on")),
    (ZoneSkew(1),),
    (ZoneSkew(2), MemberOf("attribute:flag == on")),
    (ZoneSkew(1), AtMost(2), MemberOf("attribute:z != z1")),
    (ZoneSkew(1), MemberOf("runningTasksCount < 4")),
    (MemberOf("attribute:z != z1"),),
    (MemberOf("attribute:flag == on"),),
    (MemberOf("attribute:flag == on"), MemberOf("attribute:z != z0")),
    (MemberOf("attribute:r in [r1, r2, r3, r4]"), DistinctInstance()),
    (MemberOf("not(task:group == app-0)"),),
    (MemberOf("task:group == app-1"),),
    (MemberOf("task:group =~ 'app-[12]'"),),
    (MemberOf("runningTasksCount < 3"),),
    (MemberOf("runningTasksCount >= 1 and not(task:group == app-3)"),),
    (MemberOf("runningTasksCount > 2 or attribute:z == z1"), MemberOf("attribute:flag == on")),
]
ZONES = [f"z{number}" for number in range(5)]
SIZES = [(65, 130), (65, 130), (65, 130), (130, 260), (130, 260), (260, 600)]
"""How many instances a cluster has, from and below: blocks have 64 positions."""

MOST_REQUESTS = 14


def ignore(_: Any) -> None:
    """Take a step's report: that there is a reporter is what matters."""


def new_task(chance: random.Random) -> Task:
    return Task(
        cpu=chance.choice([0, 64, 128, 128, 256, 512, 1024]),
        memory=chance.choice([0, 64, 128, 256, 256, 512]),
        tcp_ports=(chance.choice([80, 81]),) if chance.random() < 0.15 else (),
        gpus=chance.choice([1, 1, 1, "ALL"]) if chance.random() < 0.08 else 0,
        family=chance.choice(["a", "b"]),
        revision=chance.randrange(2),
    )


def new_request(chance: random.Random, groups: Sequence[str]) -> Request:
    chain = chance.choice(CHAINS if chance.random() < 0.96 else SELDOM)
    constraints = chance.choice(CONSTRAINTS) if chance.random() < 0.6 else ()
    return Request(new_task(chance), chance.choice(groups), constraints, chain)


class History:
    """Two clusters with one past, and what is known of them.

    Attributes:
        chance: Where every choice comes from.
        sides: The cluster with indexes, and the one that scans.
        requests: What is asked for, in this history.
        prepared: The same, prepared by each side.
        groups: The groups that tasks are of.
        hot: The numbers of the requests that are asked for at present; the others idle.
        used: When each request was last asked for, in steps.
        instances: The ids of the instances that are registered.
        tasks: The tasks that count: instance and group by id.
        stopping: The instances of the tasks that hold what they hold until they have stopped.
        moved: Instances and the zone that they had before they changed it.
        steps: The names of the steps that this history draws from.
        told: The steps so far, for a failure's message.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.zones = ZONES[: chance.randrange(1, 6)]
        self.racks = chance.choice([2, 8, 30])
        self.told: list[str] = []
        self.steps: list[str] = []
        self.next_instance = 0
        self.instances: list[str] = []
        self.tasks: dict[int, tuple[str, str]] = {}
        self.stopping: dict[int, str] = {}
        self.moved: list[tuple[str, str]] = []
        self.groups = GROUPS[: chance.choice([2, 4, 12])]
        count = chance.randrange(2, MOST_REQUESTS)
        self.requests = [new_request(chance, self.groups) for _ in range(count)]
        self.hot: list[int] = []
        self.used: dict[int, int] = {}
        count = chance.randrange(*chance.choice(SIZES))
        slot = 10 * (count + 64 * len(self.zones))  # bytes that a small index takes, about
        indexed = Cluster(
            seed=chance.randrange(3),
            release=chance.choice(["desired_status"] * 3 + ["last_status"]),
            ties=chance.choice(["registered"] * 5 + ["random"]),
            index_bytes=chance.choice([0, 3 * slot, 6 * slot, *[2**30] * 5]),
        )
        for _ in range(count):
            instance = self.new_instance()
            indexed.register(instance)
            self.instances.append(instance.id)
        self.fill(indexed, count * chance.choice([0, 1, 3, 3, 6]))
        self.sides = (indexed, indexed.copy())
        self.sides[1].reporter = ignore
        self.prepared: list[tuple[Any, Any]] = [self.prepare(one) for one in self.requests]
        self.heat()

    def fill(self, cluster: Cluster, count: int) -> None:
        """Place tasks before the history begins."""
        chance = self.chance
        others = [Request(new_task(chance), group, (), CPU) for group in self.groups]
        asked = [*self.requests, *others]
        order = [chance.randrange(len(asked)) for _ in range(count)]
        rows, ids = cluster.place_many(asked, order)
        for number, row, id in zip(order, rows.tolist(), ids.tolist(), strict=True):
            if row >= 0:
                self.tasks[id] = cluster.ids[row] or "", asked[number].group or ""

    # Choices

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        """Return one to ``most`` of some values, all different; fewer if there are fewer."""
        return self.chance.sample(values, min(len(values), self.chance.randrange(1, most + 1)))

    def places(self, most: int) -> list[str]:
        """Return one to ``most`` instances, all different.

        Half of them are such as the newest tasks are on: where requests that rank instances by
        what is there go next, or have just found no more room.
        """
        newest = sorted(self.tasks)[-10:]
        near = [self.tasks[id][0] for id in newest]
        drawn = [
            self.chance.choice(near if near and self.chance.random() < 0.5 else self.instances)
            for _ in range(self.chance.randrange(1, most + 1))
        ]
        return list(dict.fromkeys(drawn))

    def new_instance(self) -> Instance:
        chance = self.chance
        self.next_instance += 1
        attributes: dict[str, str | None] = {
            "z": chance.choice(self.zones),
            "r": f"r{chance.randrange(self.racks)}",
            "flag": chance.choice(["on", "on", "off"]),
            AZ: chance.choice("abcd"[: len(self.zones)]),
        }
        for name in list(attributes):
            if chance.random() < 0.05:
                del attributes[name]
        return Instance(
            id=f"i-{self.next_instance}",
            cpu=chance.choice([256, 512, 1024, 1024, 2048]),
            memory=chance.choice([512, 512, 1024, 2048]),
            gpus=chance.choice([0, 0, 0, 1, 2]),
            attributes=attributes,
        )

    def heat(self) -> None:
        """Choose the requests that are asked for from now on."""
        self.hot = self.some(range(len(self.requests)), 4)

    def prepare(self, request: Request) -> tuple[Any, Any]:
        one, other = [
            side.prepare(
                request.task,
                group=request.group,
                constraints=request.constraints,
                strategy=request.strategy,
            )
            for side in self.sides
        ]
        return one, other

    def asked(self, numbers: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """Return some requests for each side, sometimes not prepared."""
        self.used |= dict.fromkeys(numbers, len(self.told))
        if self.chance.random() < 0.1:
            plain = [self.requests[number] for number in numbers]
            return plain, plain
        return (
            [self.prepared[number][0] for number in numbers],
            [self.prepared[number][1] for number in numbers],
        )

    def seed(self) -> int | None:
        seeds: list[int | None] = [None, None, 0, 5]
        return self.chance.choice(seeds)

    # Calls on both sides

    def same(self, call: Callable[[Cluster, int], Any]) -> Any:
        """Make a call on both sides, hold the answers to each other, and return one."""
        indexed, scanned = self.sides
        found = outcome(lambda: call(indexed, 0))
        expected = outcome(lambda: call(scanned, 1))
        assert found == expected, f"by the index {found}, by a scan {expected}"
        return found

    def call(self, name: str, *values: Any, **named: Any) -> Any:
        """Make a public call with the same arguments on both sides, and return its answer."""
        return self.same(lambda cluster, _: getattr(cluster, name)(*values, **named))

    def placed(self, found: Any, groups: Sequence[str]) -> None:
        """Note what a call of ``place_many`` or ``replay`` has placed."""
        rows, ids = found
        names = self.sides[0].ids
        for row, id, group in zip(rows, ids, groups, strict=True):
            if row >= 0:
                self.tasks[id] = names[row] or "", group

    def ended(self, ids: Sequence[int]) -> None:
        """Note that tasks have been stopped."""
        for id in ids:
            instance, _ = self.tasks.pop(id)
            if self.sides[0].release == "last_status":
                self.stopping[id] = instance

    def gone(self, instance: str) -> None:
        """Note that an instance is deregistered."""
        self.instances.remove(instance)
        self.tasks = {id: at for id, at in self.tasks.items() if at[0] != instance}
        self.stopping = {id: at for id, at in self.stopping.items() if at != instance}

    @contextmanager
    def tried(self) -> Iterator[None]:
        """Open a trial on both sides; afterwards nothing has happened."""
        known = list(self.instances), dict(self.tasks), dict(self.stopping)
        with self.sides[0].trial(), self.sides[1].trial():
            yield
        self.instances, self.tasks, self.stopping = known

    def agree(self) -> None:
        """Compare what both sides hold."""
        one, other = self.sides
        assert list(one.ids) == list(other.ids)
        for name in ("remaining.cpu", "remaining.memory", "remaining.gpus", "running_tasks"):
            left, right = [np.asarray(side.column(name)) for side in self.sides]
            assert np.array_equal(left, right), name
        for group in self.groups:
            assert (one.task_counts(group) == other.task_counts(group)).all(), group
        assert one.task_counts().sum() == len(self.tasks)


def outcome(call: Callable[[], Any]) -> Any:
    """Make a call; return rows and ids as lists, its answer, or how it was refused."""
    try:
        found = call()
    except (placement.PlacementError, ZeroDivisionError) as error:
        return type(error).__name__
    if isinstance(found, Placements):
        return found.rows.tolist(), found.task_ids.tolist()
    if isinstance(found, placement.Placement):
        return found.rows.tolist(), found.task_ids.tolist()
    return found
