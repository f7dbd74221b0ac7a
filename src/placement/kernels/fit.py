"""Whether a task of a request fits on a row now.

In: what rows hold (``ClusterArrays``), what requests ask (``Requests``), a request, a row.  Out: a
truth value.  Only what tasks can change is asked here: room, ports, the group's tasks, conditions
on ``task:group`` and ``runningTasksCount``.  The static conditions have ruled rows out before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.bundles import array_at
from placement.kernels.fields import (
    ASKS,
    FIRST_STEP,
    GROUP,
    GROUP_LIMIT,
    IS_AND,
    IS_ANY,
    IS_COUNT,
    IS_MASK,
    IS_NOT,
    IS_OR,
    MAX_COUNT,
    MAX_PORTS,
    NO_OWNER,
    SPEC,
    STEPS,
    ClusterArrays,
    Requests,
)
from placement.kernels.hash_table import port_key, slot_of
from placement.kernels.pairs import count_at
from placement.kernels.tiers import called, inlined

__all__ = ["fits", "is_reserved"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@inlined
def is_reserved(cluster: ClusterArrays, row: int, resource: int) -> Number:
    """Return whether some of a resource is reserved: with less than 0 free no task may come (D53).

    Asked only where less is free than wanted, so that decisions seldom look at the array.
    """
    return row < cluster.reserved.shape[0] and cluster.reserved[row, resource] > 0


@inlined
def fits(
    cluster: ClusterArrays,
    requests: Requests,
    request: int,
    row: int,
    every_case: Any,
) -> Number:
    """Return whether a row has room for a request and its dynamic conditions are true.

    Args:
        cluster: what rows hold.
        requests: what requests ask.
        request: which request.
        row: which row.
        every_case: True, or None if no request asks more than amounts.
    """
    if cluster.running[row] >= MAX_COUNT:  # it can count no further task
        return False
    spec = requests.table[request, SPEC]
    for resource in range(cluster.free.shape[1]):
        demand = cluster.spec_demand[spec, resource]
        if cluster.free[row, resource] < demand and (
            demand > 0 or is_reserved(cluster, row, resource)  # less than 0 may be left (C12)
        ):
            return False
    if every_case is not None and requests.table[request, ASKS]:  # None: numba compiles no call
        return _fits_further(cluster, requests, request, row)
    return True


@called
def _fits_further(cluster: ClusterArrays, requests: Requests, request: int, row: int) -> Number:
    """Return whether ports are free, the group has not its most tasks here, and conditions hold.

    A separate function, which few requests call, so that it is compiled once.
    """
    spec = requests.table[request, SPEC]
    first, end = cluster.spec_port_start[spec], cluster.spec_port_start[spec + 1]
    if first != end:
        if cluster.ports[row] + end - first > MAX_PORTS:
            return False
        for i in range(first, end):
            slot = slot_of(cluster.port_keys, port_key(row, cluster.spec_ports[i]))
            if cluster.port_keys[slot] != 0 and cluster.port_holders[slot] != NO_OWNER:
                return False
    group = requests.table[request, GROUP]
    limit = requests.table[request, GROUP_LIMIT]
    if limit > 0 and count_at(cluster, row, group) >= limit:
        return False
    top = -1
    start = requests.table[request, FIRST_STEP]
    for i in range(start, start + requests.table[request, STEPS]):
        kind, a, b = requests.steps[i, 0], requests.steps[i, 1], requests.steps[i, 2]
        if kind == IS_NOT:
            requests.stack[top] = not requests.stack[top]
        elif kind == IS_AND:
            top -= 1
            requests.stack[top] = requests.stack[top] and requests.stack[top + 1]
        elif kind == IS_OR:
            top -= 1
            requests.stack[top] = requests.stack[top] or requests.stack[top + 1]
        else:
            top += 1
            if kind == IS_MASK:
                requests.stack[top] = array_at(requests.masks[a], row + 1, np.bool_)[row]
            elif kind == IS_COUNT:
                requests.stack[top] = a <= cluster.running[row] <= b
            else:
                counted = 0
                for j in range(a, a + b):
                    counted += count_at(cluster, row, requests.codes[j])
                if kind == IS_ANY:
                    requests.stack[top] = counted > 0
                else:
                    requests.stack[top] = cluster.grouped_tasks[row] > counted
    return top < 0 or requests.stack[0]
