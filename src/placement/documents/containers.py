"""Containers in the documents of tasks and task definitions: sizes, GPUs, bound ports.

In: objects of a document, and their paths.  Out: plain values, or ``DocumentError`` with the path
of what is wrong.  What of it counts is for the readers to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from placement.documents.fields import default, mapping, required, sequence, size
from placement.errors import DocumentError, describe_value
from placement.model.checks import MAX_PORT, checked_text

__all__ = ["bound", "named", "requirements", "sizes", "text"]

SIZES = ("cpu", "memory", "memoryReservation")
"""What a task's document may say of a container's sizes."""


def bound(value: Any, path: str) -> tuple[str, int]:
    """Return protocol and host port of a binding; 0 for a range, which has no single port."""
    binding = mapping(value, path)
    protocol = default(binding.get("protocol"), "tcp")
    if protocol not in ("tcp", "udp"):
        raise DocumentError(
            f"expected tcp or udp, not {describe_value(protocol)}", f"{path}.protocol"
        )
    port = size(default(binding.get("hostPort"), 0), f"{path}.hostPort")
    if port > MAX_PORT:
        raise DocumentError(f"expected a port up to {MAX_PORT}, not {port}", f"{path}.hostPort")
    return protocol, port


def text(document: Mapping[str, Any], name: str, path: str) -> str:
    """Return a text, the empty one where there is none."""
    value = document.get(name)
    return "" if value is None else checked_text(value, f"{path}.{name}", empty=True)


def named(
    document: Mapping[str, Any], field: str, path: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield the objects of a list with their names (without one: their place) and paths."""
    for number, one in enumerate(sequence(document.get(field), f"{path}.{field}")):
        here = f"{path}.{field}[{number}]"
        found = mapping(one, here)
        yield text(found, "name", here) or f"[{number}]", found, here


def sizes(container: Mapping[str, Any], path: str) -> dict[str, int]:
    """Return what is said of a container's sizes and GPUs; a memory of 0 says nothing."""
    found = {
        name: size(container[name], f"{path}.{name}")
        for name in SIZES
        if container.get(name) is not None
    }
    found = {name: amount for name, amount in found.items() if amount or name == "cpu"}
    if container.get("resourceRequirements") is not None:
        found["gpus"] = sum(
            [amount for name, amount in requirements(container, path) if name == "GPU"]
        )
    return found


def requirements(container: Mapping[str, Any], path: str) -> Iterator[tuple[str, int]]:
    """Yield the types and amounts of resources that a container requires."""
    field = f"{path}.resourceRequirements"
    for number, one in enumerate(sequence(container.get("resourceRequirements"), field)):
        here = f"{field}[{number}]"
        wish = mapping(one, here)
        type = checked_text(required(wish, "type", here), f"{here}.type")
        if type == "InferenceAccelerator":
            continue  # its value is a device's name; it counts by its attribute only (2.2)
        yield type, size(required(wish, "value", here), f"{here}.value")
