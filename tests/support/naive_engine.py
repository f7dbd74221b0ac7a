"""The naive twin of the engine: placement as the specification words it, and nothing else.

Instances and requests come in, rows and task ids go out.  The whole state is two lists, instances
and tasks; everything else (what is left, which ports are taken, how many tasks a group has) is
counted anew whenever it is asked for.  It must know nothing of ``placement``, so that agreement
with it means something: a request's data classes are read by their attributes and told apart by
their classes' names, expressions go to ``naive``.

What the specification leaves open is settled where it is met, each time with the word *open*.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

import naive

MAX_CONSTRAINTS = 10  # 2.6, C13
MAX_STRATEGIES = 5  # 2.9
MAX_PORTS = 100  # 2.3, B20

LINUX_PORTS = (22, 2375, 2376, 51678, 51679)  # 2.3, B13
WINDOWS_PORTS = (2375, 2376, 51678, 51679, 3389, 135, 445, 5985, 5986, 53, 139)

EXTERNAL = "ecs.capability.external"
TASK_ENI = "ecs.capability.task-eni"
INTERFACES = "\0"  # what network interfaces are called among reserved amounts
ZONE = "ecs.availability-zone"

NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")  # Appendix D
OVER = ("STOPPED", "DELETED")
PLACED = "PENDING"  # open: lastStatus of a task that was placed just now
ADDED = "RUNNING"  # open: lastStatus of a task of which nothing but the group is known

COUNTED = ("task:group", "runningTasksCount")  # C20: subjects that depend on what runs


class Refused(Exception):
    """A call that the specification refuses; nothing has changed."""


class RefusedEvent(Refused):
    """An event of a stream that is refused: its index, and whether it names a task there is not."""

    def __init__(self, index: int, *, of_task: bool = False) -> None:
        super().__init__(index, of_task)
        self.index = index
        self.of_task = of_task


class Request(NamedTuple):
    """What one decision is about; ``task`` and what it is constrained by are read as they come."""

    task: Any
    group: str | None = None
    constraints: Sequence[Any] = ()
    strategy: Sequence[Any] | None = None


@dataclass
class Placed:
    """Rows and task ids in order of decision, and how many found no room."""

    rows: list[int]
    task_ids: list[int]
    unplaced: int

    def __iter__(self) -> Iterator[list[int]]:
        return iter((self.rows, self.task_ids))


@dataclass(frozen=True)
class Spread:
    """Stands in for the request's own class, in the default strategies."""

    field: str
    count_draining: bool = True
    count_old_revisions: bool = True


@dataclass(frozen=True)
class Random:
    """The same."""


SERVICE_DEFAULT = (Spread(f"attribute:{ZONE}"), Spread("instanceId"))  # 2.9
TASK_DEFAULT = (Random(),)


