"""Calls about daemon task definitions: register, describe, list, delete.

In: an ``Account`` and parameters whose types are right.  Out: the answer.  What is valid in a
daemon's containers and sizes is what is valid in those of any task definition, and known by
``ecs.definitions``; a daemon has no ports, no network mode and no constraints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.ecs.answers import paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_tags
from placement.ecs.calls.ecs.daemons.answers import definition_answer, definition_brief
from placement.ecs.calls.ecs.daemons.checks import known_definition
from placement.ecs.calls.ecs.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.changes import add_definition, delete_definition
from placement.ecs.control.daemons.records import DaemonDefinitionRecord, DaemonDefinitionStatus
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.definitions.check import check_task_definition
from placement.ecs.definitions.problems import DefinitionProblem
from placement.ecs.definitions.register import registered
from placement.ecs.errors import client_error
from placement.engine.request import Task
from placement.errors import describe_value

__all__ = [
    "delete_daemon_task_definition",
    "describe_daemon_task_definition",
    "list_daemon_task_definitions",
    "register_daemon_task_definition",
]

SHARED_WITH_TASKS = ("family", "taskRoleArn", "executionRoleArn", "cpu", "memory", "tags")
NAMESPACES = ("pidMode", "ipcMode")
NAMESPACE_MODES = ("none", "shared")
LOG_VOLUME = "logDriverVolumeConfiguration"
LOG_VOLUME_DRIVERS = ("json-file",)
NOT_OF_DAEMONS = ("portMappings", "volumesFrom")
"""What containers of other definitions are shown with."""

STATUSES = ("ACTIVE", "DELETE_IN_PROGRESS", "ALL")


def register_daemon_task_definition(account: Account, parameters: Document) -> Document:
    """Register the next revision of a family of daemons.

    Raises:
        ClientException: the definition is not valid; the message lists every problem.
        InvalidParameterException: the tags are wrong.
    """
    check_tags(parameters.get("tags", []))
    given = _as_task_definition(parameters)
    problems = [*check_task_definition(given), *_own_problems(parameters)]
    if problems:
        raise client_error("ClientException", "\n".join(map(str, problems)))
    family = parameters["family"]
    known = account.daemons.families.get(family, [])
    revision = known[-1].definition.revision + 1 if known else 1
    document = {**registered(given), "revision": revision}
    definition = DefinitionRecord(
        account.arn(f"daemon-task-definition/{family}:{revision}"),
        family,
        revision,
        document,
        Task.from_ecs(document),
        registered_at=account.clock(),
        registered_by=account.root,
        tags=parameters.get("tags") or [],
    )
    add_definition(account, DaemonDefinitionRecord(definition, _shown(document, parameters)))
    return {"daemonTaskDefinitionArn": definition.arn}


def _as_task_definition(parameters: Mapping[str, Any]) -> Document:
    """Return a daemon's definition as one of tasks: what decides where it fits is the same."""
    found = {name: parameters[name] for name in SHARED_WITH_TASKS if name in parameters}
    found["containerDefinitions"] = parameters["containerDefinitions"]
    if "volumes" in parameters:
        found["volumes"] = [
            {name: value for name, value in volume.items() if name != LOG_VOLUME}
            for volume in parameters["volumes"]
        ]
    return found


def _own_problems(parameters: Mapping[str, Any]) -> list[DefinitionProblem]:
    """Return what is wrong with what only definitions of daemons have."""
    found = []
    for name in NAMESPACES:
        mode = parameters.get(name)
        if mode is not None and mode not in NAMESPACE_MODES:
            message = f"expected none or shared, not {describe_value(mode)}"
            found.append(DefinitionProblem(name, message))
    for number, volume in enumerate(parameters.get("volumes", ())):
        logs, path = volume.get(LOG_VOLUME), f"volumes[{number}]"
        if logs is None:
            continue
        if logs["driver"] not in LOG_VOLUME_DRIVERS:
            message = f"expected json-file, not {describe_value(logs['driver'])}"
            found.append(DefinitionProblem(f"{path}.{LOG_VOLUME}.driver", message))
        if volume.get("host") is not None:
            message = f"a volume is of one kind; this one has host and {LOG_VOLUME}"
            found.append(DefinitionProblem(path, message))
    return found


def _shown(document: Mapping[str, Any], parameters: Mapping[str, Any]) -> Document:
    """Return a definition as it is described: only what daemons have."""
    names = ("family", "revision", "taskRoleArn", "executionRoleArn", "cpu", "memory")
    found = {name: document[name] for name in names if name in document}
    found["containerDefinitions"] = [
        {name: value for name, value in container.items() if name not in NOT_OF_DAEMONS}
        for container in document["containerDefinitions"]
    ]
    found["volumes"] = [
        dict(given) if LOG_VOLUME in given else volume
        for given, volume in zip(parameters.get("volumes", ()), document["volumes"], strict=True)
    ]
    return found | {name: parameters[name] for name in NAMESPACES if name in parameters}


def describe_daemon_task_definition(account: Account, parameters: Document) -> Document:
    """Describe a revision, the latest ACTIVE one where only a family is named.

    Raises:
        ClientException: there is no such revision.
    """
    record = known_definition(account, parameters["daemonTaskDefinition"])
    return {"daemonTaskDefinition": definition_answer(record)}


def list_daemon_task_definitions(account: Account, parameters: Document) -> Document:
    """List revisions family by family, a page.

    Raises:
        InvalidParameterException: a parameter has a wrong value.
    """
    status, sort = parameters.get("status", "ACTIVE"), parameters.get("sort", "ASC")
    check_one_of(status, "status", STATUSES)
    check_one_of(sort, "sort", ("ASC", "DESC"))
    last_only = "revision" in parameters
    if last_only:
        check_one_of(parameters["revision"], "revision", ("LAST_REGISTERED",))
    prefix, family = parameters.get("familyPrefix", ""), parameters.get("family")
    found = [
        record
        for name in sorted(account.daemons.families)
        if name.startswith(prefix) and family in (None, name)
        for record in account.daemons.families[name][-1 if last_only else 0 :]
        if status in ("ALL", record.status)
    ]
    if sort == "DESC":
        found.reverse()
    some, token = page(found, parameters)
    return paged_answer("daemonTaskDefinitions", list(map(definition_brief, some)), token)


def delete_daemon_task_definition(account: Account, parameters: Document) -> Document:
    """Delete a revision: daemons that use it go on, new ones cannot.

    Raises:
        ClientException: there is no such revision, it is not ACTIVE, or only a family is named.
    """
    name = parameters["daemonTaskDefinition"]
    if ":" not in name.rpartition("/")[2]:
        raise client_error("ClientException", "Revision is missing.")
    record = known_definition(account, name)
    if record.status is not DaemonDefinitionStatus.ACTIVE:
        raise client_error("ClientException", "DaemonTaskDefinition is inactive")
    delete_definition(account, record, account.clock())
    return {"daemonTaskDefinitionArn": record.definition.arn}
