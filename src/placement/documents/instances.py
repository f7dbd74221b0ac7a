"""Container instances and tasks as the ECS API describes them.

In: what ``aws ecs describe-container-instances`` and ``describe-tasks`` print, parsed from JSON.
Out: ``Instance`` and the few facts of a task that matter here, or ``DocumentError`` with the path
of what is wrong.  Knows the field names of the API, nothing of columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from placement.errors import DocumentError, shown
from placement.model import Instance, checked_amount, checked_group, checked_text

__all__ = ["TaskRecord", "instance_from_ecs", "split_document", "task_from_ecs"]


@attrs.frozen
class TaskRecord:
    """What a described task says about where it is: its ARN, its instance and its group."""

    arn: str
    instance: str
    group: str
    running: bool
    """Whether the desired status is RUNNING, so that it counts (A20)."""


def split_document(document: Any) -> tuple[Iterable[Any], list[Any], str]:
    """Return the instance documents, the task documents and the path of the former.

    ``document`` is what the AWS CLI prints (an object with ``containerInstances`` and perhaps
    ``tasks``), a list of such pages, or a list or any iterable of instance documents.
    """
    if isinstance(document, Mapping):
        instances = _list(document, "containerInstances", "")
        return instances, _list(document, "tasks", "", missing=True), "containerInstances"
    if isinstance(document, list) and any(map(_is_page, document)):
        pages = [_page(page, f"[{number}]") for number, page in enumerate(document)]
        instances = [instance for found, _ in pages for instance in found]
        return instances, [task for _, tasks in pages for task in tasks], "containerInstances"
    if isinstance(document, (str, bytes)) or not isinstance(document, Iterable):
        message = f"expected a document of describe-container-instances, not {_kind(document)}"
        raise DocumentError(message, "")
    return document, [], ""


def _is_page(document: Any) -> bool:
    return isinstance(document, Mapping) and (
        "containerInstances" in document or "tasks" in document
    )


def _page(document: Any, path: str) -> tuple[list[Any], list[Any]]:
    if not isinstance(document, Mapping):
        raise DocumentError(f"expected an object, not {_kind(document)}", path)
    return (
        _list(document, "containerInstances", f"{path}.", missing=True),
        _list(document, "tasks", f"{path}.", missing=True),
    )


def instance_from_ecs(document: Any, path: str) -> Instance:
    """Return the instance that a document of describe-container-instances describes (C9).

    Raises:
        DocumentError: a field has not the form that ECS gives it.
    """
    if not isinstance(document, Mapping):
        raise DocumentError(f"expected an instance's document, not {_kind(document)}", path)
    get = document.get
    version = _mapping(get("versionInfo"), f"{path}.versionInfo").get("agentVersion")
    fields = {
        "id": _required(document, "containerInstanceArn", path),
        "attributes": _attributes(get("attributes"), f"{path}.attributes"),
        "ec2_instance_id": get("ec2InstanceId"),
        "status": _default(get("status"), "ACTIVE"),
        "agent_connected": _default(get("agentConnected"), True),
        "agent_version": version,
        "registered_at": moment_from_ecs(get("registeredAt"), f"{path}.registeredAt"),
        "running_tasks": _default(get("runningTasksCount"), 0),
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
    """Return where in a document the value of a field of ``Instance`` stands."""
    resources = "remainingResources" if field in _REMAINING else "registeredResources"
    return _API_NAMES.get(field, resources)


_BUILT_IN = ("CPU", "MEMORY", "PORTS", "PORTS_UDP", "GPU")
_REMAINING = (
    "remaining_cpu",
    "remaining_memory",
    "remaining_resources",
    "free_gpus",
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
        "resources": _further(found),
    }


def _remaining(value: Any, path: str) -> dict[str, Any]:
    """Return the fields that say what is left; PORTS lists what is taken, GPU what is free."""
    found = _resources(value, path)
    return {
        "remaining_cpu": found.get("CPU"),
        "remaining_memory": found.get("MEMORY"),
        "free_gpus": found.get("GPU"),
        "taken_tcp_ports": _ports(found.get("PORTS"), path),
        "taken_udp_ports": _ports(found.get("PORTS_UDP"), path),
        "remaining_resources": _further(found),
    }


def _further(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of further resources; lists of others are of no use to a task here."""
    return {
        name: value
        for name, value in found.items()
        if name not in _BUILT_IN and not isinstance(value, tuple)
    }


def _resources(value: Any, path: str) -> dict[str, Any]:
    """Return a list of resources as names and values: whole numbers or tuples of texts."""
    found: dict[str, Any] = {}
    for number, resource in enumerate(_sequence(value, path)):
        here = f"{path}[{number}]"
        if not isinstance(resource, Mapping):
            raise DocumentError(f"expected a resource, not {_kind(resource)}", here)
        name = checked_text(_required(resource, "name", here), f"{here}.name")
        if name in found:
            raise DocumentError(f"resource {name} stands twice", f"{here}.name")
        found[name] = _resource_value(resource, here)
    return found


