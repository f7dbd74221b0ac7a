"""Fields of a container instance that placement does not use, kept so that they are written again.

In: the document of an instance, as it came.  Out: ``further_fields``, what of it an ``Instance``
does not have, None for most; and the document of an instance with these fields in their places
(C50).  Does not know what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from placement.documents.fields import kept_copy
from placement.documents.resources import resource_type
from placement.model.checks import is_neuron_resource

__all__ = ["further_fields", "with_further_fields"]

Document = dict[str, Any]

_KNOWN = frozenset(
    {
        "containerInstanceArn",
        "ec2InstanceId",
        "versionInfo",
        "remainingResources",
        "registeredResources",
        "status",
        "agentConnected",
        "runningTasksCount",
        "pendingTasksCount",
        "registeredAt",
        "attributes",
    }
)
"""Fields of a document that are written from what placement knows."""

_BUILT_IN = frozenset({"CPU", "MEMORY", "PORTS", "PORTS_UDP", "GPU", "ENI"})
_RESOURCES = ("registeredResources", "remainingResources")
_PLAIN_TYPES = ("INTEGER", None)


def further_fields(document: Mapping[str, Any], path: str) -> Document | None:
    """Return what a document says that placement does not use; None: nothing.

    Keys are fields of the document; in ``attributes`` and the two lists of resources, the name of
    the element; its value is a part of the element.

    Args:
        document: A document that ``instance_from_ecs`` has read.
        path: Its path in errors.

    Raises:
        DocumentError: a field is nested too deeply, or is no value of JSON.
    """
    found = {
        name: value for name, value in document.items() if name not in _KNOWN and value is not None
    }
    version = document.get("versionInfo")
    if version and len(version) > ("agentVersion" in version):
        found["versionInfo"] = {
            name: value for name, value in version.items() if name != "agentVersion"
        }
    attributes = dict(_unusual_attributes(document.get("attributes") or ()))
    if attributes:
        found["attributes"] = attributes
    for field in _RESOURCES:
        resources = dict(_unusual_resources(document.get(field) or ()))
        if resources:
            found[field] = resources
    if not found:
        return None
    copied: Document = kept_copy(found, path)
    return copied


def _unusual_attributes(attributes: Any) -> Iterator[tuple[str, Document]]:
    """Yield what attributes have beside a name and a value; an empty value, too."""
    for one in attributes:
        if len(one) > 2 or one.get("value") == "":
            further = {name: value for name, value in one.items() if name != "name"}
            if further.get("value"):
                del further["value"]
            yield one["name"], further


def _unusual_resources(resources: Any) -> Iterator[tuple[str, Document]]:
    """Yield Neuron devices, sets of texts that no task can hold, and types other than INTEGER."""
    for one in resources:
        name, type = one["name"], one.get("type")
        if is_neuron_resource(name):
            yield name, dict(one)
        elif resource_type(one) == "STRINGSET":
            if name not in _BUILT_IN:
                yield name, dict(one)
        elif type not in _PLAIN_TYPES:
            yield name, {"type": type}


def with_further_fields(document: Document, further: Mapping[str, Any] | None) -> Document:
    """Return the document of an instance with the fields that ``further_fields`` kept.

    What the document says itself stays: it may have changed since.
    """
    if further is None:
        return document
    for name, value in further.items():
        if name == "versionInfo":
            document[name] = {**value, **document[name]}
        elif name == "attributes":
            document[name] = [{**value.get(one["name"], {}), **one} for one in document[name]]
        elif name in _RESOURCES:
            document[name] = list(_merged(document[name], value))
        else:
            document[name] = kept_copy(value, name)
    return document


def _merged(resources: list[Document], further: Mapping[str, Document]) -> Iterator[Document]:
    """Yield resources, of the types in which they came, and after them the sets of texts."""
    for one in resources:
        kept = further.get(one["name"], {})
        type = kept.get("type")
        yield one if "name" in kept or type in (None, one["type"]) else _of_type(one, type)
    names = {one["name"] for one in resources}
    for name, kept in further.items():
        if name not in names and "name" in kept:
            yield kept_copy(kept, name)


def _of_type(resource: Document, type: str) -> Document:
    """Return an amount in the field of another type."""
    field = {"LONG": "longValue", "DOUBLE": "doubleValue"}[type]
    amount = resource["longValue"] or resource["integerValue"]
    empty = {"doubleValue": 0.0, "longValue": 0, "integerValue": 0}
    value = float(amount) if type == "DOUBLE" else amount
    return {**resource, **empty, "type": type, field: value}
