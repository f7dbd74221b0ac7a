"""A document loaded: from text, from what was parsed; written; and loaded into a client."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

import numpy as np

import placement
from harness.client_plan import ClientPlan
from harness.report import Line, time_text
from harness.timing import quiet, sample
from placement.ecs import Client

__all__ = ["document", "measure"]

_MOST_NS = 500_000_000
_ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"
_COMMON = {
    "ecs.vpc-id": ["vpc-0"],
    "ecs.os-type": ["linux"],
    "ecs.os-family": ["LINUX"],
    "ecs.cpu-architecture": ["x86_64"],
    "ecs.ami-id": ["ami-0", "ami-1"],
    "ecs.availability-zone": ["us-east-1a", "us-east-1b", "us-east-1c"],
    "ecs.subnet-id": ["subnet-0", "subnet-1", "subnet-2"],
    "ecs.instance-type": ["m5.large", "c5.xlarge", "r5.2xlarge", "g4dn.xlarge"],
    "stack": ["prod", "test"],
    "rack": [f"r{number}" for number in range(200)],
}
"""Attributes with values; capabilities, which have none, make up the number."""


def document(plan: ClientPlan) -> dict[str, Any]:
    """Return what describe-container-instances prints, every field of it."""
    random = np.random.default_rng(0)
    named = dict(list(_COMMON.items())[: plan.attributes])
    bare = [f"com.amazonaws.ecs.capability.c{n}" for n in range(plan.attributes - len(named))]
    drawn = {name: random.choice(values, plan.documents) for name, values in named.items()}
    ports = {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "2376"]}
    instances = []
    for row in range(plan.documents):
        attributes = [{"name": name, "value": str(values[row])} for name, values in drawn.items()]
        instances.append(
            {
                "containerInstanceArn": f"{_ARN}{row:032x}",
                "ec2InstanceId": f"i-{row:017x}",
                "version": 7,
                "versionInfo": {"agentVersion": "1.90.0", "dockerVersion": "DockerVersion: 25"},
                "remainingResources": [*_amounts(row % 4096), ports],
                "registeredResources": [*_amounts(4096), ports],
                "status": "ACTIVE",
                "agentConnected": True,
                "runningTasksCount": row % 7,
                "pendingTasksCount": 0,
                "attributes": [*attributes, *[{"name": name} for name in bare]],
                "registeredAt": f"2026-03-01T12:{row % 60:02d}:00.123000+01:00",
                "attachments": [],
                "tags": [],
            }
        )
    return {"containerInstances": instances, "failures": []}


def _amounts(cpu: int) -> list[dict[str, Any]]:
    zero = {"doubleValue": 0.0, "longValue": 0}
    return [
        {"name": name, "type": "INTEGER", **zero, "integerValue": amount}
        for name, amount in (("CPU", cpu), ("MEMORY", 4 * cpu))
    ]


def measure(plan: ClientPlan) -> list[Line]:
    """Return a line for each way in and out; what comes out must be what went in."""
    given = document(plan)
    text = json.dumps(given)
    cluster = placement.Cluster.from_ecs(given)
    assert len(cluster) == plan.documents
    written = cluster.to_ecs()
    assert placement.Cluster.from_ecs(written).to_ecs() == written
    calls = {
        "Cluster.from_ecs": lambda: placement.Cluster.from_ecs(given),
        "json.loads of its text": lambda: json.loads(text),
        "cluster.to_ecs": cluster.to_ecs,
        "Client.from_ecs": lambda: Client.from_ecs(given),
    }
    samples: dict[str, list[int]] = {name: [] for name in calls}
    with quiet():
        for _ in range(plan.rounds):
            for name, call in calls.items():
                samples[name].append(sample(call))
    size = f"{plan.documents:,} instances, {plan.attributes} attributes"
    lines = []
    for name, times in samples.items():
        target = "at most 0.5 s" if name == "Cluster.from_ecs" else ""
        ns = median(times)
        met = ns <= _MOST_NS if target else None
        lines.append(Line(f"{name}, {size}", time_text(ns), target, met))
    return lines
