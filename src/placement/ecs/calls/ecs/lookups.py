"""Look up what a call names, or refuse the call.

In: an account, and names, ids or ARNs of a call.  Out: records, or the exception of the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from placement.ecs.calls.ecs.answers import failure
from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.calls.ecs.request_rules import check_is_active
from placement.ecs.control.account import Account
from placement.ecs.control.definition_use import is_gone
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document, InstanceRecord
from placement.ecs.control.statuses import ClusterStatus
from placement.ecs.errors import client_error
from placement.errors import describe_value

__all__ = ["active_cluster", "active_definition", "registered_instance", "several_instances"]


def active_cluster(account: Account, name: Any) -> ClusterRecord:
    """Return the cluster of a name or ARN; None is ``default``.

    Raises:
        ClusterNotFoundException: there is none, or it is not ACTIVE.
    """
    found = account.find_cluster(name)
    if found is None or found.status is not ClusterStatus.ACTIVE:
        raise client_error("ClusterNotFoundException", "Cluster not found.")
    return found


def active_definition(account: Account, name: str) -> DefinitionRecord:
    """Return the revision of a family, a family with its revision, or an ARN.

    Raises:
        InvalidParameterException: there is none, or it is not ACTIVE.
    """
    record = account.find_definition(name)
    if record is None or is_gone(account, record):
        raise invalid("TaskDefinition not found.")
    check_is_active(record.status.value)
    return record


def registered_instance(account: Account, cluster: ClusterRecord, name: str) -> InstanceRecord:
    """Return the registered instance of an id or ARN.

    Raises:
        InvalidParameterException: there is none, or it is INACTIVE.
    """
    record = account.find_instance(cluster, name)
    if record is None or not record.is_registered:
        raise invalid(f"Referenced container instance {describe_value(name)} not found.")
    return record


def several_instances(
    account: Account, cluster: ClusterRecord, names: Iterable[str]
) -> tuple[list[InstanceRecord], list[Document]]:
    """Return the instances of ids and ARNs, each once, and a failure for each that is MISSING."""
    found: dict[str, InstanceRecord] = {}
    missing: dict[str, Document] = {}
    for name in names:
        record = account.find_instance(cluster, name)
        if record is None:
            arn = account.arn_in_cluster("container-instance", cluster, name)
            missing[arn] = failure(arn, "MISSING")
        else:
            found[record.id] = record
    return list(found.values()), list(missing.values())
