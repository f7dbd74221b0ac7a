"""What is kept of requests, for how long, and how it follows changes: held to scans."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import placement
from placement import BinPack, Cluster, Instance, MemberOf, Random, Request, Spread, Task
from placement.engine import decide
from placement.engine.index import key_encoder, layouts, placement_index
from placement.kernels import fields

HOST, ZONE, CPU = Spread("instanceId"), Spread("attribute:z"), BinPack("cpu")
SMALL = Task(cpu=1)


def instance(number: int, **what: Any) -> Instance:
    attributes: dict[str, str | None] = {"z": "abc"[number % 3]}
    return Instance(**{"id": f"i{number}", "cpu": 1000, "attributes": attributes, **what})


def pair(count: int = 9, **how: Any) -> tuple[Cluster, Cluster]:
    """Return two clusters, of which the second scans all rows for each decision."""
    found = Cluster(**how), Cluster(**how, reporter=lambda _: None)
    for number in range(count):
        for each in found:
            each.register(instance(number))
    return found


def both(sides: Sequence[Cluster], request: Request, count: int = 1) -> list[int]:
    """Decide on both sides, hold the rows to each other and return them."""
    rows = [side.place_many([request], [0] * count).rows.tolist() for side in sides]
    assert rows[0] == rows[1]
    found: list[int] = rows[0]
    return found


def lines_of(cluster: Cluster) -> Any:
    """Return the lines of the indexes of requests."""
    index = cluster._placement_index()
    return index._table.lines[1 : index._table.count]


def scans_nothing(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every full scan of a cluster fail."""
    monkeypatch.setattr(cluster._placement_index().full_scan, "choose", None)


# Keys that get too narrow


def test_a_count_that_outgrows_a_narrow_key_gets_a_wide_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counts of up to 3 tasks have room in keys of 5 bits beside three bits of cpu."""
    monkeypatch.setattr(key_encoder, "NARROW_BITS", 5)
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 2)
    sides = pair(4)
    for side in sides:
        side.store.tasks.resources.largest[fields.CPU] = 4
    request = Request(SMALL, "g", (), (HOST, CPU))
    assert both(sides, request) == [0]
    line = lines_of(sides[0])[0]
    assert (line[fields.WIDE], line[fields.COUNT_MASK]) == (0, 3)
    scans_nothing(sides[0], monkeypatch)
    generation = sides[0]._placement_index().generation
    assert both(sides, request, 50) == [*[1, 2, 3, 0] * 12, 1, 2]
    assert lines_of(sides[0])[0, fields.WIDE] == 1
    assert len(lines_of(sides[0])) == 1
    assert sides[0]._placement_index().generation == generation
    again = Request(SMALL, "g", (MemberOf("attribute:z != x"),), (HOST, CPU))
    both(sides, again, 9)


@pytest.mark.parametrize("chain", [(HOST, CPU), (CPU, HOST, Random())], ids=["least", "random"])
def test_requests_whose_counts_fit_into_no_key_are_decided_by_scans(
    chain: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those prepared before and equal ones too, while others keep their indexes."""
    monkeypatch.setattr(key_encoder, "NARROW_BITS", 12)
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 2)
    monkeypatch.setattr(key_encoder, "WIDE_BITS", 13)
    monkeypatch.setattr(key_encoder, "WIDE_COUNT_BITS", 3)
    sides = pair(4)
    prepared = [
        [side.prepare(SMALL, group="g", strategy=chain) for _ in range(3)] for side in sides
    ]
    other = Request(SMALL, "other", (), (HOST, CPU))
    order = [0, 1, 2, 2, 1, 0] * 10
    rows = [
        side.place_many(own, order).rows.tolist() for side, own in zip(sides, prepared, strict=True)
    ]
    assert rows[0] == rows[1]
    index = sides[0]._placement_index()
    assert set(index.numbers(prepared[0]).tolist()) == {-1}
    assert both(sides, Request(SMALL, "g", (), chain), 5)
    both(sides, other, 3)
    assert index.numbers([sides[0].prepare(SMALL, group="other", strategy=(HOST, CPU))])[0] >= 0


