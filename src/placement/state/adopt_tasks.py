"""Adopt tasks from documents: assign them what their instances reported as taken (C10).

In: the records of tasks, and a store whose rows say what the instances reported.  Out: the same
store, in which these tasks hold what they hold.  Nothing is subtracted again: the reports include
the tasks.  A task therefore holds, of what its record says, only what its instance has reported as
taken and what no task before it holds; so that what is free never exceeds what was registered,
however little the documents agree.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np

from placement.documents.tasks import TaskSnapshot
from placement.kernels.fields import CPU, GPU, INTERFACE, MEMORY, UNKNOWN_OWNER
from placement.model import UDP
from placement.state.resources import NAMES
from placement.state.specs import Spec
from placement.state.store import Store
from placement.state.task_status import TaskStatus

__all__ = ["adopt_tasks"]

ENDED = ("STOPPED", "DELETED")
"""Last statuses of tasks that hold nothing any more."""


def adopt_tasks(store: Store, located: Iterable[tuple[int, TaskSnapshot]], *, release: str) -> None:
    """Put tasks on their rows, and give them ids in the order given.

    Args:
        store: Rows as they were reported; nothing is known of their tasks yet.
        located: Rows and tasks; rows are those of ``store``.
        release: Whether a task whose desired status is STOPPED is gone (``desired_status``), or
            holds what it holds until its last status is STOPPED (``last_status``) (A25).

    The running tasks that an instance reported include those given; where more are given, these
    count (C10).
    """
    kept = [
        (row, record)
        for row, record in located
        if record.counted or (release == "last_status" and record.last_status not in ENDED)
    ]
    reported = store.running.copy()
    store.running[:] = 0  # adopted tasks are counted on their own: the sum could pass int32
    rests: dict[int, UnclaimedUsage] = {}
    holdings: dict[str, _Holding] = {}
    for counted in (True, False):  # tasks that are stopping get what those that run leave
        for row, record in kept:
            if record.counted == counted:
                rest = rests.get(row) or rests.setdefault(row, UnclaimedUsage(store, row))
                holdings[record.arn] = rest.held(record)
    for row, record in kept:  # now that every GPU with a known holder is known
        rests[row].add_gpus(holdings[record.arn], record)
    stopping = []
    for row, record in kept:
        id = _adopt(store, row, record, holdings[record.arn])
        if not record.counted:
            stopping.append(id)
    if stopping:
        positions, _ = store.tasks.find(np.array(stopping, np.int64))
        store.tasks.stop(positions, release=False)
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
    """Numbers and amounts of further resources."""


class UnclaimedUsage:
    """What a row has reported as taken and no known task holds."""

    def __init__(self, store: Store, row: int) -> None:
        tasks = store.tasks
        self.tasks = tasks
        self.row = row
        taken = (tasks.resources.registered[row] - tasks.resources.remaining(row)).tolist()
        self.amounts: list[int] = [max(0, amount) for amount in taken]
        ids = store.gpu_ids.get(row, ())
        self.gpu_bits = {id: 1 << place for place, id in enumerate(ids)}
        self.gpus = sum(self.gpu_bits.values()) & ~int(tasks.resources.gpus[row])
        self.ports: set[int] = set()
        """Those that have found their holder."""

    def held(self, record: TaskSnapshot) -> _Holding:
        """Return what a task holds of the unclaimed usage, and subtract it there."""
        arrays = _Holding(
            self._of(CPU, record.cpu),
            self._of(MEMORY, record.memory),
            tuple(
                [
                    port
                    for port in (*record.tcp_ports, *[port + UDP for port in record.udp_ports])
                    if port not in self.ports
                    and self.tasks.ports.owner(self.row, port) == UNKNOWN_OWNER
                ]
            ),
            sum(self.gpu_bits.get(id, 0) for id in record.gpu_ids) & self.gpus,
            tuple(
                [
                    (number, self._of(number, record.resources[name]))
                    for number, name in enumerate(self.tasks.resources.names)
                    if number >= len(NAMES) and name in record.resources
                ]
            ),
        )
        self.ports.update(arrays.ports)
        self.gpus &= ~arrays.gpus
        return arrays

    def _of(self, resource: int, amount: int) -> int:
        """Subtract an amount from the unclaimed usage, as far as it is there; return how much."""
        held = min(amount, self.amounts[resource])
        self.amounts[resource] -= held
        return held

    def add_gpus(self, arrays: _Holding, record: TaskSnapshot) -> None:
        """Let a task hold GPUs that it has and does not name: the lowest that are left."""
        for _ in range(min(record.gpus, self.gpus.bit_count())):
            lowest = self.gpus & -self.gpus
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
    store.task_of_arn[record.arn.rpartition("/")[2]] = id
    return id
