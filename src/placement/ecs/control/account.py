"""One account in one region: its records, its clock, its ids.

In: region, account, clock, seed.  Out: ``Account``, with lookups that take what the API takes: a
name, an id, an ARN.  Ids come from the seed alone, so that runs repeat; the only time there is
comes from the clock.  Must not know calls or the API's errors: what is not found is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from placement.arns import ecs_arn, partition_of
from placement.ecs.control.alarms import Alarms, AlarmState
from placement.ecs.control.caller_functions import CallerFunctions
from placement.ecs.control.capacity.groups import GroupRecord, MachineTemplate
from placement.ecs.control.capacity.managed.prices import PriceList
from placement.ecs.control.capacity.providers import ProviderRecord, built_in_providers
from placement.ecs.control.daemons.records import DaemonsState
from placement.ecs.control.ids import IdSource
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.ecs.control.load_balancing.targets import TargetKey
from placement.ecs.control.metrics.state import MetricsState
from placement.ecs.control.model_time import ModelTime
from placement.ecs.control.records import (
    ClusterRecord,
    DefinitionRecord,
    Document,
    InstanceRecord,
    RememberedCall,
)
from placement.ecs.control.scaling.records import ScalingState
from placement.ecs.control.statuses import DefinitionStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.options import Options
from placement.ecs.timing import INSTANT, Behaviour, TaskTiming, Timing, duration
from placement.engine.cluster import Cluster
from placement.errors import UsageError, describe_value
from placement.timestamps import SECOND, microseconds

if TYPE_CHECKING:
    from placement.ecs.control.services.records import ServiceRecord

__all__ = ["Account", "this_minute"]


def this_minute() -> datetime:
    """Return the system's time, cut to the full minute (C40)."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


