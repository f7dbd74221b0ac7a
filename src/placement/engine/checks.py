"""The checks an instance must pass, in the order in which they are read (C17), with reasons.

In: a request and the columns of a cluster.  Out: for each check that the request needs, an object
that clears the rows it rules out.  A check is made ready once for a request and then asked for all
rows or for some.  Which instance is best is no business of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.plugins import Filter, ask_filter
from placement.engine.request import DistinctInstance, MemberOf, Task
from placement.kernels.fields import CPU, GPU, INTERFACE, MAX_PORTS, MEMORY, NO_OWNER
from placement.model import UDP
from placement.state.dictionary import ABSENT
from placement.state.specs import Spec

if TYPE_CHECKING:
    from placement.engine.request import Constraint
    from placement.state.store import Store

__all__ = [
    "CHECKS",
    "Check",
    "Criteria",
    "PluginCheck",
    "PreparedCheck",
    "Rows",
    "ready_checks",
    "spec_of",
]

Rows = slice | npt.NDArray[np.int64]
"""All rows as a slice, or some rows by number."""

Mask = npt.NDArray[np.bool_]

EXTERNAL = "ecs.capability.external"
TASK_ENI = "ecs.capability.task-eni"


@attrs.frozen
class Criteria:
    """A task and where it is to go: everything that a decision depends on but the cluster."""

    task: Task
    group: str
    constraints: tuple[Constraint | Filter, ...]
    """Those of the task definition and of the call together, filters of others among them."""

    @property
    def distinct(self) -> bool:
        """Whether each task of the group must be on another instance."""
        return any(isinstance(constraint, DistinctInstance) for constraint in self.constraints)

    @property
    def member_of(self) -> tuple[MemberOf, ...]:
        """The constraints that are expressions."""
        return tuple([c for c in self.constraints if isinstance(c, MemberOf)])

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters of others (C22)."""
        known = (MemberOf, DistinctInstance)
        return tuple([c for c in self.constraints if not isinstance(c, known)])


class PreparedCheck(Protocol):
    """A check made ready for one request."""

    @property
    def reason(self) -> str:
        """The code of the check, for example ``RESOURCE:CPU``."""

    @property
    def static(self) -> bool:
        """Whether placing and stopping tasks leaves its answers as they are."""

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear ``mask[i]`` where the check rules out the i-th of ``rows``; never set one."""


Check = Callable[["Store", Criteria], Iterator[PreparedCheck]]
"""Yields the ready checks that a request needs, none if it needs none."""


@attrs.frozen
class _HasText:
    """The column has one of these texts; None: any."""

    reason: str
    column: str
    texts: tuple[str, ...] | None
    wanted: bool
    store: Store
    static: bool = True

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear the rows whose text is none (or with ``wanted`` false, is one) of the texts."""
        column = self.store.matrix.columns.get(self.column)
        if column is None:
            if self.wanted:
                mask[:] = False
            return
        codes = self.store.matrix.row(column)[rows]
        if self.texts is None:
            mask &= (codes != ABSENT) == self.wanted
            return
        found = np.zeros(len(mask), np.bool_)
        for text in self.texts:
            code = column.dictionary.codes.get(text)
            if code is not None:
                found |= codes == code
        mask &= found == self.wanted


@attrs.frozen
class _HasRoom:
    """There is enough left of a resource."""

    reason: str
    resource: int
    wanted: int
    store: Store
    static: bool = False

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear the rows that have less left than is wanted."""
        mask &= self.store.tasks.resources.free[rows, self.resource] >= self.wanted


@attrs.frozen
class _HasPorts:
    """The static host ports are free, and do not exceed the limit (B20)."""

    reason: str
    ports: tuple[int, ...]
    store: Store
    static: bool = False

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear the rows where a port is taken or the limit would be exceeded."""
        tasks = self.store.tasks
        mask &= tasks.ports.taken[rows] + len(self.ports) <= MAX_PORTS
        numbers = np.arange(len(self.store.ids))[rows]
        for at in np.flatnonzero(mask).tolist():
            row = int(numbers[at])
            mask[at] = all(tasks.ports.owner(row, port) == NO_OWNER for port in self.ports)


@attrs.frozen
class _IsMember:
    """The expressions of all memberOf constraints are true."""

    reason: str
    constraints: tuple[MemberOf, ...]
    store: Store
    static: bool

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear the rows for which one of the expressions is false."""
        for constraint in self.constraints:
            mask &= constraint.query.rows(self.store)[rows]


@attrs.frozen
class _IsDistinct:
    """No task of the group is there (2.6)."""

    reason: str
    group: int
    store: Store
    static: bool = False

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear the rows that have a task of the group."""
        mask &= self.store.tasks.counts(self.group)[rows] == 0


@attrs.frozen
class PluginCheck:
    """A filter of others (C22), asked anew."""

    reason: str
    custom: Filter
    store: Store
    static: bool = False

    def keep(self, mask: Mask, rows: Rows) -> None:
        """Clear the rows that the filter rules out; holes are not asked about."""
        numbers = np.arange(len(self.store.ids))[rows]
        there = np.flatnonzero(self.store.live[numbers])
        mask[there] &= ask_filter(self.custom, numbers[there])


