"""Start tasks of a deployment: the engine chooses instances, Fargate zones.

In: a service, one of its deployments, a number, perhaps a zone.  Out: the tasks that were started,
fewer where no more found room, and on demand the sentence that says why (2.14).
"""

from __future__ import annotations

from collections import Counter

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.fargate import free_zone, network_zones
from placement.ecs.control.capacity.provider_zones import provider_zones
from placement.ecs.control.capacity.providers import MANAGED_STRATEGY, ProviderRecord
from placement.ecs.control.capacity.waiting import ServiceWish, may_wait, start_waiting
from placement.ecs.control.services.changes import deployment_request
from placement.ecs.control.services.distribution import next_providers
from placement.ecs.control.services.fallbacks import may_fall_back
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.tasks import start_task_record
from placement.ecs.reasons import api_reason
from placement.engine.prepared import PreparedRequest
from placement.engine.ranking import default_strategy
from placement.engine.request import AtMost, Constraint, Spread, Strategy, ZoneSkew
from placement.errors import RegexTimeout

__all__ = [
    "closest_instance",
    "constraints_of",
    "fargate_zone",
    "prepared_request",
    "request_of",
    "start_tasks",
    "strategy_of",
    "why_unplaced",
]

MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
OVER_LIMIT = (
    "was unable to place tasks in your cluster because the tasks provisioning capacity limit was "
    "exceeded."
)
EMPTY_PROVIDER = (
    "was unable to reach steady state. Reason: No Container Instances were found in your capacity "
    "provider."
)
UNPLACED = "was unable to place a task because no container instance met all of its requirements."

_REASONS = {
    "RESOURCE:CPU": "has insufficient CPU units available.",
    "RESOURCE:MEMORY": "has insufficient memory available.",
    "RESOURCE:GPU": "has insufficient GPU resource available.",
    "RESOURCE:PORTS": "is already using a port required by your task.",
    "ATTRIBUTE": "is missing an attribute required by your task.",
}
"""What an event says of the closest instance (2.14); other reasons are quoted."""


def start_tasks(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    count: int,
    zone: str | None = None,
) -> list[TaskRecord]:
    """Start up to ``count`` tasks of a deployment, in a zone if one is given; return them.

    With a capacity provider strategy tasks that fit nowhere may wait: they are started all the same
    (S11.3).
    """
    if deployment.revision.strategy:
        return _by_providers(account, service, deployment, count, zone)
    if deployment.revision.is_fargate:
        return _on_fargate(account, service, deployment, deployment.request, count, zone)
    return _on_instances(account, service, deployment, deployment.request, count, zone)


def _by_providers(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    count: int,
    zone: str | None,
) -> list[TaskRecord]:
    """Start tasks provider by provider; the first that has no room ends it.

    None replaces it but the fallback of the service's options, where there is one.
    """
    started: list[TaskRecord] = []
    for name, number in next_providers(deployment, count):
        request = request_of(service, deployment, name)
        provider = account.providers.get(name)
        if provider is None:
            break
        if provider.is_fargate:
            found = _on_fargate(account, service, deployment, request, number, zone)
        else:
            found = _on_instances(account, service, deployment, request, number, zone, name)
        if len(found) < number and _may_wait_for(account, provider, zone):
            found += _wait(account, service, deployment, request, number - len(found), zone, name)
        if len(found) < number and zone is None:
            found += _elsewhere(account, service, deployment, number - len(found), name)
        started += found
        if len(found) < number:
            break
    return started


def _may_wait_for(account: Account, provider: ProviderRecord, zone: str | None) -> bool:
    """Return whether tasks may wait for a provider: never in a zone where it gets no instance."""
    return provider.lets_wait and (zone is None or zone in provider_zones(account, provider))


def _elsewhere(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    count: int,
    provider: str,
) -> list[TaskRecord]:
    """Start tasks on the fallback, once their provider has had no room long enough (S14, C38)."""
    name = may_fall_back(account, service, deployment, provider)
    if name is None:
        return []
    request = request_of(service, deployment, name)
    if account.providers[name].is_fargate:
        return _on_fargate(account, service, deployment, request, count, None)
    found = _on_instances(account, service, deployment, request, count, None, name)
    if len(found) < count and account.providers[name].lets_wait:
        found += _wait(account, service, deployment, request, count - len(found), None, name)
    return found


def _wait(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    request: TaskRequest,
    count: int,
    zone: str | None,
    provider: str,
) -> list[TaskRecord]:
    """Let tasks wait for instances, as many as may (A57)."""
    wish = ServiceWish(service.number, deployment.number, zone, provider)
    cluster = service.cluster
    return [
        start_waiting(account, cluster, request, wish, service, deployment)
        for _ in range(may_wait(account, cluster, count))
    ]


def request_of(
    service: ServiceRecord, deployment: DeploymentRecord, provider: str | None
) -> TaskRequest:
    """Return what tasks of a deployment are started with on a capacity provider."""
    if provider is None:
        return deployment.request
    known = deployment.requests.get(provider)
    if known is None:
        known = deployment.requests[provider] = deployment_request(
            service, deployment.revision, deployment.id, deployment.request.network, provider
        )
    return known


