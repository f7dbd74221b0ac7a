"""Calls about task definitions: register, deregister, describe, list.

In: an ``Account`` and parameters whose types are right.  Out: the answer.  What a valid definition
is, and what it looks like registered, is known by ``ecs.definitions``.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from placement.ecs.calls.ecs.answers import definition_answer, failure, paged_answer
from placement.ecs.calls.ecs.checking import check_size, invalid
from placement.ecs.calls.ecs.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.definition_use import is_gone
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.control.statuses import DefinitionStatus
from placement.ecs.definitions.check import check_task_definition
from placement.ecs.definitions.register import registered
from placement.ecs.errors import client_error
from placement.engine.request import Task
from placement.errors import describe_value

__all__ = [
    "delete_task_definitions",
    "deregister_task_definition",
    "describe_task_definition",
    "list_task_definition_families",
    "list_task_definitions",
    "register_task_definition",
]

MAX_DELETED = 10
STILL_ACTIVE = (
    "The specified task definition is still in ACTIVE status. Please deregister the target and try "
    "again."
)

UNKNOWN = "Unable to describe task definition."


def register_task_definition(account: Account, parameters: Document) -> Document:
    """Register the next revision of a family.

    Raises:
        ClientException: the definition is not valid; the message lists every problem.
    """
    problems = check_task_definition(parameters)
    if problems:
        raise client_error("ClientException", "\n".join(map(str, problems)))
    family = parameters["family"]
    revisions = account.families.get(family, [])
    revision = revisions[-1].revision + 1 if revisions else 1
    document = {**registered(parameters), "revision": revision}
    record = DefinitionRecord(
        account.arn(f"task-definition/{family}:{revision}"),
        family,
        revision,
        document,
        Task.from_ecs(document),
        registered_at=account.clock(),
        registered_by=account.root,
        tags=parameters.get("tags") or [],
    )
    account.families.setdefault(family, revisions).append(record)
    answer = {"taskDefinition": definition_answer(record)}
    return {**answer, "tags": record.tags} if record.tags else answer


def deregister_task_definition(account: Account, parameters: Document) -> Document:
    """Make a revision INACTIVE; one that is so already stays as it is.

    Raises:
        ClientException: there is no such revision, or only a family is named.
        InvalidParameterException: the revision is no number.
    """
    name = parameters["taskDefinition"]
    _, colon, revision = name.rpartition("/")[2].partition(":")
    if not colon:
        raise client_error("ClientException", "Revision is missing.")
    if not (revision.isascii() and revision.isdigit()):
        message = f"Invalid revision number. Number: {revision}"
        raise client_error("InvalidParameterException", message)
    record = _known(account, name)
    if record.status is DefinitionStatus.ACTIVE:
        record.deregistered_at = account.clock()
        record.status = DefinitionStatus.INACTIVE
    return {"taskDefinition": definition_answer(record)}


def delete_task_definitions(account: Account, parameters: Document) -> Document:
    """Delete INACTIVE revisions; each is there until no task and no service refers to it (B47).

    Raises:
        InvalidParameterException: there are too few or too many names, or one has no revision.
    """
    names = list(dict.fromkeys(parameters["taskDefinitions"]))
    check_size(names, "taskDefinitions", MAX_DELETED)
    for name in names:
        if not re.search(r":[0-9]+$", name, re.ASCII):
            raise invalid(f"{describe_value(name)}: a revision is missing.")
    found, failures = [], []
    for name in names:
        record = account.find_definition(name)
        if record is None or is_gone(account, record):
            arn = name if name.startswith("arn:") else account.arn(f"task-definition/{name}")
            failures.append(failure(arn, "MISSING"))
        elif record.status is DefinitionStatus.ACTIVE:
            failures.append(failure(record.arn, STILL_ACTIVE))
        else:
            record.status = DefinitionStatus.DELETE_IN_PROGRESS
            found.append(definition_answer(record))
    return {"taskDefinitions": found, "failures": failures}


def describe_task_definition(account: Account, parameters: Document) -> Document:
    """Describe a revision, the latest ACTIVE one where only a family is named.

    Raises:
        ClientException: there is no such revision.
        InvalidParameterException: ``include`` is wrong.
    """
    include = parameters.get("include") or ()
    for number, value in enumerate(include):
        _one_of(value, ("TAGS",), f"include[{number}]")
    record = _known(account, parameters["taskDefinition"])
    answer: Document = {"taskDefinition": definition_answer(record)}
    if "TAGS" in include:
        answer["tags"] = record.tags
    return answer


def list_task_definitions(account: Account, parameters: Document) -> Document:
    """List the ARNs of revisions, family by family, a page.

    Raises:
        InvalidParameterException: a parameter has a wrong value.
    """
    status = parameters.get("status", "ACTIVE")
    _one_of(status, ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"), "status")
    _one_of(parameters.get("sort", "ASC"), ("ASC", "DESC"), "sort")
    family = parameters.get("familyPrefix")
    # The whole name of a family, whatever the parameter is called: so the API says.
    arns = [
        record.arn
        for name in sorted(account.families)
        if family in (None, name)
        for record in account.families[name]
        if record.status == status and not is_gone(account, record)
    ]
    if parameters.get("sort") == "DESC":
        arns.reverse()
    return paged_answer("taskDefinitionArns", *page(arns, parameters))


def list_task_definition_families(account: Account, parameters: Document) -> Document:
    """List families by the beginning of their name, a page.

    Raises:
        InvalidParameterException: a parameter has a wrong value.
    """
    status = parameters.get("status", "ALL")
    _one_of(status, ("ACTIVE", "INACTIVE", "ALL"), "status")
    prefix = parameters.get("familyPrefix") or ""
    found = []
    for name in sorted(account.families):
        there = [one for one in account.families[name] if not is_gone(account, one)]
        active = any(one.status is DefinitionStatus.ACTIVE for one in there)
        wanted = status in ("ALL", "ACTIVE" if active else "INACTIVE")
        if there and wanted and name.startswith(prefix):
            found.append(name)
    return paged_answer("families", *page(found, parameters))


def _known(account: Account, name: str) -> DefinitionRecord:
    found = account.find_definition(name)
    if found is None or is_gone(account, found):
        raise client_error("ClientException", UNKNOWN)
    return found


def _one_of(value: str, allowed: Collection[str], path: str) -> None:
    if value not in allowed:
        message = f"{path}: expected one of {', '.join(allowed)}, not {describe_value(value)}"
        raise client_error("InvalidParameterException", message)
