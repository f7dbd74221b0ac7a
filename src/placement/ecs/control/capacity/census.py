"""How many instances of a group are pending, leaving, in use or empty, without a look at each.

In: an account and a group; notes that something has changed about an instance.  Out: counts.  Those
of a group are kept, and only instances that were noted are looked at again: a full minute in which
nothing has happened costs nothing per instance.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import (
    GroupCensus,
    GroupInstanceRecord,
    GroupRecord,
    LifecycleState,
    Standing,
)
from placement.ecs.control.capacity.membership import registered_instance
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.task_records import is_daemon

__all__ = ["census_of", "has_tasks", "note_host", "registered_record"]


def registered_record(
    account: Account, one: GroupInstanceRecord
) -> tuple[ClusterRecord, InstanceRecord] | None:
    """Return the cluster and the registered container instance of a group's instance, if any."""
    return registered_instance(account, one.cluster, one.container_instance)


def has_tasks(record: InstanceRecord) -> bool:
    """Return whether an instance has a task that no daemon runs and that is not STOPPED (D98)."""
    return any(not is_daemon(task) for task in record.tasks.values())


def note_host(account: Account, instance: InstanceRecord) -> None:
    """Note that tasks have come to a container instance, or left it, or that it has left itself."""
    if instance.group_instance is not None:
        name, id = instance.group_instance
        group = account.groups.get(name)
        if group is not None:
            group.changed.add(id)


def census_of(account: Account, group: GroupRecord) -> GroupCensus:
    """Return the counts of a group as they are now."""
    census = group.census
    if census is None:
        census = group.census = GroupCensus()
        group.changed.update(group.instances)
    for id in group.changed:
        one = group.instances.get(id)
        census.set(id, None if one is None else _standing(account, one))
    group.changed.clear()
    return census


def _standing(account: Account, one: GroupInstanceRecord) -> Standing:
    if one.is_leaving:
        return Standing.LEAVING
    found = registered_record(account, one) if one.state is LifecycleState.IN_SERVICE else None
    if found is None:
        return Standing.NOT_REGISTERED
    return Standing.IN_USE if has_tasks(found[1]) else Standing.EMPTY
