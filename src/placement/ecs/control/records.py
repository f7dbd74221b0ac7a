"""What an account holds: clusters, container instances, tasks, task definitions, as typed records.

In: nothing.  Out: the record classes.  Where tasks fit, what instances have left and what counts is
known by the engine (``ClusterRecord.engine``) alone; records hold what the API shows beside it.
How records change is the business of ``tasks`` and ``instances``; how they look in an answer, that
of the calls.  Must not know calls or answers.

Absent values: ``None`` means that the API's field is not in answers.  It occurs in records of
loaded documents, which need not have every field.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from placement.ecs.control.ports import DynamicPorts
from placement.engine.cluster import Cluster
from placement.engine.request import Task
from placement.model import Instance

__all__ = [
    "NOTHING",
    "Attachment",
    "ClusterRecord",
    "ClusterStatus",
    "ContainerRecord",
    "ContainerSettings",
    "DefinitionRecord",
    "DefinitionStatus",
    "FargateSettings",
    "HealthStatus",
    "InstanceRecord",
    "LifecycleStatus",
    "ManagedAgent",
    "PortBinding",
    "PortMapping",
    "RememberedCall",
    "StopRecord",
    "TaskRecord",
    "TaskSettings",
]

Document = dict[str, Any]
"""An object of the API, as boto3 has it: texts, numbers, lists, datetimes."""

NOTHING: Mapping[str, Any] = {}
"""The further fields of what was not loaded from documents."""


# Statuses


class LifecycleStatus(enum.StrEnum):
    """The states of a task's life, in their order (Appendix D).

    A task's last status and that of its containers is one of them; the desired status is PENDING,
    RUNNING or STOPPED.
    """

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"
    DELETED = "DELETED"


class HealthStatus(enum.StrEnum):
    """What health checks say of a task or a container (4.3)."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class ClusterStatus(enum.StrEnum):
    """The states of a cluster; only an ACTIVE one takes calls."""

    ACTIVE = "ACTIVE"
    PROVISIONING = "PROVISIONING"
    DEPROVISIONING = "DEPROVISIONING"
    FAILED = "FAILED"
    INACTIVE = "INACTIVE"