_VALUES = {
    "INTEGER": "integerValue",
    "LONG": "longValue",
    "DOUBLE": "doubleValue",
    "STRINGSET": "stringSetValue",
}


def _resource_value(resource: Mapping[str, Any], path: str) -> Any:
    kind = _default(
        resource.get("type"), "STRINGSET" if "stringSetValue" in resource else "INTEGER"
    )
    field = _VALUES.get(kind) if isinstance(kind, str) else None
    if field is None:
        raise DocumentError(
            f"expected one of {', '.join(_VALUES)}, not {shown(kind)}", f"{path}.type"
        )
    value = _default(resource.get(field), () if kind == "STRINGSET" else 0)
    if kind == "STRINGSET":
        return tuple(_sequence(value, f"{path}.{field}"))
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # the API's doubles are whole numbers where they are amounts
    return checked_amount(value, f"{path}.{field}")


def _ports(value: Any, path: str) -> tuple[int, ...] | None:
    """Return a set of texts as ports, each once."""
    if value is None:
        return None
    if not isinstance(value, tuple) or not all(
        isinstance(port, str) and port.isascii() and port.isdigit() for port in value
    ):
        raise DocumentError(f"expected ports as texts, not {shown(value)}", path)
    return tuple(dict.fromkeys(map(int, (port[:6] for port in value))))


def _sequence(value: Any, path: str) -> list[Any] | tuple[Any, ...]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise DocumentError(f"expected a list, not {_kind(value)}", path)
    return value


def task_from_ecs(document: Any, path: str) -> TaskRecord | None:
    """Return what a document of describe-tasks says, or None for a task on no instance.

    Raises:
        DocumentError: a field has not the form that ECS gives it.
    """
    if not isinstance(document, Mapping):
        raise DocumentError(f"expected a task's document, not {_kind(document)}", path)
    instance = document.get("containerInstanceArn")
    if instance is None:
        return None
    arn = checked_text(_required(document, "taskArn", path), f"{path}.taskArn")
    desired = _default(document.get("desiredStatus"), "RUNNING")
    if desired not in ("RUNNING", "STOPPED", "PENDING"):
        raise DocumentError(
            f"expected RUNNING or STOPPED, not {shown(desired)}", f"{path}.desiredStatus"
        )
    return TaskRecord(
        arn,
        checked_text(instance, f"{path}.containerInstanceArn"),
        _group(document, path),
        desired != "STOPPED",
    )


def _group(document: Mapping[str, Any], path: str) -> str:
    """Return the task's group; by default ``family:`` and the family of its definition (1.7)."""
    group = document.get("group")
    if group is None:
        definition = checked_text(
            _required(document, "taskDefinitionArn", path), f"{path}.taskDefinitionArn"
        )
        group = f"family:{definition.rsplit('/', 1)[-1].split(':', 1)[0]}"
    return checked_group(group, f"{path}.group")


def moment_from_ecs(value: Any, path: str) -> datetime | None:
    """Return a time stamp: text with an offset (the AWS CLI), a number of seconds, a datetime."""
    if value is None or isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise DocumentError(f"expected a time, such as 2018-06-18T22:28:28Z, not {shown(value)}", path)


def _attributes(value: Any, path: str) -> dict[str, str | None]:
    if value is None:
        return {}
    if not isinstance(value, list):
        raise DocumentError(f"expected a list of names and values, not {_kind(value)}", path)
    return dict(_attribute_pairs(value, path))


def _attribute_pairs(attributes: list[Any], path: str) -> Iterator[tuple[str, str | None]]:
    seen = set()
    for number, attribute in enumerate(attributes):
        here = f"{path}[{number}]"
        if not isinstance(attribute, Mapping):
            raise DocumentError(f"expected a name and a value, not {_kind(attribute)}", here)
        name = checked_text(_required(attribute, "name", here), f"{here}.name")
        value = attribute.get("value")
        if value is not None:
            checked_text(value, f"{here}.value", empty=True)
        if name in seen:
            raise DocumentError(f"attribute {name} stands twice", f"{here}.name")
        seen.add(name)
        yield name, value


def _required(document: Mapping[str, Any], name: str, path: str) -> Any:
    value = document.get(name)
    if value is None:
        raise DocumentError(f"{name} is missing", path)
    return value


def _default(value: Any, default: Any) -> Any:
    return default if value is None else value


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise DocumentError(f"expected an object, not {_kind(value)}", path)
    return value


def _list(document: Mapping[str, Any], name: str, path: str, missing: bool = False) -> list[Any]:
    value = document.get(name)
    if value is None and missing:
        return []
    if value is None:
        raise DocumentError(f"{name} is missing", path.rstrip(".") or "document")
    if not isinstance(value, list):
        raise DocumentError(f"expected a list, not {_kind(value)}", f"{path}{name}")
    return value


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
