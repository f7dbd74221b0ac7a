"""Records and the engine's state, in the shapes of the API's answers: one place for each field.

In: records.  Out: documents as the describe calls give them.  Reads only, and knows no call.
Documents share what records hold: the client copies them before it hands them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from placement.documents.instance_fields import with_further_fields
from placement.documents.resources import neuron_devices_left, resource_to_ecs
from placement.ecs.control.capacity.membership import PROVIDER_ATTRIBUTE
from placement.ecs.control.counts import is_accounted, pending_counts
from placement.ecs.control.instances import REGISTERED, status_of
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document, InstanceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.control.task_records import (
    NOTHING,
    Attachment,
    ContainerRecord,
    FargateSettings,
    ManagedAgent,
    PortBinding,
    StopRecord,
    TaskRecord,
)
from placement.model import Instance
from placement.model.checks import is_neuron_resource

__all__ = [
    "attribute_answers",
    "cluster_answer",
    "definition_answer",
    "failure",
    "instance_answer",
    "paged_answer",
    "protection_answer",
    "target_answer",
    "task_answer",
]


def failure(arn: str, reason: str) -> Document:
    """Return an element of ``failures`` (2.13)."""
    return {"arn": arn, "reason": reason}


def paged_answer(field: str, items: list[Any], token: str | None) -> Document:
    """Return the answer of a list call: a page, and the token of the next one if there is one."""
    return {field: items} if token is None else {field: items, "nextToken": token}


def _present(document: Document, extra: Mapping[str, Any] = NOTHING) -> Document:
    """Return a document without the fields that are None: they are not in answers.

    ``document`` is changed; ``extra`` are further fields that a loaded document had.
    """
    for name in [name for name, value in document.items() if value is None]:
        del document[name]
    return {**extra, **document} if extra else document


# Tasks


def task_answer(task: TaskRecord, *, tags: bool = True) -> Document:
    """Return a task as DescribeTasks gives it; without ``tags`` the list of them is empty."""
    settings = task.settings
    document = {
        "attachments": [_attachment(one) for one in task.attachments],
        "attributes": None if task.attributes is None else attribute_answers(task.attributes),
        "clusterArn": task.cluster_arn,
        "connectivity": task.connectivity,
        "connectivityAt": task.connectivity_at,
        "containers": [_container(one) for one in task.containers],
        "cpu": settings.cpu,
        "createdAt": task.created_at,
        "desiredStatus": str(task.desired_status),
        "enableExecuteCommand": settings.execute_command,
        "group": settings.group,
        "healthStatus": str(task.health_status),
        "lastStatus": str(task.last_status),
        "launchType": settings.launch_type,
        "memory": settings.memory,
        "overrides": settings.overrides,
        "pullStartedAt": task.pull_started_at,
        "pullStoppedAt": task.pull_stopped_at,
        "startedAt": task.started_at,
        "taskArn": task.arn,
        "taskDefinitionArn": settings.definition_arn,
        "capacityProviderName": settings.capacity_provider,
        "version": task.version,
        "availabilityZone": task.zone,
        "startedBy": settings.started_by,
        "containerInstanceArn": task.instance_arn,
    }
    if settings.fargate is not None:
        document |= _fargate(settings.fargate)
    if task.stop is not None:
        document |= _stop(task.stop)
    document["tags"] = task.tags if tags else []
    return _present(document, task.extra)


def _fargate(settings: FargateSettings) -> Document:
    return {
        "ephemeralStorage": settings.ephemeral_storage,
        "fargateEphemeralStorage": settings.fargate_ephemeral_storage,
        "platformFamily": settings.platform_family,
        "platformVersion": settings.platform_version,
    }


def _stop(stop: StopRecord) -> Document:
    return {
        "executionStoppedAt": stop.execution_stopped_at,
        "stopCode": stop.code,
        "stoppedAt": stop.stopped_at,
        "stoppedReason": stop.reason,
        "stoppingAt": stop.stopping_at,
    }


def _container(container: ContainerRecord) -> Document:
    settings = container.settings
    last, health = container.last_status, container.health_status
    return _present(
        {
            "containerArn": container.arn,
            "cpu": settings.cpu,
            "healthStatus": None if health is None else str(health),
            "lastStatus": None if last is None else str(last),
            "name": settings.name,
            "networkBindings": _each(_binding, container.bindings),
            "networkInterfaces": _each(_network_interface, container.interfaces),
            "taskArn": container.task_arn,
            "image": settings.image,
            "memory": settings.memory,
            "memoryReservation": settings.memory_reservation,
            "managedAgents": _each(_agent, container.agents),
            "gpuIds": None if container.gpu_ids is None else list(container.gpu_ids),
            "exitCode": container.exit_code,
            "reason": container.reason,
        },
        container.extra,
    )


Record = TypeVar("Record")


def _each(
    answer: Callable[[Record], Document], records: Iterable[Record] | None
) -> list[Document] | None:
    return None if records is None else [answer(one) for one in records]


def _attachment(attachment: Attachment) -> Document:
    details = attachment.details
    return _present(
        {
            "id": attachment.id,
            "type": attachment.type,
            "status": attachment.status,
            "details": None if details is None else attribute_answers(details),
        },
        attachment.extra,
    )


def _network_interface(attachment: Attachment) -> Document:
    """Return an interface as a container shows it."""
    address = (attachment.details or {}).get("privateIPv4Address")
    return _present({"attachmentId": attachment.id, "privateIpv4Address": address})


def _binding(binding: PortBinding) -> Document:
    return _present(
        {
            "bindIP": binding.bind_ip,
            "protocol": binding.protocol,
            "containerPort": binding.container_port,
            "containerPortRange": binding.container_port_range,
            "hostPort": binding.host_port,
            "hostPortRange": binding.host_port_range,
        },
        binding.extra,
    )


def _agent(agent: ManagedAgent) -> Document:
    last = agent.last_status
    return _present(
        {
            "name": agent.name,
            "lastStatus": None if last is None else str(last),
            "lastStartedAt": agent.last_started_at,
        },
        agent.extra,
    )


def protection_answer(task: TaskRecord) -> Document:
    """Return the protection of a task from scale-in."""
    until = task.protected_until
    document = {"taskArn": task.arn, "protectionEnabled": until is not None}
    return _present({**document, "expirationDate": until})


# Task definitions


def definition_answer(definition: DefinitionRecord) -> Document:
    """Return a task definition as DescribeTaskDefinition gives it; its tags stand beside it."""
    return _present(
        {
            **definition.document,
            "taskDefinitionArn": definition.arn,
            "status": str(definition.status),
            "registeredAt": definition.registered_at,
            "registeredBy": definition.registered_by,
            "deregisteredAt": definition.deregistered_at,
        }
    )


# Container instances

UNKNOWN_HEALTH: Document = {"overallStatus": "INSUFFICIENT_DATA", "details": []}
"""Nothing reports the health of an instance here."""

HEALTH = "healthStatus"
"""What a dump may say of it, told where it is asked for."""


def instance_answer(
    cluster: ClusterRecord,
    instance: InstanceRecord,
    pending: Mapping[str, int] | None = None,
    *,
    tags: bool = False,
    health: bool = False,
) -> Document:
    """Return a container instance as DescribeContainerInstances gives it.

    Args:
        cluster: Its cluster.
        instance: Its record.
        pending: What ``pending_counts`` returned, where many instances are described.
        tags: Whether its tags are listed.
        health: Whether its health is included, as a dump told it.
    """
    now = instance.final_description
    if now is not None:
        waiting = instance.final_pending
    else:
        now = cluster.engine.describe(instance.id)
        counts = pending_counts(cluster) if pending is None else pending
        waiting = counts.get(instance.id, 0)
    kept = instance.inner_extra or {}
    left = kept.get("remainingResources", {})
    sets = {name: one for name, one in left.items() if "name" in one}
    answer = _present(
        {
            "containerInstanceArn": instance.arn,
            "ec2InstanceId": now.ec2_instance_id,
            "capacityProviderName": instance.capacity_provider,
            "version": instance.version,
            "versionInfo": instance.version_info,
            "remainingResources": _remaining_resources(instance, now, sets),
            "registeredResources": instance.resources,
            "status": now.status,
            "agentConnected": now.agent_connected,
            "runningTasksCount": now.running_tasks,
            "pendingTasksCount": waiting,
            "attributes": attribute_answers(
                {key: text for key, text in now.attributes.items() if key != PROVIDER_ATTRIBUTE}
            ),
            "registeredAt": instance.registered_at,
            "attachments": instance.attachments,
            "tags": instance.tags if tags else [],
            "healthStatus": instance.extra.get(HEALTH, UNKNOWN_HEALTH) if health else None,
        },
        {name: value for name, value in instance.extra.items() if name != HEALTH},
    )
    return with_further_fields(answer, kept)


def attribute_answers(attributes: Mapping[str, str | None]) -> list[Document]:
    """Return attributes as a list; those without value have only a name."""
    return [
        {"name": name, "value": value} if value else {"name": name}
        for name, value in attributes.items()
    ]


def target_answer(arn: str, name: str, value: str | None) -> Document:
    """Return an attribute with its target, as the calls about attributes give it."""
    return {"name": name, "targetId": arn, **({"value": value} if value else {})}


def _remaining_resources(
    instance: InstanceRecord, now: Instance, sets: Mapping[str, Document]
) -> list[Document]:
    """Return what is left of each resource, in the order in which they are registered.

    Of sets of texts that no task can hold it is what ``sets`` says, else all of them.
    """
    is_neuron = [is_neuron_resource(one["name"]) for one in instance.resources]
    listed = [one for one, is_it in zip(instance.resources, is_neuron, strict=True) if is_it]
    reported = {name: one for name, one in sets.items() if is_neuron_resource(name)}
    left = iter(neuron_devices_left(listed, reported, now.remaining_neuron_devices or 0))
    return [
        next(left) if is_it else _remaining(sets.get(one["name"], one), one, now)
        for one, is_it in zip(instance.resources, is_neuron, strict=True)
    ]


def _remaining(reported: Document, registered: Document, now: Instance) -> Document:
    """Return what is left of a resource: of ports those that are taken, of GPUs those free."""
    name, kind = registered["name"], registered["type"]
    if kind == "STRINGSET":
        taken = {"PORTS": now.taken_tcp_ports, "PORTS_UDP": now.taken_udp_ports}.get(name)
        if taken is not None:
            return resource_to_ecs(name, kind, _in_order(registered["stringSetValue"], taken))
        return resource_to_ecs(name, kind, list(now.free_gpus or ())) if name == "GPU" else reported
    left = {"CPU": now.remaining_cpu, "MEMORY": now.remaining_memory}.get(name)
    return resource_to_ecs(
        name, kind, now.remaining_resources.get(name, 0) if left is None else left
    )


def _in_order(reserved: list[str], taken: tuple[int, ...]) -> list[str]:
    """Return the ports taken as texts: those reserved first, as they were registered."""
    texts = [str(port) for port in taken]
    known, first = set(texts), set(reserved)
    return [port for port in reserved if port in known] + [p for p in texts if p not in first]


# Clusters

_LAUNCH_TYPES = {"EC2": "EC2", "FARGATE": "Fargate", "EXTERNAL": "External"}


def cluster_answer(cluster: ClusterRecord, include: Collection[str] = ()) -> Document:
    """Return a cluster as DescribeClusters gives it; ``include`` is what it is asked for."""
    states = [
        status_of(cluster.engine, instance.id)
        for instance in cluster.instances.values()
        if instance.is_registered
    ]
    counts: Counter[tuple[str, str]] = Counter(
        (str(task.last_status), task.settings.launch_type)
        for task in cluster.tasks.values()
        if is_accounted(cluster, task)
    )
    return _present(
        {
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": str(cluster.status),
            "registeredContainerInstancesCount": sum(state in REGISTERED for state in states),
            "runningTasksCount": sum(n for (last, _), n in counts.items() if last == "RUNNING"),
            "pendingTasksCount": sum(n for (last, _), n in counts.items() if last == "PENDING"),
            "activeServicesCount": sum(
                service.status is ServiceStatus.ACTIVE for service in cluster.services.values()
            ),
            "statistics": _statistics(cluster, counts) if "STATISTICS" in include else [],
            "tags": cluster.tags if "TAGS" in include else [],
            "settings": cluster.settings if "SETTINGS" in include else [],
            "capacityProviders": cluster.capacity_providers,
            "defaultCapacityProviderStrategy": cluster.default_strategy,
            "serviceConnectDefaults": cluster.service_connect_defaults,
            "configuration": cluster.configuration if "CONFIGURATIONS" in include else None,
            "attachments": cluster.attachments if "ATTACHMENTS" in include else None,
            "attachmentsStatus": cluster.attachments_status if "ATTACHMENTS" in include else None,
        }
    )


def _statistics(cluster: ClusterRecord, counts: Mapping[tuple[str, str], int]) -> list[Document]:
    """Return the numbers of tasks and services by status and launch type."""
    tasks = {
        f"{last.lower()}{kind}TasksCount": counts.get((last, launch_type), 0)
        for last in ("RUNNING", "PENDING")
        for launch_type, kind in _LAUNCH_TYPES.items()
    }
    known = Counter((one.status, one.launch_type) for one in cluster.services.values())
    services = {
        f"{status.lower()}{kind}ServiceCount": known[status, launch_type]
        for status in (ServiceStatus.ACTIVE, ServiceStatus.DRAINING)
        for launch_type, kind in _LAUNCH_TYPES.items()
    }
    numbers = {**tasks, **services}
    return [{"name": name, "value": str(number)} for name, number in numbers.items()]