class SplitMix64:
    """C19: 64-bit numbers from a seed (taken modulo 2**64)."""

    def __init__(self, seed: int) -> None:
        self.state = seed % 2**64

    def number(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    def below(self, n: int) -> int:
        """Draw one of 0 to n-1; a draw is made even where n is 1, and never where it is 0."""
        return self.number() * n >> 64


@dataclass(frozen=True)
class Others:
    """What tasks hold of which nothing else is known: an instance reported it as taken (C10)."""

    cpu: int = 0
    memory: int = 0
    gpus: tuple[str, ...] = ()
    tcp_ports: frozenset[int] = frozenset()
    udp_ports: frozenset[int] = frozenset()
    resources: tuple[tuple[str, int], ...] = ()


@dataclass
class Node:
    """A container instance as it was registered; ``unnamed`` tasks run in groups nobody knows."""

    row: int
    id: str
    attributes: dict[str, str | None]
    ec2_instance_id: str | None
    status: str
    connected: bool
    version: str | None
    registered_at: datetime | None
    unnamed: int
    cpu: int
    memory: int
    gpus: tuple[str, ...]
    tcp_ports: frozenset[int]
    udp_ports: frozenset[int]
    network_interfaces: int | None
    resources: dict[str, int]
    others: Others = Others()
    reserved: dict[str, int] = field(default_factory=dict)  # A45; INTERFACES among them
    neuron_devices: int | None = None  # B44; None: it reports none, and they are not checked

    def has(self, name: str, value: str | None = None) -> bool:
        """Tell whether the attribute is there, with this value unless any will do (2.7)."""
        if name not in self.attributes:
            return False
        return value is None or (self.attributes[name] or "") == value


@dataclass
class Held:
    """A task on an instance.

    ``task`` is None where nothing but the group is known.  ``desired`` is RUNNING or STOPPED; a
    task that has given everything back is no longer in the cluster.
    """

    id: int
    row: int
    group: str
    task: Any
    gpus: tuple[str, ...] = ()
    desired: str = "RUNNING"
    last_status: str = PLACED
    health: str = "UNKNOWN"
    protected: bool = False
    deployment: int = 0  # open: the lower the older; tasks of which nothing is said are equal


@dataclass(eq=False)
class NaiveCluster:
    """A cluster by the specification: see the module."""

    seed: int = 0
    release: str = "desired_status"  # or "last_status" (A25)
    ties: str = "registered"  # or "random" (A35, C18)
    nodes: list[Node | None] = field(default_factory=list, init=False)  # None: a hole (C7)
    tasks: dict[int, Held] = field(default_factory=dict, init=False)
    next_task: int = field(default=0, init=False)
    random: SplitMix64 = field(init=False)

    def __post_init__(self) -> None:
        self.random = SplitMix64(self.seed)

    # --- Copies --------------------------------------------------------------------------------

    def copy(self) -> NaiveCluster:
        """Return a cluster that is equal and independent."""
        other = copy.copy(self)
        other.become(self)
        return other

    def become(self, other: NaiveCluster) -> None:
        """Take the state of ``other``; what a trial does at its end (C21)."""
        self.nodes = [
            node and replace(node, attributes=dict(node.attributes)) for node in other.nodes
        ]
        self.tasks = {id: replace(held) for id, held in other.tasks.items()}
        self.next_task = other.next_task
        self.random = SplitMix64(other.random.state)

    def state(self) -> tuple[object, ...]:
        """Return everything there is, to be compared with another cluster's or a later one."""
        now = self.copy()
        return now.nodes, now.tasks, now.next_task, now.random.state

    # --- Instances -----------------------------------------------------------------------------

    def register(
        self,
        *,
        id: str,
        attributes: Mapping[str, str | None] | None = None,
        ec2_instance_id: str | None = None,
        status: str = "ACTIVE",
        agent_connected: bool = True,
        agent_version: str | None = None,
        registered_at: datetime | None = None,
        running_tasks: int = 0,
        cpu: int = 0,
        memory: int = 0,
        gpus: int | Iterable[str] = (),
        tcp_ports: Iterable[int] | None = None,
        udp_ports: Iterable[int] | None = None,
        network_interfaces: int | None = None,
        resources: Mapping[str, int] | None = None,
        neuron_devices: int | None = None,
    ) -> int:
        """Add an instance and return its row (C7, C9); ``running_tasks`` are of no known group.

        Open: so many ``gpus`` have the ids "0", "1" and so on; the default reserved ports (B13)
        go by the attributes at registration and do not follow them.
        """
        self.make_way(id)
        row = len(self.nodes)
        attributes = dict(attributes or {})
        default = WINDOWS_PORTS if attributes.get("ecs.os-type") == "windows" else LINUX_PORTS
        node = Node(
            row=row,
            id=id,
            attributes=attributes,
            ec2_instance_id=ec2_instance_id,
            status=status,
            connected=agent_connected,
            version=agent_version,
            registered_at=registered_at,
            unnamed=running_tasks,
            cpu=cpu,
            memory=memory,
            gpus=tuple(map(str, range(gpus)) if isinstance(gpus, int) else gpus),
            tcp_ports=frozenset(default if tcp_ports is None else tcp_ports),
            udp_ports=frozenset(() if udp_ports is None else udp_ports),
            network_interfaces=network_interfaces,
            resources=dict(resources or {}),
            neuron_devices=neuron_devices,
        )
        self.nodes.append(node)
        return row

    def make_way(self, id: str) -> None:
        """C9: an id that is there is refused, unless it is INACTIVE."""
        for node in self.registered():
            if node.id == id:
                if node.status != "INACTIVE":
                    raise Refused(f"{id} is registered")
                self.remove(node)

    def deregister(self, id: str, force: bool = False) -> None:
        """B17: only by force while tasks run; what ran there then counts for nothing.

        Open: a task whose desired status is STOPPED does not run, even if it still holds things.
        """
        node = self.node_of(id)
        if self.running(node.row) and not force:
            raise Refused(f"tasks run on {id}")
        self.remove(node)

    def remove(self, node: Node) -> None:
        self.nodes[node.row] = None
        self.tasks = {id: held for id, held in self.tasks.items() if held.row != node.row}

    def compact(self) -> list[int]:
        """Remove the holes; return old row -> new row, -1 for a hole (C7)."""
        kept = [node.row for node in self.registered()]
        moved = [kept.index(row) if row in kept else -1 for row in range(len(self.nodes))]
        self.nodes = [self.nodes[row] for row in kept]
        for node in self.registered():
            node.row = moved[node.row]
        for held in self.tasks.values():
            held.row = moved[held.row]
        return moved

    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        self.node_of(id).attributes.update(attributes)

    def delete_attributes(self, id: str, names: Iterable[str]) -> None:
        node = self.node_of(id)
        for name in names:
            node.attributes.pop(name, None)

    def set_status(self, id: str, status: str) -> None:
        self.node_of(id).status = status

    def set_agent(self, id: str, **changes: Any) -> None:
        """Set ``connected``, ``version`` or both."""
        node = self.node_of(id)
        node.connected = changes.get("connected", node.connected)
        node.version = changes.get("version", node.version)

    def set_reservation(
        self,
        id: str,
        *,
        cpu: int = 0,
        memory: int = 0,
        resources: Mapping[str, int] | None = None,
        interfaces: int = 0,
    ) -> None:
        """A45: what placements leave free for daemons that are to run here."""
        node = self.node_of(id)
        amounts = {**(resources or {}), "cpu": cpu, "memory": memory, INTERFACES: interfaces}
        if min(amounts.values()) < 0:
            raise Refused("a negative amount")
        node.reserved = {name: amount for name, amount in amounts.items() if amount}

    def unreserved(self) -> NaiveCluster:
        """Return this cluster with nothing reserved."""
        other = self.copy()
        for node in other.registered():
            node.reserved = {}
        return other

    def node_of(self, id: str) -> Node:
        for node in self.registered():
            if node.id == id:
                return node
        raise Refused(f"no instance {id}")

    def node(self, row: int) -> Node:
        node = self.nodes[row]
        if node is None:
            raise Refused(f"row {row} is a hole")
        return node

    def registered(self) -> list[Node]:
        return [node for node in self.nodes if node is not None]

    def candidates(self) -> list[Node]:
        """B18: INACTIVE instances are not even looked at."""
        return [node for node in self.registered() if node.status != "INACTIVE"]

    # --- What is on an instance, counted anew ------------------------------------------------

    def holding(self, row: int) -> list[Held]:
        """List the tasks that hold something here: stopping ones too (A25, "last_status")."""
        return [held for held in self.tasks.values() if held.row == row]

    def live(self, row: int | None = None) -> list[Held]:
        """List the tasks that count (A20: desired status RUNNING), everywhere or on one row."""
        tasks = self.tasks.values() if row is None else self.holding(row)
        return [held for held in tasks if held.desired == "RUNNING"]

    def running(self, row: int) -> int:
        """A19."""
        return self.node(row).unnamed + len(self.live(row))

    def groups(self, row: int) -> dict[str, int]:
        groups: dict[str, int] = {}
        for held in self.live(row):
            groups[held.group] = groups.get(held.group, 0) + 1
        return groups

    def left(self, row: int, resource: str) -> int:
        """Return how much of ``cpu``, ``memory``, ``gpu`` or a further resource is free.

        Open: what an instance was not registered with, it has 0 of; also for binpack.
        """
        node = self.node(row)
        held = sum(amount(held.task, resource) for held in self.holding(row))
        return offered(node, resource) - held - taken_by_others(node, resource)

    def taken_ports(self, row: int) -> tuple[set[int], set[int]]:
        """Return the tcp and the udp ports that are reserved or held by a task."""
        node = self.node(row)
        tcp = set(node.tcp_ports | node.others.tcp_ports)
        udp = set(node.udp_ports | node.others.udp_ports)
        for held in self.holding(row):
            if held.task is not None:
                tcp |= set(held.task.tcp_ports)
                udp |= set(held.task.udp_ports)
        return tcp, udp

    def capacity_of(self, node: Node) -> int | None:
        """Return how many task interfaces an instance has, None: unknown, unchecked (C12, A28).

        Only the explicit number is known here; override this for the table by type.
        """
        return node.network_interfaces

    def interfaces_left(self, row: int) -> int | None:
        capacity = self.capacity_of(self.node(row))
        used = [held for held in self.holding(row) if held.task and held.task.network_interface]
        return None if capacity is None else capacity - len(used)

    def free_gpus(self, row: int) -> list[str]:
        taken = [gpu for held in self.holding(row) for gpu in held.gpus]
        taken += self.node(row).others.gpus
        return [gpu for gpu in self.node(row).gpus if gpu not in taken]

    def instance(self, row: int) -> naive.Instance:
        """Return the row as the language's twin sees it."""
        node = self.node(row)
        return naive.Instance(
            id=node.id,
            ec2InstanceId=node.ec2_instance_id,
            status=node.status,
            agentConnected=node.connected,
            agentVersion=node.version,
            registeredAt=node.registered_at,
            runningTasksCount=self.running(row),
            attributes=node.attributes,
            groups=self.groups(row),
        )

    # --- Filter: the checks of 2.8 in C17's order ----------------------------------------------

    def checks(
        self, task: Any, row: int, group: str | None = None, constraints: Sequence[Any] = ()
    ) -> list[str]:
        """Return the codes of all failed checks, in order; the first is the reason."""
        answers = self.answers(Request(task, group, constraints), row)
        return [code for code, passed in answers if not passed]

    def answers(self, request: Request, row: int) -> list[tuple[str, bool]]:
        """Make every check there is for this request; (code, passed) in C17's order."""
        task, node = request.task, self.node(row)
        return [
            ("INACTIVE", node.status == "ACTIVE"),  # any other status (2.1, B18)
            ("AGENT", node.connected),
            ("ATTRIBUTE", not unmet(task, node)),
            ("LOCATION", not task.zones or node.attributes.get(ZONE) in task.zones),
            ("RESOURCE:CPU", self.has_room(task, row, "cpu")),
            ("RESOURCE:MEMORY", self.has_room(task, row, "memory")),
            ("RESOURCE:PORTS", self.missing_ports(task, row) == 0),
            ("RESOURCE:ENI", self.has_interface(task, row)),
            ("RESOURCE:GPU", self.has_gpus(task, row)),
            ("RESOURCE:NEURON_DEVICE", self.has_neuron_devices(task, row)),
            *(
                (f"RESOURCE:{name}", self.has_room(task, row, name))
                for name in sorted({*task.resources, *self.further_reserved()})
            ),
            ("MEMBER_OF", all(self.is_member(one, row) for one in members(request))),
            ("DISTINCT_INSTANCE", self.is_distinct(request, row)),
            ("AT_MOST", self.is_below_most(request, row)),
            ("ZONE_SKEW", self.is_within_skew(request, row)),
            *(  # C22: user-defined filters, which say here what they say of the library's row
                (one.reason, one.says(self, row))
                for one in request.constraints
                if hasattr(one, "says")
            ),
        ]

    def has_gpus(self, task: Any, row: int) -> bool:
        """B44: ALL needs an instance with GPUs, of which none is in use."""
        free = len(self.free_gpus(row))
        if task.gpus == "ALL":
            return free > 0 and free == len(self.node(row).gpus)
        return fits(task.gpus, free)

    def has_neuron_devices(self, task: Any, row: int) -> bool:
        """B44: some, none of them in use, unless nothing is known of any."""
        return not task.neuron_devices or self.neuron_devices_left(row) != 0

    def neuron_devices_left(self, row: int) -> int | None:
        """Return how many no task has: all of them, or none; None if nothing is known of any."""
        every = self.node(row).neuron_devices
        known = [held.task for held in self.holding(row) if held.task is not None]
        in_use = any(task.neuron_devices for task in known)
        return 0 if every is not None and in_use else every

    def missing_ports(self, task: Any, row: int) -> int:
        """Return how many of the task's ports are taken, or too many (2.3, B20).

        A task without static ports never fails, whatever the instance has reserved.  Open: for
        A41 ports that are taken and ports beyond the limit are added up.
        """
        asked = len(task.tcp_ports) + len(task.udp_ports)
        if not asked:
            return 0
        tcp, udp = self.taken_ports(row)
        conflicts = len(tcp & set(task.tcp_ports)) + len(udp & set(task.udp_ports))
        return conflicts + max(0, len(tcp) + len(udp) + asked - MAX_PORTS)

    def has_interface(self, task: Any, row: int) -> bool:
        left = self.interfaces_left(row)
        reserved = self.node(row).reserved.get(INTERFACES, 0)
        return left is None or fits(int(task.network_interface), left, reserved)

    def has_room(self, task: Any, row: int, resource: str) -> bool:
        reserved = self.node(row).reserved.get(resource, 0)
        return fits(amount(task, resource), self.left(row, resource), reserved)

    def further_reserved(self) -> set[str]:
        """Return the further resources of which some instance reserves some."""
        names = {name for node in self.registered() for name in node.reserved}
        return names - {"cpu", "memory", INTERFACES}

    def left_to_place(self, row: int, resource: str) -> int:
        """Return how much of a resource placements may take (A45)."""
        return self.left(row, resource) - self.node(row).reserved.get(resource, 0)

    def is_member(self, constraint: Any, row: int) -> bool:
        return naive.holds(parsed(str(constraint.query)), self.instance(row))

    def is_distinct(self, request: Request, row: int) -> bool:
        """2.6: no other task of the group on the instance, if that is asked for."""
        asked = any(kind(one) == "DistinctInstance" for one in request.constraints)
        return not asked or group_of(request) not in self.groups(row)

    def is_below_most(self, request: Request, row: int) -> bool:
        """C38: one more task of the group, and the instance has at most as many as it may."""
        limits = [one.count for one in request.constraints if kind(one) == "AtMost"]
        there = self.groups(row).get(group_of(request), 0)
        return all(there + 1 <= limit for limit in limits)

    def is_within_skew(self, request: Request, row: int) -> bool:
        """C38: one more task of the group, and the zone has not too many more than any other.

        Open: instances that do not say where they are make up one zone (A34); where no instance
        qualifies there is no zone to be compared with.
        """
        field = f"attribute:{ZONE}"
        zones = {
            self.bucket(node.row, field)
            for node in self.registered()
            if node.status == "ACTIVE"  # A53: whether it has room, or a connected agent, or not
            and not unmet(request.task, node)
            and (not request.task.zones or node.attributes.get(ZONE) in request.task.zones)
            and all(self.is_member(one, node.row) for one in members(request))
        }
        spread, group = Spread(field), group_of(request)
        tasks = {zone: self.count(spread, zone, group, request.task) for zone in zones}
        there = self.count(spread, self.bucket(row, field), group, request.task) + 1
        return all(
            there - min(tasks.values(), default=there) <= one.max
            for one in request.constraints
            if kind(one) == "ZoneSkew"
        )

    def failures(
        self, task: Any, group: str | None = None, constraints: Sequence[Any] = ()
    ) -> dict[int, list[str]]:
        """Return the failed checks of every candidate, by row."""
        return {
            node.row: self.checks(task, node.row, group, constraints) for node in self.candidates()
        }

    # --- Rank and choose: 2.9 ----------------------------------------------------------------

    def choose(self, request: Request, random: SplitMix64) -> int | None:
        """Return the row for one task as things are now, None if there is none."""
        failures = self.failures(request.task, request.group, request.constraints)
        rows = [row for row, failed in failures.items() if not failed]
        if not rows:
            return None  # C19: draws nothing
        for strategy in ranking_of(request):
            if kind(strategy) == "Random":  # later entries are ignored
                return rows[random.below(len(rows))]
            if hasattr(strategy, "says"):  # C22: a user-defined ranker
                rows = smallest(rows, said(strategy, self, rows, request).__getitem__)
            else:
                rows = smallest(rows, functools.partial(self.key, strategy, request))
        if self.ties == "random":  # open: like a Random at the end of the chain
            return rows[random.below(len(rows))]
        return rows[0]  # A35: registered first

    def key(self, strategy: Any, request: Request, row: int) -> Any:
        """Return how bad a row is; only equal rows meet the next strategy (lexicographic)."""
        if kind(strategy) == "BinPack":
            return max(self.left_to_place(row, strategy.field), 0)  # before placement (C10)
        bucket = self.bucket(row, strategy.field)
        return self.count(strategy, bucket, group_of(request), request.task), bucket is None

    def bucket(self, row: int, field: str) -> int | str | None:
        """Return the row, the attribute's value ("" for none, B15), None if missing (A34)."""
        if field in ("instanceId", "host"):
            return row
        name = field.removeprefix("attribute:")
        attributes = self.node(row).attributes
        return (attributes[name] or "") if name in attributes else None

    def count(self, spread: Any, bucket: int | str | None, group: str, task: Any) -> int:
        """A33: the group's tasks in the bucket, over all instances of the cluster.

        Open: "all" includes an instance set to INACTIVE and not deregistered.
        """
        return sum(
            held.group == group
            and self.bucket(held.row, spread.field) == bucket
            and (spread.count_draining or self.node(held.row).status != "DRAINING")
            and (spread.count_old_revisions or not other_revision(held.task, task))
            for held in self.live()
        )

    # --- Commit ------------------------------------------------------------------------------

    def place(
        self,
        task: Any,
        count: int = 1,
        *,
        group: str | None = None,
        constraints: Sequence[Any] = (),
        strategy: Sequence[Any] | None = None,
        seed: int | None = None,
        all_or_nothing: bool = False,
    ) -> Placed:
        """Place one after the other (2.10), each seeing those before it.

        A seed starts a stream that goes on over the call's decisions; without one the cluster's
        own stream goes on (C18).  Open: where all or nothing finds no room for all, all of them
        are unplaced, and ids and stream are as before.
        """
        if count < 0:
            raise Refused("a negative count")
        request = Request(task, group, tuple(constraints), strategy)
        check_limits(request)
        before = self.copy()
        rows, ids = self.decide(itertools.repeat(request, count), seed)
        placed = [(row, id) for row, id in zip(rows, ids, strict=True) if row >= 0]
        if all_or_nothing and len(placed) < count:
            self.become(before)
            placed = []
        return Placed([row for row, _ in placed], [id for _, id in placed], count - len(placed))

    def place_many(
        self, requests: Sequence[Request], order: Iterable[int], seed: int | None = None
    ) -> Placed:
        """Place a stream of requests; -1 where nothing fitted (C15).

        Open: all requests and the whole order are checked before anything is placed, and a number
        in the order below 0 or beyond the requests is refused.
        """
        order = list(order)
        for request in requests:
            check_limits(request)
        if not all(0 <= number < len(requests) for number in order):
            raise Refused("no such request")
        rows, ids = self.decide((requests[number] for number in order), seed)
        return Placed(rows, ids, rows.count(-1))

    def replay(
        self,
        requests: Sequence[Request],
        events: Sequence[int],
        running: Sequence[int] = (),
        seed: int | None = None,
    ) -> Placed:
        """Place and stop in the order of the events: the same calls one by one.

        Open: the first event that is wrong says what is refused; a number is stopped once, even if
        there is no task; ids in ``running`` of tasks that are over may be repeated.
        """
        for request in requests:
            check_limits(request)
        self.check_events(len(requests), events, running)
        random = self.stream(seed)
        rows: list[int] = []
        ids: list[int] = []
        for event in events:
            row = id = -1
            if event >= 0:
                (row,), (id,) = self.decide_by(random, [requests[event]])
            else:
                stopped = [*running, *ids][~event]
                if stopped != -1:
                    self.stop(stopped)
            rows.append(row)
            ids.append(id)
        return Placed(rows, ids, rows.count(-1))

    def check_events(self, requests: int, events: Sequence[int], running: Sequence[int]) -> None:
        counted = {held.id for held in self.live()}
        for id in running:
            over = 0 <= id < self.next_task and id not in counted
            if id != -1 and not over and list(running).count(id) > 1:
                raise Refused(f"task {id} is listed twice")
        for index, event in enumerate(events):
            if event >= requests:
                raise RefusedEvent(index)
            number = ~event
            if event >= 0:
                continue
            place = number - len(running)
            if place >= index or (place >= 0 and events[place] < 0) or event in events[:index]:
                raise RefusedEvent(index)
            if place < 0 and running[number] != -1 and running[number] not in counted:
                raise RefusedEvent(index, of_task=True)

    def decide(self, requests: Iterable[Request], seed: int | None) -> tuple[list[int], list[int]]:
        return self.decide_by(self.stream(seed), requests)

    def decide_by(
        self, random: SplitMix64, requests: Iterable[Request]
    ) -> tuple[list[int], list[int]]:
        rows, ids = [], []
        for request in requests:
            row = self.choose(request, random)
            rows.append(-1 if row is None else row)
            ids.append(-1 if row is None else self.commit(request, row))
        return rows, ids

    def stream(self, seed: int | None) -> SplitMix64:
        return self.random if seed is None else SplitMix64(seed)

    def commit(self, request: Request, row: int) -> int:
        """Put a task on an instance, with the first of the GPUs that are free."""
        free, task = self.free_gpus(row), request.task
        if task.gpus == "ALL":
            task = with_gpus(task, len(free))
        gpus = tuple(free[: task.gpus])
        return self.hold(Held(self.next_task, row, group_of(request), task, gpus))

    def hold(self, held: Held) -> int:
        self.tasks[held.id] = held
        self.next_task += 1
        return held.id

    # --- Tasks that are there ----------------------------------------------------------------

    def add_task(self, id: str, group: str, task: Any = None) -> int:
        """Note a task that runs (C10); None holds nothing.

        Open: a known task is refused where one of the resource checks fails; status, agent,
        attributes, constraints and reservations are not asked, since it is there.
        """
        row = self.node_of(id).row
        if task is None:
            return self.hold(Held(self.next_task, row, group, None, last_status=ADDED))
        if any(code.startswith("RESOURCE:") for code in self.unreserved().checks(task, row, group)):
            raise Refused("no room")
        added = self.commit(Request(task, group), row)
        self.tasks[added].last_status = ADDED
        return added

    def place_on(self, id: str, request: Request, *, use_reserved: bool = False) -> int | list[str]:
        """Place a task where the caller says, or return all failed checks (2.10).

        The constraints of the task itself are not asked (A38), only those of the call.  With
        ``use_reserved`` nothing is kept from it (A45).
        """
        row = self.node_of(id).row
        bare = copy.copy(request.task)
        object.__setattr__(bare, "constraints", ())
        check_limits(Request(bare, None, request.constraints, ()))
        asked = self.unreserved() if use_reserved else self
        failed = asked.checks(bare, row, group_of(request), request.constraints)
        return failed or self.commit(request, row)

    def remove_task(self, id: int) -> None:
        """Forget a task and what it holds, whatever its status."""
        del self.tasks[self.held(id).id]

    def stop(self, ids: int | Iterable[int]) -> None:
        """Set the desired status to STOPPED: all or nothing (C15).

        With release "desired_status" the tasks are gone, with "last_status" they hold what they
        hold until ``set_task`` says STOPPED, but count for nothing (A25).  Open: an id that stands
        twice and a task that is stopping already are refused.
        """
        ids = [ids] if isinstance(ids, int) else list(ids)
        if len(set(ids)) < len(ids) or any(self.held(id).desired == "STOPPED" for id in ids):
            raise Refused("stopped twice")
        for id in ids:
            self.tasks[id].desired = "STOPPED"
            if self.release == "desired_status":
                del self.tasks[id]

    def set_task(
        self,
        id: int,
        *,
        last_status: str | None = None,
        health: str | None = None,
        protected: bool | None = None,
        deployment: int | None = None,
    ) -> None:
        """C16.  Open: a task that is STOPPED is gone, whether or not anybody had stopped it."""
        held = self.held(id)
        held.last_status = held.last_status if last_status is None else last_status
        held.health = held.health if health is None else health
        held.protected = held.protected if protected is None else protected
        held.deployment = held.deployment if deployment is None else deployment
        if last_status in OVER:
            del self.tasks[id]

    def held(self, id: int) -> Held:
        if id not in self.tasks:
            raise Refused(f"no task {id}")
        return self.tasks[id]

    # --- Scale-in: 2.11 ------------------------------------------------------------------------

    def choose_to_stop(
        self,
        group: str,
        count: int,
        strategy: Sequence[Any] | None = None,
        *,
        seed: int | None = None,
        tie: str = "task_id",
        among: Sequence[int] | None = None,
    ) -> list[int]:
        """Return whom to stop, in order: each choice sees those before it as stopped (A39, B29).

        With ``among`` only of these tasks, all of the group and none stopping; counts are those of
        the whole group (A33, D29).

        Nothing is stopped.  Open: fewer than ``count`` where not enough may be stopped; without a
        strategy the service's default for every group; a ``Random`` draws one number for a victim,
        without a seed from the cluster's own stream, which then has moved on.
        """
        chain = SERVICE_DEFAULT if strategy is None else tuple(strategy)
        if count < 0 or len(chain) > MAX_STRATEGIES:
            raise Refused("a negative count or too many strategies")
        if among is not None:
            live = {held.id for held in self.live() if held.group == group}
            if len(set(among)) < len(among) or not live.issuperset(among):
                raise Refused("among is not of tasks of the group")
        random = self.stream(seed)
        rest = self.copy()
        victims: list[int] = []
        while len(victims) < count:
            victim = rest.victim(group, chain, random, tie, self, among)
            if victim is None:
                break
            victims.append(victim)
            rest.remove_task(victim)  # all it held is free, whatever A25's option
        return victims

    def victim(
        self,
        group: str,
        chain: Sequence[Any],
        random: SplitMix64,
        tie: str,
        asked: NaiveCluster,
        among: Sequence[int] | None = None,
    ) -> int | None:
        """A39, in full; user-defined rankers see the cluster that was ``asked``, nothing stopped.

        Open: of several older deployments the oldest first; task ids ascend with age, so the
        lowest id is both the tie-break "task_id" and "oldest".
        """
        tasks = [held for held in self.live() if held.group == group and not held.protected]
        if among is not None:
            tasks = [held for held in tasks if held.id in among]
        if not tasks:
            return None
        tasks = smallest(tasks, lambda held: held.deployment)
        tasks = largest(tasks, lambda held: held.last_status in NOT_YET_RUNNING)
        tasks = largest(tasks, lambda held: held.health == "UNHEALTHY")
        tasks = largest(tasks, lambda held: self.node(held.row).status == "DRAINING")
        for strategy in chain:
            if kind(strategy) == "Random":  # open: among the tasks, in order of their ids
                tasks = sorted(tasks, key=lambda held: held.id)
                return tasks[random.below(len(tasks))].id
            if hasattr(strategy, "says"):
                numbers = said(strategy, asked, sorted({held.row for held in tasks}), None)
                tasks = [held for held in tasks if numbers[held.row] == max(numbers.values())]
            else:
                tasks = largest(tasks, functools.partial(self.key_to_stop, strategy))
        ids = [held.id for held in tasks]
        return max(ids) if tie == "newest" else min(ids)

    def key_to_stop(self, strategy: Any, held: Held) -> Any:
        """Return how welcome the end of a task is: what placing avoids, stopping prefers.

        Open: of equally full buckets the missing one (A34) goes first, being the one that loses
        when tasks are placed; the tasks counted are those of every revision.
        """
        if kind(strategy) == "BinPack":  # B29
            return self.left(held.row, strategy.field) + amount(held.task, strategy.field)
        bucket = self.bucket(held.row, strategy.field)
        return self.count(strategy, bucket, held.group, None), bucket is None

    # --- Explanations: A41, C20 ----------------------------------------------------------------

    def closest(
        self, task: Any, group: str | None = None, constraints: Sequence[Any] = ()
    ) -> int | None:
        """Return the row that comes closest, None where there is no candidate."""
        request = Request(task, group, tuple(constraints))
        rows = [node.row for node in self.candidates()]
        return min(rows, key=functools.partial(self.distance, request), default=None)

    def distance(self, request: Request, row: int) -> tuple[Any, ...]:
        """Longest passed prefix, fewest failed checks, smallest shortfall, registration."""
        answers = [passed for _, passed in self.answers(request, row)]
        prefix = answers.index(False) if False in answers else len(answers)
        return -prefix, answers.count(False), self.shortfall(request, row), row

    def shortfall(self, request: Request, row: int) -> Fraction:
        """Return what the first failed check lacks, as C20 measures it.

        Rows that get this far in a comparison fail the same check first.  Open: what can be
        measured neither as missing/wanted nor in attributes or ports is 0; an interface is a
        numeric resource of which one is wanted.
        """
        task = request.task
        failed = self.checks(task, row, request.group, request.constraints)
        code = failed[0] if failed else ""
        if code == "ATTRIBUTE":
            return Fraction(len(unmet(task, self.node(row))))
        if code == "RESOURCE:PORTS":
            return Fraction(self.missing_ports(task, row))
        if code == "RESOURCE:ENI":
            left = (self.interfaces_left(row) or 0) - self.node(row).reserved.get(INTERFACES, 0)
            return 1 - Fraction(left) if task.network_interface else Fraction(0)
        if not code.startswith("RESOURCE:"):
            return Fraction(0)
        name = code.removeprefix("RESOURCE:")
        if name == "GPU" and task.gpus == "ALL":
            every, free = len(self.node(row).gpus), len(self.free_gpus(row))
            return Fraction(every - free, every) if every else Fraction(1)
        name = name if name in task.resources else name.lower()
        wanted = amount(task, name)
        if not wanted:  # open: where more is reserved than there is, nothing is wanting (D53)
            return Fraction(0)
        return Fraction(wanted - self.left_to_place(row, name), wanted)

    def never_fits(
        self, task: Any, group: str | None = None, constraints: Sequence[Any] = ()
    ) -> bool:
        """C20: no instance would do even if it were empty, ACTIVE and connected.

        Open: INACTIVE instances (B18) are not asked, and of no instance at all this is true.
        """
        request = Request(task, group, tuple(constraints))
        ideal = self.idealised()
        return not any(ideal.could_ever(request, node.row) for node in ideal.candidates())

    def idealised(self) -> NaiveCluster:
        """Return this cluster with nothing running, everything ACTIVE and connected."""
        ideal = self.copy()
        ideal.tasks = {}
        for node in ideal.candidates():
            node.status, node.connected, node.unnamed = "ACTIVE", True, 0
            node.others = Others()
        return ideal

    def could_ever(self, request: Request, row: int) -> bool:
        failed = self.checks(request.task, row, request.group, request.constraints)
        return set(failed) <= {"MEMBER_OF"} and all(
            True in truths(parsed(str(one.query)), self.instance(row)) for one in members(request)
        )

    # --- Invariants ----------------------------------------------------------------------------

    def invariants(self) -> None:
        """Assert what no sequence of calls may break."""
        for id, held in self.tasks.items():
            assert held.id == id < self.next_task
            assert self.nodes[held.row] is not None, f"task {id} is nowhere"
        for node in self.registered():
            self.assert_within_capacity(node)
            self.assert_nothing_held_twice(node)
            assert self.running(node.row) == node.unnamed + sum(self.groups(node.row).values())

    def assert_within_capacity(self, node: Node) -> None:
        for resource in ("cpu", "memory", "gpu", *node.resources):
            assert self.left(node.row, resource) >= 0, f"{resource} of {node.id}"
        interfaces = self.interfaces_left(node.row)
        assert interfaces is None or interfaces >= 0, f"interfaces of {node.id}"

    def assert_nothing_held_twice(self, node: Node) -> None:
        known = [held for held in self.holding(node.row) if held.task is not None]
        if node.neuron_devices is not None:
            takers = sum(bool(held.task.neuron_devices) for held in known)
            assert takers <= min(1, node.neuron_devices), f"Neuron devices of {node.id}"
        for name in ("tcp_ports", "udp_ports"):
            ports = [*getattr(node, name), *getattr(node.others, name)]
            ports += [port for held in known for port in getattr(held.task, name)]
            assert len(set(ports)) == len(ports), f"{name} of {node.id}"
        gpus = [*node.others.gpus, *(gpu for held in known for gpu in held.gpus)]
        assert len(set(gpus)) == len(gpus), f"gpus of {node.id}"
        assert set(gpus) <= set(node.gpus), f"gpus of {node.id}"
        assert all(len(held.gpus) == held.task.gpus for held in known)
        if any(held.task.tcp_ports or held.task.udp_ports for held in known):
            assert sum(map(len, self.taken_ports(node.row))) <= MAX_PORTS


def said(
    ranker: Any, cluster: NaiveCluster, rows: list[int], request: Request | None
) -> dict[int, float]:
    """C22: a user-defined ranker's number for each of the rows that are left.

    ``says`` is asked row by row; what ``normalized`` makes of all of them together, if the ranker
    has it, depends on which they are.  When a group scales in there is no request.
    """
    numbers = [ranker.says(cluster, row, request) for row in rows]
    if hasattr(ranker, "normalized"):
        numbers = ranker.normalized(numbers)
    return dict(zip(rows, numbers, strict=True))


# --- Requests --------------------------------------------------------------------------------


def kind(thing: Any) -> str:
    """Tell the request's data classes apart."""
    return type(thing).__name__


def group_of(request: Request) -> str:
    """C14."""
    return f"family:{request.task.family}" if request.group is None else request.group


def ranking_of(request: Request) -> Sequence[Any]:
    """C18.  Open: an empty chain is not the default but no preference at all."""
    if request.strategy is not None:
        return request.strategy
    return SERVICE_DEFAULT if group_of(request).startswith("service:") else TASK_DEFAULT


def members(request: Request) -> list[Any]:
    """Return the memberOf constraints of both levels (2.6: all must hold)."""
    both = (*request.task.constraints, *request.constraints)
    return [constraint for constraint in both if kind(constraint) == "MemberOf"]


def check_limits(request: Request) -> None:
    """C13.  What ECS does not know does not count towards its limit (C38)."""
    known = [one for one in request.constraints if kind(one) not in ("AtMost", "ZoneSkew")]
    if len(request.task.constraints) + len(known) > MAX_CONSTRAINTS:
        raise Refused("too many constraints")
    if len(ranking_of(request)) > MAX_STRATEGIES:
        raise Refused("too many strategies")


def with_gpus(task: Any, number: int) -> Any:
    """Return a task that asks for so many GPUs; a library's task or one of a twin."""
    changed = copy.copy(task)
    object.__setattr__(changed, "gpus", number)  # whichever class it is, its fields are frozen
    return changed


def amount(task: Any, resource: str) -> int:
    """Return how much of a resource a task asks for, 0 if nothing is known of it."""
    if task is None:
        return 0
    if resource in ("cpu", "memory"):
        return int(getattr(task, resource))
    return int(task.gpus if resource == "gpu" else task.resources.get(resource, 0))


def offered(node: Node, resource: str) -> int:
    """Return how much of a resource an instance was registered with."""
    if resource in ("cpu", "memory"):
        return int(getattr(node, resource))
    return len(node.gpus) if resource == "gpu" else node.resources.get(resource, 0)


def taken_by_others(node: Node, resource: str) -> int:
    """Return how much of a resource unknown tasks hold."""
    if resource in ("cpu", "memory"):
        return int(getattr(node.others, resource))
    return (
        len(node.others.gpus) if resource == "gpu" else dict(node.others.resources).get(resource, 0)
    )


def fits(wanted: int, left: int, reserved: int = 0) -> bool:
    """2.2: equality fits, and nothing always does, unless more is reserved than is left (D53)."""
    if reserved > 0:
        return wanted <= left - reserved
    return wanted == 0 or wanted <= left


def other_revision(held: Any, task: Any) -> bool:
    """A33's option: another revision of the same family; open: of another family it counts."""
    if held is None or task is None:
        return False
    return bool(held.family == task.family and held.revision != task.revision)


def unmet(task: Any, node: Node) -> set[tuple[str, str | None]]:
    """Return what the attribute check misses: (name, value or None for any).

    Open: an instance that does not say where it is, is in no VPC (and in no zone); a requirement
    that is listed twice counts once; the launch type EC2 misses the absence of an attribute.
    """
    missing = {(name, value) for name, value in wanted(task) if not node.has(name, value)}
    if task.launch_type == "EC2" and node.has(EXTERNAL):  # B21
        missing.add((EXTERNAL, None))
    return missing


def wanted(task: Any) -> Iterator[tuple[str, str | None]]:
    """Yield every attribute that the instance must have."""
    yield from task.attributes.items()  # 2.7
    if task.launch_type == "EXTERNAL":
        yield EXTERNAL, None  # B21
    if task.network_interface:
        yield TASK_ENI, None  # 2.4
    if task.architecture is not None:
        yield "ecs.cpu-architecture", task.architecture.lower()  # A30
    if task.operating_system == "LINUX":
        yield "ecs.os-type", "linux"
    elif task.operating_system is not None:
        yield "ecs.os-family", task.operating_system  # B27: not LINUX is Windows
    if task.vpc is not None:
        yield "ecs.vpc-id", task.vpc  # A29


# --- Expressions -----------------------------------------------------------------------------


@functools.lru_cache(maxsize=1000)
def parsed(text: str) -> naive.Tree:
    return naive.parse(text, max_length=None)


def truths(tree: naive.Tree, instance: naive.Instance) -> set[bool]:
    """Return the truth values an expression could have whatever runs (C20).

    A test on ``task:group`` or ``runningTasksCount`` could be either, whatever it says; each on
    its own, so ``x and not(x)`` could be true.  The expression is taken as it is written.
    """
    if isinstance(tree, naive.Test):
        return {True, False} if tree.subject in COUNTED else {naive.holds(tree, instance)}
    if isinstance(tree, naive.Not):
        return {not truth for truth in truths(tree.part, instance)}
    parts = [truths(part, instance) for part in tree.parts]
    any_will_do = isinstance(tree, naive.Or)
    could_hold, could_fail = (any, all) if any_will_do else (all, any)
    found = {True} if could_hold(True in part for part in parts) else set()
    return found | ({False} if could_fail(False in part for part in parts) else set())


# --- Choices ---------------------------------------------------------------------------------

Item = TypeVar("Item")


def smallest(items: list[Item], key: Callable[[Item], Any]) -> list[Item]:
    """Return all items that share the smallest key, in their order."""
    best = min(map(key, items))
    return [item for item in items if key(item) == best]


def largest(items: list[Item], key: Callable[[Item], Any]) -> list[Item]:
    """Return all items that share the largest key, in their order."""
    best = max(map(key, items))
    return [item for item in items if key(item) == best]
