"""Start tasks of a deployment: the engine chooses instances, Fargate zones.

In: a service, one of its deployments, a number, perhaps a zone.  Out: the tasks that were started,
fewer where no more found room, and on demand the sentence that says why (2.14).
"""

from __future__ import annotations

from collections import Counter

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.networks import Network
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskLocation
from placement.ecs.control.tasks import start_task_record
from placement.ecs.reasons import api_reason
from placement.engine.prepared import PreparedRequest
from placement.engine.ranking import default_strategy
from placement.engine.request import AtMost, Constraint, Spread, Strategy, ZoneSkew
from placement.errors import RegexTimeout

__all__ = ["closest_instance", "fargate_zone", "start_tasks", "why_unplaced"]

MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
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
    """Start up to ``count`` tasks of a deployment, in a zone if one is given; return them."""
    if deployment.revision.launch_type == "FARGATE":
        return _on_fargate(account, service, deployment, count, zone)
    cluster = service.cluster
    engine = cluster.engine
    if not len(engine):
        return []
    prepared = _prepared(service, deployment, zone)
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
                deployment.request,
                TaskLocation(instance, number),
                service,
                deployment,
            )
        )
    return started


def _prepared(
    service: ServiceRecord, deployment: DeploymentRecord, zone: str | None
) -> PreparedRequest:
    """Return the request of a deployment's tasks, prepared for the engine as it is now."""
    key = (deployment.number, zone)
    known = service.prepared.get(key)
    if known is not None:
        return known
    task = deployment.request.variant.task
    found = service.cluster.engine.prepare(
        task if zone is None else attrs.evolve(task, zones=(zone,)),
        group=service.group,
        constraints=_constraints(service),
        strategy=_strategy(service),
    )
    service.prepared[key] = found
    return found


def _constraints(service: ServiceRecord) -> tuple[Constraint, ...]:
    """Return the constraints of a service, those of its options after the others (C38)."""
    further: list[Constraint] = []
    if service.options.at_most is not None:
        further.append(AtMost(service.options.at_most))
    if service.options.zone_skew is not None:
        further.append(ZoneSkew(service.options.zone_skew))
    return (*service.constraints, *further)


def _strategy(service: ServiceRecord) -> tuple[Strategy, ...] | None:
    """Return the strategy of a service; option: spread counts only the new revision (AG#685)."""
    if not service.options.current_revision_only:
        return service.strategy
    chain = default_strategy(service.group) if service.strategy is None else service.strategy
    return tuple(
        attrs.evolve(one, count_old_revisions=False) if isinstance(one, Spread) else one
        for one in chain
    )


# Why not


def why_unplaced(
    service: ServiceRecord, deployment: DeploymentRecord, zone: str | None = None
) -> str:
    """Return what an event says when a task finds no room."""
    if deployment.revision.launch_type == "FARGATE":
        return (
            "was unable to place a task. Reason: Capacity is unavailable at this time. Please try "
            "again later or in a different availability zone."
        )
    cluster = service.cluster
    engine = cluster.engine
    if not len(engine):
        return f"{UNPLACED} Reason: No Container Instances were found in your cluster. {MORE}"
    try:
        explained = engine.explain(_prepared(service, deployment, zone))
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
    count: int,
    zone: str | None,
) -> list[TaskRecord]:
    started: list[TaskRecord] = []
    request = deployment.request
    for _ in range(count):
        chosen = fargate_zone(account, service, request.network, zone)
        if chosen is None:
            break
        location = TaskLocation(zone=chosen)
        started.append(
            start_task_record(account, service.cluster, request, location, service, deployment)
        )
    return started


def fargate_zone(
    account: Account, service: ServiceRecord, network: Network, wanted: str | None
) -> str | None:
    """Return the zone of the next task: the one with fewest tasks of the service (D79).

    A subnet that nobody registered is in ``REGIONa`` (C46).  None: there is no capacity.
    """
    zones = {network.zone_of.get(subnet, f"{account.region}a") for subnet in network.subnets}
    counts = Counter(
        task.zone
        for deployment in service.deployments
        for pool in deployment.pools.values()
        for task in pool.values()
        if task.desired_status is not LifecycleStatus.STOPPED
    )
    for zone in sorted(zones, key=lambda zone: (counts[zone], zone)):
        if wanted in (None, zone):
            return zone
    return None
