"""A session with a Managed Instances provider, moved second by second from noon on.

No state of a task takes time, a launch takes 60 s.  What a test does at a second happens when that
second has been reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from placement.ecs import Session, Timing

__all__ = ["NOON", "TIMING", "WEIGHT", "ManagedSession", "managed_provider", "register_task"]

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIMING = Timing(provisioning=0, pull=0, start=0, healthy_after=0, stop=0, deprovisioning=0)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
WEIGHT = [{"capacityProvider": "m", "weight": 1}]


def managed_provider(
    requirements: Mapping[str, Any] | None = None,
    *,
    subnets: Iterable[str] = ("subnet-a",),
    template: Mapping[str, Any] | None = None,
    **further: Any,
) -> dict[str, Any]:
    """Return an object ``managedInstancesProvider``."""
    launch: dict[str, Any] = {
        "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
        "networkConfiguration": {"subnets": list(subnets), "securityGroups": ["sg-1"]},
        **(template or {}),
    }
    if requirements is not None:
        usual = {"vCpuCount": {"min": 0}, "memoryMiB": {"min": 0}}
        launch["instanceRequirements"] = {**usual, **requirements}
    role = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"
    return {"infrastructureRoleArn": role, "instanceLaunchTemplate": launch, **further}


def register_task(
    client: Any, family: str, cpu: int, memory: int, mode: str = "host", **further: Any
) -> None:
    """Register a definition that Managed Instances can run."""
    container = {"name": "app", "image": "busybox", "cpu": cpu, "memory": memory}
    client.register_task_definition(
        family=family,
        networkMode=mode,
        requiresCompatibilities=["MANAGED_INSTANCES"],
        containerDefinitions=[container],
        **further,
    )


class ManagedSession:
    """A cluster with one provider, ``m``, which is its default strategy."""

    def __init__(
        self,
        requirements: Mapping[str, Any] | None = None,
        *,
        zones: int = 1,
        provider: Mapping[str, Any] | None = None,
        timing: Timing | None = TIMING,
        **arguments: Any,
    ) -> None:
        self.session = Session(start=NOON, timing=timing, **arguments)
        self.ecs = self.session.client("ecs")
        self.ecs.create_cluster()
        subnets = []
        for zone in ZONES[:zones]:
            subnets.append(f"subnet-{zone[-1]}")
            self.ecs.register_subnet(subnetId=subnets[-1], vpcId="vpc-1", availabilityZone=zone)
        self.ecs.create_capacity_provider(
            name="m",
            cluster="default",
            managedInstancesProvider=managed_provider(
                requirements, subnets=subnets, **(provider or {})
            ),
        )
        self.ecs.put_cluster_capacity_providers(
            cluster="default", capacityProviders=["m"], defaultCapacityProviderStrategy=WEIGHT
        )

    def run_until(self, second: float) -> None:
        """Go on to a second, included."""
        self.session.advance(NOON + timedelta(seconds=second) - self.session.now)

    def run_tasks(self, family: str, count: int, **further: Any) -> list[str]:
        """Run tasks by the default strategy; return their ARNs."""
        arns: list[str] = []
        while len(arns) < count:
            some = min(count - len(arns), 10)
            found = self.ecs.run_task(taskDefinition=family, count=some, **further)
            arns += [task["taskArn"] for task in found["tasks"]]
        return arns

    # What a test sees

    def instances(self) -> list[dict[str, Any]]:
        """Return the instances that are registered, in the order of their registration."""
        arns = self.ecs.list_container_instances()["containerInstanceArns"]
        if not arns:
            return []
        found = self.ecs.describe_container_instances(containerInstances=arns, include=["TAGS"])
        return list(found["containerInstances"])

    def types(self) -> list[str]:
        """Return the EC2 types of the instances."""
        return [attribute_of(one, "ecs.instance-type") for one in self.instances()]

    def tasks(self, **selected: Any) -> list[dict[str, Any]]:
        """Return the tasks that are not to be STOPPED."""
        found: list[dict[str, Any]] = []
        for page in self.ecs.get_paginator("list_tasks").paginate(**selected):
            arns = page["taskArns"]
            found += self.ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
        return found

    def history(self, *words: str) -> list[tuple[int, str, str]]:
        """Return second, what and reason of the records that begin with one of some words."""
        return [
            (round((one.time - NOON) / timedelta(seconds=1)), one.what, one.reason)
            for one in self.session.history
            if one.what.startswith(words)
        ]


def attribute_of(instance: Mapping[str, Any], name: str) -> str:
    """Return an attribute of a described instance."""
    [value] = [one["value"] for one in instance["attributes"] if one["name"] == name]
    return str(value)
