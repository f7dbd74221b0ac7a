"""How many counted tasks of a group are on a row: a small open-addressing table for each row.

In: ``pair_tables`` and ``pair_entries`` of ``ClusterArrays``, a row, a group's code.  Out: counts.
The tables of all rows lie in one array, so that what the tasks of one row need lies together: with
one table for the whole cluster nearly every decision waited for memory.  An entry is not taken out
when its count falls to 0, but when its table is full: then the table is written again without such
entries, or moved to a longer place.  Places that are left are given up until ``repack`` writes
everything into a new array.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import cluster_at
from placement.kernels.fields import (
    PAIR_CAPACITY,
    PAIR_COUNT,
    PAIR_END,
    PAIR_GROUP,
    PAIR_START,
    PAIR_USED,
    ClusterArrays,
)
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = [
    "add_pair",
    "count_at",
    "count_group",
    "count_group_on",
    "first_slot",
    "mark_accepted",
    "mark_groups",
    "mark_others",
    "repack",
    "slot_in",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

SMALLEST = 8
"""The length of the shortest table."""


@inlined
def first_slot(group: int, last: int) -> Number:
    """Return where in a table, whose last slot is given, the search for a group begins."""
    return (group * 40_503 >> 4) & last


@inlined
def slot_in(tables: Array, entries: Array, row: int, group: int) -> Number:
    """Return the slot of a group in the table of a row, which has room, or a free one for it."""
    start, last = tables[row, PAIR_START], tables[row, PAIR_CAPACITY] - 1
    at = first_slot(group, last)
    while entries[start + at, PAIR_GROUP] != 0 and entries[start + at, PAIR_GROUP] != group + 1:
        at = (at + 1) & last
    return start + at


@inlined
def count_at(cluster: ClusterArrays, row: int, group: int) -> Number:
    """Return how many counted tasks of a group are on a row."""
    if cluster.pair_tables[row, PAIR_CAPACITY] == 0:
        return 0
    slot = slot_in(cluster.pair_tables, cluster.pair_entries, row, group)
    if cluster.pair_entries[slot, PAIR_GROUP] == 0:
        return 0
    return cluster.pair_entries[slot, PAIR_COUNT]


@inlined
def _without_gone(tables: Array, entries: Array, row: int, end: int) -> Number:
    """Write the table of a row without entries that count 0, longer if its counts need that.

    It is written at ``end``, where the entries are empty.  A longer one stays there; one that is
    not longer is put back, so that groups that come and go take no more room.

    Returns:
        How many entries from ``end`` on are in use then; -1, with nothing changed, if there are not
        enough.
    """
    start, capacity = tables[row, PAIR_START], tables[row, PAIR_CAPACITY]
    living = 0
    for slot in range(start, start + capacity):
        if entries[slot, PAIR_COUNT] > 0:
            living += 1
    length = max(capacity, np.int64(SMALLEST))
    while length < 2 * (living + 1):
        length *= 2
    if end + length > entries.shape[0]:
        return -1
    tables[row, PAIR_START] = end
    tables[row, PAIR_CAPACITY] = length
    tables[row, PAIR_USED] = living
    for slot in range(start, start + capacity):
        if entries[slot, PAIR_COUNT] > 0:
            new = slot_in(tables, entries, row, np.int64(entries[slot, PAIR_GROUP] - 1))
            entries[new, PAIR_GROUP] = entries[slot, PAIR_GROUP]
            entries[new, PAIR_COUNT] = entries[slot, PAIR_COUNT]
    if length > capacity:
        return length
    for i in range(length):
        for column in range(2):
            entries[start + i, column] = entries[end + i, column]
            entries[end + i, column] = 0
    tables[row, PAIR_START] = start
    return 0


@inlined
def add_pair(cluster: ClusterArrays, row: int, group: int) -> Number:
    """Return the slot of a row and a group, a new one with count 0 if there is none.

    -1 if ``pair_entries`` has no room for it; nothing has changed then.
    """
    tables, entries = cluster.pair_tables, cluster.pair_entries
    if tables[row, PAIR_CAPACITY] > 0:
        slot = slot_in(tables, entries, row, group)
        if entries[slot, PAIR_GROUP] != 0:
            return slot
        if 4 * (tables[row, PAIR_USED] + 1) <= 3 * tables[row, PAIR_CAPACITY]:
            entries[slot, PAIR_GROUP] = group + 1
            tables[row, PAIR_USED] += 1
            return slot
    more = _without_gone(tables, entries, row, cluster.meta[PAIR_END])
    if more < 0:
        return -1
    cluster.meta[PAIR_END] += more
    slot = slot_in(tables, entries, row, group)
    entries[slot, PAIR_GROUP] = group + 1
    tables[row, PAIR_USED] += 1
    return slot


@jit_no_refcount
def repack(
    tables: Array, entries: Array, codes: Array, new_tables: Array, new_entries: Array
) -> Number:
    """Write the counts of all rows into new arrays, without gaps, and return their length.

    Args:
        tables: int64 ``[N, 3]``, the tables as they are.
        entries: int32 ``[M, 2]``, their entries.
        codes: int64 by group, its new code; of no length if codes stay.
        new_tables: int64 ``[N, 3]``, written.
        new_entries: int32 ``[K, 2]``, empty; if K is 0 nothing is written but the length found.
    """
    end = 0
    for row in range(tables.shape[0]):
        start, capacity = tables[row, PAIR_START], tables[row, PAIR_CAPACITY]
        living = 0
        for slot in range(start, start + capacity):
            if entries[slot, PAIR_COUNT] > 0:
                living += 1
        length = 0
        if living > 0:
            length = SMALLEST
            while length < 2 * living:
                length *= 2
        if new_entries.shape[0] > 0:
            new_tables[row, PAIR_START] = end
            new_tables[row, PAIR_CAPACITY] = length
            new_tables[row, PAIR_USED] = living
            for slot in range(start, start + capacity):
                if entries[slot, PAIR_COUNT] > 0:
                    group = entries[slot, PAIR_GROUP] - 1
                    if codes.shape[0] > 0:
                        group = codes[group]
                    new = slot_in(new_tables, new_entries, row, group)
                    new_entries[new, PAIR_GROUP] = group + 1
                    new_entries[new, PAIR_COUNT] = entries[slot, PAIR_COUNT]
        end += length
    return end


@jit_no_refcount
def mark_groups(lists: Array, codes: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of one of these groups."""
    cluster = cluster_at(lists)
    for row in range(mask.shape[0]):
        for i in range(codes.shape[0]):
            if not mask[row]:
                mask[row] = count_at(cluster, row, codes[i]) > 0


