"""Container instances as the ECS API describes them, read and written.

In: what ``aws ecs describe-container-instances`` prints, parsed from JSON; or an ``Instance``.
Out: the ``Instance``, or ``DocumentError`` with the path of what is wrong; or the document, which
can be written as JSON.  What is written reads as an equal instance.  Knows the field names of the
API, nothing of columns.

The API has no field for the number of network interfaces an instance was given explicitly: it is
written as a registered resource ``ENI``.  Neuron devices are registered as one resource or several
(``NEURON_DEVICE``, ``NEURON_CORES``), sets of ids or numbers: what is in them is counted together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from placement.documents.fields import (
    default,
    kept_copy,
    mapping,
    moment,
    required,
    sequence,
    type_name,
)
from placement.documents.instance_fields import with_further_fields
from placement.documents.resources import (
    RESOURCE_FIELDS,
    amount_to_ecs,
    neuron_devices,
    neuron_devices_left,
    resource_type,
    text_set_to_ecs,
)
from placement.errors import DocumentError, describe_value
from placement.model import Instance, checked_amount, checked_text
from placement.model.checks import checked_left, is_neuron_resource, plain_attributes

__all__ = ["instance_from_ecs", "instance_to_ecs"]

Document = dict[str, Any]


def instance_from_ecs(document: Any, path: str) -> Instance:
    """Return the instance that a document of describe-container-instances describes (C9).

    Raises:
        DocumentError: a field has not the form that ECS gives it.
    """
    if type(document) is not dict and not isinstance(document, Mapping):
        raise DocumentError(f"expected an instance's document, not {type_name(document)}", path)
    get = document.get
    version = mapping(get("versionInfo"), f"{path}.versionInfo").get("agentVersion")
    fields = {
        "id": required(document, "containerInstanceArn", path),
        "attributes": _attributes(get("attributes"), f"{path}.attributes"),
        "ec2_instance_id": get("ec2InstanceId"),
        "status": default(get("status"), "ACTIVE"),
        "agent_connected": default(get("agentConnected"), True),
        "agent_version": version,
        "registered_at": moment(get("registeredAt"), f"{path}.registeredAt"),
        "running_tasks": default(get("runningTasksCount"), 0),
        **_registered(get("registeredResources"), f"{path}.registeredResources"),
        **_remaining(get("remainingResources"), f"{path}.remainingResources"),
    }
    try:
        return Instance(**fields)
    except DocumentError as error:
        raise DocumentError(error.message, f"{path}.{_api_name(error.path)}") from None


_API_NAMES = {
    "id": "containerInstanceArn",
    "ec2_instance_id": "ec2InstanceId",
    "status": "status",
    "agent_connected": "agentConnected",
    "agent_version": "versionInfo.agentVersion",
    "running_tasks": "runningTasksCount",
}


def _api_name(field: str) -> str:
    """Return the field of the document that a field of ``Instance`` is read from."""
    field = field.partition(".")[0]
    resources = "remainingResources" if field in _REMAINING else "registeredResources"
    return _API_NAMES.get(field, resources)


_BUILT_IN = ("CPU", "MEMORY", "PORTS", "PORTS_UDP", "GPU", "ENI")
_REMAINING = (
    "remaining_cpu",
    "remaining_memory",
    "remaining_resources",
    "free_gpus",
    "remaining_neuron_devices",
    "taken_tcp_ports",
    "taken_udp_ports",
)


def _registered(value: Any, path: str) -> dict[str, Any]:
    """Return the fields of ``Instance`` that say what it registered (2.2, B13)."""
    found = _resources(value, path)
    return {
        "cpu": found.get("CPU", 0),
        "memory": found.get("MEMORY", 0),
        "gpus": found.get("GPU", ()),
        "tcp_ports": _ports(found.get("PORTS"), path),
        "udp_ports": _ports(found.get("PORTS_UDP"), path),
        "network_interfaces": found.get("ENI"),  # written by instance_to_ecs only
        "neuron_devices": neuron_devices(found),
        "resources": _further(found),
    }


def _remaining(value: Any, path: str) -> dict[str, Any]:
    """Return the fields that say what is left; PORTS lists what is taken, GPU what is free."""
    found = _resources(value, path, checked_left)  # below 0 where more is taken than there is
    return {
        "remaining_cpu": found.get("CPU"),
        "remaining_memory": found.get("MEMORY"),
        "free_gpus": found.get("GPU"),
        "remaining_neuron_devices": neuron_devices(found),
        "taken_tcp_ports": _ports(found.get("PORTS"), path),
        "taken_udp_ports": _ports(found.get("PORTS_UDP"), path),
        "remaining_resources": _further(found),
    }


def _further(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the amounts of further resources; a set of texts is nothing that a task can hold."""
    return {
        name: value
        for name, value in found.items()
        if name not in _BUILT_IN and not isinstance(value, tuple) and not is_neuron_resource(name)
    }


def _resources(
    value: Any, path: str, checked: Callable[[Any, str], int] = checked_amount
) -> dict[str, Any]:
    """Return a list of resources as names and values: whole numbers or tuples of texts."""
    found: dict[str, Any] = {}
    for number, resource in enumerate(sequence(value, path)):
        here = f"{path}[{number}]"
        if type(resource) is not dict and not isinstance(resource, Mapping):
            raise DocumentError(f"expected a resource, not {type_name(resource)}", here)
        name = checked_text(required(resource, "name", here), f"{here}.name")
        if name in found:
            raise DocumentError(f"resource {name} is listed twice", f"{here}.name")
        found[name] = _resource_value(resource, here, checked)
    return found


