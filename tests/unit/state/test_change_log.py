"""Rows by the time of their latest change: each once, the latest first, however many changes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.kernels.addresses import cluster_at
from placement.kernels.commit import note_freed, note_taken
from placement.kernels.fields import (
    CLOCK,
    CPU,
    FREED_HEAD,
    LEFT,
    LOG_FREED,
    LOG_TAKEN,
    NO_ROW,
    NOT_COUNTED,
    TAKEN_HEAD,
)
from placement.kernels.tiers import jit_no_refcount
from placement.state.change_log import ChangeLog
from placement.state.specs import Spec
from placement.state.tasks import Tasks


@jit_no_refcount
def _note(lists: Any, rows: Any, takes: Any) -> None:
    cluster = cluster_at(lists)
    for i in range(rows.shape[0]):
        if takes[i]:
            note_taken(cluster, rows[i])
        else:
            note_freed(cluster, rows[i])


def listed(tasks: Tasks, kind: str) -> list[int]:
    """Return the rows of a list from its head, and hold it to what it says backwards."""
    log = tasks.change_log
    head = int(tasks.meta[TAKEN_HEAD if kind == "taken" else FREED_HEAD])
    at, following, before = [getattr(log, f"{kind}_{name}") for name in ("at", "next", "before")]
    rows: list[int] = []
    row = head
    while row != NO_ROW:
        assert row not in rows, "a row is there once"
        if rows:
            assert before[row] == rows[-1]
            assert at[row] < at[rows[-1]]
        rows.append(row)
        row = int(following[row])
    assert sorted(rows) == np.flatnonzero(at).tolist()
    return rows


def tasks_of(rows: int) -> Tasks:
    """Return the tasks of some rows with 10 units of cpu each; some request asks for none."""
    tasks = Tasks()
    tasks.reserve_rows(rows)
    tasks.resources.free[:, CPU] = 10
    tasks.change_log.expect(0, 0)
    return tasks


@settings(max_examples=40, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=60),
    more=st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=30),
)
def test_each_row_is_there_once_the_latest_first(changes: Any, more: Any) -> None:
    """In both lists, also after there are more rows, and whatever readers ask for."""
    tasks = tasks_of(8)
    latest: dict[bool, dict[int, int]] = {True: {}, False: {}}
    clock = 0
    for number, part in enumerate((changes, more)):
        for row, takes in part:
            clock += 1
            latest[takes].pop(row, None)
            latest[takes][row] = clock
            if not takes:
                tasks.change_log.blocked[row] = True
        rows = np.array([row for row, _ in part], np.int64)
        _note.call(tasks.addresses, rows, np.array([takes for _, takes in part], np.bool_))
        assert tasks.change_log.now == tasks.meta[CLOCK] == clock
        assert listed(tasks, "taken") == list(latest[True])[::-1]
        assert listed(tasks, "freed") == list(latest[False])[::-1]
        assert not tasks.change_log.blocked.any(), "what is given back ends it"
        for time in (0, clock // 2, clock):
            late = {row for each in latest.values() for row, at in each.items() if at > time}
            assert tasks.change_log.since(time).tolist() == sorted(late)
        if not number:
            tasks.reserve_rows(12)


def test_tasks_that_start_are_noted_if_somebody_reads_it() -> None:
    tasks = tasks_of(3)
    group = tasks.groups.code("g")
    tasks.add(1, group)
    assert (listed(tasks, "taken"), tasks.change_log.now) == ([], 0)
    tasks.change_log.record(taken=True)
    assert (tasks.meta[LOG_TAKEN], tasks.meta[LOG_FREED]) == (1, 0)
    for row in (1, 2, 0, 2):
        tasks.add(row, group)
    assert listed(tasks, "taken") == [2, 0, 1]
    tasks.change_log.record()
    assert tasks.meta[LOG_TAKEN] == 1


def test_what_is_given_back_is_noted_of_blocked_rows_or_of_all() -> None:
    tasks = tasks_of(4)
    group = tasks.groups.code("g")
    ids = [tasks.add(row, group) for row in (0, 1, 2, 3, 3)]
    tasks.change_log.blocked[[1, 3]] = True
    tasks.stop_one(ids[0], release=True)
    assert listed(tasks, "freed") == []
    tasks.stop_one(ids[3], release=True)
    tasks.stop_one(ids[1], release=True)
    assert listed(tasks, "freed") == [1, 3]
    assert not tasks.change_log.blocked.any()
    tasks.stop_one(ids[4], release=True)
    assert listed(tasks, "freed") == [1, 3]
    tasks.change_log.record(freed=True)
    tasks.stop_one(ids[2], release=False)
    assert listed(tasks, "freed") == [2, 1, 3]
    tasks.undo_to(tasks.number)
    assert listed(tasks, "freed") == [2, 1, 3]


def test_rows_with_less_left_than_any_request_asks_for_are_not_noted() -> None:
    """A row that is full again leaves the list, and comes back with the next that is given back."""
    tasks = Tasks()
    tasks.reserve_rows(4)
    tasks.resources.free[:, CPU] = 10
    group, small, large = tasks.groups.code("g"), spec(tasks, 2), spec(tasks, 5)
    log = tasks.change_log
    log.expect(4, 0)
    ids = {row: [tasks.add(row, group, each) for each in (large, small, small)] for row in range(4)}
    log.blocked[:] = True
    tasks.stop_one(ids[0].pop(), release=True)
    assert (listed(tasks, "freed"), log.now, log.blocked[0]) == ([], 0, True)
    for row in (0, 2, 1, 3):
        tasks.stop_one(ids[row].pop(0), release=True)
    assert listed(tasks, "freed") == [3, 1, 2, 0]
    for row, left in ((1, [3, 2, 0]), (3, [2, 0]), (0, [2])):
        ids[row].append(tasks.add(row, group, large))
        assert listed(tasks, "freed") == left
        assert log.blocked.tolist() == [other not in left and other < 4 for other in range(4)]
    tasks.stop_one(ids[1].pop(), release=True)
    assert listed(tasks, "freed") == [1, 2]
    log.expect(1, 0)
    tasks.add(2, group, large)
    assert listed(tasks, "freed") == [1, 2], "1 is left, and some request asks for 1"


def spec(tasks: Tasks, cpu: int) -> int:
    return tasks.specs.number(Spec(((CPU, cpu),), ()))


def test_undone_tasks_give_back_what_they_held() -> None:
    tasks = tasks_of(3)
    group = tasks.groups.code("g")
    tasks.groups.left[group] = NO_ROW
    first = tasks.add(0, group)
    for row in (1, 2, 1):
        tasks.add(row, group)
    tasks.change_log.blocked[:] = True
    tasks.undo_to(first + 1)
    assert listed(tasks, "freed") == [2, 1], "blocked once, noted once"
    assert tasks.change_log.left_rows[: tasks.change_log.stops].tolist() == [1, 2, 1]


def test_other_changes_are_noted_of_every_row_with_their_time() -> None:
    tasks = tasks_of(4)
    tasks.note_changed(np.array([2, 0], np.int64))
    assert listed(tasks, "freed") == [0, 2]
    assert tasks.change_log.changed_at.tolist() == [2, 0, 1, 0]


def test_stops_are_logged_by_group_of_groups_that_are_counted() -> None:
    tasks = tasks_of(4)
    codes = [tasks.groups.code(name) for name in "abc"]
    tasks.groups.left[codes[:2]] = NO_ROW
    ids = [tasks.add(row, group) for row in (3, 1, 2) for group in codes]
    tasks.stop(np.arange(len(ids)), release=True)
    log = tasks.change_log
    assert log.stops == tasks.meta[LEFT] == 6
    for group, rows in zip(codes, ([2, 1, 3], [2, 1, 3], []), strict=True):
        found = []
        entry = int(tasks.groups.left[group])
        while entry >= 0:
            found.append(int(log.left_rows[entry]))
            entry = int(log.left_before[entry])
        assert found == rows
    assert tasks.groups.left[codes[2]] == NOT_COUNTED
    tasks.clear_stops()
    assert tasks.groups.left[codes].tolist() == [NO_ROW, NO_ROW, NOT_COUNTED]
    assert log.stops == 0


def test_nothing_but_changes_is_noted_once_nobody_reads_it() -> None:
    tasks = tasks_of(2)
    group = tasks.groups.code("g")
    tasks.groups.left[group] = NO_ROW
    tasks.change_log.record(taken=True, freed=True)
    id = tasks.add(0, group)
    tasks.change_log.blocked[:] = True
    tasks.forget_index()
    now = tasks.change_log.now
    tasks.stop_one(id, release=True)
    tasks.add(1, group)
    assert (tasks.change_log.now, tasks.change_log.stops) == (now, 0)
    tasks.note_changed(np.array([1], np.int64))
    assert tasks.change_log.since(now).tolist() == [1]


def test_room_for_stops_grows_by_more_than_is_asked_for() -> None:
    tasks = tasks_of(1)
    log: ChangeLog = tasks.change_log
    rooms = set()
    group = tasks.groups.code("g")
    tasks.groups.left[group] = NO_ROW
    for _ in range(2000):
        tasks.stop_one(tasks.add(0, group), release=True)
        rooms.add(len(log.left_rows))
        assert len(log.left_before) == len(log.left_rows) >= log.stops
    assert log.stops == 2000
    assert len(rooms) < 10


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="this is that run")
def test_all_of_it_holds_as_plain_python() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout


def test_order_of_rows_does_not_depend_on_chance() -> None:
    """Long lists: the middle, the head and the end of a list are moved to its front."""
    chance = random.Random(2)
    tasks = tasks_of(500)
    order: list[int] = []
    for _ in range(5):
        rows = [chance.randrange(500) for _ in range(400)]
        _note.call(tasks.addresses, np.array(rows, np.int64), np.ones(400, np.bool_))
        order += rows
    assert listed(tasks, "taken") == list(dict.fromkeys(reversed(order)))
