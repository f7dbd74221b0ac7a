"""Decide where tasks go: for each request an order over all rows, kept up to date.

In: the arrays of a cluster (``Holding``), the requests and their orders (``Orders``), and which
request comes when.  Out: the rows chosen, committed one after another, each seeing those before.

**The order of a request.**  Rows with equal values of the attributes that the request spreads over
form a *cell*; rows are laid out cell by cell, each cell filling whole blocks of ``BLOCK`` positions
(``Layout``).  Inside a cell only what belongs to a row decides: how many tasks of the group it has,
how much of a resource it has left.  These are packed into one number, the row's *key*, earlier
strategies in higher bits, so that the best row of a cell is the first with the smallest key.
Across cells, the best rows are compared by the whole chain, strategy by strategy.

**Keeping it up to date.**  For every block a lower bound of its keys is kept: a key that grows
needs no work until its block comes up.  A row that other requests filled up keeps its key until it
comes to the top, where it is looked at and blocked.  A request whose keys others can improve
(binpack, conditions on other groups) reads the log of rows that took on a task since it was last
asked.  A row that gave something back is in another log, which every request reads.  Whatever else
changes (attributes, states, instances) voids the orders: they are built anew when next asked.

Every row is considered in every decision: the answer is that of a full scan (tests hold it to one).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import bare, part
from placement.kernels.holding import FREED, GONE, LOGGED, RANDOM_STATE, Holding, commit
from placement.kernels.tables import FREE, count_at, pair_key, port_key, slot_of

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of whichever type numba finds for it."""

BLOCK = 64
"""Positions in a block."""

NEVER = 2**62
"""The key of a row that the request's fixed conditions rule out, and of positions without a row."""

BLOCKED = 2**62 - 1
"""The key of a row that has no room now, or fails a condition that tasks can change."""

MAX_PORTS = 100
"""Static host ports that an instance can have taken (B20)."""

STALE = -2
"""In ``best``: the best position of a cell is not known."""

NONE = -1
"""In ``best``: no row of the cell will do."""

CHAIN = 6
"""Strategies that a request may have, with the one that ``ties="random"`` adds."""

(
    SPEC,
    GROUP,
    DISTINCT,
    FIRST_STEP,
    STEPS,
    LINKS,
    LAYOUT,
    CELLS,
    LISTENS,
    RECOUNTS,
    SEEN,
    SEEN_FREED,
    CHANGE,
    COUNT_SHIFT,
    COUNT_MASK,
    RANDOM,
    SLOT,
    FIRST_LINK,
) = range(18)
"""Fields of a request: its specification and group; whether distinctInstance holds; its program of
changeable conditions; how many links its chain has; layout and number of cells; whether it reads
the log, and counts its group anew for each entry; how far it has read both logs; how its key
changes when it places; where in the key the group's count is (-1: nowhere) and its mask; whether
random decides among the best; its place among the orders (-1: none); then four numbers for each
link."""

REQUEST_FIELDS = FIRST_LINK + 4 * CHAIN

BY_ATTRIBUTE, BY_KEY = range(2)
"""A link of a chain: (BY_ATTRIBUTE, count, which value of the cell, 0) or (BY_KEY, shift, mask,
resource, or -1 for the group's count on the row)."""

MISSING = 0
"""The number of an attribute's value on rows that lack it: a bucket that loses ties (A34)."""

IS_MASK, IS_ANY, IS_OTHER, IS_COUNT, IS_NOT, IS_AND, IS_OR = range(7)
"""Steps of a program over one row: (IS_MASK, which), (IS_ANY, start, length), (IS_OTHER, start,
length), (IS_COUNT, low, high); IS_NOT turns the newest answer, IS_AND and IS_OR join the two
newest."""

STACK = 512
"""How deep the program of a request may stack answers."""


