"""A task as a typed record: what it was started with, where it is, and how it is.

In: nothing.  Out: the record classes.  ``tasks`` changes them; the calls make documents of them.
Must not know calls.

Absent values: ``None`` means that the API's field is not in answers.  It occurs in records of
loaded documents, which need not have every field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.timing import INSTANT, Behaviour, Outcome, TaskTiming

if TYPE_CHECKING:
    from placement.ecs.control.records import ClusterRecord
    from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
    from placement.ecs.control.task_requests import TaskRequest
    from placement.services.model import TaskClass

__all__ = [
    "NOTHING",
    "Attachment",
    "ContainerCheck",
    "ContainerRecord",
    "ContainerSettings",
    "Document",
    "FargateSettings",
    "ManagedAgent",
    "PortBinding",
    "PortMapping",
    "StopRecord",
    "TaskLife",
    "TaskRecord",
    "TaskSettings",
    "is_daemon",
]

Document = dict[str, Any]
"""An object of the API, as boto3 has it: texts, numbers, lists, datetimes."""

NOTHING: Mapping[str, Any] = {}
"""The further fields of what was not loaded from documents."""


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
        gpus: How many GPUs it requires; ALL: every one of the instance (B44).
    """

    name: str | None = None
    image: str | None = None
    cpu: str | None = None
    memory: str | None = None
    memory_reservation: str | None = None
    port_mappings: Sequence[PortMapping] = ()
    gpus: int | str = 0


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
        exit_code: The code with which it exited.
        reason: Why it ended, where there is more to say.
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
    exit_code: int | None = None
    reason: str | None = None
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
    """What a task is started with; shared by the tasks of one call, and never changed itself.

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
        capacity_provider: The name of its capacity provider; None: it goes by launch type.
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
    capacity_provider: str | None = None


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
class ContainerCheck:
    """A health check of an essential container (S10.1.4).

    Attributes:
        container: The place of the container in its task.
        interval: Between two checks (microseconds, like ``start_period``).
        retries: Failures in a row that make it UNHEALTHY.
        start_period: After RUNNING, while failures do not count.
        made: The number of the last check that was looked at.
        failures: Failures in a row so far.
        status: What it says so far.
    """

    container: int
    interval: int
    retries: int
    start_period: int
    made: int = 0
    failures: int = 0
    status: HealthStatus = HealthStatus.UNKNOWN


@attrs.define(eq=False)
class TaskLife:
    """How the model moves a task that is not STOPPED.

    Moments and durations are whole microseconds.

    Attributes:
        number: Its creation number in the account: the order of tasks (D127), its key in queues.
        cluster: Its cluster.
        request: What it was started with; None where a document does not tell.
        timing: How long its states take.
        behaviour: What the caller said of it; None: all goes well.
        service: Its service, None for standalone tasks.
        deployment: The deployment that it belongs to.
        daemon: The creation number of its managed daemon, None if it is of none (S7.3).
        task_class: The pool of the deployment that it is in; None: it is not active.
        is_waiting: Whether it waits for an instance of its capacity provider (S11.3).
        is_admitted: Whether the agent has found room for it on its host (D68).
        token: Of its timer: entries of the queue with an older one are void.
        due: When its timer is due; None: nothing is due, or its agent is disconnected.
        left: What was left of the timer when its agent was disconnected.
        running_at: When it was RUNNING.
        is_warm: Whether it has been RUNNING as long as a task takes to be healthy (4.3).
        in_grace: Whether bad results of checks are ignored.
        checks: The health checks of its essential containers.
        check_token: Of the next check's entry in the queue: older ones are void.
        told_health: What the caller said that checks find from now on (C42).
        targets: Where it is registered: target group ARN, target id, port.
        unused_at: When the last of its targets is unused, once they are deregistered.
    """

    number: int
    cluster: ClusterRecord
    request: TaskRequest | None = None
    timing: TaskTiming = INSTANT
    behaviour: Behaviour | None = None
    service: ServiceRecord | None = None
    deployment: DeploymentRecord | None = None
    daemon: int | None = None
    task_class: TaskClass | None = None
    is_waiting: bool = False
    is_admitted: bool = False
    token: int = 0
    due: int | None = None
    left: int | None = None
    running_at: int | None = None
    is_warm: bool = False
    in_grace: bool = False
    checks: tuple[ContainerCheck, ...] = ()
    check_token: int = 0
    told_health: Outcome = None
    targets: tuple[tuple[str, str, int], ...] = ()
    unused_at: int | None = None

    @property
    def is_daemon(self) -> bool:
        """Whether it is a daemon: of a DAEMON service, or a managed one."""
        of_service = self.service is not None and self.service.scheduling == "DAEMON"
        return of_service or self.daemon is not None


@attrs.define(eq=False)
class TaskRecord:
    """A task.

    Attributes:
        id: The last part of the ARN.
        arn: The ARN.
        cluster_arn: The ARN of its cluster.
        settings: What it was started with; one that waits may still change its provider (C38).
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
        life: How the model moves it; None once it is STOPPED.
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
    life: TaskLife | None = None


def is_daemon(task: TaskRecord) -> bool:
    """Return whether a task that is not STOPPED is a daemon."""
    return task.life is not None and task.life.is_daemon
