"""The pass over one service: which kind it is, and what it leaves to be seen (S1.2 f).

In: an account and a service that something happened to.  Out: tasks started and stopped, events,
counts as the calls show them (S3.1.3).  Each kind of service has a module of its own:
``rolling_pass``, ``shifting_pass``, ``daemon_pass``; ``zone_pass`` rebalances a steady service.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.lifecycle import stop_tasks
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.daemon_pass import daemon_pass
from placement.ecs.control.services.daemon_reservations import release_room
from placement.ecs.control.services.deployments import (
    advance_statuses,
    current_deployment,
    drop_ended,
)
from placement.ecs.control.services.events import AGAIN_AFTER, end_of_cause, listed, say, say_once
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.rolling_pass import Done, rolling_pass
from placement.ecs.control.services.shifting_pass import shifting_pass, shifts_traffic
from placement.ecs.control.services.shifting_start import begin_rolling
from placement.ecs.control.services.statuses import RolloutState, ServiceStatus
from placement.ecs.control.services.stops import BY_SCHEDULER
from placement.ecs.control.services.zone_pass import begin_rebalancing, continue_rebalancing
from placement.ecs.control.services.zone_watch import unwatch_zones
from placement.ecs.control.statuses import LifecycleStatus
from placement.services.actions import Cause
from placement.services.model import TaskClass
from placement.timestamps import SECOND

__all__ = ["is_steady", "service_pass"]

_BEFORE_STOPPING = (
    LifecycleStatus.PROVISIONING,
    LifecycleStatus.PENDING,
    LifecycleStatus.ACTIVATING,
    LifecycleStatus.RUNNING,
    LifecycleStatus.DEACTIVATING,
)


def service_pass(account: Account, service: ServiceRecord) -> None:
    """Look at a service and do what is to be done."""
    if service.status is ServiceStatus.INACTIVE or service.controller != "ECS":
        return
    if service.kept is not None:
        return
    done = Done()
    _say_what_was_done(account, service, done)  # notes of before: what this pass does comes after
    begun = advance_statuses(account, service)
    if begun is not None and not begun.configuration.shifts_traffic:
        begin_rolling(account, service, begun)
    if service.status is ServiceStatus.DRAINING:
        _drain(account, service, done)
        _leave_to_be_seen(account, service, done)
        _end_if_drained(account, service)
        return
    if service.scheduling == "DAEMON":
        daemon_pass(account, service, done)
        _leave_to_be_seen(account, service, done)
        _note_steadiness(account, service)
        return
    if shifts_traffic(service):
        shifting_pass(account, service, done)
        _leave_to_be_seen(account, service, done)
        _note_steadiness(account, service)
        return
    goes_on = continue_rebalancing(account, service, done)
    rolling_pass(account, service, done)
    _leave_to_be_seen(account, service, done)
    if service.rebalancing == "ENABLED" and is_steady(service):
        if not goes_on:
            _note_steadiness(account, service)
        done = Done()
        begin_rebalancing(account, service, done)
        _leave_to_be_seen(account, service, done)
    _note_steadiness(account, service)


# Deleted services (S2.3.1)


def _drain(account: Account, service: ServiceRecord, done: Done) -> None:
    """Stop all tasks of a service that was deleted; protection does not count (S8.2)."""
    release_room(account, service)
    unwatch_zones(service)
    for deployment in service.deployments:
        deployment.slots = 0
        for task_class, pool in deployment.pools.items():
            tasks = list(pool.values())
            if not tasks:
                continue
            reason = f"Scaling activity initiated by (deployment {deployment.id})"
            is_pending = task_class is TaskClass.PENDING
            ids = done.stopped.setdefault((Cause.SERVICE_DELETED, None, is_pending), [])
            ids.extend(task.id for task in tasks)
            stop_tasks(account, tasks, BY_SCHEDULER, reason)


def _end_if_drained(account: Account, service: ServiceRecord) -> None:
    """Make a service INACTIVE once all its tasks are STOPPING or later (D12)."""
    if any(
        task.last_status in _BEFORE_STOPPING
        for deployment in service.deployments
        for task in deployment.stopping.values()
    ):
        return
    service.status = ServiceStatus.INACTIVE
    service.inactive_at = account.time.now
    service.deployments.clear()
    account.waiting.get(service.cluster.name, {}).pop(service.number, None)
    account.unsteady.discard(service.number)
    account.time.record(service.arn, "INACTIVE")
    purge = account.options.purge_inactive
    if purge is not None:
        account.time.push(
            account.time.now + round(purge * SECOND),
            Phase.SERVICES,
            service.number,
            "purge",
            service.number,
        )


# What is seen


def _leave_to_be_seen(account: Account, service: ServiceRecord, done: Done) -> None:
    """Say what was done, and note what the calls show."""
    _say_what_was_done(account, service, done)
    drop_ended(account, service)
    show_counts(service)


def show_counts(service: ServiceRecord) -> None:
    """Note the counts that the calls show, as of this pass (S3.1.3, D17)."""
    for deployment in service.deployments:
        pools = deployment.pools
        pending = len(pools[TaskClass.PENDING])
        deployment.pending_shown = pending
        deployment.running_shown = deployment.active_count - pending
        is_primary = deployment is service.deployments[0]
        deployment.desired_shown = service.desired_count if is_primary else deployment.slots


def _say_what_was_done(account: Account, service: ServiceRecord, done: Done) -> None:
    """Say in events what tasks and a pass did: one start and one stop event a cause (D26)."""
    notes, service.notes = service.notes, []
    counted: dict[tuple[object, ...], int] = {}
    for note in notes:
        counted[note] = counted.get(note, 0) + 1
    for (kind, *facts), number in counted.items():
        if kind == "registered":
            say(account, service, f"registered {number} targets in (target-group {facts[0]})")
        elif kind == "deregistered":
            say(account, service, f"deregistered {number} targets in (target-group {facts[0]})")
        elif kind == "draining":
            say(account, service, f"has begun draining connections on {number} tasks.")
        elif kind == "throttled":
            say(account, service, "is unable to consistently start tasks successfully.")
        elif kind == "unhealthy":
            say(account, service, str(facts[0]))
    for (cause, zone), ids in done.started.items():
        for number, tasks in listed(ids):
            if zone is not None:
                say(
                    account,
                    service,
                    f"has started {number} tasks in {zone} to AZ Rebalance: {tasks}.",
                )
            elif cause is Cause.UNHEALTHY:
                text = f"has started {number} tasks: {tasks}. Amazon ECS replaced {number} tasks"
                say(account, service, f"{text} due to an unhealthy status.")
            else:
                say(account, service, f"has started {number} tasks: {tasks}.")
    for (_, zone, is_pending), ids in done.stopped.items():
        for number, tasks in listed(ids):
            if is_pending:
                say(account, service, f"stopped {number} pending tasks.")
            elif zone is not None:
                text = (
                    f"has stopped {number} running tasks in {zone} due to AZ rebalancing: {tasks}."
                )
                say(account, service, text)
            else:
                say(account, service, f"has stopped {number} running tasks: {tasks}.")
    for topic, remark in done.remarks:
        say_once(account, service, topic, remark)


# Steadiness, as D26 has it


def is_steady(service: ServiceRecord) -> bool:
    """Return whether a service is steady: one deployment, COMPLETED, D healthy tasks, none else.

    A daemon on an instance whose agent is disconnected is none of the D, and does not hinder.
    """
    if len(service.deployments) != 1 or service.rebalancing_state is not None:
        return False
    (only,) = service.deployments
    if only.rollout_state is not RolloutState.COMPLETED or current_deployment(service) is not None:
        return False
    healthy = len(only.pools[TaskClass.HEALTHY])
    index = service.daemons
    counted = healthy if index is None else index.healthy
    return healthy == only.active_count and counted == service.desired_count


def _note_steadiness(account: Account, service: ServiceRecord) -> None:
    """Say that a service has become steady, and again every six hours."""
    if not is_steady(service):
        service.steady_since = None
        account.unsteady.add(service.number)
        end_of_cause(service, "steady")
        return
    account.unsteady.discard(service.number)
    if service.steady_since is None:
        service.steady_since = account.time.now
    known = service.said.get("steady")
    if known is None or account.time.now - known[1] >= AGAIN_AFTER:
        say_once(account, service, "steady", "has reached a steady state.")
        account.time.push(
            account.time.now + AGAIN_AFTER,
            Phase.SERVICES,
            service.number,
            "again",
            service.number,
        )
