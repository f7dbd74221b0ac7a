"""Managed daemons with their task definitions, revisions and deployments, as records (S7.3).

In: nothing.  Out: the record classes and ``DaemonsState``.  Decides nothing; knows no calls.

A daemon names its cluster, its instances and its tasks by name, id and number, so that a copy of it
needs no other record.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Self

import attrs

from placement.ecs.control.records import DefinitionRecord, Document
from placement.scaling.managed_daemons import DEFAULT_DRAIN_PERCENT
from placement.services.alarms import AlarmWatch
from placement.services.breaker import BreakerCount

__all__ = [
    "DaemonConfiguration",
    "DaemonDefinitionRecord",
    "DaemonDefinitionStatus",
    "DaemonDeploymentRecord",
    "DaemonDeploymentStatus",
    "DaemonPlace",
    "DaemonRecord",
    "DaemonRevision",
    "DaemonRollback",
    "DaemonStatus",
    "DaemonsState",
    "PlaceState",
]


class DaemonDefinitionStatus(enum.StrEnum):
    """The states of a daemon task definition."""

    ACTIVE = "ACTIVE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETED = "DELETED"


class DaemonStatus(enum.StrEnum):
    """The states of a daemon; one that is deleted is gone."""

    ACTIVE = "ACTIVE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"


class DaemonDeploymentStatus(enum.StrEnum):
    """The states of a daemon deployment."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def has_ended(self) -> bool:
        """Whether nothing happens to it any more."""
        return self in _ENDED


_ENDED = frozenset(
    {
        DaemonDeploymentStatus.SUCCESSFUL,
        DaemonDeploymentStatus.STOPPED,
        DaemonDeploymentStatus.ROLLBACK_SUCCESSFUL,
        DaemonDeploymentStatus.ROLLBACK_FAILED,
    }
)


@attrs.define(eq=False)
class DaemonDefinitionRecord:
    """A revision of a family of daemon task definitions.

    Attributes:
        definition: What tasks are made of; it never changes.  Its ``document`` is that of a task
            definition, which has more fields than a daemon's.
        document: The definition as DescribeDaemonTaskDefinition gives it, without ARN, status and
            dates.
        status: Whether new daemons can use it.
        delete_requested_at: When its deletion was asked for.
    """

    definition: DefinitionRecord
    document: Mapping[str, Any]
    status: DaemonDefinitionStatus = DaemonDefinitionStatus.ACTIVE
    delete_requested_at: datetime | None = None


@attrs.frozen
class DaemonConfiguration:
    """How deployments of a daemon are rolled out.

    Attributes:
        drain_percent: Which share of the instances is drained at once, 0 to 100.
        bake: How long a deployment waits after each batch (microseconds).
        alarms: Names of the alarms that make it fail.
        watches_alarms: Whether they are looked at.
        document: The settings as given.
    """

    drain_percent: Fraction = Fraction(DEFAULT_DRAIN_PERCENT)
    bake: int = 0
    alarms: tuple[str, ...] = ()
    watches_alarms: bool = False
    document: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class DaemonRevision:
    """A daemon's settings as of one deployment.

    Attributes:
        number: 1, 2, ... in its daemon.
        arn: Its ARN.
        definition: The daemon task definition.
        providers: The names of the capacity providers, in the order given.
        created_at: When it was made.
        is_critical: Whether an instance without its task is drained.
        propagate_tags: DAEMON or NONE.
        managed_tags: ``enableECSManagedTags``.
        execute_command: ``enableExecuteCommand``.
    """

    number: int
    arn: str
    definition: DefinitionRecord
    providers: tuple[str, ...]
    created_at: datetime
    is_critical: bool = True
    propagate_tags: str = "NONE"
    managed_tags: bool = False
    execute_command: bool = False


@attrs.frozen
class DaemonRollback:
    """A rollback: why, since when, and the number of the revision that comes back."""

    reason: str
    started_at: datetime
    target: int


