"""Adopt tasks from documents: assign them what their instances reported as taken (C10).

In: the records of tasks, and a store whose rows say what the instances reported.  Out: the same
store, in which these tasks hold what they hold.  Nothing is subtracted again: the reports include
the tasks.  A task therefore holds, of what its record says, only what its instance has reported as
taken and what no task before it holds; so that what is free never exceeds what was registered,
however little the documents agree.  Tasks that are stopping are the exception: ECS has given their
shares back in its reports, while their hosts still hold them (A25).
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np

from placement.documents.tasks import TaskSnapshot
from placement.kernels.fields import CPU, GPU, INTERFACE, MEMORY, NO_OWNER, UNKNOWN_OWNER
from placement.model import UDP
from placement.model.checks import MAX_AMOUNT
from placement.state.resources import NAMES, NEURON
from placement.state.specs import Spec
from placement.state.store import Store
from placement.state.task_status import TaskStatus

__all__ = ["adopt_tasks"]

ENDED = ("STOPPED", "DELETED")
"""Last statuses of tasks that hold nothing any more."""


def adopt_tasks(
    store: Store,
    located: Iterable[tuple[int, TaskSnapshot]],
    *,
    release: str,
    reports_stopping: bool = False,
) -> None:
    """Put tasks on their rows, and give them ids in the order given.

    Args:
        store: Rows as they were reported; nothing is known of their tasks yet.
        located: Rows and tasks; rows are those of ``store``.
        release: Whether a task whose desired status is STOPPED is gone (``desired_status``), or
            holds what it holds until its last status is STOPPED (``last_status``) (A25).
        reports_stopping: Whether what instances report as taken includes the shares of stopping
            tasks.  Else what such a task does not find there is taken off, and what is left may
            become negative (C10).  Where these tasks are to be gone, their shares come back.

    The running tasks that an instance reported include those given; where more are given, these
    count (C10).
    """
    is_over = release == "desired_status"  # for tasks that are stopping
    kept = [
        (row, record)
        for row, record in located
        if record.counted or (record.last_status not in ENDED and (reports_stopping or not is_over))
    ]
    if is_over:
        kept.sort(key=lambda one: not one[1].counted)  # those that stay have the first ids
    if any(record.neuron_devices for _, record in kept):
        store.tasks.resource(NEURON)  # before amounts are read, by the numbers of resources
    reported = store.running.copy()
    store.running[:] = 0  # adopted tasks are counted on their own: the sum could pass int32
    rests = {row: UnclaimedUsage(store, row) for row, _ in kept}
    holdings: dict[str, _Holding] = {}
    for row, record in kept:
        if record.counted:
            holdings[record.arn] = rests[row].held(record)
    if not reports_stopping:
        for row, rest in rests.items():
            rest.begin_stopping(reported=int(reported[row]))
    for row, record in kept:  # tasks that are stopping get what those that run leave
        if not record.counted:
            holdings[record.arn] = rests[row].held(record)
    for row, record in kept:  # now that every GPU with a known holder is known
        rests[row].add_gpus(holdings[record.arn], record)
    stopping = []
    for row, record in kept:
        id = _adopt(store, row, record, holdings[record.arn])
        if not record.counted:
            stopping.append(id)
    if stopping:
        positions, _ = store.tasks.find(np.array(stopping, np.int64))
        store.tasks.stop(positions, release=is_over)
        if is_over:
            store.forget_tasks(stopping)
    np.maximum(reported, store.tasks.grouped_tasks, out=store.running)
    store.tasks.clear_stops()


@attrs.define
class _Holding:
    """What one task holds."""

    cpu: int
    memory: int
    ports: tuple[int, ...]
    gpus: int
    """Bits."""
    resources: tuple[tuple[int, int], ...]
    """Numbers and amounts of further resources, Neuron devices among them."""


class UnclaimedUsage:
    """What a row has reported as taken and no known task holds."""

    def __init__(self, store: Store, row: int) -> None:
        tasks = store.tasks
        self.tasks = tasks
        self.row = row
        taken = (tasks.resources.registered[row] - tasks.resources.remaining(row)).tolist()
        self.amounts: list[int] = [max(0, amount) for amount in taken]
        """What is unclaimed of each resource."""
        ids = store.gpu_ids.get(row, ())
        self.gpu_bits = {id: 1 << place for place, id in enumerate(ids)}
        self.gpus = sum(self.gpu_bits.values()) & ~int(tasks.resources.gpus[row])
        self.ports: set[int] = set()
        """Those that have found their holder."""
        self._running = 0
        self._takes_off = False
        """Whether what a task does not find is taken off."""
        self._is_theirs = False
        """Whether what is unclaimed belongs to running tasks that nobody knows."""

    def begin_stopping(self, *, reported: int) -> None:
        """Let the tasks that follow, which are stopping, hold all of their shares (C10).

        Args:
            reported: How many tasks run there.  Where these are more than have got their shares,
                what is unclaimed belongs to the others.
        """
        self._takes_off = True
        self._is_theirs = reported > self._running

    def held(self, record: TaskSnapshot) -> _Holding:
        """Return what a task holds of the unclaimed usage, and subtract it there."""
        self._running += record.counted
        named = sum(self.gpu_bits.get(id, 0) for id in record.gpu_ids)
        unclaimed = 0 if self._is_theirs else self.gpus
        holding = _Holding(
            self._of(CPU, record.cpu),
            self._of(MEMORY, record.memory),
            self._ports_of(record),
            named & (unclaimed | self._taken_off(named)),
            tuple(
                [
                    (number, self._of(number, record.resources[name]))
                    for number, name in self.tasks.resources.further()
                    if name in record.resources
                ]
            )
            + self._neuron_devices(record),
        )
        self.ports.update(holding.ports)
        self.gpus &= ~holding.gpus
        return holding

    def _of(self, resource: int, amount: int) -> int:
        """Subtract an amount from the unclaimed usage, as far as it is there; return how much."""
        held = 0 if self._is_theirs else min(amount, self.amounts[resource])
        self.amounts[resource] -= held
        resources = self.tasks.resources
        if self._takes_off and (resource < len(NAMES) or resources.registered[self.row, resource]):
            # the bound keeps the sums of the kernels in 64 bits, however absurd the amounts are
            missing = min(
                amount - held, max(0, int(resources.free[self.row, resource]) + MAX_AMOUNT)
            )
            resources.free[self.row, resource] -= missing
            held += missing
        return held

    def _neuron_devices(self, record: TaskSnapshot) -> tuple[tuple[int, int], ...]:
        """Return the Neuron devices of a task, if it has any: all of the row's, which are one.

        A task that runs with them has them (B44), so that what is not reported as taken is taken
        off; where none are reported at all, it takes one of an unlimited number.
        """
        if not record.neuron_devices:
            return ()
        column = self.tasks.resource(NEURON)
        held = 0 if self._is_theirs else min(1, self.amounts[column])
        self.amounts[column] -= held
        self.tasks.resources.free[self.row, column] -= 1 - held
        return ((column, 1),)

    def _ports_of(self, record: TaskSnapshot) -> tuple[int, ...]:
        """Return the ports that a task holds."""
        found = []
        for port in dict.fromkeys((*record.tcp_ports, *[one + UDP for one in record.udp_ports])):
            owner = self.tasks.ports.owner(self.row, port)
            if port in self.ports:
                continue
            if owner == NO_OWNER and self._takes_off:
                self.tasks.ports.take(self.row, [port], UNKNOWN_OWNER)
                found.append(port)
            elif owner == UNKNOWN_OWNER and not self._is_theirs:
                found.append(port)
        return tuple(found)

    def _taken_off(self, wanted: int) -> int:
        """Take those of some GPUs that are free from a row, and return them (bits)."""
        resources = self.tasks.resources
        free = wanted & int(resources.gpus[self.row])
        if not self._takes_off or not free:
            return 0
        resources.gpus[self.row] = int(resources.gpus[self.row]) & ~free
        resources.free[self.row, GPU] -= free.bit_count()
        return free

    def add_gpus(self, arrays: _Holding, record: TaskSnapshot) -> None:
        """Let a task hold GPUs that it has and does not name: the lowest that are left."""
        is_stopping = not record.counted
        for _ in range(record.gpus):
            left = 0 if is_stopping and self._is_theirs else self.gpus
            lowest = left & -left
            if not lowest and is_stopping:
                free = int(self.tasks.resources.gpus[self.row])
                lowest = self._taken_off(free & -free)
            if not lowest:
                return
            arrays.gpus |= lowest
            self.gpus &= ~lowest


def _adopt(store: Store, row: int, record: TaskSnapshot, arrays: _Holding) -> int:
    """Put a task on its row, with what it holds and what is known of it; return its id."""
    tasks = store.tasks
    amounts = (
        (CPU, arrays.cpu),
        (MEMORY, arrays.memory),
        (GPU, arrays.gpus.bit_count()),
        (INTERFACE, int(record.network_interface)),
        *arrays.resources,
    )
    demand = tuple([pair for pair in amounts if pair[1]])
    spec = tasks.specs.number(Spec(demand, arrays.ports, record.revision))
    id = tasks.adopt(row, tasks.groups.code(record.group), spec, arrays.gpus)
    fact = TaskStatus(record.last_status, record.health, record.protected, record.deployment)
    store.facts[id] = fact
    store.arns[id] = record.arn
    if record.further is not None:
        store.task_fields[id] = record.further
    if record.protection is not None:
        store.protections[id] = record.protection
    store.task_of_arn[record.arn.rpartition("/")[2]] = id
    return id
