"""Capacity provider strategies of calls: RunTask, services, cluster defaults (S11.1, S2.4).

In: an account, a cluster and the parameters of a call.  Out: the strategy that holds, or the
exception of the API in the service's words.  Which provider a task goes to is not decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.calls.ecs.request_rules import check_one_choice
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import ProviderStatus
from placement.ecs.control.records import ClusterRecord, Document
from placement.errors import describe_value
from placement.scaling.distribution import MAX_BASE, MAX_ITEMS, MAX_WEIGHT

__all__ = ["check_default_strategy", "check_strategy", "chosen_strategy", "stored_strategy"]

NOT_OF_CALL = "The specified capacity provider name is invalid."
NOT_OF_CLUSTER = (
    "The specified capacity provider strategy cannot contain a capacity provider that is not "
    "associated with the cluster. Associate the capacity provider with the cluster or specify a "
    "valid capacity provider and try again."
)
BASES_OF_CALL = (
    "There are multiple capacity providers in the specified capacity provider strategy with a base "
    "value greater than zero. Only one capacity provider can have a base value greater than zero. "
    "Specify a valid capacity provider strategy and try again."
)
BASES_OF_CLUSTER = (
    "The specified capacity provider strategy contains multiple capacity providers with a base "
    "value defined. Only one capacity provider per strategy can have a base value defined."
)
"""What the service says of the strategy of a call, and of a cluster's default strategy (B46)."""


def chosen_strategy(
    account: Account, cluster: ClusterRecord, parameters: Mapping[str, Any]
) -> list[Document]:
    """Return the strategy of a call, else the cluster's default; empty: a launch type holds.

    Raises:
        InvalidParameterException: a launch type is given as well, or the strategy is not valid.
    """
    given = parameters.get("capacityProviderStrategy") or []
    check_one_choice(parameters)
    if not given:
        return [] if "launchType" in parameters else cluster.default_strategy
    check_strategy(account, cluster, given)
    return stored_strategy(given)


def stored_strategy(strategy: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return a strategy with its defaults filled in."""
    return [{"weight": 0, "base": 0, **item} for item in strategy]


def check_strategy(
    account: Account, cluster: ClusterRecord, strategy: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse a strategy that is not valid for a cluster (S11.1).

    Raises:
        InvalidParameterException: it is not.
    """
    _check(account, cluster.capacity_providers, strategy, (NOT_OF_CALL, BASES_OF_CALL))


def check_default_strategy(
    account: Account, providers: Collection[str], strategy: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse a default strategy that is not valid for a cluster with some providers.

    Raises:
        InvalidParameterException: it is not.
    """
    if strategy:
        _check(account, providers, strategy, (NOT_OF_CLUSTER, BASES_OF_CLUSTER))


def _check(
    account: Account,
    providers: Collection[str],
    strategy: Sequence[Mapping[str, Any]],
    texts: tuple[str, str],
) -> None:
    not_associated, several_bases = texts
    if len(strategy) > MAX_ITEMS:
        raise invalid(f"A capacity provider strategy can have at most {MAX_ITEMS} items.")
    seen = set()
    for item in strategy:
        name = item["capacityProvider"]
        if name not in providers or name in seen:
            fault = "is listed twice" if name in seen else "is not associated with the cluster"
            raise invalid(f"{not_associated} {describe_value(name)} {fault}.")
        seen.add(name)
        _check_provider(account, name)
        if not 0 <= item.get("weight", 0) <= MAX_WEIGHT or not 0 <= item.get("base", 0) <= MAX_BASE:
            raise invalid(f"weight is from 0 to {MAX_WEIGHT}, base from 0 to {MAX_BASE}.")
    if sum(item.get("base", 0) > 0 for item in strategy) > 1:
        raise invalid(several_bases)
    if not any(item.get("weight", 0) > 0 for item in strategy):
        raise invalid(
            "There are no capacity providers in the capacity provider strategy with a weight value "
            "greater than zero. Specify a weight value greater than zero for at least one capacity "
            "provider and try again."
        )
    if len({account.providers[name].launch_type for name in seen}) > 1:
        raise invalid(
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto "
            "Scaling groups, Fargate providers and Managed Instances providers. Specify one kind "
            "and try again."
        )


def _check_provider(account: Account, name: str) -> None:
    record = account.providers.get(name)
    is_deleted = (
        record is None
        or record.status is not ProviderStatus.ACTIVE
        or (record.update_status is not None and record.update_status.is_deletion)
    )
    if is_deleted:
        raise invalid(f"The specified capacity provider {describe_value(name)} was not found.")