@attrs.define(eq=False)
class DaemonDeploymentRecord:
    """A daemon deployment.

    Attributes:
        arn: Its ARN.
        target: The number of the revision that is deployed; None: the daemon is deleted.
        sources: The numbers of the revisions that had tasks when it was created.
        configuration: How it is rolled out.
        created_at: When it was created.
        status: How far it is.
        status_reason: Why, where there is more to say.
        started_at: When it began.
        stopped_at: When it ended without success.
        finished_at: When it was successful.
        has_batch: Whether it has drained a batch since it began, or since its rollback did.
        baking_since: When the bake time that is under way began (moment).
        wake_at: When that is over, as last entered in the queue.
        failures: What the circuit breaker has counted.
        threshold: At how many failures it fires, as of the last pass.
        is_breaker_triggered: Whether it has fired.
        watched: The alarms that are watched; None: it has not begun, or watches none.
        triggered: The names of those that made it fail.
        rollback: Its rollback.
    """

    arn: str
    target: int | None
    sources: tuple[int, ...]
    configuration: DaemonConfiguration
    created_at: datetime
    status: DaemonDeploymentStatus = DaemonDeploymentStatus.PENDING
    status_reason: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    finished_at: datetime | None = None
    has_batch: bool = False
    baking_since: int | None = None
    wake_at: int | None = None
    failures: BreakerCount = attrs.field(factory=BreakerCount)
    threshold: int = 0
    is_breaker_triggered: bool = False
    watched: AlarmWatch | None = None
    triggered: tuple[str, ...] = ()
    rollback: DaemonRollback | None = None

    @property
    def goal(self) -> int | None:
        """The number of the revision that instances come to run; None: no revision."""
        return self.target if self.rollback is None else self.rollback.target


class PlaceState(enum.Enum):
    """What has become of a daemon's task on an instance.

    - EXPECTED: it is still to start; room is kept for it.
    - STARTED: it is on its way to be healthy.
    - READY: it is healthy.
    - FAILED: it could not start, ended, or is unhealthy; it does not start there again.
    - LEFT: it ended because the instance was drained.
    """

    EXPECTED = "expected"
    STARTED = "started"
    READY = "ready"
    FAILED = "failed"
    LEFT = "left"


@attrs.frozen
class DaemonPlace:
    """A daemon on an instance: its revision, what has become of it, the id of its task if any."""

    revision: int
    state: PlaceState = PlaceState.EXPECTED
    task: str | None = None


@attrs.define(eq=False)
class DaemonRecord:
    """A managed daemon.

    Attributes:
        number: Its creation number in the account.
        name: Its name.
        arn: Its ARN.
        cluster: The name of its cluster.
        created_at: When it was created.
        status: Whether it is being deleted.
        updated_at: When a call changed it last.
        tags: As given.
        client_token: The token of the call that created it, with the call's parameters.
        revisions: By number, in order.
        deployments: Newest first.
        current: The number of the revision that new instances get; None: they get none.
        completed: The number of the revision that was deployed successfully last.
        places: What it has on instances, by their ids; instances that it has not been given to are
            not there.
        needs: What instances keep free for it, by id and resource.
        attention: Ids of instances that the next pass looks at.
    """

    number: int
    name: str
    arn: str
    cluster: str
    created_at: datetime
    status: DaemonStatus = DaemonStatus.ACTIVE
    updated_at: datetime | None = None
    tags: list[Document] = attrs.field(factory=list)
    client_token: tuple[str, Document] | None = None
    revisions: dict[int, DaemonRevision] = attrs.field(factory=dict)
    deployments: list[DaemonDeploymentRecord] = attrs.field(factory=list)
    current: int | None = None
    completed: int | None = None
    places: dict[str, DaemonPlace] = attrs.field(factory=dict)
    needs: dict[str, Mapping[str, int]] = attrs.field(factory=dict)
    attention: dict[str, None] = attrs.field(factory=dict)

    @property
    def group(self) -> str:
        """The group of its tasks."""
        return f"daemon:{self.name}"

    @property
    def under_way(self) -> DaemonDeploymentRecord | None:
        """The deployment that is under way, None if there is none."""
        newest = self.deployments[0] if self.deployments else None
        return None if newest is None or newest.status.has_ended else newest

    @property
    def current_revision(self) -> DaemonRevision | None:
        """The revision that new instances get, None if they get none."""
        return None if self.current is None else self.revisions[self.current]

    @property
    def providers_in_use(self) -> set[str]:
        """The names of the providers that it is deployed to, or returns to."""
        numbers = {self.current, self.completed}
        if self.under_way is not None:
            numbers.add(self.under_way.goal)
        return {
            name for one in numbers if one is not None for name in self.revisions[one].providers
        }

    def copy(self) -> DaemonRecord:
        """Return an independent record."""
        return attrs.evolve(
            self,
            tags=list(self.tags),
            revisions=dict(self.revisions),
            deployments=[attrs.evolve(one) for one in self.deployments],
            places=dict(self.places),
            needs=dict(self.needs),
            attention=dict(self.attention),
        )


