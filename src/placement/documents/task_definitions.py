"""Task definitions as the ECS API describes them.

In: what ``aws ecs describe-task-definition`` prints, parsed from JSON.  Out: ``TaskDefinition``,
the part of it that decides where a task can go, or ``DocumentError`` with the path of what is
wrong.  Images, commands, volumes and roles are not read, and sizes are not compared: what ECS has
registered is taken, also where it would be refused today (B45).  Knows the field names of the API;
constraints are not parsed.  Nothing is written: placement keeps too little of a definition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import attrs

from placement.documents.accelerators import gpus_of, gpus_together, neuron_devices_of
from placement.documents.fields import default, required, sequence, size, type_name
from placement.documents.forms import refuse_other_forms
from placement.errors import DocumentError, describe_value
from placement.model import MAX_COUNT
from placement.model.checks import MAX_AMOUNT, MAX_PORT, checked_text

__all__ = ["TaskDefinition", "task_definition_from_ecs"]

MIN_MEMORY = 4
"""MiB that a container needs at least (B25)."""

NETWORK_MODES = ("bridge", "host", "awsvpc", "none", "default")
"""``default`` is what Windows has instead of ``bridge``; ports are the same in both (2.3)."""

Pairs = Sequence[tuple[Mapping[str, Any], str]]
"""Objects of a document, each with its path."""

_SAME_PORTS = (
    "When networkMode={}, the host ports and container ports in port mappings must match. "
    "The containerPort is {}, the hostPort {}"
)
"""What ECS says in the modes ``host`` and ``awsvpc``, and what it is about."""

Complain = Callable[[DocumentError], None]
"""What is done with a problem: raising it ends the reading, returning continues it."""

Given = ParamSpec("Given")
Read = TypeVar("Read")


@attrs.frozen(kw_only=True)
class TaskDefinition:
    """The part of a task definition that placement uses; ``placement.Task`` explains the fields.

    Attributes:
        arn: ``taskDefinitionArn``, None where the document has none.
        constraints: The expressions of its memberOf constraints, as written.
    """

    arn: str | None
    family: str
    revision: int
    cpu: int
    memory: int
    gpus: int | str
    neuron_devices: int | str
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]
    dynamic_ports: int
    network_interface: bool
    attributes: Mapping[str, str | None]
    operating_system: str | None
    architecture: str | None
    constraints: tuple[str, ...]


def _raised(error: DocumentError) -> None:
    raise error


def _tried(
    complain: Complain,
    otherwise: Read,
    read: Callable[Given, Read],
    *arguments: Given.args,
    **options: Given.kwargs,
) -> Read:
    """Return what ``read`` returns; ``otherwise`` if it raises and ``complain`` returns."""
    try:
        return read(*arguments, **options)
    except DocumentError as error:
        complain(error)
        return otherwise


def task_definition_from_ecs(document: Any, complain: Complain = _raised) -> TaskDefinition:
    """Return what placement uses of a task definition.

    ``document`` is what describe-task-definition prints (an object with ``taskDefinition``), or the
    definition itself.  Paths in errors start at the definition.  With a ``complain`` that returns,
    reading continues and each problem is passed to it; if there was one, the result is meaningless.

    Raises:
        DocumentError: a field has not the form that ECS gives it.
    """
    definition = _definition(document)
    required(definition, "containerDefinitions", "")
    containers = _objects(definition, "containerDefinitions", "", complain)
    if not containers:
        complain(DocumentError("Container list cannot be empty", "containerDefinitions"))
    operating_system, architecture = _tried(complain, (None, None), _platform, definition)
    windows = operating_system not in (None, "LINUX")  # B27
    arn = definition.get("taskDefinitionArn")
    mode = _tried(complain, "bridge", _network_mode, definition)
    ports = _ports(containers, mode, complain)
    gpus, neuron_devices = _devices(containers, windows, complain)
    revision = default(definition.get("revision"), 0)
    return TaskDefinition(
        arn=None if arn is None else checked_text(arn, "taskDefinitionArn"),
        family=_tried(complain, "", _family, definition),
        revision=_tried(complain, 0, _number, revision, "revision", 0, MAX_COUNT),
        cpu=_cpu(definition, containers, windows, complain),
        memory=_memory(definition, containers, windows, complain),
        gpus=gpus,
        neuron_devices=neuron_devices,
        tcp_ports=tuple([port for port, protocol in ports.static if protocol == "tcp"]),
        udp_ports=tuple([port for port, protocol in ports.static if protocol == "udp"]),
        dynamic_ports=ports.dynamic,
        network_interface=mode == "awsvpc",
        attributes=_attributes(definition, complain),
        operating_system=operating_system,
        architecture=architecture,
        constraints=_constraints(definition, complain),
    )


def _family(definition: Mapping[str, Any]) -> str:
    return checked_text(required(definition, "family", ""), "family")


def _network_mode(definition: Mapping[str, Any]) -> str:
    mode: str = default(definition.get("networkMode"), "bridge")
    if mode not in NETWORK_MODES:
        raise _wrong(f"one of {', '.join(NETWORK_MODES)}", mode, "networkMode")
    return mode


def _definition(document: Any) -> Mapping[str, Any]:
    refuse_other_forms(document)
    if not isinstance(document, Mapping):
        message = f"expected a document of describe-task-definition, not {type_name(document)}"
        raise DocumentError(message, "")
    if "taskDefinition" not in document:
        return document
    definition = document["taskDefinition"]
    if not isinstance(definition, Mapping):
        raise DocumentError(f"expected an object, not {type_name(definition)}", "taskDefinition")
    return definition


# Sizes


def _cpu(
    definition: Mapping[str, Any], containers: Pairs, windows: bool, complain: Complain
) -> int:
    """Return CPU units: those of the task, else the sum over containers (A23)."""
    task_level = _tried(complain, None, _size, definition, "cpu", "vCPU")
    found = [
        _tried(complain, 0, _number, default(container.get("cpu"), 0), f"{path}.cpu", 0)
        for container, path in containers
    ]
    return sum(found) if windows or task_level is None else task_level


def _memory(
    definition: Mapping[str, Any], containers: Pairs, windows: bool, complain: Complain
) -> int:
    """Return MiB: those of the task, else the sum over containers of what they reserve (2.2)."""
    needed = definition.get("memory") is None
    task_level = _tried(complain, None, _size, definition, "memory", "GB")
    total = sum(_reserved(container, path, needed, complain) for container, path in containers)
    # Windows ignores sizes of the task (2.2).
    return total if windows or task_level is None else task_level


def _reserved(container: Mapping[str, Any], path: str, needed: bool, complain: Complain) -> int:
    """Return MiB a container reserves: memoryReservation, else memory (2.2, B25)."""
    hard = _tried(complain, None, _given, container, "memory", path)
    soft = _tried(complain, None, _given, container, "memoryReservation", path)
    if needed and container.get("memory") is None and container.get("memoryReservation") is None:
        message = (
            "At least one of 'memory' or 'memoryReservation' must be specified: the task has none"
        )
        complain(DocumentError(message, path))
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


def _devices(containers: Pairs, windows: bool, complain: Complain) -> tuple[int | str, int | str]:
    """Return whole GPUs of all containers, or ALL, and Neuron devices: 0 or ALL (B44)."""
    requirements = [
        found
        for container, path in containers
        for found in _objects(container, "resourceRequirements", path, complain)
    ]
    gpus = [
        _tried(complain, 0, gpus_of, requirement, here, windows=windows)
        for requirement, here in requirements
    ]
    return gpus_together(gpus), neuron_devices_of(requirement for requirement, _ in requirements)


# Ports


@attrs.frozen
class _Ports:
    """Host ports: static ones with their protocol, and the number of dynamic ones."""

    static: Sequence[tuple[int, str]]
    dynamic: int


def _ports(containers: Pairs, mode: str, complain: Complain) -> _Ports:
    static: dict[tuple[int, str], str] = {}
    dynamic = 0
    for container, path in containers:
        for mapping, here in _objects(container, "portMappings", path, complain):
            nothing = (0, 0, "tcp")
            name = container.get("name")
            port, further, protocol = _tried(
                complain, nothing, _mapping, mapping, here, name, mode, complain
            )
            dynamic += further
            first = static.setdefault((port, protocol), here) if port else here
            if first != here:
                message = f"{protocol} port {port} is taken by {first} already (A27)"
                complain(DocumentError(message, f"{here}.hostPort"))
    return _Ports(tuple(static), dynamic)


def _mapping(
    mapping: Mapping[str, Any], path: str, container: Any, mode: str, complain: Complain
) -> tuple[int, int, str]:
    """Return static host port (0 for none), number of dynamic ports, and protocol of a mapping.

    ``container`` is the name of its container, for messages.
    """
    if mode == "none":
        raise DocumentError("networkMode none takes no port mappings", path)
    protocol = default(mapping.get("protocol"), "tcp")
    if protocol not in ("tcp", "udp"):
        complain(_wrong("tcp or udp", protocol, f"{path}.protocol"))
        protocol = "tcp"
    return *_host_ports(mapping, path, container, mode, complain), protocol


def _host_ports(
    mapping: Mapping[str, Any], path: str, container: Any, mode: str, complain: Complain
) -> tuple[int, int]:
    """Return static host port, 0 for none, and number of dynamic ports of a mapping (2.3)."""
    if mapping.get("containerPortRange") is not None:
        return 0, _range(mapping, path, container, mode)
    inner = _tried(complain, 0, _port, required(mapping, "containerPort", path), path, True)
    outer = mapping.get("hostPort")
    port = 0 if outer is None else _tried(complain, 0, _port, outer, path, False)
    match mode:
        case "awsvpc":
            if outer is not None and port != inner and inner:
                raise DocumentError(_SAME_PORTS.format(mode, inner, port), f"{path}.hostPort")
            return 0, 0  # a port of the task's own interface, not of the host
        case "host":
            if port not in (0, inner) and inner:  # A26
                raise DocumentError(_SAME_PORTS.format(mode, inner, port), f"{path}.hostPort")
            return inner, 0
    return port, 0 if port else 1


def _port(value: Any, path: str, inner: bool) -> int:
    name = "containerPort" if inner else "hostPort"
    return _number(value, f"{path}.{name}", int(inner), MAX_PORT)


def _range(mapping: Mapping[str, Any], path: str, container: Any, mode: str) -> int:
    """Return the number of dynamic host ports that a ``containerPortRange`` takes."""
    here = f"{path}.containerPortRange"
    value = mapping["containerPortRange"]
    if mode == "host":
        raise DocumentError("networkMode host takes no port ranges", here)
    for name in ("containerPort", "hostPort"):
        if mapping.get(name):
            message = (
                f"Invalid port mapping for container {describe_value(container)}, cannot specify "
                "both single port and port range."
            )
            raise DocumentError(message, f"{path}.{name}")
    found = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", value) if isinstance(value, str) else None
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 1 <= first < last <= MAX_PORT:
        message = (
            f"Invalid 'containerPortRange' setting for container {describe_value(container)}. "
            f"Expected a range of ports such as 8000-8010, not {describe_value(value)}"
        )
        raise DocumentError(message, here)
    return 0 if mode == "awsvpc" else last - first + 1


# Where it may run


def _platform(definition: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return operating system and architecture of ``runtimePlatform`` (A30)."""
    platform = definition.get("runtimePlatform")
    if platform is None:
        return None, None
    if not isinstance(platform, Mapping):
        raise DocumentError(f"expected an object, not {type_name(platform)}", "runtimePlatform")
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


