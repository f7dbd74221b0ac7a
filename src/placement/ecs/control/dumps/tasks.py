"""Load records of tasks from their documents.

In: a task's document, as DescribeTasks prints it.  Out: its record, or ``DocumentError``.  Fields
that decide something (statuses, times, the group, the instance) must have the form that ECS gives
them; whatever else a document says is kept and answered as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from placement.documents.fields import port_binding, required
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.providers import provider_name
from placement.ecs.control.ports import FIRST
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.control.task_records import (
    Attachment,
    ContainerRecord,
    ContainerSettings,
    FargateSettings,
    ManagedAgent,
    PortBinding,
    StopRecord,
    TaskRecord,
    TaskSettings,
)
from placement.errors import DocumentError, TaskError, describe_value
from placement.model.checks import checked_text

__all__ = ["add_task", "read_task"]

DESIRED = (LifecycleStatus.PENDING, LifecycleStatus.RUNNING, LifecycleStatus.STOPPED)
"""What a desired status can be."""

_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


def read_task(cluster_arn: str, document: Document, path: str) -> TaskRecord:
    """Return the record of a task, without what the engine knows of it.

    Raises:
        DocumentError: a field has not the form that ECS gives it.
    """
    arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
    id = arn.rpartition("/")[2]
    fields = Fields(document, path)
    fields.skip("taskArn")
    instance_arn = fields.text("containerInstanceArn")
    return TaskRecord(
        id,
        arn,
        fields.text("clusterArn") or cluster_arn,
        _settings(fields),
        fields.status("desiredStatus", LifecycleStatus, LifecycleStatus.RUNNING, DESIRED),
        fields.status("lastStatus", LifecycleStatus, LifecycleStatus.RUNNING),
        fields.time("createdAt"),
        instance=None if instance_arn is None else instance_arn.rpartition("/")[2],
        instance_arn=instance_arn,
        zone=fields.text("availabilityZone"),
        attributes=fields.known_pairs("attributes"),
        containers=[_container(one, here) for one, here in fields.with_paths("containers")],
        attachments=[_attachment(one, here) for one, here in fields.with_paths("attachments")],
        tags=fields.objects("tags"),
        version=fields.count("version", 1),
        health_status=fields.status("healthStatus", HealthStatus, HealthStatus.UNKNOWN),
        connectivity=fields.text("connectivity"),
        connectivity_at=fields.time("connectivityAt"),
        pull_started_at=fields.time("pullStartedAt"),
        pull_stopped_at=fields.time("pullStoppedAt"),
        started_at=fields.time("startedAt"),
        stop=_stop(fields),
        extra=fields.rest(),
    )


def add_task(cluster: ClusterRecord, record: TaskRecord) -> None:
    """Add the record of a task to its cluster, whose engine and instances are loaded."""
    try:
        record.number = cluster.engine.task_by_arn(record.arn)
    except TaskError:  # it has stopped, is on Fargate, or on an instance that is not here
        record.number = None
    else:
        # Which tasks stop first is the passes' business, by classes: the engine of a session is
        # told nothing of what tasks are doing, but for protection.
        cluster.engine.set_task(
            record.number, last_status="PENDING", health="UNKNOWN", deployment=0
        )
    _take_ports(cluster, record)
    cluster.tasks[record.id] = record


def _settings(fields: Fields) -> TaskSettings:
    """Return what a task was started with; without a group it is of its family's (1.7)."""
    definition = fields.text("taskDefinitionArn") or ""
    family = definition.rpartition("/")[2].partition(":")[0]
    return TaskSettings(
        definition_arn=definition,
        group=fields.text("group") or f"family:{family}",
        launch_type=fields.text("launchType", "EC2"),
        started_by=fields.text("startedBy"),
        execute_command=fields.flag("enableExecuteCommand"),
        overrides=_overrides(fields),
        cpu=fields.size("cpu"),
        memory=fields.size("memory"),
        fargate=_fargate(fields),
        capacity_provider=provider_name(fields, "capacityProviderName"),
    )


