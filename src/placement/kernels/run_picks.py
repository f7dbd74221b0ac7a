"""The rows that the buckets of an index take next in a run: its picks.

In: as for ``kernels.decide_run``, a bucket.  Out: positions in ``picks``, the tasks that fit in
``left``; and back, what they have taken as keys.  A bucket's picks have one key.  If a task makes
the key of a row larger, they take one each before any takes another; if not, it is one row, which
takes all that it has room for.  In which order buckets take is not known here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.fields import (
    BLOCK,
    BLOCKED,
    BY_ATTRIBUTE,
    BY_KEY,
    COUNT_MASK,
    COUNT_SHIFT,
    COUNTS,
    FIRST_LINK,
    GROUP,
    KEY,
    LINKS,
    MAX_COUNT,
    MOST,
    NARROW,
    NEVER,
    NO_ROOM,
    NONE,
    PICKED,
    SPEC,
    STALE,
    TAKEN,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.fit import is_reserved
from placement.kernels.index import true_key
from placement.kernels.keys import (
    OpenIndex,
    find_best,
    is_candidate,
    key_at,
    write_key,
)
from placement.kernels.pairs import add_pair, count_at
from placement.kernels.tiers import inlined

__all__ = [
    "CHOSEN",
    "change_of_key",
    "collect",
    "first_attribute",
    "next_key",
    "next_row",
    "passes",
    "settle",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

CHOSEN = 2**32
"""What an entry of ``left`` rises by when a row is chosen.  The rest of it is 1 more than how many
tasks still fit, which 0 leaves open."""

FIT = CHOSEN - 1
"""The bits of an entry of ``left`` that say how many tasks still fit."""


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
def change_of_key(
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
def first_attribute(requests: Requests, request: int) -> Number:
    """Return the count by the attribute that comes first, and its place in ``values``; or -1."""
    if requests.table[request, LINKS] > 0 and requests.table[request, FIRST_LINK] == BY_ATTRIBUTE:
        return requests.table[request, FIRST_LINK + 1], requests.table[request, FIRST_LINK + 2]
    return np.int64(-1), np.int64(-1)


@inlined
def _key_of(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    request: int,
    index: int,
    own: OpenIndex,
    position: int,
    why: Array,
) -> Number:
    """Return the key that a row should have, and note in ``left`` how many tasks fit if some do.

    ``why`` is set instead if its count does not fit into keys, or into ``pair_entries``.
    """
    table = indexes.table[index]
    if not is_candidate(own, position):
        return np.int64(NEVER)  # a row that has left
    key, left = key_at(own, position), indexes.left[position] & FIT
    if left > 1:
        return key  # it has been right since the row's first task
    row, group = np.int64(own.row_at[position]), requests.table[request, GROUP]
    room = np.int64(_room(cluster, requests.table[request, SPEC], row))
    if room <= 0:
        cluster.blocked[row] = True
        return np.int64(BLOCKED)
    counts, counted = table[COUNTS] >= 0, np.int64(0)
    if counts:
        counted = np.int64(count_at(cluster, row, group))
    if left == 1 or (counts and counted >= table[COUNT_MASK] - 1):
        why[0] = NARROW
        return key
    should = np.int64(true_key(cluster, requests, indexes, index, row, counted))
    if should <= key:
        if add_pair(cluster, row, group) < 0:
            why[0] = NO_ROOM
            return key
        if counts:
            room = min(room, table[COUNT_MASK] - 1 - counted)
        indexes.left[position] = room + 1
    return max(should, key)


@inlined
def collect(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    request: int,
    index: int,
    own: OpenIndex,
    bucket: int,
    most: int,
    why: Array,
) -> Number:
    """Write the rows with the smallest key of a bucket, at most so many, into ``picks``.

    They count as no part of the bucket until ``settle``.

    Returns:
        How many they are, and how many tasks fit on each of them.  If there are none, the bucket
        has no row for the request, or ``why`` has a reason to stop.
    """
    first = own.first_block[bucket] * BLOCK
    found, room = np.int64(0), np.int64(MAX_COUNT)
    while found == 0 and why[0] == 0:
        if own.best[bucket] == STALE:
            find_best(own, bucket)
        best = own.best[bucket]
        if best == NONE:
            break
        own.best[bucket] = STALE
        least = key_at(own, best)
        indexes.turns[bucket, KEY] = least
        for block in range(best // BLOCK, own.first_block[bucket] + own.blocks[bucket]):
            if own.bounds[block] != least:
                continue
            others = np.int64(NEVER)
            for position in range(block * BLOCK, (block + 1) * BLOCK):
                key = key_at(own, position)
                if key == least:
                    if found < most:
                        key = _key_of(
                            cluster, requests, indexes, request, index, own, position, why
                        )
                    if found == most or why[0] != 0:
                        others = least
                        break
                    if key == least:
                        indexes.picks[first + found] = position
                        room = min(room, (indexes.left[position] & FIT) - 1)
                        found += 1
                        continue
                    write_key(own, position, key)
                others = min(others, key)
            own.bounds[block] = others
            if others == least:
                break
    if found > 0:
        why[0] = 0  # it comes again when these are taken
    return found, room


@inlined
def passes(indexes: Indexes, own: OpenIndex, bucket: int, change: int, room: int) -> Number:
    """Return how many tasks the picks of a bucket take in turn before another row is as good."""
    if change <= 0:
        return room
    least, others = indexes.turns[bucket, KEY], np.int64(NEVER)
    first = own.first_block[bucket]
    bounds = own.bounds[first : first + own.blocks[bucket]]
    for i in range(bounds.shape[0]):
        others = min(others, bounds[i])
    return max(min(room, (others - least + change - 1) // change), np.int64(1))


@inlined
def settle(
    cluster: ClusterArrays,
    indexes: Indexes,
    index: int,
    own: OpenIndex,
    bucket: int,
    change: int,
    seen: int,
    tasks: Array,
) -> Number:
    """Let the picks of a bucket be part of it again, with the keys that they have now.

    Those that are chosen for the first time are written into ``tasks``, from ``seen`` on.

    Returns:
        After the last of them.
    """
    line, table = indexes.turns[bucket], indexes.table[index]
    first = own.first_block[bucket] * BLOCK
    narrow = table[COUNT_MASK] - 1
    for i in range(line[PICKED]):
        position = np.int64(indexes.picks[first + i])
        times = line[TAKEN] // line[PICKED] + (i < line[TAKEN] % line[PICKED])
        if indexes.left[position] < CHOSEN:
            if times > 0:
                tasks[seen] = position
                seen += 1
            else:
                indexes.left[position] = 0
        indexes.left[position] += times * (CHOSEN - 1)
        key = line[KEY] + times * change
        if indexes.left[position] & FIT == 1 and not (
            table[COUNTS] >= 0 and key >> table[COUNT_SHIFT] & table[COUNT_MASK] >= narrow
        ):
            key = np.int64(BLOCKED)
            cluster.blocked[own.row_at[position]] = True
        write_key(own, position, key)
        block = position // BLOCK
        own.bounds[block] = min(own.bounds[block], key)
    line[PICKED] = line[TAKEN] = line[MOST] = 0
    return seen


@inlined
def next_key(indexes: Indexes, bucket: int, change: int) -> Number:
    """Return the key of the row that a bucket takes next."""
    line = indexes.turns[bucket]
    return line[KEY] + line[TAKEN] // line[PICKED] * change


@inlined
def next_row(indexes: Indexes, own: OpenIndex, bucket: int) -> Number:
    """Return the row that a bucket takes next."""
    line = indexes.turns[bucket]
    at = own.first_block[bucket] * BLOCK + line[TAKEN] % line[PICKED]
    return np.int64(own.row_at[indexes.picks[at]])
