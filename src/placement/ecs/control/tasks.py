"""Start tasks: make their records, ask how they behave, and let them go their way.

In: an account, a cluster, what the engine has placed.  Out: records of tasks.  What only a machine
knows (addresses) is made up here.  Must not know calls: their values are checked before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.census import note_host
from placement.ecs.control.ids import hyphenated
from placement.ecs.control.lifecycle import begin_life, enter_instance, hurry
from placement.ecs.control.networks import Network
from placement.ecs.control.records import ClusterRecord, host_of
from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.control.task_records import (
    Attachment,
    ContainerRecord,
    ManagedAgent,
    TaskLife,
    TaskRecord,
)
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.timers import clear_timer

if TYPE_CHECKING:
    from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord

__all__ = [
    "place_task",
    "start_batches",
    "start_task_record",
    "start_task_records",
]

ZONE = "ecs.availability-zone"
ARCHITECTURE = "ecs.cpu-architecture"


def start_task_record(
    account: Account,
    cluster: ClusterRecord,
    request: TaskRequest,
    location: TaskLocation,
    service: ServiceRecord | None = None,
    deployment: DeploymentRecord | None = None,
    daemon: int | None = None,
) -> TaskRecord:
    """Return the record of a new task, put it into its cluster, and let it go its way.

    The engine has placed it already.  Its behaviour is asked before anything changes but the
    account's ids.

    Raises:
        UsageError: the caller's function of behaviours returned something else.
    """
    id = account.new_id()
    arn = account.arn(f"task/{cluster.name}/{id}")
    zone, architecture = _where(cluster, request, location)
    attachments = _interfaces(account, request, location, zone)
    instance = location.instance
    record = TaskRecord(
        id,
        arn,
        cluster.arn,
        request.settings,
        LifecycleStatus.RUNNING,
        LifecycleStatus.PROVISIONING if attachments or location.waits else LifecycleStatus.PENDING,
        account.clock(),
        number=location.number,
        instance=None if instance is None else instance.id,
        instance_arn=None if instance is None else instance.arn,
        zone=zone,
        attributes={ARCHITECTURE: architecture} if architecture else {},
        attachments=attachments,
        tags=request.tags,
    )
    record.containers = _new_containers(account, cluster, request, record)
    behaviour = account.behaviour_of(record)
    record.life = TaskLife(
        account.next_task_number(),
        cluster,
        request,
        account.timing_of(request.variant.task.family),
        behaviour,
        service,
        deployment,
        daemon,
    )
    record.life.is_waiting = location.waits
    if instance is not None:
        instance.version += 1
    cluster.tasks[id] = record
    begin_life(account, record)
    return record


def place_task(
    account: Account, cluster: ClusterRecord, task: TaskRecord, location: TaskLocation
) -> None:
    """Let a task that waited go its way on the instance on which the engine has placed it."""
    life, instance = task.life, location.instance
    if life is None or life.request is None or instance is None:
        return
    cluster.provisioning.pop(life.number, None)
    life.is_waiting = False
    task.number = location.number
    task.instance, task.instance_arn = instance.id, instance.arn
    task.zone, architecture = _where(cluster, life.request, location)
    task.attributes = {ARCHITECTURE: architecture} if architecture else {}
    task.attachments = _interfaces(account, life.request, location, task.zone)
    for container in task.containers:
        container.interfaces = task.attachments
    _give_gpus(cluster, life.request, task)
    instance.version += 1
    account.time.record(task.arn, "placed", instance.arn)
    enter_instance(account, task, instance)


def start_task_records(
    account: Account,
    cluster: ClusterRecord,
    request: TaskRequest,
    locations: Sequence[TaskLocation],
) -> list[TaskRecord]:
    """Start standalone tasks of one request in a call, all or none of them."""
    return start_batches(account, cluster, [(request, locations)])


def start_batches(
    account: Account,
    cluster: ClusterRecord,
    batches: Sequence[tuple[TaskRequest, Sequence[TaskLocation]]],
) -> list[TaskRecord]:
    """Start standalone tasks of several requests in a call, all or none of them.

    With ``timing=None`` they are RUNNING when the call returns (C26).  If the caller's function of
    behaviours raises, what the engine has placed is taken back.
    """
    locations = [location for _, own in batches for location in own]
    with account.in_call():
        started: list[TaskRecord] = []
        try:
            started.extend(
                start_task_record(account, cluster, request, location)
                for request, own in batches
                for location in own
            )
        finally:
            if len(started) < len(locations):
                _take_back(account, cluster, started, locations)
        for record in started:
            hurry(account, record)
    return started


def _take_back(
    account: Account,
    cluster: ClusterRecord,
    started: Sequence[TaskRecord],
    locations: Sequence[TaskLocation],
) -> None:
    """Undo the start of tasks of a call that was interrupted."""
    for record in started:
        if record.life is not None:
            clear_timer(account, record)
            account.live.pop(record.life.number, None)
            instance = host_of(cluster, record)
            if instance is not None:
                instance.tasks.pop(record.life.number, None)
                note_host(account, instance)
                instance.version -= 1
        cluster.tasks.pop(record.id, None)
    numbers = [one.number for one in locations if one.number is not None]
    if numbers:
        cluster.engine.stop(numbers)


def _where(
    cluster: ClusterRecord, request: TaskRequest, location: TaskLocation
) -> tuple[str | None, str | None]:
    """Return zone and architecture."""
    if location.instance is None:
        return location.zone, request.variant.task.architecture or "x86_64"
    store = cluster.engine.store  # as ``engine.attribute`` reads it: the row is looked up once
    row, columns = store.row_of[location.instance.id], store.attributes
    zone, architecture = columns.get(ZONE), columns.get(ARCHITECTURE)
    return (
        None if zone is None else store.matrix.get(zone, row),
        None if architecture is None else store.matrix.get(architecture, row),
    )


def _interfaces(
    account: Account, request: TaskRequest, location: TaskLocation, zone: str | None
) -> list[Attachment]:
    """Return the network interfaces of a task: none while it waits for an instance."""
    if location.waits or not request.network.subnets:
        return []
    return [_interface(account, request.network, zone)]


def _interface(account: Account, network: Network, zone: str | None) -> Attachment:
    """Return the network interface of a task; its names and addresses are made up."""
    id = account.new_id()
    octets = [int(id[at : at + 2], 16) for at in range(0, 10, 2)]
    address = f"10.{octets[0]}.{octets[1]}.{octets[2]}"
    return Attachment(
        id=hyphenated(id),
        type="ElasticNetworkInterface",
        status="PRECREATED",
        details={
            "subnetId": network.subnet_in(zone),
            "networkInterfaceId": f"eni-{id[:17]}",
            "macAddress": "0a:" + ":".join(f"{octet:02x}" for octet in octets),
            "privateDnsName": f"ip-{address.replace('.', '-')}.{account.region}.compute.internal",
            "privateIPv4Address": address,
        },
    )


def _new_containers(
    account: Account, cluster: ClusterRecord, request: TaskRequest, task: TaskRecord
) -> list[ContainerRecord]:
    """Return the containers of a new task; their GPUs are those the engine chose."""
    prefix = f"container/{cluster.name}/{task.id}/"
    found = []
    for settings in request.variant.containers:
        record = ContainerRecord(
            settings,
            account.arn(prefix + account.new_id()),
            task.arn,
            LifecycleStatus.PENDING,
            HealthStatus.UNKNOWN,
            bindings=(),
            interfaces=task.attachments,
        )
        if request.settings.execute_command:
            record.agents = [ManagedAgent("ExecuteCommandAgent", LifecycleStatus.PENDING, None)]
        found.append(record)
    task.containers = found
    _give_gpus(cluster, request, task)
    return found


def _give_gpus(cluster: ClusterRecord, request: TaskRequest, task: TaskRecord) -> None:
    """Give the GPUs that the engine chose for a task to its containers."""
    if not request.variant.task.gpus or task.number is None:
        return
    gpus = tuple(cluster.engine.task(task.number).gpus)
    for record in task.containers:
        wanted = record.settings.gpus
        if gpus and wanted:
            record.gpu_ids, gpus = gpus[:wanted], gpus[wanted:]
