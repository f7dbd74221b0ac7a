"""Which capacity provider an instance belongs to, as the engine and its record know it (C34).

In: clusters, instances, providers.  Out: changed records; the engine is changed along with them.

To the engine the provider of an instance is an attribute whose name no caller can write: the API
refuses it, and the query language has no such subject (1.4).  A task of a provider requires it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.ecs.control.records import ClusterRecord, InstanceRecord

if TYPE_CHECKING:
    from placement.ecs.control.account import Account
    from placement.ecs.control.capacity.providers import ProviderRecord

__all__ = [
    "PROVIDER_ATTRIBUTE",
    "cluster_of_group",
    "follow_providers",
    "provider_of_group",
    "registered_instance",
    "set_provider",
]

PROVIDER_ATTRIBUTE = "ecs.(capacity-provider)"
"""The name of the attribute; answers leave it out."""


def set_provider(cluster: ClusterRecord, instance: InstanceRecord, name: str | None) -> None:
    """Let a registered instance belong to a provider, or to none."""
    if instance.capacity_provider == name or not instance.is_registered:
        return
    instance.capacity_provider = name
    if name is None:
        cluster.engine.delete_attributes(instance.id, [PROVIDER_ATTRIBUTE])
    else:
        cluster.engine.put_attributes(instance.id, {PROVIDER_ATTRIBUTE: name})


def provider_of_group(account: Account, group: str) -> ProviderRecord | None:
    """Return the provider that names a group, None if none does; a group has one at most."""
    for provider in account.providers.values():
        if provider.group == group:
            return provider
    return None


def cluster_of_group(account: Account, group: str) -> ClusterRecord | None:
    """Return the cluster that the provider of a group is associated with, None without one."""
    provider = provider_of_group(account, group)
    if provider is None:
        return None
    for cluster in account.clusters.values():
        if provider.name in cluster.capacity_providers:
            return cluster
    return None


def registered_instance(
    account: Account, cluster: str | None, id: str | None
) -> tuple[ClusterRecord, InstanceRecord] | None:
    """Return a cluster by name and its instance of an id, None if it is not registered there."""
    found = account.clusters.get(cluster or "")
    record = None if found is None else found.instances.get(id or "")
    if found is None or record is None or not record.is_registered:
        return None
    return found, record


def follow_providers(account: Account, cluster: ClusterRecord) -> None:
    """Let the instances of groups in a cluster belong to the providers that it has now."""
    names = {
        provider.group: provider.name
        for provider in account.providers.values()
        if provider.group is not None and provider.name in cluster.capacity_providers
    }
    for instance in cluster.instances.values():
        if instance.group_instance is not None:
            set_provider(cluster, instance, names.get(instance.group_instance[0]))