def _on_instances(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    request: TaskRequest,
    count: int,
    zone: str | None,
    provider: str | None = None,
) -> list[TaskRecord]:
    cluster = service.cluster
    engine = cluster.engine
    if not len(engine):
        return []
    prepared = prepared_request(service, deployment, zone, provider)
    try:
        placed = engine.place_many([prepared], [0] * count)
    except RegexTimeout:
        return []
    started = []
    ids = engine.ids
    for row, number in zip(placed.rows.tolist(), placed.task_ids.tolist(), strict=True):
        if row < 0:
            continue
        instance = cluster.instances[ids[row] or ""]
        if service.options.current_revision_only:
            engine.set_task(number, deployment=deployment.number)
        started.append(
            start_task_record(
                account,
                cluster,
                request,
                TaskLocation(instance, number),
                service,
                deployment,
            )
        )
    return started


def prepared_request(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    zone: str | None,
    provider: str | None = None,
) -> PreparedRequest:
    """Return the request of a deployment's tasks, prepared for the engine as it is now."""
    key = (deployment.number, zone, provider)
    known = service.prepared.get(key)
    if known is not None:
        return known
    task = request_of(service, deployment, provider).variant.task
    found = service.cluster.engine.prepare(
        task if zone is None else attrs.evolve(task, zones=(zone,)),
        group=service.group,
        constraints=constraints_of(service),
        strategy=strategy_of(service, deployment),
    )
    service.prepared[key] = found
    return found


def constraints_of(service: ServiceRecord) -> tuple[Constraint, ...]:
    """Return the constraints of a service, those of its options after the others (C38)."""
    further: list[Constraint] = []
    if service.options.at_most is not None:
        further.append(AtMost(service.options.at_most))
    if service.options.zone_skew is not None:
        further.append(ZoneSkew(service.options.zone_skew))
    return (*service.constraints, *further)


def strategy_of(
    service: ServiceRecord, deployment: DeploymentRecord
) -> tuple[Strategy, ...] | None:
    """Return the strategy of a service; option: spread counts only the new revision (AG#685)."""
    chain = service.strategy
    if chain is None and deployment.revision.is_managed:
        chain = MANAGED_STRATEGY
    if not service.options.current_revision_only:
        return chain
    chain = default_strategy(service.group) if chain is None else chain
    return tuple(
        attrs.evolve(one, count_old_revisions=False) if isinstance(one, Spread) else one
        for one in chain
    )


# Why not


def why_unplaced(
    account: Account, service: ServiceRecord, deployment: DeploymentRecord, zone: str | None = None
) -> str:
    """Return what an event says when a task finds no room."""
    if deployment.revision.is_fargate:
        return (
            "was unable to place a task. Reason: Capacity is unavailable at this time. Please try "
            "again later or in a different availability zone."
        )
    cluster = service.cluster
    engine = cluster.engine
    provider = None
    if deployment.revision.strategy:
        provider = next(name for name, _ in next_providers(deployment, 1))
        record = account.providers.get(provider)
        if record is not None and record.lets_wait:
            return OVER_LIMIT
        if not any(
            one.is_registered and one.capacity_provider == provider
            for one in cluster.instances.values()
        ):
            return EMPTY_PROVIDER
    if not len(engine):
        return f"{UNPLACED} Reason: No Container Instances were found in your cluster. {MORE}"
    try:
        explained = engine.explain(prepared_request(service, deployment, zone, provider))
    except RegexTimeout:
        return f"{UNPLACED} {MORE}"
    id = explained.closest
    if id is None:
        return f"{UNPLACED} Reason: No Container Instances were found in your cluster. {MORE}"
    return closest_instance(id, explained.failures[engine.row(id)][0])


def closest_instance(id: str, reason: str) -> str:
    """Return what an event says when an instance is the closest to one that would do (2.14)."""
    sentence = _REASONS.get(reason)
    if sentence is None:
        sentence = f'encountered error "{api_reason(reason)}".'
    return f"{UNPLACED} The closest matching container-instance {id} {sentence} {MORE}"


# Fargate


def _on_fargate(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    request: TaskRequest,
    count: int,
    zone: str | None,
) -> list[TaskRecord]:
    started: list[TaskRecord] = []
    for _ in range(count):
        chosen = fargate_zone(account, service, request, zone)
        if chosen is None:
            break
        location = TaskLocation(zone=chosen)
        started.append(
            start_task_record(account, service.cluster, request, location, service, deployment)
        )
    return started


def fargate_zone(
    account: Account, service: ServiceRecord, request: TaskRequest, wanted: str | None
) -> str | None:
    """Return the zone of the next task: fewest tasks of the service and provider (D79).

    None: there is no capacity.
    """
    provider = request.settings.capacity_provider
    counts = Counter(
        task.zone
        for deployment in service.deployments
        for pool in deployment.pools.values()
        for task in pool.values()
        if task.desired_status is not LifecycleStatus.STOPPED
        and task.settings.capacity_provider == provider
    )
    zones = network_zones(account, request)
    return free_zone(account, request, counts, zones if wanted is None else zones & {wanted})
