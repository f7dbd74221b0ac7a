"""How tasks change: they start, stop, get and lose protection from scale-in.

In: an account, a cluster, records and the time.  Out: changed records; the engine is changed along
with them, so that both always agree.  What only a machine knows (host ports that are chosen,
addresses) is made up here.  Must not know calls: their values are checked before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.networks import Network
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.control.task_records import (
    Attachment,
    ContainerRecord,
    ContainerSettings,
    ManagedAgent,
    PortBinding,
    StopRecord,
    TaskRecord,
    TaskSettings,
)
from placement.ecs.control.task_variants import TaskVariant
from placement.model import UDP

__all__ = [
    "TaskLocation",
    "TaskRequest",
    "can_be_protected",
    "end_protection",
    "is_accounted",
    "pending_counts",
    "protect_task",
    "start_task_record",
    "stop_task_record",
]

ZONE = "ecs.availability-zone"
ARCHITECTURE = "ecs.cpu-architecture"

SERVICE_PREFIX = "service:"
"""What the group of a service's task begins with (1.7)."""


@attrs.frozen(eq=False)
class TaskRequest:
    """What the tasks of one call share.

    Attributes:
        variant: Their definition with the overrides, the network and the launch type of the call.
        settings: What their records say of it.
        network: Where their interfaces can be.
        tags: Their tags, those of the definition among them where they are propagated.
    """

    variant: TaskVariant
    settings: TaskSettings
    network: Network
    tags: list[Document]


@attrs.frozen(eq=False)
class TaskLocation:
    """Where a task is: on an instance with its number in the engine, or on Fargate in a zone."""

    instance: InstanceRecord | None = None
    number: int | None = None
    zone: str | None = None


# Starting


def start_task_record(
    account: Account,
    cluster: ClusterRecord,
    request: TaskRequest,
    location: TaskLocation,
    now: datetime,
) -> TaskRecord:
    """Return the record of a task that has started, and put it into its cluster.

    The engine has placed it already.  It is RUNNING at once: there is no agent here that would pull
    images.
    """
    id = account.new_id()
    arn = account.arn(f"task/{cluster.name}/{id}")
    zone, architecture = _where(cluster, request, location)
    attachments = [_interface(account, request.network, zone)] if request.network.subnets else []
    record = TaskRecord(
        id,
        arn,
        cluster.arn,
        request.settings,
        LifecycleStatus.RUNNING,
        LifecycleStatus.RUNNING,
        now,
        number=location.number,
        zone=zone,
        attributes={ARCHITECTURE: architecture} if architecture else {},
        attachments=attachments,
        tags=request.tags,
        connectivity="CONNECTED",
        connectivity_at=now,
        pull_started_at=now,
        pull_stopped_at=now,
        started_at=now,
    )
    if location.number is not None:
        cluster.engine.set_task(location.number, last_status="RUNNING")
    instance = location.instance
    if instance is not None:
        record.instance, record.instance_arn = instance.id, instance.arn
        instance.version += 1
    record.containers = _start_containers(account, cluster, request, instance, record)
    cluster.tasks[id] = record
    return record


def _where(
    cluster: ClusterRecord, request: TaskRequest, location: TaskLocation
) -> tuple[str | None, str | None]:
    """Return zone and architecture."""
    if location.instance is None:
        return location.zone, request.variant.task.architecture or "x86_64"
    id, engine = location.instance.id, cluster.engine
    return engine.attribute(id, ZONE), engine.attribute(id, ARCHITECTURE)


def _interface(account: Account, network: Network, zone: str | None) -> Attachment:
    """Return the network interface of a task; its names and addresses are made up."""
    id = account.new_id()
    octets = [int(id[at : at + 2], 16) for at in range(0, 10, 2)]
    address = f"10.{octets[0]}.{octets[1]}.{octets[2]}"
    return Attachment(
        id=f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}",
        type="ElasticNetworkInterface",
        status="ATTACHED",
        details={
            "subnetId": network.subnet_in(zone),
            "networkInterfaceId": f"eni-{id[:17]}",
            "macAddress": "0a:" + ":".join(f"{octet:02x}" for octet in octets),
            "privateDnsName": f"ip-{address.replace('.', '-')}.{account.region}.compute.internal",
            "privateIPv4Address": address,
        },
    )


