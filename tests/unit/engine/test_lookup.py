"""Counts and tasks of a group: the short ways give what the long ones give."""

from __future__ import annotations

import numpy as np
import pytest

import placement
from placement import Instance, Spread, Task
from placement.engine.lookup import FEW_ROWS, counted_tasks, group_counts, group_counts_on
from placement.state import task_parts
from placement.state.tasks import LINK_COST, STEP_COST

ROWS = 64


def cluster(ended: int = 0) -> placement.Cluster:
    """Return rows of which every third has tasks, after so many tasks have ended."""
    found = placement.Cluster()
    for row in range(ROWS):
        found.register(Instance(id=f"i{row}", cpu=10**6, memory=10**6))
    if ended:
        placed = found.place(Task(cpu=1), group="g", strategy=Spread("instanceId"), count=ended)
        found.stop(placed.task_ids)
    for row in range(0, ROWS, 3):
        for group in "ggh":
            found.add_task(f"i{row}", group, Task(cpu=1))
    return found


@pytest.mark.parametrize("count", [0, 1, FEW_ROWS, FEW_ROWS + 1, ROWS])
@pytest.mark.parametrize("group", ["g", "h", "never named"])
def test_c53_some_rows_have_the_counts_of_all_rows(group: str, count: int) -> None:
    found = cluster()
    known = list(found.store.tasks.groups.names.texts)
    rows = np.arange(ROWS - count, ROWS)
    expected = group_counts(found.store, group)
    assert group_counts_on(found.store, group, rows).tolist() == expected[rows].tolist()
    assert group_counts_on(found.store, group, slice(0, ROWS)).tolist() == expected.tolist()
    assert found.store.tasks.groups.names.texts == known


MANY = 3 * STEP_COST + LINK_COST * 3 * ROWS
"""So many positions take longer to search than the lists of the rows."""


@pytest.mark.parametrize(("ended", "min_ended"), [(0, 0), (MANY, 4 * MANY), (MANY, 0)])
def test_c15_tasks_of_a_group_however_many_have_ended(
    ended: int, min_ended: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that do not count any more are not among them, nor those of other groups.

    Whether ended tasks still have positions does not matter.
    """
    monkeypatch.setattr(task_parts, "MIN_ENDED", min_ended)
    found = cluster(ended)
    tasks = found.store.tasks
    assert (tasks.positions > tasks.living) == (min_ended > 0)
    added = [ended + at for at in range(ROWS + 2)]
    expected = [number for number in added if (number - ended) % 3 < 2]
    assert ids(found, "g") == expected
    found.stop(expected[1])
    assert ids(found, "g") == [expected[0], *expected[2:]]
    assert ids(found, "never named") == []
    assert counted_tasks(found.store, "g").dtype == np.int64


def ids(found: placement.Cluster, group: str) -> list[int]:
    numbers: list[int] = found.store.tasks.task["id"][counted_tasks(found.store, group)].tolist()
    return numbers


def test_a25_a_stopping_task_is_not_counted() -> None:
    found = placement.Cluster(release="last_status")
    found.register(Instance(id="i", cpu=9, memory=9))
    first, second = (found.add_task("i", "g", Task(cpu=1)) for _ in range(2))
    found.stop(first)
    assert found.tasks_on("i") == [first, second]
    assert ids(found, "g") == [second]
