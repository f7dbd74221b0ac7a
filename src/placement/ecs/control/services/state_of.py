"""What the cores see of a service: its tasks as counts (C28).

In: the records of a service.  Out: ``ServiceState`` and its parts.  Reads only.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.statuses import DeploymentStatus, RolloutState
from placement.services.model import NO_TASKS, ClassCounts, RevisionState, ServiceState, TaskClass

__all__ = [
    "is_failed",
    "is_unthrottled",
    "may_start",
    "revision_state",
    "service_state",
]


def service_state(account: Account, service: ServiceRecord, *, extras: int = 0) -> ServiceState:
    """Return what a pass reads; ``extras`` are those of a zone rebalancing (D59)."""
    primary, *others = service.deployments
    sources = sorted(others, key=lambda one: -one.number)
    configuration = service.configuration
    running = service.service_deployments[0] if service.service_deployments else None
    if running is not None and not running.status.has_ended:
        configuration = running.configuration  # D11
    return ServiceState(
        service.desired_count,
        revision_state(account, service, primary, extras),
        tuple(revision_state(account, service, one) for one in sources),
        configuration.minimum_percent,
        configuration.maximum_percent,
        account.options.count_stopping,
        service.desired_at_failure,
    )


def revision_state(
    account: Account, service: ServiceRecord, deployment: DeploymentRecord, extras: int = 0
) -> RevisionState:
    """Return a deployment as the cores see it."""
    counts = ClassCounts(*(len(deployment.pools[one]) for one in TaskClass))
    return RevisionState(
        deployment.number,
        counts,
        _protected(deployment),
        len(deployment.stopping),
        deployment.cap or 0,
        extras,
        is_failed(deployment),
        may_start(account, service, deployment),
    )


def is_failed(deployment: DeploymentRecord) -> bool:
    """Return whether a deployment is PRIMARY and FAILED: it starts nothing (S5.3)."""
    return (
        deployment.rollout_state is RolloutState.FAILED
        and deployment.status is DeploymentStatus.PRIMARY
    )


def _protected(deployment: DeploymentRecord) -> ClassCounts:
    numbers = [
        sum(task.protected_until is not None for task in deployment.pools[one].values())
        if deployment.has_protected
        else 0
        for one in TaskClass
    ]
    return ClassCounts(*numbers) if any(numbers) else NO_TASKS


def may_start(account: Account, service: ServiceRecord, deployment: DeploymentRecord) -> bool:
    """Return whether tasks of a deployment may start now (S5.4, D125)."""
    if not is_unthrottled(account, service, deployment):
        return False
    return deployment.retries.may_try(account.time.now, could_help=deployment.could_help)


def is_unthrottled(account: Account, service: ServiceRecord, deployment: DeploymentRecord) -> bool:
    """Return whether nothing but room holds up tasks of a deployment (S5.4.1, D125)."""
    now = account.time.now
    if service.starts_at > now:
        return False
    throttle = service.throttles.get(deployment.revision.definition.arn)
    return throttle is None or throttle.may_start(now)
