"""What a cluster tells of itself: usage of instances, tasks, counts; and that looking is free."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement import Instance, Task
from placement.testing import requests, roomy_instances

BIG = Instance(
    id="arn:aws:ecs:us-east-1:1:container-instance/c/big",
    cpu=4096,
    memory=8000,
    gpus=("g-a", "g-b", "g-c"),
    resources={"disk": 10},
    tcp_ports=(22,),
    udp_ports=(53,),
    network_interfaces=3,
    running_tasks=2,
    attributes={"ecs.capability.task-eni": None},
)
SMALL = Instance(id="small", cpu=512, memory=512, remaining_cpu=500, taken_tcp_ports=(22, 90))
GREEDY = Task(
    cpu=1000,
    memory=3000,
    gpus=2,
    tcp_ports=(80,),
    udp_ports=(80,),
    resources={"disk": 4},
    network_interface=True,
    family="web",
    revision=7,
)


def cluster(**options: Any) -> placement.Cluster:
    found = placement.Cluster(**options)
    found.register(BIG)
    found.register(SMALL)
    return found


def test_an_instance_is_described_as_it_was_registered() -> None:
    """C9: with what was not said filled in."""
    found = cluster()
    assert (
        found.describe("big")
        == found.describe(BIG.id)
        == attrs.evolve(
            BIG,
            remaining_cpu=4096,
            remaining_memory=8000,
            free_gpus=BIG.gpus,
            remaining_resources={"disk": 10},
            taken_tcp_ports=(22,),
            taken_udp_ports=(53,),
        )
    )
    small = found.describe("small")
    assert (small.id, small.remaining_cpu, small.taken_tcp_ports) == ("small", 500, (22, 90))
    assert small.tcp_ports == (22,)  # 90 was taken when it came, and nobody said by whom


def test_an_instance_is_described_as_it_is_now() -> None:
    found = cluster()
    found.put_attributes("small", {"stack": "prod", "flag": None})
    found.set_status("small", "DRAINING")
    found.set_agent("small", connected=False, version="1.2.3")
    (task,) = found.place(GREEDY).task_ids
    small, big = found.describe("small"), found.describe("big")
    assert small.attributes == {"stack": "prod", "flag": None}
    assert (small.status, small.agent_connected, small.agent_version) == (
        "DRAINING",
        False,
        "1.2.3",
    )
    assert (big.running_tasks, big.remaining_cpu, big.free_gpus) == (3, 3096, ("g-c",))
    assert (big.tcp_ports, big.taken_tcp_ports) == ((22,), (22, 80))
    found.stop(task)
    assert found.describe("big") == cluster().describe("big")


@given(st.lists(roomy_instances(), min_size=1, max_size=3), requests())
def test_what_is_described_can_be_registered_elsewhere(
    instances: list[Instance], request: placement.Request
) -> None:
    """It is the same there, but for who runs on it."""
    found, other = placement.Cluster(), placement.Cluster()
    for number, instance in enumerate(instances):
        found.register(attrs.evolve(instance, id=f"arn:x/i-{number}"))
    found.place_many([request], [0] * 4)
    for number in range(len(instances)):
        other.register(found.describe(f"i-{number}"))
    for number in range(len(instances)):
        id = f"i-{number}"
        assert other.describe(id) == found.describe(id)
        moved, stayed = other.usage(id), found.usage(id)
        interfaces = stayed.remaining_network_interfaces
        assert attrs.evolve(moved, remaining_network_interfaces=interfaces) == stayed
    query = placement.compile("runningTasksCount > 0 and attribute:stack exists")
    assert query.mask(found).tolist() == query.mask(other).tolist()


def test_usage_of_an_instance_that_runs_nothing() -> None:
    """C9: what is not said is not taken."""
    usage = cluster().usage("small")
    assert (usage.remaining_cpu, usage.remaining_memory) == (500, 512)
    assert (usage.taken_tcp_ports, usage.taken_udp_ports) == ((22, 90), ())
    assert (usage.free_gpus, usage.remaining_resources) == ((), {})
    assert usage.remaining_network_interfaces is None  # A28: nobody said how many
    assert usage.running_tasks == 0


def test_usage_follows_placing_and_stopping() -> None:
    found = cluster()
    before = found.usage("big")
    (task,) = found.place(GREEDY).task_ids
    usage = found.usage(BIG.id)  # an id or an ARN
    assert usage.running_tasks == 3
    assert (usage.remaining_cpu, usage.remaining_memory) == (3096, 5000)
    assert usage.free_gpus == ("g-c",)
    assert usage.remaining_resources == {"disk": 6}
    assert (usage.taken_tcp_ports, usage.taken_udp_ports) == ((22, 80), (53, 80))
    assert usage.remaining_network_interfaces == 2
    found.stop(task)
    assert found.usage("big") == before


def test_a_task_tells_what_it_holds_and_what_is_known_of_it() -> None:
    """C16."""
    found = cluster()
    (id,) = found.place(GREEDY, group="service:web").task_ids
    found.set_task(id, last_status="RUNNING", health="UNHEALTHY", protected=True, deployment=3)
    task = found.task(id)
    assert (task.id, task.instance, task.group, task.stopping) == (id, "big", "service:web", False)
    assert (task.family, task.revision) == ("web", 7)
    assert (task.cpu, task.memory, task.gpus) == (1000, 3000, ("g-a", "g-b"))
    assert (task.resources, task.network_interface) == ({"disk": 4}, True)
    assert (task.tcp_ports, task.udp_ports) == ((80,), (80,))
    assert (task.last_status, task.health) == ("RUNNING", "UNHEALTHY")
    assert (task.protected, task.deployment) == (True, 3)


def test_a_task_of_which_only_the_group_is_known_holds_nothing() -> None:
    """C10."""
    found = cluster()
    task = found.task(found.add_task("small", "db"))
    assert (task.group, task.family, task.revision) == ("db", None, None)
    assert (task.cpu, task.memory, task.gpus, task.network_interface) == (0, 0, (), False)


def test_tasks_on_an_instance_are_listed_until_they_hold_nothing() -> None:
    """A25: with last_status a stopped task counts no more, but holds what it holds."""
    found = cluster(release="last_status")
    first, second = found.place(
        Task(cpu=10, attributes={"ecs.capability.task-eni": None}), 2
    ).task_ids
    found.stop(first)
    assert found.tasks_on("big") == [first, second]
    assert (found.task(first).stopping, found.task(second).stopping) == (True, False)
    assert found.usage("big").running_tasks == 3
    assert found.usage("big").remaining_cpu == 4096 - 20
    found.set_task(first, last_status="STOPPED")
    assert found.tasks_on("big") == [second]
    assert found.usage("big").remaining_cpu == 4096 - 10
    assert found.tasks_on("small") == []


def test_counts_are_by_row_and_go_by_what_counts() -> None:
    """A20, C10: tasks of no known group count for the instance, and for no group."""
    found = cluster()
    found.add_task("small", "db")
    task = found.add_task("big", "db")
    found.add_task("big", "web")
    assert found.task_counts().tolist() == [4, 1]
    assert found.task_counts("db").tolist() == [1, 1]
    assert found.task_counts("nobody").tolist() == [0, 0]
    found.stop(task)
    assert found.task_counts("db").tolist() == [0, 1]
    found.deregister("small", force=True)
    assert found.task_counts("db").tolist() == [0, 0]
    assert found.task_counts().tolist() == [3, 0]


def test_what_is_returned_is_the_callers_own() -> None:
    found = cluster()
    found.task_counts()[:] = 9
    found.task_counts("db")[:] = 9
    assert found.usage("big").running_tasks == 2


def test_looking_changes_nothing() -> None:
    """No group, resource or column comes into being, and a decision's explanation stays good."""
    found = cluster()
    placed = found.place(Task(cpu=1))
    names = list(found.store.tasks.groups.names.texts)
    found.usage("big")
    found.describe("big")
    found.task(int(placed.task_ids[0]))
    found.task_counts("never heard of")
    found.tasks_on("big")
    assert found.store.tasks.groups.names.texts == names
    assert placed.explain().fitting == 2  # and not StaleExplanation


