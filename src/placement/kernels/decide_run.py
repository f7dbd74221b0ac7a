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
    ALIKE_FROM,
    BLOCK,
    BUCKETS,
    BUILT,
    CLOCK,
    COUNTED,
    GROUP,
    HOLDING,
    IN_TURN,
    INDEX,
    LAYOUT,
    MISSING,
    MOST,
    NEVER,
    NEXT_ID,
    NO_INDEX,
    NO_ROW,
    NONE,
    PICKED,
    SEEN_TAKEN,
    SPEC,
    STALE,
    TAKEN,
    TASKS,
    USED,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.index import follow_changes
from placement.kernels.keys import OpenIndex, find_best, open_index
from placement.kernels.pairs import add_pair
from placement.kernels.run_picks import (
    CHOSEN,
    change_of_key,
    collect,
    first_attribute,
    next_key,
    next_row,
    passes,
    settle,
)
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = ["decide_run"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@inlined
def _gather(
    cluster: ClusterArrays,
    indexes: Indexes,
    own: OpenIndex,
    spread: int,
    value: int,
    buckets: int,
) -> Number:
    """List the buckets whose values of an attribute have the fewest tasks.

    Without an attribute that comes first, this is the one bucket that there is.  Buckets without a
    row are left out.

    Returns:
        How many they are, and how many tasks each of them takes before others have no more.
    """
    found = np.int64(0)
    least, following = np.int64(NEVER), np.int64(NEVER)
    for bucket in range(buckets):
        if indexes.turns[bucket, MOST] == 0:
            if own.best[bucket] == STALE:
                find_best(own, bucket)
            if own.best[bucket] == NONE:
                continue
        total = np.int64(0)
        if spread >= 0:
            mine = own.values[bucket, value]
            total = 2 * cluster.spread_counts[spread, mine] + (mine == MISSING)
        if total < least:
            least, following = total, least
            found = np.int64(0)
        if total == least:
            indexes.turns[found, IN_TURN] = bucket
            found += 1
        else:
            following = min(following, total)
    return found, (following - least + 1) // 2


@inlined
def _prepare(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    request: int,
    index: int,
    own: OpenIndex,
    change: int,
    count: int,
    most: int,
    why: Array,
) -> Number:
    """Let each listed bucket have picks, of which no more than ``most`` are needed.

    Returns:
        How many rounds are known: their rows, and as long as the order of buckets is that of the
        first.  If none, a bucket has no row for the request, or ``why`` has a reason to stop.
    """
    rounds = np.int64(NEVER)
    for turn in range(count):
        bucket = indexes.turns[turn, IN_TURN]
        line = indexes.turns[bucket]
        if line[MOST] == 0 and rounds > 0:
            found, room = collect(
                cluster, requests, indexes, request, index, own, bucket, most, why
            )
            line[PICKED] = found
            line[MOST] = found
            if found > 0:
                line[MOST] = found * passes(indexes, own, bucket, change, room)
        rounds = min(rounds, line[MOST] - line[TAKEN])
        if change > 0 and count > 1 and rounds > 0:  # other buckets may have other changes of keys
            rounds = min(rounds, line[PICKED] - line[TAKEN] % line[PICKED])
    return rounds


@inlined
def _order_buckets(indexes: Indexes, own: OpenIndex, change: int, count: int) -> None:
    """Sort listed buckets by the keys of their picks, equal ones by the rows; mostly they are.

    For each, where the first with the same key is in the list is noted.
    """
    lines = indexes.turns
    for i in range(count):
        bucket, at = lines[i, IN_TURN], i
        key, row = next_key(indexes, bucket, change), next_row(indexes, own, bucket)
        while at > 0:
            other = lines[at - 1, IN_TURN]
            its_key = next_key(indexes, other, change)
            if its_key < key or (its_key == key and next_row(indexes, own, other) < row):
                break
            lines[at, IN_TURN] = other
            at -= 1
        lines[at, IN_TURN] = bucket
    for i in range(count):
        lines[i, ALIKE_FROM] = i
        if i > 0:
            bucket, before = lines[i, IN_TURN], lines[i - 1, IN_TURN]
            if next_key(indexes, bucket, change) == next_key(indexes, before, change):
                lines[i, ALIKE_FROM] = lines[i - 1, ALIKE_FROM]


@inlined
def _take_rounds(
    indexes: Indexes, own: OpenIndex, change: int, count: int, rounds: int, rows: Array
) -> None:
    """Fill ``rows`` with those of some rounds, in which each listed bucket takes one task."""
    for i in range(count):
        bucket = indexes.turns[i, IN_TURN]
        line = indexes.turns[bucket]
        first, picked = own.first_block[bucket] * BLOCK, line[PICKED]
        picks = indexes.picks[first : first + picked]
        at = i
        if picked == 1:
            row = own.row_at[picks[0]]
            while at < rounds * count:
                rows[at] = row
                at += count
        number = line[TAKEN] % picked
        while at < rounds * count:
            for pick in range(number, min(picked, number + (rounds * count - 1 - at) // count + 1)):
                rows[at] = own.row_at[picks[pick]]
                at += count
            number = 0
    if change <= 0 or count == 1:
        return  # all rounds are like the first, for which buckets are sorted
    for first in range(0, rounds * count, count):
        for i in range(1, count):
            row, place, end = rows[first + i], first + i, first + indexes.turns[i, ALIKE_FROM]
            while place > end and rows[place - 1] > row:
                rows[place] = rows[place - 1]
                place -= 1
            rows[place] = row


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
    """Fill ``rows`` with the rows of tasks, and count in ``left`` how many each has got.

    ``tasks`` is filled with the positions of these rows, each once.

    What a bucket takes next does not depend on other buckets: it is known beforehand, its picks.
    So buckets whose values have equally few tasks take one each, in the order of their best rows,
    before any takes another: a round.

    Returns:
        The first that is not decided, and after the last position in ``tasks``.  The first is
        ``end``, or less, with a reason in ``why`` or because nothing fits any more (0 there).
    """
    buckets = indexes.layouts[indexes.table[index, LAYOUT], BUCKETS]
    change = change_of_key(cluster, requests, indexes, request, index)
    spread, value = first_attribute(requests, request)
    lines = indexes.turns
    for bucket in range(buckets):
        lines[bucket, PICKED] = lines[bucket, TAKEN] = lines[bucket, MOST] = 0
    why[0] = 0
    i = seen = np.int64(start)
    while i < end:
        count, rounds = _gather(cluster, indexes, own, spread, value, buckets)
        if count == 0:
            break
        most = (end - i) // count + 1 if change > 0 else np.int64(1)
        picks = _prepare(cluster, requests, indexes, request, index, own, change, count, most, why)
        if why[0] != 0:
            break
        if picks == 0:
            continue  # a bucket has no row any more
        _order_buckets(indexes, own, change, count)
        taking = min(count, end - i)
        rounds = min(rounds, picks, (end - i) // taking)
        _take_rounds(indexes, own, change, taking, rounds, rows[i:end])
        i += taking * rounds
        for turn in range(taking):
            bucket = lines[turn, IN_TURN]
            lines[bucket, TAKEN] += rounds
            if spread >= 0:
                cluster.spread_counts[spread, own.values[bucket, value]] += rounds
            if lines[bucket, TAKEN] == lines[bucket, MOST]:
                seen = settle(cluster, indexes, index, own, bucket, change, seen, tasks)
    for bucket in range(buckets):
        seen = settle(cluster, indexes, index, own, bucket, change, seen, tasks)
    return i, seen


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

    ``positions[start:end]`` are those of the rows.
    """
    for i in range(start, end):
        position = positions[i]
        row = np.int64(own.row_at[position])
        more = indexes.left[position] // CHOSEN
        indexes.left[position] = 0
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
    end_at = first + count
    chosen = rows[start:end]
    ids, positions = tasks[start:end], cluster.task_id[first:end_at]
    for i in range(count):  # in loops over one array each several are written at once
        ids[i] = first_id + i
    for i in range(count):
        positions[i] = first_id + i
    cluster.task_group[first:end_at] = group
    cluster.task_spec[first:end_at] = spec
    cluster.task_flags[first:end_at] = COUNTED | HOLDING
    cluster.task_before[first:end_at] = NO_ROW
    row_of, following = cluster.task_row[first:end_at], cluster.task_next[first:end_at]
    for i in range(count):
        row_of[i] = chosen[i]
    for i in range(count):
        row = chosen[i]
        older = cluster.newest[row]
        following[i] = older
        if older != NO_ROW:
            cluster.task_before[older] = first + i
        cluster.newest[row] = first + i
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
    done, seen = _choose(
        cluster, requests, indexes, request, index, own, start, end, rows, tasks, why
    )
    spread, _ = first_attribute(requests, request)
    spec, group = requests.table[request, SPEC], requests.table[request, GROUP]
    _commit_rows(cluster, indexes, own, spec, group, spread, start, seen, tasks)
    _commit_tasks(cluster, spec, group, start, done, rows, tasks)
    indexes.table[index, SEEN_TAKEN] = cluster.meta[CLOCK]
    if done < end and why[0] == 0:
        for i in range(done, end):
            rows[i] = -1
            tasks[i] = -1
        return end
    return done