class Account(IdSource):
    """What ECS knows of one account in one region.

    Attributes:
        clusters: By name.  The cluster ``default`` is not there until it is created.
        families: Task definitions by family, revisions in order; where they were loaded
            (``load``), some may be missing.
        subnets: Where subnets are, as registered or as instances say: id -> (VPC, zone) (B22).
        settings: Account settings, by the ARN of the principal and the name (B48).
        tokens: Calls with a ``clientToken``, by cluster and token.
        time: Model time (C25).
        options: What the caller chose where ECS leaves it open (C38).
        timing: How long things take; None: no state takes time (C26).
        behaviour: The caller's function that says how a task behaves (C27).
        launches: The caller's function that says how a launch goes (C45).
        capacity: The caller's function that says whether Fargate has capacity (C45).
        has_functions: Whether the caller gave further functions: findings of health checks (C42),
            a ranker that orders stops (C38).
        functions: How functions of the caller are called while time moves.
        live: The tasks that are not STOPPED, by creation number.
        services: The services that are not INACTIVE, by creation number.
        waiting: Services that wait for room, by the name of their cluster (S5.4.2).
        woken: Services that the next passes look at.
        elb: Load balancers and target groups.
        targets: The tasks that are targets: (target group ARN, target) to creation number.
        unsteady: Services that are not steady (C40).
        alarms: Alarms by name.
        metrics: Points of metrics, and the load that the caller told.
        scaling: Scalable targets with their policies, scheduled actions and activities.
        daemons: Managed daemons with their task definitions (S7.3).
        alarm_watchers: Services whose deployments watch an alarm, by its name (S5.2).
        providers: Capacity providers by name, in the order of creation (S11.1).
        groups: Auto Scaling groups by name, in the order of creation (S11.5).
        machine_templates: What machines of launch templates are, by the template's name (C34).
        is_ticking: Whether the next full minute of the groups is in the queue (D97).
        placeable: Names of clusters in which waiting tasks are tried next (D73).
        choosing: Names of providers of Managed Instances that launch next for waiting tasks (C45).
        looking: Names of providers of Managed Instances that are looked at when all else of an
            instant has been done (S12.3).
        prices: What instances cost, beside the table (C45).
        registered_functions: What hooks call, by ARN (C44).
        is_hurrying: Whether transitions that take no time are done inside a call (C26).
        kept: Documents of a dump that nothing here reads, by the names of their lists (C48).
        notes: What loading a dump made or left alone: (subject, what, why) (C50).
    """

    def __init__(
        self,
        region: str,
        account_id: str,
        *,
        seed: int = 0,
        start: datetime | None = None,
        clock: Callable[[], datetime] | None = None,
        timing: Timing | None = None,
        behaviour: Callable[[TaskRecord], Any] | None = None,
        launches: Callable[..., Any] | None = None,
        capacity: Callable[..., Any] | None = None,
        prices: PriceList | None = None,
        options: Options | None = None,
    ) -> None:
        self.region = region
        self.account_id = account_id
        super().__init__(seed)
        self._clock = clock
        self.time = ModelTime(microseconds(start or this_minute()))
        self.start = self.time.now
        self._has_begun = clock is None
        self.options = Options() if options is None else options
        self.set_timing(timing)
        self.behaviour = behaviour
        self.launches, self.capacity = launches, capacity
        self.functions = CallerFunctions()
        self.has_functions = False
        self.live: dict[int, TaskRecord] = {}
        self.services: dict[int, ServiceRecord] = {}
        self.waiting: dict[str, dict[int, None]] = {}
        self.woken: set[int] = set()
        self.elb = LoadBalancing(takes_time=timing is not None)
        self.targets: dict[tuple[str, TargetKey], int] = {}
        self.unsteady: set[int] = set()
        self.alarms = Alarms()
        self.metrics = MetricsState()
        self.scaling = ScalingState()
        self.daemons = DaemonsState()
        self.alarm_watchers: dict[str, dict[int, None]] = {}
        self.registered_functions: dict[str, Callable[..., Any]] = {}
        self.is_hurrying = False
        self.kept: dict[str, list[Document]] = {}
        self.notes: list[tuple[str, str, str]] = []
        self._last_task_number = 0
        self._last_service_number = 0
        self._last_deployment_number = 0
        self.clusters: dict[str, ClusterRecord] = {}
        self.families: dict[str, list[DefinitionRecord]] = {}
        self.subnets: dict[str, tuple[str, str]] = {}
        self.settings: dict[tuple[str, str], str] = {}
        self.tokens: dict[tuple[str, str], RememberedCall] = {}
        self._arns = ecs_arn(region, account_id, "")
        self.providers: dict[str, ProviderRecord] = built_in_providers(
            self.arn("capacity-provider/")
        )
        self.groups: dict[str, GroupRecord] = {}
        self.machine_templates: dict[str, MachineTemplate] = {}
        self.is_ticking = False
        self.placeable: dict[str, None] = {}
        self.choosing: dict[str, None] = {}
        self.looking: dict[str, None] = {}
        self.prices = PriceList() if prices is None else prices
        self.root = f"arn:{partition_of(region).name}:iam::{account_id}:root"
        """The ARN of the account's root user: the only principal there is."""

    def clock(self) -> datetime:
        """Return the time of the model; a call has brought it to the caller's clock (C40)."""
        return self.time.datetime

    def follow_clock(self) -> int:
        """Return the moment of the caller's clock; model time begins at its first one (C25).

        It never goes back.  Without a clock: the moment that it is.

        Raises:
            UsageError: the clock that was given gives something else than a time with an offset.
        """
        if self._clock is None:
            return self.time.now
        now = self._clock()
        if not isinstance(now, datetime) or now.utcoffset() is None:
            raise UsageError(
                f"the clock gives a datetime with a time zone, not {describe_value(now)}"
            )
        moment = microseconds(now)
        if not self._has_begun:
            self._has_begun, self.start, self.time.now = True, moment, moment
        return max(self.time.now, moment)

    @property
    def has_clock(self) -> bool:
        """Whether time is the caller's (C25)."""
        return self._clock is not None

    # Time

    def set_timing(self, timing: Timing | None) -> None:
        """Say how long things take from now on."""
        self.timing = timing
        self._timings: dict[str, TaskTiming] = {}
        self.described = None if timing is None else duration(timing.described, "described")
        """For how long a stopped task is described; None: always."""

    @property
    def launch_duration(self) -> int:
        """How long an instance of a group takes from its launch until it registers."""
        return 0 if self.timing is None else duration(self.timing.launch, "launch")

    @property
    def managed_launch_duration(self) -> int:
        """How long a Managed Instance takes from its launch until it registers."""
        if self.timing is None:
            return 0
        return duration(self.timing.managed_launch, "managed_launch")

    def timing_of(self, family: str) -> TaskTiming:
        """Return how long the states of the tasks of a family take."""
        if self.timing is None:
            return INSTANT
        found = self._timings.get(family)
        if found is None:
            found = self._timings[family] = self.timing.of(family)
        return found

    @property
    def host_ports(self) -> tuple[int, int]:
        """The first and the last of the host ports that agents choose from (D62)."""
        return self.options.host_ports

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function of the caller while time moves; it may read, and change nothing (C55)."""
        return self.functions.ask(function, *arguments)

    def in_alarm(self) -> set[str]:
        """Return the names of the alarms that are in ALARM."""
        return {
            name for name, alarm in self.alarms.by_name.items() if alarm.state is AlarmState.ALARM
        }

    def alarm_window(self, name: str) -> int | None:
        """Return an alarm's period times its evaluation periods (microseconds), if it is there."""
        alarm = self.alarms.by_name.get(name)
        if alarm is None:
            return None
        return alarm.settings.period * alarm.settings.evaluation_periods * SECOND

    def watch_alarms(self, service: ServiceRecord, names: Iterable[str]) -> None:
        """Let the passes look at a service when one of these alarms changes (S5.2)."""
        for name in names:
            self.alarm_watchers.setdefault(name, {})[service.number] = None

    def behaviour_of(self, task: TaskRecord) -> Behaviour | None:
        """Return how a new task behaves, as the caller's function says (C27).

        Raises:
            UsageError: the function returned something else.
        """
        if self.behaviour is None:
            return None
        found = self.ask(self.behaviour, task)
        if found is not None and not isinstance(found, Behaviour):
            raise UsageError(
                f"behaviour returned {describe_value(found)}, not a placement.ecs.Behaviour or None"
            )
        return found

    def note(self, subject: str, what: str, why: str = "") -> None:
        """Note what loading a dump made, or left alone; also in the history (C50)."""
        self.notes.append((subject, what, why))
        self.time.record(subject, what, why)

    def wake_service(self, service: ServiceRecord) -> None:
        """Let the next passes look at a service, because something happened to it."""
        self.woken.add(service.number)

    def next_task_number(self) -> int:
        """Return the creation number of the next task: 1, 2, ... (D127)."""
        self._last_task_number += 1
        return self._last_task_number

    @contextmanager
    def in_call(self) -> Iterator[None]:
        """Do transitions that take no time inside a call, where no state takes time (C26)."""
        self.is_hurrying = self.timing is None
        self.functions.begin()
        try:
            yield
        finally:
            self.is_hurrying = False

    @property
    def asks_caller(self) -> bool:
        """Whether functions of the caller may be asked while time moves."""
        return (
            self.behaviour is not None
            or self.launches is not None
            or self.capacity is not None
            or bool(self.registered_functions)
            or self.has_functions
        )

    # Names

    def next_service_number(self) -> int:
        """Return the creation number of the next service: 1, 2, ..."""
        self._last_service_number += 1
        return self._last_service_number

    def next_deployment_number(self) -> int:
        """Return the creation number of the next deployment of any service: 1, 2, ..."""
        self._last_deployment_number += 1
        return self._last_deployment_number

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource of ECS: ``cluster/prod``."""
        return self._arns + resource

    def arn_in_cluster(self, kind: str, cluster: ClusterRecord, name: str) -> str:
        """Return the ARN of an instance (``container-instance``) or a ``task``, by id or ARN."""
        return name if name.startswith("arn:") else self.arn(f"{kind}/{cluster.name}/{name}")

    # Lookups

    def find_cluster(self, name: str | None) -> ClusterRecord | None:
        """Return the cluster of a name or ARN (None: ``default``), None if there is none."""
        short = _last(name or "default", "cluster")
        found = self.clusters.get(short)
        if found is None or (":" in (name or "") and found.arn != name):
            return None
        return found

    def find_instance(self, cluster: ClusterRecord, name: str) -> InstanceRecord | None:
        """Return the container instance of an id or ARN, None if there is none."""
        found = cluster.instances.get(_last(name, "container-instance"))
        return None if found is None or (":" in name and found.arn != name) else found

    def find_task(self, cluster: ClusterRecord, name: str) -> TaskRecord | None:
        """Return the task of an id or ARN, None if there is none."""
        found = cluster.tasks.get(_last(name, "task"))
        return None if found is None or (":" in name and found.arn != name) else found

    def find_service(self, cluster: ClusterRecord, name: str) -> ServiceRecord | None:
        """Return the newest service of a name or ARN, None if there is none.

        The ARN may be the old form, without the cluster: ``service/NAME`` (S2.5).
        """
        found = cluster.services.get(_last(name, "service"))
        if found is None or ":" not in name:
            return found
        return found if name in (found.arn, self.arn(f"service/{found.name}")) else None

    def find_definition(self, name: str) -> DefinitionRecord | None:
        """Return the revision of ``family`` (its latest ACTIVE), ``family:revision`` or ARN."""
        short = _last(name, "task-definition")
        if name.startswith("arn:") and name != self.arn(f"task-definition/{short}"):
            return None
        family, colon, revision = short.partition(":")
        known = self.families.get(family, [])
        if colon:
            number = int(revision) if re.fullmatch(r"[0-9]{1,9}", revision) else 0
            if 1 <= number <= len(known) and known[number - 1].revision == number:
                return known[number - 1]
            return next((one for one in known if one.revision == number), None)
        for one in reversed(known):
            if one.status is DefinitionStatus.ACTIVE:
                return one
        return None

    # New records

    def new_cluster(self, name: str) -> ClusterRecord:
        """Return a new cluster, whose engine has its own seed, derived from the account's."""
        engine = Cluster(seed=self.new_seed())
        record = ClusterRecord(name, self.arn(f"cluster/{name}"), engine)
        self.clusters[name] = record
        return record

    # Services

    @property
    def service_version(self) -> tuple[int, int, int]:
        """Numbers that differ once services came or went, or deployments began."""
        return self._last_service_number, self._last_deployment_number, len(self.services)

    def add_service(self, service: ServiceRecord) -> None:
        """Put a service into its cluster; an INACTIVE one of the same name is forgotten."""
        known = service.cluster.services.pop(service.name, None)
        if known is not None:
            self.services.pop(known.number, None)
            self.woken.discard(known.number)
            service.cluster.daemons.pop(known.number, None)
        service.cluster.services[service.name] = service
        self.services[service.number] = service
        if service.scheduling == "DAEMON" and service.controller == "ECS":
            service.cluster.daemons[service.number] = None

    def learn_subnet(self, attributes: Mapping[str, str | None]) -> None:
        """Note where the subnet of an instance is; what ``register_subnet`` said wins (B22)."""
        subnet = attributes.get("ecs.subnet-id")
        vpc, zone = attributes.get("ecs.vpc-id"), attributes.get("ecs.availability-zone")
        if subnet and vpc and zone:
            self.subnets.setdefault(subnet, (vpc, zone))


def _last(name: str, kind: str) -> str:
    """Return the last part of an ARN of some kind, or the name as it is."""
    if not name.startswith("arn:"):
        return name
    resource = name.split(":", 5)[-1]
    head, _, last = resource.partition("/")
    return last.rpartition("/")[2] if head == kind else ""
