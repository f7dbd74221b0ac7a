"""The pass over a managed daemon: its tasks on the instances that something happened to (S7.3).

In: an account in which daemons were woken.  Out: tasks started and stopped, instances drained whose
critical daemon has failed; then ``rollouts`` goes on with the deployment.

A daemon's task starts once on an instance, when the instance has registered.  If it fails and is
critical, the instance is drained and replaced; if it is not, the instance goes on without it.  On
an instance that is drained it stops after the last task that is no daemon.
"""

from __future__ import annotations

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.daemons.places import (
    cease_waiting,
    expect,
    free_room,
    is_leaving,
    replace_instance,
    withdraw,
)
from placement.ecs.control.daemons.records import DaemonPlace, DaemonRecord, PlaceState
from placement.ecs.control.daemons.rollouts import begin_deployment, count_failure, roll_out
from placement.ecs.control.daemons.tasks import daemon_request
from placement.ecs.control.instances import agent_connected
from placement.ecs.control.lifecycle import stop_tasks
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.stops import BY_SCHEDULER
from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.control.task_records import TaskRecord, is_daemon
from placement.ecs.control.task_requests import TaskLocation
from placement.ecs.control.tasks import start_task_record
from placement.ecs.reasons import api_reason
from placement.services.breaker import Outcome

__all__ = ["run_daemon_passes", "wake_daemon"]

MEANT_STOPS = ("UserInitiated", BY_SCHEDULER)
"""Stop codes that say nothing against a revision (D103)."""


def run_daemon_passes(account: Account) -> None:
    """Run the passes of the daemons that were woken, in the order of their creation.

    One that is woken meanwhile is looked at in the next round of the instant.
    """
    woken, account.daemons.woken = sorted(account.daemons.woken), set()
    for number in woken:
        daemon = account.daemons.by_number.get(number)
        if daemon is not None:
            _daemon_pass(account, daemon)


def wake_daemon(account: Account, number: int) -> None:
    """A length of time is over that a daemon's deployment has waited for."""
    daemon = account.daemons.by_number.get(number)
    if daemon is not None:
        account.daemons.wake(daemon)


def _daemon_pass(account: Account, daemon: DaemonRecord) -> None:
    cluster = account.clusters[daemon.cluster]
    begin_deployment(account, daemon)
    ids, daemon.attention = sorted(daemon.attention), {}  # however they came to be noted (C50)
    for id in ids:
        instance = cluster.instances.get(id)
        if instance is not None and instance.is_registered:
            _look(account, cluster, daemon, instance)
        else:
            daemon.places.pop(id, None)
            daemon.needs.pop(id, None)
    roll_out(account, cluster, daemon)


def _look(
    account: Account, cluster: ClusterRecord, daemon: DaemonRecord, instance: InstanceRecord
) -> None:
    """Look at a daemon's task on an instance."""
    place = daemon.places.get(instance.id)
    if place is None:
        return
    task = None if place.task is None else cluster.tasks.get(place.task)
    is_there = task is not None and task.life is not None
    is_active = is_there and task is not None and task.desired_status is LifecycleStatus.RUNNING
    if task is not None and is_active:
        _follow_health(account, cluster, daemon, instance, task)
    elif place.state in (PlaceState.STARTED, PlaceState.READY):
        _note_end(account, cluster, daemon, instance, task)
    if is_leaving(cluster, instance):
        _drain(account, cluster, daemon, instance, task if is_active else None)
    elif place.state is PlaceState.EXPECTED or (place.state is PlaceState.LEFT and not is_there):
        _start(account, cluster, daemon, instance)


# Starting


