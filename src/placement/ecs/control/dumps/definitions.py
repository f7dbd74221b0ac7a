"""Load task definitions from their documents.

In: documents, as DescribeTaskDefinition prints them.  Out: the revisions of an account, and the
ARNs of those that cannot be read.
"""

from __future__ import annotations

import re

from placement.documents.problems import Problems
from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.control.statuses import DefinitionStatus
from placement.engine.request import Task
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["load_definitions"]

LAUNCH_TYPES = ("compatibilities", "requiresCompatibilities")
"""Lists of launch types, which calls look into."""

_DEFINITION = re.compile(r"task-definition/([^/]+):([0-9]{1,9})")


def load_definitions(
    account: Account, records: list[Record], problems: Problems
) -> tuple[list[Record], frozenset[str]]:
    """Add task definitions to an account; return those, and the ARNs of what cannot be read."""
    known: list[Record] = []
    skipped: set[str] = set()
    for path, document in records:
        arn = document.get("taskDefinitionArn")
        if isinstance(arn, str):
            skipped.add(arn)
        with problems.of_record(path):
            record = _record(account, document, path)
            revisions = account.families.setdefault(record.family, [])
            revisions.append(record)
            skipped.discard(record.arn)
            known.append(Record(path, document))
    for revisions in account.families.values():
        revisions.sort(key=lambda one: one.revision)
    return known, frozenset(skipped)


def _record(account: Account, document: Document, path: str) -> DefinitionRecord:
    """Return the record of a revision.

    Raises:
        CqlError: a constraint is no valid expression.
        DocumentError: something has not the form that ECS gives it.
    """
    here = f"{path}.taskDefinitionArn"
    arn = checked_text(document.get("taskDefinitionArn"), here)
    found = _DEFINITION.search(arn)
    if found is None or arn != account.arn(found[0]):
        raise DocumentError(f"expected the ARN of a revision, not {describe_value(arn)}", here)
    family, revision = found[1], int(found[2])
    names = document.setdefault("family", family), document.setdefault("revision", revision)
    if names != (family, revision):
        raise DocumentError(f"family and revision are not those of {arn}", path)
    try:
        task = Task.from_ecs(document)
    except DocumentError as error:
        raise DocumentError(error.message, f"{path}.{error.path}".rstrip(".")) from None
    for number, container in enumerate(document["containerDefinitions"]):
        if "name" in container:
            checked_text(container["name"], f"{path}.containerDefinitions[{number}].name")
    fields = Fields(document, path)
    fields.skip("taskDefinitionArn")
    for name in LAUNCH_TYPES:
        Fields(document, path).texts(name)
    return DefinitionRecord(
        arn,
        family,
        revision,
        status=fields.status("status", DefinitionStatus, DefinitionStatus.ACTIVE),
        registered_at=fields.time("registeredAt"),
        registered_by=fields.text("registeredBy"),
        deregistered_at=fields.time("deregisteredAt"),
        tags=fields.objects("tags"),
        document=fields.rest(),
        task=task,
    )
