"""Decide where tasks go, one after another, each decision seeing those before it.

In: what rows hold, what requests ask, their indexes, and which task starts or stops when.  Out: the
rows chosen, committed.  The best rows of an index's buckets are compared strategy by strategy.
Every row is considered in every decision: the answer is that of a full scan (tests hold it to one).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import cluster_at, indexes_at, requests_at
from placement.kernels.ahead import fetch_best, look_ahead
from placement.kernels.bundles import array_at
from placement.kernels.chance import random_number, scaled
from placement.kernels.commit import commit
from placement.kernels.fields import (
    BLOCK,
    BLOCKED,
    BUCKETS,
    BUILT,
    BY_ATTRIBUTE,
    CLOCK,
    COUNT_MASK,
    COUNT_SHIFT,
    COUNTS,
    EXACT,
    FIRST_LINK,
    FREED_HEAD,
    GROUP,
    INDEX,
    LAYOUT,
    LINKS,
    LISTENS,
    MAX_SKEW,
    MISSING,
    NARROW,
    NEVER,
    NEXT_ID,
    NO_INDEX,
    NO_ROOM,
    NO_ROW,
    NONE,
    PAIR_COUNT,
    RANDOM_STATE,
    SEEN_FREED,
    SEEN_LEFT,
    SEEN_TAKEN,
    SPEC,
    STALE,
    TASKS,
    USED,
    ZONE_COUNTS,
    ZONE_VALUE,
    ZONE_WIDTH,
    ZONES,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.fit import fits
from placement.kernels.index import follow_changes, true_key
from placement.kernels.keys import (
    OpenIndex,
    advance_best,
    find_best,
    is_candidate,
    key_at,
    open_index,
    position_of,
    set_key,
)
from placement.kernels.pairs import add_pair, count_at
from placement.kernels.stop import end_task
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = ["decide"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

TOO_LARGE = -2
"""Instead of a position: a count does not fit into the keys of the index."""


@inlined
def _precedes(
    cluster: ClusterArrays,
    requests: Requests,
    own: OpenIndex,
    request: int,
    bucket: int,
    other: int,
) -> Number:
    """Compare the best rows of two buckets by the sort keys: below 0 if the first is better."""
    key, other_key = key_at(own, own.best[bucket]), key_at(own, own.best[other])
    for link in range(requests.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        a, b = requests.table[request, at + 1], requests.table[request, at + 2]
        if requests.table[request, at] == BY_ATTRIBUTE:
            mine, its = own.values[bucket, b], own.values[other, b]
            left = 2 * cluster.spread_counts[a, mine] + (mine == MISSING)
            right = 2 * cluster.spread_counts[a, its] + (its == MISSING)
        else:
            left, right = (key >> a) & b, (other_key >> a) & b
        if left != right:
            return -1 if left < right else 1
    return 0


@inlined
def _most_in_zone(cluster: ClusterArrays, requests: Requests, request: int) -> Number:
    """Return how many tasks of the group a zone may have that takes on one more (C38)."""
    line = requests.table[request]
    zones = array_at(line[ZONES], line[ZONE_WIDTH], np.int64)
    fewest = np.int64(NEVER)
    for zone in range(zones.shape[0]):
        if zones[zone] > 0:
            fewest = min(fewest, cluster.spread_counts[line[ZONE_COUNTS], zone])
    return fewest + line[MAX_SKEW] - 1


@inlined
def _is_too_full(
    cluster: ClusterArrays, requests: Requests, own: OpenIndex, request: int, bucket: int, most: int
) -> Number:
    """Return whether the zone of a bucket has more tasks of the group than ``most``."""
    counts, value = requests.table[request, ZONE_COUNTS], requests.table[request, ZONE_VALUE]
    return cluster.spread_counts[counts, own.values[bucket, value]] > most


@inlined
def _best_bucket(
    cluster: ClusterArrays,
    requests: Requests,
    own: OpenIndex,
    request: int,
    buckets: int,
    most: int,
    every_case: Any,
) -> Number:
    """Return the bucket of the best row, as far as keys tell, or NONE.

    Unless ``most`` is NEVER, zones that have more tasks of the group are left out.
    """
    found: Any = np.int64(NONE)
    for bucket in range(buckets):
        if (
            every_case is not None  # None: numba compiles nothing of it
            and most != NEVER
            and _is_too_full(cluster, requests, own, request, bucket, most)
        ):
            continue
        if own.best[bucket] == STALE:
            find_best(own, bucket)
        if own.best[bucket] == NONE:
            continue
        if found == NONE:
            found = bucket
            continue
        before = _precedes(cluster, requests, own, request, bucket, found)
        if before < 0 or (
            before == 0 and own.row_at[own.best[bucket]] < own.row_at[own.best[found]]
        ):
            found = bucket
    return found


@inlined
def _choose(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    index: int,
    own: OpenIndex,
    request: int,
    every_case: Any,
) -> Number:
    """Return the position of the row for a request, or NONE, or TOO_LARGE.

    The key at the position is the one that the row should have.
    """
    table = indexes.table[index]
    buckets = indexes.layouts[table[LAYOUT], BUCKETS]
    most = np.int64(NEVER)
    if every_case is not None and requests.table[request, MAX_SKEW] > 0:
        most = np.int64(_most_in_zone(cluster, requests, request))
    while True:
        bucket = _best_bucket(cluster, requests, own, request, buckets, most, every_case)
        if bucket == NONE:
            return NONE
        is_first: Any = True
        # Rows that do not fit are passed in this bucket before buckets are compared again.
        while own.best[bucket] >= 0:
            position = own.best[bucket]
            row = np.int64(own.row_at[position])
            key = np.int64(NEVER)  # a row that has left
            if is_candidate(own, position):
                if every_case is not None and table[EXACT]:  # None: numba compiles nothing of it
                    return _drawn(cluster, requests, indexes, own, request, index, bucket, most)
                if fits(cluster, requests, request, row, every_case):
                    if not is_first and buckets > 1:
                        break
                    count = np.int64(0)
                    if table[COUNTS] >= 0:
                        count = np.int64(count_at(cluster, row, table[COUNTS]))
                        if count >= table[COUNT_MASK]:
                            return TOO_LARGE
                    key = true_key(cluster, requests, indexes, index, row, count)
                    if key <= key_at(own, position):
                        return position
                    advance_best(own, position, key)
                    break
                key = np.int64(BLOCKED)
                cluster.blocked[row] = True
            advance_best(own, position, key)
            is_first = False


@inlined
def _is_tied(own: OpenIndex, ties: Array, position: int, key: int) -> Number:
    """Return whether the row at a position is as good as the best."""
    return (
        own.row_at[position] != NO_ROW
        and key_at(own, position) == key
        and ties[own.bucket_at[position // BLOCK]]
    )


@inlined
def _drawn(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    own: OpenIndex,
    request: int,
    index: int,
    best: int,
    most: int,
) -> Number:
    """Return the position of a random one of the rows that are as good as the best (C19)."""
    table = indexes.table[index]
    buckets = indexes.layouts[table[LAYOUT], BUCKETS]
    key = key_at(own, own.best[best])
    if table[COUNTS] >= 0 and key >> table[COUNT_SHIFT] & table[COUNT_MASK] == table[COUNT_MASK]:
        return TOO_LARGE
    ties = indexes.ties
    for bucket in range(ties.shape[0]):
        ties[bucket] = (
            bucket < buckets
            and own.best[bucket] != NONE
            and not (most != NEVER and _is_too_full(cluster, requests, own, request, bucket, most))
            and _precedes(cluster, requests, own, request, bucket, best) == 0
        )
    survivors = np.int64(0)
    for position in range(own.row_at.shape[0]):
        if _is_tied(own, ties, position, key):
            survivors += 1
    number = scaled(random_number(cluster.meta), survivors)
    for row in range(own.static.shape[0]):
        position = position_of(own, row)
        if position >= 0 and own.row_at[position] == row and _is_tied(own, ties, position, key):
            if number == 0:
                return position
            number -= 1
    return NONE


@inlined
def _has_news(cluster: ClusterArrays, indexes: Indexes, index: int) -> Number:
    """Return whether something has changed that an index follows; mostly nothing has."""
    table, meta = indexes.table[index], cluster.meta
    if table[LISTENS] and table[SEEN_TAKEN] != meta[CLOCK]:
        return True
    head = meta[FREED_HEAD]
    if head != NO_ROW and cluster.freed_at[head] > table[SEEN_FREED]:
        return True
    group = table[COUNTS]
    return group >= 0 and cluster.group_left[group] >= table[SEEN_LEFT]


@jit_no_refcount
def decide(
    lists: Array,
    request_lists: Array,
    index_lists: Array,
    events: Array,
    start: int,
    end: int,
    rows: Array,
    tasks: Array,
    stops: Array,
    alike: bool,
    ahead: bool,
    release: bool,
    why: Array,
    every_case: Any,
) -> Number:
    """Decide where the tasks of ``events[start:end]`` go, one after another, and stop others.

    Args:
        lists: the addresses of the cluster's arrays, which are changed; there is room for as many
            tasks and entries of the logs.
        request_lists: those of what requests ask.
        index_lists: those of their indexes, which are changed.
        events: int64, the request of each task that starts; below 0 for a stop.
        start: the first to decide.
        end: after the last.
        rows: int64, filled with the row of each task, or -1 where none was found, and for stops.
        tasks: int64, filled with the id of each task, or -1.
        stops: int64, for each stop the position of the task, or -2 less the event that starts it;
            -1 if nothing is to stop.  May have no length if there are no stops.
        alike: all are of one request, so that after the first that finds no row no other will.
        ahead: whether memory is asked for before events need it, which pays where they are of many
            requests or stop tasks; not without ``every_case``.
        release: whether tasks that stop give back what they hold at once (A25).
        why: int64 ``[2]``: the first is set to the reason why not all are decided; indexes that are
            used are marked with the second.
        every_case: True, or None if no task stops, chance decides on no index and no request asks
            more than amounts: a shorter kernel is compiled for that.

    Returns:
        The first event that is not decided; ``end`` if all are.
    """
    cluster, requests = cluster_at(lists), requests_at(request_lists)
    indexes = indexes_at(index_lists)
    request = np.int64(-1)
    index = spec = group = np.int64(0)
    own = open_index(indexes, np.int64(0))
    for i in range(start, end):
        if every_case is not None and ahead:
            look_ahead(lists, request_lists, index_lists, events, stops, tasks, i, end)
        if events[i] < 0:
            rows[i] = -1
            tasks[i] = -1
            if every_case is not None:
                task = stops[i]
                if task < -1:
                    task = tasks[-2 - task]
                    if task >= 0:  # ids and positions of new tasks ascend together
                        task += cluster.meta[TASKS] - cluster.meta[NEXT_ID]
                if task >= 0:
                    end_task(cluster, task, release)
            continue
        if events[i] != request:
            request = events[i]
            index = requests.table[request, INDEX]
            spec, group = requests.table[request, SPEC], requests.table[request, GROUP]
            if not indexes.table[index, BUILT]:
                why[0] = NO_INDEX
                return i
            own = open_index(indexes, index)
            indexes.table[index, USED] = why[1]
        if _has_news(cluster, indexes, index):
            follow_changes(cluster, requests, indexes, index, own, every_case)
        random_state = cluster.meta[RANDOM_STATE]
        position = _choose(cluster, requests, indexes, index, own, request, every_case)
        if position < 0:
            if position == TOO_LARGE:
                why[0] = NARROW
                return i
            if alike:
                for j in range(i, end):
                    rows[j] = -1
                    tasks[j] = -1
                return end
            rows[i] = -1
            tasks[i] = -1
            continue
        row = np.int64(own.row_at[position])
        slot = add_pair(cluster, row, group)
        if slot < 0:
            cluster.meta[RANDOM_STATE] = random_state  # it will be decided again
            why[0] = NO_ROOM
            return i
        rows[i] = row
        tasks[i] = commit(cluster, slot, row, spec, group)
        table = indexes.table[index]
        if table[EXACT]:
            continue  # the change has been noted, and the key is worked out from there
        table[SEEN_TAKEN] = cluster.meta[CLOCK]  # the next lines take care of its own change
        count = np.int64(0)
        if table[COUNTS] >= 0:
            count = np.int64(cluster.pair_entries[slot, PAIR_COUNT])
        key = true_key(cluster, requests, indexes, index, row, count)
        if key > key_at(own, position):
            advance_best(own, position, key)
            fetch_best(lists, own, position)
        else:
            set_key(own, position, key)
    return end