def test_a_single_request_that_was_prepared_twice_may_lose_its_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 100)
    monkeypatch.setattr(key_encoder, "WIDE_BITS", 12)
    monkeypatch.setattr(key_encoder, "WIDE_COUNT_BITS", 2)
    sides = pair(2)
    own = [[side.prepare(SMALL, group="g", strategy=(HOST, CPU)) for _ in "ab"] for side in sides]
    for round_ in range(20):
        found = [
            side.place_many([requests[round_ % 2]], [0]).rows.tolist()
            for side, requests in zip(sides, own, strict=True)
        ]
        assert found[0] == found[1] == [round_ % 2]


# Amounts that outgrow keys


def test_instances_larger_than_any_before_void_keys() -> None:
    sides = pair(6)
    request = Request(SMALL, "g", (), (ZONE, CPU, HOST))
    both(sides, request, 3)
    generation = sides[0]._placement_index().generation
    for side in sides:
        side.register(instance(6, cpu=1020))
    both(sides, request, 3)
    assert sides[0]._placement_index().generation == generation, "1020 has as many bits as 1000"
    for number, cpu in enumerate([2**20, 2**40, 2**52, 3, 2**52 - 1], 7):
        for side in sides:
            side.register(instance(number, cpu=cpu))
        both(sides, request, 3)
    assert sides[0]._placement_index().generation != generation


def test_a_resource_that_no_instance_had_when_it_was_asked_for() -> None:
    """Its amounts take no bits, until an instance with some comes."""
    sides = pair(6)
    request = Request(SMALL, "g", (), (BinPack("disk"), HOST))
    across = Request(SMALL, "h", (), (BinPack("disk"), ZONE, HOST))
    for _ in range(2):
        both(sides, request, 3)
        both(sides, across, 3)
    for number, disk in enumerate([700, 500, 900, 500, 20], 6):
        for side in sides:
            side.register(instance(number, resources={"disk": disk}))
        both(sides, request, 3)
        both(sides, across, 3)
    needs = Request(Task(cpu=1, resources={"disk": 7}), "g", (), (HOST, BinPack("disk")))
    both(sides, needs, 30)


# What is forgotten


def test_many_requests_are_forgotten_and_enrolled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement_index, "MAX_REQUESTS", 5)
    chance = random.Random(4)
    sides = pair(20)
    requests = [Request(SMALL, f"g{number}", (), (ZONE, HOST)) for number in range(13)]
    prepared = [
        [side.prepare(SMALL, group=one.group, strategy=one.strategy) for one in requests]
        for side in sides
    ]
    generations = set()
    for _ in range(40):
        some = chance.sample(range(13), chance.choice([1, 2, 9]))
        order = [chance.randrange(len(some)) for _ in range(12)]
        rows = [
            side.place_many([own[number] for number in some], order).rows.tolist()
            for side, own in zip(sides, prepared, strict=True)
        ]
        assert rows[0] == rows[1]
        index = sides[0]._placement_index()
        generations.add(index.generation)
        assert len(index._enrolment.requests) <= 9  # those of one call are kept in any case
    assert len(generations) > 5


def test_equal_requests_share_a_number_and_those_alike_an_index() -> None:
    found = pair(6)[0]
    how: dict[str, Any] = {"group": "g", "strategy": (HOST,)}
    alike = [
        found.prepare(SMALL, **how),
        found.prepare(Task(cpu=1), **how),
        found.prepare(Task(cpu=1, family="other"), **how),
    ]
    different = [
        found.prepare(Task(cpu=2), **how),
        found.prepare(SMALL, group="h", strategy=(HOST,)),
        found.prepare(SMALL, group="g", strategy=(HOST, CPU)),
        found.prepare(SMALL, **how, constraints=[MemberOf("attribute:z == a")]),
        found.prepare(SMALL, **how, constraints=[placement.DistinctInstance()]),
        found.prepare(Task(cpu=1, tcp_ports=(80,)), **how),
    ]
    index = found._placement_index()
    numbers = index.numbers([*alike, *different])
    assert numbers[0] == numbers[1]
    own = index._enrolment.lines[numbers, fields.INDEX].tolist()
    assert own[0] == own[1] == own[2]
    assert len({own[0], *own[3:]}) == 7


