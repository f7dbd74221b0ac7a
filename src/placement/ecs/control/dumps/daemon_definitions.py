"""Load daemon task definitions from their documents (C50, S7.3).

In: documents, as DescribeDaemonTaskDefinition prints them.  Out: the families of an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import mapping, sequence
from placement.documents.problems import Problems
from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.records import DaemonDefinitionRecord, DaemonDefinitionStatus
from placement.ecs.control.dumps.daemon_state import HERE
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.records import DefinitionRecord
from placement.ecs.definitions.daemon import check_daemon_definition, registered_daemon
from placement.ecs.definitions.types import typed
from placement.ecs.service import input_shape
from placement.engine.request import Task
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["load_daemon_definitions"]

SHAPE = input_shape("RegisterDaemonTaskDefinition")
"""The shape of a definition that is to be registered."""

_ARN = re.compile(r"daemon-task-definition/([^/:]+):([0-9]{1,9})")


def load_daemon_definitions(
    account: Account, records: Iterable[Record], section: Mapping[str, Any], problems: Problems
) -> dict[str, DefinitionRecord]:
    """Add daemon task definitions to an account; return what tasks are made of, by ARN."""
    tags = mapping(section.get("definitionTags"), f"{HERE}.definitionTags")
    found: dict[str, DefinitionRecord] = {}
    for record in records:
        with problems.of_record(record.path):
            made = _record(account, record, tags)
            known = account.daemons.families.setdefault(made.definition.family, [])
            known.append(made)
            found[made.definition.arn] = made.definition
    for family in account.daemons.families.values():
        family.sort(key=lambda one: one.definition.revision)
    return found


def _record(account: Account, record: Record, tags: Mapping[str, Any]) -> DaemonDefinitionRecord:
    """Return the record of a revision.

    Raises:
        DocumentError: something has not the form that ECS gives it.
    """
    path, document = record
    here = f"{path}.daemonTaskDefinitionArn"
    arn = checked_text(document.get("daemonTaskDefinitionArn"), here)
    found = _ARN.search(arn)
    if found is None or arn != account.arn(found[0]):
        message = f"expected the ARN of a daemon task definition, not {describe_value(arn)}"
        raise DocumentError(message, here)
    own = {"family": found[1], "revision": int(found[2]), **document}
    if (own["family"], own["revision"]) != (found[1], int(found[2])):
        raise DocumentError(f"family and revision are not those of {arn}", path)
    given = {name: value for name, value in own.items() if name in SHAPE.members}
    plain, wrong = typed(given, SHAPE)
    problems = wrong or check_daemon_definition(plain)
    if problems:
        raise DocumentError(problems[0].message, f"{path}.{problems[0].path}".rstrip("."))
    task_document, shown = registered_daemon(plain, own["revision"])
    fields = Fields(document, path)
    own_tags = sequence(tags.get(arn), f"{HERE}.definitionTags.{arn}")
    definition = DefinitionRecord(
        arn,
        found[1],
        own["revision"],
        task_document,
        Task.from_ecs(task_document),
        registered_at=fields.time("registeredAt"),
        registered_by=fields.text("registeredBy"),
        tags=[dict(mapping(one, f"{HERE}.definitionTags.{arn}")) for one in own_tags],
    )
    status = fields.status("status", DaemonDefinitionStatus, DaemonDefinitionStatus.ACTIVE)
    return DaemonDefinitionRecord(definition, shown, status, fields.time("deleteRequestedAt"))
