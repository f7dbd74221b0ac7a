"""Decide for many tasks of one request at once: the answer is that of ``decide`` for each in turn.

In: as for ``kernels.decide``, one request that asks for amounts alone, and how many tasks.  Out:
the rows chosen, committed.  While only one request is decided, all that changes of a row is what
these tasks take: its key changes by the same number each time, and its room needs no look at other
tables.  So rows are chosen first, and what they have in common (amounts, counts, notes of changes)
is written once for each row afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import cluster_at, indexes_at, requests_at
from placement.kernels.commit import count, note_start
from placement.kernels.fields import (
    BLOCKED,
    BUCKETS,
    BUILT,
    BY_ATTRIBUTE,
    BY_KEY,
    CLOCK,
    COUNT_MASK,
    COUNT_SHIFT,
    COUNTED,
    COUNTS,
    FIRST_LINK,
    GROUP,
    HOLDING,
    INDEX,
    LAYOUT,
    LINKS,
    MAX_COUNT,
    MISSING,
    NARROW,
    NEVER,
    NEXT_ID,
    NO_INDEX,
    NO_ROOM,
    NO_ROW,
    NONE,
    SEEN_TAKEN,
    SPEC,
    STALE,
    TASKS,
    USED,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.fit import is_reserved
from placement.kernels.index import follow_changes, true_key
from placement.kernels.keys import (
    OpenIndex,
    advance_best,
    find_best,
    is_candidate,
    key_at,
    open_index,
    set_key,
)
from placement.kernels.pairs import add_pair, count_at
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = ["decide_run"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@inlined
def _room(cluster: ClusterArrays, spec: int, row: int) -> Number:
    """Return how many tasks of a specification a row has room for."""
    room = np.int64(MAX_COUNT) - cluster.running[row]
    for resource in range(cluster.free.shape[1]):
        demand, left = cluster.spec_demand[spec, resource], cluster.free[row, resource]
        if demand > 0:  # less than 0 may be left (C12)
            room = min(room, max(left, np.int64(0)) // demand)
        elif left < 0 and is_reserved(cluster, row, resource):
            room = np.int64(0)
    return room


@inlined
def _change_of_key(
    cluster: ClusterArrays, requests: Requests, indexes: Indexes, request: int, index: int
) -> Number:
    """Return by how much the key of a row changes with each task of a request."""
    change = np.int64(0)
    if indexes.table[index, COUNTS] >= 0:
        change += np.int64(1) << indexes.table[index, COUNT_SHIFT]
    spec = requests.table[request, SPEC]
    for link in range(requests.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        resource = requests.table[request, at + 3]
        if requests.table[request, at] == BY_KEY and resource >= 0:
            change -= cluster.spec_demand[spec, resource] << requests.table[request, at + 1]
    return change


@inlined
def _best_bucket(
    cluster: ClusterArrays, own: OpenIndex, spread: int, value: int, buckets: int
) -> Number:
    """Return the bucket of the best row, as far as keys tell, or NONE.

    By the group's tasks with the bucket's value of the attribute that comes first, if ``spread``
    counts one; then by keys; then by rows.
    """
    found = np.int64(NONE)
    found_total = found_key = found_row = np.int64(0)
    for bucket in range(buckets):
        if own.best[bucket] == STALE:
            find_best(own, bucket)
        position = own.best[bucket]
        if position == NONE:
            continue
        total = np.int64(0)
        if spread >= 0:
            mine = own.values[bucket, value]
            total = 2 * cluster.spread_counts[spread, mine] + (mine == MISSING)
        if found != NONE and total > found_total:
            continue
        key, row = key_at(own, position), np.int64(own.row_at[position])
        if (
            found == NONE
            or total < found_total
            or (key < found_key or (key == found_key and row < found_row))
        ):
            found = np.int64(bucket)
            found_total, found_key, found_row = total, key, row
    return found


@inlined
def _choose(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    request: int,
    index: int,
    own: OpenIndex,
    start: int,
    end: int,
    rows: Array,
    tasks: Array,
    why: Array,
) -> Number:
    """Fill ``rows`` with the rows of tasks; ``left`` has 1 more than the tasks that still fit.

    ``tasks`` is filled with the positions of these rows, each once, and NONE after the last.

    Returns:
        The first that is not decided: ``end``, or fewer, with a reason in ``why`` or because
        nothing fits any more (0 there).
    """
    table = indexes.table[index]
    spec, group = requests.table[request, SPEC], requests.table[request, GROUP]
    buckets = indexes.layouts[table[LAYOUT], BUCKETS]
    change = _change_of_key(cluster, requests, indexes, request, index)
    spread = value = np.int64(-1)
    if requests.table[request, LINKS] > 0 and requests.table[request, FIRST_LINK] == BY_ATTRIBUTE:
        spread = requests.table[request, FIRST_LINK + 1]
        value = requests.table[request, FIRST_LINK + 2]
    left = indexes.left
    why[0] = 0
    chosen = start
    tasks[chosen] = NONE
    for i in range(start, end):
        while True:
            bucket = _best_bucket(cluster, own, spread, value, buckets)
            if bucket == NONE:
                return i
            position = own.best[bucket]
            row = np.int64(own.row_at[position])
            if row != NO_ROW and left[position] > 1:
                break  # its key has been right since its first task
            key = np.int64(NEVER)  # a row that has left
            if is_candidate(own, position):
                key = np.int64(BLOCKED)
                room = np.int64(0) if left[position] == 1 else _room(cluster, spec, row)
                if room > 0:
                    counted = np.int64(0)
                    if table[COUNTS] >= 0:
                        counted = np.int64(count_at(cluster, row, group))
                    if table[COUNTS] >= 0 and counted >= table[COUNT_MASK] - 1:
                        why[0] = NARROW
                        return i
                    key = true_key(cluster, requests, indexes, index, row, counted)
                    if key <= key_at(own, position):
                        if add_pair(cluster, row, group) < 0:
                            why[0] = NO_ROOM
                            return i
                        left[position] = room + 1
                        tasks[chosen] = position
                        chosen += 1
                        if chosen < end:
                            tasks[chosen] = NONE
                        break
                else:
                    cluster.blocked[row] = True
            advance_best(own, position, key)
        key = key_at(own, position)
        if table[COUNTS] >= 0:
            counted = key >> table[COUNT_SHIFT] & table[COUNT_MASK]
            if counted >= table[COUNT_MASK] - 1:
                why[0] = NARROW
                return i
        rows[i] = row
        left[position] -= 1
        if spread >= 0:
            cluster.spread_counts[spread, own.values[bucket, value]] += 1
        if change > 0:
            advance_best(own, position, key + change)
        elif change < 0:
            set_key(own, position, key + change)
    return end


@inlined
def _commit_rows(
    cluster: ClusterArrays,
    indexes: Indexes,
    own: OpenIndex,
    spec: int,
    group: int,
    spread: int,
    start: int,
    end: int,
    positions: Array,
) -> None:
    """Let each row hold all tasks for which it has been chosen, at once.

    ``positions[start:end]`` are those of the rows, NONE after the last.
    """
    for i in range(start, end):
        position = positions[i]
        if position == NONE:
            return
        row = np.int64(own.row_at[position])
        more = _room(cluster, spec, row) + 1 - indexes.left[position]
        indexes.left[position] = 0
        if more > 0:
            for resource in range(cluster.free.shape[1]):
                cluster.free[row, resource] -= more * cluster.spec_demand[spec, resource]
            count(cluster, add_pair(cluster, row, group), row, group, more)
            if spread >= 0:  # counted already, when the row was chosen
                value = cluster.attribute_values[cluster.spread_attribute[spread], row]
                cluster.spread_counts[spread, value] -= more
            note_start(cluster, row)


@inlined
def _commit_tasks(
    cluster: ClusterArrays, spec: int, group: int, start: int, end: int, rows: Array, tasks: Array
) -> None:
    """Write the tasks whose rows have been chosen, what they have in common field by field."""
    first, first_id = cluster.meta[TASKS], cluster.meta[NEXT_ID]
    count = end - start
    for i in range(start, end):
        task, row = first + i - start, rows[i]
        tasks[i] = first_id + i - start
        cluster.task_id[task] = first_id + i - start
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
    cluster.meta[TASKS] = first + count
    cluster.meta[NEXT_ID] = first_id + count


@jit_no_refcount
def decide_run(
    lists: Array,
    request_lists: Array,
    index_lists: Array,
    request: int,
    start: int,
    end: int,
    rows: Array,
    tasks: Array,
    why: Array,
) -> Number:
    """Decide where ``end - start`` tasks of one request go, one after another.

    The request asks for amounts alone and no GPUs, chance does not decide, and of its sort keys
    only the first may be by an attribute.

    Args:
        lists: the addresses of the cluster's arrays, which are changed; there is room for as many
            tasks.
        request_lists: those of what requests ask.
        index_lists: those of their indexes, which are changed.
        request: which request.
        start: the first to decide.
        end: after the last.
        rows: int64, filled with the row of each task, or -1 where none was found.
        tasks: int64, filled with the id of each task, or -1.
        why: int64 ``[2]``: the first is set to the reason why not all are decided; indexes that are
            used are marked with the second.

    Returns:
        The first that is not decided; ``end`` if all are.
    """
    cluster, requests = cluster_at(lists), requests_at(request_lists)
    indexes = indexes_at(index_lists)
    index = requests.table[request, INDEX]
    if not indexes.table[index, BUILT]:
        why[0] = NO_INDEX
        return start
    own = open_index(indexes, index)
    indexes.table[index, USED] = why[1]
    follow_changes(cluster, requests, indexes, index, own, None)
    done = _choose(cluster, requests, indexes, request, index, own, start, end, rows, tasks, why)
    spread = np.int64(-1)
    if requests.table[request, LINKS] > 0 and requests.table[request, FIRST_LINK] == BY_ATTRIBUTE:
        spread = requests.table[request, FIRST_LINK + 1]
    spec, group = requests.table[request, SPEC], requests.table[request, GROUP]
    _commit_rows(cluster, indexes, own, spec, group, spread, start, end, tasks)
    _commit_tasks(cluster, spec, group, start, done, rows, tasks)
    indexes.table[index, SEEN_TAKEN] = cluster.meta[CLOCK]
    if done < end and why[0] == 0:
        for i in range(done, end):
            rows[i] = -1
            tasks[i] = -1
        return end
    return done
