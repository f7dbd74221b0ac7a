"""Another capacity provider where that of a service has no room for long (S14, CR#773, C38).

In: a service with the option ``fallback``, and tasks that find no room.  Out: whether the other
provider may be used now, and entries in the queue for the moment from which on it may.  Tasks that
wait in PROVISIONING change their provider in ``capacity.placing``; what is started elsewhere is
decided in ``starts``.

ECS has no such rule: by default a task waits for the provider that its strategy names, or fails.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import ProviderStatus, is_fargate_strategy
from placement.ecs.control.capacity.waiting import await_fallback
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord

__all__ = [
    "RETRY_ELSEWHERE",
    "await_room",
    "may_fall_back",
    "retry_elsewhere",
    "usable_fallback",
    "watch_fallbacks",
]

RETRY_ELSEWHERE = "fallback-start"
"""The kind of the entry in the queue for tasks that could not be started."""


def usable_fallback(
    account: Account, service: ServiceRecord, deployment: DeploymentRecord, name: str | None
) -> str | None:
    """Return the name of a provider if tasks of a deployment may fall back to it, else None.

    It is associated with the cluster, ACTIVE, and of the kind of the deployment's strategy (S11.1).
    """
    provider = None if name is None else account.providers.get(name)
    strategy = deployment.revision.strategy
    if provider is None or not strategy:
        return None
    is_usable = (
        provider.status is ProviderStatus.ACTIVE
        and provider.name in service.cluster.capacity_providers
        and provider.is_fargate == is_fargate_strategy(strategy)
    )
    return provider.name if is_usable else None


def may_fall_back(
    account: Account, service: ServiceRecord, deployment: DeploymentRecord, provider: str
) -> str | None:
    """Return where tasks go for which a provider has had no room long enough, None if nowhere.

    The time counts from the first attempt at which a task of the deployment found no room.
    """
    options = service.options
    after, name = options.fallback_after, options.fallback
    name = usable_fallback(account, service, deployment, name)
    if name in (None, provider) or after is None:
        return None
    if deployment.lacks_since is None:
        deployment.lacks_since = account.time.now
        await_room(account, service, deployment)
    return name if deployment.lacks_since + after <= account.time.now else None


def await_room(account: Account, service: ServiceRecord, deployment: DeploymentRecord) -> None:
    """Enter in the queue when tasks that could not be started may go to the fallback."""
    after = service.options.fallback_after
    if after is None or deployment.lacks_since is None:
        return
    moment = max(account.time.now, deployment.lacks_since + after)
    account.time.push(moment, Phase.SERVICES, service.number, RETRY_ELSEWHERE, service.number)


def retry_elsewhere(account: Account, number: int) -> None:
    """From now on another provider may be used: try again to start what could not be started."""
    service = account.services.get(number)
    if service is None or service.options.fallback is None:
        return
    for deployment in service.deployments:
        if deployment.lacks_since is not None:
            deployment.could_help = True
    account.wake_service(service)


def watch_fallbacks(account: Account, service: ServiceRecord) -> None:
    """Follow other options of a service: enter what is due for tasks that lack room already."""
    for deployment in service.deployments:
        await_room(account, service, deployment)
        for pool in deployment.pools.values():
            for number in pool:
                waiting = service.cluster.provisioning.get(number)
                if waiting is not None:
                    await_fallback(account, service, waiting)