def _fargate(fields: Fields) -> FargateSettings | None:
    found = (
        fields.text("platformVersion"),
        fields.text("platformFamily"),
        fields.object("ephemeralStorage"),
        fields.object("fargateEphemeralStorage"),
    )
    return None if found == (None, None, None, None) else FargateSettings(*found)


def _stop(fields: Fields) -> StopRecord | None:
    found = (
        fields.time("stoppingAt"),
        fields.time("executionStoppedAt"),
        fields.time("stoppedAt"),
        fields.text("stopCode"),
        fields.text("stoppedReason"),
    )
    return None if found == (None, None, None, None, None) else StopRecord(*found)


def _container(document: Mapping[str, Any], path: str) -> ContainerRecord:
    fields = Fields(document, path)
    listed = {name: document.get(name) is not None for name in ("networkBindings", "managedAgents")}
    bindings = [_binding(one, here) for one, here in fields.with_paths("networkBindings")]
    agents = [_agent(one, here) for one, here in fields.with_paths("managedAgents")]
    return ContainerRecord(
        ContainerSettings(
            name=fields.text("name"),
            image=fields.text("image"),
            cpu=fields.size("cpu"),
            memory=fields.size("memory"),
            memory_reservation=fields.size("memoryReservation"),
        ),
        fields.text("containerArn"),
        fields.text("taskArn"),
        fields.known_status("lastStatus", LifecycleStatus),
        fields.known_status("healthStatus", HealthStatus),
        bindings=bindings if listed["networkBindings"] else None,
        agents=agents if listed["managedAgents"] else None,
        gpu_ids=fields.texts("gpuIds") if "gpuIds" in document else None,
        extra=fields.rest(),
    )


def _agent(document: Mapping[str, Any], path: str) -> ManagedAgent:
    fields = Fields(document, path)
    return ManagedAgent(
        fields.text("name"),
        fields.known_status("lastStatus", LifecycleStatus),
        fields.time("lastStartedAt"),
        fields.rest(),
    )


def _attachment(document: Mapping[str, Any], path: str) -> Attachment:
    fields = Fields(document, path)
    return Attachment(
        fields.text("id"),
        fields.text("type"),
        fields.text("status"),
        fields.known_pairs("details"),
        fields.rest(),
    )


def _binding(document: Mapping[str, Any], path: str) -> PortBinding:
    fields = Fields(document, path)
    _, port = port_binding(document, path)
    fields.skip("hostPort")
    ports = fields.text("hostPortRange")
    if ports is not None and _RANGE.fullmatch(ports) is None:
        message = f"expected ports such as 49000-49010, not {describe_value(ports)}"
        raise DocumentError(message, f"{path}.hostPortRange")
    return PortBinding(
        bind_ip=fields.text("bindIP"),
        protocol=fields.text("protocol"),
        container_port=fields.number("containerPort"),
        container_port_range=fields.text("containerPortRange"),
        host_port=port if "hostPort" in document else None,
        host_port_range=ports,
        extra=fields.rest(),
    )


def _take_ports(cluster: ClusterRecord, task: TaskRecord) -> None:
    """Note the host ports of a task that were chosen on its instance: no other task gets them."""
    if task.number is None or task.instance is None:
        return
    held = cluster.engine.task(task.number)
    static = {*held.tcp_ports, *held.udp_ports}
    bound_ports = {
        port
        for container in task.containers
        for binding in container.bindings or ()
        for port in binding.host_ports
    }
    chosen = {port for port in bound_ports - static if port >= FIRST}
    cluster.instances[task.instance].ports.taken.update(chosen)


def _overrides(fields: Fields) -> dict[str, Any]:
    """Return the overrides of a task; what they say is used when it is started again.

    Raises:
        DocumentError: something in them has not the form that ECS gives it.
    """
    found = fields.object("overrides") or {}
    for one, here in Fields(found, f"{fields.path}.overrides").with_paths("containerOverrides"):
        container = Fields(one, here)
        container.text("name")
        for name in ("resourceRequirements", "environment"):
            container.objects(name)
    return found
