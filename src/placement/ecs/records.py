"""What an account holds: clusters, container instances, tasks, task definitions.  Plain data.

In: nothing.  Out: records that operations fill and ``answers`` reads.  Where tasks fit, what
instances have left and what counts is known by the engine (``ClusterRecord.engine``) alone; records
hold what the API shows beside it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from placement.ecs.ports import DynamicPorts
from placement.engine.cluster import Cluster
from placement.engine.request import Task

__all__ = ["ClusterRecord", "DefinitionRecord", "InstanceRecord", "TaskRecord"]

Document = dict[str, Any]
"""An object of the API, as boto3 has it: texts, numbers, lists, datetimes."""


@attrs.define(eq=False)
class DefinitionRecord:
    """A revision of a family.

    Attributes:
        document: The taskDefinition as DescribeTaskDefinition gives it, status and dates included.
        task: What placement uses of it, without overrides.
        tags: As given.
    """

    document: Document
    task: Task
    tags: list[Document] = attrs.field(factory=list)

    @property
    def arn(self) -> str:
        """Its ARN."""
        arn: str = self.document["taskDefinitionArn"]
        return arn


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
        identity: What else was given: ``capacityProviderName``, ``attachments``, …
        tags: As given.
        attributes: The attributes of its last description once it is INACTIVE; else None.
        ports: The host ports chosen for mappings that leave them open.
    """

    id: str
    arn: str
    registered_at: datetime
    version: int = 1
    version_info: Document = attrs.field(factory=dict)
    resources: list[Document] = attrs.field(factory=list)
    identity: Document = attrs.field(factory=dict)
    tags: list[Document] = attrs.field(factory=list)
    ports: DynamicPorts = attrs.field(factory=DynamicPorts)
    last: Document | None = None
    """Its last description, once it is deregistered (INACTIVE)."""


@attrs.define(eq=False)
class TaskRecord:
    """A task.

    Attributes:
        id: The last part of the ARN.
        arn: The ARN.
        number: The engine's id of it; None once the engine has forgotten it, or for Fargate.
        instance: The id of its instance, None for Fargate.
        document: What DescribeTasks shows, statuses and dates included, but for the tags.
        protected_until: When its protection from scale-in ends; None: it has none.
    """

    id: str
    arn: str
    number: int | None
    instance: str | None
    document: Document
    tags: list[Document] = attrs.field(factory=list)
    protected_until: datetime | None = None


@attrs.define(eq=False)
class ClusterRecord:
    """A cluster.

    Attributes:
        name: Its name.
        arn: Its ARN.
        engine: Where its tasks are placed.
        document: What was given: settings, configuration, tags, capacity providers, status.
        instances: By id, in the order of registration; those deregistered stay a while (INACTIVE).
        tasks: By id, in the order of their start; stopped ones stay (an hour in ECS; here always).
    """

    name: str
    arn: str
    engine: Cluster
    document: Document = attrs.field(factory=dict)
    instances: dict[str, InstanceRecord] = attrs.field(factory=dict)
    tasks: dict[str, TaskRecord] = attrs.field(factory=dict)