def _status(store: Store, _: Criteria) -> Iterator[PreparedCheck]:
    yield _HasText("INACTIVE", "status", ("ACTIVE",), True, store)


def _agent(store: Store, _: Criteria) -> Iterator[PreparedCheck]:
    yield _HasText("AGENT", "agentConnected", ("true",), True, store)


def _attributes(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    """Launch type (B21), required attributes (2.7), interface (2.4), platform (A30), VPC (A29)."""
    task = request.task
    external = task.launch_type == "EXTERNAL"
    yield _HasText("ATTRIBUTE", f"attribute:{EXTERNAL}", None, external, store)
    for name, value in required_attributes(task):
        if value is None:
            yield _HasText("ATTRIBUTE", f"attribute:{name}", None, True, store)
        else:
            yield _HasText("ATTRIBUTE", f"attribute:{name}", (value,), True, store)


def required_attributes(task: Task) -> list[tuple[str, str | None]]:
    """Return the attributes a task needs, those that follow from other fields included."""
    required = list(task.attributes.items())
    if task.network_interface:
        required.append((TASK_ENI, None))
    if task.architecture is not None:
        required.append(("ecs.cpu-architecture", task.architecture.lower()))
    if task.operating_system == "LINUX":
        required.append(("ecs.os-type", "linux"))
    elif task.operating_system is not None:
        required.append(("ecs.os-family", task.operating_system))
    if task.vpc is not None:
        required.append(("ecs.vpc-id", task.vpc))
    return required


def _location(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    if request.task.zones:
        column = "attribute:ecs.availability-zone"
        yield _HasText("LOCATION", column, request.task.zones, True, store)


def _cpu(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    if request.task.cpu:
        yield _HasRoom("RESOURCE:CPU", CPU, request.task.cpu, store)


def _memory(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    if request.task.memory:
        yield _HasRoom("RESOURCE:MEMORY", MEMORY, request.task.memory, store)


def _ports(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    ports = static_ports(request.task)
    if ports:
        yield _HasPorts("RESOURCE:PORTS", ports, store)


def static_ports(task: Task) -> tuple[int, ...]:
    """Return the static host ports of a task as numbers, udp ones behind the tcp ones."""
    return (*task.tcp_ports, *[port + UDP for port in task.udp_ports])


def spec_of(store: Store, task: Task) -> Spec:
    """Return what a task holds, in the numbers of a store."""
    amounts = [
        (CPU, task.cpu),
        (MEMORY, task.memory),
        (GPU, task.gpus),
        (INTERFACE, int(task.network_interface)),
        *[(store.tasks.resource(name), amount) for name, amount in task.resources.items()],
    ]
    demand = tuple([pair for pair in amounts if pair[1]])
    return Spec(demand, static_ports(task), (task.family, task.revision))


def _interface(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    if request.task.network_interface:
        yield _HasRoom("RESOURCE:ENI", INTERFACE, 1, store)


def _gpus(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    if request.task.gpus:
        yield _HasRoom("RESOURCE:GPU", GPU, request.task.gpus, store)


def _resources(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    for name, amount in sorted(request.task.resources.items()):
        if amount:
            resource = store.tasks.resource(name)
            yield _HasRoom(f"RESOURCE:{name}", resource, amount, store)


def _member_of(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    constraints = request.member_of
    if constraints:
        static = not any(constraint.query.asks_tasks for constraint in constraints)
        yield _IsMember("MEMBER_OF", constraints, store, static)


def _distinct_instance(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    if request.distinct:
        yield _IsDistinct("DISTINCT_INSTANCE", store.tasks.groups.code(request.group), store)


def _filters(store: Store, request: Criteria) -> Iterator[PreparedCheck]:
    for custom in request.filters:
        yield PluginCheck(custom.reason, custom, store)


CHECKS: tuple[Check, ...] = (
    _status,  # liveness first: nothing else is meaningful without it (A32)
    _agent,
    _attributes,
    _location,
    _cpu,  # resources before constraints, as the documentation orders its steps
    _memory,
    _ports,
    _interface,
    _gpus,
    _resources,
    _member_of,
    _distinct_instance,
    _filters,
)
"""The checks in C17's order: the first that fails is the reason."""


def ready_checks(store: Store, request: Criteria) -> list[PreparedCheck]:
    """Return the checks that a request needs, in order."""
    return [ready for check in CHECKS for ready in check(store, request)]


def static_checks(store: Store, request: Criteria) -> list[PreparedCheck]:
    """Return those checks that tasks cannot change, but for expressions."""
    checks = ready_checks(store, request)
    return [check for check in checks if check.static and check.reason != "MEMBER_OF"]


def all_rows(store: Store) -> slice:
    """Return all rows, holes included."""
    return slice(0, len(store.ids))


def mask_of(store: Store, checks: list[PreparedCheck]) -> npt.NDArray[Any]:
    """Return the mask of the rows that pass these checks; holes pass none."""
    mask = store.live[all_rows(store)].copy()
    for check in checks:
        check.keep(mask, all_rows(store))
    return mask
