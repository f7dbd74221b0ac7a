"""Task definitions as the ECS API describes them.

In: what ``aws ecs describe-task-definition`` prints, parsed from JSON.  Out: ``TaskDefinition``,
the part of it that decides where a task can go, or ``DocumentError`` with the path of what is
wrong.  Images, commands, volumes and roles are not looked at.  Knows the field names of the API;
constraints stay the texts they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from placement.documents.fields import default, kind, required, sequence, size
from placement.errors import DocumentError, shown
from placement.model.checks import MAX_AMOUNT, MAX_COUNT, MAX_PORT, checked_text

__all__ = ["TaskDefinition", "task_definition_from_ecs"]

MIN_MEMORY = 4
"""MiB that a container needs at least (B25)."""

NETWORK_MODES = ("bridge", "host", "awsvpc", "none", "default")
"""``default`` is what Windows has instead of ``bridge``; ports are the same in both (2.3)."""

Pairs = Sequence[tuple[Mapping[str, Any], str]]
"""Objects of a document, each with its path."""


@attrs.frozen(kw_only=True)
class TaskDefinition:
    """What placement uses of a task definition; ``placement.Task`` says what the fields mean.

    Attributes:
        arn: ``taskDefinitionArn``, None where the document has none.
        constraints: The expressions of its memberOf constraints, as written.
    """

    arn: str | None
    family: str
    revision: int
    cpu: int
    memory: int
    gpus: int
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]
    dynamic_ports: int
    network_interface: bool
    attributes: Mapping[str, str | None]
    operating_system: str | None
    architecture: str | None
    constraints: tuple[str, ...]


def task_definition_from_ecs(document: Any) -> TaskDefinition:
    """Return what placement uses of a task definition.

    ``document`` is what describe-task-definition prints (an object with ``taskDefinition``), or the
    definition itself.  Paths in errors start at the definition.

    Raises:
        DocumentError: a field has not the form that ECS gives it.
    """
    definition = _definition(document)
    required(definition, "containerDefinitions", "")
    containers = _objects(definition, "containerDefinitions", "")
    if not containers:
        raise DocumentError("expected at least one container", "containerDefinitions")
    operating_system, architecture = _platform(definition)
    windows = operating_system not in (None, "LINUX")  # B27
    arn = definition.get("taskDefinitionArn")
    mode = default(definition.get("networkMode"), "bridge")
    if mode not in NETWORK_MODES:
        raise _wrong(f"one of {', '.join(NETWORK_MODES)}", mode, "networkMode")
    ports = _ports(containers, mode)
    return TaskDefinition(
        arn=None if arn is None else checked_text(arn, "taskDefinitionArn"),
        family=checked_text(required(definition, "family", ""), "family"),
        revision=_number(default(definition.get("revision"), 0), "revision", 0, MAX_COUNT),
        cpu=_cpu(definition, containers, windows),
        memory=_memory(definition, containers, windows),
        gpus=_gpus(containers, windows),
        tcp_ports=tuple([port for port, protocol in ports.static if protocol == "tcp"]),
        udp_ports=tuple([port for port, protocol in ports.static if protocol == "udp"]),
        dynamic_ports=ports.dynamic,
        network_interface=mode == "awsvpc",
        attributes=_attributes(definition),
        operating_system=operating_system,
        architecture=architecture,
        constraints=_constraints(definition),
    )


def _definition(document: Any) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        message = f"expected a document of describe-task-definition, not {kind(document)}"
        raise DocumentError(message, "")
    if "taskDefinition" not in document:
        return document
    definition = document["taskDefinition"]
    if not isinstance(definition, Mapping):
        raise DocumentError(f"expected an object, not {kind(definition)}", "taskDefinition")
    return definition


# Sizes


def _cpu(definition: Mapping[str, Any], containers: Pairs, windows: bool) -> int:
    """Return CPU units: those of the task, else the sum over containers (A23)."""
    task_level = _size(definition, "cpu", "vCPU")
    found = [
        _number(default(container.get("cpu"), 0), f"{path}.cpu", 0)
        for container, path in containers
    ]
    return sum(found) if windows or task_level is None else task_level


def _memory(definition: Mapping[str, Any], containers: Pairs, windows: bool) -> int:
    """Return MiB: those of the task, else the sum over containers of what they reserve (2.2)."""
    task_level = _size(definition, "memory", "GB")
    total = sum(_reserved(container, path, task_level is None) for container, path in containers)
    if windows or task_level is None:  # Windows does not look at sizes of the task (2.2)
        return total
    if total > task_level:
        message = f"its containers reserve {total} MiB, more than {task_level} (A24)"
        raise DocumentError(message, "memory")
    return task_level


def _reserved(container: Mapping[str, Any], path: str, needed: bool) -> int:
    """Return MiB a container reserves: memoryReservation, else memory (2.2, B25)."""
    hard = _given(container, "memory", path)
    soft = _given(container, "memoryReservation", path)
    if hard is None and soft is None and needed:
        message = "memory or memoryReservation is missing, and the task has no memory"
        raise DocumentError(message, path)
    if hard is not None and soft is not None and hard <= soft:
        message = f"expected less than memory, which is {hard}, not {soft}"
        raise DocumentError(message, f"{path}.memoryReservation")
    return soft or hard or 0


def _given(container: Mapping[str, Any], name: str, path: str) -> int | None:
    value = container.get(name)
    return None if value is None else _number(value, f"{path}.{name}", MIN_MEMORY)


def _size(definition: Mapping[str, Any], name: str, unit: str) -> int | None:
    """Return a size of the task: ``"512"``, or 1,024 for each vCPU or GB of ``".5 vCPU"`` (2.2)."""
    value = definition.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or value.strip("0123456789. ").lower() not in ("", unit.lower()):
        raise _wrong(f'text such as "512" or ".5 {unit}"', value, name)
    return size(value, name)


def _gpus(containers: Pairs, windows: bool) -> int:
    """Return whole GPUs; elastic inference counts by its attribute only (2.2)."""
    total = 0
    for container, path in containers:
        for requirement, here in _objects(container, "resourceRequirements", path):
            name = required(requirement, "type", here)
            if name not in ("GPU", "InferenceAccelerator"):
                raise _wrong("GPU or InferenceAccelerator", name, f"{here}.type")
            value = required(requirement, "value", here)
            if name == "InferenceAccelerator":
                continue
            if windows:
                raise DocumentError("Windows tasks cannot have GPUs", here)
            if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value):
                raise _wrong('a number of GPUs as text, such as "1"', value, f"{here}.value")
            total += int(value)
    return total


# Ports


@attrs.frozen
class _Ports:
    """Host ports: static ones with their protocol, and how many are chosen on the instance."""

    static: Sequence[tuple[int, str]]
    dynamic: int


def _ports(containers: Pairs, mode: str) -> _Ports:
    static: dict[tuple[int, str], str] = {}
    dynamic = 0
    for container, path in containers:
        for mapping, here in _objects(container, "portMappings", path):
            if mode == "none":
                raise DocumentError("networkMode none takes no port mappings", here)
            protocol = default(mapping.get("protocol"), "tcp")
            if protocol not in ("tcp", "udp"):
                raise _wrong("tcp or udp", protocol, f"{here}.protocol")
            port, further = _host_ports(mapping, here, mode)
            dynamic += further
            first = static.setdefault((port, protocol), here) if port else here
            if first != here:
                message = f"{protocol} port {port} is taken by {first} already (A27)"
                raise DocumentError(message, f"{here}.hostPort")
    return _Ports(tuple(static), dynamic)


def _host_ports(mapping: Mapping[str, Any], path: str, mode: str) -> tuple[int, int]:
    """Return the static host port of a mapping, 0 for none, and how many dynamic ones (2.3)."""
    if mapping.get("containerPortRange") is not None:
        return 0, _range(mapping, path, mode)
    inner = _number(required(mapping, "containerPort", path), f"{path}.containerPort", 1, MAX_PORT)
    outer = mapping.get("hostPort")
    port = 0 if outer is None else _number(outer, f"{path}.hostPort", 0, MAX_PORT)
    match mode:
        case "awsvpc":
            if outer is not None and port != inner:
                raise _wrong(f"the containerPort, {inner}, in awsvpc", port, f"{path}.hostPort")
            return 0, 0  # a port of the task's own interface, not of the host
        case "host":
            if port not in (0, inner):  # A26
                raise _wrong(f"the containerPort, {inner}, in host", port, f"{path}.hostPort")
            return inner, 0
    return port, 0 if port else 1


def _range(mapping: Mapping[str, Any], path: str, mode: str) -> int:
    """Return how many dynamic host ports a containerPortRange takes."""
    here = f"{path}.containerPortRange"
    value = mapping["containerPortRange"]
    if mode == "host":
        raise DocumentError("networkMode host takes no port ranges", here)
    for name in ("containerPort", "hostPort"):
        if mapping.get(name):
            raise DocumentError(f"{name} does not go with containerPortRange", f"{path}.{name}")
    found = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", value) if isinstance(value, str) else None
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 1 <= first < last <= MAX_PORT:
        raise _wrong("a range of ports such as 8000-8010", value, here)
    return 0 if mode == "awsvpc" else last - first + 1


# Where it may run


def _platform(definition: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return operating system and architecture of ``runtimePlatform`` (A30)."""
    platform = definition.get("runtimePlatform")
    if platform is None:
        return None, None
    if not isinstance(platform, Mapping):
        raise DocumentError(f"expected an object, not {kind(platform)}", "runtimePlatform")
    system, architecture = (
        platform.get(name) for name in ("operatingSystemFamily", "cpuArchitecture")
    )
    if system is not None:
        here = "runtimePlatform.operatingSystemFamily"
        if checked_text(system, here) != "LINUX" and not system.startswith("WINDOWS_"):
            raise _wrong("LINUX or a version of WINDOWS_SERVER", system, here)
    if architecture not in (None, "X86_64", "ARM64"):
        raise _wrong("X86_64 or ARM64", architecture, "runtimePlatform.cpuArchitecture")
    return system, architecture


