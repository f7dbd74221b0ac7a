"""Histories of a cluster beside a cluster that scans all rows for each decision.

In: a seed.  Out: histories; an ``AssertionError`` where the two decide differently.
Both clusters get the same public calls.  One decides by full scans alone (``index_guard.py``; in
some histories because it has a reporter, ``docs/engine.md``), so that whatever the other keeps
between decisions is held to the plain statement of a decision.  The twin of the engine is too slow
for clusters of more than one block of rows; here they have some hundred, most of them full, or they
grow to that.

What an index that applies changes late could get wrong is what histories are made of: requests that
idle while much changes, instances that go while they are ruled out and others that come in their
place, instances that change their zone and come back, groups that several requests count, stops of
any group's tasks on full instances, undone placements, trials, streams that raise, many tasks at
once after so many instances have joined that a layout is laid out again.

This module has what a history is about; its steps are in ``index_steps.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import placement
from index_guard import let_it_scan
from index_start import AZ, SHARED, new_instance, start_of
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
ALIKE: list[tuple[Any, ...]] = [(HOST,), (HOST,), (HOST, CPU), (CPU,), (ZONE, HOST)]
"""Chains by which many tasks can be decided at once."""

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
MOST_REQUESTS = 14

RUNS = [4, 4, 8, 8, 16, 256]
"""From so many tasks of one request on they are decided as a run; the engine's own number, 256, is
more than most steps ask for, because each of them is scanned beside it."""

REPORTED = 0.1
"""In this share of histories the cluster that scans does so because it has a reporter."""

LOOKED_AT = 5
"""After so many steps everything that both sides hold is compared."""


def ignore(_: Any) -> None:
    """Take a step's report: that there is a reporter is what matters."""


def new_task(chance: random.Random) -> Task:
    cpu = chance.choice([0, 64, 128, 128, 256, 512, 1024])
    return Task(
        cpu=cpu,
        neuron_devices="ALL" if cpu == 1024 else 0,
        memory=chance.choice([0, 64, 128, 256, 256, 512]),
        tcp_ports=(chance.choice([80, 81]),) if chance.random() < 0.15 else (),
        gpus=chance.choice([1, 1, 1, "ALL"]) if chance.random() < 0.08 else 0,
        family=chance.choice(["a", "b"]),
        revision=chance.randrange(2),
    )


def new_request(
    chance: random.Random, groups: Sequence[str], alike: Sequence[tuple[Any, ...]] = ()
) -> Request:
    """Return any request, or one with a chain of ``alike`` whose tasks can be decided at once."""
    if alike:
        task = Task(cpu=chance.choice([64, 128]), memory=chance.choice([0, 64, 128]), family="a")
        return Request(task, chance.choice(groups), (), chance.choice(alike))
    chain = chance.choice(CHAINS if chance.random() < 0.96 else SELDOM)
    constraints = chance.choice(CONSTRAINTS) if chance.random() < 0.6 else ()
    return Request(new_task(chance), chance.choice(groups), constraints, chain)


class History:
    """Two clusters with one past, and what is known of them.

    Attributes:
        chance: Where every choice comes from.
        run: From so many tasks of one request on they are decided as a run.
        grows: Whether many instances join on the way.
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

    def __init__(self, seed: int, told: list[str]) -> None:
        """Begin a history, which adds its steps to ``told``."""
        self.chance = chance = random.Random(seed)
        self.run = chance.choice(RUNS)
        self.told = told
        self.steps: list[str] = []
        self.tasks: dict[int, tuple[str, str]] = {}
        self.stopping: dict[int, str] = {}
        self.moved: list[tuple[str, str]] = []
        self.groups = GROUPS[: chance.choice([2, 4, 12])]
        start = start_of(seed // SHARED)
        self.grows = start.grows
        count = chance.randrange(2, MOST_REQUESTS)
        alike = chance.choice([0.5, 1]) if self.grows else 0
        chains = chance.choice([ALIKE, ALIKE[:4]])
        self.requests = [
            new_request(chance, self.groups, chains if chance.random() < alike else ())
            for _ in range(count)
        ]
        self.hot: list[int] = []
        self.used: dict[int, int] = {}
        self.zones, self.racks = list(start.zones), start.racks
        indexed = start.cluster.copy()
        self.instances = [id for id in indexed.ids if id]
        self.next_instance = len(self.instances)
        each = chance.choice([3, 8, 16] if self.grows else [0, 1, 3, 3, 6])
        self.fill(indexed, self.next_instance * each)  # where it is to grow, most are full
        self.sides = (indexed, indexed.copy())
        if chance.random() < REPORTED:
            self.sides[1].reporter = ignore
        else:
            let_it_scan(self.sides[1])
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
        self.next_instance += 1
        return new_instance(self.chance, f"i-{self.next_instance}", self.zones, self.racks)

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

    def agree(self, *, fully: bool = False) -> None:
        """Compare how many tasks run where; now and then, and in the end, all that sides hold."""
        one, other = self.sides
        assert list(one.ids) == list(other.ids)
        names = ["running_tasks"]
        if fully:
            names += ["remaining.cpu", "remaining.memory", "remaining.gpus"]
            for group in self.groups:
                assert (one.task_counts(group) == other.task_counts(group)).all(), group
            assert one.task_counts().sum() == len(self.tasks)
        for name in names:
            left, right = [np.asarray(side.column(name)) for side in self.sides]
            assert np.array_equal(left, right), name


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
