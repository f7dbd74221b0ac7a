"""Tasks of RunTask and StartTask calls on a cluster without an account."""

from __future__ import annotations

from typing import Any

import pytest

from placement import Cluster, DocumentError, Instance, InstanceError, MemberOf, Task
from placement.ecs.call_tasks import (
    MAX_START_INSTANCES,
    check_has_instances,
    check_start_instances,
    service_of,
    start_on,
    subnets_of,
    task_of_call,
)

DOCUMENT = {
    "family": "web",
    "revision": 1,
    "networkMode": "awsvpc",
    "containerDefinitions": [{"name": "app", "cpu": 100, "memory": 200}],
}
TASK = Task.from_ecs(DOCUMENT)
SUBNETS = {"subnet-1": ("vpc-1", "us-east-1a"), "subnet-2": ("vpc-1", "us-east-1b")}


def instance(id: str, **fields: Any) -> Instance:
    return Instance(id=id, cpu=1000, memory=1000, **fields)


def test_overrides_network_and_launch_type_of_a_call_are_applied() -> None:
    subnets = {"awsvpcConfiguration": {"subnets": list(SUBNETS)}}
    parameters = {
        "overrides": {
            "containerOverrides": [{"name": "app", "cpu": 300}],
            "taskRoleArn": "arn:aws:iam::123456789012:role/app",
        },
        "networkConfiguration": subnets,
        "enableExecuteCommand": True,
        "launchType": "EXTERNAL",
    }
    task = task_of_call(TASK, DOCUMENT, parameters, SUBNETS)
    assert (task.cpu, task.memory, task.launch_type) == (300, 200, "EXTERNAL")
    assert (task.vpc, task.zones) == ("vpc-1", ("us-east-1a", "us-east-1b"))
    assert "ecs.capability.execute-command" in task.attributes
    bridge = {**DOCUMENT, "networkMode": "bridge"}
    assert task_of_call(TASK, bridge, {}, {}) is TASK


def test_a_fargate_task_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"nothing to place @ launchType$"):
        task_of_call(TASK, DOCUMENT, {"launchType": "FARGATE"}, {})


def test_subnets_are_those_that_instances_carry() -> None:
    """B22: an instance that lacks one of the three attributes says nothing of its subnet."""
    cluster = Cluster()
    whole = {"ecs.subnet-id": "s-1", "ecs.vpc-id": "v-1", "ecs.availability-zone": "us-east-1a"}
    cluster.register(instance("i-1", attributes=whole))
    cluster.register(instance("i-2", attributes={**whole, "ecs.subnet-id": "s-2"}))
    cluster.register(instance("i-3", attributes={"ecs.subnet-id": "s-3"}))
    cluster.deregister("i-2")
    assert subnets_of(cluster) == {"s-1": ("v-1", "us-east-1a")}


@pytest.mark.parametrize(
    ("group", "service"),
    [("service:web", "web"), ("service:", None), ("family:web", None), ("service", None)],
)
def test_the_service_of_a_group(group: str, service: str | None) -> None:
    assert service_of(group) == service


def test_a_cluster_without_instances_is_refused() -> None:
    """B18: INACTIVE instances are none."""
    cluster = Cluster()
    for ready in (False, True):
        with pytest.raises(InstanceError, match="no container instances were found"):
            check_has_instances(cluster)
        cluster.register(instance(f"i-{ready}", status="INACTIVE"))
    cluster.register(instance("i-active", status="DRAINING"))
    check_has_instances(cluster)


def test_start_task_takes_ten_instances_each_once() -> None:
    names = [f"i-{number}" for number in range(MAX_START_INSTANCES + 1)]
    check_start_instances(names[:-1])
    with pytest.raises(DocumentError, match="expected up to 10 container instances, not 11"):
        check_start_instances(names)
    with pytest.raises(DocumentError, match=r"'i-0' is listed twice @ containerInstances\[1\]"):
        check_start_instances(["i-0", "i-0"])


def test_a_task_starts_whatever_its_definition_s_constraints_say() -> None:
    """A38: who calls StartTask is the scheduler; resources and status still count."""
    cluster = Cluster()
    cluster.register(instance("i-1"))
    cluster.register(instance("i-2", attributes={"ecs.capability.external": None}))
    cluster.register(instance("i-3", status="DRAINING"))
    task = Task(cpu=600, memory=10, constraints=(MemberOf("attribute:a == b"),))
    first = start_on(cluster, "i-1", task, "web")
    assert (first.reason, first.missing, first.task.launch_type) == ("", (), "EC2")
    second = start_on(cluster, "i-1", task, "web")
    assert second.reason == "RESOURCE:CPU"
    assert "wanted 600 CPU units" in second.missing[0]
    assert start_on(cluster, "i-2", task, "web").task.launch_type == "EXTERNAL"
    assert start_on(cluster, "i-3", task, "web").reason == "INACTIVE"
