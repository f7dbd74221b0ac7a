"""Requests that were never seen: what they share with others, and for how long they are kept."""

from __future__ import annotations

from typing import Any

import pytest

import placement
from placement import BinPack, DistinctInstance, Instance, MemberOf, Request, Spread, Task
from placement.engine.index import key_pool, placement_index
from placement.engine.index.placement_index import PlacementIndex
from placement.state import task_parts

CHAIN = (Spread("attribute:rack"), Spread("instanceId"))


def cluster(rows: int = 6) -> placement.Cluster:
    found = placement.Cluster()
    for row in range(rows):
        attributes = {"rack": f"r{row % 3}"}
        found.register(Instance(id=f"i-{row}", cpu=4096, memory=4096, attributes=attributes))
    return found


def index_of(found: placement.Cluster) -> PlacementIndex:
    index = found._index
    assert index is not None
    return index


def test_requests_that_differ_in_task_and_group_share_their_rules() -> None:
    found = cluster()
    for number in range(20):
        found.place(
            Task(cpu=1 + number),
            group=f"g{number}",
            constraints=[MemberOf("attribute:rack != r1 and task:group != other")],
            strategy=list(CHAIN),
        )
    rules = {id(prepared.rules) for prepared in index_of(found)._enrolment.requests}
    assert (len(rules), len(index_of(found)._enrolment.requests)) == (1, 20)
    assert len(index_of(found)._programs.trees) == 0
    assert len(index_of(found)._statics.masks) == 1


def test_rules_that_differ_are_not_shared() -> None:
    found = cluster()
    task = Task(cpu=1, constraints=(MemberOf("attribute:rack == r1"),))
    asked: list[dict[str, Any]] = [
        {"strategy": CHAIN},
        {"strategy": CHAIN[::-1]},
        {"strategy": CHAIN, "constraints": (DistinctInstance(),)},
        {"strategy": None},
        {"strategy": None, "group": "service:a"},
    ]
    for how in asked:
        found.place(Task(cpu=1), **how)
        found.place(task, **how)
    found.place(Task(cpu=1), strategy=None, group="service:b")
    rules = {id(prepared.rules) for prepared in index_of(found)._enrolment.requests}
    assert len(rules) == 2 * len(asked)
    assert (
        index_of(found)._enrolment.requests[-1].strategy
        == index_of(found)._enrolment.requests[-2].strategy
    )


def test_rules_that_cannot_be_looked_up_are_refused_or_used() -> None:
    """A list inside cannot be hashed; what is wrong is named, and nothing is kept."""
    found = cluster()
    wrong: Any = [["attribute:rack == r1"]]
    with pytest.raises(placement.DocumentError, match="MemberOf"):
        found.place(Task(cpu=1), constraints=wrong)
    wrong = {}.get
    with pytest.raises(placement.DocumentError, match="expected constraints"):
        found.place(Task(cpu=1), constraints=wrong)
    assert len(found._rules) == len(found._kept) == 0
    groups: list[Any] = [["g"], 7, "x" * 1000]
    for group in groups:
        for _ in range(2):  # the rules are known the second time
            with pytest.raises(placement.DocumentError, match="group"):
                found.place(Task(cpu=1), group=group)
            found.place(Task(cpu=1), group="g")


def test_the_second_place_of_a_request_prepares_nothing() -> None:
    found = cluster()
    task = Task(cpu=1)
    first = found._prepared_for(task, "g", (), CHAIN)
    assert found._prepared_for(task, "g", [], list(CHAIN)) is first
    assert found._prepared_for(task, "h", (), CHAIN) is not first
    assert found._prepared_for(Task(cpu=1), "g", (), CHAIN) is not first


def test_a_request_that_comes_alone_is_built_when_it_is_enrolled() -> None:
    found = cluster()
    one = found.prepare(Task(cpu=1), strategy=CHAIN)
    others = [found.prepare(Task(cpu=2 + n), group=f"g{n}", strategy=CHAIN) for n in range(3)]
    index = found._placement_index()
    assert index.number(one) == 0
    assert len(index._table.pool.built) == 1
    assert index.numbers(others).tolist() == [1, 2, 3]
    assert len(index._table.pool.built) == 1
    assert found.place_many([one, *others], [0, 1, 2, 3]).rows.tolist() == [0, 0, 0, 0]


def test_a_resource_that_comes_later_gets_the_bits_that_it_needs() -> None:
    """A binpack by a resource that no instance had must not spill into the next sort key."""
    found = cluster(0)
    found.register(Instance(id="plain", cpu=8, memory=8))
    chain = [BinPack("fpga"), BinPack("cpu")]
    assert found.place(Task(cpu=1), strategy=chain).rows.tolist() == [0]
    for number, (cpu, amount) in enumerate([(8, 1000), (4, 900), (2, 1000)]):
        resources = {"fpga": amount}
        found.register(Instance(id=f"i-{number}", cpu=cpu, memory=8, resources=resources))
    task = Task(cpu=1, resources={"fpga": 1})
    rows = [found.place(task, strategy=chain).rows.tolist()[0] for _ in range(7)]
    assert rows == [2, 2, 2, 2, 3, 3, 1]


