"""Fetch what coming events need before they are decided.

In: the arrays of a cluster and of indexes, and a stream of events.  Out: nothing; memory is asked
for, and nothing is changed.  A stop needs its task, then the task's row, then the row's table of
groups; a decision needs its request, then the index, then the best row.  Each of them lies anywhere
in memory and is known only when the one before has come.  Looked at a few events ahead, one step at
a time, all have come when they are needed.  Whatever is guessed wrongly costs time and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from placement.kernels._jit import compiles, inlined
from placement.kernels.addresses import array_at
from placement.kernels.fields import (
    BEST,
    BLOCK,
    BOUNDS,
    BUILT,
    COUNTS,
    GROUP,
    INDEX,
    KEYS,
    LAYOUT,
    NEXT_ID,
    NONE,
    PAIR_CAPACITY,
    PAIR_START,
    POSITION_OF,
    ROW_AT,
    TASKS,
    WIDE,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.records import ROW, TASK

__all__ = ["look_ahead"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

_ir: Any = ir

FIRST, SECOND, THIRD, FOURTH = 12, 9, 6, 3
"""How many events ahead each step is taken."""

_ROW, _TASK = ROW.itemsize, TASK.itemsize


def _plain_fetch(address: int) -> None:
    """Ask for the cache line at an address; plain Python has no use for that."""


def _compiled_fetch(_: Any, address: Any) -> Any:
    """Tell numba how to write the instruction: it never fails, whatever the address."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _ir.PointerType(_ir.IntType(8))
        number = _ir.IntType(32)
        kind = _ir.FunctionType(_ir.VoidType(), [pointer, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        builder.call(
            fetch,
            [
                builder.inttoptr(arguments[0], pointer),
                number(0),  # to read
                number(3),  # into every cache
                number(1),  # data
            ],
        )
        return context.get_dummy_value()

    return types.void(types.int64), write


fetch: Any = intrinsic(_compiled_fetch) if compiles() else _plain_fetch


@inlined
def _fetch_slot(cluster: ClusterArrays, lists: Array, row: int, group: int) -> None:
    """Ask for the slot of a group in the table of a row, whose record has come."""
    capacity = cluster.pair_tables[row, PAIR_CAPACITY]
    if capacity > 0:
        at = (np.int64(group) * 40_503 >> 4) & (capacity - 1)
        fetch(lists[4, 0] + 8 * (cluster.pair_tables[row, PAIR_START] + at))


@inlined
def _fetch_row(lists: Array, row: int) -> None:
    """Ask for the record of a row."""
    address = lists[0, 0] + _ROW * np.int64(row)
    fetch(address)
    fetch(address + 64)


@inlined
def _task_of(cluster: ClusterArrays, stops: Array, tasks: Array, event: int, now: int) -> Number:
    """Return the position of the task that an event stops, or NO_ROW if it is not known yet."""
    task = stops[event]
    if task < -1 and -2 - task < now:
        task = tasks[-2 - task]
        if task >= 0:
            task += cluster.meta[TASKS] - cluster.meta[NEXT_ID]
    return task


@inlined
def look_ahead(
    cluster: ClusterArrays,
    requests: Requests,
    indexes: Indexes,
    lists: Array,
    events: Array,
    stops: Array,
    tasks: Array,
    event: int,
    end: int,
) -> None:
    """Ask for what the events after ``event`` need, before ``end``."""
    at = event + FIRST
    if at < end:
        if events[at] < 0:
            task = _task_of(cluster, stops, tasks, at, event)
            if task >= 0:
                fetch(lists[1, 0] + _TASK * task)
    at = event + SECOND
    if at < end:
        if events[at] < 0:
            task = _task_of(cluster, stops, tasks, at, event)
            if task >= 0:
                _fetch_row(lists, cluster.task_row[task])
                fetch(lists[1, 0] + _TASK * np.int64(cluster.task_next[task]))
                fetch(lists[1, 0] + _TASK * np.int64(cluster.task_before[task]))
        else:
            index = requests.table[events[at], INDEX]
            best = np.int64(NONE)
            if indexes.table[index, BUILT]:
                best = array_at(indexes.table[index, BEST], 1, np.int64)[0]
            if best >= 0:
                width = 8 if indexes.table[index, WIDE] else 4
                fetch(indexes.table[index, KEYS] + width * best)
                layout = indexes.layouts[indexes.table[index, LAYOUT]]
                row = array_at(layout[ROW_AT], best + 1, np.int32)[best]
                if row >= 0:
                    _fetch_row(lists, row)
    at = event + THIRD
    if at < end:
        if events[at] < 0:
            task = _task_of(cluster, stops, tasks, at, event)
            if task >= 0:
                row = np.int64(cluster.task_row[task])
                if row >= 0:
                    _fetch_slot(cluster, lists, row, cluster.task_group[task])
        elif indexes.table[requests.table[events[at], INDEX], BUILT]:
            index = requests.table[events[at], INDEX]
            best = array_at(indexes.table[index, BEST], 1, np.int64)[0]
            layout = indexes.layouts[indexes.table[index, LAYOUT]]
            if best >= 0:
                row = np.int64(array_at(layout[ROW_AT], best + 1, np.int32)[best])
                if row >= 0:
                    _fetch_slot(cluster, lists, row, requests.table[events[at], GROUP])
            if indexes.table[index, COUNTS] >= 0:
                left = cluster.group_left[indexes.table[index, COUNTS]]
                if left >= 0:
                    row = np.int64(cluster.left_rows[left])
                    position = np.int64(array_at(layout[POSITION_OF], row + 1, np.int32)[row])
                    width = 8 if indexes.table[index, WIDE] else 4
                    fetch(indexes.table[index, KEYS] + width * position)
                    fetch(indexes.table[index, BOUNDS] + 8 * (position // BLOCK))
                    _fetch_row(lists, row)
                    _fetch_slot(cluster, lists, row, indexes.table[index, COUNTS])
