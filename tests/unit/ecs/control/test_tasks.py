"""State changes of tasks: records and the engine always agree (A20, A25, B17, 4.7).

These tests know no call: an account, its records, and ``placement.ecs.control``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

import placement
from placement.ecs.control.account import Account
from placement.ecs.control.advance import run_until
from placement.ecs.control.counts import can_be_protected, is_accounted, pending_counts
from placement.ecs.control.instance_events import instance_left
from placement.ecs.control.instances import add_instance, deregister_instance
from placement.ecs.control.lifecycle import hurry, stop_tasks
from placement.ecs.control.networks import NO_NETWORK
from placement.ecs.control.protection import protect_task
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, InstanceRecord
from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.control.task_records import PortBinding, TaskRecord, TaskSettings
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.task_variants import task_variant
from placement.ecs.control.tasks import start_task_records
from placement.engine.request import Task
from placement.model.checks import HEALTHS, LAST_STATUSES
from placement.timestamps import microseconds

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


class World:
    """An account with a cluster of one instance, and a definition of one container."""

    def __init__(self, **container: Any) -> None:
        self.account = Account("eu-west-1", "111122223333", seed=3, start=NOW)
        self.cluster: ClusterRecord = self.account.new_cluster("prod")
        self.instance: InstanceRecord = add_instance(
            self.account,
            self.cluster,
            placement.Instance(
                id="new",
                cpu=1024,
                memory=2048,
                gpus=("GPU-a", "GPU-b"),
                attributes={
                    "ecs.availability-zone": "eu-west-1a",
                    "ecs.cpu-architecture": "arm64",
                },
            ),
            NOW,
            version_info={},
            resources=[],
            tags=[],
        )
        fields = {"name": "app", "image": "nginx", "cpu": 128, "memory": 256, **container}
        document = {"family": "web", "revision": 1, "containerDefinitions": [fields]}
        arn = self.account.arn("task-definition/web:1")
        self.definition = DefinitionRecord(arn, "web", 1, document, Task.from_ecs(document))

    def request(self, group: str = "family:web", **settings: Any) -> TaskRequest:
        variant = task_variant(self.definition, {}, NO_NETWORK, "EC2", False)
        values = {"launch_type": "EC2", "started_by": None, "execute_command": False, **settings}
        shared = TaskSettings(
            self.definition.arn, group, overrides={}, cpu="128", memory="256", **values
        )
        return TaskRequest(variant, shared, NO_NETWORK, [])

    def start(self, group: str = "family:web", **settings: Any) -> TaskRecord:
        request = self.request(group, **settings)
        placed = self.cluster.engine.place(request.variant.task, group=group)
        location = TaskLocation(self.instance, int(placed.task_ids[0]))
        (found,) = start_task_records(self.account, self.cluster, request, [location])
        return found

    def stop(self, task: TaskRecord) -> None:
        run_until(self.account, microseconds(LATER))
        with self.account.in_call():
            stop_tasks(self.account, [task], "UserInitiated", "enough")
            hurry(self.account, task)

    def free_cpu(self) -> int | None:
        return self.cluster.engine.describe(self.instance.id).remaining_cpu


@pytest.fixture
def world() -> World:
    return World()


def test_statuses_are_those_of_the_engine() -> None:
    """Appendix D: one set of states, in the order of a task's life."""
    assert tuple(LifecycleStatus) == LAST_STATUSES
    assert tuple(HealthStatus) == HEALTHS


def test_a_task_that_starts_is_running_in_its_record_and_in_the_engine(world: World) -> None:
    task = world.start()
    assert (task.desired_status, task.last_status) == (LifecycleStatus.RUNNING,) * 2
    assert {task.created_at, task.started_at, task.pull_started_at, task.connectivity_at} == {NOW}
    assert task.stop is None
    assert (task.zone, task.attributes) == ("eu-west-1a", {"ecs.cpu-architecture": "arm64"})
    assert task.instance_arn == world.instance.arn
    assert world.cluster.tasks == {task.id: task}
    assert world.instance.version == 2
    assert task.number is not None
    assert world.account.live == {1: task}
    assert world.instance.tasks == {1: task}
    (container,) = task.containers
    assert container.task_arn == task.arn
    assert container.last_status is LifecycleStatus.RUNNING


def test_a_task_that_stops_gives_back_what_it_holds_everywhere(world: World) -> None:
    """A20, A25."""
    task = world.start()
    assert world.free_cpu() == 1024 - 128
    world.stop(task)
    assert (task.desired_status, task.last_status) == (LifecycleStatus.STOPPED,) * 2
    assert task.stop is not None
    assert attrs.astuple(task.stop) == (LATER, LATER, LATER, "UserInitiated", "enough")
    assert task.created_at == NOW
    assert (task.version, task.number, world.instance.version) == (2, None, 3)
    assert (task.life, world.account.live, world.instance.tasks) == (None, {}, {})
    assert [one.last_status for one in task.containers] == [LifecycleStatus.STOPPED]
    assert world.free_cpu() == 1024