def test_requests_without_counts_share_an_index_over_groups() -> None:
    found = pair(6)[0]
    asked = [found.prepare(SMALL, group=group, strategy=(CPU,)) for group in "abc"]
    index = found._placement_index()
    assert len(set(index._enrolment.lines[index.numbers(asked), fields.INDEX].tolist())) == 1


# The log of stops


@pytest.mark.parametrize("idle", [False, True])
def test_the_log_of_stops_is_read_and_emptied(idle: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that idles while the log is emptied has read it before."""
    monkeypatch.setattr(placement_index, "MAX_STOPS", 4)
    sides = pair(70)
    request, other = [Request(SMALL, group, (), (HOST,)) for group in "gh"]
    both(sides, request, 140)
    both(sides, other, 140)
    log = sides[0].store.tasks.change_log
    longest = 0
    for stopped in ([3, 73], [5, 75, 60, 130, 145, 7], [1], [200, 2, 8, 9, 10, 11, 12]):
        for side in sides:
            side.stop(stopped)
        longest = max(longest, log.stops)
        both(sides, other)
        assert log.stops <= 4
        if not idle:
            both(sides, request)
    assert longest > 4
    both(sides, request, 30)
    both(sides, other, 30)


def test_long_calls_read_the_log_between_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "AT_ONCE", 7)
    monkeypatch.setattr(placement_index, "MAX_STOPS", 2)
    sides = pair(30)
    requests = [Request(SMALL, group, (), (HOST, CPU)) for group in "gh"]
    running = [side.place_many(requests, [0, 1] * 30).task_ids for side in sides]
    events = [part for stop in range(25) for part in (~stop, stop % 2)]
    found = [
        side.replay(requests, events, running=own) for side, own in zip(sides, running, strict=True)
    ]
    assert found[0].rows.tolist() == found[1].rows.tolist()
    assert found[0].task_ids.tolist() == found[1].task_ids.tolist()


# Rows that come


def test_rows_beyond_the_room_that_there_was() -> None:
    """Everything by row grows: masks, parts of conditions, layouts."""
    sides = pair(3)
    dynamic = (MemberOf("task:group == g or attribute:z == b"), MemberOf("attribute:z != c"))
    requests = [
        Request(SMALL, "g", dynamic, (ZONE, HOST)),
        Request(SMALL, "g", (), (Random(),)),
        Request(Task(cpu=600), "h", (), (CPU,)),
    ]
    room = set()
    for number in range(3, 300):
        for side in sides:
            side.register(instance(number))
        room.add(len(sides[0].store.live))
        if number % 20 == 0 or number < 20:
            for request in requests:
                both(sides, request, 2)
    assert len(room) > 3


@pytest.mark.parametrize("at_once", [1, 40])
@pytest.mark.parametrize("chain", [(ZONE, HOST), (ZONE, Random())], ids=["least", "random"])
def test_values_beyond_the_buckets_of_an_index(
    at_once: int, chain: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that spread over too many values are decided by scans, and come back."""
    monkeypatch.setattr(layouts, "MAX_BUCKETS", 12)
    sides = pair(6)
    request = Request(SMALL, "g", (), chain)
    both(sides, request, 3)
    index = sides[0]._placement_index()
    asked = sides[0].prepare(SMALL, group="g", strategy=chain)
    assert index.numbers([asked])[0] >= 0
    for number in range(6, 46):
        for side in sides:
            side.register(instance(number, attributes={"z": f"z{number}"}))
        if number % at_once == 5:
            both(sides, request, 3)
    both(sides, request, 60)
    assert index.numbers([asked])[0] == -1
    assert max(layout.buckets for layout in index._layouts.listed) <= 43
    for number in range(6, 46):
        for side in sides:
            side.deregister(f"i{number}", force=True)
    both(sides, request, 3)
    for side in sides:
        side.compact()
    both(sides, request, 10)
    again = sides[0].prepare(SMALL, group="g", strategy=chain)
    assert sides[0]._placement_index().numbers([again])[0] >= 0


def test_too_many_values_of_one_attribute_leave_indexes_by_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layouts, "MAX_BUCKETS", 12)
    sides = pair(6)
    request, wide = [Request(SMALL, "g", (), (Spread(f"attribute:{name}"),)) for name in "zr"]
    for number in range(20):
        for side in sides:
            side.register(instance(6 + number, attributes={"r": f"r{number}", "z": "a"}))
    both(sides, request, 2)
    both(sides, wide, 2)
    index = sides[0]._placement_index()
    generation = index.generation
    for side in sides:
        side.register(instance(26, attributes={"r": "r-new", "z": "b"}))
        side.put_attributes("i3", {"r": "r-other"})
    both(sides, request, 2)
    both(sides, wide, 2)
    assert index.generation == generation


