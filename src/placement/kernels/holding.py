"""Tasks taken on and given back: what rows have left, who holds which port, which groups.

In: the arrays of a cluster (``Holding``), a row, a task's specification.  Out: the same arrays,
changed.  Kernels here never check: what is committed has been found to fit.  They know rows, codes
and amounts; not instances, groups' names or strategies.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import bare, part
from placement.kernels.tables import FREE, count_at, pair_key, port_key, slot_of

__all__ = [
    "COUNTED",
    "FREED",
    "GONE",
    "GPU",
    "HOLDING",
    "LOGGED",
    "META",
    "PAIRS",
    "PORTS",
    "RANDOM_STATE",
    "TASKS",
    "Holding",
    "commit",
    "forget",
    "give_back",
    "stop",
    "truncate",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of whichever type numba finds for it."""

GONE = -1
"""The row of a task that is no more; the end of a list."""

GPU = 2
"""The column of ``free`` that counts GPUs."""

COUNTED = 1
"""Flag of a task: its desired status is RUNNING, so that it counts."""

HOLDING = 2
"""Flag of a task: it holds resources."""

TASKS, LOGGED, FREED, PAIRS, PORTS, RANDOM_STATE = range(6)
"""Places in ``meta``: how many tasks there ever were, how many entries the two logs and the two
tables have, and the state of the random generator."""

META = 6
"""The length of ``meta``."""


class Holding(NamedTuple):
    """The arrays of a cluster that placements change; N rows, T tasks, R resources, S specs.

    Attributes:
        free: int64 ``[N, R]``, what is left of each resource.
        gpus: uint64 ``[N]``, bit i is set if the i-th GPU is free.
        ports: int32 ``[N]``, how many static host ports are taken.
        newest: int32 ``[N]``, the newest task on the row, or GONE.
        running: int32 ``[N]``, runningTasksCount.
        known: int32 ``[N]``, how many counted tasks have a known group.
        pair_keys: int64, the table of (row, group).
        pair_counts: int32, how many counted tasks of the group are on the row.
        port_keys: int64, the table of (row, port).
        port_holders: int64, the task that holds the port, FREE, RESERVED (-2) or SOMEBODY (-3).
        task_row: int32 ``[T]``.
        task_group: int32 ``[T]``.
        task_spec: int32 ``[T]``.
        task_next: int32 ``[T]``, the next older task on the row, or GONE.
        task_gpus: uint64 ``[T]``, the GPUs a task holds.
        task_flags: uint8 ``[T]``.
        spec_demand: int64 ``[S, R]``.
        spec_ports: int64, the static ports of all specs, one behind the other.
        spec_port_start: int64 ``[S + 1]``.
        group_tasks: int64 by group, how many counted tasks it has.
        spread_first: int32 by group, its first count by attribute, or GONE.
        spread_next: int32, the group's next.
        spread_attribute: int32, which row of ``attribute_values`` a count goes by.
        spread_counts: int64 ``[count, value]``.
        attribute_values: int32 ``[attribute, N]``, the value's number of each row.
        log: int32, the rows that took on a task, in order.
        last: int64 ``[N]``, the place of a row's newest entry in the log.
        freed: int32, the rows that gave something back, in order.
        meta: int64 ``[META]``.
    """

    free: Array
    gpus: Array
    ports: Array
    newest: Array
    running: Array
    known: Array
    pair_keys: Array
    pair_counts: Array
    port_keys: Array
    port_holders: Array
    task_row: Array
    task_group: Array
    task_spec: Array
    task_next: Array
    task_gpus: Array
    task_flags: Array
    spec_demand: Array
    spec_ports: Array
    spec_port_start: Array
    group_tasks: Array
    spread_first: Array
    spread_next: Array
    spread_attribute: Array
    spread_counts: Array
    attribute_values: Array
    log: Array
    last: Array
    freed: Array
    meta: Array


@part
def _count(h: Holding, row: int, group: int, change: int) -> None:
    """Count one task of a group more, or less, on a row."""
    key = pair_key(row, group)
    slot = slot_of(h.pair_keys, key)
    if h.pair_keys[slot] == 0:
        h.pair_keys[slot] = key
        h.meta[PAIRS] += 1
    h.pair_counts[slot] += change
    h.running[row] += change
    h.known[row] += change
    h.group_tasks[group] += change
    spread = h.spread_first[group]
    while spread != GONE:
        h.spread_counts[spread, h.attribute_values[h.spread_attribute[spread], row]] += change
        spread = h.spread_next[spread]


