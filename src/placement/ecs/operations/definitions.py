"""Calls about task definitions: register, deregister, describe, list.

In: an ``Account`` and parameters whose types are right.  Out: the answer.  What a valid definition
is, and what it looks like registered, is known by ``ecs.definitions``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from placement.ecs.account import Account
from placement.ecs.definitions.check import check_task_definition
from placement.ecs.definitions.register import registered
from placement.ecs.errors import refused
from placement.ecs.pages import page
from placement.ecs.records import DefinitionRecord
from placement.engine.request import Task
from placement.errors import describe_value

__all__ = ["OPERATIONS"]

Document = dict[str, Any]

UNKNOWN = "Unable to describe task definition."


def _register(account: Account, given: Document) -> Document:
    """Register the next revision of a family."""
    problems = check_task_definition(given)
    if problems:
        raise refused("ClientException", "\n".join(map(str, problems)))
    document = registered(given)
    revisions = account.families.get(given["family"], [])
    revision = revisions[-1].document["revision"] + 1 if revisions else 1
    document |= {
        "revision": revision,
        "taskDefinitionArn": account.arn(f"task-definition/{given['family']}:{revision}"),
        "status": "ACTIVE",
        "registeredAt": account.clock(),
        "registeredBy": account.arn("").split(":ecs:")[0] + f":iam::{account.account_id}:root",
    }
    record = DefinitionRecord(document, Task.from_ecs(document), given.get("tags") or [])
    account.families.setdefault(given["family"], revisions).append(record)
    answer = {"taskDefinition": document}
    return {**answer, "tags": record.tags} if record.tags else answer


def _known(account: Account, name: str) -> DefinitionRecord:
    found = account.find_definition(name)
    if found is None:
        raise refused("ClientException", UNKNOWN)
    return found


def _deregister(account: Account, given: Document) -> Document:
    """Make a revision INACTIVE; tasks that run it go on."""
    name = given["taskDefinition"]
    _, colon, revision = name.rpartition("/")[2].partition(":")
    if not colon:
        raise refused("ClientException", "Revision is missing.")
    if not (revision.isascii() and revision.isdigit()):
        message = f"Invalid revision number. Number: {revision}"
        raise refused("InvalidParameterException", message)
    record = _known(account, name)
    if record.document["status"] == "ACTIVE":
        now = account.clock()
        record.document |= {"status": "INACTIVE", "deregisteredAt": now}
    return {"taskDefinition": record.document}


def _describe(account: Account, given: Document) -> Document:
    """Describe a revision, or the newest ACTIVE one of a family."""
    include = given.get("include") or ()
    for number, value in enumerate(include):
        _one_of(value, ("TAGS",), f"include[{number}]")
    record = _known(account, given["taskDefinition"])
    answer: Document = {"taskDefinition": record.document}
    if "TAGS" in include:
        answer["tags"] = record.tags
    return answer


def _list(account: Account, given: Document) -> Document:
    """List the ARNs of revisions, by family and revision."""
    status = given.get("status", "ACTIVE")
    _one_of(status, ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"), "status")
    _one_of(given.get("sort", "ASC"), ("ASC", "DESC"), "sort")
    family = given.get("familyPrefix")
    # The whole name of a family, whatever the parameter is called: so the API says.
    arns = [
        record.arn
        for name in sorted(account.families)
        if family in (None, name)
        for record in account.families[name]
        if record.document["status"] == status
    ]
    if given.get("sort") == "DESC":
        arns.reverse()
    return _paged("taskDefinitionArns", arns, given)


def _families(account: Account, given: Document) -> Document:
    """List the families that have revisions."""
    status = given.get("status", "ALL")
    _one_of(status, ("ACTIVE", "INACTIVE", "ALL"), "status")
    prefix = given.get("familyPrefix") or ""
    found = []
    for name in sorted(account.families):
        active = any(one.document["status"] == "ACTIVE" for one in account.families[name])
        if name.startswith(prefix) and status in ("ALL", "ACTIVE" if active else "INACTIVE"):
            found.append(name)
    return _paged("families", found, given)


def _paged(field: str, found: list[str], given: Document) -> Document:
    items, token = page(found, given)
    return {field: items} if token is None else {field: items, "nextToken": token}


def _one_of(value: str, allowed: Collection[str], path: str) -> None:
    if value not in allowed:
        message = f"{path}: expected one of {', '.join(allowed)}, not {describe_value(value)}"
        raise refused("InvalidParameterException", message)


OPERATIONS: dict[str, Callable[[Account, Document], Document]] = {
    "DeregisterTaskDefinition": _deregister,
    "DescribeTaskDefinition": _describe,
    "ListTaskDefinitionFamilies": _families,
    "ListTaskDefinitions": _list,
    "RegisterTaskDefinition": _register,
}
