"""Does a task of a request fit on a row now?

In: what rows hold (``Holding``), what requests ask (``Requests``), a request, a row.  Out: a truth
value.  Only what tasks can change is asked here: room, ports, the group's tasks, conditions on
``task:group`` and ``runningTasksCount``.  What they cannot change has ruled rows out before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from placement.kernels._jit import bare, part
from placement.kernels.holding import Holding
from placement.kernels.tables import FREE, count_at, pair_key, port_key, slot_of

__all__ = ["CHAIN", "Requests", "fits"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of whichever type numba finds for it."""

MAX_PORTS = 100
"""Static host ports that an instance can have taken (B20)."""

CHAIN = 6
"""Strategies that a request may have, with the one that ``ties="random"`` adds."""

(
    SPEC,
    GROUP,
    ASKS,
    DISTINCT,
    FIRST_STEP,
    STEPS,
    ORDER,
    LINKS,
    FIRST_LINK,
) = range(9)
"""Fields of a request: its specification and group; whether it asks for more than amounts; whether
distinctInstance holds; its program of changeable conditions; its order; how many links its chain
has; then four numbers for each link."""

REQUEST_FIELDS = FIRST_LINK + 4 * CHAIN

IS_MASK, IS_ANY, IS_OTHER, IS_COUNT, IS_NOT, IS_AND, IS_OR = range(7)
"""Steps of a program over one row: (IS_MASK, which), (IS_ANY, start, length), (IS_OTHER, start,
length), (IS_COUNT, low, high); IS_NOT turns the newest answer, IS_AND and IS_OR join the two
newest."""

STACK = 512
"""How deep the program of a request may stack answers."""


class Requests(NamedTuple):
    """What requests ask; C requests, N rows.

    Attributes:
        table: int64 ``[C, REQUEST_FIELDS]``.
        steps: int64 ``[step, 3]``, the programs of all requests, one behind the other.
        codes: int64, the group codes that steps refer to.
        masks: bool ``[mask, N]``, the fixed parts of conditions.
        stack: bool ``[STACK]``, room to work in.
    """

    table: Array
    steps: Array
    codes: Array
    masks: Array
    stack: Array


@part
def fits(h: Holding, r: Requests, request: int, row: int) -> Number:
    """Return whether a row has room for a request and its changeable conditions are true."""
    spec = r.table[request, SPEC]
    for resource in range(h.free.shape[1]):
        demand = h.spec_demand[spec, resource]
        if h.free[row, resource] < demand and demand > 0:  # less than 0 may be left (C12)
            return False
    if r.table[request, ASKS]:
        return _fits_further(
            h.ports,
            h.running,
            h.known,
            h.pair_keys,
            h.pair_counts,
            h.port_keys,
            h.port_holders,
            h.spec_ports,
            h.spec_port_start,
            r,
            request,
            row,
        )
    return True


@bare
def _fits_further(
    ports: Array,
    running: Array,
    known: Array,
    pair_keys: Array,
    pair_counts: Array,
    port_keys: Array,
    port_holders: Array,
    spec_ports: Array,
    spec_port_start: Array,
    r: Requests,
    request: int,
    row: int,
) -> Number:
    """Return whether ports are free, distinctInstance holds and the conditions are true.

    A function of its own, that few requests call, so that it is compiled once.
    """
    spec = r.table[request, SPEC]
    first, end = spec_port_start[spec], spec_port_start[spec + 1]
    if first != end:
        if ports[row] + end - first > MAX_PORTS:
            return False
        for i in range(first, end):
            slot = slot_of(port_keys, port_key(row, spec_ports[i]))
            if port_keys[slot] != 0 and port_holders[slot] != FREE:
                return False
    if r.table[request, DISTINCT]:
        key = pair_key(row, r.table[request, GROUP])
        if count_at(pair_keys, pair_counts, key) > 0:
            return False
    top = -1
    start = r.table[request, FIRST_STEP]
    for i in range(start, start + r.table[request, STEPS]):
        kind, a, b = r.steps[i, 0], r.steps[i, 1], r.steps[i, 2]
        if kind == IS_NOT:
            r.stack[top] = not r.stack[top]
        elif kind == IS_AND:
            top -= 1
            r.stack[top] = r.stack[top] and r.stack[top + 1]
        elif kind == IS_OR:
            top -= 1
            r.stack[top] = r.stack[top] or r.stack[top + 1]
        else:
            top += 1
            if kind == IS_MASK:
                r.stack[top] = r.masks[a, row]
            elif kind == IS_COUNT:
                r.stack[top] = a <= running[row] <= b
            else:
                counted = 0
                for j in range(a, a + b):
                    counted += count_at(pair_keys, pair_counts, pair_key(row, r.codes[j]))
                r.stack[top] = counted > 0 if kind == IS_ANY else known[row] > counted
    return top < 0 or r.stack[0]
