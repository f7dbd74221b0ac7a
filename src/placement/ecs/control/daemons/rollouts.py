"""Deployments of managed daemons begin, drain batch after batch, end, fail, roll back (S7.3, D55).

In: an account and a daemon, in a pass.  Out: instances that are drained, changed records of
deployments.  Which instances come next is decided by ``placement.scaling.managed_daemons``.
"""

from __future__ import annotations

from collections.abc import Iterator

from placement.ecs.control.account import Account
from placement.ecs.control.daemons.places import drain_instance, expect, is_leaving, withdraw
from placement.ecs.control.daemons.records import (
    DaemonDefinitionStatus,
    DaemonDeploymentRecord,
    DaemonDeploymentStatus,
    DaemonRecord,
    DaemonRollback,
    PlaceState,
)
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.deployments import (
    HISTORY,
    NO_CANDIDATE,
    ROLLBACK_REASONS,
    ROLLED_BACK,
)
from placement.scaling.managed_daemons import Bake, DaemonInstance, Progress, next_batch
from placement.services.alarms import watch_alarms
from placement.services.breaker import Breaker, Outcome
from placement.services.failure import Detector
from placement.timestamps import microseconds

__all__ = [
    "begin_deployment",
    "count_failure",
    "finish_definitions",
    "kept_deployments",
    "roll_out",
]

BREAKER = Breaker(reset_on_healthy=False, count_early_exits=True)
"""The circuit breaker of every daemon deployment.

A daemon that fails takes its instance with it, so that no later success of the same daemon could
take the failure back: nothing resets the count.  The threshold is that of services (A48).
"""


def kept_deployments(account: Account, daemon: DaemonRecord) -> list[DaemonDeploymentRecord]:
    """Return the deployments that are still described, newest first.

    As those of services (S3.2.3): what ended more than 90 days ago is forgotten, but for the
    newest.
    """
    first = account.time.now - HISTORY
    return [
        one
        for place, one in enumerate(daemon.deployments)
        if not place or not _ended_before(one, first)
    ]


def _ended_before(deployment: DaemonDeploymentRecord, moment: int) -> bool:
    ended = deployment.finished_at or deployment.stopped_at
    return deployment.status.has_ended and ended is not None and microseconds(ended) < moment


def begin_deployment(account: Account, daemon: DaemonRecord) -> None:
    """Let deployments go on that calls have asked for: PENDING, STOP_REQUESTED."""
    now = account.time.datetime
    for one in daemon.deployments:
        if one.status is DaemonDeploymentStatus.STOP_REQUESTED:
            one.status, one.stopped_at = DaemonDeploymentStatus.STOPPED, now
            account.time.record(one.arn, str(one.status), one.status_reason or "")
    deployment = daemon.under_way
    if deployment is None or deployment.status is not DaemonDeploymentStatus.PENDING:
        return
    deployment.status, deployment.started_at = DaemonDeploymentStatus.IN_PROGRESS, now
    daemon.deployments[:] = kept_deployments(account, daemon)
    settings = deployment.configuration
    if settings.alarms and deployment.target is not None:
        deployment.watched = watch_alarms(
            settings.alarms, account.in_alarm(), enabled=settings.watches_alarms
        )
    account.time.record(deployment.arn, str(deployment.status))
    _follow(account, daemon, deployment.target)


def _follow(account: Account, daemon: DaemonRecord, revision: int | None) -> None:
    """Let new instances get a revision, and those on which the daemon is still to start."""
    daemon.current = revision
    current, cluster = daemon.current_revision, account.clusters[daemon.cluster]
    for id, place in list(daemon.places.items()):
        instance = cluster.instances.get(id)
        if place.state is not PlaceState.EXPECTED or instance is None:
            continue
        if not instance.is_registered:
            continue  # the pass forgets it
        if current is not None and instance.capacity_provider in current.providers:
            expect(account, cluster, daemon, instance)
        else:
            withdraw(account, cluster, daemon, instance)


def roll_out(account: Account, cluster: ClusterRecord, daemon: DaemonRecord) -> None:
    """Drain the next batch of the deployment under way, or end it."""
    deployment = daemon.under_way
    if deployment is None:
        return
    detector = _detector(account, cluster, daemon, deployment)
    if detector is not None:
        _fail(account, daemon, deployment, detector)
        if deployment.status.has_ended:
            return
    settings, now = deployment.configuration, account.time.now
    length = settings.bake if deployment.rollback is None else 0  # D104
    bake = Bake(length, now, deployment.baking_since, deployment.has_batch)
    concerned = list(_concerned(cluster, daemon, deployment))
    batch = next_batch(concerned, settings.drain_percent, bake)
    deployment.baking_since = batch.baking_since
    if batch.progress is Progress.DONE:
        _complete(account, daemon, deployment)
    elif batch.until is not None and batch.until != deployment.wake_at:
        deployment.wake_at = batch.until
        account.time.push(batch.until, Phase.SERVICES, daemon.number, "daemon", daemon.number)
    for id in batch.instances:
        deployment.has_batch = True
        reason = f"(daemon {daemon.name}) replaced by {deployment.arn}"
        drain_instance(account, cluster, cluster.instances[str(id)], reason)


