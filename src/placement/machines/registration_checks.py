"""Checks of what a container instance registers: attributes, resources, identity document.

In: the values of a registration, whose types are right.  Out: attributes by name, resources with
all their fields, an instance id; or ``DocumentError``, whose message is a whole sentence, as the
service words it, and whose path is that of the parameter.  Knows no cluster and no call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from placement.documents.resources import RESOURCE_FIELDS, resource_to_ecs
from placement.errors import DocumentError, describe_value
from placement.model import MAX_PORTS
from placement.model.checks import MAX_AMOUNT, MAX_PORT, is_neuron_resource
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS

__all__ = [
    "AGENT_PREFIXES",
    "MAX_CUSTOM",
    "TARGET_TYPES",
    "attributes_by_name",
    "check_attribute",
    "ec2_instance_id",
    "is_custom_attribute",
    "registered_resources",
]

Document = dict[str, Any]

RESERVED_PREFIXES = ("ecs.", "com.amazonaws.ecs.")
"""What the names of attributes begin with that are not custom."""

AGENT_PREFIXES = ("ecs.capability.", "com.amazonaws.ecs.capability.")
"""What the names of attributes begin with that only the agent sets."""

TARGET_TYPES = ("container-instance",)
"""What an attribute can belong to."""

MAX_CUSTOM = 10
"""Custom attributes of an instance, and attributes in a call (1.5, B16)."""

MAX_IDENTITY = 65_536
"""Characters of an identity document; real ones have some five hundred."""

_NAME = re.compile(r"[A-Za-z0-9_/\\.-]{1,128}")
_VALUE = re.compile(r"[A-Za-z0-9_/\\.@: -]{1,128}")

_BUILT_IN_TYPES = {
    "CPU": "INTEGER",
    "MEMORY": "INTEGER",
    "PORTS": "STRINGSET",
    "PORTS_UDP": "STRINGSET",
    "GPU": "STRINGSET",
}
"""The types of resources that ECS knows; any other resource may have any type."""

_DEVICE_TYPES = ("GPU", "NEURON_DEVICE")


# Attributes


def is_custom_attribute(name: str) -> bool:
    """Return whether an attribute counts for the limit of ten (B16)."""
    return not name.startswith(RESERVED_PREFIXES)


def check_attribute(attribute: Mapping[str, Any], path: str) -> None:
    """Refuse an attribute whose name, value or target type is not as section 1.5 says.

    Raises:
        DocumentError: one of them is not.
    """
    name, value, target = (attribute.get(key) for key in ("name", "value", "targetType"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DocumentError(
            "An attribute's name is 1 to 128 letters, digits, hyphens, underscores, slashes, "
            f"backslashes and periods, not {describe_value(name)}.",
            f"{path}.name",
        )
    if value is not None and (not _VALUE.fullmatch(value) or value != value.strip(" ")):
        raise DocumentError(
            f"The value of attribute {name} is 1 to 128 letters, digits, hyphens, underscores, "
            "slashes, backslashes, periods, at signs, colons and spaces, without spaces at its "
            f"ends, not {describe_value(value)}.",
            f"{path}.value",
        )
    if target is not None:
        _check_one_of(target, "targetType", TARGET_TYPES, f"{path}.targetType")


def attributes_by_name(attributes: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return the attributes that an instance registers with; None for one without value.

    Raises:
        DocumentError: one is not as section 1.5 says, a name is listed twice, or more are custom
            than an instance can have (B16).
    """
    found: dict[str, str | None] = {}
    for number, attribute in enumerate(attributes):
        path = f"attributes[{number}]"
        check_attribute(attribute, path)
        name = attribute["name"]
        if name in found:
            raise DocumentError(f"Attribute {name} is listed twice.", f"{path}.name")
        found[name] = attribute.get("value")
    if sum(map(is_custom_attribute, found)) > MAX_CUSTOM:
        message = f"A container instance can have at most {MAX_CUSTOM} custom attributes."
        raise DocumentError(message, "attributes")
    return found


# Resources


