"""Orders, brought up to date from logs, decide as a scan of all rows does.

The twin of the engine is too slow for clusters of more than one block of rows; here the plain
statement of a decision (``engine.full_scan``) stands against the orders on some hundred rows.
"""

from __future__ import annotations

import random

import pytest

import placement
from placement import BinPack, DistinctInstance, Instance, MemberOf, Spread, Task
from placement.engine.full_scan import FullScan
from placement.engine.prepared import PreparedRequest
from placement.engine.request import ConstraintOrFilter

HOST, ZONE, RACK = Spread("instanceId"), Spread("attribute:z"), Spread("attribute:r")
CPU, MEMORY = BinPack("cpu"), BinPack("memory")
CHAINS = [
    (HOST,),
    (ZONE, HOST),
    (ZONE, MEMORY),
    (HOST, CPU),
    (MEMORY,),
    (RACK, CPU),
    (CPU, ZONE),
    (ZONE, RACK, MEMORY, HOST),
    (MEMORY, HOST, ZONE),
]


def cluster(chance: random.Random) -> placement.Cluster:
    found = placement.Cluster()
    for number in range(chance.randrange(70, 400)):
        attributes = {"z": f"z{chance.randrange(4)}", "r": f"r{chance.randrange(30)}"}
        found.register(
            Instance(
                id=f"i-{number}",
                cpu=chance.choice([1024, 2048, 4096]),
                memory=chance.choice([2048, 4096]),
                attributes=attributes if chance.random() < 0.9 else {"z": "z0"},
            )
        )
    return found


def requests(chance: random.Random, found: placement.Cluster) -> list[PreparedRequest]:
    """Six requests, two of one group, some with conditions on each other's tasks."""
    constraints: list[tuple[ConstraintOrFilter, ...]] = [
        (),
        (MemberOf("attribute:z != z1"),),
        (MemberOf(f"not(task:group == app-{chance.randrange(5)})"),),
        (MemberOf("runningTasksCount < 3"),),
        (DistinctInstance(),),
    ]
    return [
        found.prepare(
            Task(cpu=chance.choice([64, 128, 512]), memory=chance.choice([64, 256, 512])),
            group=f"app-{number % 5}",
            constraints=chance.choice(constraints),
            strategy=chance.choice(CHAINS),
        )
        for number in range(6)
    ]


def scanned(found: placement.Cluster, asked: list[PreparedRequest], order: list[int]) -> list[int]:
    """Decide one by one on a copy, each decision by a scan of all rows."""
    copy = found.copy()
    rows = []
    for number in order:
        one = asked[number]
        request = copy.prepare(
            one.task, group=one.group, constraints=one.constraints, strategy=one.strategy
        )
        row = FullScan(copy.store).choose(request)
        rows.append(row)
        if row >= 0:
            copy.add_task(copy.ids[row] or "", one.group, one.task)
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_orders_agree_with_a_scan(seed: int) -> None:
    chance = random.Random(seed)
    found = cluster(chance)
    asked = requests(chance, found)
    for _ in range(10):
        order = [chance.randrange(len(asked)) for _ in range(40)]
        expected = scanned(found, asked, order)
        assert found.place_many(asked, order).rows.tolist() == expected
        running = [task for task in range(found.store.tasks.number) if alive(found, task)]
        found.stop(chance.sample(running, min(len(running), 15)))


def alive(found: placement.Cluster, task: int) -> bool:
    return found.store.tasks.position_of(task) >= 0
