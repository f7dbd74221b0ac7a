"""What is free but cannot take the most frequent task definition."""

from __future__ import annotations

from placement import Cluster, Instance, MemberOf, Task
from placement.planning import most_frequent_definition, report

WEB = Task(family="web", revision=3, cpu=400, memory=100)
JOB = Task(family="job", revision=1, cpu=10, memory=10)


def cluster() -> Cluster:
    """Three instances of 1,000 CPU units: with two, two and one task of web, and two of job."""
    found = Cluster()
    for id in ("x", "y", "z"):
        found.register(Instance(id=id, cpu=1000, memory=1000, attributes={"stack": id}))
    for id in ("x", "x", "y", "y", "z"):
        found.add_task(id, "service:web", WEB)
    for id in ("x", "y"):
        found.add_task(id, "family:job", JOB)
    return found


def test_what_is_free_where_one_more_finds_no_room_is_stranded() -> None:
    seen = report(cluster()).fragmentation
    assert seen is not None
    assert (seen.definition, seen.tasks, seen.is_definition_known) == ("web:3", 5, False)
    assert (seen.instances, seen.instances_without_room) == (3, 2)
    assert (seen.free_cpu, seen.stranded_cpu) == (190 + 190 + 600, 380)
    assert (seen.free_memory, seen.stranded_memory) == (790 + 790 + 900, 1580)
    assert seen.reasons == {"RESOURCE:CPU": 2}
    assert seen.task == WEB


def test_a_definition_that_is_given_has_its_constraints() -> None:
    """Tasks hold amounts, not constraints: only a definition says those."""
    known = Task(
        family="web",
        revision=3,
        cpu=400,
        memory=100,
        constraints=(MemberOf("attribute:stack == y"),),
    )
    seen = report(cluster(), definitions=[JOB, known]).fragmentation
    assert seen is not None
    assert seen.is_definition_known
    assert seen.instances_without_room == 3
    assert seen.reasons == {"MEMBER_OF": 2, "RESOURCE:CPU": 2}


def test_instances_that_take_no_tasks_are_not_fragmented() -> None:
    """What a draining instance has free is out of reach of every task, whatever its size."""
    found = cluster()
    found.set_status("x", "DRAINING")
    found.set_agent("z", connected=False)
    seen = report(found).fragmentation
    assert seen is not None
    assert (seen.instances, seen.instances_without_room, seen.free_cpu) == (1, 1, 190)


def test_the_task_is_what_most_tasks_of_the_definition_hold() -> None:
    """Overrides make tasks of one definition differ."""
    found = Cluster()
    found.register(Instance(id="x", cpu=1000, memory=1000, gpus=2, resources={"disk": 5}))
    usual = Task(
        family="web", revision=1, cpu=5, memory=6, gpus=1, resources={"disk": 1}, udp_ports=(53,)
    )
    found.add_task("x", "g", Task(family="web", revision=1, cpu=99, memory=6))
    found.add_task("x", "g", usual)
    later = found.add_task("x", "g", Task(family="web", revision=1, cpu=99, memory=6))
    seen = report(found).fragmentation
    assert seen is not None
    assert (seen.task.cpu, seen.tasks) == (99, 3)
    found.remove_task(later)
    seen = report(found).fragmentation
    assert seen is not None
    assert seen.task.cpu == 99  # of equally many the one that came first
    found.remove_task(0)
    seen = report(found).fragmentation
    assert seen is not None
    assert seen.task == usual
    assert seen.reasons == {"RESOURCE:PORTS": 1}


def test_the_most_frequent_definition_by_tasks_then_by_name() -> None:
    found = cluster()
    assert most_frequent_definition(found) == "web:3"
    for _ in range(3):
        found.add_task("z", "family:job", JOB)
    assert most_frequent_definition(found) == "job:1"  # five each


def test_without_a_known_definition_there_is_no_measure() -> None:
    found = Cluster()
    found.register(Instance(id="x", cpu=1, running_tasks=3))
    found.add_task("x", "service:web")
    assert most_frequent_definition(found) is None
    assert report(found).fragmentation is None