class Orders(NamedTuple):
    """Requests and their orders; C requests, P positions, B blocks, K cells, S orders, L layouts.

    Attributes:
        requests: int64 ``[C, REQUEST_FIELDS]``.
        steps: int64 ``[step, 3]``, the programs of all requests, one behind the other.
        codes: int64, the group codes that steps refer to.
        masks: bool ``[mask, N]``, the fixed parts of conditions.
        row_at: int32 ``[L, P]``, the row at a position, or GONE.
        position_of: int32 ``[L, N]``.
        first_block: int32 ``[L, K + 1]``, the first block of each cell.
        cell_at: int32 ``[L, B]``, the cell of each block.
        cell_values: int32 ``[L, K, CHAIN]``, a cell's value of each attribute of the layout.
        keys: int64 ``[S, P]``.
        bounds: int64 ``[S, B]``, at most the smallest key of the block.
        best: int64 ``[S, K]``, the best position of a cell, STALE or NONE.
        stack: bool ``[STACK]``, room to work in.
        ties: bool ``[K]``, the same.
    """

    requests: Array
    steps: Array
    codes: Array
    masks: Array
    row_at: Array
    position_of: Array
    first_block: Array
    cell_at: Array
    cell_values: Array
    keys: Array
    bounds: Array
    best: Array
    stack: Array
    ties: Array


@bare
def random_number(meta: Array) -> Number:
    """Return the next 64 random bits (SplitMix64, C19)."""
    state = np.uint64(meta[RANDOM_STATE]) + np.uint64(0x9E3779B97F4A7C15)
    meta[RANDOM_STATE] = np.int64(state)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@bare
def scaled(number: int, n: int) -> Number:
    """Return ``(number * n) >> 64`` for a 64-bit number and an n below 2**32."""
    low = (number & np.uint64(0xFFFFFFFF)) * np.uint64(n)
    high = (number >> np.uint64(32)) * np.uint64(n)
    return np.int64((high + (low >> np.uint64(32))) >> np.uint64(32))


@bare
def draw(meta: Array, n: int) -> Number:
    """Return a random number below n, drawing one from the generator (C19)."""
    return scaled(random_number(meta), n)


# Does a task fit on a row?


@part
def _holds(h: Holding, o: Orders, request: int, row: int, stack: Array) -> Number:
    """Return whether the changeable conditions of a request are true of a row."""
    top = -1
    first = o.requests[request, FIRST_STEP]
    for i in range(first, first + o.requests[request, STEPS]):
        kind, a, b = o.steps[i, 0], o.steps[i, 1], o.steps[i, 2]
        if kind == IS_NOT:
            stack[top] = not stack[top]
        elif kind == IS_AND:
            top -= 1
            stack[top] = stack[top] and stack[top + 1]
        elif kind == IS_OR:
            top -= 1
            stack[top] = stack[top] or stack[top + 1]
        else:
            top += 1
            if kind == IS_MASK:
                stack[top] = o.masks[a, row]
            elif kind == IS_COUNT:
                stack[top] = a <= h.running[row] <= b
            else:
                counted = 0
                for j in range(a, a + b):
                    key = pair_key(row, o.codes[j])
                    counted += count_at(h.pair_keys, h.pair_counts, key)
                stack[top] = counted > 0 if kind == IS_ANY else h.known[row] > counted
    return stack[0]


@part
def _fits(h: Holding, o: Orders, request: int, row: int, stack: Array) -> Number:
    """Return whether a row has room for a request and its changeable conditions are true."""
    spec = o.requests[request, SPEC]
    for resource in range(h.free.shape[1]):
        if h.free[row, resource] < h.spec_demand[spec, resource]:
            return False
    first, end = h.spec_port_start[spec], h.spec_port_start[spec + 1]
    if first != end:
        if h.ports[row] + end - first > MAX_PORTS:
            return False
        for i in range(first, end):
            slot = slot_of(h.port_keys, port_key(row, h.spec_ports[i]))
            if h.port_keys[slot] != 0 and h.port_holders[slot] != FREE:
                return False
    if o.requests[request, DISTINCT]:
        key = pair_key(row, o.requests[request, GROUP])
        if count_at(h.pair_keys, h.pair_counts, key) > 0:
            return False
    if o.requests[request, STEPS]:
        return _holds(h, o, request, row, stack)
    return True


# Keys and the best of a cell


@part
def _key(h: Holding, o: Orders, request: int, row: int, count: int) -> Number:
    """Return the key of a row that has ``count`` tasks of the request's group."""
    key = np.int64(0)
    for link in range(o.requests[request, LINKS]):
        at = FIRST_LINK + 4 * link
        if o.requests[request, at] == BY_KEY:
            resource = o.requests[request, at + 3]
            number = np.int64(count) if resource < 0 else h.free[row, resource]
            key += number << o.requests[request, at + 1]
    return key


@part
def _group_count(h: Holding, o: Orders, request: int, row: int) -> Number:
    """Return how many tasks of the request's group are on a row, 0 if its key does not ask."""
    if o.requests[request, COUNT_SHIFT] < 0:
        return 0
    key = pair_key(row, o.requests[request, GROUP])
    return count_at(h.pair_keys, h.pair_counts, key)


