"""Sessions with a few equal instances and the task definition ``web``, for several tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import placement.ecs as pe

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

CAPABILITY = "com.amazonaws.ecs.capability.docker-remote-api.1."


def resources(cpu: int, memory: int = 8000) -> list[dict[str, Any]]:
    """Return ``totalResources`` of an instance."""
    amounts = {"CPU": cpu, "MEMORY": memory}
    return [
        {"name": name, "type": "INTEGER", "integerValue": amount}
        for name, amount in amounts.items()
    ]


def register(ecs: Any, cpu: int = 512, zone: str = "us-east-1a", **attributes: str) -> str:
    """Register an instance that has room for tasks of 128 units; return its ARN."""
    pairs = {"ecs.availability-zone": zone, **attributes}
    answer = ecs.register_container_instance(
        totalResources=resources(cpu),
        attributes=[
            *({"name": name, "value": value} for name, value in pairs.items()),
            *({"name": f"{CAPABILITY}{number}"} for number in (17, 18, 21, 24, 29)),
            {"name": "ecs.capability.container-health-check"},
        ],
    )
    return str(answer["containerInstance"]["containerInstanceArn"])


def small_session(
    instances: int = 4,
    *,
    zones: str = "ab",
    cpu: int = 512,
    container: dict[str, Any] | None = None,
    **settings: Any,
) -> pe.Session:
    """Return a session whose default cluster has instances with room for 4 tasks of web:1 each.

    ``container`` are further fields of the container of ``web``.
    """
    session = pe.Session(start=START, seed=3, timing=pe.Timing(), **settings)
    ecs = session.client("ecs")
    ecs.create_cluster()
    for number in range(instances):
        register(ecs, cpu, f"us-east-1{zones[number % len(zones)]}")
    for _ in range(2):
        ecs.register_task_definition(**web(**(container or {})))
    return session


def web(**fields: Any) -> dict[str, Any]:
    """Return what register-task-definition takes, with further fields of its container."""
    container = {"name": "app", "image": "nginx", "cpu": 128, "memory": 128, **fields}
    return {"family": "web", "containerDefinitions": [container]}


def service(**parameters: Any) -> dict[str, Any]:
    """Return what create_service takes: 4 tasks of web:1 unless something else is given."""
    return {"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 4, **parameters}


def percents(least: int, most: int, **more: Any) -> dict[str, Any]:
    """Return ``deploymentConfiguration`` with these percents."""
    return {
        "deploymentConfiguration": {
            "minimumHealthyPercent": least,
            "maximumPercent": most,
            **more,
        }
    }
