"""A task definition as ECS shows it once it is registered: what was left out is filled in.

In: a valid definition.  Out: a ``taskDefinition`` document without ARN, revision, status and dates,
which the account gives it.  Changes nothing that it is given.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from placement.documents.fields import size
from placement.ecs.definitions.fargate import fargate_problems
from placement.ecs.definitions.requires import required_attributes
from placement.ecs.definitions.sizes import is_windows
from placement.ecs.definitions.task import VOLUME_KINDS

__all__ = ["registered"]

Document = dict[str, Any]


def registered(given: Mapping[str, Any]) -> Document:
    """Return the document of a valid definition, with defaults and what follows from it.

    Sizes of the task become numbers as text (``"1 vCPU"`` is ``"1024"``), host ports follow the
    network mode (2.3), ``compatibilities`` says where it could run, ``requiresAttributes`` is
    derived (section 3).
    """
    document: Document = copy.deepcopy({**given})
    document.pop("tags", None)
    windows = is_windows(document)
    mode = document.get("networkMode")
    if mode is None and not windows:
        mode = document["networkMode"] = "bridge"
    for name in ("cpu", "memory"):
        if document.get(name) is not None:
            document[name] = str(size(document[name], name))
    document["containerDefinitions"] = [
        _container(container, mode) for container in document["containerDefinitions"]
    ]
    document["volumes"] = [_volume(volume) for volume in document.get("volumes") or ()]
    document.setdefault("placementConstraints", [])
    document["requiresAttributes"] = required_attributes(given)
    document["compatibilities"] = _compatibilities(given)
    if not document.get("requiresCompatibilities", True):
        del document["requiresCompatibilities"]
    return document


def _container(container: Document, mode: str | None) -> Document:
    found = {
        "cpu": 0,
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        **container,
    }
    mappings = found.get("portMappings") or ()
    found["portMappings"] = [_mapping(mapping, mode) for mapping in mappings]
    if "healthCheck" in found:
        found["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **found["healthCheck"]}
    return found


def _mapping(mapping: Document, mode: str | None) -> Document:
    """Return a port mapping with protocol and host port; a range has none of its own (2.3)."""
    found = {"protocol": "tcp", **mapping}
    if "containerPortRange" not in mapping:
        same = mode in ("awsvpc", "host")  # A26
        found["hostPort"] = mapping["containerPort"] if same else mapping.get("hostPort", 0)
    return found


def _volume(volume: Document) -> Document:
    found = dict(volume)
    if not any(found.get(kind) is not None for kind in VOLUME_KINDS):
        found["host"] = {}
    if "efsVolumeConfiguration" in found:
        found["efsVolumeConfiguration"] = {"rootDirectory": "/", **found["efsVolumeConfiguration"]}
    return found


def _compatibilities(given: Mapping[str, Any]) -> list[str]:
    """Return the launch types that a definition could have."""
    asked = given.get("requiresCompatibilities") or ()
    found = ["EC2"]
    if given.get("networkMode") != "awsvpc":
        found.insert(0, "EXTERNAL")
    if "FARGATE" in asked or not any(fargate_problems(given)):
        found.append("FARGATE")
    if "MANAGED_INSTANCES" in asked:
        found.append("MANAGED_INSTANCES")
    return found