def _start_containers(
    account: Account,
    cluster: ClusterRecord,
    request: TaskRequest,
    instance: InstanceRecord | None,
    task: TaskRecord,
) -> list[ContainerRecord]:
    """Return the containers of a task that has started; their GPUs are those the engine chose."""
    gpus: tuple[str, ...] = ()
    if request.variant.task.gpus and task.number is not None:
        gpus = tuple(cluster.engine.task(task.number).gpus)
    prefix = f"container/{cluster.name}/{task.id}/"
    found = []
    for settings in request.variant.containers:
        record = ContainerRecord(
            settings,
            account.arn(prefix + account.new_id()),
            task.arn,
            LifecycleStatus.RUNNING,
            HealthStatus.UNKNOWN,
            bindings=(),
            interfaces=task.attachments,
        )
        if instance is not None and settings.port_mappings:
            record.bindings = list(_bindings(cluster, instance, settings))
        if request.settings.execute_command:
            running = LifecycleStatus.RUNNING
            record.agents = [ManagedAgent("ExecuteCommandAgent", running, task.started_at)]
        if gpus and settings.gpus:
            record.gpu_ids, gpus = gpus[: settings.gpus], gpus[settings.gpus :]
        found.append(record)
    return found


def _bindings(
    cluster: ClusterRecord, instance: InstanceRecord, settings: ContainerSettings
) -> Iterator[PortBinding]:
    """Yield the bindings of a container's ports (2.3).

    A mapping for which no port is left in the ephemeral range has no host port.
    """
    tasks, row = cluster.engine.store.tasks, cluster.engine.row(instance.id)
    for mapping in settings.port_mappings:
        offset = UDP if mapping.protocol == "udp" else 0

        def is_free(port: int, offset: int = offset) -> bool:
            return tasks.ports.is_free(row, port + offset)

        ports = mapping.container_port_range
        outer = mapping.host_port or instance.ports.take(mapping.count, is_free)
        if ports is None:
            yield PortBinding("0.0.0.0", mapping.protocol, mapping.container_port, outer)
            continue
        outer_range = None if outer is None else f"{outer}-{outer + mapping.count - 1}"
        yield PortBinding(
            "0.0.0.0",
            mapping.protocol,
            container_port_range=ports,
            host_port_range=outer_range,
        )


# Stopping


def stop_task_record(
    cluster: ClusterRecord, task: TaskRecord, code: str, reason: str, now: datetime
) -> None:
    """Stop a task: its desired status is STOPPED at once, and so is the last one (A25).

    Args:
        cluster: Its cluster, whose engine gives back what the task holds.
        task: A task whose desired status is not STOPPED.
        code: The stop code, such as ``UserInitiated``.
        reason: The same in words.
        now: The time.
    """
    _release(cluster, task)
    task.desired_status = task.last_status = LifecycleStatus.STOPPED
    task.stop = StopRecord(now, now, now, code, reason)
    task.version += 1
    for container in task.containers:
        container.last_status = LifecycleStatus.STOPPED
        for agent in container.agents or ():
            agent.last_status = LifecycleStatus.STOPPED
    for attachment in task.attachments:
        attachment.status = "DELETED"


def _release(cluster: ClusterRecord, task: TaskRecord) -> None:
    """Give back what a task holds in the engine and on its instance, if they still have it."""
    instance = _instance_of(cluster, task)
    if instance is None or task.number is None:
        return
    engine = cluster.engine
    engine.stop(task.number)
    if engine.release == "last_status":
        engine.set_task(task.number, last_status="STOPPED")
    task.number = None
    instance.version += 1
    for container in task.containers:
        for binding in container.bindings or ():
            instance.ports.release(binding.host_ports)  # static ones are not among those chosen


def _instance_of(cluster: ClusterRecord, task: TaskRecord) -> InstanceRecord | None:
    """Return the registered instance of a task, None if it has none."""
    instance = None if task.instance is None else cluster.instances.get(task.instance)
    return instance if instance is not None and instance.is_registered else None


# Protection from scale-in (4.7)


def can_be_protected(task: TaskRecord) -> bool:
    """Return whether a task can be protected: it is of a service, and not being stopped."""
    running = task.desired_status is LifecycleStatus.RUNNING
    return running and task.settings.group.startswith(SERVICE_PREFIX)


def protect_task(cluster: ClusterRecord, task: TaskRecord, until: datetime | None) -> None:
    """Protect a task from scale-in until some time; None ends its protection."""
    task.protected_until = until
    if task.number is not None and _instance_of(cluster, task) is not None:
        cluster.engine.set_task(task.number, protected=until is not None)


def end_protection(cluster: ClusterRecord, task: TaskRecord, now: datetime) -> None:
    """End the protection of a task whose time is over."""
    if task.protected_until is not None and task.protected_until <= now:
        protect_task(cluster, task, None)


# Counting


def is_accounted(cluster: ClusterRecord, task: TaskRecord) -> bool:
    """Return whether a task has not stopped, and its instance is still there (B17)."""
    if task.last_status is LifecycleStatus.STOPPED:
        return False
    return task.instance is None or _instance_of(cluster, task) is not None


def pending_counts(cluster: ClusterRecord) -> Mapping[str, int]:
    """Return how many tasks are PENDING on each instance, by its id."""
    return Counter(
        task.instance
        for task in cluster.tasks.values()
        if task.instance is not None and task.last_status is LifecycleStatus.PENDING
    )