def _resource_value(
    resource: Mapping[str, Any], path: str, checked: Callable[[Any, str], int]
) -> Any:
    type = resource_type(resource)
    field = RESOURCE_FIELDS.get(type) if isinstance(type, str) else None
    if field is None:
        raise DocumentError(
            f"expected one of {', '.join(RESOURCE_FIELDS)}, not {describe_value(type)}",
            f"{path}.type",
        )
    value = default(resource.get(field), () if type == "STRINGSET" else 0)
    if type == "STRINGSET":
        return tuple(sequence(value, f"{path}.{field}"))
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # the API's doubles are whole numbers where they are amounts
    return checked(value, f"{path}.{field}")


def _ports(value: Any, path: str) -> tuple[int, ...] | None:
    """Return a set of texts as ports, without duplicates."""
    if value is None:
        return None
    if not isinstance(value, tuple):
        raise DocumentError(f"expected ports as texts, not {describe_value(value)}", path)
    for port in value:
        if not (isinstance(port, str) and port.isascii() and port.isdigit() and len(port) < 7):
            message = f"expected ports as texts, such as '22', not {describe_value(port)}"
            raise DocumentError(message, path)
    return tuple(dict.fromkeys(map(int, value)))


def _attributes(value: Any, path: str) -> dict[str, str | None]:
    if value is None:
        return {}
    if not isinstance(value, list):
        raise DocumentError(f"expected a list of names and values, not {type_name(value)}", path)
    try:
        pairs = {one["name"]: one.get("value") for one in value if type(one) is dict}
    except (KeyError, TypeError):  # one without a name, or with one that is no text
        pairs = {}
    if len(pairs) == len(value) and plain_attributes(pairs):
        return pairs
    return dict(_attribute_pairs(value, path))  # one by one, to say what is wrong where


def _attribute_pairs(attributes: list[Any], path: str) -> Iterator[tuple[str, str | None]]:
    seen = set()
    for number, attribute in enumerate(attributes):
        here = f"{path}[{number}]"
        if not isinstance(attribute, Mapping):
            raise DocumentError(f"expected a name and a value, not {type_name(attribute)}", here)
        name = checked_text(required(attribute, "name", here), f"{here}.name")
        value = attribute.get("value")
        if value is not None:
            checked_text(value, f"{here}.value", empty=True)
        if name in seen:
            raise DocumentError(f"attribute {name} is listed twice", f"{here}.name")
        seen.add(name)
        yield name, value


# Writing


def instance_to_ecs(
    instance: Instance, pending: int = 0, further: Mapping[str, Any] | None = None
) -> Document:
    """Return the document of an instance; attributes and further resources are sorted by name.

    Args:
        instance: With all ports and remaining resources given, as ``Cluster.describe`` returns it.
        pending: How many tasks on it are PENDING.
        further: Fields that placement does not use, as ``further_fields`` returns them.
    """
    document: Document = {"containerInstanceArn": instance.id}
    if instance.ec2_instance_id is not None:
        document["ec2InstanceId"] = instance.ec2_instance_id
    version = instance.agent_version
    registered: list[Document] = [
        amount_to_ecs("CPU", instance.cpu),
        amount_to_ecs("MEMORY", instance.memory),
        text_set_to_ecs("PORTS", instance.tcp_ports or ()),
        text_set_to_ecs("PORTS_UDP", instance.udp_ports or ()),
    ]
    left: list[Document] = [
        amount_to_ecs("CPU", instance.remaining_cpu or 0),
        amount_to_ecs("MEMORY", instance.remaining_memory or 0),
        text_set_to_ecs("PORTS", instance.taken_tcp_ports or ()),
        text_set_to_ecs("PORTS_UDP", instance.taken_udp_ports or ()),
    ]
    if instance.gpu_ids:
        registered.append(text_set_to_ecs("GPU", instance.gpu_ids))
        left.append(text_set_to_ecs("GPU", instance.free_gpus or ()))
    if instance.network_interfaces is not None:
        registered.append(amount_to_ecs("ENI", instance.network_interfaces))
    if instance.neuron_devices is not None:
        kept = _neuron_resources(further, "registeredResources")
        listed = [*kept.values()] or [amount_to_ecs("NEURON_DEVICE", instance.neuron_devices)]
        registered += listed
        reported = _neuron_resources(further, "remainingResources")
        left += neuron_devices_left(listed, reported, instance.remaining_neuron_devices or 0)
    for name, amount in sorted(instance.resources.items()):
        registered.append(amount_to_ecs(name, amount))
        left.append(amount_to_ecs(name, instance.remaining_resources.get(name, 0)))
    document |= {
        "versionInfo": {} if version is None else {"agentVersion": version},
        "remainingResources": left,
        "registeredResources": registered,
        "status": instance.status,
        "agentConnected": instance.agent_connected,
        "runningTasksCount": instance.running_tasks,
        "pendingTasksCount": pending,
        "attributes": [_pair(*one) for one in sorted(instance.attributes.items())],
    }
    if instance.registered_at is not None:
        document["registeredAt"] = instance.registered_at.isoformat()
    return with_further_fields(document, further)


def _neuron_resources(further: Mapping[str, Any] | None, field: str) -> dict[str, Document]:
    """Return the Neuron devices among the resources that were kept of a document, by name."""
    kept = {} if further is None else further.get(field, {})
    return {name: kept_copy(one, name) for name, one in kept.items() if is_neuron_resource(name)}


def _pair(name: str, value: str | None) -> Document:
    return {"name": name} if value is None else {"name": name, "value": value}
