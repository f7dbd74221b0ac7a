"""Schedulers that are not ``placement.Cluster``, behind the calls of ``testing.Scheduler``.

``FirstFit`` is what an embedder might have: it keeps counts of its own and knows less than ECS.
``Naive`` is the naive twin of the engine, which counts everything anew.  ``Streaming`` is the
library once more, by its other way in.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import attrs
from hypothesis import strategies as st

import placement
from naive_engine import NaiveCluster
from placement import AtMost, DistinctInstance, Instance, MemberOf, Request, Task
from placement.testing import ClusterScheduler, Reading, requests, roomy_instances
from placement.testing.scheduler import TaskId


@dataclass
class Node:
    """An instance and what is left of it, kept up to date by every task that comes and goes."""

    instance: Instance
    status: str
    connected: bool
    cpu: int
    memory: int
    ports: set[int]
    gpus: list[str]
    groups: Counter[str] = field(default_factory=Counter)
    tasks: dict[str, tuple[Task, str, list[str]]] = field(default_factory=dict)
    """Task, group and GPUs by name."""

    def copy(self) -> Node:
        return replace(
            self,
            ports=set(self.ports),
            gpus=list(self.gpus),
            groups=Counter(self.groups),
            tasks=dict(self.tasks),
        )


def strategies_of(request: Request) -> Sequence[Any] | None:
    """Return the strategies of a request, one alone as a sequence of one."""
    strategy = request.strategy
    return strategy if strategy is None or isinstance(strategy, Sequence) else (strategy,)


class FirstFit:
    """Takes the first instance that will do, or a random one where ``Random`` is asked for.

    It knows cpu, memory, tcp ports, GPUs and constraints, and no other wish of a task.
    """

    def __init__(self, seed: int) -> None:
        self.nodes: dict[str, Node] = {}
        self.view = placement.Cluster()
        """What expressions are asked of: the attributes of the nodes, and who runs there."""
        self.in_view: dict[str, int] = {}
        self.random = random.Random(seed)
        self.started = 0

    def register(self, instance: Instance) -> None:
        self.view.register(instance)
        self.nodes[instance.id] = Node(
            instance,
            instance.status,
            instance.agent_connected,
            instance.cpu,
            instance.memory,
            set(instance.taken_ports()),
            list(instance.gpu_ids),
        )

    def deregister(self, id: str) -> None:
        self.view.deregister(id, force=True)
        del self.nodes[id]

    def set_status(self, id: str, status: str) -> None:
        self.nodes[id].status = status

    def set_agent(self, id: str, connected: bool) -> None:
        self.nodes[id].connected = connected
        self.view.set_agent(id, connected=connected)

    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        self.view.put_attributes(id, attributes)

    # Placing

    def place(self, request: Request, count: int, seed: int | None) -> Sequence[tuple[str, TaskId]]:
        chance = self.chance(seed)
        placed: list[tuple[str, TaskId]] = []
        for _ in range(count):
            ids = [id for id, node in self.nodes.items() if self.fits(request, id, node)]
            if ids:
                placed.append(self.start(request, self.choose(request, ids, chance)))
        return placed

    def chance(self, seed: int | None) -> random.Random:
        return self.random if seed is None else random.Random(seed)

    def choose(self, request: Request, ids: list[str], chance: random.Random) -> str:
        wants_chance = placement.Random() in (strategies_of(request) or ())
        return chance.choice(ids) if wants_chance else ids[0]

    def fits(self, request: Request, id: str, node: Node) -> bool:
        return self.is_willing(node) and self.has_room(request.task, node) and self.may(request, id)

    def is_willing(self, node: Node) -> bool:
        return node.status == "ACTIVE" and node.connected

    def has_room(self, task: Task, node: Node) -> bool:
        return (
            task.cpu <= node.cpu
            and task.memory <= node.memory
            and self.has_gpus(task, node)
            and self.has_ports(task, node)
        )

    def has_gpus(self, task: Task, node: Node) -> bool:
        if isinstance(task.gpus, str):
            return 0 < len(node.gpus) == len(node.instance.gpu_ids)
        return task.gpus <= len(node.gpus)

    def has_ports(self, task: Task, node: Node) -> bool:
        many = len(node.ports) + len(task.tcp_ports) > 100
        return not task.tcp_ports or (node.ports.isdisjoint(task.tcp_ports) and not many)

    def may(self, request: Request, id: str) -> bool:
        for one in (*request.task.constraints, *request.constraints):
            if isinstance(one, MemberOf) and not one.query.matches(self.view, id):
                return False
            there = self.nodes[id].groups[self.group(request)]
            if isinstance(one, DistinctInstance) and there:
                return False
            if isinstance(one, AtMost) and there >= one.count:
                return False
        return True

    def group(self, request: Request) -> str:
        return request.group or f"family:{request.task.family}"

    def start(self, request: Request, id: str) -> tuple[str, str]:
        node, task, group = self.nodes[id], request.task, self.group(request)
        name = f"task-{self.started}"
        self.started += 1
        node.tasks[name] = task, group, self.take(task, node)
        node.groups[group] += 1
        self.in_view[name] = self.view.add_task(id, group)
        return id, name

    def take(self, task: Task, node: Node) -> list[str]:
        """Take what a task asks for; return its GPUs."""
        node.cpu -= task.cpu
        node.memory -= task.memory
        node.ports |= set(task.tcp_ports)
        number = len(node.gpus) if isinstance(task.gpus, str) else task.gpus
        gpus, node.gpus = node.gpus[:number], node.gpus[number:]
        return gpus

    # Stopping

    def stop(self, tasks: Sequence[TaskId]) -> None:
        for node in self.nodes.values():
            for name in [name for name in tasks if name in node.tasks]:
                task, group, gpus = node.tasks.pop(name)
                self.give_back(task, gpus, node)
                self.uncount(group, node)
                self.view.remove_task(self.in_view[name])

    def give_back(self, task: Task, gpus: list[str], node: Node) -> None:
        node.cpu += task.cpu
        node.memory += task.memory
        node.ports -= set(task.tcp_ports)
        node.gpus += gpus

    def uncount(self, group: str, node: Node) -> None:
        node.groups[group] -= 1

    # Reading, trying, copying

    def read(self) -> Mapping[str, Reading]:
        return {id: self.reading(node) for id, node in self.nodes.items()}

    def reading(self, node: Node) -> Reading:
        return Reading(
            tasks=node.tasks,
            groups=node.groups,
            remaining_cpu=node.cpu,
            remaining_memory=node.memory,
            free_gpus=node.gpus,
            task_gpus={name: gpus for name, (_, _, gpus) in node.tasks.items()},
            taken_tcp_ports=node.ports,
        )

    @contextmanager
    def trial(self) -> Iterator[None]:
        saved = FirstFit.copy(self)
        try:
            yield
        finally:
            self.__dict__ = saved.__dict__

    def copy(self) -> FirstFit:
        other = copy.copy(self)
        other.nodes = {id: node.copy() for id, node in self.nodes.items()}
        other.view, other.in_view = self.view.copy(), dict(self.in_view)
        other.random = copy.copy(self.random)
        return other


def simple_instances() -> st.SearchStrategy[Instance]:
    """Instances of which nothing is taken when they come, all that these schedulers know."""
    return roomy_instances().map(
        lambda instance: attrs.evolve(
            instance,
            remaining_cpu=None,
            remaining_memory=None,
            remaining_neuron_devices=None,
            taken_udp_ports=None,
        )
    )


def simple_requests() -> st.SearchStrategy[Request]:
    """Requests without the wishes that ``FirstFit`` does not know."""

    def simplified(request: Request, strategy: Any) -> Request:
        task = request.task
        simple = Task(
            cpu=task.cpu,
            memory=task.memory,
            gpus=task.gpus,
            tcp_ports=task.tcp_ports,
            family=task.family,
            constraints=task.constraints,
        )
        return attrs.evolve(request, task=simple, strategy=strategy)

    chains = st.sampled_from([(), (placement.Random(),)])
    return st.builds(simplified, requests(), chains)


class Naive:
    """The naive twin of the engine."""

    def __init__(self, seed: int) -> None:
        self.cluster = NaiveCluster(seed=seed)

    def register(self, instance: Instance) -> None:
        known = attrs.asdict(instance, recurse=False)
        dropped = [name for name in known if name.startswith(("remaining_", "taken_", "free_"))]
        self.cluster.register(**{name: known[name] for name in known if name not in dropped})

    def deregister(self, id: str) -> None:
        self.cluster.deregister(id, force=True)

    def set_status(self, id: str, status: str) -> None:
        self.cluster.set_status(id, status)

    def set_agent(self, id: str, connected: bool) -> None:
        self.cluster.set_agent(id, connected=connected)

    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        self.cluster.put_attributes(id, attributes)

    def place(self, request: Request, count: int, seed: int | None) -> Sequence[tuple[str, TaskId]]:
        placed = self.cluster.place(
            request.task,
            count,
            group=request.group,
            constraints=request.constraints,
            strategy=strategies_of(request),
            seed=seed,
        )
        ids = [self.cluster.node(row).id for row in placed.rows]
        return list(zip(ids, placed.task_ids, strict=True))

    def stop(self, tasks: Sequence[TaskId]) -> None:
        self.cluster.stop(tasks)

    def read(self) -> Mapping[str, Reading]:
        return {node.id: self.reading(node.row) for node in self.cluster.registered()}

    def reading(self, row: int) -> Reading:
        cluster = self.cluster
        tcp, udp = cluster.taken_ports(row)
        return Reading(
            tasks=[held.id for held in cluster.holding(row)],
            running_tasks=cluster.running(row),
            groups=cluster.groups(row),
            remaining_cpu=cluster.left(row, "cpu"),
            remaining_memory=cluster.left(row, "memory"),
            remaining_neuron_devices=cluster.neuron_devices_left(row),
            remaining_resources={
                name: cluster.left(row, name) for name in cluster.node(row).resources
            },
            remaining_network_interfaces=cluster.interfaces_left(row),
            free_gpus=cluster.free_gpus(row),
            task_gpus={held.id: held.gpus for held in cluster.holding(row)},
            taken_tcp_ports=tcp,
            taken_udp_ports=udp,
        )

    @contextmanager
    def trial(self) -> Iterator[None]:
        saved = self.cluster.copy()
        try:
            yield
        finally:
            self.cluster.become(saved)

    def copy(self) -> Naive:
        other = Naive(0)
        other.cluster = self.cluster.copy()
        return other


class Streaming(ClusterScheduler):
    """Places by ``place_many``, with requests that were prepared when they first came."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.prepared: dict[int, tuple[Request, Any]] = {}

    def place(self, request: Request, count: int, seed: int | None) -> Sequence[tuple[str, TaskId]]:
        if id(request) not in self.prepared:
            made = self.cluster.prepare(
                request.task,
                group=request.group,
                constraints=request.constraints,
                strategy=strategies_of(request),
            )
            self.prepared[id(request)] = request, made  # the request is kept, and with it its id
        _, prepared = self.prepared[id(request)]
        rows, tasks = self.cluster.place_many([prepared], [0] * count, seed=seed)
        ids = self.cluster.ids
        found = [(ids[row] or "", task) for row, task in zip(rows, tasks, strict=True) if row >= 0]
        return self.noted([id for id, _ in found], [int(task) for _, task in found])

    def copy(self) -> Streaming:
        other = super().copy()
        assert isinstance(other, Streaming)
        other.prepared = {}  # prepared requests belong to the cluster that prepared them
        return other
