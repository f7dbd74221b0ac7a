"""How container instances change: they register, leave, drain, lose their agent.

In: an account, a cluster, records and values that are checked.  Out: changed records; the engine is
changed along with them.  Must not know calls.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.control.tasks import pending_counts
from placement.engine.cluster import Cluster
from placement.model import Instance

__all__ = [
    "REGISTERED",
    "add_instance",
    "attributes_of",
    "deregister_instance",
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


def deregister_instance(cluster: ClusterRecord, instance: InstanceRecord) -> None:
    """Take an instance out of its cluster; tasks that it has become orphans (B17)."""
    description = cluster.engine.describe(instance.id)
    instance.final_pending = pending_counts(cluster).get(instance.id, 0)
    instance.final_description = attrs.evolve(description, status="INACTIVE")
    instance.version += 1
    cluster.engine.deregister(instance.id, force=True)
    for task in cluster.tasks.values():
        if task.instance == instance.id:
            task.number = None


def set_instance_status(cluster: ClusterRecord, instance: InstanceRecord, status: str) -> None:
    """Make a registered instance ACTIVE or DRAINING."""
    if status_of(cluster.engine, instance.id) != status:
        cluster.engine.set_status(instance.id, status)
        instance.version += 1


def set_connected(cluster: ClusterRecord, instance: InstanceRecord, connected: bool) -> None:
    """Note whether the agent of a registered instance is connected."""
    if cluster.engine.describe(instance.id).agent_connected != connected:
        cluster.engine.set_agent(instance.id, connected=connected)
        instance.version += 1


def attributes_of(engine: Cluster, id: str) -> dict[str, str | None]:
    """Return the attributes of a registered instance; less work than ``engine.describe``."""
    row, store = engine.row(id), engine.store
    texts = {name: store.matrix.get(column, row) for name, column in store.attributes.items()}
    return {name: text or None for name, text in texts.items() if text is not None}


def status_of(engine: Cluster, id: str) -> str:
    """Return the status of a registered instance; less work than ``engine.describe``."""
    store = engine.store
    return store.matrix.get(store.status, engine.row(id)) or ""