def _attributes(definition: Mapping[str, Any], complain: Complain) -> dict[str, str | None]:
    """Return ``requiresAttributes``: names, and values where the instance's must be equal (2.7)."""
    found: dict[str, str | None] = {}
    for attribute, path in _objects(definition, "requiresAttributes", "", complain):
        _tried(complain, None, _add_attribute, found, attribute, path)
    return found


def _add_attribute(found: dict[str, str | None], attribute: Mapping[str, Any], path: str) -> None:
    name = checked_text(required(attribute, "name", path), f"{path}.name")
    value = attribute.get("value")
    if value is not None:
        checked_text(value, f"{path}.value", empty=True)
    if found.setdefault(name, value) != value:
        raise DocumentError(f"attribute {name} is listed twice", f"{path}.name")


def _constraints(definition: Mapping[str, Any], complain: Complain) -> tuple[str, ...]:
    """Return the expressions; a task definition takes no other constraint than memberOf (2.6)."""
    found = [
        _tried(complain, "", _expression, constraint, path)
        for constraint, path in _objects(definition, "placementConstraints", "", complain)
    ]
    return tuple(found)


def _expression(constraint: Mapping[str, Any], path: str) -> str:
    name = required(constraint, "type", path)
    if name == "distinctInstance":
        raise DocumentError(f"constraint.type '{name}' is not supported.", f"{path}.type")
    if name != "memberOf":
        raise _wrong("memberOf, as in every task definition", name, f"{path}.type")
    expression = required(constraint, "expression", path)
    if not isinstance(expression, str):
        raise _wrong("an expression", expression, f"{path}.expression")
    return expression


# Values


def _objects(document: Mapping[str, Any], name: str, path: str, complain: Complain) -> Pairs:
    """Return the objects in a list, each with its path; none where the list is missing."""
    here = f"{path}.{name}" if path else name
    nothing: list[Any] | tuple[Any, ...] = []
    found = []
    for number, value in enumerate(_tried(complain, nothing, sequence, document.get(name), here)):
        if isinstance(value, Mapping):
            found.append((value, f"{here}[{number}]"))
        else:
            message = f"expected an object, not {type_name(value)}"
            complain(DocumentError(message, f"{here}[{number}]"))
    return found


def _number(value: Any, path: str, low: int, high: int = MAX_AMOUNT) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        is_above = type(value) is int and value > high
        upper = f" to {high}" if high != MAX_AMOUNT or is_above else ""
        raise _wrong(f"a whole number from {low}{upper}", value, path)
    return value


def _wrong(expected: str, value: Any, path: str) -> DocumentError:
    return DocumentError(f"expected {expected}, not {describe_value(value)}", path)