def test_ports_that_were_chosen_are_released_and_static_ones_never_taken() -> None:
    """2.3."""
    mappings = [
        {"containerPort": 80},
        {"containerPort": 81, "hostPort": 8081},
        {"containerPortRange": "9000-9002", "protocol": "tcp"},
    ]
    world = World(portMappings=mappings)
    task = world.start()
    (container,) = task.containers
    assert [list(one.host_ports) for one in container.bindings or ()] == [
        [32768],
        [8081],
        [32769, 32770, 32771],
    ]
    assert world.instance.ports.taken == {32768, 32769, 32770, 32771}
    world.stop(task)
    assert world.instance.ports.taken == set()


def test_gpus_of_a_container_are_those_that_the_engine_chose() -> None:
    """B14."""
    world = World(resourceRequirements=[{"type": "GPU", "value": "1"}])
    task = world.start()
    assert task.number is not None
    (container,) = task.containers
    assert container.gpu_ids == tuple(world.cluster.engine.task(task.number).gpus)
    assert len(container.gpu_ids) == 1


def test_a_task_whose_instance_is_gone_has_ended(world: World) -> None:
    """D107, B17: it ends at that instant, and holds nothing any more."""
    task = world.start()
    with world.account.in_call():
        instance_left(world.account, world.cluster, world.instance, "TerminationNotice", "gone")
    deregister_instance(world.cluster, world.instance)
    assert task.number is None
    assert not is_accounted(world.cluster, task)
    assert task.last_status is LifecycleStatus.STOPPED
    assert task.stop is not None
    assert attrs.astuple(task.stop) == (NOW, NOW, NOW, "TerminationNotice", "gone")
    assert world.account.time.moving == 0


def test_the_final_description_of_an_instance_is_what_it_had(world: World) -> None:
    """B17."""
    task = world.start()
    task.last_status = LifecycleStatus.PENDING
    deregister_instance(world.cluster, world.instance)
    description = world.instance.final_description
    assert description is not None
    assert (description.status, description.running_tasks) == ("INACTIVE", 1)
    assert description.remaining_cpu == 1024 - 128
    assert (world.instance.final_pending, world.instance.is_registered) == (1, False)


def test_what_counts_are_tasks_that_have_not_stopped(world: World) -> None:
    """A19."""
    one, two = world.start(), world.start()
    one.last_status = LifecycleStatus.PENDING
    assert pending_counts(world.cluster) == {world.instance.id: 1}
    world.stop(two)
    assert [is_accounted(world.cluster, task) for task in (one, two)] == [True, False]


def test_protection_is_in_the_record_and_in_the_engine_until_its_time_is_over(
    world: World,
) -> None:
    """4.7, C16."""
    task = world.start("service:web")
    engine, number = world.cluster.engine, task.number
    assert can_be_protected(task)
    assert number is not None
    protect_task(world.account, world.cluster, task, LATER)
    run_until(world.account, microseconds(LATER) - 1)
    assert (task.protected_until, engine.task(number).protected) == (LATER, True)
    run_until(world.account, microseconds(LATER))
    assert (task.protected_until, engine.task(number).protected) == (None, False)


def test_only_running_tasks_of_services_can_be_protected(world: World) -> None:
    """4.7."""
    task = world.start("service:web")
    world.stop(task)
    assert not can_be_protected(task)
    assert not can_be_protected(world.start("family:web"))


def test_equal_values_of_calls_give_the_same_variant(world: World) -> None:
    """The engine knows a task it has prepared by the object."""
    overrides = {"containerOverrides": [{"name": "app", "cpu": 300}]}
    first = task_variant(world.definition, overrides, NO_NETWORK, "EC2", False)
    again = task_variant(world.definition, {**overrides}, NO_NETWORK, "EC2", False)
    assert again is first
    assert (first.task.cpu, first.containers[0].cpu) == (300, "300")
    assert world.definition.task.cpu == 128
    external = task_variant(world.definition, overrides, NO_NETWORK, "EXTERNAL", False)
    assert external.task.launch_type == "EXTERNAL"


@pytest.mark.parametrize(
    ("binding", "ports"),
    [
        (PortBinding(host_port=8080), [8080]),
        (PortBinding(host_port_range="49000-49002"), [49000, 49001, 49002]),
        (PortBinding(container_port=80), []),
    ],
)
def test_host_ports_of_a_binding(binding: PortBinding, ports: list[int]) -> None:
    assert list(binding.host_ports) == ports
