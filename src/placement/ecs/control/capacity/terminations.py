"""Instances of groups go: drained first, or at once with their tasks (S11.6.1).

In: an account, a group, one of its instances.  Out: a container instance that is DRAINING, then
deregistered; the group without the instance.  Which one goes is chosen elsewhere.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.activities import new_activity
from placement.ecs.control.capacity.census import registered_record
from placement.ecs.control.capacity.groups import (
    Activity,
    ActivityStatus,
    GroupInstanceRecord,
    GroupRecord,
    LifecycleState,
)
from placement.ecs.control.capacity.membership import provider_of_group
from placement.ecs.control.instance_events import instance_left, status_changed
from placement.ecs.control.instances import deregister_instance, set_instance_status
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.timestamps import SECOND

__all__ = [
    "HOST_GONE",
    "LONGEST_DRAINING",
    "ask_for_termination",
    "begin_deletion",
    "drained",
    "forget_instance",
    "leave",
    "lose",
    "terminate",
    "terminate_by_id",
]

BY_USER = "a user request took the instance out of service"

LONGEST_DRAINING = 48 * 3600 * SECOND
"""How long an instance waits for its tasks to end (S11.6.1)."""

HOST_GONE = "Host EC2 (instance {id}) stopped/terminated"
"""``stoppedReason`` of the tasks of an instance that is gone (S10.2)."""


def terminate(account: Account, group: GroupRecord, id: str, cause: str) -> None:
    """Begin to terminate an instance of a group."""
    one = group.instances.get(id)
    if one is None or one.is_leaving:
        return
    group.end_activity(one.activity, account.time.datetime, ActivityStatus.FAILED, cause)
    one.activity = new_activity(account, group, f"Terminating EC2 instance: {id}", cause).id
    _begin(account, group, one, cause)


def _begin(account: Account, group: GroupRecord, one: GroupInstanceRecord, cause: str) -> None:
    id = one.id
    group.changed.add(id)
    account.time.record(group.arn, f"termination of {id}", cause)
    found = registered_record(account, one)
    provider = provider_of_group(account, group.name)
    if found is None or provider is None or not provider.settings.drains:
        one.state = LifecycleState.TERMINATING
        leave(account, group.name, id)
        return
    cluster, record = found
    one.state = LifecycleState.TERMINATING_WAIT
    if set_instance_status(cluster, record, "DRAINING"):
        status_changed(account, cluster, record)
    now = account.time.now
    account.time.push(now, Phase.INSTANCES, 1, "leave", group.name, id)
    account.time.push(now + LONGEST_DRAINING, Phase.INSTANCES, 1, "drained", group.name, id)


def ask_for_termination(account: Account, group: GroupRecord, one: GroupInstanceRecord) -> Activity:
    """A call asks for the termination of an instance, which begins when time moves (D2)."""
    activity = new_activity(account, group, f"Terminating EC2 instance: {one.id}", BY_USER)
    group.end_activity(one.activity, account.time.datetime, ActivityStatus.FAILED, BY_USER)
    one.activity = activity.id
    account.time.push(account.time.now, Phase.INSTANCES, 0, "terminate", group.name, one.id)
    return activity


def begin_deletion(account: Account, group: GroupRecord) -> None:
    """Delete a group; its instances are terminated when time moves, then it is gone."""
    group.is_leaving = True
    group.minimum = group.desired = 0
    if not group.instances:
        del account.groups[group.name]
    for one in group.instances.values():
        if not one.is_leaving:
            ask_for_termination(account, group, one)


def terminate_by_id(account: Account, name: str, id: str) -> None:
    """Terminate an instance because a call has asked for it."""
    group = account.groups.get(name)
    one = None if group is None else group.instances.get(id)
    if group is not None and one is not None and not one.is_leaving:
        _begin(account, group, one, BY_USER)


def leave(account: Account, name: str, id: str) -> None:
    """Let an instance go that waits for its tasks, if it has none any more."""
    group = account.groups.get(name)
    one = None if group is None else group.instances.get(id)
    if group is None or one is None or not one.is_leaving:
        return
    found = registered_record(account, one)
    if found is not None:
        cluster, record = found
        if one.state is LifecycleState.TERMINATING_WAIT and record.tasks:
            return  # the last daemon is noticed as well
        _deregister(account, cluster, record, one.id)
    forget_instance(account, group, one, "Terminated")


def drained(account: Account, name: str, id: str) -> None:
    """The longest time of draining is over: what is left ends with the host."""
    group = account.groups.get(name)
    one = None if group is None else group.instances.get(id)
    if one is not None and one.state is LifecycleState.TERMINATING_WAIT:
        one.state = LifecycleState.TERMINATING
        leave(account, name, id)


def lose(account: Account, cluster: ClusterRecord, record: InstanceRecord) -> None:
    """The host of an instance is gone; its group launches another at the next full minute (C42)."""
    name = cluster.engine.describe(record.id).ec2_instance_id or record.id
    _deregister(account, cluster, record, name)
    if record.group_instance is None:
        return
    group = account.groups.get(record.group_instance[0])
    one = None if group is None else group.instances.get(record.group_instance[1])
    if group is not None and one is not None:
        forget_instance(account, group, one, "lost")


def _deregister(
    account: Account, cluster: ClusterRecord, record: InstanceRecord, name: str
) -> None:
    reason = HOST_GONE.format(id=name)
    account.time.record(record.arn, "lost", reason)
    instance_left(account, cluster, record, "TerminationNotice", reason)
    deregister_instance(cluster, record)


def forget_instance(
    account: Account, group: GroupRecord, one: GroupInstanceRecord, what: str
) -> None:
    """Take an instance out of its group."""
    group.end_activity(one.activity, account.time.datetime, ActivityStatus.SUCCESSFUL)
    group.balancing.pop(one.id, None)
    del group.instances[one.id]
    group.changed.add(one.id)
    account.time.record(group.arn, f"{one.id} {what}")
    if group.is_leaving and not group.instances:
        del account.groups[group.name]
        account.time.record(group.arn, "deleted")
