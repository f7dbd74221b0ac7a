"""Calls that decide: how many tasks, how much memory."""

from __future__ import annotations

import pytest

from placement import Cluster, Instance, Task
from placement.engine import placing_calls


def cluster() -> Cluster:
    found = Cluster()
    for number in range(3):
        found.register(Instance(id=f"i-{number}", cpu=1000, memory=1000))
    return found


def test_a_count_beyond_all_room_takes_no_room() -> None:
    """2**31 - 1 tasks asked for, 30 placed: arrays are as long as what was decided at once."""
    found = cluster()
    placed = found.place(Task(cpu=100), 2**31 - 1)
    assert (len(placed.rows), placed.unplaced) == (30, 2**31 - 1 - 30)
    assert len(found.store.tasks.task["row"]) < 2**24


def test_many_at_once_are_placed_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one, several = cluster(), cluster()
    expected = one.place(Task(cpu=100), 25, seed=3)
    monkeypatch.setattr(placing_calls, "MAX_AT_ONCE", 4)
    placed = several.place(Task(cpu=100), 25, seed=3)
    assert placed.rows.tolist() == expected.rows.tolist()
    assert placed.task_ids.tolist() == expected.task_ids.tolist()
    refused = several.place(Task(cpu=100), 9, all_or_nothing=True)
    assert (len(refused.rows), refused.unplaced) == (0, 9)
    assert several.task_counts().sum() == 25


def test_a_bound_on_indexes_that_no_memory_has_is_no_error() -> None:
    found = Cluster(index_bytes=2**62)
    for number in range(40):
        found.register(Instance(id=f"i-{number}", cpu=1000, memory=1000))
    for size in range(1, 60):
        found.place(Task(cpu=size), group=f"g{size}")
    assert found.task_counts().sum() == 59
