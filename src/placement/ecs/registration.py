"""What an agent registers, read: resources, attributes, the identity document.

In: parameters of RegisterContainerInstance and PutAttributes, types right.  Out: what records and
the engine take, or ``InvalidParameterException``.  Changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.instances import instance_from_ecs
from placement.ecs.answers import resource
from placement.ecs.checking import check_one_of, invalid
from placement.ecs.records import Document
from placement.errors import DocumentError, describe_value
from placement.model import MAX_PORTS, Instance
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS

__all__ = [
    "AGENT_PREFIXES",
    "MAX_CUSTOM",
    "check_attribute",
    "custom",
    "ec2_instance_id",
    "read_attributes",
    "read_instance",
    "registered_resources",
]

RESERVED_PREFIXES = ("ecs.", "com.amazonaws.ecs.")
AGENT_PREFIXES = ("ecs.capability.", "com.amazonaws.ecs.capability.")
MAX_CUSTOM = 10
"""Custom attributes of an instance, and attributes in a call (1.5, B16)."""

MAX_IDENTITY = 65_536
"""Characters of an identity document; real ones have some five hundred."""

NAME = re.compile(r"[A-Za-z0-9_/\\.-]{1,128}")
VALUE = re.compile(r"[A-Za-z0-9_/\\.@: -]{1,128}")

TARGET = ("container-instance",)

VALUES = {
    "INTEGER": "integerValue",
    "LONG": "longValue",
    "DOUBLE": "doubleValue",
    "STRINGSET": "stringSetValue",
}
BUILT_IN = {"CPU": "INTEGER", "MEMORY": "INTEGER", "PORTS": "STRINGSET", "PORTS_UDP": "STRINGSET"}


# Attributes


def custom(name: str) -> bool:
    """Return whether an attribute counts for the limit of ten (B16)."""
    return not name.startswith(RESERVED_PREFIXES)


def check_attribute(attribute: Document) -> None:
    """Refuse a name or value that is not as section 1.5 says."""
    name, value = attribute["name"], attribute.get("value")
    if not NAME.fullmatch(name):
        raise invalid(
            "An attribute's name is 1 to 128 letters, digits, hyphens, underscores, slashes, "
            f"backslashes and periods, not {describe_value(name)}."
        )
    if value is not None and (not VALUE.fullmatch(value) or value != value.strip(" ")):
        raise invalid(
            f"The value of attribute {name} is 1 to 128 letters, digits, hyphens, underscores, "
            "slashes, backslashes, periods, at signs, colons and spaces, without spaces at its "
            f"ends, not {describe_value(value)}."
        )
    if attribute.get("targetType") is not None:
        check_one_of(attribute["targetType"], "targetType", TARGET)


def read_attributes(listed: Iterable[Document]) -> dict[str, str | None]:
    """Return the attributes that an instance registers with, names to values."""
    found: dict[str, str | None] = {}
    for attribute in listed:
        check_attribute(attribute)
        name = attribute["name"]
        if name in found:
            raise invalid(f"Attribute {name} is listed twice.")
        found[name] = attribute.get("value")
    if sum(map(custom, found)) > MAX_CUSTOM:
        raise invalid(f"A container instance can have at most {MAX_CUSTOM} custom attributes.")
    return found


# Resources


def registered_resources(given: Document, *, windows: bool) -> list[Document]:
    """Return ``registeredResources``: what is given, and what is assumed of the rest (B13, C9).

    GPUs among ``platformDevices`` are the resource GPU, as the agent registers them.
    """
    found: dict[str, Document] = {
        "CPU": resource("CPU", "INTEGER", 0),
        "MEMORY": resource("MEMORY", "INTEGER", 0),
        "PORTS": resource("PORTS", "STRINGSET", list(map(str, _default_ports(windows)))),
        "PORTS_UDP": resource("PORTS_UDP", "STRINGSET", []),
    }
    seen = set()
    for one in given.get("totalResources", []):
        read = _resource(one)
        if read["name"] in seen:
            raise invalid(f"Resource {describe_value(read['name'])} is listed twice.")
        seen.add(read["name"])
        found[read["name"]] = read
    gpus = _gpus(given.get("platformDevices", []))
    if gpus:
        known = found.setdefault("GPU", resource("GPU", "STRINGSET", gpus))["stringSetValue"]
        if sorted(known) != sorted(gpus):
            raise invalid("The GPUs of platformDevices are not those of the resource GPU.")
    reserved = [port for name in ("PORTS", "PORTS_UDP") for port in found[name]["stringSetValue"]]
    if len(reserved) > MAX_PORTS:
        raise invalid(f"Too many ports registered: {len(reserved)}, at most {MAX_PORTS}.")
    return list(found.values())


def _default_ports(windows: bool) -> tuple[int, ...]:
    return WINDOWS_PORTS if windows else LINUX_PORTS


def _gpus(devices: Iterable[Document]) -> list[str]:
    for device in devices:
        check_one_of(device["type"], "Device type", ("GPU", "NEURON_DEVICE"))
    return [device["id"] for device in devices if device["type"] == "GPU"]


def _resource(given: Document) -> Document:
    """Return a resource with all its fields; which is its value its type says."""
    name, kind = given.get("name"), given.get("type")
    if not name:
        raise invalid("A resource needs a name.")
    check_one_of(kind, f"The type of resource {describe_value(name)}", tuple(VALUES))
    wanted = "STRINGSET" if name == "GPU" else BUILT_IN.get(name, kind)
    if kind != wanted:
        raise invalid(f"Resource {name} has the type {wanted}, not {kind}.")
    value = given.get(VALUES[str(kind)])
    if value is None:
        raise invalid(f"Resource {describe_value(name)} has no {VALUES[str(kind)]}.")
    if kind != "STRINGSET" and not 0 <= value < 2**56:
        raise invalid(
            f"Resource {describe_value(name)} is not from 0 to 2**56: {describe_value(value)}."
        )
    if name in ("PORTS", "PORTS_UDP"):
        value = [_port(text) for text in value]
    if kind == "STRINGSET" and len(set(value)) < len(value):
        raise invalid(f"Resource {describe_value(name)} lists a value twice.")
    return resource(name, str(kind), value)


def _port(text: str) -> str:
    """Return a port as the number is usually written."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= number <= 65_535:
        raise invalid(f"A port is a number from 1 to 65535, not {describe_value(text)}.")
    return str(number)


# Instances


def read_instance(document: Mapping[str, Any]) -> Instance:
    """Return what the engine is told of an instance whose id is not known yet."""
    try:
        return instance_from_ecs({"containerInstanceArn": "new", **document}, "")
    except DocumentError as error:
        message = f"{error.path.lstrip('.')}: {error.message}" if error.path else error.message
        raise invalid(f"Invalid container instance: {message}.") from None


def ec2_instance_id(text: str | None) -> str | None:
    """Return the instance id of an identity document, None without one (B7, B12)."""
    if text is None:
        return None
    if len(text) > MAX_IDENTITY:
        raise invalid(f"instanceIdentityDocument has more than {MAX_IDENTITY} characters.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("instanceIdentityDocument is no JSON document.") from None
    id = document.get("instanceId") if isinstance(document, dict) else None
    if not isinstance(id, str) or not id or len(id) > 255 or not id.isprintable():
        raise invalid("instanceIdentityDocument names no instanceId.")
    return id
