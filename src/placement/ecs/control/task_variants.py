"""A task definition with the overrides, the network and the launch type of a call applied (2.2).

In: a definition's record and values of a call.  Out: ``TaskVariant``: what the engine places, and
what the containers are started with.  Equal values give the same object (memoised), so that the
engine finds its prepared request.  Must not know calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from placement.caches import BoundedCache
from placement.documents.accelerators import gpus_required
from placement.ecs.control.capacity.membership import PROVIDER_ATTRIBUTE
from placement.ecs.control.networks import NO_NETWORK, Network
from placement.ecs.control.records import DefinitionRecord
from placement.ecs.control.task_records import (
    ContainerSettings,
    PortMapping,
)
from placement.ecs.definitions.overrides import apply_overrides
from placement.engine.request import Task

__all__ = ["TaskVariant", "task_on_provider", "task_variant"]

EXECUTE_COMMAND = "ecs.capability.execute-command"
"""The attribute of instances whose agent can run ECS Exec."""

MAX_VARIANTS = 256
"""Variants of a definition that are kept for the next call."""


@attrs.frozen(eq=False)
class TaskVariant:
    """A task definition as one call uses it.

    Attributes:
        task: What the engine places.
        definition: The definition's document with overrides applied.
        overrides: The overrides as DescribeTasks shows them.
        containers: What its containers are started with.
    """

    task: Task
    definition: Mapping[str, Any]
    overrides: Mapping[str, Any]
    containers: tuple[ContainerSettings, ...]


_VARIANTS: WeakKeyDictionary[DefinitionRecord, BoundedCache[TaskVariant]] = WeakKeyDictionary()
"""Variants by definition, a cache: no part of what an account holds."""


def task_variant(
    record: DefinitionRecord,
    overrides: Mapping[str, Any],
    network: Network,
    launch_type: str,
    execute_command: bool,
    provider: str | None = None,
) -> TaskVariant:
    """Return a definition with the call's overrides, network and launch type applied (memoised).

    With a capacity provider of instances, only its instances are asked for.

    Raises:
        DocumentError: the overrides do not fit the definition (B26).
    """
    text = json.dumps(overrides, sort_keys=True) if overrides else ""
    key = (text, network.vpc, network.zones, launch_type, execute_command, provider)
    variants = _VARIANTS.get(record)
    if variants is None:
        variants = _VARIANTS[record] = BoundedCache(MAX_VARIANTS)
    found = variants.get(key)
    if found is not None:
        return found
    definition, described = apply_overrides(record.document, overrides)
    task = Task.from_ecs(definition) if overrides else record.task
    if launch_type == "EXTERNAL" or execute_command or network is not NO_NETWORK:
        further = {EXECUTE_COMMAND: None} if execute_command else {}
        task = attrs.evolve(
            task,
            attributes={**task.attributes, **further},
            vpc=network.vpc,
            zones=network.zones,
            launch_type="EXTERNAL" if launch_type == "EXTERNAL" else "EC2",
        )
    if provider is not None:
        task = task_on_provider(task, provider)
    found = TaskVariant(task, definition, described, tuple(_containers(definition)))
    variants.put(key, found)
    return found


def task_on_provider(task: Task, provider: str) -> Task:
    """Return a task that only instances of a capacity provider take."""
    return attrs.evolve(task, attributes={**task.attributes, PROVIDER_ATTRIBUTE: provider})


def _containers(definition: Mapping[str, Any]) -> Iterator[ContainerSettings]:
    """Yield what the containers of a definition are started with."""
    mode = definition.get("networkMode", "bridge")
    for container in definition["containerDefinitions"]:
        memory, reservation = container.get("memory"), container.get("memoryReservation")
        yield ContainerSettings(
            name=container.get("name", ""),
            image=container.get("image"),
            cpu=str(container.get("cpu", 0)),
            memory=None if memory is None else str(memory),
            memory_reservation=None if reservation is None else str(reservation),
            port_mappings=() if mode in ("awsvpc", "none") else tuple(_ports(container, mode)),
            gpus=gpus_required(container),
        )


def _ports(container: Mapping[str, Any], mode: str) -> Iterator[PortMapping]:
    """Yield the port mappings of a container; in mode ``host`` both ports are the same (A26)."""
    for mapping in container.get("portMappings", ()):
        protocol = mapping.get("protocol", "tcp")
        ports = mapping.get("containerPortRange")
        if ports is not None:
            low, _, high = ports.partition("-")
            count = int(high) - int(low) + 1
            yield PortMapping(protocol, container_port_range=ports, count=count)
            continue
        inner = mapping["containerPort"]
        outer = mapping.get("hostPort") or (inner if mode == "host" else None)
        yield PortMapping(protocol, inner, outer)
