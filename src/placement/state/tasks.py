"""Tasks by number, and the arrays of a cluster that kernels read and change.

In: rows, groups and specifications as numbers.  Out: ``Tasks.arrays`` (``ClusterArrays``), and
answers about single tasks.  Tasks are numbered in the order of their start, never twice (C15).
Whether a task fits is checked before; here only counts are kept below their bounds
(``kernels.fields``).  Kernels, and with them numba, are imported when the first task comes.
"""

from __future__ import annotations

import numpy as np

from placement.errors import InstanceError, TaskError
from placement.kernels.fields import (
    COUNTED,
    INTERFACE,
    MAX_COUNT,
    MAX_PORTS,
    MAX_TASKS,
    NO_ROW,
    RANDOM_STATE,
    TASKS,
    ClusterArrays,
)
from placement.state.change_log import ChangeLog
from placement.state.groups import Groups
from placement.state.ports import PortTable
from placement.state.resources import Resources
from placement.state.shared import Array, Shared, longer
from placement.state.specs import Spec, Specs
from placement.state.spread_counts import SpreadCounts

__all__ = ["Tasks"]

_TASK_FIELDS = {
    "row": np.int32,
    "group": np.int32,
    "spec": np.int32,
    "next": np.int32,
    "gpus": np.uint64,
    "flags": np.uint8,
}

STEP_COST, LINK_COST = 1000, 16
"""What a step along the lists of rows takes, and a task met there, in tasks that a search of the
columns passes in the same time."""


