"""Instances, tasks on them and definitions with any members of botocore's output shapes (C50).

In: nothing.  Out: strategies of such documents, and ``lost``, which compares what came out with
what went in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

from against_botocore import operation_of

ECS = "arn:aws:ecs:us-east-1:123456789012"
NOON = "2026-03-01T12:00:00+00:00"
FIXED: dict[str, Any] = {
    "containerInstanceArn": f"{ECS}:container-instance/prod/i1",
    "clusterArn": f"{ECS}:cluster/prod",
    "taskArn": f"{ECS}:task/prod/t1",
    "taskDefinitionArn": f"{ECS}:task-definition/web:1",
    "family": "web",
    "revision": 1,
    "gpuIds": ["GPU-1"],
    "startedBy": "ecs-svc/0123456789",
    "group": "service:web",
    "expression": "attribute:a == b",
    "sizeInGiB": 30,
    "hostPort": 8080,
    "containerPort": 8080,
    "protocol": "tcp",
    "containerPortRange": "80-90",
    "hostPortRange": "49000-49010",
    "networkMode": "bridge",
    "operatingSystemFamily": "LINUX",
    "cpuArchitecture": "X86_64",
    "healthStatus": "HEALTHY",
    "lastStatus": "RUNNING",
    "desiredStatus": "RUNNING",
    "attributes": [
        {"name": "a", "value": "b", "targetType": "container-instance", "targetId": "i1"},
        {"name": "empty", "value": ""},
        {"name": "none"},
    ],
}
SIZES = ("cpu", "memory", "memoryReservation")


def resources(*, left: bool) -> list[dict[str, Any]]:
    """Return amounts of every type, a set of texts that no task can hold, Neuron devices (B44)."""
    share = 900 if left else 1000
    zeros = {"doubleValue": 0.0, "longValue": 0, "integerValue": 0}
    ports = ["22", "8080"] if left else ["22"]
    return [
        {**zeros, "name": "CPU", "type": "INTEGER", "integerValue": share},
        {**zeros, "name": "MEMORY", "type": "LONG", "longValue": share},
        {**zeros, "name": "disk", "type": "DOUBLE", "doubleValue": float(share)},
        {**zeros, "name": "PORTS", "type": "STRINGSET", "stringSetValue": ports},
        {**zeros, "name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        {**zeros, "name": "GPU", "type": "STRINGSET", "stringSetValue": [] if left else ["GPU-1"]},
        {**zeros, "name": "licences", "type": "STRINGSET", "stringSetValue": ["x", "y"]},
        {**zeros, "name": "NEURON_CORES", "type": "STRINGSET", "stringSetValue": ["1", "0"][left:]},
        {**zeros, "name": "NEURON_DEVICE", "type": "LONG", "longValue": 1 - left},
    ]


@st.composite
def documents(draw: st.DrawFn, shape: Shape, name: str, needed: tuple[str, ...] = ()) -> Any:
    """Draw a document of a shape: any of its members, those that are needed always."""
    if name in ("registeredResources", "remainingResources"):
        return resources(left=name == "remainingResources")
    if name in FIXED:
        return FIXED[name]
    known = getattr(shape, "enum", ())
    kind = shape.type_name
    if kind == "structure":
        required = {
            *shape.required_members,
            *needed,
            *(("value",) if "type" in shape.members else ()),
        }
        chosen = [one for one in shape.members if one in required or draw(st.booleans())]
        document = {one: draw(documents(shape.members[one], one)) for one in chosen}
        if document.get("type") == "NeuronDevice":
            document["value"] = "ALL"  # B44
        return document
    if kind == "list":
        return [draw(documents(shape.member, ""))]
    if kind == "map":
        return {"key": draw(documents(shape.value, ""))}
    if kind == "string":
        if name in SIZES or name == "value":
            return "1" if name == "value" else "64"
        return draw(st.sampled_from(known)) if known else f"{name or 'text'}-1"
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "timestamp":
        return NOON
    return 64.0 if kind in ("double", "float") else 64


def lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield what of a document is not in another one; lists of names are in any order."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                yield f"{path}.{name} is gone"
            else:
                yield from lost(value, after[name], f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) > len(after):
            yield f"{path} had {len(before)} items, and has {len(after)}"
        if path.rpartition(".")[2] in ("attributes", "registeredResources", "remainingResources"):
            by_name = {one["name"]: one for one in after}
            after = [by_name.get(one["name"]) for one in before]
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from lost(one, other, f"{path}[{number}]")
    elif before != after and not (
        path.endswith("At") and datetime.fromisoformat(before) == datetime.fromisoformat(after)
    ):
        yield f"{path} was {before!r} and is {after!r}"


def shape(method: str, member: str) -> Shape:
    found = operation_of(method, "ecs").output_shape.members[member]
    return found.member


INSTANCES = documents(
    shape("describe_container_instances", "containerInstances"),
    "",
    ("containerInstanceArn", "registeredResources", "remainingResources"),
)
TASKS = documents(
    shape("describe_tasks", "tasks"),
    "",
    ("taskArn", "containerInstanceArn", "taskDefinitionArn"),
)
CONTAINER = {
    "name": "name-1",
    "image": "web",
    "cpu": 64,
    "memory": 64,
    "portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}],
    "dockerLabels": {"Key": "value"},
}
NEURON = {**CONTAINER, "resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]}
DEFINITIONS = st.sampled_from(
    [
        {
            "taskDefinitionArn": FIXED["taskDefinitionArn"],
            "family": "web",
            "revision": 1,
            "status": "ACTIVE",
            "registeredAt": NOON,
            "networkMode": mode,
            "containerDefinitions": [container],
            "volumes": [{"name": "data", "host": {}}],
        }
        for mode, container in (
            ("bridge", CONTAINER),
            ("bridge", NEURON),
            ("host", {**CONTAINER, "portMappings": []}),
        )
    ]
)
