"""What the tests of tasks share: a cluster with machines, definitions, short ways to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from memory import refused

Document = dict[str, Any]

ZONE = "ecs.availability-zone"


def resources(cpu: int, memory: int, gpus: int = 0) -> list[Document]:
    """Return totalResources as an agent registers them."""
    found: list[Document] = [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "2376", "51678"]},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
    ]
    if gpus:
        names = [f"GPU-{number}" for number in range(gpus)]
        found.append({"name": "GPU", "type": "STRINGSET", "stringSetValue": names})
    return found


def add_machine(
    client: Any,
    *,
    cpu: int = 1024,
    memory: int = 2048,
    gpus: int = 0,
    cluster: str = "prod",
    attributes: Mapping[str, str] | None = None,
    **more: str,
) -> str:
    """Register a container instance and return its ARN.

    ``more`` are attributes too; ``__`` in a name is a dot, an empty value is none.
    """
    given = {**(attributes or {}), **more}
    named = {name.replace("__", "."): value for name, value in given.items()}
    named = {ZONE: "us-east-1a", "ecs.cpu-architecture": "x86_64", "ecs.os-type": "linux"} | named
    answer = client.register_container_instance(
        cluster=cluster,
        totalResources=resources(cpu, memory, gpus),
        attributes=[
            {"name": name, **({"value": value} if value else {})} for name, value in named.items()
        ],
    )
    arn: str = answer["containerInstance"]["containerInstanceArn"]
    return arn


def define(client: Any, family: str = "web", **fields: Any) -> Document:
    """Register a task definition of one container (128 CPU units, 256 MiB) and return it."""
    container: Document = {"name": "app", "image": "nginx", "cpu": 128, "memory": 256}
    for name in ("portMappings", "resourceRequirements", "cpu", "memory", "memoryReservation"):
        if f"container_{name}" in fields:
            container[name] = fields.pop(f"container_{name}")
    fields.setdefault("containerDefinitions", [container])
    found: Document = client.register_task_definition(family=family, **fields)["taskDefinition"]
    return found


def able(*definitions: Document) -> dict[str, str]:
    """Return the attributes that task definitions require; ``add_machine`` takes them."""
    return {one["name"]: "" for each in definitions for one in each.get("requiresAttributes", ())}


def remaining(client: Any, arn: str, name: str, cluster: str = "prod") -> Any:
    """Return what an instance has left of a resource."""
    answer = client.describe_container_instances(cluster=cluster, containerInstances=[arn])
    (instance,) = answer["containerInstances"]
    (found,) = [one for one in instance["remainingResources"] if one["name"] == name]
    return found.get("stringSetValue") or found.get("integerValue")


def refusal(client: Any, code: str, text: str = "") -> AbstractContextManager[None]:
    """Expect a call to be refused in these words, and nothing to be different afterwards."""
    return refused(client.client, code, re.escape(text) or None)
