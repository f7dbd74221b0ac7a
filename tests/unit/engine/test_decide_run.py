"""Many tasks of one request decided as a run: where it begins, stops and goes on (C18)."""

from __future__ import annotations

from typing import Any

import pytest

from placement import (
    BinPack,
    Cluster,
    DistinctInstance,
    Instance,
    MemberOf,
    Random,
    Request,
    Spread,
    Task,
)
from placement.engine import decide
from placement.engine.index import key_encoder
from placement.kernels import decide_run, fields
from placement.state import pairs

HOST, ZONE, RACK = Spread("instanceId"), Spread("attribute:z"), Spread("attribute:r")
CPU, MEMORY, DISK = BinPack("cpu"), BinPack("memory"), BinPack("disk")
SMALL = Task(cpu=1, memory=2)


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Decide from 3 tasks on as runs; collect start, end and first undecided task, and why."""
    found: list[tuple[int, int, int]] = []
    original = decide_run.decide_run.compiled()

    def watched(*arguments: Any) -> int:
        done = int(original(*arguments))
        found.append((arguments[4], done, int(arguments[8][0])))
        return done

    monkeypatch.setattr(decide, "MANY", 3)
    monkeypatch.setattr(decide_run.decide_run, "call", watched)
    return found


def cluster(count: int = 7, **options: Any) -> Cluster:
    """Return a cluster in which one task of another group runs on every third instance."""
    found = Cluster(**options)
    for number in range(count):
        attributes: dict[str, str | None] = {"z": "ab"[number % 2], "r": str(number % 3)}
        if number % 5 == 4:
            del attributes["z"]
        disk = {"disk": 9} if number % 2 else {}
        found.register(
            Instance(
                id=f"i{number}", cpu=20, memory=30, gpus=2, resources=disk, attributes=attributes
            )
        )
    for number in range(0, count, 3):
        found.add_task(f"i{number}", "old", SMALL)
    return found


def as_one_by_one(request: Request, count: int, instances: int = 7, **options: Any) -> Cluster:
    """Place tasks at once and one by one; hold rows, ids and what is left to each other."""
    at_once, single = cluster(instances, **options), cluster(instances, **options)
    placed = at_once.place_many([request], [0] * count)
    found = [single.place_many([request], [0]) for _ in range(count)]
    assert placed.rows.tolist() == [one.rows.item() for one in found]
    assert placed.task_ids.tolist() == [one.task_ids.item() for one in found]
    assert at_once.to_ecs() == single.to_ecs()
    assert at_once.store.tasks.random_state == single.store.tasks.random_state
    for chain in ((HOST,), (CPU,), (ZONE, CPU)):
        again = Request(SMALL, request.group, (), chain)
        assert at_once.place_many([again], [0]).rows.tolist() == (
            single.place_many([again], [0]).rows.tolist()
        )
    return at_once


TAKEN: dict[str, Request] = {
    "spread over instances": Request(SMALL, "g", (), HOST),
    "spread over an attribute": Request(SMALL, "g", (), ZONE),
    "an attribute, then instances": Request(SMALL, "g", (), (ZONE, HOST)),
    "an attribute, then amounts": Request(SMALL, "g", (), (ZONE, CPU, MEMORY)),
    "binpack": Request(SMALL, "g", (), CPU),
    "binpack by two amounts, then instances": Request(SMALL, "g", (), (MEMORY, CPU, HOST)),
    "binpack by an amount that is not asked for": Request(SMALL, "g", (), (DISK, HOST)),
    "an amount that few have": Request(Task(cpu=1, resources={"disk": 2}), "g", (), (ZONE, DISK)),
    "a group that counts elsewhere": Request(SMALL, "old", (), (HOST, CPU)),
    "static conditions": Request(SMALL, "g", (MemberOf("attribute:z == a"),), (HOST,)),
    "nothing at all": Request(Task(), "g", (), (ZONE, HOST)),
}

LEFT_OUT: dict[str, Request] = {
    "chance": Request(SMALL, "g", (), Random()),
    "chance among the best": Request(SMALL, "g", (), (HOST, Random())),
    "two attributes": Request(SMALL, "g", (), (ZONE, RACK)),
    "an attribute after the first place": Request(SMALL, "g", (), (HOST, ZONE)),
    "ports": Request(Task(cpu=1, tcp_ports=(80,)), "g", (), HOST),
    "GPUs": Request(Task(cpu=1, gpus=1), "g", (), HOST),
    "distinctInstance": Request(SMALL, "g", (DistinctInstance(),), HOST),
    "a condition on tasks": Request(SMALL, "g", (MemberOf("runningTasksCount < 4"),), HOST),
    "no index": Request(SMALL, "g", (), Spread("instanceId", count_draining=False)),
}


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("count", [5, 40, 200])
def test_c18_requests_that_are_decided_as_runs(
    name: str, count: int, runs: list[tuple[int, int, int]]
) -> None:
    as_one_by_one(TAKEN[name], count)
    assert runs
    assert runs[-1][1] == count


@pytest.mark.parametrize("name", LEFT_OUT)
@pytest.mark.parametrize("count", [5, 40])
def test_c18_requests_that_are_not(name: str, count: int, runs: list[tuple[int, int, int]]) -> None:
    as_one_by_one(LEFT_OUT[name], count)
    assert not runs


def test_chance_among_ties_is_no_run(runs: list[tuple[int, int, int]]) -> None:
    as_one_by_one(Request(SMALL, "g", (), HOST), 30, ties="random", seed=4)
    assert not runs


@pytest.mark.parametrize("name", ["an attribute, then instances", "binpack"])
def test_a_run_is_cut_into_parts(
    name: str, runs: list[tuple[int, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "MAX_RUN", 8)
    as_one_by_one(TAKEN[name], 30)
    ends = [done for start, done, _ in runs if done > start]
    assert ends == [8, 16, 24, 30]


@pytest.mark.parametrize("chain", [(HOST,), (ZONE, HOST), (CPU, HOST)], ids=str)
def test_a_count_that_outgrows_its_bits_makes_the_keys_wide(
    chain: tuple[Any, ...],
    runs: list[tuple[int, int, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NARROW in the middle of a run, which goes on with what it has decided so far."""
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 2)
    bits = int(cluster().store.tasks.resources.largest[fields.CPU]).bit_length()
    monkeypatch.setattr(key_encoder, "NARROW_BITS", 2 + bits * (CPU in chain))
    found = as_one_by_one(Request(SMALL, "g", (), chain), 90)
    reasons = [why for _, _, why in runs]
    assert fields.NARROW in reasons
    narrow = runs[reasons.index(fields.NARROW)]
    assert 0 < narrow[1] < 90
    assert runs[-1][1] == 90
    index = found._placement_index()
    assert index._table.lines[1, fields.WIDE]


