"""Calls about daemon task definitions: register, describe, list, delete.

In: an ``Account`` and parameters whose types are right.  Out: the answer.  What a valid definition
is, and what it looks like registered, is known by ``ecs.definitions.daemon``.
"""

from __future__ import annotations

from placement.ecs.calls.ecs.answers import paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_tags
from placement.ecs.calls.ecs.daemons.answers import definition_answer, definition_brief
from placement.ecs.calls.ecs.daemons.checks import known_definition
from placement.ecs.calls.ecs.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.changes import add_definition, delete_definition
from placement.ecs.control.daemons.records import DaemonDefinitionRecord, DaemonDefinitionStatus
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.definitions.daemon import check_daemon_definition, registered_daemon
from placement.ecs.errors import client_error
from placement.engine.request import Task

__all__ = [
    "delete_daemon_task_definition",
    "describe_daemon_task_definition",
    "list_daemon_task_definitions",
    "register_daemon_task_definition",
]

STATUSES = ("ACTIVE", "DELETE_IN_PROGRESS", "ALL")


def register_daemon_task_definition(account: Account, parameters: Document) -> Document:
    """Register the next revision of a family of daemons.

    Raises:
        ClientException: the definition is not valid; the message lists every problem.
        InvalidParameterException: the tags are wrong.
    """
    check_tags(parameters.get("tags", []))
    problems = check_daemon_definition(parameters)
    if problems:
        raise client_error("ClientException", "\n".join(map(str, problems)))
    family = parameters["family"]
    known = account.daemons.families.get(family, [])
    revision = known[-1].definition.revision + 1 if known else 1
    document, shown = registered_daemon(parameters, revision)
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
    add_definition(account, DaemonDefinitionRecord(definition, shown))
    return {"daemonTaskDefinitionArn": definition.arn}


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
