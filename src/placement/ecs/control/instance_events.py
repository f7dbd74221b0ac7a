"""What follows when an instance comes, changes or goes: its tasks, services that wait, daemons.

In: an account, a cluster, an instance, after the change.  Out: changed records, entries in the
queue, services that the next passes look at.
"""

from __future__ import annotations

from placement.ecs.control import lifecycle
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.census import note_host
from placement.ecs.control.capacity.managed.watching import instance_drains
from placement.ecs.control.health import follow_health
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.attention import look_at_instance
from placement.ecs.control.services.stops import BY_SCHEDULER, stop_reason
from placement.ecs.control.services.task_events import could_help
from placement.ecs.control.services.zone_watch import zones_may_change
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.timers import continue_timers, halt_timers

__all__ = [
    "begin_draining",
    "instance_changed",
    "instance_left",
    "set_connected",
    "status_changed",
]


def instance_changed(account: Account, cluster: ClusterRecord, instance: InstanceRecord) -> None:
    """An instance registered, or its attributes changed: tasks may fit, daemons may be due."""
    could_help(account, cluster)
    look_at_instance(account, cluster, instance.id)
    zones_may_change(account, cluster)


def status_changed(account: Account, cluster: ClusterRecord, instance: InstanceRecord) -> None:
    """An instance became ACTIVE or DRAINING; its tasks follow in the next ``advance`` (D2)."""
    look_at_instance(account, cluster, instance.id)
    zones_may_change(account, cluster)
    account.time.push(account.time.now, Phase.INSTANCES, 0, "drain", cluster.name, instance.id)
    if instance.is_draining:
        instance_drains(account, instance)
    else:
        could_help(account, cluster)


def begin_draining(account: Account, cluster_name: str, id: str) -> None:
    """Put the tasks of an instance into the classes that its status gives (S8.3.1)."""
    cluster = account.clusters.get(cluster_name)
    instance = None if cluster is None else cluster.instances.get(id)
    if cluster is None or instance is None or not instance.is_registered:
        return
    for task in instance.tasks_by_age():
        life = task.life
        if life is None or life.service is None or life.deployment is None:
            continue
        is_active = task.desired_status is not LifecycleStatus.STOPPED
        before_running = task.last_status is not LifecycleStatus.RUNNING
        if instance.is_draining and is_active and before_running and not life.is_daemon:
            reason = stop_reason(account, task, life.deployment)
            lifecycle.stop_tasks(account, [task], BY_SCHEDULER, reason)
        else:
            follow_health(account, task)
            if instance.is_draining and task.protected_until is not None:
                account.wake_service(life.service)  # A51: the reason of the drain decides


def set_connected(
    account: Account, cluster: ClusterRecord, instance: InstanceRecord, connected: bool
) -> None:
    """An agent was connected or disconnected: the transitions of its tasks go on or stand still."""
    if instance.is_connected == connected:
        return
    instance.is_connected = connected
    if connected:
        continue_timers(account, instance)
        could_help(account, cluster)
    else:
        halt_timers(account, instance)
    look_at_instance(account, cluster, instance.id)


def instance_left(
    account: Account,
    cluster: ClusterRecord,
    instance: InstanceRecord,
    code: str,
    reason: str,
) -> None:
    """An instance is gone: its tasks end at this instant (D107)."""
    for task in instance.tasks_by_age():
        lifecycle.end_at_once(account, task, code, reason)
    note_host(account, instance)
    if instance.managed_instance is not None:
        now = account.time.now
        account.time.push(now, Phase.INSTANCES, 1, "managed-leave", *instance.managed_instance)
    look_at_instance(account, cluster, instance.id)
    zones_may_change(account, cluster)
