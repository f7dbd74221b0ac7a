"""Records and the engine's state, in the shapes of the API's answers.

In: an account, a cluster, an instance.  Out: documents as describe-clusters and
describe-container-instances give them.  Reads only; knows no operation.  They share what records
hold: who hands them out copies them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from placement.ecs.records import ClusterRecord, Document, InstanceRecord, TaskRecord
from placement.engine.cluster import Cluster
from placement.model import Instance

__all__ = [
    "attribute_answers",
    "attributes_of",
    "cluster_answer",
    "instance_answer",
    "is_accounted",
    "pending_counts",
    "resource",
    "status_of",
]

REGISTERED = ("ACTIVE", "DRAINING")
"""The states of the instances that a cluster counts."""


# Container instances


def instance_answer(
    cluster: ClusterRecord,
    instance: InstanceRecord,
    pending: Mapping[str, int] | None = None,
) -> Document:
    """Return a container instance as DescribeContainerInstances gives it, without tags.

    Args:
        cluster: Its cluster.
        instance: Its record.
        pending: What ``pending_counts`` says, for who describes many.
    """
    if instance.last is not None:
        return instance.last
    now = cluster.engine.describe(instance.id)
    counts = pending_counts(cluster) if pending is None else pending
    return {
        "containerInstanceArn": instance.arn,
        **({"ec2InstanceId": now.ec2_instance_id} if now.ec2_instance_id else {}),
        **instance.identity,
        "version": instance.version,
        "versionInfo": instance.version_info,
        "remainingResources": [_remaining(one, now) for one in instance.resources],
        "registeredResources": instance.resources,
        "status": now.status,
        "agentConnected": now.agent_connected,
        "runningTasksCount": now.running_tasks,
        "pendingTasksCount": counts.get(instance.id, 0),
        "attributes": attribute_answers(now.attributes),
        "registeredAt": instance.registered_at,
        "attachments": instance.identity.get("attachments", []),
        "tags": [],
    }


def attribute_answers(attributes: Mapping[str, str | None]) -> list[Document]:
    """Return attributes as a list; those without value have only a name."""
    return [
        {"name": name, "value": value} if value else {"name": name}
        for name, value in attributes.items()
    ]


def attributes_of(engine: Cluster, id: str) -> dict[str, str | None]:
    """Return the attributes of a registered instance; less work than ``engine.describe``."""
    texts = engine.store.attributes_of(engine.row(id))
    return {name: text or None for name, text in texts.items()}


def status_of(engine: Cluster, id: str) -> str:
    """Return the status of a registered instance; less work than ``engine.describe``."""
    store = engine.store
    return store.matrix.get(store.status, engine.row(id)) or ""


def resource(name: str, kind: str, value: Any) -> Document:
    """Return a resource with all the fields that the service prints.

    Args:
        name: ``CPU``, …
        kind: INTEGER, LONG, DOUBLE or STRINGSET.
        value: A number, or a list of texts.
    """
    document = {"name": name, "type": kind, "doubleValue": 0.0, "longValue": 0, "integerValue": 0}
    fields = {"INTEGER": "integerValue", "LONG": "longValue", "DOUBLE": "doubleValue"}
    document[fields.get(kind, "stringSetValue")] = float(value) if kind == "DOUBLE" else value
    return document


def _remaining(registered: Document, now: Instance) -> Document:
    """Return what is left of a resource: of ports those that are taken, of GPUs those free."""
    name, kind = registered["name"], registered["type"]
    if kind == "STRINGSET":
        taken = {"PORTS": now.taken_tcp_ports, "PORTS_UDP": now.taken_udp_ports}.get(name)
        if taken is not None:
            return resource(name, kind, _in_order(registered["stringSetValue"], taken))
        return resource(name, kind, list(now.free_gpus or ())) if name == "GPU" else registered
    left = {"CPU": now.remaining_cpu, "MEMORY": now.remaining_memory}.get(name)
    return resource(name, kind, now.remaining_resources.get(name, 0) if left is None else left)


def _in_order(reserved: list[str], taken: tuple[int, ...]) -> list[str]:
    """Return the ports taken as texts: those reserved first, as they were registered."""
    texts = [str(port) for port in taken]
    known, first = set(texts), set(reserved)
    return [port for port in reserved if port in known] + [p for p in texts if p not in first]


# Tasks, as far as others count them


def is_accounted(cluster: ClusterRecord, task: TaskRecord) -> bool:
    """Return whether a task has not stopped, and its instance is still there (B17)."""
    if task.document["lastStatus"] == "STOPPED":
        return False
    if task.instance is None:
        return True
    instance = cluster.instances.get(task.instance)
    return instance is not None and instance.last is None


def pending_counts(cluster: ClusterRecord) -> Mapping[str, int]:
    """Return how many tasks are PENDING on each instance."""
    return Counter(
        task.instance
        for task in cluster.tasks.values()
        if task.instance is not None and task.document["lastStatus"] == "PENDING"
    )


# Clusters

_LAUNCH_TYPES = {"EC2": "EC2", "FARGATE": "Fargate", "EXTERNAL": "External"}
_SERVICE_STATISTICS = [
    f"{state}{kind}ServiceCount"
    for state in ("active", "draining")
    for kind in _LAUNCH_TYPES.values()
]


def cluster_answer(
    cluster: ClusterRecord,
    include: tuple[str, ...] = (),
) -> Document:
    """Return a cluster as DescribeClusters gives it; ``include`` is what it is asked for."""
    given = cluster.document
    states = [
        status_of(cluster.engine, instance.id)
        for instance in cluster.instances.values()
        if instance.last is None
    ]
    counts: Counter[tuple[str, str]] = Counter(
        (task.document["lastStatus"], task.document.get("launchType", "EC2"))
        for task in cluster.tasks.values()
        if is_accounted(cluster, task)
    )
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": given.get("status", "ACTIVE"),
        "registeredContainerInstancesCount": sum(state in REGISTERED for state in states),
        "runningTasksCount": sum(n for (last, _), n in counts.items() if last == "RUNNING"),
        "pendingTasksCount": sum(n for (last, _), n in counts.items() if last == "PENDING"),
        "activeServicesCount": 0,
        "statistics": _statistics(counts) if "STATISTICS" in include else [],
        "tags": given.get("tags", []) if "TAGS" in include else [],
        "settings": given.get("settings", []) if "SETTINGS" in include else [],
        "capacityProviders": given.get("capacityProviders", []),
        "defaultCapacityProviderStrategy": given.get("defaultCapacityProviderStrategy", []),
        **_given(given, "serviceConnectDefaults"),
        **(_given(given, "configuration") if "CONFIGURATIONS" in include else {}),
        **({"attachments": given.get("attachments", [])} if "ATTACHMENTS" in include else {}),
    }


def _given(document: Document, name: str) -> Document:
    return {name: document[name]} if name in document else {}


def _statistics(counts: Mapping[tuple[str, str], int]) -> list[Document]:
    """Return the counts by launch type; there are no services here."""
    tasks = {
        f"{last.lower()}{kind}TasksCount": counts.get((last, launch_type), 0)
        for last in ("RUNNING", "PENDING")
        for launch_type, kind in _LAUNCH_TYPES.items()
    }
    numbers = {**tasks, **dict.fromkeys(_SERVICE_STATISTICS, 0)}
    return [{"name": name, "value": str(number)} for name, number in numbers.items()]
