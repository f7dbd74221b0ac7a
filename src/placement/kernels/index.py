"""Indexes: the rows by the keys that requests give them, and the best of each bucket.

In: what rows hold, what requests ask, the indexes.  Out: the same indexes, brought up to date.
Only ``kernels.keys`` knows how keys are stored, and how the best row of a bucket is found.

**An index.**  Rows with equal values of the attributes that are spread over form a *bucket*; rows
are laid out bucket by bucket, ascending in each, in blocks of ``BLOCK`` positions (a layout).
Inside a bucket only what belongs to a row decides: how many tasks of the group it has, how much of
a resource it has left.  These are packed into one number, the row's *key*, earlier strategies in
higher bits, so that the best row of a bucket is the first with the smallest key.  Requests that
would give every row the same key and rule out the same rows share one index.

**Keys are lower bounds.**  A key may be smaller than it should be until its row comes to the top;
then the row is looked at, and gets the key that it should have, or is blocked if the task does not
fit.  So an index has to hear only of what makes keys smaller: of stops of the group that it counts,
of rows that it has blocked and that gave something back, and, if what is left of a resource is in
its keys, of rows that took on a task: their keys fall, or are blocked at once if less is left than
the task asks for, so that they never come to the top.  Three logs tell it; it reads them when it is
used.  For every block a lower bound of its keys is kept, so that a key that grows needs no work
until its block is searched.  Only indexes that chance decides on must be exact: they hear of
everything.

Keys have 32 bits where they fit, which halves what a decision has to fetch from memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import cluster_at, indexes_at, requests_at
from placement.kernels.fields import (
    BLOCK,
    BLOCKED,
    BUILT,
    BY_KEY,
    CLOCK,
    COUNT_MASK,
    COUNT_SHIFT,
    COUNTS,
    CPU,
    EXACT,
    FIRST_LINK,
    FREED_HEAD,
    IMPROVES,
    LAYOUT,
    LEFT,
    LINKS,
    LISTENS,
    MEMORY,
    NEVER,
    NO_ROW,
    OWNER,
    RESOURCES,
    SEEN_FREED,
    SEEN_LEFT,
    SEEN_TAKEN,
    SPEC,
    STALE,
    TAKEN_HEAD,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.fit import fits
from placement.kernels.keys import (
    OpenIndex,
    block_key,
    is_candidate,
    key_at,
    open_index,
    position_of,
    set_key,
    write_key,
)
from placement.kernels.pairs import count_at
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = [
    "admit",
    "build",
    "catch_up",
    "follow_changes",
    "shift",
    "true_key",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@inlined
def _amounts(cluster: ClusterArrays, requests: Requests, request: int, row: int) -> Number:
    """Return the part of a row's key that is left of resources."""
    key = np.int64(0)
    for link in range(requests.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        if requests.table[request, at] == BY_KEY:
            resource = requests.table[request, at + 3]
            if resource >= 0:
                amount = max(cluster.free[row, resource], np.int64(0))  # below 0 counts as 0 (C10)
                key += amount << requests.table[request, at + 1]
    return key


@inlined
def true_key(
    cluster: ClusterArrays, requests: Requests, indexes: Indexes, index: int, row: int, count: int
) -> Number:
    """Return the key of a row with so many tasks of the counted group, fitting left aside.

    A count that is larger than its bits is taken as the largest that they hold: a lower bound.
    """
    key = np.int64(0)
    if indexes.table[index, RESOURCES] > 0:
        key = _amounts(cluster, requests, indexes.table[index, OWNER], row)
    shift = indexes.table[index, COUNT_SHIFT]
    if shift >= 0:
        key += min(np.int64(count), indexes.table[index, COUNT_MASK]) << shift
    return key


@inlined
def _key_now(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    index: int,
    own: OpenIndex,
    row: int,
    check: bool,
    every_case: Any,
) -> Number:
    """Return the key of a row of the layout; with ``check`` it is BLOCKED if the task does not fit.

    Only then ``fits`` is asked.
    """
    if not own.static[row]:
        return np.int64(NEVER)
    request = indexes.table[index, OWNER]
    if check and not fits(cluster, requests, request, row, every_case):
        cluster.blocked[row] = True
        return np.int64(BLOCKED)
    count = np.int64(0)
    if indexes.table[index, COUNTS] >= 0:
        count = np.int64(count_at(cluster, row, indexes.table[index, COUNTS]))
    return true_key(cluster, requests, indexes, index, row, count)


@inlined
def _follow_taken(
    cluster: ClusterArrays, requests: Requests, indexes: Indexes, index: int, own: OpenIndex
) -> None:
    """Lower the keys of rows that have less of a resource left since tasks have started there.

    Rows with too little CPU or memory left for the task are blocked: many indexes that pack rows
    would each have one come to the top and search for the next.  Whether anything else keeps the
    task away is found when the row is looked at.  The counts in keys stay: a task was not of the
    counted group, or they are lower bounds.
    """
    table, line = indexes.table[index], requests.table[indexes.table[index, OWNER]]
    seen = table[SEEN_TAKEN]
    cpu = cluster.spec_demand[line[SPEC], CPU]
    memory = cluster.spec_demand[line[SPEC], MEMORY]
    resource, shift = np.int64(0), np.int64(0)
    for link in range(line[LINKS]):
        at = FIRST_LINK + 4 * link
        if line[at] == BY_KEY and line[at + 3] >= 0:
            resource, shift = line[at + 3], line[at + 1]
    alone = table[RESOURCES] == 1
    counts = table[COUNT_MASK] << table[COUNT_SHIFT] if table[COUNTS] >= 0 else np.int64(0)
    row = cluster.meta[TAKEN_HEAD]
    while row != NO_ROW and cluster.taken_at[row] > seen:
        position = position_of(own, row)
        if position >= 0:
            old = key_at(own, position)
            if old < BLOCKED:
                if 0 < cpu > cluster.free[row, CPU] or 0 < memory > cluster.free[row, MEMORY]:
                    cluster.blocked[row] = True
                    block_key(own, position)
                else:
                    if alone:
                        amount = max(cluster.free[row, resource], np.int64(0))
                        key = amount << shift
                    else:
                        key = _amounts(cluster, requests, table[OWNER], row)
                    key += old & counts
                    if key < old:
                        set_key(own, position, key)
        row = np.int64(cluster.taken_next[row])


@inlined
def follow_changes(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    index: int,
    own: OpenIndex,
    every_case: Any,
) -> None:
    """Bring the keys of an index up to date with what has changed since it was used."""
    table = indexes.table[index]
    now = cluster.meta[CLOCK]
    seen_freed, seen_taken, seen_left = table[SEEN_FREED], table[SEEN_TAKEN], table[SEEN_LEFT]
    left = np.int64(NO_ROW)
    if table[COUNTS] >= 0:
        left = cluster.group_left[table[COUNTS]]
    taken = np.int64(NO_ROW)
    if table[LISTENS] and seen_taken < now:
        if table[EXACT] or table[IMPROVES]:
            taken = cluster.meta[TAKEN_HEAD]
        else:
            _follow_taken(cluster, requests, indexes, index, own)
    table[SEEN_TAKEN] = now
    freed = cluster.meta[FREED_HEAD]
    while True:
        by_taken: Any = False
        changed: Any = False
        if freed != NO_ROW and cluster.freed_at[freed] > seen_freed:
            row = freed
            freed = np.int64(cluster.freed_next[row])
            changed = cluster.changed_at[row] > seen_freed
        elif left >= seen_left:
            row = np.int64(cluster.left_rows[left])
            left = np.int64(cluster.left_before[left])
        elif taken != NO_ROW and cluster.taken_at[taken] > seen_taken:
            row = taken
            taken = np.int64(cluster.taken_next[row])
            by_taken = True
        else:
            break
        position = position_of(own, row)
        if position < 0:
            continue
        old = key_at(own, position)
        check = changed or table[EXACT] != 0
        if not check:
            if old == NEVER and not own.static[row]:
                continue
            # NEVER: it changed, but was full, and so not noted, when changes were followed last
            check = old >= BLOCKED
            if by_taken and not (check or table[RESOURCES]):
                continue
        key = _key_now(cluster, requests, indexes, index, own, row, check, every_case)
        if key != old:
            set_key(own, position, key)
    table[SEEN_FREED] = now
    table[SEEN_LEFT] = cluster.meta[LEFT]


@jit_no_refcount
def catch_up(
    lists: Array, request_lists: Array, index_lists: Array, index: int, every_case: Any
) -> None:
    """Bring an index that is built up to date, so that it needs no entry of the logs any more.

    The arguments are those of ``build``.
    """
    cluster, requests = cluster_at(lists), requests_at(request_lists)
    indexes = indexes_at(index_lists)
    own = open_index(indexes, index)
    follow_changes(cluster, requests, indexes, index, own, every_case)


@inlined
def _fill_block(
    cluster: ClusterArrays,
    requests: Requests,
    request: int,
    own: OpenIndex,
    block: int,
    resource: int,
    shift: int,
) -> Number:
    """Write the keys of a block that are what is left of one resource; return the smallest.

    ``_key_now`` would look up for every row what a key consists of.  Of rows that another index has
    blocked, those without room are blocked here too: they would come to the top one by one.
    """
    least = np.int64(NEVER)
    for position in range(block * BLOCK, (block + 1) * BLOCK):
        key = np.int64(NEVER)
        if is_candidate(own, position):
            row = np.int64(own.row_at[position])
            left = max(cluster.free[row, resource], np.int64(0))  # below 0 counts as 0 (C10)
            key = left << shift
            if cluster.blocked[row] and not fits(cluster, requests, request, row, None):
                key = np.int64(BLOCKED)
        write_key(own, position, key)
        least = min(least, key)
    return least


@jit_no_refcount
def build(
    lists: Array, request_lists: Array, index_lists: Array, index: int, every_case: Any
) -> None:
    """Fill the keys, bounds and best positions of an index.

    Args:
        lists: the addresses of the cluster's arrays.
        request_lists: those of what requests ask.
        index_lists: those of the indexes.
        index: which index; its arrays are as long as its layout says, and its keys all 0.
        every_case: True, or None if chance decides on no index and no request asks more than
            amounts: a shorter kernel is compiled for that.

    Keys that only count stay 0, which is a lower bound: each is looked at when its row comes to the
    top, and memory where none does is not touched.
    """
    cluster, requests = cluster_at(lists), requests_at(request_lists)
    indexes = indexes_at(index_lists)
    own = open_index(indexes, index)
    table = indexes.table[index]
    exact = table[EXACT] != 0
    request = table[OWNER]
    resource = shift = np.int64(-1)
    for link in range(requests.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        if requests.table[request, at] == BY_KEY and requests.table[request, at + 3] >= 0:
            resource, shift = requests.table[request, at + 3], requests.table[request, at + 1]
    bounded = exact or resource >= 0
    alone = table[RESOURCES] == 1 and table[COUNTS] < 0 and not exact
    for block in range(own.bounds.shape[0]):
        bound = np.int64(0)
        if alone:
            bound = _fill_block(cluster, requests, request, own, block, resource, shift)
        elif bounded:
            bound = np.int64(NEVER)
            for position in range(block * BLOCK, (block + 1) * BLOCK):
                row = np.int64(own.row_at[position])
                key = np.int64(NEVER)
                if row != NO_ROW:
                    key = _key_now(cluster, requests, indexes, index, own, row, exact, every_case)
                write_key(own, position, key)
                bound = min(bound, key)
        own.bounds[block] = bound
    for bucket in range(own.best.shape[0]):
        own.best[bucket] = STALE
    table[SEEN_FREED] = cluster.meta[CLOCK]
    table[SEEN_TAKEN] = cluster.meta[CLOCK]
    table[SEEN_LEFT] = cluster.meta[LEFT]


@jit_no_refcount
def admit(index_lists: Array, count: int, layout: int, rows: Array) -> None:
    """Give rows that have joined a layout the key NEVER, until what is noted of them is followed.

    At their positions there may be keys of rows that left, or none that was ever written, which
    the best positions of their buckets do not regard.

    Args:
        index_lists: the addresses of the indexes.
        count: how many indexes there are.
        layout: which layout.
        rows: int64, the rows.
    """
    indexes = indexes_at(index_lists)
    for index in range(count):
        if indexes.table[index, LAYOUT] != layout or not indexes.table[index, BUILT]:
            continue
        own = open_index(indexes, index)
        for row in rows:
            position = position_of(own, row)
            if position >= 0:
                write_key(own, position, np.int64(NEVER))
                own.best[own.bucket_at[position // BLOCK]] = STALE


@jit_no_refcount
def shift(index_lists: Array, count: int, layout: int, gap: int, place: int) -> None:
    """Move keys within a block after a row has been put between others.

    In every index of the layout, the keys from ``place`` to just before ``gap`` move up by one (or
    those after ``gap`` to ``place`` down by one), and the key at ``place`` is NEVER.

    Args:
        index_lists: the addresses of the indexes.
        count: how many indexes there are.
        layout: which layout.
        gap: the position that had no row.
        place: where the new row is, in the same block.
    """
    indexes = indexes_at(index_lists)
    for index in range(count):
        if indexes.table[index, LAYOUT] != layout or not indexes.table[index, BUILT]:
            continue
        own = open_index(indexes, index)
        step = 1 if gap < place else -1
        at = gap
        while at != place:
            write_key(own, at, key_at(own, at + step))
            at += step
        write_key(own, place, np.int64(NEVER))
        own.best[own.bucket_at[place // BLOCK]] = STALE
