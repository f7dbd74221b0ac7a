"""Fetch what coming events need before they are decided.

In: the arrays of a cluster and of indexes, and a stream of events.  Out: nothing; memory is asked
for, and nothing is changed.  A stop needs its task, then the task's row, then the row's table of
groups; a decision needs its request, then the index, then the best row.  Each of them lies anywhere
in memory and is known only when the one before has come.  Looked at a few events ahead, one step at
a time, all have come when they are needed.  A wrong guess costs time and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.addresses import indexes_at, requests_at
from placement.kernels.bundles import array_at
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
    MOST_PAGES,
    NEXT_ID,
    NO_ROW,
    NONE,
    PAGE,
    PAGE_OF,
    PAGES,
    PAIR_CAPACITY,
    PAIR_START,
    POSITION_OF,
    POSITIONS,
    ROW_AT,
    SEEN_LEFT,
    STALE,
    TASKS,
    WIDE,
    ClusterArrays,
    Indexes,
    Requests,
)
from placement.kernels.keys import OpenIndex
from placement.kernels.pairs import first_slot
from placement.kernels.tiers import called, in_compiled_code, inlined

__all__ = ["fetch_best", "look_ahead", "look_ahead_at_stops"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

FIRST, SECOND, THIRD = 12, 9, 6
"""How many events ahead each step is taken."""

MOST_LEFT = 8
"""Of so many rows that tasks of a group have left last, what a decision needs is asked for."""

BOUNDS_OF_LINE, MOST_LINES = 8, 32
"""Bounds on a cache line, and how many lines of them are asked for at most."""

_PLACES = {name: place for place, name in enumerate(ClusterArrays._fields)}
_FREE, _NEWEST, _RUNNING = _PLACES["free"], _PLACES["newest"], _PLACES["running"]
_GROUPED, _FREED_AT = _PLACES["grouped_tasks"], _PLACES["freed_at"]
_TABLES, _ENTRIES = _PLACES["pair_tables"], _PLACES["pair_entries"]
_ROW, _GROUP, _SPEC = _PLACES["task_row"], _PLACES["task_group"], _PLACES["task_spec"]
_NEXT, _BEFORE = _PLACES["task_next"], _PLACES["task_before"]
_GPUS, _FLAGS = _PLACES["task_gpus"], _PLACES["task_flags"]
_GROUP_LEFT, _LEFT_ROWS, _META = _PLACES["group_left"], _PLACES["left_rows"], _PLACES["meta"]
_LEFT_BEFORE = _PLACES["left_before"]
"""Places in the list of addresses of a cluster."""


def _plain_fetch(address: int) -> None:
    """Ask for the cache line at an address; plain Python has no use for that."""


def _compiled_fetch() -> Any:
    from placement.kernels import _intrinsics

    return _intrinsics.fetch


fetch = in_compiled_code(_plain_fetch, _compiled_fetch)


@inlined
def _fetch_task(lists: Array, task: int) -> None:
    """Ask for what is known of a task by its position."""
    fetch(lists[_ROW, 0] + 4 * task)
    fetch(lists[_GROUP, 0] + 4 * task)
    fetch(lists[_SPEC, 0] + 4 * task)
    fetch(lists[_NEXT, 0] + 4 * task)
    fetch(lists[_BEFORE, 0] + 4 * task)
    fetch(lists[_GPUS, 0] + 8 * task)
    fetch(lists[_FLAGS, 0] + task)


@inlined
def _fetch_row(lists: Array, row: int) -> None:
    """Ask for what is known of a row."""
    fetch(lists[_FREE, 0] + 8 * lists[_FREE, 2] * row)
    fetch(lists[_NEWEST, 0] + 4 * row)
    fetch(lists[_RUNNING, 0] + 4 * row)
    fetch(lists[_GROUPED, 0] + 4 * row)
    fetch(lists[_TABLES, 0] + 24 * row)
    fetch(lists[_FREED_AT, 0] + 8 * row)


@inlined
def _fetch_slot(lists: Array, row: int, group: int) -> None:
    """Ask for the slot of a group in the table of a row; where that table is has come."""
    tables = array_at(lists[_TABLES, 0], (lists[_TABLES, 1], lists[_TABLES, 2]), np.int64)
    capacity = tables[row, PAIR_CAPACITY]
    if capacity > 0:
        at = tables[row, PAIR_START] + first_slot(group, capacity - 1)
        fetch(lists[_ENTRIES, 0] + 8 * at)


@inlined
def fetch_best(lists: Array, own: OpenIndex, position: int) -> None:
    """Ask for what is known of the row that has become the best of the bucket of a position."""
    best = own.best[own.bucket_at[position // BLOCK]]
    if best >= 0:
        _fetch_row(lists, np.int64(own.row_at[best]))


@inlined
def _int32_at(lists: Array, array: int, at: int) -> Number:
    """Return an entry of one of the arrays of int32, as int64."""
    return np.int64(array_at(lists[array, 0], lists[array, 1], np.int32)[at])


@inlined
def _task_of(lists: Array, stops: Array, tasks: Array, event: int, now: int) -> Number:
    """Return the position of the task that an event stops, below 0 if it is not known yet."""
    task = stops[event]
    if task < -1 and -2 - task < now:
        task = tasks[-2 - task]
        if task >= 0:
            meta = array_at(lists[_META, 0], lists[_META, 1], np.int64)
            task += meta[TASKS] - meta[NEXT_ID]
    return task


@inlined
def _fetch_stop(lists: Array, task: int, step: int) -> None:
    """Take a step for the stop of a task by its position."""
    if step == FIRST:
        _fetch_task(lists, task)
        return
    row = _int32_at(lists, _ROW, task)
    if row == NO_ROW:
        return
    if step == SECOND:
        _fetch_row(lists, row)
        fetch(lists[_BEFORE, 0] + 4 * _int32_at(lists, _NEXT, task))
        fetch(lists[_NEXT, 0] + 4 * _int32_at(lists, _BEFORE, task))
    else:
        _fetch_slot(lists, row, _int32_at(lists, _GROUP, task))


@inlined
def _fetch_place(
    lists: Array, requests: Requests, indexes: Indexes, request: int, step: int
) -> None:
    """Take a step for a decision: its best row so far, and a row that a task of its group left."""
    own = indexes.table[requests.table[request, INDEX]]
    if step == FIRST or not own[BUILT]:
        return
    layout = indexes.layouts[own[LAYOUT]]
    width = 8 if own[WIDE] else 4
    best = array_at(own[BEST], 1, np.int64)[0]
    row = np.int64(NO_ROW)
    if best > NONE:
        row = np.int64(array_at(layout[ROW_AT], best + 1, np.int32)[best])
    if row != NO_ROW:
        if step == SECOND:
            fetch(own[KEYS] + width * best)
            _fetch_row(lists, row)
        else:
            _fetch_slot(lists, row, requests.table[request, GROUP])
    elif best == STALE and step == SECOND:  # it will be searched for by the bounds of blocks
        for line in range(min(layout[POSITIONS] // BLOCK // BOUNDS_OF_LINE + 1, MOST_LINES)):
            fetch(own[BOUNDS] + 8 * BOUNDS_OF_LINE * line)
    if own[COUNTS] >= 0:
        _fetch_left(lists, own, layout, width, step)


@inlined
def _fetch_left(lists: Array, own: Array, layout: Array, width: int, step: int) -> None:
    """Ask for rows that tasks of the counted group of an index have left since it was used.

    Args:
        lists: the addresses of the cluster's arrays.
        own: the line of the index in ``Indexes.table``.
        layout: the line of its layout.
        width: the bytes of one of its keys.
        step: which step is taken.
    """
    left = array_at(lists[_GROUP_LEFT, 0], lists[_GROUP_LEFT, 1], np.int64)[own[COUNTS]]
    page_of = array_at(layout[PAGE_OF], layout[MOST_PAGES], np.int32)
    for _ in range(MOST_LEFT):
        if left < own[SEEN_LEFT] or left < 0:
            return
        row = _int32_at(lists, _LEFT_ROWS, left)
        place = np.int64(page_of[row // PAGE]) * PAGE + row % PAGE
        if step == SECOND:
            fetch(layout[POSITION_OF] + 4 * place)
            fetch(lists[_TABLES, 0] + 24 * row)
        else:
            positions = array_at(layout[POSITION_OF], layout[PAGES] * PAGE, np.int32)
            position = np.int64(positions[place])
            fetch(own[KEYS] + width * position)
            fetch(own[BOUNDS] + 8 * (position // BLOCK))
            _fetch_slot(lists, row, own[COUNTS])
        left = _int32_at(lists, _LEFT_BEFORE, left)


@called
def look_ahead(
    lists: Array,
    request_lists: Array,
    index_lists: Array,
    events: Array,
    stops: Array,
    tasks: Array,
    now: int,
    end: int,
) -> None:
    """Ask for what the events after ``now`` and before ``end`` need; as for ``decide``."""
    requests, indexes = requests_at(request_lists), indexes_at(index_lists)
    for step in (FIRST, SECOND, THIRD):
        event = now + step
        if event < end:
            if events[event] >= 0:
                _fetch_place(lists, requests, indexes, events[event], step)
            else:
                task = _task_of(lists, stops, tasks, event, now)
                if task >= 0:
                    _fetch_stop(lists, task, step)


@inlined
def look_ahead_at_stops(lists: Array, tasks: Array, now: int) -> None:
    """Ask for what the stops of ``tasks`` after ``now`` need: int64, positions of tasks."""
    for step in (FIRST, SECOND, THIRD):
        if now + step < tasks.shape[0]:
            _fetch_stop(lists, tasks[now + step], step)