def test_an_index_is_kept_through_changes_of_instances() -> None:
    """Nothing is built again while instances come, go, move and change."""
    chance = random.Random(8)
    sides = pair(200)
    request = Request(Task(cpu=100), "g", (MemberOf("attribute:flag != off"),), (ZONE, HOST, CPU))
    both(sides, request, 300)
    index = sides[0]._placement_index()
    generation, keys = index.generation, index._table.pool.built[1]
    for number in range(200, 215):
        for side in sides:
            side.register(instance(number))
        change: dict[str, str | None] = {
            chance.choice(["z", "flag"]): chance.choice(["a", "b", "off"])
        }
        for side in sides:
            side.put_attributes(f"i{number - 150}", change)
        both(sides, request)
        for side in sides:
            side.deregister(f"i{number - 100}", force=True)
        both(sides, request, 2)
    assert (index.generation, index._table.pool.built[1]) == (generation, keys)
    assert sides[0]._placement_index() is index
    assert np.flatnonzero(lines_of(sides[0])[:, fields.BUILT]).tolist() == [0]


@pytest.mark.parametrize("more", [(), (placement.ZoneSkew(1),)], ids=["plain", "zone skew"])
def test_c5_a_pattern_without_an_answer_is_asked_again(more: tuple[Any, ...]) -> None:
    """It is never taken as false, also where an index met it while it followed a change."""
    query = placement.compile(r"attribute:k =~ '(a*)*\1b'", regex_steps=2000)
    found = Cluster()
    for number in range(2):
        found.register(instance(number, attributes={"k": "b"}))
    asked = found.prepare(SMALL, constraints=[MemberOf(query), *more], strategy=CPU)
    assert found.place_many([asked], [0]).rows.tolist() == [0]
    found.put_attributes("i0", {"k": "a" * 200})
    for _ in range(3):
        with pytest.raises(placement.RegexTimeout):
            found.place_many([asked], [0])


# Rows that fill


@pytest.mark.parametrize("resource", ["cpu", "memory"])
@pytest.mark.parametrize("instances", [1, 3])
def test_a_row_that_others_have_filled_is_taken_again_after_a_stop(
    resource: str, instances: int
) -> None:
    """An index blocks the row when it hears of the small task, and hears of its stop too."""
    sizes: list[dict[str, Any]] = [{resource: 900}, {resource: 200}]
    by: Any = (BinPack(resource),)
    large, small = [Request(Task(**size), group="web", strategy=by) for size in sizes]
    sides = Cluster(), Cluster(reporter=lambda _: None)
    for side in sides:
        for number in range(instances):
            side.register(instance(number, cpu=1000, memory=1000))
        side.stop(side.place_many([large], [0]).task_ids)  # the index is built
        side.stop(side.place_many([small], [0]).task_ids)
    filled = [side.place_many([small], [0] * 5 * instances).task_ids for side in sides]
    assert both(sides, large) == [-1]
    for side, ids in zip(sides, filled, strict=True):
        side.stop(ids[-5:])
    assert both(sides, large) == [instances - 1]


def test_a_row_that_is_blocked_as_the_best_leaves_the_next_best() -> None:
    sides = Cluster(), Cluster(reporter=lambda _: None)
    for side in sides:
        for number in range(5):
            side.register(instance(number, cpu=1000 + number // 2))
    large = Request(Task(cpu=900), group="large", strategy=(BinPack("cpu"),))
    small = Request(Task(cpu=200), group="small", strategy=(BinPack("cpu"),))
    found = [both(sides, request) for request in (large, small, small, large, small, large) * 2]
    assert found == [[0], [1], [1], [2], [1], [3], [4], [1], [1], [-1], [-1], [-1]]
