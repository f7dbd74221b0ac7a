"""Tasks taken on and given back: what rows have left, who holds which port, which groups.

In: the arrays of a cluster (``ClusterArrays``), a row, a task's specification.  Out: the same
arrays, changed.  Kernels here never check: what is committed has been found to fit.  They know
rows, codes and amounts; not instances, groups' names or strategies.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import inlined, jit_no_refcount
from placement.kernels.hash_table import NO_OWNER, count_at, pair_key, port_key, slot_of

__all__ = [
    "COUNTED",
    "FREED",
    "GPU",
    "HOLDING",
    "LOGGED",
    "META",
    "NO_ROW",
    "PAIRS",
    "PORTS",
    "RANDOM_STATE",
    "TASKS",
    "ClusterArrays",
    "commit",
    "forget",
    "give_back",
    "stop",
    "truncate",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of whichever type numba finds for it."""

NO_ROW = -1
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


class ClusterArrays(NamedTuple):
    """The arrays of a cluster that placements change; N rows, T tasks, R resources, S specs.

    Attributes:
        free: int64 ``[N, R]``, what is left of each resource.
        gpus: uint64 ``[N]``, bit i is set if the i-th GPU is free.
        ports: int32 ``[N]``, how many static host ports are taken.
        newest: int32 ``[N]``, the newest task on the row, or GONE.
        running: int32 ``[N]``, runningTasksCount.
        grouped_tasks: int32 ``[N]``, how many counted tasks have a known group.
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
        freed_log: int32, the rows that gave something back, in order.
        meta: int64 ``[META]``.
    """

    free: Array
    gpus: Array
    ports: Array
    newest: Array
    running: Array
    grouped_tasks: Array
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
    freed_log: Array
    meta: Array


@inlined
def _count(cluster: ClusterArrays, row: int, group: int, change: int) -> None:
    """Count one task of a group more, or less, on a row."""
    key = pair_key(row, group)
    slot = slot_of(cluster.pair_keys, key)
    if cluster.pair_keys[slot] == 0:
        cluster.pair_keys[slot] = key
        cluster.meta[PAIRS] += 1
    cluster.pair_counts[slot] += change
    cluster.running[row] += change
    cluster.grouped_tasks[row] += change
    cluster.group_tasks[group] += change
    spread = cluster.spread_first[group]
    while spread != NO_ROW:
        cluster.spread_counts[
            spread, cluster.attribute_values[cluster.spread_attribute[spread], row]
        ] += change
        spread = cluster.spread_next[spread]


@inlined
def _take(cluster: ClusterArrays, task: int, row: int, spec: int) -> None:
    """Let a task hold what its specification asks for: GPUs and ports the lowest first."""
    for resource in range(cluster.free.shape[1]):
        cluster.free[row, resource] -= cluster.spec_demand[spec, resource]
    taken = np.uint64(0)
    left = cluster.gpus[row]
    for _ in range(cluster.spec_demand[spec, GPU]):
        lowest = left & (~left + np.uint64(1))
        taken |= lowest
        left &= ~lowest
    cluster.gpus[row] = left
    cluster.task_gpus[task] = taken
    for i in range(cluster.spec_port_start[spec], cluster.spec_port_start[spec + 1]):
        key = port_key(row, cluster.spec_ports[i])
        slot = slot_of(cluster.port_keys, key)
        if cluster.port_keys[slot] == 0:
            cluster.port_keys[slot] = key
            cluster.meta[PORTS] += 1
        cluster.port_holders[slot] = task
        cluster.ports[row] += 1


