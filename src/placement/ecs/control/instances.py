"""How container instances change: they register, leave, drain, lose their agent.

In: an account, a cluster, records and values that are checked.  Out: changed records; the engine is
changed along with them.  Must not know calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.membership import PROVIDER_ATTRIBUTE
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.control.statuses import LifecycleStatus
from placement.engine.cluster import Cluster
from placement.model import Instance

__all__ = [
    "REGISTERED",
    "add_instance",
    "agent_connected",
    "attributes_of",
    "deregister_instance",
    "register_again",
    "set_connected",
    "set_instance_status",
    "status_of",
]

REGISTERED = ("ACTIVE", "DRAINING")
"""The states of the instances that a cluster counts."""


def add_instance(
    account: Account,
    cluster: ClusterRecord,
    instance: Instance,
    now: datetime,
    *,
    version_info: Document,
    resources: list[Document],
    tags: list[Document],
) -> InstanceRecord:
    """Register an instance under a new id, and return its record.

    Args:
        account: Where the id comes from.
        cluster: The cluster that it joins.
        instance: What the engine needs to know of it; its id is not looked at.
        now: The time.
        version_info: ``versionInfo`` as given.
        resources: What ``registeredResources`` shows.
        tags: As given.
    """
    id = account.new_id()
    arn = account.arn(f"container-instance/{cluster.name}/{id}")
    cluster.engine.register(attrs.evolve(instance, id=arn))
    record = InstanceRecord(id, arn, now, version_info=version_info, resources=resources, tags=tags)
    cluster.instances[id] = record
    return record


def register_again(
    cluster: ClusterRecord,
    instance: InstanceRecord,
    attributes: Mapping[str, str | None],
    *,
    agent_version: str | None,
    version_info: Document,
    tags: list[Document],
) -> None:
    """Note what an agent registers when it comes back with the ARN that its instance has.

    Args:
        cluster: Its cluster.
        instance: A registered instance.
        attributes: All attributes that it has from now on.
        agent_version: The agent's version.
        version_info: ``versionInfo`` as given.
        tags: All tags that it has from now on.
    """
    engine, id = cluster.engine, instance.id
    before = engine.describe(id)
    had = before.attributes
    changed = {
        name: value for name, value in attributes.items() if (name, value) not in had.items()
    }
    engine.delete_attributes(id, [name for name in had if name not in attributes])
    engine.put_attributes(id, changed)
    engine.set_agent(id, connected=True, version=agent_version)
    is_same = version_info == instance.version_info and attributes == had
    if not (before.agent_connected and is_same):
        instance.version += 1
    instance.version_info, instance.tags = version_info, tags


def deregister_instance(cluster: ClusterRecord, instance: InstanceRecord) -> None:
    """Take an instance out of its cluster; its tasks have ended (D107, B17)."""
    description = cluster.engine.describe(instance.id)
    tasks = instance.tasks.values()
    instance.final_pending = sum(one.last_status is LifecycleStatus.PENDING for one in tasks)
    instance.final_description = attrs.evolve(description, status="INACTIVE")
    instance.version += 1
    cluster.engine.deregister(instance.id, force=True)
    for task in instance.tasks.values():
        task.number = None


def set_instance_status(cluster: ClusterRecord, instance: InstanceRecord, status: str) -> bool:
    """Make a registered instance ACTIVE or DRAINING; return whether it was not."""
    if status_of(cluster.engine, instance.id) == status:
        return False
    cluster.engine.set_status(instance.id, status)
    instance.version += 1
    instance.is_draining = status == "DRAINING"
    instance.keeps_protected = False  # a drain by age sets it again afterwards
    return True


def set_connected(cluster: ClusterRecord, instance: InstanceRecord, connected: bool) -> bool:
    """Note whether the agent of a registered instance is connected; return whether it changed."""
    if cluster.engine.describe(instance.id).agent_connected == connected:
        return False
    cluster.engine.set_agent(instance.id, connected=connected)
    instance.version += 1
    return True


def attributes_of(engine: Cluster, id: str) -> dict[str, str | None]:
    """Return the attributes of a registered instance; less work than ``engine.describe``.

    That of its capacity provider, which callers do not see, is left out.
    """
    texts = engine.store.attributes_of(engine.row(id))
    return {name: text or None for name, text in texts.items() if name != PROVIDER_ATTRIBUTE}


def agent_connected(engine: Cluster, id: str) -> bool:
    """Return whether the agent of a registered instance is connected; less work as well."""
    store = engine.store
    return store.matrix.get(store.connected, engine.row(id)) == "true"


def status_of(engine: Cluster, id: str) -> str:
    """Return the status of a registered instance; less work than ``engine.describe``."""
    store = engine.store
    return store.matrix.get(store.status, engine.row(id)) or ""