@jit_no_refcount
def mark_accepted(lists: Array, accepted: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of a group with ``accepted[code]``."""
    cluster = cluster_at(lists)
    for row in range(mask.shape[0]):
        start = cluster.pair_tables[row, PAIR_START]
        for slot in range(start, start + cluster.pair_tables[row, PAIR_CAPACITY]):
            counted = cluster.pair_entries[slot, PAIR_COUNT] > 0
            if counted and accepted[cluster.pair_entries[slot, PAIR_GROUP] - 1]:
                mask[row] = True


@jit_no_refcount
def mark_others(lists: Array, codes: Array, mask: Array) -> None:
    """Set the mask of the rows that have a counted task of a group other than these."""
    cluster = cluster_at(lists)
    for row in range(mask.shape[0]):
        counted = 0
        for i in range(codes.shape[0]):
            counted += count_at(cluster, row, codes[i])
        mask[row] = cluster.grouped_tasks[row] > counted


@jit_no_refcount
def count_group(lists: Array, group: int, counts: Array) -> None:
    """Fill ``counts`` with the number of counted tasks of a group on each row."""
    cluster = cluster_at(lists)
    for row in range(counts.shape[0]):
        counts[row] = count_at(cluster, row, group)


@jit_no_refcount
def count_group_on(lists: Array, group: int, rows: Array, counts: Array) -> None:
    """Fill ``counts`` with the number of counted tasks of a group on each of some rows, int64."""
    cluster = cluster_at(lists)
    for i in range(rows.shape[0]):
        counts[i] = count_at(cluster, rows[i], group)
