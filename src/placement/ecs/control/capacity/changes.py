"""What calls change of capacity providers; statuses follow when time moves (S11.1.2, D71).

In: an account, records, settings that the calls have checked.  Out: changed records, and an entry
in the queue for the statuses.  Must not know calls.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.records import ManagedSettings
from placement.ecs.control.capacity.managed.watching import look_at
from placement.ecs.control.capacity.membership import follow_providers
from placement.ecs.control.capacity.providers import (
    GroupSettings,
    ProviderRecord,
    ProviderStatus,
    UpdateStatus,
)
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.services.statuses import ServiceStatus

__all__ = [
    "UPDATE_IN_PROGRESS",
    "finish_changes",
    "is_in_use",
    "remove_provider",
    "set_cluster_providers",
    "update_managed",
    "update_provider",
]

UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
UPDATE_COMPLETE = "UPDATE_COMPLETE"
"""``attachmentsStatus`` of a cluster whose providers were changed."""


def update_provider(account: Account, provider: ProviderRecord, settings: GroupSettings) -> None:
    """Change what a provider does with its group, from the next full minute on."""
    provider.settings = settings
    provider.update_status = UpdateStatus.UPDATE_IN_PROGRESS
    _finish_later(account)


def update_managed(account: Account, provider: ProviderRecord, settings: ManagedSettings) -> None:
    """Change what a provider of Managed Instances launches, and when instances leave.

    Instances that run already are not changed; tasks that wait are looked at again.
    """
    managed = provider.managed
    if managed is None:
        return
    managed.settings = settings
    provider.update_status = UpdateStatus.UPDATE_IN_PROGRESS
    account.choosing[provider.name] = None
    look_at(account, provider, account.time.now)
    _finish_later(account)


def remove_provider(account: Account, provider: ProviderRecord) -> None:
    """Delete a provider that is in no cluster; it is gone when time moves."""
    provider.update_status = UpdateStatus.DELETE_IN_PROGRESS
    _finish_later(account)


def set_cluster_providers(
    account: Account, cluster: ClusterRecord, names: list[str], strategy: list[Document]
) -> None:
    """Associate providers with a cluster, instead of those that it had."""
    cluster.capacity_providers, cluster.default_strategy = names, strategy
    cluster.attachments_status = UPDATE_IN_PROGRESS
    follow_providers(account, cluster)
    _finish_later(account)


def is_in_use(account: Account, cluster: ClusterRecord, name: str) -> bool:
    """Return whether a service, a daemon or a task of a cluster uses a provider."""
    if any(name in one.providers_in_use for one in account.daemons.of_cluster(cluster.name)):
        return True
    for service in cluster.services.values():
        if service.status is ServiceStatus.INACTIVE:
            continue
        for deployment in service.deployments:
            if any(one.get("capacityProvider") == name for one in deployment.revision.strategy):
                return True
    return any(
        task.settings.capacity_provider == name and task.life is not None
        for task in cluster.tasks.values()
    )


def _finish_later(account: Account) -> None:
    account.time.push(account.time.now, Phase.INSTANCES, 0, "providers")


def finish_changes(account: Account) -> None:
    """Changes of providers are complete (D71)."""
    for provider in list(account.providers.values()):
        if provider.update_status is UpdateStatus.UPDATE_IN_PROGRESS:
            provider.update_status = UpdateStatus.UPDATE_COMPLETE
            account.time.record(provider.arn, provider.update_status)
        elif provider.update_status is UpdateStatus.DELETE_IN_PROGRESS:
            if provider.managed is not None and provider.managed.instances:
                look_at(account, provider, account.time.now)
                continue
            provider.update_status = UpdateStatus.DELETE_COMPLETE
            provider.status = ProviderStatus.INACTIVE
            provider.group = None
            account.time.record(provider.arn, provider.update_status)
    for cluster in account.clusters.values():
        if cluster.attachments_status == UPDATE_IN_PROGRESS:
            cluster.attachments_status = UPDATE_COMPLETE
            account.time.record(cluster.arn, "capacity providers UPDATE_COMPLETE")
