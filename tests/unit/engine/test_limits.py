"""``AtMost``: at most so many tasks of a group on an instance (C38)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import placement
from placement import AtMost, DistinctInstance, MemberOf, Spread, Task
from placement.engine.request import MAX_CONSTRAINTS, Constraint
from placement.model.checks import MAX_AMOUNT

SMALL = Task(cpu=1, memory=1)
PACKED = placement.BinPack("cpu")


def cluster(count: int, **options: Any) -> placement.Cluster:
    found = placement.Cluster(**options)
    for number in range(count):
        found.register(placement.Instance(id=f"i-{number}", cpu=100, memory=100))
    return found


@pytest.mark.parametrize("kind", [AtMost, placement.ZoneSkew])
@pytest.mark.parametrize("value", [0, -1, 1.0, "1", None, True, np.bool_(True)])
def test_c38_a_limit_is_a_whole_number_from_1(kind: Any, value: Any) -> None:
    with pytest.raises(placement.DocumentError, match="expected a whole number from 1, not"):
        kind(value)


@pytest.mark.parametrize("kind", [AtMost, placement.ZoneSkew])
def test_c38_a_limit_has_a_bound_and_may_be_numpy_s(kind: Any) -> None:
    with pytest.raises(placement.DocumentError, match=f"up to {MAX_AMOUNT}"):
        kind(MAX_AMOUNT + 1)
    assert kind(np.int64(3)) == kind(3)
    assert hash(kind(MAX_AMOUNT)) == hash(kind(MAX_AMOUNT))


@pytest.mark.parametrize("ties", ["registered", "random"])
@pytest.mark.parametrize("reporter", [None, lambda _: None], ids=["index", "scan"])
@pytest.mark.parametrize("strategy", [PACKED, Spread("instanceId"), placement.Random()], ids=str)
def test_c38_no_instance_gets_more_than_its_most(strategy: Any, reporter: Any, ties: str) -> None:
    found = cluster(3, reporter=reporter, ties=ties)
    placed = found.place(SMALL, 10, group="g", constraints=[AtMost(2)], strategy=strategy)
    assert Counter(placed.rows.tolist()) == {0: 2, 1: 2, 2: 2}
    assert placed.unplaced == 4


def test_c38_tasks_of_other_calls_count_and_stops_make_room() -> None:
    found = cluster(2)
    first = found.place(SMALL, 3, group="g", strategy=PACKED)
    assert first.rows.tolist() == [0, 0, 0]
    limited = found.prepare(SMALL, group="g", constraints=[AtMost(3)], strategy=PACKED)
    other = found.prepare(SMALL, group="h", constraints=[AtMost(3)], strategy=PACKED)
    assert found.place_many([limited, other], [0, 1, 0]).rows.tolist() == [1, 0, 1]
    found.stop(int(first.task_ids[1]))
    assert found.place_many([limited], [0, 0, 0]).rows.tolist() == [0, 1, -1]
    assert found.replay([limited], [~0, 0, 0], running=[int(first.task_ids[0])]).rows.tolist() == [
        -1,
        0,
        -1,
    ]


def test_c38_it_is_asked_of_a_chosen_instance_too() -> None:
    found = cluster(1)
    for _ in range(2):
        assert found.place_on("i-0", SMALL, group="g", constraints=[AtMost(2)])
    refused = found.place_on("i-0", SMALL, group="g", constraints=[AtMost(2), DistinctInstance()])
    assert refused.missing == ("DISTINCT_INSTANCE", "AT_MOST")


def test_c38_limits_do_not_count_towards_those_of_ecs() -> None:
    """C13: what ECS does not know can be added to its 10 constraints."""
    members = [MemberOf("attribute:a !exists")] * (MAX_CONSTRAINTS - 1)
    constraints: list[Constraint] = [*members, DistinctInstance()]
    constraints += [AtMost(1), placement.ZoneSkew(1)]
    assert cluster(1).place(SMALL, constraints=constraints).rows.tolist() == [0]
    with pytest.raises(placement.DocumentError, match="at most 10 constraints"):
        cluster(1).place(SMALL, constraints=[*constraints, DistinctInstance()])


def test_c38_a_limit_is_no_constraint_of_a_definition() -> None:
    """C13: the task-definition level takes MemberOf only."""
    wrong: Any = (AtMost(1),)
    with pytest.raises(placement.DocumentError, match="expected MemberOf"):
        Task(constraints=wrong)


def test_c38_requests_with_an_order_have_an_index() -> None:
    found = cluster(3)
    prepared = found.prepare(SMALL, group="g", constraints=[AtMost(2)], strategy=PACKED)
    found.place_many([prepared], [0])
    assert prepared.number >= 0
    assert "atMost(2)" in repr(prepared)


def test_c38_equal_limits_share_an_index_and_others_do_not() -> None:
    found = cluster(3)
    asked = [
        found.prepare(SMALL, group="g", constraints=[one], strategy=PACKED)
        for one in (AtMost(1), DistinctInstance(), AtMost(2))
    ]
    found.place_many(asked, [0, 1, 2])
    index = found._placement_index()
    one, distinct, two = [index.index_of(prepared.number) for prepared in asked]
    assert one == distinct != two