class Tasks:
    """The tasks of a cluster, and the parts whose arrays they change.

    Attributes:
        resources: What rows have and have left.
        ports: Which host ports are taken.
        specs: What tasks hold, by number.
        groups: Names of groups and counts of their tasks.
        spread_counts: Counts of groups by the value of an attribute.
        change_log: The rows that tasks have changed.
        task: Arrays over task numbers by field: row, group, spec, next, gpus, flags.
        newest: int32 by row, the newest task, or NO_ROW.
        running: int32 by row, ``runningTasksCount``.
        grouped_tasks: int32 by row, how many counted tasks have a known group.
    """

    def __init__(self) -> None:
        self._shared = Shared()
        self.resources = Resources(self._shared)
        self.ports = PortTable(self._shared)
        self.specs = Specs(self._shared, len(self.resources.names))
        self.groups = Groups(self._shared)
        self.spread_counts = SpreadCounts(self._shared)
        self.change_log = ChangeLog(self._shared)
        self.newest = np.zeros(0, np.int32)
        self.running = np.zeros(0, np.int32)
        self.grouped_tasks = np.zeros(0, np.int32)
        self.task = {name: np.zeros(0, dtype) for name, dtype in _TASK_FIELDS.items()}
        self._arrays: ClusterArrays | None = None

    # Arrays

    @property
    def meta(self) -> Array:
        """int64 ``[META]``, the counters that kernels change."""
        return self._shared.meta

    @property
    def arrays(self) -> ClusterArrays:
        """The arrays, as kernels take them; good until the next call that makes room."""
        if self._arrays is None or self._shared.is_stale:
            self._shared.is_stale = False
            self._arrays = ClusterArrays(
                free=self.resources.free,
                gpus=self.resources.gpus,
                ports=self.ports.taken,
                newest=self.newest,
                running=self.running,
                grouped_tasks=self.grouped_tasks,
                pair_keys=self.groups.pairs.keys,
                pair_counts=self.groups.pairs.values,
                port_keys=self.ports.table.keys,
                port_holders=self.ports.table.values,
                **{f"task_{name}": array for name, array in self.task.items()},
                spec_demand=self.specs.demand,
                spec_ports=self.specs.ports,
                spec_port_start=self.specs.port_start,
                group_tasks=self.groups.tasks,
                spread_first=self.groups.spread_first,
                spread_next=self.spread_counts.next,
                spread_attribute=self.spread_counts.attribute,
                spread_counts=self.spread_counts.counts,
                attribute_values=self.spread_counts.values,
                log=self.change_log.log,
                last=self.change_log.last,
                freed_log=self.change_log.freed_log,
                meta=self.meta,
            )
        return self._arrays

    def reserve_rows(self, rows: int) -> None:
        """Make room for rows, all empty; what is too short after an error grows the next time."""
        if rows <= len(self.running):
            return
        self.resources.reserve(rows)
        self.ports.reserve_rows(rows)
        self.spread_counts.reserve(rows)
        self.change_log.reserve_rows(rows)
        self.newest = longer(self.newest, rows, NO_ROW)
        self.grouped_tasks = longer(self.grouped_tasks, rows, 0)
        self.running = longer(self.running, rows, 0)  # the last: it says for how many there is room

    def reserve_tasks(self, count: int, ports: int = 0, groups: int | None = None) -> None:
        """Make room for further tasks, each with at most so many ports, of at most so many groups.

        Stopping needs room in ``freed_log`` only, which ``ChangeLog.reserve_freed`` makes.

        Raises:
            TaskError: the cluster cannot number as many tasks; nothing has changed.
        """
        tasks, rows = self.number, len(self.running)
        if tasks + count > MAX_TASKS:
            raise TaskError(
                f"a cluster numbers at most {MAX_TASKS} tasks, stopped ones included: "
                f"it has numbered {tasks}, and {count} more are asked for"
            )
        if tasks + count > len(self.task["row"]):
            room = min(max(2 * (tasks + count), 64), MAX_TASKS)
            self.task = {name: longer(old, room, 0) for name, old in self.task.items()}
            self._shared.is_stale = True
        self.change_log.reserve(count)
        self.groups.pairs.reserve(count if groups is None else min(count, groups * rows))
        if ports:
            self.ports.table.reserve(min(count * ports, max(MAX_PORTS, ports) * rows))

    def known_resource(self, name: str) -> int | None:
        """Return the column of a resource, None if it has none."""
        return self.resources.names.index(name) if name in self.resources.names else None

    def resource(self, name: str) -> int:
        """Return the column of a resource, a new one (of which no row has any) if it is new."""
        column = self.resources.column(name)
        self.specs.widen(len(self.resources.names))
        return column

    # Tasks that come and go

    def add(self, row: int, group: int, spec: int = 0) -> int:
        """Put a task on a row, subtract what it holds, and return its number.

        Raises:
            InstanceError: the row cannot count a further task; nothing has changed.
            TaskError: the cluster cannot number a further task; nothing has changed.
        """
        from placement.kernels.commit import commit_one

        if self.running[row] >= MAX_COUNT:
            raise InstanceError(f"an instance can count at most {MAX_COUNT} running tasks")
        self.reserve_tasks(1, len(self.specs.listed[spec].ports))
        return int(commit_one(self.arrays, row, spec, group))

    def adopt(self, row: int, group: int, spec: int, gpus: int) -> int:
        """Put a task on a row whose reported remaining amounts already include it (C10).

        What it holds (``gpus``: the bits of its GPUs) had an unknown owner until now; only network
        interfaces, which instances do not report, become fewer.

        Raises:
            InstanceError: the row cannot count a further task; nothing has changed.
            TaskError: the cluster cannot number a further task; nothing has changed.
        """
        known = self.specs.listed[spec]
        self.reserve_tasks(1, len(known.ports))
        if self.running[row] >= MAX_COUNT:
            raise InstanceError(f"an instance can count at most {MAX_COUNT} running tasks")
        free = self.resources.free
        for resource, amount in known.demand:
            if resource != INTERFACE:
                free[row, resource] += amount
        self.ports.release(row, known.ports)
        free_gpus = self.resources.gpus[row]
        self.resources.gpus[row] = gpus  # a task takes the lowest that are free, and so just these
        number = self.add(row, group, spec)
        self.resources.gpus[row] = free_gpus
        return number

    def stop(self, tasks: Array, release: bool) -> None:
        """Set the desired status of tasks to STOPPED; with ``release`` they end at once."""
        from placement.kernels.commit import stop

        self.change_log.reserve_freed(len(tasks))
        stop(self.arrays, tasks, release)

    def undo_to(self, number: int) -> None:
        """Undo the tasks from this number on, none of which has been stopped."""
        from placement.kernels.commit import truncate

        if number < self.number:
            self.change_log.reserve_freed(self.number - number)
            truncate(self.arrays, number)

    def clear_row(self, row: int) -> None:
        """Forget everything about a row: its tasks become orphans (B17)."""
        tasks = np.array(self.on(row), np.int64)
        if len(tasks):
            self.stop(tasks, release=True)
        self.resources.clear(row)
        self.ports.clear(row)
        self.running[row] = 0
        self.grouped_tasks[row] = 0

    def forget_spreads(self) -> None:
        """Drop all counts by attribute."""
        self.spread_counts.clear()
        self.groups.spread_first[:] = NO_ROW

    # What is known of them

    @property
    def number(self) -> int:
        """How many tasks there ever were: the number of the next."""
        return int(self._shared.meta[TASKS])

    @property
    def random_state(self) -> int:
        """The state of the random generator, 64 bits."""
        return int(self._shared.meta[RANDOM_STATE]) & (2**64 - 1)

    @random_state.setter
    def random_state(self, state: int) -> None:
        self._shared.meta[RANDOM_STATE] = _signed(state)

    def seeded_meta(self, seed: int) -> Array:
        """Return a copy of ``meta`` in which the random generator starts at ``seed``."""
        meta = self.meta.copy()
        meta[RANDOM_STATE] = _signed(seed)
        return meta

    def spec_of(self, task: int) -> Spec:
        """Return the specification of a task."""
        spec: Spec = self.specs.listed[self.task["spec"][task]]
        return spec

    def row_of(self, task: int) -> int:
        """Return the row of a task, ``NO_ROW`` if there is no such task (any more)."""
        return int(self.task["row"][task]) if 0 <= task < self.meta[TASKS] else NO_ROW

    def are_counted(self, ids: Array) -> Array:
        """Return whether each of some int64 ids is a task that counts: bool.

        A task counts from its start until it ends or its desired status is STOPPED (A20).
        """
        found = np.zeros(len(ids), np.bool_)
        known = np.flatnonzero((ids >= 0) & (ids < self.number))
        numbers = ids[known]
        there = self.task["row"][numbers] != NO_ROW
        found[known] = there & (self.task["flags"][numbers] & COUNTED > 0)
        return found

    def on(self, row: int) -> list[int]:
        """Return the tasks on a row, the newest first."""
        tasks = []
        task = int(self.newest[row]) if row < len(self.newest) else NO_ROW
        while task != NO_ROW:
            tasks.append(task)
            task = int(self.task["next"][task])
        return tasks

    def counted_of(self, group: int) -> Array:
        """Return the counted tasks of a group: int64, ascending.

        Where rows have few tasks beside all that there ever were, their lists are followed, all
        lists at once; otherwise the columns of all tasks are searched, which takes fewer calls.
        """
        rows = np.flatnonzero(self.counts(group))
        task, running = self.task, self.running[rows]
        steps, tasks_there = int(running.max(initial=0)), int(running.sum())
        if STEP_COST * steps + LINK_COST * tasks_there > self.number:
            numbers = np.flatnonzero(task["group"][: self.number] == group)
        else:
            heads: Array = self.newest[rows]
            found: list[Array] = [np.zeros(0, np.int64)]
            while len(heads):
                found.append(heads)
                heads = task["next"][heads]
                heads = heads[heads != NO_ROW]
            numbers = np.sort(np.concatenate(found))
            numbers = numbers[task["group"][numbers] == group]
        counted = (task["row"][numbers] >= 0) & (task["flags"][numbers] & COUNTED > 0)
        tasks: Array = numbers[counted]
        return tasks

    def groups_on(self, row: int) -> dict[str, int]:
        """Return how many counted tasks of each group are on a row."""
        counts: dict[str, int] = {}
        for task in reversed(self.on(row)):
            if self.task["flags"][task] & COUNTED:
                name = self.groups.names.texts[self.task["group"][task]] or ""
                counts[name] = counts.get(name, 0) + 1
        return counts

    def counts(self, group: int) -> Array:
        """Return how many counted tasks of a group are on each row there is room for: int64."""
        from placement.kernels.commit import count_group

        counts = np.zeros(len(self.running), np.int64)
        count_group(self.arrays, group, counts)
        return counts

    # Copies

    def copy(self) -> Tasks:
        """Return an independent copy, without derived counters and change logs."""
        other = Tasks.__new__(Tasks)
        other._shared = shared = self._shared.copy()
        other.resources = self.resources.copy(shared)
        other.ports = self.ports.copy(shared)
        other.specs = self.specs.copy(shared)
        other.groups = self.groups.copy(shared)
        other.newest = self.newest.copy()
        other.running = self.running.copy()
        other.grouped_tasks = self.grouped_tasks.copy()
        other.task = {name: array.copy() for name, array in self.task.items()}
        other._without_derived(len(self.running))
        return other

    def with_rows(self, kept: Array, new_rows: Array) -> Tasks:
        """Return an independent copy of some rows; the numbers of tasks stay.

        Args:
            kept: int64, the rows, ascending; no task is on another one.
            new_rows: int64, the new number of each row, -1 for those that are not kept.
        """
        other = Tasks.__new__(Tasks)
        other._shared = shared = self._shared.copy()
        other.resources = self.resources.of_rows(kept, shared)
        other.ports = self.ports.of_rows(kept, new_rows, shared)
        other.specs = self.specs.copy(shared)
        other.groups = self.groups.of_rows(new_rows, shared)
        other.newest = self.newest[kept]
        other.running = self.running[kept]
        other.grouped_tasks = self.grouped_tasks[kept]
        other.task = {name: array.copy() for name, array in self.task.items()}
        row_of = other.task["row"][: self.number]
        there = row_of >= 0
        row_of[there] = new_rows[row_of[there]]
        other._without_derived(len(kept))
        return other

    def _without_derived(self, rows: int) -> None:
        """Set up the parts that a copy begins again."""
        self.spread_counts = SpreadCounts(self._shared)
        self.spread_counts.reserve(rows)
        self.change_log = ChangeLog(self._shared)
        self.change_log.reserve_rows(rows)
        self.change_log.clear()
        self._arrays = None


def _signed(number: int) -> int:
    """Return the low 64 bits of a number as a signed number."""
    low = number & (2**64 - 1)
    return low - 2**64 if low >= 2**63 else low
