"""Some tasks of one request at once are what as many calls for one task each decide.

``place(task, count=n)`` and ``place_many([request], [0] * n)`` beside n calls of ``place(task)`` on
a copy of the cluster: rows, ids, random numbers, what is left, and all that is decided afterwards.
Clusters have up to some hundred instances in several zones, most of them nearly full; requests of
few groups share counts; tasks stop, and instances come, go and change between the calls.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from index_history import CHAINS, SELDOM
from placement import (
    AtMost,
    BinPack,
    Cluster,
    DistinctInstance,
    Instance,
    MemberOf,
    Request,
    Spread,
    Task,
)
from placement.engine import decide, placing_calls
from placement.engine.full_scan import FullScan
from placement.engine.specs import spec_of
from placement.kernels import decide_run
from placement.state import pairs

HOST, ZONE, RACK = Spread("instanceId"), Spread("attribute:z"), Spread("attribute:r")
CPU, MEMORY, DISK = BinPack("cpu"), BinPack("memory"), BinPack("disk")

ALL_CHAINS: list[tuple[Any, ...]] = [
    *CHAINS,
    *SELDOM,
    (CPU, MEMORY),
    (MEMORY, CPU, HOST),
    (ZONE, CPU, MEMORY),
    (ZONE, RACK, CPU),
    (RACK, ZONE),
    (HOST, ZONE),
    (HOST, MEMORY, ZONE),
    (DISK, ZONE, CPU),
]

CONSTRAINTS: list[tuple[Any, ...]] = [
    *[()] * 6,
    (DistinctInstance(),),
    (AtMost(2),),
    (DistinctInstance(), MemberOf("attribute:z in [z0, z1]")),
    (MemberOf("attribute:flag == on"),),
    (MemberOf("runningTasksCount < 4"),),
    (MemberOf("runningTasksCount >= 1"),),
    (MemberOf("runningTasksCount != 2"),),
    (MemberOf("not(task:group == g0)"),),
    (MemberOf("task:group == g1 or attribute:z == z1"),),
    (MemberOf("task:group != g2"), MemberOf("attribute:flag == on")),
    (MemberOf("task:group =~ 'g[01]' or runningTasksCount < 2"),),
]

HISTORIES = 120
STEPS = 14


class TwoWays:
    """Two clusters with one past: one decides for all tasks of a call at once.

    Attributes:
        batch: The cluster that does.
        single: The other one.
        shares: How many calls placed all, some and none of their tasks.
    """

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.zones, self.racks = chance.choice([1, 2, 3, 5]), chance.choice([2, 9, 40])
        self.named = 0
        self.shares: Counter[str] = Counter()
        ties = chance.choice(["registered"] * 4 + ["random"])
        release = chance.choice(["desired_status"] * 3 + ["last_status"])
        room = chance.choice([0, 2**30, 2**30, 2**30])
        self.batch = Cluster(seed=seed, ties=ties, release=release, index_bytes=room)
        for _ in range(chance.choice([3, 20, 70, 150, 300])):
            self.batch.register(self.instance())
        self.single = self.batch.copy()
        self.single.store.tasks.random_state = self.batch.store.tasks.random_state
        self.requests = [self.request() for _ in range(chance.choice([1, 3, 6]))]

    def instance(self) -> Instance:
        chance = self.chance
        self.named += 1
        attributes: dict[str, str | None] = {"flag": chance.choice(["on", "on", "off"])}
        if chance.random() < 0.9:
            attributes |= {"z": f"z{chance.randrange(self.zones)}"}
        if chance.random() < 0.9:
            attributes |= {"r": f"r{chance.randrange(self.racks)}"}
        return Instance(
            id=f"i{self.named}",
            cpu=chance.choice([0, 300, 512, 512, 1024, 4096]),
            memory=chance.choice([256, 512, 512, 1000]),
            gpus=chance.choice([0, 0, 1, 4]),
            neuron_devices=chance.choice([None, None, 0, 4]),
            resources={"disk": chance.choice([5, 10])} if chance.random() < 0.5 else {},
            taken_tcp_ports=(80,) if chance.random() < 0.1 else (),
            attributes=attributes,
        )

    def request(self) -> Request:
        chance = self.chance
        task = Task(
            cpu=chance.choice([0, 64, 100, 128, 500]),
            memory=chance.choice([0, 32, 100, 128, 256]),
            tcp_ports=(chance.choice([80, 81]),) if chance.random() < 0.15 else (),
            gpus=1 if chance.random() < 0.1 else 0,
            neuron_devices="ALL" if chance.random() < 0.1 else 0,
            resources={"disk": 1} if chance.random() < 0.1 else {},
            revision=chance.randrange(2),
            family="f",
        )
        group = f"g{chance.randrange(3)}"
        return Request(task, group, chance.choice(CONSTRAINTS), chance.choice(ALL_CHAINS))

    # Steps

    def step(self) -> None:
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            self.change()
        self.place(self.chance.choice(self.requests))
        self.agree()

    def place(self, one: Request) -> None:
        """Place some tasks at once, and one by one."""
        count = self.chance.choice([2, 3, 7, 30, 64, 200])
        how: dict[str, Any] = {
            "group": one.group,
            "constraints": one.constraints,
            "strategy": one.strategy,
        }
        if self.chance.random() < 0.5:
            found: Any = self.batch.place(one.task, count, **how)
        else:
            found = self.batch.place_many([self.batch.prepare(one.task, **how)], [0] * count)
        rows, ids = [], []
        for _ in range(count):
            each = self.single.place(one.task, **how)
            rows += each.rows.tolist()
            ids += each.task_ids.tolist()
        placed = found.rows >= 0
        assert found.rows[placed].tolist() == rows, one
        assert found.task_ids[placed].tolist() == ids
        assert placed[: len(rows)].all()
        self.shares["all" if len(rows) == count else "some" if rows else "none"] += 1

    def change(self) -> None:
        """Let something else happen to both, stops mostly."""
        chance, both = self.chance, (self.batch, self.single)
        ids = [id for id in self.batch.ids if id is not None]
        at = chance.choice(ids)
        match chance.randrange(9):
            case 0:
                new = self.instance()
                for each in both:
                    each.register(new)
            case 1 if len(ids) > 3:
                for each in both:
                    each.deregister(at, force=True)
            case 2:
                zone: dict[str, str | None] = {"z": f"z{chance.randrange(self.zones)}"}
                for each in both:
                    each.put_attributes(at, zone)
            case 3:
                status = chance.choice(["ACTIVE", "DRAINING"])
                for each in both:
                    each.set_status(at, status)
            case 4:
                self.requests.append(self.request())
            case _:
                self.stop(at)

    def stop(self, at: str) -> None:
        """Stop tasks of an instance, of a group, or any."""
        chance, tasks = self.chance, self.batch.store.tasks
        living = tasks.task["id"][: tasks.positions]
        running = living[tasks.are_counted(living)].tolist()
        kind = chance.randrange(3)
        if kind == 0:
            running = [id for id in running if self.batch.task(id).instance == at]
        elif kind == 1:
            running = [id for id in running if self.batch.task(id).group == "g0"]
        stopped = chance.sample(running, min(len(running), chance.choice([1, 5, 60])))
        for each in (self.batch, self.single):
            each.stop(stopped)

    def agree(self) -> None:
        """Compare what both hold, and their random numbers."""
        one, other = self.batch.store.tasks, self.single.store.tasks
        assert one.number == other.number
        assert one.random_state == other.random_state
        rows = len(self.batch.store.ids)
        assert np.array_equal(one.resources.free[:rows], other.resources.free[:rows])
        assert np.array_equal(one.resources.gpus[:rows], other.resources.gpus[:rows])
        assert np.array_equal(one.running[:rows], other.running[:rows])
        for name in ("g0", "g1", "g2"):
            left, right = [each.task_counts(name) for each in (self.batch, self.single)]
            assert np.array_equal(left, right)


def play(seed: int) -> TwoWays:
    """Play a history; an error names its seed."""
    ways = TwoWays(seed)
    try:
        for _ in range(STEPS):
            ways.step()
    except BaseException as error:
        error.add_note(f"test_tasks_at_once.play({seed})")
        raise
    return ways


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Decide from two tasks of one request on as runs, at most 23 at once; collect the runs.

    Each is how many tasks were asked for, and how many of them were decided.
    """
    found: list[tuple[int, int]] = []
    original = decide_run.decide_run.compiled()

    def watched(*arguments: Any) -> int:
        start, end = arguments[4:6]
        done = int(original(*arguments))
        found.append((end - start, done - start))
        return done

    monkeypatch.setattr(decide, "MANY", 2)
    monkeypatch.setattr(decide, "MAX_RUN", 23)
    monkeypatch.setattr(pairs, "ROOM_OF_ROW", 0)  # counts find no room, again and again
    monkeypatch.setattr(pairs, "LEAST_ROOM", 32)
    monkeypatch.setattr(pairs.Pairs.grow, "__defaults__", (32,))
    monkeypatch.setattr(decide_run.decide_run, "call", watched)
    return found


