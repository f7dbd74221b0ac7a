"""Who refers to a revision of a task definition: whether one that is being deleted is gone (B47).

In: an account and a revision.  Out: a truth value.  Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from placement.ecs.control.account import Account
from placement.ecs.control.records import DefinitionRecord
from placement.ecs.control.statuses import DefinitionStatus

if TYPE_CHECKING:
    from placement.ecs.control.services.records import ServiceRecord

__all__ = ["is_gone"]


def is_gone(account: Account, record: DefinitionRecord) -> bool:
    """Return whether a revision is no longer there: it is deleted, and nothing refers to it.

    Nothing can refer to it again, because only an ACTIVE revision is taken by a call.
    """
    if record.status is not DefinitionStatus.DELETE_IN_PROGRESS:
        return False
    if any(task.settings.definition_arn == record.arn for task in account.live.values()):
        return False
    return not any(record.arn in _named_by(service) for service in account.services.values())


def _named_by(service: ServiceRecord) -> Iterator[str]:
    """Yield the ARNs of the revisions that a service runs, or goes back to."""
    for deployment in service.deployments:
        yield deployment.revision.definition.arn
    if service.completed is not None:
        yield service.completed.revision.definition.arn
    for document in (service.document, service.kept or {}):
        if "taskDefinition" in document:
            yield document["taskDefinition"]