def test_requests_never_seen_again_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, requests, indexes and keys of 4,000 requests stay within their bounds."""
    monkeypatch.setattr(placement_index, "MAX_REQUESTS", 128)
    monkeypatch.setattr(task_parts, "MIN_UNUSED_NAMES", 64)
    monkeypatch.setattr(key_pool, "MAX_PROBATION", 16)
    found = cluster()
    found.store.tasks._names_to_count = 64
    constant = found.prepare(Task(cpu=1), group="constant", strategy=CHAIN)
    sizes: list[list[int]] = []
    for number in range(4000):
        task = Task(
            cpu=1 + number % 8, memory=1 + number // 8, attributes={"rack": f"r{number % 3}"}
        )
        placed = found.place(task, group=f"g{number}", strategy=CHAIN)
        other = found.place_many([constant], [0])
        found.stop([*placed.task_ids.tolist(), *other.task_ids.tolist()])
        index, tasks = index_of(found), found.store.tasks
        sizes.append(
            [
                len(index._enrolment.requests),
                len(index._enrolment._number_of),
                len(index._enrolment._index_of),
                index._statics.descriptions,
                len(index._table.pool._seen),
                index._table.pool.nbytes // 1000,
                len(tasks.groups.names),
                len(tasks.specs.listed),
                len(tasks.specs.demand),
                len(tasks.spread_counts.next),
            ]
        )
    first, last = (
        [max(column) for column in zip(*part, strict=True)] for part in (sizes[:1000], sizes[3000:])
    )
    assert last == first
    assert max(last) <= 1024


def test_c8_requests_that_came_once_are_forgotten_when_they_are_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placement_index, "MAX_ONCE", 16)
    found, twin = cluster(), cluster()
    known = [found.prepare(Task(cpu=1), group=f"known{n}", strategy=CHAIN) for n in range(3)]
    kept = set()
    for number in range(300):
        task = Task(cpu=1 + number % 8, memory=1 + number // 8)
        once = found.place(task, group=f"g{number}", strategy=CHAIN)
        again = found.place_many(known, [number % 3, (number + 1) % 3])
        other = twin.place(task, group=f"g{number}", strategy=CHAIN)
        rows = [
            twin.place(Task(cpu=1), group=f"known{(number + more) % 3}", strategy=CHAIN)
            for more in range(2)
        ]
        assert once.rows.tolist() == other.rows.tolist()
        assert again.rows.tolist() == [placed.rows.tolist()[0] for placed in rows]
        found.stop([*once.task_ids.tolist(), *again.task_ids.tolist()])
        twin.stop([*other.task_ids.tolist(), *[placed.task_ids.tolist()[0] for placed in rows]])
        kept.add(len(index_of(found)._enrolment.requests))
    assert max(kept) <= 40


def test_c8_requests_that_come_again_are_kept_whatever_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placement_index, "MAX_ONCE", 16)
    found = cluster()
    known = [found.prepare(Task(cpu=1), group=f"known{n}", strategy=CHAIN) for n in range(60)]
    for end in (10, 15, 20, 40, 60):
        for _ in range(3):
            found.stop(found.place_many(known[:end], list(range(end))).task_ids)
    generation = index_of(found).generation
    for number in range(12):
        found.place(Task(cpu=2, memory=1 + number), group="once", strategy=CHAIN)
        found.place_many(known, [number])
    assert index_of(found).generation == generation
    assert len(index_of(found)._enrolment.requests) == 72


def test_a_plain_request_and_a_prepared_one_have_one_number() -> None:
    found = cluster()
    task = Task(cpu=1, constraints=(MemberOf("attribute:rack == r1"),))
    prepared = found.prepare(task, group="g", strategy=CHAIN)
    plain = Request(
        Task(cpu=1), group="g", strategy=CHAIN, constraints=[MemberOf("attribute:rack == r1")]
    )
    assert found.place_many([prepared, plain], [0, 1]).rows.tolist() == [1, 4]
    assert len(index_of(found)._enrolment.requests) == 1


def test_rules_whose_sort_keys_fit_into_no_key_leave_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placement_index, "MAX_REQUESTS", 32)
    found = cluster(0)
    found.register(Instance(id="i", cpu=2**30, memory=2**30))
    for number in range(200):
        found.place(
            Task(cpu=1),
            constraints=[MemberOf(f"attribute:a != b{number}")],
            strategy=[BinPack("cpu"), BinPack("memory")],
        )
        assert len(index_of(found)._enrolment._encoder) <= 33
    assert index_of(found)._enrolment.requests == []
