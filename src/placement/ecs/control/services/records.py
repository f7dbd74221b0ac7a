"""Services as typed records: settings, revisions, deployments, service deployments, events.

In: nothing.  Out: the record classes.  The passes change them; the calls make documents of them.
Must not know calls.

Moments are whole microseconds since 1970; datetimes are kept only where answers show them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import attrs

from placement.ecs.control.capacity.providers import is_fargate_strategy
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document
from placement.ecs.control.services.configuration import DeploymentConfiguration
from placement.ecs.control.services.daemon_index import DaemonIndex
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
)
from placement.ecs.control.task_records import NOTHING, TaskRecord
from placement.ecs.control.task_requests import TaskRequest
from placement.engine.prepared import PreparedRequest
from placement.engine.request import Constraint, Strategy
from placement.services.alarms import AlarmWatch
from placement.services.breaker import Breaker, BreakerCount
from placement.services.completion import CompletionTimes
from placement.services.failed_starts import FailedTasks
from placement.services.model import TaskClass
from placement.services.retries import PlacementRetries
from placement.services.throttle import Throttle
from placement.services.traffic_deployment import TrafficDeployment
from placement.services.zones import Batch

__all__ = [
    "MAX_EVENTS",
    "DeploymentRecord",
    "Event",
    "LoadBalancerBinding",
    "RevisionRecord",
    "Rollback",
    "ServiceDeploymentRecord",
    "ServiceOptions",
    "ServiceRecord",
]

MAX_EVENTS = 100
"""Events that a service shows (2.14)."""


class Event(NamedTuple):
    """An event of a service: ``message`` begins with ``(service NAME) ``."""

    id: str
    created_at: datetime
    message: str


@attrs.frozen
class LoadBalancerBinding:
    """Which target group a container's port is registered in (S9.1); an item of ``loadBalancers``.

    Attributes:
        container_name: The container.
        container_port: Its port.
        target_group_arn: The group; None for a Classic Load Balancer.
        load_balancer_name: The Classic Load Balancer; None for a group.
        alternate_target_group_arn: The second group of a traffic shift (S6.6).
        production_rule: ARN of the rule (ALB) or listener (NLB) of production traffic.
        test_rule: The same for test traffic.
        role_arn: The role, only stored.
    """

    container_name: str | None = None
    container_port: int | None = None
    target_group_arn: str | None = None
    load_balancer_name: str | None = None
    alternate_target_group_arn: str | None = None
    production_rule: str | None = None
    test_rule: str | None = None
    role_arn: str | None = None


@attrs.frozen(eq=False)
class RevisionRecord:
    """A service revision: an immutable copy of what its tasks are started with (S3.2.7).

    Attributes:
        arn: Its ARN.
        created_at: When it was made.
        definition: The revision of the task definition.
        launch_type: EC2, FARGATE or EXTERNAL; None with a capacity provider strategy.
        strategy: ``capacityProviderStrategy`` as given.
        platform_version: As given, ``LATEST`` by default; only for Fargate.
        load_balancers: Where its tasks are registered.
        document: ``networkConfiguration`` and what is only stored, as the API names it:
            ``serviceRegistries``, ``serviceConnectConfiguration``, ``volumeConfigurations``,
            ``vpcLatticeConfigurations``, ``monitoring``.
        extra: Further fields of a loaded document, as the API names them.
        is_managed: Whether its strategy is one of Managed Instances.
    """

    arn: str
    created_at: datetime | None
    definition: DefinitionRecord
    launch_type: str | None = "EC2"
    strategy: Sequence[Document] = ()
    platform_version: str | None = None
    load_balancers: tuple[LoadBalancerBinding, ...] = ()
    document: Mapping[str, Any] = NOTHING
    extra: Mapping[str, Any] = NOTHING
    is_managed: bool = False

    @property
    def is_fargate(self) -> bool:
        """Whether its tasks run on Fargate, by launch type or by its strategy."""
        return self.launch_type == "FARGATE" or is_fargate_strategy(self.strategy)


@attrs.define(eq=False)
class DeploymentRecord:
    """An entry of ``deployments`` (S3.1): a revision, its tasks, and how far it is.

    Attributes:
        number: Its creation number in the account; the revision's number in ``placement.services``.
        id: ``ecs-svc/`` and 19 digits.
        revision: What its tasks are started with.
        request: The same as the engine and task records use it; ``startedBy`` is the id.
        requests: The same for each capacity provider of its strategy, by name, once it was needed.
        constraints: The service's placement constraints when it began: those that hold for
            daemons (S7.1).
        status: PRIMARY, ACTIVE (in answers DRAINING, where the service is), INACTIVE.
        created_at: When it was made.
        updated_at: When its state changed last.
        rollout_state: How far it is.
        rollout_reason: The same in words.
        shows_rollout: Whether answers tell these two: not with a Classic Load Balancer (D18).
        completed_at: When it was COMPLETED last (moment), None if never: such a one can be rolled
            back to.
        failed: Its ``failedTasks``, as S3.1.4 counts them.
        retries: Attempts to place its tasks that failed (S5.4.2).
        could_help: Whether something changed since the last attempt that could help.
        lacks_since: Since when tasks of it find no room on a provider for whose instances tasks do
            not wait; None: they find room, or the service has no ``fallback``.
        slots: Slots that the last pass gave it (S4.4).
        cap: Slots that it keeps as a source (S4.3); None: it was PRIMARY until now.
        has_protected: Whether a task of it may be protected.
        alternates: The load balancers of its revision, by place, in whose alternate target group
            its tasks register (S6.6).
        desired_shown: ``desiredCount`` as of the last pass (D17); likewise the two below.
        pending_shown: ``pendingCount``.
        running_shown: ``runningCount``.
        pools: Its active tasks by class, each by their creation number.
        running: How many of them are RUNNING: those of every class but PENDING.
        stopping: Its tasks with desired status STOPPED that are not STOPPED yet, likewise.
        extra: Further fields of a loaded document, as the API names them.
    """

    number: int
    id: str
    revision: RevisionRecord
    request: TaskRequest
    constraints: tuple[Constraint, ...] = ()
    status: DeploymentStatus = DeploymentStatus.PRIMARY
    created_at: datetime | None = None
    updated_at: datetime | None = None
    rollout_state: RolloutState | None = RolloutState.IN_PROGRESS
    rollout_reason: str | None = None
    shows_rollout: bool = True
    completed_at: int | None = None
    failed: FailedTasks = attrs.field(factory=FailedTasks)
    retries: PlacementRetries = attrs.field(factory=PlacementRetries)
    could_help: bool = False
    lacks_since: int | None = None
    slots: int = 0
    cap: int | None = None
    has_protected: bool = False
    alternates: frozenset[int] = frozenset()
    requests: dict[str, TaskRequest] = attrs.field(factory=dict)
    desired_shown: int = 0
    pending_shown: int = 0
    running_shown: int = 0
    pools: dict[TaskClass, dict[int, TaskRecord]] = attrs.field(
        factory=lambda: {one: {} for one in TaskClass}
    )
    running: int = 0
    stopping: dict[int, TaskRecord] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = NOTHING

    @property
    def active_count(self) -> int:
        """How many active tasks it has (S4.2)."""
        return sum(map(len, self.pools.values()))


@attrs.frozen
class Rollback:
    """Why, since when and to which revision a service deployment is rolled back."""

    reason: str
    started_at: datetime
    revision_arn: str | None


@attrs.define(eq=False)
class ServiceDeploymentRecord:
    """A service deployment (S3.2): one run from the revisions of before to a target revision.

    Attributes:
        arn: Its ARN.
        target: The deployment that it brings in.
        sources: The deployments that had tasks or slots when it began.
        created_at: When it was asked for.
        configuration: What it started with (D11).
        status: How far it is.
        started_at: When it became IN_PROGRESS.
        finished_at: When it was SUCCESSFUL.
        stopped_at: When it ended otherwise.
        updated_at: When something changed last.
        status_reason: The same in words.
        rollback: Set when it is rolled back.
        breaker: Its circuit breaker, with the account's options; None: not asked for yet.
        breaker_count: What it has counted (S5.1).
        is_breaker_triggered: Whether it fired.
        alarms: The alarms that it watches; None: it has not started.
        triggered_alarms: The alarms that made it fail.
        times: Since when the conditions of its end hold (S4.6).
        wake_at: When it is to be looked at again, because a length of time is over (moment).
        traffic: The state of BLUE_GREEN, LINEAR and CANARY (S6); None for ROLLING, and until it
            starts.
        hook_ids: The public ids of hooks that await an action, by number of the invocation.
        snapshot: The task counts as its end left them, by ARN of the revision: requested, running,
            pending; None while it runs.
        weights: Shares of traffic that a loaded document shows, by ARN of the revision, where
            ``traffic`` is None.
        extra: Further fields of a loaded document, as the API names them.
    """

    arn: str
    target: DeploymentRecord
    sources: list[DeploymentRecord]
    created_at: datetime | None
    configuration: DeploymentConfiguration
    status: ServiceDeploymentStatus = ServiceDeploymentStatus.PENDING
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    updated_at: datetime | None = None
    status_reason: str | None = None
    rollback: Rollback | None = None
    breaker: Breaker | None = None
    breaker_count: BreakerCount = attrs.field(factory=BreakerCount)
    is_breaker_triggered: bool = False
    alarms: AlarmWatch | None = None
    triggered_alarms: tuple[str, ...] = ()
    times: CompletionTimes = attrs.field(factory=CompletionTimes)
    wake_at: int | None = None
    traffic: TrafficDeployment | None = None
    hook_ids: dict[int, str] = attrs.field(factory=dict)
    snapshot: Mapping[str, tuple[int, int, int]] | None = None
    weights: Mapping[str, Document] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = NOTHING


@attrs.frozen
class ServiceOptions:
    """What one service does beyond ECS (C38): ``session.set_service_options``.

    Attributes:
        stop_order: ``oldest``, ``newest`` or a ranker; None: as ECS.
        at_most: The most tasks on an instance.
        zone_skew: The most tasks by which a zone may be ahead of the one with the fewest.
        current_revision_only: Whether spread counts only the revision that is placed.
        fallback: The capacity provider of tasks for which theirs has had no room for long.
        fallback_after: How long that is, microseconds.
    """

    stop_order: Any = None
    at_most: int | None = None
    zone_skew: int | None = None
    current_revision_only: bool = False
    fallback: str | None = None
    fallback_after: int | None = None


@attrs.define(eq=False)
class ServiceRecord:
    """A service.

    Attributes:
        number: Its creation number in the account: the order of passes, and its key in the queue.
        name: Its name.
        arn: Its ARN.
        cluster: Its cluster.
        created_at: When it was created.
        scheduling: REPLICA or DAEMON.
        controller: ECS, CODE_DEPLOY or EXTERNAL; the model runs only ECS (D8).
        desired_count: How many tasks it should have; for DAEMON how many instances qualified in
            the last pass (S7.1).
        configuration: Deployment settings as they are now.
        constraints: Placement constraints of the service, for the engine.
        strategy: Placement strategy of the service, for the engine; None: the default (C18).
        grace: ``healthCheckGracePeriodSeconds``, in seconds; None: not given, 0.
        launch_type: As created; None with a capacity provider strategy.
        rebalancing: ENABLED or DISABLED, as shown.
        document: What is stored as given, as the API names it: ``placementConstraints``,
            ``placementStrategy``, ``deploymentController``, ``propagateTags``,
            ``enableECSManagedTags``, ``enableExecuteCommand``, ``roleArn``, ``createdBy``, ...
        status: ACTIVE, DRAINING or INACTIVE.
        inactive_at: When it became INACTIVE (moment).
        client_token: The token that it was created with, and the parameters of that call.
        tags: As given.
        deployments: PRIMARY first, then newest first (S3.1.1).
        service_deployments: Newest first.
        revisions: Newest first.
        events: Oldest first; at most 100.
        options: What it does beyond ECS.
        throttles: Failed starts in a row, by ARN of the task definition (S5.4.1).
        starts_at: No task starts before this moment (D125).
        desired_seen: The desired count that the last pass saw.
        desired_at_failure: The desired count when the primary failed without rollback (D119).
        completed: The deployment that was COMPLETED last: where a rollback goes (S5.3.2).
        rebalancing_state: A zone rebalancing under way (S8.4); None: there is none.
        cleanup_until: When older revisions are removed by force after an early success (D33).
        rebalance_at: No rebalancing begins before this moment (S8.4.4).
        zone_watch: Its PRIMARY deployment's number and the key of the zones that count for it, as
            the cluster watches them (A53); None: they are not watched.
        attention: Ids of instances that a daemon's next pass looks at (S7.1).
        daemons: What a DAEMON service knows of instances; None before its first pass, and for
            REPLICA.
        steady_since: Since when it is steady (moment); None: it is not.
        said: What its events said last, with the moment, until the cause ends (D26).
        notes: What the next pass says in events: (kind, facts...).
        prepared: Requests of its deployments, prepared for the engine, by deployment number, zone
            and capacity provider: a cache, emptied when its constraints or strategy change.
        kept: The document of a service that the model leaves as it came, because what it needs is
            not modelled or not there (C48, D8); None: the model runs it.
        extra: Further fields of a loaded document, as the API names them.
    """

    number: int
    name: str
    arn: str
    cluster: ClusterRecord
    created_at: datetime | None
    scheduling: str
    controller: str
    desired_count: int
    configuration: DeploymentConfiguration
    constraints: tuple[Constraint, ...] = ()
    strategy: tuple[Strategy, ...] | None = None
    grace: int | None = None
    launch_type: str | None = "EC2"
    rebalancing: str = "DISABLED"
    document: Document = attrs.field(factory=dict)
    status: ServiceStatus = ServiceStatus.ACTIVE
    inactive_at: int | None = None
    client_token: tuple[str | None, Document] | None = None
    tags: list[Document] = attrs.field(factory=list)
    deployments: list[DeploymentRecord] = attrs.field(factory=list)
    service_deployments: list[ServiceDeploymentRecord] = attrs.field(factory=list)
    revisions: list[RevisionRecord] = attrs.field(factory=list)
    events: deque[Event] = attrs.field(factory=lambda: deque(maxlen=MAX_EVENTS))
    options: ServiceOptions = ServiceOptions()
    throttles: dict[str, Throttle] = attrs.field(factory=dict)
    starts_at: int = 0
    desired_seen: int = 0
    desired_at_failure: int | None = None
    completed: DeploymentRecord | None = None
    rebalancing_state: Batch | None = None
    rebalance_at: int = 0
    zone_watch: tuple[int, Hashable] | None = None
    cleanup_until: int | None = None
    attention: dict[str, None] = attrs.field(factory=dict)
    daemons: DaemonIndex | None = None
    steady_since: int | None = None
    said: dict[str, tuple[str, int]] = attrs.field(factory=dict)
    notes: list[tuple[Any, ...]] = attrs.field(factory=list)
    prepared: dict[tuple[int, str | None, str | None], PreparedRequest] = attrs.field(factory=dict)
    kept: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = NOTHING

    @property
    def group(self) -> str:
        """The group of its tasks."""
        return f"service:{self.name}"

    @property
    def primary(self) -> DeploymentRecord | None:
        """The PRIMARY deployment; None for a controller that the model does not run."""
        first = self.deployments[0] if self.deployments else None
        return first if first and first.status is DeploymentStatus.PRIMARY else None
