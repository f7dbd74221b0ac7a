"""Stop tasks: what they give back, which row they leave, which tasks have an id.

In: the arrays of a cluster, ids or positions of tasks.  Out: the same arrays, changed.  An ended
task keeps its position until ``drop_ended``.  Knows neither groups' names nor why a
task stops.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import cluster_at
from placement.kernels.ahead import look_ahead_at_stops
from placement.kernels.commit import count, is_full, note_freed
from placement.kernels.fields import (
    COUNTED,
    ENDED,
    HOLDING,
    LEFT,
    LISTED,
    LOG_FREED,
    NEXT_ID,
    NO_OWNER,
    NO_ROW,
    NOT_COUNTED,
    TASKS,
    ClusterArrays,
)
from placement.kernels.hash_table import port_key, slot_of
from placement.kernels.pairs import add_pair
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = ["drop_ended", "end_task", "find", "stop", "stop_one", "truncate"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@inlined
def _count_less(cluster: ClusterArrays, row: int, group: int) -> None:
    """Count one task of a group less on a row, and log it for indexes that count the group."""
    count(cluster, add_pair(cluster, row, group), row, group, np.int64(-1))
    before = cluster.group_left[group]
    if before != NOT_COUNTED:
        entry = cluster.meta[LEFT]
        cluster.left_rows[entry] = row
        cluster.left_before[entry] = before
        cluster.group_left[group] = entry
        cluster.meta[LEFT] = entry + 1


@inlined
def _note_if_blocked(cluster: ClusterArrays, row: int) -> None:
    """Note that a row has given something back, if an index could gain from it."""
    if cluster.meta[LOG_FREED] or (cluster.blocked[row] and not is_full(cluster, row)):
        note_freed(cluster, row)


@inlined
def give_back(cluster: ClusterArrays, task: int) -> None:
    """Give back the resources that a task holds."""
    row = np.int64(cluster.task_row[task])
    spec = np.int64(cluster.task_spec[task])
    for resource in range(cluster.free.shape[1]):
        cluster.free[row, resource] += cluster.spec_demand[spec, resource]
    if cluster.task_gpus[task] != 0:
        cluster.gpus[row] |= cluster.task_gpus[task]
        cluster.task_gpus[task] = 0
    for i in range(cluster.spec_port_start[spec], cluster.spec_port_start[spec + 1]):
        slot = slot_of(cluster.port_keys, port_key(row, cluster.spec_ports[i]))
        if cluster.port_holders[slot] == cluster.task_id[task]:
            cluster.port_holders[slot] = NO_OWNER
            cluster.ports[row] -= 1
    cluster.task_flags[task] &= ~np.uint8(HOLDING)


@inlined
def forget(cluster: ClusterArrays, task: int) -> None:
    """Remove a task that neither counts nor holds resources from its row's list."""
    older, newer = cluster.task_next[task], cluster.task_before[task]
    if newer == NO_ROW:
        cluster.newest[cluster.task_row[task]] = older
    else:
        cluster.task_next[newer] = older
    if older != NO_ROW:
        cluster.task_before[older] = newer
    cluster.task_row[task] = NO_ROW
    cluster.meta[ENDED] += 1


@inlined
def end_task(cluster: ClusterArrays, task: int, release: bool) -> None:
    """Set the desired status of a task to STOPPED: it counts no more.

    With ``release`` it also gives back what it holds, and is forgotten (A25).
    """
    row = np.int64(cluster.task_row[task])
    if cluster.task_flags[task] & COUNTED:
        _count_less(cluster, row, np.int64(cluster.task_group[task]))
        cluster.task_flags[task] &= ~np.uint8(COUNTED)
    if release:
        if cluster.task_flags[task] & HOLDING:
            give_back(cluster, task)
        forget(cluster, task)
    _note_if_blocked(cluster, row)


@jit_no_refcount
def stop(lists: Array, tasks: Array, release: bool) -> None:
    """Set the desired status of tasks to STOPPED; see ``end_task``.

    Args:
        lists: the addresses of the cluster's arrays; the log of stops has room for as many entries.
        tasks: int64, the positions of tasks that have not ended.
        release: whether they give back what they hold.
    """
    cluster = cluster_at(lists)
    for i in range(tasks.shape[0]):
        look_ahead_at_stops(lists, tasks, i)
        end_task(cluster, tasks[i], release)


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
def stop_one(lists: Array, id: int, release: bool) -> Number:
    """Do as ``stop`` for one task by its id, if it counts.

    Returns:
        1 if it was stopped, 0 if it is stopping already, -1 if there is no such task.
    """
    cluster = cluster_at(lists)
    task = _position_of(cluster, id)
    if task == NO_ROW:
        return -1
    counted = np.int64(cluster.task_flags[task]) & COUNTED
    if counted:
        end_task(cluster, task, release)
    return counted


@jit_no_refcount
def find(lists: Array, ids: Array, tasks: Array) -> Number:
    """Fill ``tasks`` with the positions of some tasks by their ids, all different.

    Returns:
        How many were found before an id that no task has, or that was there before.
    """
    cluster = cluster_at(lists)
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
def truncate(lists: Array, tasks: int, next_id: int) -> None:
    """Undo the commits after the first ``tasks`` positions, newest first; none has been stopped.

    The next task gets the id ``next_id``.
    Rows are noted as those that gave something back: they have changed once more.
    """
    cluster = cluster_at(lists)
    for task in range(cluster.meta[TASKS] - 1, tasks - 1, -1):
        row = np.int64(cluster.task_row[task])
        give_back(cluster, task)
        _count_less(cluster, row, np.int64(cluster.task_group[task]))
        older = cluster.task_next[task]
        cluster.newest[row] = older
        if older != NO_ROW:
            cluster.task_before[older] = NO_ROW
        cluster.task_row[task] = NO_ROW
        _note_if_blocked(cluster, row)
    cluster.meta[TASKS] = tasks
    cluster.meta[NEXT_ID] = next_id


@jit_no_refcount
def drop_ended(lists: Array) -> None:
    """Let the tasks that have not ended have the first positions, in their order.

    The list of a row has its tasks by descending position, so that it is made again on the way.
    """
    cluster = cluster_at(lists)
    for row in range(cluster.newest.shape[0]):
        cluster.newest[row] = NO_ROW
    now = 0
    for task in range(cluster.meta[TASKS]):
        row = cluster.task_row[task]
        if row != NO_ROW:
            cluster.task_id[now] = cluster.task_id[task]
            cluster.task_row[now] = row
            cluster.task_group[now] = cluster.task_group[task]
            cluster.task_spec[now] = cluster.task_spec[task]
            if cluster.task_gpus[task] != 0 and now < task:  # 0 stays where nothing is held
                cluster.task_gpus[now] = cluster.task_gpus[task]
                cluster.task_gpus[task] = 0
            cluster.task_flags[now] = cluster.task_flags[task]
            older = cluster.newest[row]
            cluster.task_next[now] = older
            cluster.task_before[now] = NO_ROW
            if older != NO_ROW:
                cluster.task_before[older] = now
            cluster.newest[row] = now
            now += 1
    cluster.meta[TASKS] = now
    cluster.meta[ENDED] = 0
