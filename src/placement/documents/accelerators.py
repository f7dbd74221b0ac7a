"""``resourceRequirements`` of containers: how many GPUs of an instance they take (2.2, B44).

In: a requirement of a task definition.  Out: whole GPUs, or ``ALL``.  Knows no instance; whether a
requirement goes with its launch type is checked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import mapping, required, sequence
from placement.errors import DocumentError, describe_value
from placement.model.checks import ALL_GPUS

__all__ = ["TYPES", "gpus_of", "gpus_required", "gpus_together", "is_whole"]

TYPES = ("GPU", "InferenceAccelerator", "NeuronDevice")
"""The types of the API; any other one is a further resource, which ECS does not have (2.2)."""

_WHOLE = re.compile(r"[0-9]{1,9}")
_FRACTION = re.compile(r"([0-9]{0,8})\.([0-9]{1,9})")


def gpus_of(requirement: Mapping[str, Any], path: str, *, windows: bool = False) -> int | str:
    """Return the whole GPUs that a requirement takes, or ALL.

    A fraction takes a whole device, and so does a shared one without a value.  Elastic inference
    counts by its attribute only; a NeuronDevice counts nothing.

    Raises:
        DocumentError: the requirement has not the form that ECS gives it.
    """
    name = required(requirement, "type", path)
    if name not in TYPES:
        raise _wrong(f"one of {', '.join(TYPES)}", name, f"{path}.type")
    if name == "GPU" and windows:
        raise DocumentError("Windows tasks cannot have GPUs", path)
    shares = name == "GPU" and requirement.get("sharingStrategy") is not None
    if shares and requirement.get("value") is None:
        return 1
    value = required(requirement, "value", path)
    if name == "NeuronDevice" and value != ALL_GPUS:
        raise _wrong("ALL, as for every NeuronDevice", value, f"{path}.value")
    if name != "GPU":
        return 0
    if value == ALL_GPUS:
        return ALL_GPUS
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    fraction = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    if fraction is None:
        message = 'a number of GPUs as text, such as "1", a fraction, or ALL'
        raise _wrong(message, value, f"{path}.value")
    return int(fraction[1] or 0) + (int(fraction[2]) > 0)


def is_whole(requirement: Mapping[str, Any]) -> bool:
    """Return whether a GPU requirement is what the model counts: whole devices of its own."""
    value = requirement.get("value")
    is_counted = value == ALL_GPUS or (isinstance(value, str) and _WHOLE.fullmatch(value))
    return bool(is_counted) and requirement.get("sharingStrategy") is None


def gpus_together(found: Iterable[int | str]) -> int | str:
    """Return what several requirements take together: ALL if one of them does."""
    total = 0
    for gpus in found:
        if isinstance(gpus, str):
            return ALL_GPUS
        total += gpus
    return total


def gpus_required(container: Mapping[str, Any], path: str = "") -> int | str:
    """Return what the requirements of a container take together; further resources count nothing.

    Raises:
        DocumentError: a requirement has not the form that ECS gives it.
    """
    field = f"{path}.resourceRequirements"
    found: list[int | str] = []
    for number, one in enumerate(sequence(container.get("resourceRequirements"), field)):
        here = f"{field}[{number}]"
        requirement = mapping(one, here)
        if requirement.get("type") in TYPES:
            found.append(gpus_of(requirement, here))
    return gpus_together(found)


def _wrong(expected: str, value: Any, path: str) -> DocumentError:
    return DocumentError(f"expected {expected}, not {describe_value(value)}", path)
