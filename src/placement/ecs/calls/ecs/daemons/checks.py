"""What calls about managed daemons look up, and refuse, in texts of S2.4's kind.

In: an account and parameters whose types are right.  Out: records and settings, or the exception of
the API.  Nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from placement.ecs.calls.ecs.checking import check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.checks import check_alarms
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import ProviderKind, ProviderStatus
from placement.ecs.control.daemons.records import (
    DaemonConfiguration,
    DaemonDefinitionRecord,
    DaemonDefinitionStatus,
    DaemonRecord,
)
from placement.ecs.control.records import ClusterRecord
from placement.ecs.errors import ClientError, client_error
from placement.errors import describe_value
from placement.timestamps import MINUTE

__all__ = [
    "NOT_FOUND",
    "PROPAGATED",
    "checked_configuration",
    "checked_providers",
    "find_daemon",
    "find_definition",
    "known_daemon",
    "known_definition",
    "usable_definition",
]

MAX_BAKE = 1440
MAX_PROVIDERS = 20
PROPAGATED = ("DAEMON", "NONE")

NOT_FOUND = "Daemon not found."

ONLY_MANAGED = (
    "ECS Managed Daemons is only supported for Amazon ECS Managed Instances Capacity Providers."
)


# Looking up


def find_daemon(account: Account, name: str) -> DaemonRecord | None:
    """Return the daemon of an ARN, or of a name in the default cluster; None: there is none."""
    if ":" not in name:
        return account.daemons.find("default", name)
    return next((one for one in account.daemons.by_number.values() if one.arn == name), None)


def known_daemon(account: Account, name: str) -> DaemonRecord:
    """Return the daemon of an ARN or name.

    Raises:
        ClusterNotFoundException: its cluster is not ACTIVE.
        DaemonNotFoundException: there is none.
    """
    found = find_daemon(account, name)
    if found is None:
        raise client_error("DaemonNotFoundException", NOT_FOUND)
    active_cluster(account, found.cluster)
    return found


def find_definition(account: Account, name: str) -> DaemonDefinitionRecord | None:
    """Return the definition of a family (its latest ACTIVE), ``family:revision`` or ARN."""
    prefix = account.arn("daemon-task-definition/")
    if name.startswith("arn:") and not name.startswith(prefix):
        return None
    family, colon, revision = name.removeprefix(prefix).partition(":")
    known = account.daemons.families.get(family, [])
    if not colon:
        is_active = DaemonDefinitionStatus.ACTIVE
        return next((one for one in reversed(known) if one.status is is_active), None)
    number = int(revision) if re.fullmatch(r"[0-9]{1,9}", revision) else 0
    return next((one for one in known if one.definition.revision == number), None)


def known_definition(account: Account, name: str) -> DaemonDefinitionRecord:
    """Return the same.

    Raises:
        ClientException: there is none.
    """
    found = find_definition(account, name)
    if found is None:
        raise client_error("ClientException", "DaemonTaskDefinition not found.")
    return found


def usable_definition(account: Account, name: str) -> DaemonDefinitionRecord:
    """Return a definition that a daemon can be given.

    Raises:
        ClientException: there is none, or it is being deleted.
    """
    found = known_definition(account, name)
    if found.status is not DaemonDefinitionStatus.ACTIVE:
        raise client_error("ClientException", "DaemonTaskDefinition is inactive")
    return found


# Settings


def checked_providers(
    account: Account, cluster: ClusterRecord, arns: Sequence[str]
) -> tuple[str, ...]:
    """Return the names of a daemon's capacity providers, given by ARN or name.

    Raises:
        InvalidParameterException: there is none, one is not there or not of Managed Instances, or
            the cluster does not have it.
    """
    check_size(arns, "capacityProviderArns", MAX_PROVIDERS)
    names = []
    for arn in arns:
        found = account.providers.get(arn.rpartition("/")[2])
        if found is None or (":" in arn and found.arn != arn):
            raise _no_provider(arn)
        if found.status is not ProviderStatus.ACTIVE:
            raise _no_provider(arn)
        if found.kind is not ProviderKind.MANAGED_INSTANCES:
            raise invalid(f"{ONLY_MANAGED} {found.name} is none of them.")
        if found.name not in cluster.capacity_providers:
            raise invalid(
                f"The capacity provider {found.name} is not associated with the cluster "
                f"{cluster.name}."
            )
        if found.name in names:
            raise invalid(f"The capacity provider {found.name} is listed twice.")
        names.append(found.name)
    return tuple(names)


def _no_provider(arn: str) -> ClientError:
    return invalid(
        f"The specified capacity provider {describe_value(arn)} was not found. Specify a valid "
        "name or ARN and try again."
    )


def checked_configuration(
    account: Account, document: Mapping[str, Any] | None, known: DaemonConfiguration
) -> DaemonConfiguration:
    """Return the deployment settings of a call; without any those that were known.

    Raises:
        InvalidParameterException: a value is out of its range, or there is no such alarm.
    """
    if document is None:
        return known
    percent, bake = document.get("drainPercent"), document.get("bakeTimeInMinutes", 0)
    if percent is not None and not 0 <= percent <= 100:
        raise invalid(f"drainPercent must be from 0.0 to 100.0, not {percent}.")
    if not 0 <= bake <= MAX_BAKE:
        raise invalid(f"bakeTimeInMinutes must be from 0 to {MAX_BAKE}, not {bake}.")
    alarms = document.get("alarms", {})
    names = tuple(dict.fromkeys(alarms.get("alarmNames", ())))
    check_alarms(account.alarms.by_name, names)
    usual = DaemonConfiguration()
    return DaemonConfiguration(
        usual.drain_percent if percent is None else Fraction(str(percent)),
        bake * MINUTE,
        names,
        alarms.get("enable", False),
        dict(document),
    )
