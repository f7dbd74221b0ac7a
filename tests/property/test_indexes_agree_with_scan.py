"""Orders, brought up to date from logs, decide as a scan of all rows does.

Histories of starts, stops, registrations, deregistrations, changed attributes and status,
``replay`` and single calls mixed, on a cluster and beside it on one that scans all rows for each
decision (``index_history.py``, ``index_steps.py``).  ``PLACEMENT_LONG=50000`` plays so many
histories of 20 to 60 steps, in as many processes as there are processors;
``PLACEMENT_FIRST_SEED`` says where their seeds begin.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from index_steps import STEPS, histories, history

from placement.state.store import Store
from placement.state.tasks import Tasks

FREED = 7

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
SHORT = 75
"""Histories that every run plays."""

BATCH = 25
LENGTHS = (30, 20, 60)


def test_orders_agree_with_a_scan() -> None:
    """A failure names the seed: ``index_steps.history(seed, steps)`` plays it again."""
    firsts = range(FIRST_SEED, FIRST_SEED + (LONG or SHORT), BATCH)
    sizes = [min(BATCH, firsts.stop - first) for first in firsts]
    steps = [LENGTHS[number % len(LENGTHS)] for number in range(len(firsts))]
    if LONG:
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(histories, firsts, sizes, steps))
    else:
        made = list(map(histories, firsts, sizes, steps))
    assert made == [size * length for size, length in zip(sizes, steps, strict=True)]


def test_histories_have_every_step() -> None:
    """Every kind of change is among a few histories, and the clusters have several blocks."""
    played = [history(seed, 20) for seed in range(30)]
    steps = Counter(name for one in played for name in one.told)
    assert steps.keys() == STEPS.keys()
    assert max(len(one.instances) for one in played) > 4 * 64
    assert sum(len(one.tasks) for one in played) > 1000


# --- The property can fail -----------------------------------------------------------------------


def does_not_read_the_row_of_a_stopped_task(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Tasks.stop

    def careless(self: Tasks, tasks: Any, release: bool) -> None:
        original(self, tasks, release)
        self.meta[FREED] -= len(tasks) > 0

    monkeypatch.setattr(Tasks, "stop", careless)


def does_not_read_the_rows_of_undone_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Tasks.undo_to

    def careless(self: Tasks, number: int) -> None:
        before = self.meta[FREED]
        original(self, number)
        self.meta[FREED] = before

    monkeypatch.setattr(Tasks, "undo_to", careless)


def does_not_hear_of_changed_attributes_and_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: Store, row: int, names: Any = ()) -> None:
        self.changes += bool(row or names)

    monkeypatch.setattr(Store, "record_change", careless)


def does_not_hear_of_deregistered_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Store.remove

    def careless(self: Store, row: int) -> None:
        before = self.topology_version, self.changed_rows
        original(self, row)
        self.topology_version, self.changed_rows = before

    monkeypatch.setattr(Store, "remove", careless)


@pytest.mark.parametrize(
    "broken",
    [
        does_not_read_the_row_of_a_stopped_task,
        does_not_read_the_rows_of_undone_tasks,
        does_not_hear_of_changed_attributes_and_status,
        does_not_hear_of_deregistered_instances,
    ],
)
def test_an_index_that_misses_a_change_is_found(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of change that an index brings itself up to date from, left out on purpose."""
    broken(monkeypatch)
    with pytest.raises((AssertionError, IndexError)):
        histories(0, 400, 30)
