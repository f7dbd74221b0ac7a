"""A cluster at a glance: sums, pairs, groups, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from placement import Cluster, Instance, Task, UsageError
from placement.planning import Amount, Pair, report
from placement.planning.report import pareto_front

ZONE, TYPE = "ecs.availability-zone", "ecs.instance-type"


def cluster() -> Cluster:
    """Two zones and an instance without; one drains, one is gone, one is disconnected."""
    found = Cluster()
    for id, zone, fields in (
        ("a1", "a", {"cpu": 1000, "memory": 4000}),
        ("a2", "a", {"cpu": 2000, "memory": 1000, "gpus": 2}),
        ("b1", "b", {"cpu": 500, "memory": 500, "status": "DRAINING"}),
        ("b2", "b", {"cpu": 500, "memory": 500, "agent_connected": False}),
        ("n1", None, {"cpu": 300, "memory": 300}),
        ("gone", "c", {"cpu": 9000, "memory": 9000, "status": "INACTIVE"}),
    ):
        attributes = {TYPE: "m5.large", "ecs.capability.task-eni": None}
        named = attributes if zone is None else {**attributes, ZONE: zone}
        given: dict[str, Any] = {**fields}
        found.register(Instance(id=id, attributes=named, **given))
    return found


def test_use_is_added_up_by_zone_and_type_and_inactive_instances_are_left_out() -> None:
    found = cluster()
    found.add_task("a1", "service:web", Task(cpu=100, memory=500, tcp_ports=(80, 81)))
    found.add_task("b1", "service:web", Task(cpu=50, memory=50))
    seen = report(found)
    assert seen.total.instances == 5
    assert seen.total.taking == 3
    assert seen.total.tasks == 2
    assert seen.total.cpu == Amount(4300, 4150)
    assert list(seen.by_zone) == ["a", "b", None]
    assert seen.by_zone["a"].memory == Amount(5000, 4500)
    assert seen.by_zone["a"].memory.used == 500
    assert seen.by_zone["a"].ports == 2
    assert seen.by_zone["b"].taking == 0
    assert list(seen.by_type) == ["m5.large"]
    assert seen.by_type["m5.large"] == seen.total
    assert [one.id for one in seen.by_instance] == ["a1", "a2", "b1", "b2", "n1"]
    assert seen.by_instance[2].status == "DRAINING"
    assert not seen.by_instance[3].connected


def test_what_binds_is_named_where_tasks_could_go() -> None:
    """C12: two interfaces of an m5.large; a resource that an instance never had binds nothing."""
    found = cluster()
    for _ in range(2):
        found.add_task("a1", "service:web", Task(network_interface=True))
    found.add_task("a2", "service:gpu", Task(gpus=2, cpu=2000))
    found.add_task("b1", "service:gpu", Task(cpu=500))
    seen = report(found)
    assert seen.by_zone["a"].exhausted == {"interfaces": 1, "cpu": 1, "gpus": 1}
    assert seen.by_zone["a"].interfaces == Amount(4, 2)
    assert seen.by_zone["b"].exhausted == {}  # it takes no tasks at all
    assert seen.by_instance[1].use.gpus == Amount(2, 0)


def test_an_unknown_number_of_interfaces_is_counted_as_such() -> None:
    """A28, C12: it is not checked, and adds nothing to the sum."""
    found = Cluster()
    found.register(Instance(id="x", attributes={TYPE: "no.such"}))
    found.register(Instance(id="y", network_interfaces=3))
    seen = report(found).total
    assert seen.unknown_interfaces == 1
    assert seen.interfaces == Amount(3, 3)


def test_sums_may_be_larger_than_64_bits() -> None:
    found = Cluster()
    for number in range(300):
        found.register(Instance(id=f"h{number}", cpu=2**56, memory=1))
    assert report(found).total.cpu.registered == 300 * 2**56


def test_the_largest_pairs_are_those_that_no_other_exceeds() -> None:
    found = cluster()
    seen = report(found).largest
    assert seen == {
        "a": (Pair(2000, 1000, ("a2",)), Pair(1000, 4000, ("a1",))),
        "b": (),
        None: (Pair(300, 300, ("n1",)),),
    }


def test_instances_with_the_same_pair_are_named_together() -> None:
    found = Cluster()
    for id in ("x", "y"):
        found.register(Instance(id=id, cpu=5, memory=5, attributes={ZONE: "a"}))
    assert report(found).largest == {"a": (Pair(5, 5, ("x", "y")),)}


def test_a45_what_is_reserved_is_not_free() -> None:
    """An instance that has less than is reserved takes no task at all (D53)."""
    found = cluster()
    found.set_reservation("a1", cpu=400)
    found.set_reservation("n1", cpu=301)
    seen = report(found)
    assert seen.largest["a"] == (Pair(2000, 1000, ("a2",)), Pair(600, 4000, ("a1",)))
    assert seen.largest[None] == ()
    assert seen.by_instance[0].use.cpu == Amount(1000, 1000, 400)


def test_b21_external_instances_take_tasks_of_their_launch_type() -> None:
    found = Cluster()
    found.register(Instance(id="x", cpu=7, memory=7, attributes={"ecs.capability.external": None}))
    assert report(found).largest == {None: (Pair(7, 7, ("x",)),)}


def test_groups_say_where_they_run() -> None:
    found = cluster()
    for id, group in (
        ("a1", "service:web"),
        ("a1", "service:web"),
        ("a2", "service:web"),
        ("b1", "service:web"),
        ("n1", "family:job"),
        ("gone", "family:old"),
    ):
        found.add_task(id, group)
    stopping = found.add_task("a1", "family:job", Task(cpu=1))
    found.stop(stopping)
    web, job = report(found).groups
    assert (web.name, web.tasks, web.instances) == ("service:web", 4, 3)
    assert dict(web.by_zone) == {"a": 3, "b": 1}
    assert (job.name, job.tasks, dict(job.by_zone)) == ("family:job", 1, {None: 1})


def test_c10_tasks_that_no_document_describes_are_counted() -> None:
    found = Cluster()
    found.register(Instance(id="x", running_tasks=7))
    found.add_task("x", "service:web")
    seen = report(found)
    assert (seen.total.tasks, seen.unknown_tasks) == (8, 7)


def test_a_cluster_without_instances_has_an_empty_report() -> None:
    seen = report(Cluster())
    assert seen.total.instances == 0
    assert (seen.by_zone, seen.largest, seen.groups) == ({}, {}, ())
    assert seen.fragmentation is None


def test_the_front_has_each_point_once() -> None:
    assert pareto_front([(1, 5), (3, 3), (3, 3), (2, 3), (3, 1), (0, 6)]) == [
        (3, 3),
        (1, 5),
        (0, 6),
    ]
    assert pareto_front([]) == []


@pytest.mark.parametrize(
    ("given", "definitions"), [(5, ()), (Cluster(), "web"), (Cluster(), 7), (Cluster(), ["web:1"])]
)
def test_arguments_of_another_kind_are_refused(given: Any, definitions: Any) -> None:
    with pytest.raises(UsageError):
        report(given, definitions=definitions)