def _concerned(
    cluster: ClusterRecord, daemon: DaemonRecord, deployment: DaemonDeploymentRecord
) -> Iterator[DaemonInstance]:
    """Yield the instances of the deployment's providers, and others that have the daemon.

    One that has registered before the daemon came to its provider has to be replaced as well.
    """
    goal = deployment.goal
    providers = () if goal is None else daemon.revisions[goal].providers
    for id, instance in cluster.instances.items():
        if not instance.is_registered:
            continue
        place, is_wanted = daemon.places.get(id), instance.capacity_provider in providers
        state = None if place is None else place.state
        if not is_wanted:
            has_ended = state is PlaceState.LEFT and not is_leaving(cluster, instance)
            if place is None or state is PlaceState.EXPECTED or has_ended:
                continue
        yield DaemonInstance(
            id,
            is_wanted and place is not None and place.revision == goal,
            is_leaving(cluster, instance),
            state in (PlaceState.READY, PlaceState.FAILED),
        )


def _complete(account: Account, daemon: DaemonRecord, deployment: DaemonDeploymentRecord) -> None:
    if deployment.rollback is None:
        deployment.status = DaemonDeploymentStatus.SUCCESSFUL
        deployment.finished_at = account.time.datetime
    else:
        deployment.status = DaemonDeploymentStatus.ROLLBACK_SUCCESSFUL
        deployment.stopped_at = account.time.datetime
    daemon.completed = deployment.goal
    account.time.record(deployment.arn, str(deployment.status))
    if deployment.target is None:
        del account.daemons.by_number[daemon.number]
        account.time.record(daemon.arn, "deleted")
    finish_definitions(account)


def finish_definitions(account: Account) -> None:
    """Task definitions that are being deleted are DELETED once no daemon uses them."""
    used = {
        daemon.revisions[number].definition.arn
        for daemon in account.daemons.by_number.values()
        for number in {
            *(place.revision for place in daemon.places.values()),
            *(one for one in (daemon.current, daemon.completed) if one is not None),
            *(one.goal for one in daemon.deployments[:1] if one.goal is not None),
        }
    }
    for family in account.daemons.families.values():
        for one in family:
            is_leaving = one.status is DaemonDefinitionStatus.DELETE_IN_PROGRESS
            if is_leaving and one.definition.arn not in used:
                one.status = DaemonDefinitionStatus.DELETED
                account.time.record(one.definition.arn, str(one.status))


# Failing


def count_failure(daemon: DaemonRecord, revision: int, outcome: Outcome) -> None:
    """Let the circuit breaker count what happened to a task of the revision that is deployed."""
    deployment = daemon.under_way
    if deployment is not None and deployment.rollback is None and deployment.target == revision:
        deployment.failures = BREAKER.after(deployment.failures, outcome)


def _detector(
    account: Account,
    cluster: ClusterRecord,
    daemon: DaemonRecord,
    deployment: DaemonDeploymentRecord,
) -> Detector | None:
    """Return what says that the deployment has failed; a deletion or a rollback goes on."""
    if deployment.target is None or deployment.rollback is not None:
        return None
    providers = daemon.revisions[deployment.target].providers
    instances = sum(
        one.is_registered and one.capacity_provider in providers
        for one in cluster.instances.values()
    )
    desired = max(1, instances)
    deployment.threshold = BREAKER.threshold(desired)
    if BREAKER.has_fired(deployment.failures, desired):
        return Detector.CIRCUIT_BREAKER
    if deployment.watched is not None and deployment.watched.triggered(account.in_alarm()):
        return Detector.ALARM
    return None


def _fail(
    account: Account, daemon: DaemonRecord, deployment: DaemonDeploymentRecord, detector: Detector
) -> None:
    """The deployment has failed: roll back to the last revision that was successful, if any."""
    now = account.time.datetime
    if detector is Detector.CIRCUIT_BREAKER:
        deployment.is_breaker_triggered = True
    elif deployment.watched is not None:
        deployment.triggered = deployment.watched.triggered(account.in_alarm())
    reason = ROLLED_BACK.replace("Service", "Daemon") + ROLLBACK_REASONS[detector]
    deployment.baking_since, deployment.has_batch = None, False
    if daemon.completed is None:
        deployment.status = DaemonDeploymentStatus.ROLLBACK_FAILED
        deployment.status_reason = f"{reason} {NO_CANDIDATE}"
        deployment.stopped_at = now
        _follow(account, daemon, None)
    else:
        deployment.status = DaemonDeploymentStatus.ROLLBACK_IN_PROGRESS
        deployment.status_reason = reason
        deployment.rollback = DaemonRollback(reason, now, daemon.completed)
        _follow(account, daemon, daemon.completed)
    account.time.record(deployment.arn, str(deployment.status), deployment.status_reason)
