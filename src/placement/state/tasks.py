"""Tasks, and the arrays of a cluster that kernels read and change.

In: rows, groups and specifications as numbers.  Out: ``Tasks.addresses``, those of the arrays
(``ClusterArrays``), and answers about single tasks.  A task has an id, given in the order of start
and never twice (C15), and a position in the arrays, ascending with the id.  Tasks that have ended
keep a position until ``drop_ended``, which gives the others new positions: no position is kept over
a call that ends tasks or makes room.  Whether a task fits is checked before; here only counts are
kept below their bounds (``kernels.fields``).  Kernels, and with them numba, are imported when the
first task comes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from placement.errors import InstanceError
from placement.kernels.fields import (
    COUNTED,
    INTERFACE,
    MAX_COUNT,
    MAX_TASK_IDS,
    NEXT_ID,
    NO_ROW,
    TASKS,
)
from placement.state.shared import Array
from placement.state.specs import Spec
from placement.state.task_parts import TaskParts

__all__ = ["Tasks"]

TABLE_COST = 16
"""How many entries of a table of ids are written in the time that a search for one id takes."""

STEP_COST, LINK_COST = 1000, 16
"""What a step along the lists of rows takes, and a task met there, in tasks that a search of the
columns passes in the same time."""


class Tasks(TaskParts):
    """The tasks of a cluster: what comes and goes, and what is known of them."""

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
        """Put a task on a row, subtract what it holds, and return its id.

        Raises:
            InstanceError: the row cannot count a further task; nothing has changed.
            TaskError: the cluster cannot hold or number a further task; nothing has changed.
        """
        if self.running[row] >= MAX_COUNT:
            raise InstanceError(f"an instance can count at most {MAX_COUNT} running tasks")
        self.reserve_tasks(1, len(self.specs.listed[spec].ports))
        self.groups.pairs.reserve(row)
        return int(_kernels().commit_one.call(self.addresses, row, spec, group))

    def adopt(self, row: int, group: int, spec: int, gpus: int) -> int:
        """Put a task on a row whose reported remaining amounts already include it (C10).

        What it holds (``gpus``: the bits of its GPUs) had an unknown owner until now; only network
        interfaces, which instances do not report, become fewer.  Return its id.

        Raises:
            InstanceError: the row cannot count a further task; nothing has changed.
            TaskError: the cluster cannot hold or number a further task; nothing has changed.
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
        id = self.add(row, group, spec)
        self.resources.gpus[row] = free_gpus
        return id

    def stop_one(self, id: int, release: bool) -> int:
        """Do as ``stop`` for one task by its id, if it counts; see ``kernels.stop.stop_one``."""
        self.change_log.reserve_stops(1)
        return int(_stop_kernels().stop_one.call(self.addresses, id, release))

    def stop(self, tasks: Array, release: bool) -> None:
        """Set the desired status of tasks to STOPPED; with ``release`` they end at once.

        ``tasks`` are positions, int64.
        """
        self.change_log.reserve_stops(len(tasks))
        _stop_kernels().stop.call(self.addresses, tasks, release)

    def undo_to(self, number: int) -> None:
        """Undo the tasks from this id on, none of which has been stopped."""
        if number < self.number:
            ids = self.task["id"][: self.positions]
            first = int(ids.searchsorted(number))
            self.change_log.reserve_stops(len(ids) - first)
            _stop_kernels().truncate.call(self.addresses, first, number)

    def clear_row(self, row: int) -> list[int]:
        """Forget everything about a row; its tasks have ended (B17).  Return their ids."""
        tasks = np.array(self.on(row), np.int64)
        ids: list[int] = self.task["id"][tasks].tolist()
        if len(tasks):
            self.stop(tasks, release=True)
        self.resources.clear(row)
        self.ports.clear(row)
        self.groups.pairs.clear(row)
        self.running[row] = 0
        self.grouped_tasks[row] = 0
        return ids

    # For an index

    def move_value(self, attribute: int, row: int, value: int) -> None:
        """Change the number of a row's value of an attribute that tasks are counted by."""
        self.spread_counts.reserve_values(value + 1)
        _kernels().move_value.call(self.addresses, attribute, row, value)

    def note_changed(self, rows: Array) -> None:
        """Note rows (int64) of which something other than tasks has changed."""
        _kernels().note_changed.call(self.addresses, rows)

    # What is known of them

    def spec_of(self, task: int) -> Spec:
        """Return the specification of a task by its position."""
        spec: Spec = self.specs.listed[self.task["spec"][task]]
        return spec

    def position_of(self, id: int) -> int:
        """Return the position of a task by its id, ``NO_ROW`` if there is none (any more)."""
        meta, task = self._shared.meta, self.task
        end: int = meta.item(TASKS)
        at = id - meta.item(NEXT_ID) + end  # right if no task after it has been dropped
        if not (0 <= at < end and task["id"][at] == id):
            if not 0 <= id < MAX_TASK_IDS:
                return NO_ROW
            at = int(task["id"][:end].searchsorted(id))
            if at == end or task["id"][at] != id:
                return NO_ROW
        return at if task["row"][at] != NO_ROW else NO_ROW

    def are_counted(self, ids: Array) -> Array:
        """Return which ids are of tasks whose desired status is RUNNING: bool; -1 is of none."""
        task = self.task
        if not self.positions:
            return np.zeros(len(ids), np.bool_)
        at = self.positions_of(ids)
        counted: Array = (
            (task["id"][at] == ids)
            & (task["row"][at] != NO_ROW)
            & (task["flags"][at] & COUNTED > 0)
        )
        return counted

    def positions_of(self, ids: Array) -> Array:
        """Return the positions of tasks by their ids: int64, any for an id that no task has.

        There is a task, or there are no ids.
        """
        known = self.task["id"][: self.positions]
        if not len(ids):
            return np.zeros(0, np.int64)
        first, end = int(known[0]), len(known)
        span = int(known[-1]) - first + 1
        offsets: Array = np.clip(ids, first, first + span - 1) - first
        if span == end:  # no task between has been dropped
            return offsets
        if span > end + TABLE_COST * len(ids):
            found: Array = np.minimum(known.searchsorted(ids), end - 1)
            return found
        table = np.zeros(span, np.int32)
        table[known - first] = np.arange(end, dtype=np.int32)
        return table[offsets].astype(np.int64)

    def find(self, ids: Array) -> tuple[Array, int]:
        """Return the positions of tasks by their ids: int64, all different.

        Also how many were found before an id that no task has, or that was there before: as many
        as ``ids`` if the positions are good.
        """
        tasks = np.empty(len(ids), np.int64)
        return tasks, int(_stop_kernels().find.call(self.addresses, ids, tasks))

    def on(self, row: int) -> list[int]:
        """Return the positions of the tasks on a row, the newest first."""
        tasks = []
        task = int(self.newest[row]) if row < len(self.newest) else NO_ROW
        while task != NO_ROW:
            tasks.append(task)
            task = int(self.task["next"][task])
        return tasks

    def counted_of(self, group: int) -> Array:
        """Return the positions of the counted tasks of a group: int64, ascending.

        Where rows have few tasks beside all that there are, their lists are followed, all
        lists at once; otherwise the columns of all tasks are searched, which takes fewer calls.
        """
        rows = np.flatnonzero(self.counts(group))
        task, running = self.task, self.running[rows]
        steps, tasks_there = int(running.max(initial=0)), int(running.sum())
        if STEP_COST * steps + LINK_COST * tasks_there > self.positions:
            numbers = np.flatnonzero(task["group"][: self.positions] == group)
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
        counts = np.zeros(len(self.running), np.int64)
        if self.groups.tasks[group]:
            _pair_kernels().count_group.call(self.addresses, group, counts)
        return counts

    def counts_on(self, group: int, rows: Array) -> Array:
        """Return how many counted tasks of a group are on each of some rows: int64."""
        counts = np.zeros(len(rows), np.int64)
        if self.groups.tasks[group]:
            _pair_kernels().count_group_on.call(self.addresses, group, rows, counts)
        return counts


@cache
def _pair_kernels() -> Any:
    """Return the module of kernels that count tasks by row and group."""
    from placement.kernels import pairs

    return pairs


@cache
def _kernels() -> Any:
    """Return the module of kernels; an import statement in each call would take as long as one."""
    from placement.kernels import commit

    return commit


@cache
def _stop_kernels() -> Any:
    """Return the module of kernels that stop tasks."""
    from placement.kernels import stop

    return stop
