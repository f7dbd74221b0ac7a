"""Commit and release tasks: what rows have left, which task holds which port, counts of groups.

In: the arrays of a cluster (``ClusterArrays``), a row, a task's specification.  Out: the same
arrays, changed.  The caller has found that a task fits before it is committed; that tasks to stop
exist is checked here (``stop_one``, ``find``).  Tasks are positions, which change when tasks that
have ended are dropped, but for those called ids.  Kernels know rows, codes and amounts; not
instances, groups' names or strategies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import inlined, jit_no_refcount
from placement.kernels.fields import (
    COUNTED,
    ENDED,
    FREED,
    GPU,
    HOLDING,
    LISTED,
    LOGGED,
    NEXT_ID,
    NO_OWNER,
    NO_ROW,
    PAIR_SHIFT,
    PAIRS,
    PORTS,
    TASKS,
    ClusterArrays,
)
from placement.kernels.hash_table import count_at, pair_key, port_key, slot_of

__all__ = [
    "commit",
    "commit_one",
    "count_group",
    "find",
    "forget",
    "give_back",
    "mark_accepted",
    "mark_groups",
    "mark_others",
    "stop",
    "stop_one",
    "truncate",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


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
        cluster.port_holders[slot] = cluster.task_id[task]
        cluster.ports[row] += 1


@inlined
def commit(cluster: ClusterArrays, row: int, spec: int, group: int) -> Number:
    """Put a new task on a row and return its id."""
    task, id = cluster.meta[TASKS], cluster.meta[NEXT_ID]
    cluster.meta[TASKS] = task + 1
    cluster.meta[NEXT_ID] = id + 1
    cluster.task_id[task] = id
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
    return id


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
        if cluster.port_holders[slot] == cluster.task_id[task]:
            cluster.port_holders[slot] = NO_OWNER
            cluster.ports[row] -= 1
    cluster.task_flags[task] &= ~np.uint8(HOLDING)


@inlined
def forget(cluster: ClusterArrays, task: int) -> None:
    """Remove a task that neither counts nor holds resources from its row's list."""
    row = cluster.task_row[task]
    at = cluster.newest[row]
    if at == task:
        cluster.newest[row] = cluster.task_next[task]
    else:
        while cluster.task_next[at] != task:
            at = cluster.task_next[at]
        cluster.task_next[at] = cluster.task_next[task]
    cluster.task_row[task] = NO_ROW
    cluster.meta[ENDED] += 1


@inlined
def _stop(cluster: ClusterArrays, task: int, release: bool) -> None:
    """Set the desired status of a task to STOPPED; with ``release`` it ends."""
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


@inlined
def _position_of(cluster: ClusterArrays, id: int) -> Number:
    """Return the position of a task that has not ended, NO_ROW if no such task has the id."""
    if id < 0 or id >= cluster.meta[NEXT_ID]:
        return NO_ROW
    end = cluster.meta[TASKS]
    at = id - cluster.meta[NEXT_ID] + end  # right if no task after it has been dropped
    if at < 0 or at >= end or cluster.task_id[at] != id:
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            if cluster.task_id[middle] < id:
                low = middle + 1
            else:
                high = middle
        at = low
        if at == end or cluster.task_id[at] != id:
            return NO_ROW
    if cluster.task_row[at] == NO_ROW:
        return NO_ROW
    return at


@jit_no_refcount
def stop(cluster: ClusterArrays, tasks: Array, release: bool) -> None:
    """Set the desired status of tasks to STOPPED: they count no more.

    With ``release`` they also give back what they hold, and have ended (A25).
    """
    for task in tasks:
        _stop(cluster, task, release)


@jit_no_refcount
def stop_one(cluster: ClusterArrays, id: int, release: bool) -> Number:
    """Do as ``stop`` for one task by its id, if it counts.

    Returns:
        1 if it was stopped, 0 if it is stopping already, -1 if there is no such task.
    """
    task = _position_of(cluster, id)
    if task == NO_ROW:
        return -1
    counted = np.int64(cluster.task_flags[task]) & COUNTED
    if counted:
        _stop(cluster, task, release)
    return counted


@jit_no_refcount
def find(cluster: ClusterArrays, ids: Array, tasks: Array) -> Number:
    """Fill ``tasks`` with the positions of some tasks by their ids, all different.

    Returns:
        How many were found before an id that no task has, or that was there before.
    """
    found = 0
    for i in range(ids.shape[0]):
        task = _position_of(cluster, ids[i])
        if task == NO_ROW or cluster.task_flags[task] & LISTED:
            break
        cluster.task_flags[task] |= np.uint8(LISTED)
        tasks[i] = task
        found += 1
    for i in range(found):
        cluster.task_flags[tasks[i]] &= ~np.uint8(LISTED)
    return found


@jit_no_refcount
def truncate(cluster: ClusterArrays, tasks: int, next_id: int) -> None:
    """Undo the commits after the first ``tasks`` positions, newest first; none has been stopped.

    The next task gets the id ``next_id``.  Log entries stay: the rows have changed once more, and
    are logged as freed.
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
    cluster.meta[NEXT_ID] = next_id


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
            row = key >> PAIR_SHIFT
            if row < mask.shape[0] and accepted[key & ((1 << PAIR_SHIFT) - 1)]:
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
    """Put a new task on a row and return its id."""
    return commit(cluster, row, spec, group)
