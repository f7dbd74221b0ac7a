"""Decide where tasks go, one after another, each decision seeing those before it.

In: what rows hold, what requests ask, their orders, and which request comes when.  Out: the rows
chosen, committed.  The best rows of an order's cells are compared by the whole chain, strategy by
strategy.  Every row is considered in every decision: the answer is that of a full scan (tests hold
it to one).
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from placement.kernels._jit import bare, part
from placement.kernels.chance import random_number, scaled
from placement.kernels.fitting import (
    FIRST_LINK,
    GROUP,
    LINKS,
    ORDER,
    SPEC,
    Requests,
    fits,
)
from placement.kernels.holding import LOGGED, Holding, commit
from placement.kernels.ordering import (
    BLOCK,
    BLOCKED,
    BY_ATTRIBUTE,
    CELLS,
    CHANGE,
    EXACT,
    LAYOUT,
    LISTENS,
    NONE,
    SEEN,
    SLOT,
    STALE,
    Orders,
    find_best,
    listen,
    pass_on,
    set_key,
)

__all__ = ["decide"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of whichever type numba finds for it."""

MISSING = 0
"""The number of an attribute's value on rows that lack it: a bucket that loses ties (A34)."""


@part
def _precedes(
    h: Holding,
    r: Requests,
    o: Orders,
    request: int,
    slot: int,
    layout: int,
    cell: int,
    other: int,
) -> Number:
    """Compare the best rows of two cells by the chain: below 0 if the first is better."""
    key, other_key = o.keys[slot, o.best[slot, cell]], o.keys[slot, o.best[slot, other]]
    for link in range(r.table[request, LINKS]):
        at = FIRST_LINK + 4 * link
        a, b = r.table[request, at + 1], r.table[request, at + 2]
        if r.table[request, at] == BY_ATTRIBUTE:
            mine, its = o.cell_values[layout, cell, b], o.cell_values[layout, other, b]
            left = 2 * h.spread_counts[a, mine] + (mine == MISSING)
            right = 2 * h.spread_counts[a, its] + (its == MISSING)
        else:
            left, right = (key >> a) & b, (other_key >> a) & b
        if left != right:
            return -1 if left < right else 1
    return 0


@part
def _best_cell(
    h: Holding, r: Requests, o: Orders, request: int, slot: int, layout: int, cells: int
) -> Number:
    """Return the cell of the best row, as far as keys tell, or NONE."""
    found = NONE
    for cell in range(cells):
        if o.best[slot, cell] == STALE:
            find_best(o, slot, layout, cell)
        if o.best[slot, cell] == NONE:
            continue
        if found == NONE:
            found = cell
            continue
        before = _precedes(h, r, o, request, slot, layout, cell, found)
        if before < 0 or (
            before == 0
            and o.row_at[layout, o.best[slot, cell]] < o.row_at[layout, o.best[slot, found]]
        ):
            found = cell
    return found


@part
def _choose(
    h: Holding, r: Requests, o: Orders, request: int, slot: int, layout: int, cells: int, exact: int
) -> Number:
    """Return the position of the row for a request, or NONE."""
    while True:
        cell = _best_cell(h, r, o, request, slot, layout, cells)
        if cell == NONE:
            return NONE
        position = o.best[slot, cell]
        if exact:
            return _drawn(h, r, o, request, slot, layout, cells, cell)
        if fits(h, r, request, o.row_at[layout, position]):
            return position
        set_key(o, slot, layout, position, BLOCKED)


@part
def _drawn(
    h: Holding, r: Requests, o: Orders, request: int, slot: int, layout: int, cells: int, best: int
) -> Number:
    """Return the position of a random one of the rows that are as good as the best (C19)."""
    key = o.keys[slot, o.best[slot, best]]
    for cell in range(cells):
        o.ties[cell] = (
            o.best[slot, cell] != NONE
            and _precedes(h, r, o, request, slot, layout, cell, best) == 0
        )
    survivors = 0
    for position in range(o.first_block[layout, cells] * BLOCK):
        if o.keys[slot, position] == key and o.ties[o.cell_at[layout, position // BLOCK]]:
            survivors += 1
    number = scaled(random_number(h.meta), survivors)
    for row in range(o.position_of.shape[1]):
        position = o.position_of[layout, row]
        if (
            position >= 0
            and o.keys[slot, position] == key
            and o.ties[o.cell_at[layout, position // BLOCK]]
        ):
            if number == 0:
                return position
            number -= 1
    return NONE


@bare
def decide(
    h: Holding,
    r: Requests,
    o: Orders,
    order: Array,
    start: int,
    rows: Array,
    tasks: Array,
    alike: bool,
) -> Number:
    """Decide where the tasks of ``order[start:]`` go, one after another.

    Args:
        h: what rows hold; changed.
        r: what requests ask.
        o: their orders; changed.
        order: int64, the request of each task.
        start: the first to decide.
        rows: int64, filled with the row of each task, or -1 where none was found.
        tasks: int64, filled with the number of each task, or -1.
        alike: all are of one request, so that nothing is found behind the first that has none.

    Returns:
        How many of ``order`` are decided: all of them, or those before a request whose order is
        not built.
    """
    request = -1
    own = slot = layout = cells = exact = change = spec = group = 0
    for i in range(start, order.shape[0]):
        if order[i] != request:
            request = order[i]
            own = r.table[request, ORDER]
            spec, group = r.table[request, SPEC], r.table[request, GROUP]
            slot, layout = o.table[own, SLOT], o.table[own, LAYOUT]
            cells, exact = o.table[own, CELLS], o.table[own, EXACT]
            change = o.table[own, CHANGE]
            if slot < 0:
                return i
        listen(h, r, o, own)
        position = _choose(h, r, o, request, slot, layout, cells, exact)
        if position == NONE:
            if alike:
                for j in range(i, order.shape[0]):
                    rows[j] = -1
                    tasks[j] = -1
                return order.shape[0]
            rows[i] = -1
            tasks[i] = -1
            continue
        row = o.row_at[layout, position]
        rows[i] = row
        tasks[i] = commit(h, row, spec, group)
        if exact:
            continue  # the log has the row, and its key is worked out from there
        if o.table[own, LISTENS] and o.table[own, SEEN] == h.meta[LOGGED] - 1:
            o.table[own, SEEN] += 1  # its own entry, which the next lines take care of
        if change > 0:
            pass_on(o, slot, layout, position, o.keys[slot, position] + change)
        elif change < 0:
            set_key(o, slot, layout, position, o.keys[slot, position] + change)
    return order.shape[0]
