"""What the state machine asks of a scheduler, and the adapter for ``placement.Cluster``.

In: nothing but the data classes of the library.  Out: ``Scheduler``, the calls that an adapter of a
scheduler implements; ``SupportsTrial`` and ``SupportsCopy``, which are optional; ``Reading``, what
a scheduler says of an instance.  Knows no Hypothesis and checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias, runtime_checkable

import attrs

from placement.engine.cluster import Cluster
from placement.engine.results import Request
from placement.model import Instance

__all__ = ["ClusterScheduler", "Reading", "Scheduler", "SupportsCopy", "SupportsTrial", "TaskId"]

TaskId: TypeAlias = Any
"""How a scheduler names its tasks: any hashable value."""


def _as_set(values: Iterable[Any] | None) -> frozenset[Any] | None:
    return None if values is None else frozenset(values)


def _set_of(values: Iterable[Any]) -> frozenset[Any]:
    return frozenset(values)


def _as_sets(of: Mapping[Any, Iterable[str]] | None) -> dict[Any, frozenset[str]] | None:
    return None if of is None else {task: frozenset(gpus) for task, gpus in of.items()}


def _without_zeros(counts: Mapping[str, int] | None) -> dict[str, int] | None:
    return None if counts is None else {name: count for name, count in counts.items() if count}


@attrs.frozen(kw_only=True)
class Reading:
    """What a scheduler says of one instance.  What it does not keep is None, and is not checked.

    Attributes:
        tasks: The tasks that run there.
        running_tasks: How many count: those, and those that the instance was registered with.
        groups: How many of ``tasks`` are of each group; groups with none may be left out.
        remaining_cpu: CPU units left.
        remaining_memory: MiB left.
        remaining_neuron_devices: How many Neuron devices no task holds (B44).
        remaining_resources: What is left of further resources, by name.
        remaining_network_interfaces: How many tasks with an interface of their own still fit.
        free_gpus: The ids of the GPUs that no task holds.
        task_gpus: The ids of the GPUs that each of ``tasks`` holds; tasks with none may be left
            out.
        taken_tcp_ports: Host ports that are taken, those of the instance itself included.
        taken_udp_ports: The same for udp.

    >>> Reading(tasks=["t-1"], remaining_cpu=512).tasks
    frozenset({'t-1'})
    """

    tasks: frozenset[TaskId] = attrs.field(converter=_set_of)
    running_tasks: int | None = None
    groups: Mapping[str, int] | None = attrs.field(default=None, converter=_without_zeros)
    remaining_cpu: int | None = None
    remaining_memory: int | None = None
    remaining_neuron_devices: int | None = None
    remaining_resources: Mapping[str, int] | None = attrs.field(
        default=None, converter=_without_zeros
    )
    remaining_network_interfaces: int | None = None
    free_gpus: frozenset[str] | None = attrs.field(default=None, converter=_as_set)
    task_gpus: Mapping[TaskId, frozenset[str]] | None = attrs.field(
        default=None, converter=_as_sets
    )
    taken_tcp_ports: frozenset[int] | None = attrs.field(default=None, converter=_as_set)
    taken_udp_ports: frozenset[int] | None = attrs.field(default=None, converter=_as_set)


class Scheduler(Protocol):
    """A scheduler as the state machine sees it; write one around your own.

    The machine names only instances that are registered and tasks that run, so that no call is to
    be refused.  A scheduler that asks a ``placement.Cluster`` may look at ``ClusterScheduler``.

    >>> cautious: Scheduler = ClusterScheduler(seed=3)
    """

    def register(self, instance: Instance) -> None:
        """Take on an instance.  Its id may be that of one deregistered earlier."""

    def deregister(self, id: str) -> None:
        """Give up an instance; tasks on it are forgotten and are not moved (B17)."""

    def set_status(self, id: str, status: str) -> None:
        """Set the status of an instance, ACTIVE or DRAINING."""

    def set_agent(self, id: str, connected: bool) -> None:
        """Set whether an instance's agent is connected."""

    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        """Set attributes of an instance; None is an attribute without value."""

    def place(self, request: Request, count: int, seed: int | None) -> Sequence[tuple[str, TaskId]]:
        """Place up to ``count`` tasks, one after another, each seeing those before it.

        ``seed`` is where chance starts for this call alone; with None the scheduler's own goes on.
        Returns instance and task in the order of decision, fewer where no more found room.
        """

    def stop(self, tasks: Sequence[TaskId]) -> None:
        """Stop tasks, which give back at once what they hold (A25)."""

    def read(self) -> Mapping[str, Reading]:
        """Return what the scheduler now says of each registered instance, by id."""


