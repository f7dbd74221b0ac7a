"""moto's ECS with RunTask placing as ECS does: strategies, constraints, failures.

    python examples/moto_backend.py

moto's own RunTask ignores placementConstraints and placementStrategy and fills the first instance
on which CPU, memory and TCP ports suffice.  Inside ``placing()`` it asks this library instead.
Programs under test stay as they are: they use boto3, under moto's ``mock_aws``.

What is replaced: RunTask for the launch type EC2.  From moto's instances, tasks and the task
definition a ``placement.Cluster`` is made for each call, so that nothing needs to be kept in step;
the decision is written back as moto's own tasks.  What is not: StartTask, services, Fargate and
capacity providers are moto's.  moto derives no requiresAttributes, hands out no GPUs and no network
interfaces, and forgets UDP ports, so that those are not right here either; with
``placement.ecs.Client`` they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.models import Task as MotoTask
from moto.ecs.responses import EC2ContainerServiceResponse

import placement

original = EC2ContainerServiceResponse.run_task

REASONS = {
    "MEMBER_OF": "MemberOf placement constraint unsatisfied.",
    "DISTINCT_INSTANCE": "DistinctInstance placement constraint unsatisfied.",
}
"""Where the API's words are not the engine's."""


@contextmanager
def placing() -> Iterator[None]:
    """Let moto's RunTask place through this library for as long as the block lasts."""
    with patch.object(EC2ContainerServiceResponse, "run_task", run_task):
        yield


def run_task(call: EC2ContainerServiceResponse) -> ActionResult:
    """Answer RunTask; stands in for the method of moto's."""
    given = call._get_params()
    backend = call.ecs_backend
    moto_cluster = backend._get_cluster(given.get("cluster", "default"))
    by_default = "launchType" not in given and moto_cluster.default_capacity_provider_strategy
    providers = given.get("capacityProviderStrategy") or by_default
    if given.get("launchType", "EC2") != "EC2" or providers:
        return original(call)
    machines = backend.container_instances.get(moto_cluster.name)
    if not machines:
        raise InvalidParameterException("No Container Instances were found in your cluster.")
    definition = backend.describe_task_definition(given["taskDefinition"])
    try:
        cluster = placement.Cluster.from_ecs(state(backend, moto_cluster.name))
        task = placement.Task.from_ecs(described(definition))
        constraints = [constraint(each) for each in given.get("placementConstraints", [])]
        chain = [strategy(each) for each in given.get("placementStrategy", [])] or None
        group = given.get("group", f"family:{definition.family}")
        how = {"group": group, "constraints": constraints}
        placed = cluster.place(task, int(given.get("count", 1)), strategy=chain, **how)
    except placement.PlacementError as error:
        raise InvalidParameterException(str(error)) from None
    needs = {"CPU": task.cpu, "MEMORY": task.memory, "PORTS": list(task.tcp_ports)}
    tasks = []
    for name in placed.instances:
        instance = machines[name]
        started = MotoTask(
            moto_cluster,
            definition,
            instance.container_instance_arn,
            needs,
            backend,
            group,
            launch_type="EC2",
            overrides=given.get("overrides"),
            started_by=given.get("startedBy", ""),
            tags=given.get("tags"),
            networking_configuration=given.get("networkConfiguration"),
        )
        backend.update_container_instance_resources(instance, needs)
        backend.update_cluster_resources(moto_cluster, 1)
        backend.tasks.setdefault(moto_cluster.name, {})[started.task_arn] = started
        tasks.append(started)
    failures = [
        {"arn": machines[cluster.ids[row]].container_instance_arn, "reason": reason(failed[0])}
        for row, failed in (placed.explain().failures.items() if placed.unplaced else ())
    ]
    return ActionResult({"tasks": tasks, "failures": failures})


# moto's records as the documents that the library reads


