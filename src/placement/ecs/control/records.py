"""What an account holds: clusters, container instances and task definitions, as typed records.

In: nothing.  Out: the record classes.  Where tasks fit, what instances have left and what counts is
known by the engine (``ClusterRecord.engine``) alone; records hold what the API shows beside it.
``tasks`` and ``instances`` change records; the calls make documents of them.  Must not know calls.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from placement.ecs.control.ports import DynamicPorts
from placement.ecs.control.statuses import ClusterStatus, DefinitionStatus
from placement.ecs.control.task_records import Document, TaskRecord
from placement.engine.cluster import Cluster
from placement.engine.eligibility import Demands
from placement.engine.request import Task
from placement.model import Instance
from placement.scaling.waiting import WaitingTask

if TYPE_CHECKING:
    from placement.ecs.control.services.records import ServiceRecord

__all__ = [
    "ClusterRecord",
    "DefinitionRecord",
    "Document",
    "InstanceRecord",
    "RememberedCall",
    "ZoneWatch",
    "host_of",
]


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
        group_instance: Its group and its id in it, if it is a machine of a group (S11.5).
        managed_instance: Its capacity provider and its id there, if it is a Managed Instance (S12).
        keeps_protected: Whether draining leaves its protected tasks alone (A51).
        drains_on_notice: Whether its agent makes it DRAINING on a Spot notice (C42).
        attachments: Its attachments, as given.
        ports: The host ports chosen for mappings that leave them open.
        final_description: The engine's last description of it, once it is deregistered (INACTIVE);
            None while it is registered.
        final_pending: How many of its tasks were PENDING then.
        is_draining: Whether its status is DRAINING; the engine's status says the same.
        is_connected: Whether its agent is connected, as far as the model's tasks are concerned.
        tasks: Its tasks that are not STOPPED, by creation number, in the order of their arrival.
        waiting: Those of them that wait for room on the host (D68).
        stopping: Those of them that hold room on the host, though their desired status is STOPPED.
        awaited: Creation numbers of the critical managed daemons that are still to be healthy on
            it, before which no other task starts there (S7.3).
        extra: Further fields of a loaded document, as the API names them.
        inner_extra: What attributes and resources of a loaded document have beside what placement
            uses, as ``further_fields`` returns it; None: nothing.
    """

    id: str
    arn: str
    registered_at: datetime
    version: int = 1
    version_info: Document = attrs.field(factory=dict)
    resources: list[Document] = attrs.field(factory=list)
    tags: list[Document] = attrs.field(factory=list)
    capacity_provider: str | None = None
    group_instance: tuple[str, str] | None = None
    managed_instance: tuple[str, str] | None = None
    keeps_protected: bool = False
    drains_on_notice: bool = False
    attachments: list[Document] = attrs.field(factory=list)
    ports: DynamicPorts = attrs.field(factory=DynamicPorts)
    final_description: Instance | None = None
    final_pending: int = 0
    is_draining: bool = False
    is_connected: bool = True
    tasks: dict[int, TaskRecord] = attrs.field(factory=dict)
    waiting: dict[int, TaskRecord] = attrs.field(factory=dict)
    stopping: dict[int, TaskRecord] = attrs.field(factory=dict)
    awaited: dict[int, None] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = attrs.field(factory=dict)
    inner_extra: Document | None = None

    @property
    def is_registered(self) -> bool:
        """Whether it has not been deregistered; the engine has it then."""
        return self.final_description is None

    def tasks_by_age(self) -> list[TaskRecord]:
        """Return its tasks, the oldest first: one that has waited comes before younger ones."""
        return [self.tasks[number] for number in sorted(self.tasks)]


@attrs.define(eq=False)
class ZoneWatch:
    """The zones that count for some services of a cluster (A53).

    Attributes:
        demands: What an instance must be for its zone to count: one of these is enough.
        zones: Those that have such an instance which is ACTIVE.
        services: The services, by creation number.
    """

    demands: tuple[Demands, ...]
    zones: frozenset[str]
    services: dict[int, None] = attrs.field(factory=dict)


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
        attachments_status: How far the last change of its capacity providers is (D71); None: they
            were never changed.
        instances: By id, in the order of registration; those deregistered stay (INACTIVE).
        tasks: By id, in the order of their start; stopped ones stay as long as they are described
            (``Timing.described``).
        daemons: Its DAEMON services, by creation number.
        zone_watch: The zones that count for services, by what makes instances eligible (A53).
        zones_are_old: Whether instances have changed since these were found.
        services: By name, the newest of a name; INACTIVE ones stay (D12).
        provisioning: Tasks that wait for an instance of their capacity provider, by creation
            number, oldest first (S11.3).
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
    attachments_status: str | None = None
    instances: dict[str, InstanceRecord] = attrs.field(factory=dict)
    tasks: dict[str, TaskRecord] = attrs.field(factory=dict)
    daemons: dict[int, None] = attrs.field(factory=dict)
    zone_watch: dict[Hashable, ZoneWatch] = attrs.field(factory=dict)
    zones_are_old: bool = False
    services: dict[str, ServiceRecord] = attrs.field(factory=dict)
    provisioning: dict[int, WaitingTask] = attrs.field(factory=dict)


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


def host_of(cluster: ClusterRecord, task: TaskRecord) -> InstanceRecord | None:
    """Return the registered instance of a task, None if it has none."""
    instance = None if task.instance is None else cluster.instances.get(task.instance)
    return instance if instance is not None and instance.is_registered else None