@runtime_checkable
class SupportsTrial(Protocol):
    """A scheduler in which anything can be tried; without it the machine tries nothing (C21).

    >>> isinstance(ClusterScheduler(), SupportsTrial)
    True
    """

    def trial(self) -> AbstractContextManager[Any]:
        """Return a context after which nothing has happened; trials nest, exceptions pass."""


@runtime_checkable
class SupportsCopy(Protocol):
    """A scheduler that can be copied; without it the machine compares with no copies.

    >>> isinstance(ClusterScheduler(), SupportsCopy)
    True
    """

    def copy(self) -> Scheduler:
        """Return a scheduler of its own in the same state; what runs keeps its task ids."""


class ClusterScheduler:
    """A ``placement.Cluster`` as the state machine sees it.

    >>> scheduler = ClusterScheduler(seed=1)
    >>> scheduler.register(placement.Instance(id="i-1", cpu=1024))
    >>> scheduler.place(placement.Request(placement.Task(cpu=1000)), 2, None)
    [('i-1', 0)]
    >>> scheduler.read()["i-1"].remaining_cpu
    24
    """

    def __init__(self, seed: int = 0) -> None:
        self.cluster = Cluster(seed=seed)
        self.groups: set[str] = set()
        """The groups that were ever asked for: their counts are read for as long as it lives."""

    def register(self, instance: Instance) -> None:
        """Take on an instance."""
        self.cluster.register(instance)

    def deregister(self, id: str) -> None:
        """Give up an instance, whatever runs there."""
        self.cluster.deregister(id, force=True)

    def set_status(self, id: str, status: str) -> None:
        """Set the status of an instance."""
        self.cluster.set_status(id, status)

    def set_agent(self, id: str, connected: bool) -> None:
        """Set whether an instance's agent is connected."""
        self.cluster.set_agent(id, connected=connected)

    def put_attributes(self, id: str, attributes: Mapping[str, str | None]) -> None:
        """Set attributes of an instance."""
        self.cluster.put_attributes(id, attributes)

    def place(self, request: Request, count: int, seed: int | None) -> Sequence[tuple[str, TaskId]]:
        """Place up to ``count`` tasks."""
        placed = self.cluster.place(
            request.task,
            count,
            group=request.group,
            constraints=request.constraints,
            strategy=request.strategy,
            seed=seed,
        )
        return self.noted(placed.instances, placed.task_ids.tolist())

    def noted(self, instances: list[str], tasks: list[int]) -> list[tuple[str, TaskId]]:
        """Return instances and tasks as pairs, and remember the groups of the tasks."""
        self.groups |= {self.cluster.task(task).group for task in tasks}
        return list(zip(instances, tasks, strict=True))

    def stop(self, tasks: Sequence[Any]) -> None:
        """Stop tasks."""
        self.cluster.stop(tasks)

    def read(self) -> Mapping[str, Reading]:
        """Return what the cluster says of each instance."""
        counts = {group: self.cluster.task_counts(group) for group in self.groups}
        return {
            id: self._reading(id, {group: int(n[row]) for group, n in counts.items()})
            for row, id in enumerate(self.cluster.ids)
            if id is not None
        }

    def _reading(self, id: str, groups: Mapping[str, int]) -> Reading:
        tasks = self.cluster.tasks_on(id)
        gpus = {task: self.cluster.task(task).gpus for task in tasks}
        usage = attrs.asdict(self.cluster.usage(id), recurse=False)
        return Reading(tasks=tasks, groups=groups, task_gpus=gpus, **usage)

    def trial(self) -> AbstractContextManager[Any]:
        """Return the cluster's own trial."""
        return self.cluster.trial()

    def copy(self) -> ClusterScheduler:
        """Return the same around a copy of the cluster."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.cluster, other.groups = self.cluster.copy(), set(self.groups)
        return other