def _start(
    account: Account, cluster: ClusterRecord, daemon: DaemonRecord, instance: InstanceRecord
) -> None:
    """Start a daemon's current revision on an instance whose agent is connected."""
    revision, provider = daemon.current_revision, instance.capacity_provider
    if revision is None or provider is None or provider not in revision.providers:
        withdraw(account, cluster, daemon, instance)
        return
    if daemon.places[instance.id].state is not PlaceState.EXPECTED:
        expect(account, cluster, daemon, instance)
    if not agent_connected(cluster.engine, instance.id):
        return
    request = daemon_request(daemon, revision, provider)
    placed = cluster.engine.place_on(
        instance.id, request.variant.task, group=daemon.group, use_reserved=True
    )
    free_room(account, cluster, daemon, instance)
    if placed.task_id is None:
        reason = f"{api_reason(placed.missing[0])} - unable to place the daemon task"
        _fail(account, cluster, daemon, instance, Outcome.NOT_PLACED, reason)
        return
    location = TaskLocation(instance, placed.task_id)
    task = start_task_record(account, cluster, request, location, daemon=daemon.number)
    daemon.places[instance.id] = DaemonPlace(revision.number, PlaceState.STARTED, task.id)


# What has become of it


def _follow_health(
    account: Account,
    cluster: ClusterRecord,
    daemon: DaemonRecord,
    instance: InstanceRecord,
    task: TaskRecord,
) -> None:
    """Note whether an active task is healthy."""
    place = daemon.places[instance.id]
    if task.last_status is not LifecycleStatus.RUNNING or task.life is None:
        return
    if task.health_status is HealthStatus.UNHEALTHY:
        if place.state is not PlaceState.FAILED:
            reason = "Task failed container health checks"
            _fail(account, cluster, daemon, instance, Outcome.UNHEALTHY, reason)
        return
    is_healthy = not task.life.checks or task.health_status is HealthStatus.HEALTHY
    if is_healthy and place.state is not PlaceState.READY:
        daemon.places[instance.id] = attrs.evolve(place, state=PlaceState.READY)
        cease_waiting(account, daemon, instance)


def _note_end(
    account: Account,
    cluster: ClusterRecord,
    daemon: DaemonRecord,
    instance: InstanceRecord,
    task: TaskRecord | None,
) -> None:
    """A task has ended, and no pass of its daemon has stopped it."""
    place = daemon.places[instance.id]
    stop = None if task is None else task.stop
    reason = "the daemon task has stopped" if stop is None else stop.reason or ""
    code = None if stop is None else stop.code
    was_ready = place.state is PlaceState.READY
    outcome = Outcome.EARLY_EXIT if was_ready else Outcome.FAILED_START
    _fail(account, cluster, daemon, instance, None if code in MEANT_STOPS else outcome, reason)


def _fail(
    account: Account,
    cluster: ClusterRecord,
    daemon: DaemonRecord,
    instance: InstanceRecord,
    outcome: Outcome | None,
    reason: str,
) -> None:
    """A daemon is impaired on an instance, which is replaced if the daemon is critical."""
    place = daemon.places[instance.id]
    revision = daemon.revisions[place.revision]
    daemon.places[instance.id] = attrs.evolve(place, state=PlaceState.FAILED)
    account.time.record(daemon.arn, f"impaired on {instance.arn}", reason)
    if outcome is not None:
        count_failure(daemon, place.revision, outcome)
    if revision.is_critical:
        why = f"(daemon {daemon.name}) {reason}"
        replace_instance(account, cluster, instance, why)
    cease_waiting(account, daemon, instance)


# Leaving


def _drain(
    account: Account,
    cluster: ClusterRecord,
    daemon: DaemonRecord,
    instance: InstanceRecord,
    task: TaskRecord | None,
) -> None:
    """On an instance that is DRAINING daemons stop last; ``task`` is the daemon's if it is active.

    If the instance becomes ACTIVE again, the daemon starts there again.
    """
    place = daemon.places[instance.id]
    if task is not None:
        if not all(map(is_daemon, instance.tasks.values())):
            return
        reason = f"(daemon {daemon.name}) the container instance is drained"
        stop_tasks(account, [task], BY_SCHEDULER, reason)
    free_room(account, cluster, daemon, instance)
    cease_waiting(account, daemon, instance)
    daemon.places[instance.id] = attrs.evolve(place, state=PlaceState.LEFT)
