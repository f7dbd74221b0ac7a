"""One account in one region: its records, its clock, its ids.

In: region, account, clock, seed.  Out: ``Account``, with lookups that take what the API takes: a
name, an id, an ARN.  Ids come from the seed alone, so that runs repeat; the only time there is
comes from the clock.  Must not know calls or the API's errors: what is not found is None.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from placement.arns import ecs_arn, partition_of
from placement.ecs.control.alarms import Alarms, AlarmState
from placement.ecs.control.caller_functions import CallerFunctions
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.ecs.control.load_balancing.targets import TargetKey
from placement.ecs.control.model_time import ModelTime
from placement.ecs.control.records import (
    ClusterRecord,
    DefinitionRecord,
    Document,
    InstanceRecord,
    RememberedCall,
)
from placement.ecs.control.statuses import DefinitionStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.options import Options
from placement.ecs.timing import INSTANT, Behaviour, TaskTiming, Timing, duration
from placement.engine.cluster import Cluster
from placement.errors import UsageError, describe_value
from placement.timestamps import SECOND, microseconds

if TYPE_CHECKING:
    from placement.ecs.control.services.records import ServiceRecord

__all__ = ["Account", "hyphenated", "this_minute"]

_URL_SAFE = string.ascii_letters + string.digits + "-_"


def this_minute() -> datetime:
    """Return the system's time, cut to the full minute (C40)."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


class Account:
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
        alarm_watchers: Services whose deployments watch an alarm, by its name (S5.2).
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
        options: Options | None = None,
    ) -> None:
        self.region = region
        self.account_id = account_id
        self.seed = seed
        self._clock = clock
        self.time = ModelTime(microseconds(start or this_minute()))
        self.start = self.time.now
        self._has_begun = clock is None
        self.options = Options() if options is None else options
        self.set_timing(timing)
        self.behaviour = behaviour
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
        self._ids = random.Random(seed)
        self._arns = ecs_arn(region, account_id, "")
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
        return self.behaviour is not None or bool(self.registered_functions) or self.has_functions

    # Names

    def new_id(self) -> str:
        """Return an id that was never given: 32 hexadecimal digits, as ECS's long ids are."""
        return f"{self._ids.getrandbits(128):032x}"

    def new_uuid(self) -> str:
        """Return an id that was never given, written as a UUID."""
        return hyphenated(self.new_id())

    def new_seed(self) -> int:
        """Return a seed for the random numbers of an engine, 64 bits."""
        return self._ids.getrandbits(64)

    def new_digits(self, count: int) -> str:
        """Return an id of decimal digits, leading zeros kept, as deployments have (S2.5)."""
        return f"{self._ids.randrange(10**count):0{count}d}"

    def new_url_safe(self, length: int) -> str:
        """Return an id of URL-safe characters, as service deployments and hooks have (S2.5)."""
        return "".join(self._ids.choices(_URL_SAFE, k=length))

    def next_service_number(self) -> int:
        """Return the creation number of the next service: 1, 2, ..."""
        self._last_service_number += 1
        return self._last_service_number

    def next_deployment_number(self) -> int:
        """Return the creation number of the next deployment of any service: 1, 2, ..."""
        self._last_deployment_number += 1
        return self._last_deployment_number

    def restart_ids(self, known: Iterable[str]) -> None:
        """Draw ids from a sequence that follows from the seed and from ids that are taken."""
        text = "\n".join([f"{self.seed:x}", *sorted(known)])
        self._ids = random.Random(text.encode("utf-8", "surrogatepass"))

    def restore_ids(self, generator: random.Random) -> None:
        """Go on with a generator of ids where another account's stood (C50)."""
        self._ids = generator

    def ids_state(self) -> list[int]:
        """Return where the generator of ids stands, for ``restore_ids`` of a new one."""
        _, words, _ = self._ids.getstate()
        return list(words)

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


def hyphenated(id: str) -> str:
    """Return 32 hexadecimal digits in the groups of a UUID: 8-4-4-4-12."""
    return f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"


def _last(name: str, kind: str) -> str:
    """Return the last part of an ARN of some kind, or the name as it is."""
    if not name.startswith("arn:"):
        return name
    resource = name.split(":", 5)[-1]
    head, _, last = resource.partition("/")
    return last.rpartition("/")[2] if head == kind else ""
