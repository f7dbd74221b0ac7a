"""Which Managed Instances something happened to: their last change, and when to look at them.

In: an account, an instance on which a task started or stopped.  Out: the moment of the change, and
entries in the queue.  What leaves is found out in ``optimisation``.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.records import ManagedInstanceRecord
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import InstanceRecord
from placement.ecs.control.task_records import TaskLife

__all__ = ["instance_drains", "look_at", "task_came", "task_went"]

AFTER_OTHERS = 2
"""The order of looks among the instance transitions of an instant."""


def look_at(account: Account, provider: ProviderRecord, moment: int) -> None:
    """Let the instances of a provider be looked at, at a moment at the latest."""
    managed = provider.managed
    if managed is None or (managed.look_at is not None and managed.look_at <= moment):
        return
    managed.look_at = moment
    account.time.push(moment, Phase.INSTANCES, AFTER_OTHERS, "managed", provider.name)


def task_came(account: Account, instance: InstanceRecord, life: TaskLife) -> None:
    """A task was placed on an instance; its time until it may leave begins again."""
    found = _managed(account, instance)
    if found is not None and not life.is_daemon:
        found[1].changed_at = account.time.now


def task_went(account: Account, instance: InstanceRecord, life: TaskLife) -> None:
    """A task has stopped on an instance: it is judged now, and others with it (S12.3)."""
    found = _managed(account, instance)
    if found is None:
        return
    provider, one = found
    if not life.is_daemon:
        one.changed_at = account.time.now
        look_at(account, provider, account.time.now)
    elif not instance.tasks:
        now = account.time.now
        account.time.push(now, Phase.INSTANCES, 1, "managed-leave", provider.name, one.id)


def instance_drains(account: Account, instance: InstanceRecord) -> None:
    """An instance became DRAINING: it leaves at once if it has no task but daemons."""
    found = _managed(account, instance)
    if found is not None:
        look_at(account, found[0], account.time.now)


def _managed(
    account: Account, instance: InstanceRecord
) -> tuple[ProviderRecord, ManagedInstanceRecord] | None:
    """Return the provider of a Managed Instance, and its record there."""
    if instance.managed_instance is None:
        return None
    name, id = instance.managed_instance
    provider = account.providers.get(name)
    if provider is None or provider.managed is None or id not in provider.managed.instances:
        return None
    return provider, provider.managed.instances[id]
