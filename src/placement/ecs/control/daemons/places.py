"""Managed daemons are given to instances, and what that keeps from other tasks (S7.3).

In: an account, a cluster, an instance that has registered with its provider.  Out: places of
daemons, room kept free for them, and tasks that wait until critical daemons are healthy.

``instance_arrived`` is all that a provider's driver has to call; what happens to instances later is
noted by ``services.attention``.
"""

from __future__ import annotations

from placement.ecs.control import lifecycle
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.records import DaemonPlace, DaemonRecord
from placement.ecs.control.instance_events import status_changed
from placement.ecs.control.instances import set_instance_status, status_of
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.daemon_reservations import amounts_of, reserve
from placement.ecs.control.task_records import is_daemon

__all__ = [
    "cease_waiting",
    "drain_instance",
    "expect",
    "free_room",
    "instance_arrived",
    "is_leaving",
    "replace_instance",
    "withdraw",
]

BY_DRAINING = "TerminationNotice"
"""The stop code of standalone tasks on an instance whose critical daemon has failed."""


def instance_arrived(account: Account, cluster: ClusterRecord, instance: InstanceRecord) -> None:
    """An instance of a capacity provider has registered: the provider's daemons start on it.

    Called once, before anything is placed on it.  Daemons that come later leave it alone, but
    drain it to have it replaced.
    """
    for daemon in account.daemons.of_cluster(cluster.name):
        revision = daemon.current_revision
        if revision is not None and instance.capacity_provider in revision.providers:
            expect(account, cluster, daemon, instance)


def expect(
    account: Account, cluster: ClusterRecord, daemon: DaemonRecord, instance: InstanceRecord
) -> None:
    """Let a daemon's current revision start on an instance in the next pass."""
    revision = daemon.current_revision
    if revision is None:
        return
    id = instance.id
    daemon.places[id] = DaemonPlace(revision.number)
    daemon.needs[id] = {
        name: amount for name, amount in amounts_of(revision.definition.task).items() if amount
    }
    reserve(account, cluster, id)
    if revision.is_critical:
        instance.awaited[daemon.number] = None
    else:
        cease_waiting(account, daemon, instance)
    daemon.attention[id] = None
    account.daemons.wake(daemon)


def withdraw(
    account: Account, cluster: ClusterRecord, daemon: DaemonRecord, instance: InstanceRecord
) -> None:
    """Let a daemon that has not started on an instance not start there after all."""
    daemon.places.pop(instance.id, None)
    free_room(account, cluster, daemon, instance)
    cease_waiting(account, daemon, instance)


def free_room(
    account: Account, cluster: ClusterRecord, daemon: DaemonRecord, instance: InstanceRecord
) -> None:
    """Keep nothing free for a daemon on an instance any more: it has started, or will not."""
    if daemon.needs.pop(instance.id, None) is not None:
        reserve(account, cluster, instance.id)


def cease_waiting(account: Account, daemon: DaemonRecord, instance: InstanceRecord) -> None:
    """Other tasks of an instance wait for a daemon no longer."""
    if daemon.number in instance.awaited:
        del instance.awaited[daemon.number]
        if not instance.awaited:
            lifecycle.admit_waiting(account, instance)


def is_leaving(cluster: ClusterRecord, instance: InstanceRecord) -> bool:
    """Return whether a registered instance is DRAINING or DEREGISTERING."""
    return status_of(cluster.engine, instance.id) != "ACTIVE"


def drain_instance(
    account: Account, cluster: ClusterRecord, instance: InstanceRecord, reason: str
) -> None:
    """Make an instance DRAINING: its services' tasks start elsewhere, then it is replaced."""
    if not is_leaving(cluster, instance):
        set_instance_status(cluster, instance, "DRAINING")
        account.time.record(instance.arn, "DRAINING", reason)
        status_changed(account, cluster, instance)


def replace_instance(
    account: Account, cluster: ClusterRecord, instance: InstanceRecord, reason: str
) -> None:
    """Drain an instance whose critical daemon has failed; its standalone tasks stop at once."""
    drain_instance(account, cluster, instance, reason)
    standalone = [
        task
        for task in instance.tasks_by_age()
        if not is_daemon(task) and task.life is not None and task.life.service is None
    ]
    lifecycle.stop_tasks(account, standalone, BY_DRAINING, reason)
