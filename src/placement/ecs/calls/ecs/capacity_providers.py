"""Calls about capacity providers: create, update, describe, delete, associate (S11.1).

In: an account and parameters whose types are right.  Out: the answer.  What is particular to a
kind of provider is in ``group_providers`` and ``managed_providers``.
"""

from __future__ import annotations

import re

from placement.ecs.calls.ecs.answers import cluster_answer, failure, paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_size, check_tags, invalid
from placement.ecs.calls.ecs.group_providers import (
    SCALING,
    group_answer,
    new_group_settings,
    updated_group_settings,
)
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.managed_providers import (
    associated_cluster,
    check_cluster_of,
    managed_answer,
    new_settings,
    updated_settings,
)
from placement.ecs.calls.ecs.pages import page
from placement.ecs.calls.ecs.provider_strategies import check_default_strategy, stored_strategy
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.changes import (
    UPDATE_IN_PROGRESS,
    is_in_use,
    remove_provider,
    set_cluster_providers,
    update_managed,
    update_provider,
)
from placement.ecs.control.capacity.managed.records import ManagedCapacity
from placement.ecs.control.capacity.providers import (
    ProviderKind,
    ProviderRecord,
    ProviderStatus,
    UpdateStatus,
)
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.errors import client_error
from placement.errors import describe_value

__all__ = [
    "check_cluster_providers",
    "create_capacity_provider",
    "delete_capacity_provider",
    "describe_capacity_providers",
    "known_provider",
    "provider_answer",
    "put_cluster_capacity_providers",
    "update_capacity_provider",
]

MAX_DESCRIBED = 10
"""Providers of a page of DescribeCapacityProviders (API)."""

MANAGED = "managedInstancesProvider"
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
RESERVED_PREFIXES = ("aws", "ecs", "fargate")

INVALID_NAME = (
    "The specified capacity provider name is invalid. Up to 255 characters are allowed, including "
    "letters (upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed "
    'with "aws", "ecs", or "fargate".'
)


def create_capacity_provider(account: Account, parameters: Document) -> Document:
    """Create a provider of an Auto Scaling group or of Managed Instances; it can be used at once.

    One of Managed Instances is associated with its cluster by itself (S11.1.2).

    Raises:
        ClientException: the name is taken.
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a parameter has a wrong value, or there is no such group.
        UnsupportedFeatureException: a requirement of instances is not modelled.
    """
    name = parameters["name"]
    if not NAME.fullmatch(name) or name.lower().startswith(RESERVED_PREFIXES):
        raise invalid(INVALID_NAME)
    check_tags(parameters.get("tags", []))
    if ("autoScalingGroupProvider" in parameters) == (MANAGED in parameters):
        raise invalid(f"A capacity provider has either an autoScalingGroupProvider or a {MANAGED}.")
    known = account.providers.get(name)
    if known is not None and known.status is ProviderStatus.ACTIVE:
        raise client_error(
            "ClientException",
            f"The capacity provider {name} already exists. Specify another name and try again.",
        )
    if MANAGED in parameters:
        cluster = associated_cluster(account, parameters)
        record = _new_record(account, parameters, ProviderKind.MANAGED_INSTANCES)
        record.managed = ManagedCapacity(cluster.name, new_settings(account, parameters[MANAGED]))
        cluster.capacity_providers = [*cluster.capacity_providers, name]
    else:
        group, settings = new_group_settings(account, parameters)
        record = _new_record(account, parameters, ProviderKind.GROUP)
        record.group, record.group_arn, record.settings = group.name, group.arn, settings
    account.providers.pop(name, None)  # a deleted one: the new one comes last
    account.providers[name] = record
    return {"capacityProvider": provider_answer(record, tags=True)}