WRONG: Any = []

REFUSALS: list[tuple[Callable[[Any], object], type[Exception]]] = [
    (lambda c: c.describe("nowhere"), placement.InstanceError),
    (lambda c: c.usage("nowhere"), placement.InstanceError),
    (lambda c: c.usage(3), placement.InstanceError),
    (lambda c: c.tasks_on("nowhere"), placement.InstanceError),
    (lambda c: c.task(0), placement.TaskError),
    (lambda c: c.task(-1), placement.TaskError),
    (lambda c: c.task("0"), placement.TaskError),
    (lambda c: c.task([]), placement.TaskError),
    (lambda c: c.task(True), placement.TaskError),
    (lambda c: c.task_counts(""), placement.DocumentError),
    (lambda c: c.task_counts(3), placement.DocumentError),
]


@pytest.mark.parametrize(("call", "error"), REFUSALS)
def test_nobody_is_told_of_what_is_not_there(
    call: Callable[[placement.Cluster], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        call(cluster())


def test_tasks_and_instances_can_be_pickled_and_copied() -> None:
    task = placement.Task(cpu=3, attributes={"a": None}, resources={"disk": 2})
    instance = placement.Instance(id="i", attributes={"a": "b"}, resources={"disk": 2})
    for value in (task, instance):
        for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
            assert other == value
    assert repr(task.resources) == "{'disk': 2}"


def test_set_task_takes_one_task() -> None:
    with pytest.raises(placement.TaskError, match="no task list"):
        placement.Cluster().set_task(WRONG, protected=True)


@pytest.mark.parametrize("tasks", [0, 2, 9])
def test_ports_are_found_beside_any_number_of_tasks(tasks: int) -> None:
    """C9: by the tasks of the row, or, where they are many, by all ports that tasks ask for."""
    found = placement.Cluster()
    found.register(Instance(id="i", cpu=99, memory=99, tcp_ports=(22,)))
    found.register(Instance(id="other", cpu=99, memory=99, taken_tcp_ports=(7000,)))
    found.add_task("i", "g", Task(tcp_ports=(80,), udp_ports=(53,)))
    found.add_task("other", "g", Task(tcp_ports=(81,)))
    for _ in range(tasks):
        found.add_task("i", "g", Task(cpu=1))
    usage = found.usage("i")
    assert usage.taken_tcp_ports == (22, 80)
    assert usage.taken_udp_ports == (53,)
    assert found.usage("other").taken_tcp_ports == (81, 7000)
