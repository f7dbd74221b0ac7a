"""What is checked of containers together: names, what refers to what, and what they start after.

In: a definition whose types are right.  Out: problems with their paths.  What a container has for
itself (health checks, logs, secrets, limits) is in ``settings``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from placement.ecs.definitions.images import parse_image
from placement.ecs.definitions.problems import (
    DefinitionProblem,
    Problems,
    items,
    objects,
    plain_name,
)
from placement.ecs.definitions.settings import setting_problems
from placement.ecs.definitions.sizes import is_windows
from placement.ecs.definitions.task import NAME
from placement.errors import DocumentError, describe_value

__all__ = ["container_problems"]

MAX_CONTAINERS = 10
"""Containers of a definition (quotas)."""

MAX_RANGES = 100
"""Port ranges of a container (2.3)."""

RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
"""``containerPortRange``."""

Definition = Mapping[str, Any]


def container_problems(definition: Definition) -> Problems:
    """Yield what is wrong with the containers of a definition."""
    containers = list(objects(definition, "containerDefinitions"))
    if len(containers) > MAX_CONTAINERS:
        message = f"at most {MAX_CONTAINERS} containers are allowed, not {len(containers)}"
        yield DefinitionProblem("containerDefinitions", message)
    named: dict[str, tuple[Definition, str]] = {}
    for container, path in containers:
        name = container.get("name")
        if name is None or not NAME.fullmatch(name):
            expected = "expected up to 255 letters, digits, hyphens and underscores"
            message = "is missing" if name is None else f"{expected}, not {describe_value(name)}"
            yield DefinitionProblem(f"{path}.name", message)
        elif named.setdefault(name, (container, path))[1] != path:
            message = (
                "Container names must be unique within a task definition: "
                f"{describe_value(name)} is the name of {named[name][1]} already"
            )
            yield DefinitionProblem(f"{path}.name", message)
    if containers and not any(container.get("essential", True) for container, _ in containers):
        message = "Task definition doesn't have any essential container"
        yield DefinitionProblem("containerDefinitions", message)
    mode = definition.get("networkMode") or "bridge"
    for container, path in containers:
        yield from _image(container, f"{path}.image")
        yield from _links(container, path, named, definition)
        yield from _mounts(container, path, definition)
        yield from _volumes_from(container, path, named)
        yield from _dependencies(container, path, named)
        yield from _requirements(container, path, definition)
        yield from _ranges(container, path, mode)
        yield from setting_problems(container, path, definition)
    yield from _sharing(containers, definition)
    yield from _launch_volumes(definition, containers)
    yield from _cycles(named)
    yield from _port_names(containers, mode)
    if mode == "awsvpc":
        yield from _shared_ports(containers)
    yield from _log_routers(containers)


def _image(container: Definition, path: str) -> Problems:
    image = container.get("image")
    if image is None:
        yield DefinitionProblem(path, "is missing")
        return
    try:
        parse_image(image)
    except DocumentError as error:
        yield DefinitionProblem(path, error.message)


def _links(
    container: Definition, path: str, named: Mapping[str, Any], definition: Definition
) -> Problems:
    links = list(items(container, "links", path))
    mode = definition.get("networkMode", "bridge")
    if links and mode == "awsvpc":
        message = "Links are not supported when networkMode=awsvpc."
        yield DefinitionProblem(f"{path}.links", message)
    elif links and (mode != "bridge" or is_windows(definition)):
        yield DefinitionProblem(f"{path}.links", "links go with the networkMode bridge only")
    for link, here in links:
        name = link.partition(":")[0]
        if name not in named or name == container.get("name"):
            yield DefinitionProblem(here, f"there is no other container {describe_value(name)}")


def _launch_volumes(definition: Definition, containers: list[tuple[Definition, str]]) -> Problems:
    """Yield volumes that are configured at launch and that no container mounts (B42)."""
    mounted = {
        mount.get("sourceVolume")
        for container, path in containers
        for mount, _ in objects(container, "mountPoints", path)
    }
    for volume, path in objects(definition, "volumes"):
        if volume.get("configuredAtLaunch") and volume.get("name") not in mounted:
            name = plain_name(volume.get("name"))
            message = (
                f"Volumes [{name}] are not referenced by any of the containers, which a volume "
                "that is configured at launch must be"
            )
            yield DefinitionProblem(f"{path}.name", message)


def _mounts(container: Definition, path: str, definition: Definition) -> Problems:
    volumes = {volume.get("name") for volume, _ in objects(definition, "volumes")}
    seen: dict[str, str] = {}
    for mount, here in objects(container, "mountPoints", path):
        name, target = mount.get("sourceVolume"), mount.get("containerPath")
        if name is None:
            yield DefinitionProblem(f"{here}.sourceVolume", "is missing")
        elif name not in volumes:
            message = f"Unknown volume {describe_value(name)}."
            yield DefinitionProblem(f"{here}.sourceVolume", message)
        if not target:
            yield DefinitionProblem(f"{here}.containerPath", "is missing")
        elif seen.setdefault(target, here) != here:
            message = f"{seen[target]} is mounted at {describe_value(target)} already"
            yield DefinitionProblem(f"{here}.containerPath", message)


def _volumes_from(container: Definition, path: str, named: Mapping[str, Any]) -> Problems:
    for source, here in objects(container, "volumesFrom", path):
        name = source.get("sourceContainer")
        if name is None:
            yield DefinitionProblem(f"{here}.sourceContainer", "is missing")
        elif name not in named or name == container.get("name"):
            message = (
                f"Invalid 'volumesFrom' setting. Unknown container: {describe_value(name)}."
                if name not in named
                else "a container cannot mount its own volumes from itself"
            )
            yield DefinitionProblem(f"{here}.sourceContainer", message)


def _dependencies(
    container: Definition, path: str, named: Mapping[str, tuple[Definition, str]]
) -> Problems:
    """Yield dependencies that can never be met (the API on ``ContainerDependency``)."""
    for dependency, here in objects(container, "dependsOn", path):
        name, condition = dependency.get("containerName"), dependency.get("condition")
        if name is None:
            continue
        if name not in named:
            message = (
                f"Cannot depend on container + {describe_value(name)} because it does not exist"
            )
            yield DefinitionProblem(f"{here}.containerName", message)
            continue
        if name == container.get("name"):
            message = "a container cannot depend on itself"
            yield DefinitionProblem(f"{here}.containerName", message)
            continue
        other, where = named[name]
        if condition in ("COMPLETE", "SUCCESS") and other.get("essential", True):
            message = (
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential "
                f"container, which {where} is"
            )
            yield DefinitionProblem(f"{here}.condition", message)
        if condition == "HEALTHY" and other.get("healthCheck") is None:
            message = (
                "A dependency container with HEALTHY condition must have health check configured: "
                f"{where} has none"
            )
            yield DefinitionProblem(f"{here}.condition", message)


def _cycles(named: Mapping[str, tuple[Definition, str]]) -> Problems:
    """Yield the first circle of containers that wait for each other."""
    waits = {
        name: {
            before
            for dependency, _ in objects(container, "dependsOn")
            if (before := dependency.get("containerName")) in named and before != name
        }
        for name, (container, _) in named.items()
    }
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = error.args[1]
        message = f"containers wait for each other: {' -> '.join(reversed(circle))}"
        yield DefinitionProblem(f"{named[circle[-1]][1]}.dependsOn", message)


def _requirements(container: Definition, path: str, definition: Definition) -> Problems:
    """Yield resource requirements that name no accelerator, or a resource twice."""
    devices = {each.get("deviceName") for each, _ in objects(definition, "inferenceAccelerators")}
    seen: dict[str, str] = {}
    for requirement, here in objects(container, "resourceRequirements", path):
        kind, value = requirement.get("type"), requirement.get("value")
        if kind == "InferenceAccelerator" and value is not None and value not in devices:
            message = f"there is no {describe_value(value)} in inferenceAccelerators"
            yield DefinitionProblem(f"{here}.value", message)
        if kind == "GPU" and seen.setdefault(kind, here) != here:
            message = f"{seen[kind]} asks for GPUs already"
            yield DefinitionProblem(f"{here}.type", message)


def _sharing(containers: list[tuple[Definition, str]], definition: Definition) -> Problems:
    """Yield shared GPUs that do not go together (the API on ``ResourceRequirement``, B44)."""
    external = "EXTERNAL" in (definition.get("requiresCompatibilities") or ())
    whole = neuron = ""
    for container, path in containers:
        for requirement, here in objects(container, "resourceRequirements", path):
            kind, value = requirement.get("type"), requirement.get("value")
            if kind == "NeuronDevice" and neuron:
                message = f"{neuron} asks for NeuronDevice already; only one container can"
                yield DefinitionProblem(f"{here}.type", message)
            neuron = neuron or (here if kind == "NeuronDevice" else "")
            if kind != "GPU":
                continue
            message = ""
            if requirement.get("sharingStrategy") is None:
                whole = whole or here
            elif value is not None:
                message = "does not go with a value: a GPU is shared, or GPUs are the container's"
            elif whole:
                message = f"{whole} has GPUs of its own; all containers share, or none does"
            elif external:
                message = "external instances do not share GPUs"
            if message:
                yield DefinitionProblem(f"{here}.sharingStrategy", message)


def _ranges(container: Definition, path: str, mode: str) -> Problems:
    """Yield port ranges that overlap, or are too many (2.3); for awsvpc see ``_shared_ports``."""
    ranges: list[tuple[int, int, str, str]] = []
    for mapping, here in objects(container, "portMappings", path):
        text = mapping.get("containerPortRange") or ""
        found = RANGE.fullmatch(text)
        if found is None:  # none, or one that the reader refuses
            continue
        first, last = int(found[1]), int(found[2])
        protocol = mapping.get("protocol", "tcp")
        for low, high, other, where in ranges:
            if protocol == other and first <= high and low <= last and mode != "awsvpc":
                message = f"{text} overlaps {low}-{high} of {where}"
                yield DefinitionProblem(f"{here}.containerPortRange", message)
                break
        ranges.append((first, last, protocol, here))
    if len(ranges) > MAX_RANGES:
        message = f"at most {MAX_RANGES} port ranges are allowed, not {len(ranges)}"
        yield DefinitionProblem(f"{path}.portMappings", message)


def _port_names(containers: list[tuple[Definition, str]], mode: str) -> Problems:
    """Yield names of port mappings that are no names, or taken; they are names in the task."""
    seen: dict[str, str] = {}
    for container, path in containers:
        for mapping, here in objects(container, "portMappings", path):
            name = mapping.get("name")
            if name is None:
                continue
            if not (0 < len(name) <= 64 and not name.startswith("-") and _plain(name)):
                message = (
                    "expected up to 64 lower-case letters, digits, underscores and hyphens,"
                    f" not {describe_value(name)}"
                )
                yield DefinitionProblem(f"{here}.name", message)
            elif seen.setdefault(name, here) != here:
                message = (
                    f"When networkMode={mode}, port mapping name is already used: "
                    f"{seen[name]} is called {describe_value(name)}"
                )
                yield DefinitionProblem(f"{here}.name", message)


def _plain(name: str) -> bool:
    return all(character in "abcdefghijklmnopqrstuvwxyz0123456789_-" for character in name)


def _shared_ports(containers: list[tuple[Definition, str]]) -> Problems:
    """Yield container ports that a mapping before has: in awsvpc containers share an address."""
    taken: list[tuple[int, int, str]] = []
    for container, path in containers:
        for mapping, here in objects(container, "portMappings", path):
            ports = _container_ports(mapping)
            if ports is None:
                continue
            first, last = ports
            protocol = mapping.get("protocol") or "tcp"
            for low, high, other in taken:
                if protocol == other and first <= high and low <= last:
                    field = "containerPort" if "containerPort" in mapping else "containerPortRange"
                    message = (
                        f"{protocol.upper()} container port '{max(first, low)}' is used multiple "
                        "times in task when networkMode=awsvpc."
                    )
                    yield DefinitionProblem(f"{here}.{field}", message)
                    break
            taken.append((first, last, protocol))


def _container_ports(mapping: Definition) -> tuple[int, int] | None:
    """Return the first and last container port of a mapping; None if the reader refuses it."""
    port, text = mapping.get("containerPort"), mapping.get("containerPortRange")
    if text is None:
        return (port, port) if isinstance(port, int) and port > 0 else None
    found = RANGE.fullmatch(text)
    return None if found is None or port is not None else (int(found[1]), int(found[2]))


def _log_routers(containers: list[tuple[Definition, str]]) -> Problems:
    """Yield log routers beyond the first, and logs for a router that is not there."""
    routers = [
        f"{path}.firelensConfiguration"
        for container, path in containers
        if container.get("firelensConfiguration") is not None
    ]
    senders = [
        path
        for container, path in containers
        if (container.get("logConfiguration") or {}).get("logDriver") == "awsfirelens"
    ]
    if routers and not senders:
        message = (
            "When a firelensConfiguration object is specified, at least one container has to be "
            "configured with the awsfirelens log driver."
        )
        yield DefinitionProblem(routers[0], message)
    for router in routers[1:]:
        yield DefinitionProblem(router, f"{routers[0]} routes the logs already")
    for path in senders if not routers else ():
        message = (
            "When awsfirelens log driver is specified in log configuration, a firelens "
            "configuration object must be configured in one of the containers."
        )
        yield DefinitionProblem(f"{path}.logConfiguration.logDriver", message)
