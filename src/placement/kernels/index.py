"""Orders: the rows by the keys that requests give them, and the best of each cell.

In: what rows hold, what requests ask, the orders.  Out: the same orders, brought up to date.

**An order.**  Rows with equal values of the attributes that are spread over form a *cell*; rows are
laid out cell by cell, each cell filling whole blocks of ``BLOCK`` positions (a layout).  Inside a
cell only what belongs to a row decides: how many tasks of the group it has, how much of a resource
it has left.  These are packed into one number, the row's *key*, earlier strategies in higher bits,
so that the best row of a cell is the first with the smallest key.  Requests that would give every
row the same key and rule out the same rows share one order.

**Keys are optimistic bounds.**  A row that tasks of other requests filled up keeps its key until it
becomes the best candidate; then it is validated, and blocked if the task does not fit.  For every
block a lower bound of its keys is kept, so that a key that grows needs no work until its block is
searched.  An order whose keys tasks of other requests can improve (binpack, conditions on other
groups) reads the log of rows that took on a task since it was last asked; a row that gave something
back is in another log, which every order reads.  Only orders that chance decides on must be exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import inlined, jit_no_refcount
from placement.kernels.fields import (
    BLOCK,
    BLOCKED,
    BY_KEY,
    CELLS,
    COUNT_MASK,
    COUNT_SHIFT,
    EXACT,
    FIRST_LINK,
    FREED,
    GROUP,
    IMPROVES,
    LAYOUT,
    LINKS,
    LISTENS,
    LOGGED,
    NEVER,
    NO_ROW,
    NONE,
    OWNER,
    RECOUNTS,
    SEEN,
    SEEN_FREED,
    SLOT,
    STALE,
    ClusterArrays,
    Orders,
    Requests,
)
from placement.kernels.fit import fits
from placement.kernels.hash_table import count_at, pair_key

__all__ = ["advance_best", "apply_log", "build", "find_best", "invalidate", "set_key"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

LOOKAHEAD = 16
"""Positions after the best row in which the next one is looked for before its cell is searched."""


@inlined
def _amounts(cluster: ClusterArrays, requests: Requests, request: int, row: int) -> Number:
    """Return the part of a row's key that is left of resources."""
    key = np.int64(0)
    for link in range(requests.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        if requests.table[request, at] == BY_KEY:
            resource = requests.table[request, at + 3]
            if resource >= 0:
                key += cluster.free[row, resource] << requests.table[request, at + 1]
    return key


@inlined
def set_key(index: Orders, slot: int, layout: int, position: int, key: int) -> None:
    """Change the key at a position, and what is known of its block and cell."""
    old = index.keys[slot, position]
    index.keys[slot, position] = key
    block = position // BLOCK
    cell = index.cell_at[layout, block]
    best = index.best[slot, cell]
    if key < old and key < BLOCKED:  # to become BLOCKED is no improvement
        index.bounds[slot, block] = min(index.bounds[slot, block], key)
        if best == NONE or (
            best >= 0
            and (
                key < index.keys[slot, best] or (key == index.keys[slot, best] and position < best)
            )
        ):
            index.best[slot, cell] = position
    elif key > old and best == position:
        index.best[slot, cell] = STALE


@inlined
def advance_best(index: Orders, slot: int, layout: int, position: int, key: int) -> None:
    """Raise the key of a cell's best row; the next row with the old key becomes the best.

    Rows before the best one have larger keys, so that the first after it with the same key is the
    next; it is mostly near.  If it is not, the cell is searched the next time it is needed.
    """
    old = index.keys[slot, position]
    index.keys[slot, position] = key
    block = position // BLOCK
    best = STALE
    for next in range(position + 1, min(position + LOOKAHEAD, (block + 1) * BLOCK)):
        if index.keys[slot, next] == old:
            best = next
            break
    index.best[slot, index.cell_at[layout, block]] = best


@inlined
def find_best(index: Orders, slot: int, layout: int, cell: int) -> None:
    """Find the first position with the smallest key of a cell, correcting bounds on the way."""
    first, end = index.first_block[layout, cell], index.first_block[layout, cell + 1]
    bounds = index.bounds[slot, first:end]
    while True:
        least = NEVER
        for i in range(bounds.shape[0]):
            least = min(least, bounds[i])
        if least >= BLOCKED:
            index.best[slot, cell] = NONE
            return
        block = 0
        while bounds[block] != least:
            block += 1
        start = (first + block) * BLOCK
        keys = index.keys[slot, start : start + BLOCK]
        smallest = NEVER
        for i in range(BLOCK):
            smallest = min(smallest, keys[i])
        bounds[block] = smallest
        if smallest == least:
            at = 0
            while keys[at] != least:
                at += 1
            index.best[slot, cell] = start + at
            return


@inlined
def apply_log(cluster: ClusterArrays, requests: Requests, index: Orders, order: int) -> None:
    """Bring the keys of an order up to date with what the logs say."""
    slot, layout = index.table[order, SLOT], index.table[order, LAYOUT]
    first_freed, first = index.table[order, SEEN_FREED], index.table[order, SEEN]
    freed = cluster.meta[FREED] - first_freed
    logged = cluster.meta[LOGGED] - first if index.table[order, LISTENS] else 0
    if freed + logged == 0:
        return
    request = index.table[order, OWNER]
    shift = index.table[order, COUNT_SHIFT]
    recounts, improves = index.table[order, RECOUNTS], index.table[order, IMPROVES]
    exact = index.table[order, EXACT]
    for i in range(freed + logged):
        if i < freed:
            row = cluster.freed_log[first_freed + i]
        else:
            row = cluster.log[first + i - freed]
            if cluster.last[row] != first + i - freed:
                continue  # the row's later entry will do
        position = index.position_of[layout, row]
        if position < 0:
            continue
        old = index.keys[slot, position]
        if old == NEVER or (old == BLOCKED and i >= freed and not improves):
            continue
        if exact and not fits(cluster, requests, request, row):
            key = BLOCKED
        else:
            key = _amounts(cluster, requests, request, row)
            if shift >= 0:
                if i < freed or recounts or old == BLOCKED:
                    count = count_at(
                        cluster.pair_keys,
                        cluster.pair_counts,
                        pair_key(row, requests.table[request, GROUP]),
                    )
                else:
                    count = (old >> shift) & index.table[order, COUNT_MASK]
                key += count << shift
        if key != old:
            set_key(index, slot, layout, position, key)
    index.table[order, SEEN_FREED] = cluster.meta[FREED]
    if index.table[order, LISTENS]:
        index.table[order, SEEN] = cluster.meta[LOGGED]


@jit_no_refcount
def build(
    cluster: ClusterArrays, requests: Requests, index: Orders, order: int, static: Array
) -> None:
    """Fill an order, whatever it held before.

    Args:
        cluster: what rows hold.
        requests: what requests ask.
        index: the orders; SLOT of this one says which keys are written.
        order: which order.
        static: bool over rows, whether the static conditions are true.
    """
    slot, layout = index.table[order, SLOT], index.table[order, LAYOUT]
    request = index.table[order, OWNER]
    group = requests.table[request, GROUP]
    shift = index.table[order, COUNT_SHIFT]
    if cluster.group_tasks[group] == 0:
        shift = -1  # nothing to count
    for block in range(index.first_block[layout, index.table[order, CELLS]]):
        bound = NEVER
        for position in range(block * BLOCK, (block + 1) * BLOCK):
            row = index.row_at[layout, position]
            key = NEVER
            if row != NO_ROW and static[row]:
                key = _amounts(cluster, requests, request, row)
                if shift >= 0:
                    count = count_at(cluster.pair_keys, cluster.pair_counts, pair_key(row, group))
                    key += count << shift
            index.keys[slot, position] = key
            bound = min(bound, key)
        index.bounds[slot, block] = bound
    for cell in range(index.table[order, CELLS]):
        index.best[slot, cell] = STALE
    index.table[order, SEEN] = cluster.meta[LOGGED]
    index.table[order, SEEN_FREED] = cluster.meta[FREED]


@jit_no_refcount
def invalidate(
    cluster: ClusterArrays,
    requests: Requests,
    index: Orders,
    order: int,
    static: Array,
    rows: Array,
    all_rows: bool,
) -> None:
    """Compute the keys of some rows again, or block those of all rows that do not fit.

    Args:
        cluster: what rows hold.
        requests: what requests ask.
        index: the orders.
        order: which order, built before.
        static: bool over rows, whether the static conditions are true now.
        rows: int64, the rows.
        all_rows: instead of ``rows``, all of them, which makes an order just built exact.
    """
    slot, layout = index.table[order, SLOT], index.table[order, LAYOUT]
    request = index.table[order, OWNER]
    shift = index.table[order, COUNT_SHIFT]
    for i in range(index.position_of.shape[1] if all_rows else rows.shape[0]):
        row = np.int64(i) if all_rows else rows[i]
        position = index.position_of[layout, row]
        if position < 0:
            continue
        key = NEVER
        if static[row]:
            key = BLOCKED
            if fits(cluster, requests, request, row):
                key = _amounts(cluster, requests, request, row)
                if shift >= 0:
                    group = requests.table[request, GROUP]
                    key += (
                        count_at(cluster.pair_keys, cluster.pair_counts, pair_key(row, group))
                        << shift
                    )
        if key != index.keys[slot, position]:
            set_key(index, slot, layout, position, key)