def registered_resources(
    resources: Iterable[Mapping[str, Any]],
    devices: Iterable[Mapping[str, Any]],
    *,
    windows: bool,
) -> list[Document]:
    """Return ``registeredResources``: what is given, and what is assumed where it is not (B13, C9).

    Args:
        resources: ``totalResources``.
        devices: ``platformDevices``; the GPUs among them are the resource GPU, the Neuron devices
            NEURON_DEVICE, unless the resources name such (B44).
        windows: Whether the agent runs on Windows, which reserves other ports.

    Raises:
        DocumentError: a resource or a device has not the form that ECS gives it, a resource is
            listed twice, or more ports are reserved than an instance has (B20).
    """
    found: dict[str, Document] = {
        "CPU": resource_to_ecs("CPU", "INTEGER", 0),
        "MEMORY": resource_to_ecs("MEMORY", "INTEGER", 0),
        "PORTS": resource_to_ecs("PORTS", "STRINGSET", _default_ports(windows)),
        "PORTS_UDP": resource_to_ecs("PORTS_UDP", "STRINGSET", []),
    }
    seen = set()
    for number, one in enumerate(resources):
        path = f"totalResources[{number}]"
        read = _resource(one, path)
        if read["name"] in seen:
            message = f"Resource {describe_value(read['name'])} is listed twice."
            raise DocumentError(message, f"{path}.name")
        seen.add(read["name"])
        found[read["name"]] = read
    gpus, neuron_devices = _devices(devices)
    if neuron_devices and not any(map(is_neuron_resource, found)):
        name = "NEURON_DEVICE"
        found[name] = resource_to_ecs(name, "STRINGSET", neuron_devices)
    if gpus:
        resource = found.setdefault("GPU", resource_to_ecs("GPU", "STRINGSET", gpus))
        if sorted(resource["stringSetValue"]) != sorted(gpus):
            message = "The GPUs of platformDevices are not those of the resource GPU."
            raise DocumentError(message, "platformDevices")
    reserved = sum(len(found[name]["stringSetValue"]) for name in ("PORTS", "PORTS_UDP"))
    if reserved > MAX_PORTS:
        message = f"Too many ports registered: {reserved}, at most {MAX_PORTS}."
        raise DocumentError(message, "totalResources")
    return list(found.values())


def _default_ports(windows: bool) -> list[str]:
    return [str(port) for port in (WINDOWS_PORTS if windows else LINUX_PORTS)]


def _devices(devices: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the ids of GPUs and of Neuron devices."""
    listed = list(devices)
    for number, device in enumerate(listed):
        path = f"platformDevices[{number}].type"
        _check_one_of(device["type"], "Device type", _DEVICE_TYPES, path)
    gpus, neuron_devices = (
        [device["id"] for device in listed if device["type"] == kind] for kind in _DEVICE_TYPES
    )
    return gpus, neuron_devices


def _resource(given: Mapping[str, Any], path: str) -> Document:
    """Return a resource with all its fields; its type says which of them is its value."""
    name, type = given.get("name"), given.get("type")
    if not name:
        raise DocumentError("A resource needs a name.", f"{path}.name")
    quoted = describe_value(name)
    _check_one_of(type, f"The type of resource {quoted}", tuple(RESOURCE_FIELDS), f"{path}.type")
    expected = _BUILT_IN_TYPES.get(name, type)
    if type != expected:
        message = f"Resource {name} has the type {expected}, not {type}."
        raise DocumentError(message, f"{path}.type")
    field = RESOURCE_FIELDS[str(type)]
    here, value = f"{path}.{field}", given.get(field)
    if value is None:
        raise DocumentError(f"Resource {quoted} has no {field}.", here)
    if type != "STRINGSET" and not 0 <= value < MAX_AMOUNT:
        message = f"Resource {quoted} is not from 0 to 2**56: {describe_value(value)}."
        raise DocumentError(message, here)
    if name in ("PORTS", "PORTS_UDP"):
        value = [_port(text, f"{here}[{number}]") for number, text in enumerate(value)]
    if type == "STRINGSET" and len(set(value)) < len(value):
        raise DocumentError(f"Resource {quoted} lists a value twice.", here)
    return resource_to_ecs(name, str(type), value)


def _port(text: str, path: str) -> str:
    """Return a port without leading zeros."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= number <= MAX_PORT:
        message = f"A port is a number from 1 to {MAX_PORT}, not {describe_value(text)}."
        raise DocumentError(message, path)
    return str(number)


# The identity document


def ec2_instance_id(text: str | None) -> str | None:
    """Return the instance id of an identity document, None without a document (B7, B12).

    Raises:
        DocumentError: it is no such document.
    """
    path = "instanceIdentityDocument"
    if text is None:
        return None
    if len(text) > MAX_IDENTITY:
        raise DocumentError(f"{path} has more than {MAX_IDENTITY} characters.", path)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise DocumentError(f"{path} is no JSON document.", path) from None
    id = document.get("instanceId") if isinstance(document, dict) else None
    if not isinstance(id, str) or not id or len(id) > 255 or not id.isprintable():
        raise DocumentError(f"{path} names no instanceId.", path)
    return id


def _check_one_of(value: Any, name: str, allowed: Sequence[str], path: str) -> None:
    if value not in allowed:
        listed = ",".join(allowed)
        message = f"{name} should be one of [{listed}], not {describe_value(value)}."
        raise DocumentError(message, path)
