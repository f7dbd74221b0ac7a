"""Resources of a container instance as the ECS API lists them, Neuron devices among them.

In: names and amounts, or elements of ``registeredResources`` and ``remainingResources``.  Out:
elements of these lists.  Neuron devices come as one resource or several (``NEURON_DEVICE``,
``NEURON_CORES``), sets of ids or numbers; a task takes all of them or none, so that they are
counted together (B44).  Knows no instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.model.checks import is_neuron_resource

__all__ = [
    "RESOURCE_FIELDS",
    "amount_to_ecs",
    "neuron_devices",
    "neuron_devices_left",
    "resource_to_ecs",
    "resource_type",
    "text_set_to_ecs",
]

Document = dict[str, Any]

INT_32 = 2**31 - 1
"""The largest amount that the API gives as an integer; a larger one is a long."""

RESOURCE_FIELDS = {
    "INTEGER": "integerValue",
    "LONG": "longValue",
    "DOUBLE": "doubleValue",
    "STRINGSET": "stringSetValue",
}
"""The types of a resource, and the field that holds a value of each."""


def resource_to_ecs(name: str, type: str, value: Any) -> Document:
    """Return a resource with all the fields that the API prints.

    Args:
        name: ``CPU``, ...
        type: A key of ``RESOURCE_FIELDS``.
        value: A number, or for STRINGSET a list of texts.
    """
    document = {"name": name, "type": type, "doubleValue": 0.0, "longValue": 0, "integerValue": 0}
    document[RESOURCE_FIELDS[type]] = float(value) if type == "DOUBLE" else value
    return document


def amount_to_ecs(name: str, amount: int) -> Document:
    """Return an amount as a resource."""
    return resource_to_ecs(name, "LONG" if amount > INT_32 else "INTEGER", amount)


def text_set_to_ecs(name: str, values: Iterable[Any]) -> Document:
    """Return a set of texts as a resource."""
    return resource_to_ecs(name, "STRINGSET", [str(value) for value in values])


def resource_type(resource: Mapping[str, Any]) -> Any:
    """Return the type of a resource, by its value where the document does not say it."""
    given = resource.get("type")
    if given is not None:
        return given
    return "STRINGSET" if "stringSetValue" in resource else "INTEGER"


def neuron_devices(values: Mapping[str, Any]) -> int | None:
    """Return how many Neuron devices and cores there are together; None: no resource is of them.

    Args:
        values: Names of resources to numbers or sets of ids.
    """
    counts = [
        value if isinstance(value, int | float) else len(value)
        for name, value in values.items()
        if is_neuron_resource(name)
    ]
    return int(sum(counts)) if counts else None


def neuron_devices_left(
    registered: Iterable[Mapping[str, Any]],
    reported: Mapping[str, Mapping[str, Any]],
    left: int,
) -> list[Document]:
    """Return what is left of Neuron devices, as elements of ``remainingResources``.

    As long as as much is left as a document has reported, it is written as it came; else all is
    left, or as many of the first as there are.

    Args:
        registered: Their elements of ``registeredResources``.
        reported: Their elements of ``remainingResources`` in a document, by name; empty: none came.
        left: How many are left, all counted together.
    """
    listed = list(registered)
    came = neuron_devices({name: _value(one) for name, one in reported.items()})
    is_as_it_came, rest = came == left, left
    found = []
    for one in listed:
        name, value = one["name"], _value(one)
        if is_as_it_came and name in reported:
            found.append(dict(reported[name]))
            continue
        type, kept = resource_type(one), value
        if type == "STRINGSET":
            kept = value[: max(0, rest)]
            rest -= len(kept)
        else:
            kept = min(rest, int(value))
            rest -= kept
            kept = float(kept) if type == "DOUBLE" else kept
        found.append({**one, RESOURCE_FIELDS[type]: kept})
    return found


def _value(resource: Mapping[str, Any]) -> Any:
    """Return the number or the texts of a resource."""
    type = resource_type(resource)
    value = resource.get(RESOURCE_FIELDS[type])
    return value if value is not None else [] if type == "STRINGSET" else 0