class DaemonsState:
    """The managed daemons of an account.

    Attributes:
        families: Daemon task definitions by family, revisions in order.
        by_number: Daemons by creation number.
        woken: Numbers of daemons that the next passes look at.
    """

    def __init__(self) -> None:
        self.families: dict[str, list[DaemonDefinitionRecord]] = {}
        self.by_number: dict[int, DaemonRecord] = {}
        self.woken: set[int] = set()
        self._last_number = 0

    def copy(self) -> Self:
        """Return an independent state."""
        twin = type(self)()
        twin.families = {
            family: [attrs.evolve(one) for one in known] for family, known in self.families.items()
        }
        twin.by_number = {number: one.copy() for number, one in self.by_number.items()}
        twin.woken, twin._last_number = set(self.woken), self._last_number
        return twin

    def next_number(self) -> int:
        """Return the creation number of the next daemon: 1, 2, ..."""
        self._last_number += 1
        return self._last_number

    def of_cluster(self, cluster: str) -> Iterator[DaemonRecord]:
        """Yield the daemons of a cluster in the order of their creation."""
        for daemon in self.by_number.values():
            if daemon.cluster == cluster:
                yield daemon

    def find(self, cluster: str, name: str) -> DaemonRecord | None:
        """Return the daemon of a name, None if there is none."""
        return next((one for one in self.of_cluster(cluster) if one.name == name), None)

    def to_come(self, cluster: str, provider: str) -> Iterator[tuple[DaemonRecord, DaemonRevision]]:
        """Yield the daemons that start on a new instance of a provider, with their revisions.

        A revision that is to be deployed counts at once.
        """
        for daemon in self.of_cluster(cluster):
            deployment = daemon.under_way
            number = daemon.current if deployment is None else deployment.goal
            if number is not None and provider in daemon.revisions[number].providers:
                yield daemon, daemon.revisions[number]

    def wake(self, daemon: DaemonRecord) -> None:
        """Let the next passes look at a daemon."""
        self.woken.add(daemon.number)

    def look_at_instance(self, cluster: str, id: str) -> None:
        """Something happened to an instance: let the daemons that know it, or wait, look at it."""
        for daemon in self.of_cluster(cluster):
            if id in daemon.places:
                daemon.attention[id] = None
                self.woken.add(daemon.number)
            elif daemon.under_way is not None:
                self.woken.add(daemon.number)

    def look_at_task(self, daemon: int, instance: str | None) -> None:
        """Something happened to a task of a daemon on an instance."""
        known = self.by_number.get(daemon)
        if known is not None and instance is not None:
            known.attention[instance] = None
            self.woken.add(daemon)

    def alarm_changed(self, name: str) -> None:
        """Let the deployments look at an alarm that watch it."""
        for daemon in self.by_number.values():
            deployment = daemon.under_way
            if deployment is not None and name in deployment.configuration.alarms:
                self.woken.add(daemon.number)

    @property
    def is_rolling_out(self) -> bool:
        """Whether a deployment is under way."""
        return any(one.under_way is not None for one in self.by_number.values())