def test_c18_tasks_at_once_are_decided_as_one_by_one() -> None:
    shares: Counter[str] = Counter()
    for seed in range(HISTORIES):
        shares += play(seed).shares
    assert min(shares[name] for name in ("all", "some", "none")) > HISTORIES, shares


def test_c18_runs_of_tasks_are_decided_as_one_by_one(runs: list[tuple[int, int]]) -> None:
    """By ``decide_run``, which takes requests that ask for amounts alone."""
    shares: Counter[str] = Counter()
    for seed in range(HISTORIES, 2 * HISTORIES):
        shares += play(seed).shares
    assert min(shares[name] for name in ("all", "some", "none")) > HISTORIES, shares
    assert len(runs) > 3 * HISTORIES
    assert sum(done > 0 for _, done in runs) > 2 * HISTORIES
    assert sum(done < asked for asked, done in runs) > 10  # no index, no room for counts


# --- The property can fail -----------------------------------------------------------------------


def fills_the_first(cluster: Any, prepared: Any, count: int) -> Any:
    """Decide once, and again when that instance takes no further task."""
    rows: list[int] = []
    ids: list[int] = []
    while len(rows) < count:
        found, id = cluster._decide([prepared], np.zeros(1, np.int64))
        rows.append(int(found[0]))
        ids.append(int(id[0]))
        scan = FullScan(cluster.store)
        while rows[-1] >= 0 and len(rows) < count and scan._mask(prepared, None)[rows[-1]]:
            ids.append(committed(cluster, prepared, rows[-1]))
            rows.append(rows[-1])
    return np.array(rows, np.int64), np.array(ids, np.int64)


def committed(cluster: Any, prepared: Any, row: int) -> int:
    """Place a task on a row that nobody has decided, and return its id."""
    tasks = cluster.store.tasks
    spec = tasks.specs.number(spec_of(cluster.store, prepared.task))
    id: int = tasks.add(row, tasks.groups.code(prepared.group), spec)
    return id


def forgets_the_last(cluster: Any, prepared: Any, count: int) -> Any:
    """Decide for one task fewer than were asked for, if there are many."""
    done = count - (count > 60)
    found = cluster._decide([prepared], np.zeros(done, np.int64))
    return tuple(np.append(part, np.full(count - done, -1)) for part in found)


@pytest.mark.parametrize("broken", [fills_the_first, forgets_the_last])
def test_a_call_that_decides_otherwise_is_found(
    broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing_calls.PlacingCalls, "_decide_alike", broken)
    with pytest.raises(AssertionError):
        list(map(play, range(HISTORIES)))