class DefinitionStatus(enum.StrEnum):
    """The states of a revision of a task definition."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"


# Task definitions


@attrs.define(eq=False)
class DefinitionRecord:
    """A revision of a family.

    Attributes:
        arn: Its ARN.
        family: The family.
        revision: The number of the revision, from 1.
        document: What was registered, defaults filled in: never changes.  Without the ARN, the
            status and what else has a field here, but with family and revision.
        task: What placement uses of it, without overrides.
        status: ACTIVE, INACTIVE or DELETE_IN_PROGRESS.
        registered_at: When it was registered.
        registered_by: The ARN of the principal that registered it.
        deregistered_at: When it became INACTIVE.
        tags: As given.
    """

    arn: str
    family: str
    revision: int
    document: Mapping[str, Any]
    task: Task
    status: DefinitionStatus = DefinitionStatus.ACTIVE
    registered_at: datetime | None = None
    registered_by: str | None = None
    deregistered_at: datetime | None = None
    tags: list[Document] = attrs.field(factory=list)


# Container instances


@attrs.define(eq=False)
class InstanceRecord:
    """A container instance beside what the engine knows of it (status, attributes, what is left).

    Attributes:
        id: The last part of the ARN; the engine's id.
        arn: The ARN.
        registered_at: When it was registered first.
        version: Rises with every change of which the service sends an event: tasks that start and
            stop, the agent, the status.
        version_info: ``versionInfo`` as given.
        resources: ``totalResources`` as given: what ``registeredResources`` shows.
        tags: As given.
        capacity_provider: The name of its capacity provider.
        attachments: Its attachments, as given.
        ports: The host ports chosen for mappings that leave them open.
        final_description: The engine's last description of it, once it is deregistered (INACTIVE);
            None while it is registered.
        final_pending: How many of its tasks were PENDING then.
    """

    id: str
    arn: str
    registered_at: datetime
    version: int = 1
    version_info: Document = attrs.field(factory=dict)
    resources: list[Document] = attrs.field(factory=list)
    tags: list[Document] = attrs.field(factory=list)
    capacity_provider: str | None = None
    attachments: list[Document] = attrs.field(factory=list)
    ports: DynamicPorts = attrs.field(factory=DynamicPorts)
    final_description: Instance | None = None
    final_pending: int = 0

    @property
    def is_registered(self) -> bool:
        """Whether it has not been deregistered; the engine has it then."""
        return self.final_description is None


# Tasks


@attrs.define(eq=False)
class Attachment:
    """An attachment of a task, such as its network interface.

    Attributes:
        id: Its id, a UUID as text.
        type: ``ElasticNetworkInterface``, ...
        status: ATTACHED, DELETED, ...
        details: Names and values, such as ``subnetId``.
        extra: Further fields of a loaded document, as the API names them.
    """

    id: str | None
    type: str | None
    status: str | None
    details: Mapping[str, str] | None
    extra: Mapping[str, Any] = NOTHING


@attrs.frozen(eq=False)
class PortBinding:
    """Which host port a container's port is bound to; a port or a range of ports (2.3).

    Attributes:
        bind_ip: The address of the instance.
        protocol: ``tcp`` or ``udp``.
        container_port: The container's port.
        host_port: The instance's port; None where none was left.
        container_port_range: Ports such as ``8000-8009``.
        host_port_range: The same for the instance.
        extra: Further fields of a loaded document, as the API names them.
    """

    bind_ip: str | None = None
    protocol: str | None = None
    container_port: int | None = None
    host_port: int | None = None
    container_port_range: str | None = None
    host_port_range: str | None = None
    extra: Mapping[str, Any] = NOTHING

    @property
    def host_ports(self) -> range:
        """The host ports that are bound."""
        if self.host_port_range is not None:
            first, _, last = self.host_port_range.partition("-")
            return range(int(first), int(last) + 1)
        return range(0) if self.host_port is None else range(self.host_port, self.host_port + 1)


@attrs.define(eq=False)
class ManagedAgent:
    """An agent beside a container: that of ECS Exec.

    Attributes:
        name: ``ExecuteCommandAgent``.
        last_status: RUNNING, STOPPED, ...
        last_started_at: When it was started.
        extra: Further fields of a loaded document, as the API names them.
    """

    name: str | None
    last_status: LifecycleStatus | None
    last_started_at: datetime | None
    extra: Mapping[str, Any] = NOTHING


@attrs.frozen(eq=False)
class PortMapping:
    """A port mapping of a container, its host port as the network mode has it (2.3).

    Attributes:
        protocol: ``tcp`` or ``udp``.
        container_port: The container's port; None for a range.
        host_port: The static host port; None where the agent chooses one.
        container_port_range: Ports such as ``8000-8009``; None for a single port.
        count: How many ports it has.
    """

    protocol: str
    container_port: int | None = None
    host_port: int | None = None
    container_port_range: str | None = None
    count: int = 1


@attrs.frozen(eq=False)
class ContainerSettings:
    """What a container is started with; shared by the tasks of a definition.

    Attributes:
        name: Its name.
        image: The image, as the definition names it.
        cpu: CPU units, as text.
        memory: The hard limit in MiB, as text.
        memory_reservation: The soft limit in MiB, as text.
        port_mappings: Its ports that are bound on the instance; none in the network modes
            ``awsvpc`` and ``none``.
        gpus: How many GPUs it requires.
    """

    name: str | None = None
    image: str | None = None
    cpu: str | None = None
    memory: str | None = None
    memory_reservation: str | None = None
    port_mappings: Sequence[PortMapping] = ()
    gpus: int = 0


@attrs.define(eq=False)
class ContainerRecord:
    """A container of a task.

    Attributes:
        settings: What it was started with.
        arn: Its ARN.
        task_arn: Its task's ARN.
        last_status: Its state.
        health_status: HEALTHY, UNHEALTHY or UNKNOWN.
        bindings: Its ports on the instance.
        interfaces: The attachments that are its network interfaces.
        agents: The managed agents beside it.
        gpu_ids: The ids of its GPUs.
        extra: Further fields of a loaded document, as the API names them.
    """

    settings: ContainerSettings
    arn: str | None = None
    task_arn: str | None = None
    last_status: LifecycleStatus | None = None
    health_status: HealthStatus | None = None
    bindings: Sequence[PortBinding] | None = None
    interfaces: Sequence[Attachment] | None = None
    agents: Sequence[ManagedAgent] | None = None
    gpu_ids: Sequence[str] | None = None
    extra: Mapping[str, Any] = NOTHING


@attrs.frozen(eq=False)
class FargateSettings:
    """What a task on Fargate has besides.

    Attributes:
        platform_version: ``1.4.0``, ...
        platform_family: ``Linux``, ...
        ephemeral_storage: The storage that was asked for: ``{"sizeInGiB": 20}``.
        fargate_ephemeral_storage: The storage that there is.
    """

    platform_version: str | None
    platform_family: str | None
    ephemeral_storage: Mapping[str, Any] | None
    fargate_ephemeral_storage: Mapping[str, Any] | None


@attrs.frozen(eq=False)
class TaskSettings:
    """What a task is started with and never changes; shared by the tasks of one call.

    Attributes:
        definition_arn: The ARN of its task definition.
        group: Its group: ``family:web``, ``service:web``, ...
        launch_type: EC2, EXTERNAL or FARGATE.
        started_by: ``startedBy``, None if not given.
        execute_command: Whether ECS Exec is enabled.
        overrides: The overrides as DescribeTasks shows them.
        cpu: CPU units of the task, as text.
        memory: MiB of the task, as text.
        fargate: What only Fargate has.
    """

    definition_arn: str
    group: str
    launch_type: str
    started_by: str | None
    execute_command: bool | None
    overrides: Mapping[str, Any]
    cpu: str | None
    memory: str | None
    fargate: FargateSettings | None = None


@attrs.define(eq=False)
class StopRecord:
    """How a task was stopped.

    Attributes:
        stopping_at: When it began to stop.
        execution_stopped_at: When its containers had stopped.
        stopped_at: When it was STOPPED.
        code: Why: ``UserInitiated``, ...
        reason: The same in words.
    """

    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    code: str | None = None
    reason: str | None = None


@attrs.define(eq=False)
class TaskRecord:
    """A task.

    Attributes:
        id: The last part of the ARN.
        arn: The ARN.
        cluster_arn: The ARN of its cluster.
        settings: What it was started with.
        desired_status: PENDING, RUNNING or STOPPED: where the service wants it.
        last_status: Where it is.
        created_at: When it was created.
        number: The engine's id of it; None once the engine has forgotten it, or for Fargate.
        instance: The id of its instance; None for Fargate.
        instance_arn: The ARN of its instance.
        zone: Its availability zone.
        attributes: Names to values: the CPU architecture.
        containers: Its containers.
        attachments: Its attachments.
        tags: As given.
        version: Rises with every change of which the service sends an event.
        health_status: HEALTHY, UNHEALTHY or UNKNOWN.
        connectivity: CONNECTED or DISCONNECTED.
        connectivity_at: Since when.
        pull_started_at: When the first image began to be pulled.
        pull_stopped_at: When the last image was there.
        started_at: When it was RUNNING.
        stop: How it was stopped, None as long as it is not.
        protected_until: When its protection from scale-in ends; None: it has none.
        extra: Further fields of a loaded document, as the API names them.
    """

    id: str
    arn: str
    cluster_arn: str
    settings: TaskSettings
    desired_status: LifecycleStatus
    last_status: LifecycleStatus
    created_at: datetime | None
    number: int | None = None
    instance: str | None = None
    instance_arn: str | None = None
    zone: str | None = None
    attributes: Mapping[str, str | None] | None = None
    containers: Sequence[ContainerRecord] = ()
    attachments: Sequence[Attachment] = ()
    tags: list[Document] = attrs.field(factory=list)
    version: int = 1
    health_status: HealthStatus = HealthStatus.UNKNOWN
    connectivity: str | None = None
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stop: StopRecord | None = None
    protected_until: datetime | None = None
    extra: Mapping[str, Any] = NOTHING


# Clusters


@attrs.define(eq=False)
class ClusterRecord:
    """A cluster.

    Attributes:
        name: Its name.
        arn: Its ARN.
        engine: Where its tasks are placed.
        status: Only an ACTIVE cluster takes calls.
        tags: As given, like the lists and objects below.
        settings: Names and values: ``containerInsights``.
        configuration: ``executeCommandConfiguration``, ...
        service_connect_defaults: The default namespace.
        capacity_providers: The names of its capacity providers.
        default_strategy: ``defaultCapacityProviderStrategy``.
        attachments: Its attachments.
        instances: By id, in the order of registration; those deregistered stay (INACTIVE).
        tasks: By id, in the order of their start; stopped ones stay (an hour in ECS; here always).
    """

    name: str
    arn: str
    engine: Cluster
    status: ClusterStatus = ClusterStatus.ACTIVE
    tags: list[Document] = attrs.field(factory=list)
    settings: list[Document] = attrs.field(factory=list)
    configuration: Document | None = None
    service_connect_defaults: Document | None = None
    capacity_providers: list[str] = attrs.field(factory=list)
    default_strategy: list[Document] = attrs.field(factory=list)
    attachments: list[Document] = attrs.field(factory=list)
    instances: dict[str, InstanceRecord] = attrs.field(factory=dict)
    tasks: dict[str, TaskRecord] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class RememberedCall:
    """A call with a ``clientToken``, so that the same call again gets the same answer.

    Attributes:
        at: When it was made.
        parameters: What it asked for.
        answer: What it was answered.
    """

    at: datetime
    parameters: Document
    answer: Document
