"""Managed Instances go: drained first, then DEREGISTERING, then terminated (S12.3).

In: an account, a provider, one of its instances, why it goes.  Out: changed records, and entries in
the queue.  Which one goes is found out in ``optimisation``.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.records import (
    ManagedCapacity,
    ManagedInstanceRecord,
    ManagedState,
)
from placement.ecs.control.capacity.managed.watching import look_at
from placement.ecs.control.capacity.membership import registered_instance
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.capacity.terminations import HOST_GONE
from placement.ecs.control.instance_events import instance_left, status_changed
from placement.ecs.control.instances import deregister_instance, set_instance_status
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, InstanceRecord

__all__ = ["begin_deregistering", "begin_draining", "end_now", "forget", "leave", "record_of"]


def record_of(
    account: Account, managed: ManagedCapacity, one: ManagedInstanceRecord
) -> tuple[ClusterRecord, InstanceRecord] | None:
    """Return the cluster and the registered container instance of an instance, if it has one."""
    return registered_instance(account, managed.cluster, one.container_instance)


def begin_draining(
    account: Account, managed: ManagedCapacity, one: ManagedInstanceRecord, reason: str
) -> None:
    """Drain an instance: services replace their tasks, protected ones are left alone (A51).

    One that a call has drained stays as it is: there protected tasks stop too.
    """
    found = record_of(account, managed, one)
    if found is None:
        return
    cluster, record = found
    if set_instance_status(cluster, record, "DRAINING"):
        record.keeps_protected = True
        account.time.record(record.arn, "DRAINING", reason)
        status_changed(account, cluster, record)


def begin_deregistering(
    account: Account,
    provider: ProviderRecord,
    managed: ManagedCapacity,
    one: ManagedInstanceRecord,
    reason: str,
) -> None:
    """Let an instance without tasks go: DEREGISTERING, and terminated when daemons have stopped."""
    found = record_of(account, managed, one)
    if found is None or one.state is not ManagedState.REGISTERED:
        return
    cluster, record = found
    one.state = ManagedState.DEREGISTERING
    set_instance_status(cluster, record, "DEREGISTERING")
    account.time.record(record.arn, "DEREGISTERING", reason)
    status_changed(account, cluster, record)
    now = account.time.now
    account.time.push(now, Phase.INSTANCES, 1, "managed-leave", provider.name, one.id)


def leave(account: Account, name: str, id: str) -> None:
    """Terminate an instance that is DEREGISTERING, if it has no daemon any more."""
    provider = account.providers.get(name)
    managed = None if provider is None else provider.managed
    one = None if managed is None else managed.instances.get(id)
    if provider is None or managed is None or one is None:
        return
    found = record_of(account, managed, one)
    is_leaving = one.state is ManagedState.DEREGISTERING
    if found is not None and (found[1].tasks or not is_leaving):
        return
    if found is not None or one.state is not ManagedState.LAUNCHING:
        end_now(account, provider, managed, one, "deregistered")


def end_now(
    account: Account,
    provider: ProviderRecord,
    managed: ManagedCapacity,
    one: ManagedInstanceRecord,
    reason: str,
) -> None:
    """End an instance at this instant, whatever is on it."""
    found = record_of(account, managed, one)
    if found is not None:
        cluster, record = found
        instance_left(account, cluster, record, "TerminationNotice", HOST_GONE.format(id=one.id))
        deregister_instance(cluster, record)
    forget(account, provider, managed, one, reason)


def forget(
    account: Account,
    provider: ProviderRecord,
    managed: ManagedCapacity,
    one: ManagedInstanceRecord,
    reason: str,
) -> None:
    """Take an instance out of its provider; a reserved one may be launched again."""
    if managed.instances.pop(one.id, None) is None:
        return
    account.time.record(provider.arn, f"{one.id} terminated", reason)
    account.choosing[provider.name] = None
    if provider.is_leaving:
        account.time.push(account.time.now, Phase.INSTANCES, 0, "providers")
    else:
        look_at(account, provider, account.time.now)
