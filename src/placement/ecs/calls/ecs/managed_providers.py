"""What calls say of providers of Managed Instances, checked, and how they are described (S12.1).

In: parameters whose types are right.  Out: settings, or the exception of the API.  What would
change which types are launched, and what the package's table cannot answer, is refused by name
(C45, C48).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.records import ManagedCapacity, ManagedSettings
from placement.ecs.control.capacity.managed.settings import managed_settings, not_modelled
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.errors import client_error
from placement.errors import DocumentError

__all__ = [
    "associated_cluster",
    "check_cluster_of",
    "managed_answer",
    "new_settings",
    "updated_settings",
]

PROVIDER, TEMPLATE = "managedInstancesProvider", "instanceLaunchTemplate"
MAX_PROVIDERS = 20
"""Capacity providers of a cluster (API)."""


def associated_cluster(account: Account, parameters: Document) -> ClusterRecord:
    """Return the cluster that a new provider belongs to.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: none is named, or it has as many providers as it may.
    """
    if "cluster" not in parameters:
        raise invalid("cluster is required for a capacity provider of Managed Instances.")
    cluster = active_cluster(account, parameters["cluster"])
    if len(cluster.capacity_providers) >= MAX_PROVIDERS:
        raise invalid(f"A cluster can have at most {MAX_PROVIDERS} capacity providers.")
    return cluster


def check_cluster_of(account: Account, record: ProviderRecord, parameters: Document) -> None:
    """Refuse a call about a provider that names another cluster than the provider's.

    Raises:
        ClientException: the provider belongs to another cluster, or to none.
    """
    name = parameters.get("cluster")
    if name is None:
        return
    cluster = account.find_cluster(name)
    own = None if record.managed is None else record.managed.cluster
    if cluster is None or cluster.name != own:
        raise client_error(
            "ClientException",
            f"The capacity provider {record.name} does not belong to the specified cluster.",
        )


def new_settings(account: Account, given: Mapping[str, Any]) -> ManagedSettings:
    """Return the settings of a new provider.

    Raises:
        InvalidParameterException: a value is out of its range, or some contradict each other.
        UnsupportedFeatureException: a requirement is not modelled.
    """
    template = {"capacityOptionType": "ON_DEMAND", **given[TEMPLATE]}
    return _checked(account, {**given, TEMPLATE: template})


def updated_settings(
    account: Account, managed: ManagedCapacity, given: Mapping[str, Any]
) -> ManagedSettings:
    """Return settings with what an update gives of them; what is not given stays.

    Raises:
        InvalidParameterException: a value is out of its range, or some contradict each other.
        UnsupportedFeatureException: a requirement is not modelled.
    """
    known = managed.settings.document
    template = {**known[TEMPLATE], **given.get(TEMPLATE, {})}
    return _checked(account, {**known, **given, TEMPLATE: template})


def _checked(account: Account, document: Document) -> ManagedSettings:
    unknown = not_modelled(document)
    if unknown is not None:
        message = f"{PROVIDER}.{unknown} is not supported."
        raise client_error("UnsupportedFeatureException", message)
    try:
        return managed_settings(document, account.prices.spot_factor)
    except DocumentError as error:
        raise invalid(f"{PROVIDER}.{error.path}: {error.message}.") from None


def managed_answer(managed: ManagedCapacity) -> Document:
    """Return what DescribeCapacityProviders shows of a provider beside what all have."""
    return {"cluster": managed.cluster, PROVIDER: dict(managed.settings.document)}