@part
def _set_key(o: Orders, request: int, position: int, key: int) -> None:
    """Change the key at a position, and what is known of its block and cell."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    old = o.keys[slot, position]
    o.keys[slot, position] = key
    block = position // BLOCK
    cell = o.cell_at[layout, block]
    best = o.best[slot, cell]
    if key < old:
        o.bounds[slot, block] = min(o.bounds[slot, block], key)
        if best == NONE or (
            best >= 0
            and (key < o.keys[slot, best] or (key == o.keys[slot, best] and position < best))
        ):
            o.best[slot, cell] = position
    elif key > old and best == position:
        o.best[slot, cell] = STALE


@part
def _find_best(o: Orders, request: int, cell: int) -> None:
    """Find the first position with the smallest key of a cell, correcting bounds on the way."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    first, end = o.first_block[layout, cell], o.first_block[layout, cell + 1]
    bounds = o.bounds[slot, first:end]
    while True:
        least = NEVER
        for i in range(bounds.shape[0]):
            least = min(least, bounds[i])
        if least >= BLOCKED:
            o.best[slot, cell] = NONE
            return
        block = 0
        while bounds[block] != least:
            block += 1
        start = (first + block) * BLOCK
        keys = o.keys[slot, start : start + BLOCK]
        smallest = NEVER
        for i in range(BLOCK):
            smallest = min(smallest, keys[i])
        bounds[block] = smallest
        if smallest == least:
            at = 0
            while keys[at] != least:
                at += 1
            o.best[slot, cell] = start + at
            return


@part
def _listen(h: Holding, o: Orders, request: int, stack: Array) -> None:
    """Bring the keys of a request up to date with what the logs say."""
    for i in range(o.requests[request, SEEN_FREED], h.meta[FREED]):
        _renew(h, o, request, h.freed[i], True, stack)
    o.requests[request, SEEN_FREED] = h.meta[FREED]
    if not o.requests[request, LISTENS]:
        return
    recounts = o.requests[request, RECOUNTS] != 0
    for i in range(o.requests[request, SEEN], h.meta[LOGGED]):
        row = h.log[i]
        if h.last[row] == i:  # the row's later entries will do
            _renew(h, o, request, row, recounts, stack)
    o.requests[request, SEEN] = h.meta[LOGGED]


@part
def _renew(h: Holding, o: Orders, request: int, row: int, recount: bool, stack: Array) -> None:
    """Work out the key of one row anew."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    position = o.position_of[layout, row]
    old = o.keys[slot, position]
    if old == NEVER:
        return
    if not _fits(h, o, request, row, stack):
        key = BLOCKED
    else:
        shift = o.requests[request, COUNT_SHIFT]
        if recount or shift < 0 or old == BLOCKED:
            count = _group_count(h, o, request, row)
        else:
            count = (old >> shift) & o.requests[request, COUNT_MASK]
        key = _key(h, o, request, row, count)
    if key != old:
        _set_key(o, request, position, key)


# Choosing


@part
def _precedes(h: Holding, o: Orders, request: int, cell: int, other: int) -> Number:
    """Compare the best rows of two cells by the chain: below 0 if the first is better."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    key, other_key = o.keys[slot, o.best[slot, cell]], o.keys[slot, o.best[slot, other]]
    for link in range(o.requests[request, LINKS]):
        at = FIRST_LINK + 4 * link
        a, b = o.requests[request, at + 1], o.requests[request, at + 2]
        if o.requests[request, at] == BY_ATTRIBUTE:
            mine, its = o.cell_values[layout, cell, b], o.cell_values[layout, other, b]
            left = 2 * h.spread_counts[a, mine] + (mine == MISSING)
            right = 2 * h.spread_counts[a, its] + (its == MISSING)
        else:
            left, right = (key >> a) & b, (other_key >> a) & b
        if left != right:
            return -1 if left < right else 1
    return 0


