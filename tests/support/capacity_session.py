"""A session with an Auto Scaling group and its capacity provider, moved second by second.

Second 0 is a full minute; what a test does at a second happens just before the tick of that second.
No state of a task takes time, a launch takes 120 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from placement.ecs import Options, Session, Timing

__all__ = ["NOON", "TIMING", "CapacitySession", "group_with", "provider_of"]

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TIMING = Timing(
    provisioning=0, pull=0, start=0, healthy_after=0, stop=0, deprovisioning=0, launch=120
)
TYPE, TYPE_CPU = "m5.large", 2048
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
A_MOMENT = timedelta(microseconds=1)
SETTINGS = {
    "target": "targetCapacity",
    "minimum_step": "minimumScalingStepSize",
    "maximum_step": "maximumScalingStepSize",
    "warm_up": "instanceWarmupPeriod",
}
OPTIONS = {
    "max_scale_in_step": "max_scale_in_step",
    "idle_spares": "idle_spares",
    "measure": "reservation",
    "estimate": "estimate",
}


def group_with(session: Session, name: str = "group", **parameters: Any) -> str:
    """Create a group whose machines are of one type; return its ARN."""
    session.describe_launch_template("machines", instance_type=TYPE)
    groups = session.client("autoscaling")
    usual = {
        "MinSize": 0,
        "MaxSize": 1000,
        "LaunchTemplate": {"LaunchTemplateName": "machines"},
        "AvailabilityZones": list(ZONES),
        "NewInstancesProtectedFromScaleIn": True,
    }
    groups.create_auto_scaling_group(AutoScalingGroupName=name, **usual | parameters)
    [found] = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return str(found["AutoScalingGroupARN"])


def provider_of(session: Session, name: str, group_arn: str, **settings: Any) -> None:
    """Create a capacity provider of a group."""
    given = {"autoScalingGroupArn": group_arn, **settings}
    session.client("ecs").create_capacity_provider(name=name, autoScalingGroupProvider=given)


class CapacitySession:
    """A provider whose tasks have one size, as the rows of managed scaling say."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        settings = row.get("settings", {})
        options = {OPTIONS[name]: value for name, value in settings.items() if name in OPTIONS}
        self.slots = row.get("slots", 1)
        self.session = Session(
            start=NOON - timedelta(hours=2), timing=TIMING, options=Options(**options)
        )
        self.ecs = self.session.client("ecs")
        self.groups = self.session.client("autoscaling")
        cpu = row.get("task_cpu", TYPE_CPU // self.slots)
        container = {"name": "app", "image": "busybox", "cpu": cpu, "memory": 4}
        self.ecs.register_task_definition(family="app", containerDefinitions=[container])
        self.ecs.create_cluster()
        arn = group_with(self.session, MaxSize=row.get("maximum", 1000))
        protection = "ENABLED" if row.get("protection", True) else "DISABLED"
        provider_of(self.session, "p", arn)
        self.ecs.put_cluster_capacity_providers(
            cluster="default",
            capacityProviders=["p"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "p", "weight": 1}],
        )
        self._begin_with(row)
        scaling = {SETTINGS[name]: value for name, value in settings.items() if name in SETTINGS}
        self.ecs.update_capacity_provider(
            name="p",
            autoScalingGroupProvider={
                "managedScaling": {"status": "ENABLED", **scaling},
                "managedTerminationProtection": protection,
            },
        )
        self.before = len(self.session.history)

    def _begin_with(self, row: Mapping[str, Any]) -> None:
        """Launch the instances that a row begins with, and start the tasks on them."""
        full, partial, empty = (row.get(name, 0) for name in ("full", "partial", "empty"))
        number = full + partial + empty
        self.groups.set_desired_capacity(AutoScalingGroupName="group", DesiredCapacity=number)
        self.session.advance(3600)
        self.instances = self.ecs.list_container_instances()["containerInstanceArns"]
        assert len(self.instances) == number
        for place, count in enumerate([self.slots] * full + [1] * partial):
            for _ in range(count):
                arns = [self.instances[place]]
                self.ecs.start_task(taskDefinition="app", containerInstances=arns)
        self.session.advance(3600)
        assert self.session.now == NOON

    # What a test tells it

    def add_tasks(self, number: int) -> None:
        """Run tasks by the cluster's default strategy."""
        while number > 0:
            self.ecs.run_task(taskDefinition="app", count=min(number, 10))
            number -= 10

    def empty_machines(self, number: int) -> None:
        """Stop all tasks on the first instances that have any."""
        for arn in [one for one in self.instances if self._tasks_on(one)][:number]:
            for task in self._tasks_on(arn):
                self.ecs.stop_task(task=task)

    def _tasks_on(self, instance: str) -> list[str]:
        found = self.ecs.list_tasks(containerInstance=instance)["taskArns"]
        return list(found)

    def run_before(self, second: int) -> None:
        """Go on until just before a second."""
        self.session.advance(NOON + timedelta(seconds=second) - A_MOMENT - self.session.now)

    def run_until(self, second: int) -> None:
        """Go on to a second, included."""
        self.session.advance(NOON + timedelta(seconds=second) - self.session.now)

    # What a test sees

    @property
    def running(self) -> int:
        """How many tasks run."""
        found = 0
        for page in self.ecs.get_paginator("list_tasks").paginate():
            arns = page["taskArns"]
            tasks = self.ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
            found += sum(task["lastStatus"] == "RUNNING" for task in tasks)
        return found

    @property
    def changes(self) -> list[list[int]]:
        """Second and number of every change of the desired capacity since second 0."""
        found = []
        for record in self.session.history[self.before :]:
            if record.what.startswith("desired capacity "):
                number = int(record.what.rpartition(" ")[2])
                found.append([second_of(record.time), number])
        return found

    @property
    def stopped(self) -> dict[int, int]:
        """How many tasks stopped with TaskFailedToStart, by second."""
        found: dict[int, int] = {}
        for record in self.session.history[self.before :]:
            if record.reason.startswith("TaskFailedToStart: "):
                second = second_of(record.time)
                found[second] = found.get(second, 0) + 1
        return found


def second_of(moment: datetime) -> int:
    """Return the second of a moment; just before one counts as that one."""
    return round((moment - NOON) / timedelta(seconds=1))