@part
def _take(h: Holding, task: int, row: int, spec: int) -> None:
    """Let a task hold what its specification asks for: GPUs and ports the lowest first."""
    for resource in range(h.free.shape[1]):
        h.free[row, resource] -= h.spec_demand[spec, resource]
    taken = np.uint64(0)
    left = h.gpus[row]
    for _ in range(h.spec_demand[spec, GPU]):
        lowest = left & (~left + np.uint64(1))
        taken |= lowest
        left &= ~lowest
    h.gpus[row] = left
    h.task_gpus[task] = taken
    for i in range(h.spec_port_start[spec], h.spec_port_start[spec + 1]):
        key = port_key(row, h.spec_ports[i])
        slot = slot_of(h.port_keys, key)
        if h.port_keys[slot] == 0:
            h.port_keys[slot] = key
            h.meta[PORTS] += 1
        h.port_holders[slot] = task
        h.ports[row] += 1


@part
def commit(h: Holding, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row and return its number."""
    task = h.meta[TASKS]
    h.meta[TASKS] = task + 1
    _take(h, task, row, spec)
    _count(h, row, group, 1)
    h.task_row[task] = row
    h.task_group[task] = group
    h.task_spec[task] = spec
    h.task_flags[task] = COUNTED | HOLDING
    h.task_next[task] = h.newest[row]
    h.newest[row] = task
    h.log[h.meta[LOGGED]] = row
    h.last[row] = h.meta[LOGGED]
    h.meta[LOGGED] += 1
    return task


@part
def give_back(h: Holding, task: int) -> None:
    """Give back the resources that a task holds."""
    row = h.task_row[task]
    spec = h.task_spec[task]
    for resource in range(h.free.shape[1]):
        h.free[row, resource] += h.spec_demand[spec, resource]
    h.gpus[row] |= h.task_gpus[task]
    for i in range(h.spec_port_start[spec], h.spec_port_start[spec + 1]):
        slot = slot_of(h.port_keys, port_key(row, h.spec_ports[i]))
        if h.port_holders[slot] == task:
            h.port_holders[slot] = FREE
            h.ports[row] -= 1
    h.task_flags[task] &= ~np.uint8(HOLDING)


@part
def forget(h: Holding, task: int) -> None:
    """Take a task that neither counts nor holds off its row's list."""
    row = h.task_row[task]
    at = h.newest[row]
    if at == task:
        h.newest[row] = h.task_next[task]
    else:
        while h.task_next[at] != task:
            at = h.task_next[at]
        h.task_next[at] = h.task_next[task]
    h.task_row[task] = GONE


@bare
def stop(h: Holding, tasks: Array, release: bool) -> None:
    """Set the desired status of tasks to STOPPED: they count no more.

    With ``release`` they also give back what they hold, and are forgotten (A25).
    """
    for task in tasks:
        row = h.task_row[task]
        if h.task_flags[task] & COUNTED:
            _count(h, row, h.task_group[task], -1)
            h.task_flags[task] &= ~np.uint8(COUNTED)
        if release:
            if h.task_flags[task] & HOLDING:
                give_back(h, task)
            forget(h, task)
        h.freed[h.meta[FREED]] = row
        h.meta[FREED] += 1


@bare
def truncate(h: Holding, tasks: int) -> None:
    """Undo the commits after the first ``tasks`` tasks, newest first; none has been stopped since.

    Log entries stay: the rows have changed once more, and are logged as freed.
    """
    for task in range(h.meta[TASKS] - 1, tasks - 1, -1):
        row = h.task_row[task]
        give_back(h, task)
        _count(h, row, h.task_group[task], -1)
        h.newest[row] = h.task_next[task]
        h.task_row[task] = GONE
        h.freed[h.meta[FREED]] = row
        h.meta[FREED] += 1
    h.meta[TASKS] = tasks


@bare
def mark_groups(h: Holding, codes: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of one of these groups."""
    for row in range(mask.shape[0]):
        for i in range(codes.shape[0]):
            if not mask[row]:
                key = pair_key(row, codes[i])
                mask[row] = count_at(h.pair_keys, h.pair_counts, key) > 0


@bare
def mark_accepted(h: Holding, accepted: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of a group with ``accepted[code]``."""
    for slot in range(h.pair_keys.shape[0]):
        if h.pair_counts[slot] > 0:
            key = h.pair_keys[slot] - 1
            row = key >> 32
            if row < mask.shape[0] and accepted[key & 0xFFFFFFFF]:
                mask[row] = True


@bare
def mark_others(h: Holding, codes: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of a group other than these."""
    for row in range(mask.shape[0]):
        counted = 0
        for i in range(codes.shape[0]):
            counted += count_at(h.pair_keys, h.pair_counts, pair_key(row, codes[i]))
        mask[row] = h.known[row] > counted


@bare
def count_group(h: Holding, group: int, counts: Array) -> None:
    """Fill ``counts`` with the number of counted tasks of a group on each row."""
    for row in range(counts.shape[0]):
        counts[row] = count_at(h.pair_keys, h.pair_counts, pair_key(row, group))


@bare
def commit_one(h: Holding, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row and return its number."""
    return commit(h, row, spec, group)
