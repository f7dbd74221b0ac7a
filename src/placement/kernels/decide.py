"""Decide where tasks go, one after another, each decision seeing those before it.

In: what rows hold, what requests ask, their orders, and which request comes when.  Out: the rows
chosen, committed.  The best rows of an order's cells are compared strategy by strategy.  Every row
is considered in every decision: the answer is that of a full scan (tests hold it to one).
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from placement.kernels._jit import inlined, jit_no_refcount
from placement.kernels.chance import random_number, scaled
from placement.kernels.commit import commit
from placement.kernels.fields import (
    BLOCK,
    BLOCKED,
    BY_ATTRIBUTE,
    CELLS,
    CHANGE,
    EXACT,
    FIRST_LINK,
    GROUP,
    LAYOUT,
    LINKS,
    LISTENS,
    LOGGED,
    NONE,
    ORDER,
    SEEN,
    SLOT,
    SPEC,
    STALE,
    ClusterArrays,
    Orders,
    Requests,
)
from placement.kernels.fit import fits
from placement.kernels.index import advance_best, apply_log, find_best, set_key

__all__ = ["decide"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

MISSING = 0
"""The number of an attribute's value on rows that lack it: a bucket that loses ties (A34)."""


@inlined
def _precedes(
    cluster: ClusterArrays,
    requests: Requests,
    index: Orders,
    request: int,
    slot: int,
    layout: int,
    cell: int,
    other: int,
) -> Number:
    """Compare the best rows of two cells by the chain: below 0 if the first is better."""
    key, other_key = (
        index.keys[slot, index.best[slot, cell]],
        index.keys[slot, index.best[slot, other]],
    )
    for link in range(requests.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        a, b = requests.table[request, at + 1], requests.table[request, at + 2]
        if requests.table[request, at] == BY_ATTRIBUTE:
            mine, its = index.cell_values[layout, cell, b], index.cell_values[layout, other, b]
            left = 2 * cluster.spread_counts[a, mine] + (mine == MISSING)
            right = 2 * cluster.spread_counts[a, its] + (its == MISSING)
        else:
            left, right = (key >> a) & b, (other_key >> a) & b
        if left != right:
            return -1 if left < right else 1
    return 0


@inlined
def _best_cell(
    cluster: ClusterArrays,
    requests: Requests,
    index: Orders,
    request: int,
    slot: int,
    layout: int,
    cells: int,
) -> Number:
    """Return the cell of the best row, as far as keys tell, or NONE."""
    found = NONE
    for cell in range(cells):
        if index.best[slot, cell] == STALE:
            find_best(index, slot, layout, cell)
        if index.best[slot, cell] == NONE:
            continue
        if found == NONE:
            found = cell
            continue
        before = _precedes(cluster, requests, index, request, slot, layout, cell, found)
        if before < 0 or (
            before == 0
            and index.row_at[layout, index.best[slot, cell]]
            < index.row_at[layout, index.best[slot, found]]
        ):
            found = cell
    return found


@inlined
def _choose(
    cluster: ClusterArrays,
    requests: Requests,
    index: Orders,
    request: int,
    slot: int,
    layout: int,
    cells: int,
    exact: int,
) -> Number:
    """Return the position of the row for a request, or NONE."""
    while True:
        cell = _best_cell(cluster, requests, index, request, slot, layout, cells)
        if cell == NONE:
            return NONE
        position = index.best[slot, cell]
        if exact:
            return _drawn(cluster, requests, index, request, slot, layout, cells, cell)
        if fits(cluster, requests, request, index.row_at[layout, position]):
            return position
        set_key(index, slot, layout, position, BLOCKED)


@inlined
def _drawn(
    cluster: ClusterArrays,
    requests: Requests,
    index: Orders,
    request: int,
    slot: int,
    layout: int,
    cells: int,
    best: int,
) -> Number:
    """Return the position of a random one of the rows that are as good as the best (C19)."""
    key = index.keys[slot, index.best[slot, best]]
    for cell in range(cells):
        index.ties[cell] = (
            index.best[slot, cell] != NONE
            and _precedes(cluster, requests, index, request, slot, layout, cell, best) == 0
        )
    survivors = 0
    for position in range(index.first_block[layout, cells] * BLOCK):
        if (
            index.keys[slot, position] == key
            and index.ties[index.cell_at[layout, position // BLOCK]]
        ):
            survivors += 1
    number = scaled(random_number(cluster.meta), survivors)
    for row in range(index.position_of.shape[1]):
        position = index.position_of[layout, row]
        if (
            position >= 0
            and index.keys[slot, position] == key
            and index.ties[index.cell_at[layout, position // BLOCK]]
        ):
            if number == 0:
                return position
            number -= 1
    return NONE


@jit_no_refcount
def decide(
    cluster: ClusterArrays,
    requests: Requests,
    index: Orders,
    order: Array,
    start: int,
    rows: Array,
    tasks: Array,
    alike: bool,
) -> Number:
    """Decide where the tasks of ``order[start:]`` go, one after another.

    Args:
        cluster: what rows hold; changed.
        requests: what requests ask.
        index: their orders; changed.
        order: int64, the request of each task.
        start: the first to decide.
        rows: int64, filled with the row of each task, or -1 where none was found.
        tasks: int64, filled with the id of each task, or -1.
        alike: all are of one request, so that after the first that finds no row no other will.

    Returns:
        How many of ``order`` are decided: all of them, or those before a request whose order is
        not built.
    """
    request = -1
    own = slot = layout = cells = exact = change = spec = group = 0
    for i in range(start, order.shape[0]):
        if order[i] != request:
            request = order[i]
            own = requests.table[request, ORDER]
            spec, group = requests.table[request, SPEC], requests.table[request, GROUP]
            slot, layout = index.table[own, SLOT], index.table[own, LAYOUT]
            cells, exact = index.table[own, CELLS], index.table[own, EXACT]
            change = index.table[own, CHANGE]
            if slot < 0:
                return i
        apply_log(cluster, requests, index, own)
        position = _choose(cluster, requests, index, request, slot, layout, cells, exact)
        if position == NONE:
            if alike:
                for j in range(i, order.shape[0]):
                    rows[j] = -1
                    tasks[j] = -1
                return order.shape[0]
            rows[i] = -1
            tasks[i] = -1
            continue
        row = index.row_at[layout, position]
        rows[i] = row
        tasks[i] = commit(cluster, row, spec, group)
        if exact:
            continue  # the log has the row, and its key is worked out from there
        if index.table[own, LISTENS] and index.table[own, SEEN] == cluster.meta[LOGGED] - 1:
            index.table[own, SEEN] += 1  # its own entry, which the next lines take care of
        if change > 0:
            advance_best(index, slot, layout, position, index.keys[slot, position] + change)
        elif change < 0:
            set_key(index, slot, layout, position, index.keys[slot, position] + change)
    return order.shape[0]