@inlined
def commit(cluster: ClusterArrays, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row and return its number."""
    task = cluster.meta[TASKS]
    cluster.meta[TASKS] = task + 1
    _take(cluster, task, row, spec)
    _count(cluster, row, group, 1)
    cluster.task_row[task] = row
    cluster.task_group[task] = group
    cluster.task_spec[task] = spec
    cluster.task_flags[task] = COUNTED | HOLDING
    cluster.task_next[task] = cluster.newest[row]
    cluster.newest[row] = task
    cluster.log[cluster.meta[LOGGED]] = row
    cluster.last[row] = cluster.meta[LOGGED]
    cluster.meta[LOGGED] += 1
    return task


@inlined
def give_back(cluster: ClusterArrays, task: int) -> None:
    """Give back the resources that a task holds."""
    row = cluster.task_row[task]
    spec = cluster.task_spec[task]
    for resource in range(cluster.free.shape[1]):
        cluster.free[row, resource] += cluster.spec_demand[spec, resource]
    cluster.gpus[row] |= cluster.task_gpus[task]
    for i in range(cluster.spec_port_start[spec], cluster.spec_port_start[spec + 1]):
        slot = slot_of(cluster.port_keys, port_key(row, cluster.spec_ports[i]))
        if cluster.port_holders[slot] == task:
            cluster.port_holders[slot] = NO_OWNER
            cluster.ports[row] -= 1
    cluster.task_flags[task] &= ~np.uint8(HOLDING)


@inlined
def forget(cluster: ClusterArrays, task: int) -> None:
    """Take a task that neither counts nor holds off its row's list."""
    row = cluster.task_row[task]
    at = cluster.newest[row]
    if at == task:
        cluster.newest[row] = cluster.task_next[task]
    else:
        while cluster.task_next[at] != task:
            at = cluster.task_next[at]
        cluster.task_next[at] = cluster.task_next[task]
    cluster.task_row[task] = NO_ROW


@jit_no_refcount
def stop(cluster: ClusterArrays, tasks: Array, release: bool) -> None:
    """Set the desired status of tasks to STOPPED: they count no more.

    With ``release`` they also give back what they hold, and are forgotten (A25).
    """
    for task in tasks:
        row = cluster.task_row[task]
        if cluster.task_flags[task] & COUNTED:
            _count(cluster, row, cluster.task_group[task], -1)
            cluster.task_flags[task] &= ~np.uint8(COUNTED)
        if release:
            if cluster.task_flags[task] & HOLDING:
                give_back(cluster, task)
            forget(cluster, task)
        cluster.freed_log[cluster.meta[FREED]] = row
        cluster.meta[FREED] += 1


@jit_no_refcount
def truncate(cluster: ClusterArrays, tasks: int) -> None:
    """Undo the commits after the first ``tasks`` tasks, newest first; none has been stopped since.

    Log entries stay: the rows have changed once more, and are logged as freed.
    """
    for task in range(cluster.meta[TASKS] - 1, tasks - 1, -1):
        row = cluster.task_row[task]
        give_back(cluster, task)
        _count(cluster, row, cluster.task_group[task], -1)
        cluster.newest[row] = cluster.task_next[task]
        cluster.task_row[task] = NO_ROW
        cluster.freed_log[cluster.meta[FREED]] = row
        cluster.meta[FREED] += 1
    cluster.meta[TASKS] = tasks


@jit_no_refcount
def mark_groups(cluster: ClusterArrays, codes: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of one of these groups."""
    for row in range(mask.shape[0]):
        for i in range(codes.shape[0]):
            if not mask[row]:
                key = pair_key(row, codes[i])
                mask[row] = count_at(cluster.pair_keys, cluster.pair_counts, key) > 0


@jit_no_refcount
def mark_accepted(cluster: ClusterArrays, accepted: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of a group with ``accepted[code]``."""
    for slot in range(cluster.pair_keys.shape[0]):
        if cluster.pair_counts[slot] > 0:
            key = cluster.pair_keys[slot] - 1
            row = key >> 32
            if row < mask.shape[0] and accepted[key & 0xFFFFFFFF]:
                mask[row] = True


@jit_no_refcount
def mark_others(cluster: ClusterArrays, codes: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of a group other than these."""
    for row in range(mask.shape[0]):
        counted = 0
        for i in range(codes.shape[0]):
            counted += count_at(cluster.pair_keys, cluster.pair_counts, pair_key(row, codes[i]))
        mask[row] = cluster.grouped_tasks[row] > counted


@jit_no_refcount
def count_group(cluster: ClusterArrays, group: int, counts: Array) -> None:
    """Fill ``counts`` with the number of counted tasks of a group on each row."""
    for row in range(counts.shape[0]):
        counts[row] = count_at(cluster.pair_keys, cluster.pair_counts, pair_key(row, group))


@jit_no_refcount
def commit_one(cluster: ClusterArrays, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row and return its number."""
    return commit(cluster, row, spec, group)
