"""Sessions to measure: a cluster of equal instances, and a task definition in two revisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time_ns
from typing import Any

from harness.services_plan import ServicesPlan
from placement.ecs import Session, Timing

__all__ = ["REVISIONS", "cpu_ns", "create_services", "make_session", "running_tasks", "warm_up"]

REVISIONS = ("web:1", "web:2")
"""Task definitions that are alike: which of them a service has makes a deployment."""

_START = datetime(2026, 3, 1, tzinfo=UTC)
_CAPABILITIES = ("docker-remote-api.1.17", "docker-remote-api.1.18", "logging-driver.awslogs")


def cpu_ns(call: Callable[[], Any]) -> int:
    """Return the nanoseconds of CPU time that the process takes for a call."""
    start = process_time_ns()
    call()
    return process_time_ns() - start


def make_session(plan: ServicesPlan, instances: int) -> Session:
    """Return a session with so many instances in the cluster ``default``, and no service."""
    session = Session(start=_START, timing=Timing())
    ecs = session.client("ecs")
    ecs.create_cluster()
    kind = plan.instance
    amounts = {"CPU": kind.cpu, "MEMORY": kind.memory}
    for number in range(instances):
        attributes = {
            "ecs.availability-zone": f"us-east-1{'abcdef'[number % kind.zones]}",
            "ecs.instance-type": kind.type,
            "ecs.cpu-architecture": "x86_64",
        } | {f"com.amazonaws.ecs.capability.{name}": "" for name in _CAPABILITIES}
        ecs.register_container_instance(
            totalResources=[
                {"name": name, "type": "INTEGER", "integerValue": amount}
                for name, amount in amounts.items()
            ],
            attributes=[
                {"name": name} | ({"value": value} if value else {})
                for name, value in attributes.items()
            ],
        )
    container = {"name": "main", "image": "main", "essential": True}
    sizes = {"cpu": plan.task.cpu, "memory": plan.task.memory}
    for _ in REVISIONS:
        ecs.register_task_definition(family="web", containerDefinitions=[container | sizes])
    return session


def create_services(session: Session, services: int, tasks: int) -> None:
    """Create services with so many tasks each: 100/200, no load balancer."""
    ecs = session.client("ecs")
    for number in range(services):
        ecs.create_service(
            serviceName=f"service-{number}",
            taskDefinition=REVISIONS[0],
            desiredCount=tasks,
            deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
        )


def running_tasks(session: Session) -> int:
    """Return how many tasks the cluster says are RUNNING."""
    (cluster,) = session.client("ecs").describe_clusters()["clusters"]
    running: int = cluster["runningTasksCount"]
    return running


def warm_up(plan: ServicesPlan) -> None:
    """Do on a few instances all that is measured, so that kernels and modules are loaded."""
    session = make_session(plan, 6)
    ecs = session.client("ecs")
    create_services(session, 2, 4)
    assert session.advance_until("steady")
    ecs.update_service(service="service-0", taskDefinition=REVISIONS[1])
    assert session.advance_until("steady")
    some = ecs.list_container_instances()["containerInstanceArns"][:1]
    ecs.update_container_instances_state(containerInstances=some, status="DRAINING")
    assert session.advance_until("steady")
    ecs.describe_services(services=["service-0", "service-1"])
    session.copy()
