"""Sessions to measure: a cluster whose instances are those of one Auto Scaling group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import pi, sin
from typing import Any

from harness.scaling_plan import ScalingPlan
from measures.services.stage import cpu_ns
from placement.ecs import Session, Timing

__all__ = [
    "GROUP",
    "PROVIDER",
    "add_services",
    "counts",
    "cpu_ns",
    "day_session",
    "make_session",
    "service_name",
]

GROUP, PROVIDER = "machines", "machines"
LAUNCH = 300
"""Seconds after which the first instances have registered."""

_START = datetime(2026, 3, 1, tzinfo=UTC)
_ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
_DAY = 86400


def make_session(
    plan: ScalingPlan, instances: int, tasks_per_instance: int, *, managed: bool = True
) -> Session:
    """Return a session with a group of so many instances, its provider and a task definition.

    Args:
        plan: All settings.
        instances: How many the group launches at first; they have registered.
        tasks_per_instance: How many tasks of the definition ``web`` an instance takes.
        managed: Whether the provider scales the group, to a target of 100, and protects instances
            with tasks.
    """
    session = Session(start=_START, timing=Timing())
    ecs, groups = session.client("ecs"), session.client("autoscaling")
    ecs.create_cluster()
    session.describe_launch_template("machines", instance_type=plan.machine.type)
    groups.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=0,
        MaxSize=5000,
        DesiredCapacity=instances,
        LaunchTemplate={"LaunchTemplateName": "machines"},
        AvailabilityZones=_ZONES,
        NewInstancesProtectedFromScaleIn=managed,
        TerminationPolicies=["Default" if managed else "NewestInstance"],
    )
    (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    settings: dict[str, Any] = {"autoScalingGroupArn": group["AutoScalingGroupARN"]}
    if managed:
        settings["managedScaling"] = {"status": "ENABLED", "targetCapacity": 100}
        settings["managedTerminationProtection"] = "ENABLED"
    ecs.create_capacity_provider(name=PROVIDER, autoScalingGroupProvider=settings)
    ecs.put_cluster_capacity_providers(
        cluster="default",
        capacityProviders=[PROVIDER],
        defaultCapacityProviderStrategy=[{"capacityProvider": PROVIDER, "weight": 1}],
    )
    cpu = plan.machine.cpu // tasks_per_instance
    container = {"name": "main", "image": "main", "cpu": cpu, "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    session.advance(LAUNCH)
    assert counts(session)[0] == instances, "instances are missing"
    return session


def service_name(number: int) -> str:
    """Return the name of a service."""
    return f"service-{number}"


def add_services(session: Session, services: int, tasks: int) -> None:
    """Create services with so many tasks each, packed by CPU, and bring them to rest."""
    ecs = session.client("ecs")
    for number in range(services):
        ecs.create_service(
            serviceName=service_name(number),
            taskDefinition="web",
            desiredCount=tasks,
            placementStrategy=[{"type": "binpack", "field": "cpu"}],
        )
    assert session.advance_until("steady"), "it does not become steady"
    assert counts(session)[1] == services * tasks, "tasks are missing"


def day_session(plan: ScalingPlan, services: int) -> Session:
    """Return services at rest that follow a load of their own from now on."""
    run = plan.run
    instances = services * run.tasks // run.tasks_per_instance
    session = make_session(plan, instances, run.tasks_per_instance)
    add_services(session, services, run.tasks)
    scaling = session.client("application-autoscaling")
    for number in range(services):
        name = service_name(number)
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/default/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=10 * run.tasks)
        scaling.put_scaling_policy(
            **target,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": plan.load.task_percent,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
                },
            },
        )
        session.set_load(name, cpu=_sine(plan, number / services))
    return session


def _sine(plan: ScalingPlan, phase: float) -> Callable[[float], int]:
    """Return the load of a service in task-per-cent, by the seconds since the start."""
    mean, swing = plan.run.tasks * plan.load.task_percent, plan.load.swing

    def load(seconds: float) -> int:
        return round(mean * (1 + swing * sin(2 * pi * (seconds / _DAY + phase))))

    return load


def counts(session: Session) -> tuple[int, int, int]:
    """Return how many instances are registered, and how many tasks are RUNNING and PENDING."""
    (cluster,) = session.client("ecs").describe_clusters()["clusters"]
    return (
        cluster["registeredContainerInstancesCount"],
        cluster["runningTasksCount"],
        cluster["pendingTasksCount"],
    )