@part
def _best_cell(h: Holding, o: Orders, request: int) -> Number:
    """Return the cell of the best row, as far as keys tell, or NONE."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    found = NONE
    for cell in range(o.requests[request, CELLS]):
        if o.best[slot, cell] == STALE:
            _find_best(o, request, cell)
        if o.best[slot, cell] == NONE:
            continue
        if found == NONE:
            found = cell
            continue
        order = _precedes(h, o, request, cell, found)
        if order < 0 or (
            order == 0
            and o.row_at[layout, o.best[slot, cell]] < o.row_at[layout, o.best[slot, found]]
        ):
            found = cell
    return found


@part
def _choose(h: Holding, o: Orders, request: int, stack: Array) -> Number:
    """Return the position of the row for a request, or NONE."""
    _listen(h, o, request, stack)
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    while True:
        cell = _best_cell(h, o, request)
        if cell == NONE:
            return NONE
        position = o.best[slot, cell]
        if _fits(h, o, request, o.row_at[layout, position], stack):
            if o.requests[request, RANDOM]:
                return _draw(h, o, request, cell)
            return position
        _set_key(o, request, position, BLOCKED)


@part
def _draw(h: Holding, o: Orders, request: int, best: int) -> Number:
    """Return the position of a random one of the rows that are as good as the best (C19)."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    key = o.keys[slot, o.best[slot, best]]
    ties = o.ties
    cells = o.requests[request, CELLS]
    for cell in range(cells):
        ties[cell] = o.best[slot, cell] != NONE and _precedes(h, o, request, cell, best) == 0
    survivors = 0
    for position in range(o.first_block[layout, cells] * BLOCK):
        if o.keys[slot, position] == key and ties[o.cell_at[layout, position // BLOCK]]:
            survivors += 1
    number = scaled(random_number(h.meta), survivors)
    for row in range(h.free.shape[0]):
        position = o.position_of[layout, row]
        if (
            position >= 0
            and o.keys[slot, position] == key
            and ties[o.cell_at[layout, position // BLOCK]]
        ):
            if number == 0:
                return position
            number -= 1
    return NONE


@part
def _place(h: Holding, o: Orders, request: int, position: int) -> Number:
    """Commit a request's task to the row at a position, and return the task."""
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    row = o.row_at[layout, position]
    task = commit(h, row, o.requests[request, SPEC], o.requests[request, GROUP])
    if o.requests[request, LISTENS] and o.requests[request, SEEN] == h.meta[LOGGED] - 1:
        o.requests[request, SEEN] += 1  # its own entry, which the next lines take care of
    key = o.keys[slot, position] + o.requests[request, CHANGE]
    if o.requests[request, RANDOM] and not _fits(h, o, request, row, o.stack):
        key = BLOCKED  # chance takes all keys at their word
    _set_key(o, request, position, key)
    return task


# Orders


@bare
def build(h: Holding, o: Orders, request: int, fixed: Array) -> None:
    """Fill the order of a request from nothing.

    Args:
        h: what rows hold.
        o: the orders; the request's SLOT says which is written.
        request: which request.
        fixed: bool over rows, whether the request's fixed conditions are true.
    """
    slot, layout = o.requests[request, SLOT], o.requests[request, LAYOUT]
    stack = o.stack
    for block in range(o.first_block[layout, o.requests[request, CELLS]]):
        bound = NEVER
        for position in range(block * BLOCK, (block + 1) * BLOCK):
            row = o.row_at[layout, position]
            key = NEVER
            if row != GONE and fixed[row]:
                key = BLOCKED
                if _fits(h, o, request, row, stack):
                    key = _key(h, o, request, row, _group_count(h, o, request, row))
            o.keys[slot, position] = key
            bound = min(bound, key)
        o.bounds[slot, block] = bound
    for cell in range(o.requests[request, CELLS]):
        o.best[slot, cell] = STALE
    o.requests[request, SEEN] = h.meta[LOGGED]
    o.requests[request, SEEN_FREED] = h.meta[FREED]


@bare
def decide(
    h: Holding,
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
        o: requests and their orders; changed.
        order: int64, the request of each task.
        start: the first to decide.
        rows: int64, filled with the row of each task, or -1 where none was found.
        tasks: int64, filled with the number of each task, or -1.
        alike: all are of one request, so that nothing is found behind the first that has none.

    Returns:
        How many of ``order`` are decided: all of them, or those before a request without an order.
    """
    stack = o.stack
    for i in range(start, order.shape[0]):
        request = order[i]
        if o.requests[request, SLOT] < 0:
            return i
        position = _choose(h, o, request, stack)
        if position == NONE:
            rows[i] = -1
            tasks[i] = -1
            if alike:
                return order.shape[0]
            continue
        rows[i] = o.row_at[o.requests[request, LAYOUT], position]
        tasks[i] = _place(h, o, request, position)
    return order.shape[0]