def test_a_count_that_is_too_large_from_the_start_leaves_nothing_behind(
    runs: list[tuple[int, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NARROW at the first look at a row: the keys that are built next are looked at again."""
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 2)
    monkeypatch.setattr(key_encoder, "NARROW_BITS", 2)
    at_once, single = cluster(), cluster()
    for found in (at_once, single):
        for number, tasks in enumerate([3, 3, 3, 2, 3, 2, 2]):
            for _ in range(tasks):
                found.add_task(f"i{number}", "g", SMALL)
    request = Request(SMALL, "g", (), (HOST,))
    rows = at_once.place_many([request], [0] * 20).rows.tolist()
    assert runs[0][1:] == (0, fields.NARROW)
    assert rows == [single.place_many([request], [0]).rows.item() for _ in range(20)]
    assert not at_once._placement_index()._table._kept.left.any()


def test_a_count_that_fits_no_key_goes_on_by_scans(
    runs: list[tuple[int, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 100)
    monkeypatch.setattr(key_encoder, "WIDE_COUNT_BITS", 2)
    monkeypatch.setattr(key_encoder, "WIDE_BITS", 2)
    as_one_by_one(Request(SMALL, "g", (), HOST), 60)
    assert runs[-1][2] == fields.NARROW
    assert 0 < runs[-1][1] < 60


def test_room_for_counts_is_made_in_the_middle(
    runs: list[tuple[int, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_ROOM: rows that have none yet get a table of counts; what was decided stays."""
    monkeypatch.setattr(pairs, "LEAST_ROOM", 16)
    monkeypatch.setattr(pairs, "ROOM_OF_ROW", 0)
    as_one_by_one(Request(SMALL, "g", (), HOST), 60, instances=40)
    full = [done for start, done, why in runs if why == fields.NO_ROOM and done > start]
    assert full
    assert runs[-1][1] == 60


def test_an_index_is_built_again_for_a_run(runs: list[tuple[int, int, int]]) -> None:
    """NO_INDEX: keys of another request have taken its place."""
    found, scanned = cluster(index_bytes=0), cluster(reporter=lambda _: None)
    asked = [Request(SMALL, group, (), chain) for group, chain in (("g", HOST), ("h", CPU))]
    for request in [*asked, *asked]:
        rows = [side.place_many([request], [0] * 7).rows.tolist() for side in (found, scanned)]
        assert rows[0] == rows[1]
    assert [why for _, _, why in runs].count(fields.NO_INDEX) >= 2