def _new_record(account: Account, parameters: Document, kind: ProviderKind) -> ProviderRecord:
    name = parameters["name"]
    return ProviderRecord(
        name,
        account.arn(f"capacity-provider/{name}"),
        kind,
        account.clock(),
        update_status=UpdateStatus.CREATE_COMPLETE,
        tags=parameters.get("tags", []),
    )


def update_capacity_provider(account: Account, parameters: Document) -> Document:
    """Change what a provider does with its group, or launches; what is not given stays.

    Instances that run already are not changed by an update of what is launched (S12.1).

    Raises:
        ClientException: there is no such provider, it is one of Fargate, it is being deleted, or
            it belongs to another cluster.
        InvalidParameterException: a parameter has a wrong value.
        UnsupportedFeatureException: a requirement of instances is not modelled.
    """
    record = known_provider(account, parameters["name"])
    if record.is_fargate:
        raise client_error("ClientException", f"{record.name} cannot be updated.")
    if record.is_leaving:
        raise client_error("ClientException", f"The capacity provider {record.name} is deleted.")
    check_cluster_of(account, record, parameters)
    own = "autoScalingGroupProvider" if record.managed is None else MANAGED
    other = MANAGED if record.managed is None else "autoScalingGroupProvider"
    given = parameters.get(own)
    if given is None or other in parameters:
        raise invalid(f"An update of the capacity provider {record.name} needs an {own} alone.")
    if record.managed is not None:
        update_managed(account, record, updated_settings(account, record.managed, given))
        return {"capacityProvider": provider_answer(record, tags=True)}
    settings = updated_group_settings(
        record.settings, given, account.groups.get(record.group or "")
    )
    clusters = [
        one.name for one in account.clusters.values() if record.name in one.capacity_providers
    ]
    if settings.is_managed and len(clusters) > 1:
        raise invalid(
            f"The capacity provider {record.name} belongs to the clusters {', '.join(clusters)}: "
            "with managed scaling it can belong to one only."
        )
    update_provider(account, record, settings)
    return {"capacityProvider": provider_answer(record, tags=True)}


def describe_capacity_providers(account: Account, parameters: Document) -> Document:
    """Describe providers, all of them if none is named; unknown ones are failures (2.13).

    Deleted ones are described by name only.
    """
    include = parameters.get("include", [])
    for field in include:
        check_one_of(field, "include", ("TAGS",))
    names = list(dict.fromkeys(parameters.get("capacityProviders", [])))
    found, failures = [], []
    for name in names:
        record = _find(account, name)
        if record is None:
            arn = name if name.startswith("arn:") else account.arn(f"capacity-provider/{name}")
            failures.append(failure(arn, "MISSING"))
        else:
            found.append(record)
    if not names:
        found = [one for one in account.providers.values() if one.status is ProviderStatus.ACTIVE]
    if parameters.get("cluster") is not None:
        cluster = active_cluster(account, parameters["cluster"])
        found = [one for one in found if one.name in cluster.capacity_providers]
    shown, token = page([one.name for one in found], parameters, MAX_DESCRIBED)
    by_name = {one.name: one for one in found}
    answers = [provider_answer(by_name[name], tags="TAGS" in include) for name in shown]
    return {**paged_answer("capacityProviders", answers, token), "failures": failures}


def delete_capacity_provider(account: Account, parameters: Document) -> Document:
    """Delete a provider that is associated with no cluster.

    Managed Instances are drained first; it is gone when the last of them has ended.

    Raises:
        ClientException: there is no such provider, it is one of Fargate, or it belongs to another
            cluster.
        InvalidParameterException: a cluster has it.
    """
    record = known_provider(account, parameters["capacityProvider"])
    if record.is_fargate:
        raise client_error("ClientException", f"{record.name} cannot be deleted.")
    check_cluster_of(account, record, parameters)
    if any(record.name in one.capacity_providers for one in account.clusters.values()):
        raise invalid(
            "The specified capacity provider is in use and cannot be removed. Remove it from its "
            "clusters and try again."
        )
    if not record.is_leaving:
        remove_provider(account, record)
    return {"capacityProvider": provider_answer(record, tags=True)}


