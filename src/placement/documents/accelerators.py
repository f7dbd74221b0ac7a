"""``resourceRequirements`` of containers: which devices of an instance they take (2.2, B44).

In: a requirement of a task definition.  Out: whole GPUs, or ``ALL``; Neuron devices, ``ALL`` or 0.
Knows no instance; whether a requirement goes with its launch type is checked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import mapping, required, sequence
from placement.errors import DocumentError, describe_value
from placement.model.checks import ALL_GPUS, ALL_NEURON_DEVICES

__all__ = [
    "NEURON_DEVICE",
    "TYPES",
    "gpus_of",
    "gpus_required",
    "gpus_together",
    "is_whole",
    "neuron_devices_of",
]

NEURON_DEVICE = "NeuronDevice"
"""The type of a requirement of every Neuron device of an instance; its value is ALL."""

TYPES = ("GPU", "InferenceAccelerator", NEURON_DEVICE)
"""The types of the API; any other one is a further resource, which ECS does not have (2.2)."""

_WHOLE = re.compile(r"[0-9]{1,9}")
_FRACTION = re.compile(r"([0-9]{0,8})\.([0-9]{1,9})")


def gpus_of(requirement: Mapping[str, Any], path: str, *, windows: bool = False) -> int | str:
    """Return the whole GPUs that a requirement takes, or ALL.

    A fraction takes a whole device, and so does a shared one without a value.  Elastic inference
    counts by its attribute only; a NeuronDevice is no GPU (``neuron_devices_of``).

    Raises:
        DocumentError: the requirement has not the form that ECS gives it.
    """
    name = required(requirement, "type", path)
    if name not in TYPES:
        raise _wrong(f"one of {', '.join(TYPES)}", name, f"{path}.type")
    if name in ("GPU", NEURON_DEVICE) and windows:
        devices = "GPUs" if name == "GPU" else "Neuron devices"
        raise DocumentError(f"Windows tasks cannot have {devices}", path)
    shares = name == "GPU" and requirement.get("sharingStrategy") is not None
    if shares and requirement.get("value") is None:
        return 1
    value = required(requirement, "value", path)
    if name == NEURON_DEVICE and value != ALL_NEURON_DEVICES:
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


def neuron_devices_of(requirements: Iterable[Mapping[str, Any]]) -> int | str:
    """Return ALL if one of several requirements is of Neuron devices, else 0."""
    is_asked = any(one.get("type") == NEURON_DEVICE for one in requirements)
    return ALL_NEURON_DEVICES if is_asked else 0


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
