"""Positions of tasks by their ids, found in three ways: by counting, by search, by a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from placement import Cluster, Instance, Task
from placement.kernels.fields import MAX_TASK_IDS
from placement.state import tasks
from placement.state.tasks import Tasks

COUNT = 400


def some_tasks(ended: Callable[[int], bool], *, drop: bool = True) -> Tasks:
    """Return tasks of which those whose id is ``ended`` have stopped, and are dropped."""
    cluster = Cluster()
    cluster.register(Instance(id="i", cpu=COUNT))
    cluster.place(Task(cpu=1), COUNT)
    stopped = [id for id in range(COUNT) if ended(id)]
    if stopped:
        cluster.stop(stopped)
    held = cluster.store.tasks
    if drop:
        held.drop_ended()
    return held


def is_table(found: Tasks, ids: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether a table of ids is made to find their positions."""
    dtypes: list[Any] = []
    zeros = np.zeros

    def noted(shape: Any, dtype: Any) -> Any:
        dtypes.append(dtype)
        return zeros(shape, dtype)

    with monkeypatch.context() as patched:
        patched.setattr(np, "zeros", noted)
        found.positions_of(ids)
    return np.int32 in dtypes


def hold(found: Tasks, ids: Any) -> None:
    """Hold answers to those for each id alone."""
    positions, counted = found.positions_of(ids), found.are_counted(ids)
    assert positions.dtype == np.int64
    assert counted.dtype == np.bool_
    assert len(positions) == len(counted) == len(ids)
    assert ((positions >= 0) & (positions < found.positions)).all()
    for id, position, is_counted in zip(ids.tolist(), positions, counted, strict=True):
        alone = found.position_of(id)
        assert is_counted == (alone >= 0)
        if alone >= 0:
            assert position == alone


def no_id(_: int) -> bool:
    return False


def every_id(_: int) -> bool:
    return True


STRANGE = [-1, -2, -(2**63), COUNT, COUNT + 7, MAX_TASK_IDS - 1, 2**63 - 1]

WAYS: dict[str, tuple[Callable[[int], bool], Any, bool]] = {
    "no id is missing": (no_id, np.arange(COUNT), False),
    "the first are missing": (lambda id: id < 90, np.arange(COUNT), False),
    "the last are missing": (lambda id: id > 350, np.arange(COUNT), False),
    "few ids": (lambda id: 3 < id < 390, np.array([2, 395, 200]), False),
    "many ids": (lambda id: id % 3 == 1, np.arange(COUNT), True),
    "few tasks, many ids": (lambda id: 3 < id < 390, np.arange(0, COUNT, 3), True),
    "one is left": (lambda id: id != 7, np.arange(COUNT), False),
}
"""Which tasks have ended, ids, and whether a table is made for them."""


@pytest.mark.parametrize("name", WAYS)
def test_c15_positions_are_those_of_each_id_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, ids, by_table = WAYS[name]
    found = some_tasks(ended)
    assert is_table(found, ids, monkeypatch) == by_table
    hold(found, ids)
    hold(found, np.array([*ids, *STRANGE], np.int64))
    hold(found, np.array([*reversed(ids), *ids, *STRANGE], np.int64))


@pytest.mark.parametrize("cost", [0, 10**9])
def test_a_search_and_a_table_find_the_same(cost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TABLE_COST", cost)
    found = some_tasks(lambda id: id % 4 == 0 or 50 < id < 300)
    ids = np.array([*range(COUNT), *STRANGE], np.int64)
    assert is_table(found, ids, monkeypatch) == (cost > 0)
    hold(found, ids)


def test_c15_ended_tasks_that_still_have_a_position_do_not_count() -> None:
    found = some_tasks(lambda id: id % 2 == 0, drop=False)
    counted = found.are_counted(np.arange(COUNT))
    assert counted.tolist() == [id % 2 == 1 for id in range(COUNT)]


def test_tasks_that_are_stopping_have_a_position_and_do_not_count() -> None:
    """A25: with ``last_status`` a stopped task stays until it is said to be STOPPED."""
    cluster = Cluster(release="last_status")
    cluster.register(Instance(id="i", cpu=9))
    cluster.place(Task(cpu=1), 3)
    cluster.stop([1])
    held = cluster.store.tasks
    assert held.positions_of(np.arange(3)).tolist() == [0, 1, 2]
    assert held.are_counted(np.arange(3)).tolist() == [True, False, True]


def test_without_tasks_no_id_counts() -> None:
    for found in (Cluster().store.tasks, some_tasks(every_id)):
        assert found.positions == 0
        assert found.are_counted(np.array([0, -1, 5])).tolist() == [False] * 3
        assert found.are_counted(np.zeros(0, np.int64)).tolist() == []
    there = some_tasks(no_id)
    assert there.positions_of(np.zeros(0, np.int64)).tolist() == []
