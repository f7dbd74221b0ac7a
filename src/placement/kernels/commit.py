"""Commit tasks: what rows have left, which task holds which port, counts of groups, what changed.

In: the arrays of a cluster (``ClusterArrays``), a row, a task's specification.  Out: the same
arrays, changed.  Kernels here check nothing: the caller has found that a task fits before it is
committed.  They know rows, codes and amounts; not instances, groups' names or strategies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import cluster_at
from placement.kernels.fields import (
    CLOCK,
    COUNTED,
    CPU,
    FREED_HEAD,
    GPU,
    HOLDING,
    LEAST_CPU,
    LEAST_MEMORY,
    LOG_FREED,
    LOG_TAKEN,
    MEMORY,
    NEXT_ID,
    NO_ROW,
    PAIR_CAPACITY,
    PAIR_COUNT,
    PAIR_GROUP,
    PAIR_START,
    PORTS,
    TAKEN_HEAD,
    TASKS,
    ClusterArrays,
)
from placement.kernels.hash_table import port_key, slot_of
from placement.kernels.pairs import add_pair
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = [
    "commit",
    "commit_one",
    "count",
    "move_value",
    "note_changed",
    "note_freed",
    "note_start",
    "note_taken",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@inlined
def count(cluster: ClusterArrays, slot: int, row: int, group: int, change: int) -> None:
    """Count so many tasks of a group more on a row, whose slot in the pairs is known."""
    cluster.pair_entries[slot, PAIR_COUNT] += change
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
def _move_to_front(
    at: Array, following: Array, before: Array, row: int, head: int, now: int
) -> None:
    """Let a row be the first of the list of rows that changed last."""
    if head != row:
        if at[row] > 0:
            ahead, behind = before[row], following[row]
            following[ahead] = behind
            if behind != NO_ROW:
                before[behind] = ahead
        following[row] = head
        if head != NO_ROW:
            before[head] = row
    at[row] = now


@inlined
def note_taken(cluster: ClusterArrays, row: int) -> None:
    """Note that a row has taken on a task."""
    cluster.meta[CLOCK] += 1
    _move_to_front(
        cluster.taken_at,
        cluster.taken_next,
        cluster.taken_before,
        row,
        cluster.meta[TAKEN_HEAD],
        cluster.meta[CLOCK],
    )
    cluster.meta[TAKEN_HEAD] = row


@inlined
def note_freed(cluster: ClusterArrays, row: int) -> None:
    """Note that a row has given something back, or has changed otherwise."""
    cluster.meta[CLOCK] += 1
    _move_to_front(
        cluster.freed_at,
        cluster.freed_next,
        cluster.freed_before,
        row,
        cluster.meta[FREED_HEAD],
        cluster.meta[CLOCK],
    )
    cluster.meta[FREED_HEAD] = row
    cluster.blocked[row] = False


@inlined
def is_full(cluster: ClusterArrays, row: int) -> Number:
    """Return whether a row has less left than the tasks of any request with an index ask for."""
    return (  # below 0 is no less than a task of 0 asks for (C10)
        max(cluster.free[row, CPU], np.int64(0)) < cluster.meta[LEAST_CPU]
        or max(cluster.free[row, MEMORY], np.int64(0)) < cluster.meta[LEAST_MEMORY]
    )


@inlined
def _leave_freed(cluster: ClusterArrays, row: int) -> None:
    """Take a row that is full again out of the list of those that gave something back.

    The next stop on it puts it there again, for all indexes that have not seen it.
    """
    following = cluster.freed_next[row]
    if cluster.meta[FREED_HEAD] == row:
        cluster.meta[FREED_HEAD] = following
    else:
        ahead = cluster.freed_before[row]
        cluster.freed_next[ahead] = following
        if following != NO_ROW:
            cluster.freed_before[following] = ahead
    cluster.freed_at[row] = 0
    cluster.blocked[row] = True


@inlined
def note_start(cluster: ClusterArrays, row: int) -> None:
    """Note that a row has taken on a task, or several, for indexes that follow that."""
    if cluster.meta[LOG_TAKEN]:
        note_taken(cluster, row)
    if cluster.freed_at[row] > 0 and not cluster.meta[LOG_FREED] and is_full(cluster, row):
        _leave_freed(cluster, row)


@inlined
def _take(cluster: ClusterArrays, task: int, row: int, spec: int) -> None:
    """Let a task hold what its specification asks for: GPUs and ports the lowest first."""
    for resource in range(cluster.free.shape[1]):
        cluster.free[row, resource] -= cluster.spec_demand[spec, resource]
    if cluster.spec_demand[spec, GPU] > 0:
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
        cluster.port_holders[slot] = cluster.task_id[task]
        cluster.ports[row] += 1


@inlined
def commit(cluster: ClusterArrays, slot: int, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row and return its id; ``slot`` is that of the row and the group."""
    task, id = cluster.meta[TASKS], cluster.meta[NEXT_ID]
    cluster.meta[TASKS] = task + 1
    cluster.meta[NEXT_ID] = id + 1
    cluster.task_id[task] = id
    _take(cluster, task, row, spec)
    count(cluster, slot, row, group, np.int64(1))
    cluster.task_row[task] = row
    cluster.task_group[task] = group
    cluster.task_spec[task] = spec
    cluster.task_flags[task] = COUNTED | HOLDING
    older = cluster.newest[row]
    cluster.task_next[task] = older
    cluster.task_before[task] = NO_ROW
    if older != NO_ROW:
        cluster.task_before[older] = task
    cluster.newest[row] = task
    note_start(cluster, row)
    return id


@jit_no_refcount
def commit_one(lists: Array, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row, for which there is room, and return its id."""
    cluster = cluster_at(lists)
    return commit(cluster, add_pair(cluster, row, group), row, spec, group)


@jit_no_refcount
def note_changed(lists: Array, rows: Array) -> None:
    """Note that something other than tasks has changed on some rows: int64."""
    cluster = cluster_at(lists)
    for row in rows:
        note_freed(cluster, row)
        cluster.changed_at[row] = cluster.meta[CLOCK]


@jit_no_refcount
def move_value(lists: Array, attribute: int, row: int, value: int) -> None:
    """Change a row's value of an attribute that counts go by, and let its tasks count there.

    Args:
        lists: the addresses of the cluster's arrays.
        attribute: which row of ``attribute_values``.
        row: the row.
        value: the number of its value now; ``spread_counts`` has room for it.
    """
    cluster = cluster_at(lists)
    before = cluster.attribute_values[attribute, row]
    cluster.attribute_values[attribute, row] = value
    start = cluster.pair_tables[row, PAIR_START]
    for slot in range(start, start + cluster.pair_tables[row, PAIR_CAPACITY]):
        count = cluster.pair_entries[slot, PAIR_COUNT]
        if count > 0:
            spread = cluster.spread_first[cluster.pair_entries[slot, PAIR_GROUP] - 1]
            while spread != NO_ROW:
                if cluster.spread_attribute[spread] == attribute:
                    cluster.spread_counts[spread, before] -= count
                    cluster.spread_counts[spread, value] += count
                spread = cluster.spread_next[spread]
