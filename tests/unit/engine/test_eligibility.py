"""Instances that a task may go to if only they had room (B34, A53)."""

from __future__ import annotations

import pytest

import placement
from placement.engine.eligibility import Demands, eligible_instances, eligible_zones
from placement.errors import InstanceError

ZONE = "ecs.availability-zone"


def cluster(count: int = 4) -> placement.Cluster:
    """Return instances without room; every second is fast, zones in turn are a, b, c."""
    found = placement.Cluster()
    for number in range(count):
        attributes = {ZONE: "abc"[number % 3], "kind": ("fast", "slow")[number % 2]}
        found.register(placement.Instance(id=f"i{number}", cpu=0, memory=0, attributes=attributes))
    return found


def member_of(*texts: str) -> tuple[placement.MemberOf, ...]:
    return tuple(placement.MemberOf(text) for text in texts)


TASK = placement.Task(cpu=100, memory=100)


@pytest.mark.parametrize("count", [4, 40])
def test_b34_attributes_and_expressions_are_asked_and_room_is_not(count: int) -> None:
    """Few instances are asked one by one, many all at once: the answers are the same."""
    here = cluster(count)
    ids = [f"i{number}" for number in range(count)]
    assert eligible_instances(here, Demands(TASK), ids) == set(ids)
    fast = Demands(TASK, member_of("attribute:kind == fast"))
    assert eligible_instances(here, fast, ids) == set(ids[::2])
    assert eligible_instances(here, fast, ids[:3]) == {"i0", "i2"}
    asks = Demands(placement.Task(cpu=1, memory=1, attributes={"kind": "slow"}))
    assert eligible_instances(here, asks, ids) == set(ids[1::2])
    both = Demands(asks.task, fast.constraints)
    assert not eligible_instances(here, both, ids)
    assert not eligible_instances(here, fast, [])


def test_status_and_agent_do_not_make_an_instance_eligible_or_not() -> None:
    here = cluster()
    here.set_status("i0", "DRAINING")
    here.set_agent("i1", connected=False)
    ids = ["i0", "i1", "i2", "i3"]
    assert eligible_instances(here, Demands(TASK), ids) == set(ids)


def test_a53_zones_are_those_of_active_eligible_instances() -> None:
    here = cluster()
    assert eligible_zones(here, Demands(TASK)) == {"a", "b", "c"}
    fast = Demands(TASK, member_of("attribute:kind == fast"))
    assert eligible_zones(here, fast) == {"a", "c"}
    here.set_status("i2", "DRAINING")
    assert eligible_zones(here, fast) == {"a"}
    here.deregister("i0")
    assert eligible_zones(here, fast) == frozenset()
    in_b = Demands(placement.Task(cpu=1, memory=1, zones=("b",)))
    assert eligible_zones(here, in_b) == {"b"}


def test_instances_without_a_zone_are_in_none() -> None:
    here = placement.Cluster()
    assert eligible_zones(here, Demands(TASK)) == frozenset()
    here.register(placement.Instance(id="i0", cpu=1, memory=1))
    assert eligible_zones(here, Demands(TASK)) == frozenset()
    here.register(placement.Instance(id="i1", cpu=1, memory=1, attributes={ZONE: "a"}))
    assert eligible_zones(here, Demands(TASK)) == {"a"}


def test_equal_keys_are_those_of_equal_demands() -> None:
    here = cluster()
    larger = placement.Task(cpu=7, memory=7)
    assert Demands(TASK).key(here) == Demands(larger).key(here)
    fast = Demands(TASK, member_of("attribute:kind == fast"))
    again = Demands(larger, member_of("attribute:kind == 'fast'"))
    assert hash(fast.key(here)) == hash(again.key(here))
    assert fast.key(here) == again.key(here) != Demands(TASK).key(here)


def test_expressions_about_tasks_are_dynamic() -> None:
    assert Demands(TASK, member_of("task:group == service:web")).is_dynamic
    assert Demands(TASK, member_of("not(runningTasksCount > 3)")).is_dynamic
    assert not Demands(TASK, member_of("attribute:kind == fast")).is_dynamic


@pytest.mark.parametrize("count", [2, 40])
def test_a_pattern_without_an_answer_in_time_makes_an_instance_not_eligible(count: int) -> None:
    here = placement.Cluster()
    for number in range(count):
        text = "b" if number else "a" * 200
        here.register(
            placement.Instance(id=f"i{number}", cpu=1, memory=1, attributes={"text": text})
        )
    query = placement.compile("attribute:text =~ (a*)*(a*)*(a*)*c?b", regex_steps=50)
    demands = Demands(TASK, (placement.MemberOf(query),))
    ids = [f"i{number}" for number in range(count)]
    assert eligible_instances(here, demands, ids) <= set(ids[1:])


def test_an_unknown_instance_is_refused() -> None:
    with pytest.raises(InstanceError):
        eligible_instances(cluster(), Demands(TASK), ["i9"])