def _attributes(definition: Mapping[str, Any]) -> dict[str, str | None]:
    """Return ``requiresAttributes``: names, and values where the instance's must be equal (2.7)."""
    found: dict[str, str | None] = {}
    for attribute, path in _objects(definition, "requiresAttributes", ""):
        name = checked_text(required(attribute, "name", path), f"{path}.name")
        value = attribute.get("value")
        if value is not None:
            checked_text(value, f"{path}.value", empty=True)
        if found.setdefault(name, value) != value:
            raise DocumentError(f"attribute {name} stands twice", f"{path}.name")
    return found


def _constraints(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the expressions; a task definition takes no other constraint than memberOf (2.6)."""
    found = []
    for constraint, path in _objects(definition, "placementConstraints", ""):
        name = required(constraint, "type", path)
        if name != "memberOf":
            raise _wrong("memberOf, as in every task definition", name, f"{path}.type")
        expression = required(constraint, "expression", path)
        if not isinstance(expression, str):
            raise _wrong("an expression", expression, f"{path}.expression")
        found.append(expression)
    return tuple(found)


# Values


def _objects(document: Mapping[str, Any], name: str, path: str) -> Pairs:
    """Return the objects in a list, each with its path; none where the list is not there."""
    here = f"{path}.{name}" if path else name
    found = []
    for number, value in enumerate(sequence(document.get(name), here)):
        if not isinstance(value, Mapping):
            raise DocumentError(f"expected an object, not {kind(value)}", f"{here}[{number}]")
        found.append((value, f"{here}[{number}]"))
    return found


def _number(value: Any, path: str, low: int, high: int = MAX_AMOUNT) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        upper = "" if high == MAX_AMOUNT else f" to {high}"
        raise _wrong(f"a whole number from {low}{upper}", value, path)
    return value


def _wrong(expected: str, value: Any, path: str) -> DocumentError:
    return DocumentError(f"expected {expected}, not {shown(value)}", path)