def state(backend: EC2ContainerServiceBackend, cluster: str) -> dict[str, Any]:
    """Return what describe-container-instances and describe-tasks would say of a cluster."""
    return {
        "containerInstances": [
            {
                "containerInstanceArn": instance.container_instance_arn,
                "ec2InstanceId": instance.ec2_instance_id,
                "status": instance.status,
                "agentConnected": instance.agent_connected,
                "runningTasksCount": instance.running_tasks_count,
                "registeredResources": instance.registered_resources,
                "remainingResources": instance.remaining_resources,
                "attributes": [
                    {"name": name, "value": value} if value is not None else {"name": name}
                    for name, value in instance.attributes.items()
                ],
            }
            for instance in backend.container_instances.get(cluster, {}).values()
        ],
        "tasks": [
            {
                "taskArn": task.task_arn,
                "containerInstanceArn": task.container_instance_arn,
                "taskDefinitionArn": task.task_definition_arn,
                "group": task.group,
                "desiredStatus": task.desired_status,
                "lastStatus": task.last_status,
            }
            for task in backend.tasks.get(cluster, {}).values()
            if task.container_instance_arn and task.desired_status != "STOPPED"
        ],
    }


def described(definition: Any) -> dict[str, Any]:
    """Return what describe-task-definition would say, so far as placement reads it."""
    found = {
        "family": definition.family,
        "revision": definition.revision,
        "containerDefinitions": definition.container_definitions,
        "networkMode": definition.network_mode,
        "placementConstraints": definition.placement_constraints,
        "runtimePlatform": definition.runtime_platform,
        "cpu": definition.cpu,
        "memory": definition.memory,
    }
    return {name: value for name, value in found.items() if value is not None}


def constraint(given: dict[str, str]) -> placement.MemberOf | placement.DistinctInstance:
    """Return a placement constraint of a call."""
    if given["type"] == "memberOf":
        return placement.MemberOf(given.get("expression", ""))
    return placement.DistinctInstance()


def strategy(given: dict[str, str]) -> placement.Spread | placement.BinPack | placement.Random:
    """Return a placement strategy of a call."""
    if given["type"] == "random":
        return placement.Random()
    kind = placement.Spread if given["type"] == "spread" else placement.BinPack
    return kind(given.get("field", ""))


def reason(check: str) -> str:
    """Return the API's words for a check that an instance has not passed."""
    return REASONS.get(check, check)


# What it does, seen through boto3


def main() -> None:
    """Run four tasks with moto alone and with this library, and print where they are."""
    print("moto alone:", show(zones_of_tasks()))
    with placing():
        print("with placement:", show(zones_of_tasks()))


def zones_of_tasks() -> list[str]:
    """Run four tasks over zones, none in us-east-1b, and return their zones; plain boto3."""
    import boto3
    from moto import mock_aws
    from moto.ec2.utils import generate_instance_identity_document

    with mock_aws():
        own = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
        ec2, ecs = boto3.resource("ec2", **own), boto3.client("ecs", **own)
        ecs.create_cluster(clusterName="prod")
        for zone in ("us-east-1a", "us-east-1b", "us-east-1c"):
            [machine] = ec2.create_instances(
                ImageId="ami-12c6146b",  # one that moto knows
                InstanceType="m5.large",
                Placement={"AvailabilityZone": zone},
                MinCount=1,
                MaxCount=1,
            )
            identity = json.dumps(generate_instance_identity_document(machine))
            ecs.register_container_instance(cluster="prod", instanceIdentityDocument=identity)
        container = {"name": "web", "image": "nginx", "cpu": 256, "memory": 512}
        ecs.register_task_definition(family="web", containerDefinitions=[container])
        answer = ecs.run_task(
            cluster="prod",
            taskDefinition="web",
            count=4,
            placementStrategy=[{"type": "spread", "field": "attribute:ecs.availability-zone"}],
            placementConstraints=[
                {"type": "memberOf", "expression": "attribute:ecs.availability-zone != us-east-1b"}
            ],
        )
        arns = [task["containerInstanceArn"] for task in answer["tasks"]]
        machines = ecs.describe_container_instances(cluster="prod", containerInstances=arns)
        zones = {
            machine["containerInstanceArn"]: attribute["value"]
            for machine in machines["containerInstances"]
            for attribute in machine["attributes"]
            if attribute["name"] == "ecs.availability-zone"
        }
        return [zones[arn] for arn in arns]


def show(zones: list[str]) -> str:
    """Return zones with the number of tasks in each."""
    return ", ".join(f"{zones.count(zone)} in {zone}" for zone in sorted(set(zones)))


if __name__ == "__main__":
    main()