def put_cluster_capacity_providers(account: Account, parameters: Document) -> Document:
    """Give a cluster its complete list of providers, and its default strategy (S11.1.2).

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a provider is not there, or the strategy is not valid.
        ResourceInUseException: a service or task uses a provider that is not in the list.
        UpdateInProgressException: the last change is not complete yet.
    """
    cluster = active_cluster(account, parameters["cluster"])
    names = parameters["capacityProviders"]
    strategy = parameters["defaultCapacityProviderStrategy"]
    check_cluster_providers(account, names, strategy, cluster)
    if cluster.attachments_status == UPDATE_IN_PROGRESS:
        raise client_error(
            "UpdateInProgressException",
            "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_"
            "COMPLETE or UPDATE_FAILED state before they can be updated.",
        )
    for name in cluster.capacity_providers:
        if name not in names and is_in_use(account, cluster, name):
            raise client_error(
                "ResourceInUseException",
                "The specified capacity provider is in use and cannot be removed.",
            )
    set_cluster_providers(account, cluster, list(names), stored_strategy(strategy))
    shown = ("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS")
    return {"cluster": cluster_answer(cluster, shown)}


def check_cluster_providers(
    account: Account,
    names: list[str],
    strategy: list[Document],
    cluster: ClusterRecord | None = None,
) -> None:
    """Refuse providers that a cluster cannot have, and a default strategy that is not of them.

    Raises:
        InvalidParameterException: one is not there or not ACTIVE, or has another cluster; or the
            strategy is not valid (S11.1).
    """
    check_size(names, "capacityProviders", 20, least=0)
    if len(set(names)) < len(names):
        raise invalid("A capacity provider is listed twice.")
    for name in names:
        record = account.providers.get(name)
        if record is None or record.status is not ProviderStatus.ACTIVE or record.is_leaving:
            raise invalid(
                f"The specified capacity provider {describe_value(name)} was not found. Specify a "
                "valid name and try again."
            )
        if record.managed is not None and (
            cluster is None or cluster.name != record.managed.cluster
        ):
            raise invalid(
                f"The capacity provider {name} of Managed Instances belongs to the cluster "
                f"{record.managed.cluster}: it cannot belong to another one."
            )
        if record.settings.is_managed:
            for other in account.clusters.values():
                if other is not cluster and name in other.capacity_providers:
                    raise invalid(
                        f"The capacity provider {name} has managed scaling and belongs to the "
                        f"cluster {other.name}: it cannot belong to another one."
                    )
    check_default_strategy(account, names, strategy)


# Reading and writing


def known_provider(account: Account, name: str) -> ProviderRecord:
    """Return the provider of a name or ARN.

    Raises:
        ClientException: there is none.
    """
    found = _find(account, name)
    if found is None:
        raise client_error(
            "ClientException",
            "The specified capacity provider does not exist. Specify a valid "
            "name or ARN and try again.",
        )
    return found


def _find(account: Account, name: str) -> ProviderRecord | None:
    found = account.providers.get(name.rpartition("/")[2])
    return None if found is None or (":" in name and found.arn != name) else found


def provider_answer(record: ProviderRecord, *, tags: bool) -> Document:
    """Return a provider as DescribeCapacityProviders gives it."""
    answer: Document = {
        **{name: value for name, value in record.extra.items() if name != SCALING},
        "capacityProviderArn": record.arn,
        "name": record.name,
        "status": str(record.status),
        "tags": record.tags if tags else [],
        "type": str(record.kind),
    }
    if record.update_status is not None:
        answer["updateStatus"] = str(record.update_status)
    if record.group_arn is not None:
        answer["autoScalingGroupProvider"] = group_answer(record, record.group_arn)
    if record.managed is not None:
        answer |= managed_answer(record.managed)
    return answer
