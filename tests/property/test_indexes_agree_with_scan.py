"""Indexes, brought up to date from what is noted of rows, decide as a scan of all rows does.

Histories of starts, stops, registrations, deregistrations, changed attributes and status,
``replay`` and single calls mixed, on a cluster and beside it on one that scans all rows for each
decision (``index_history.py``, ``index_play.py``).  ``PLACEMENT_LONG=50000`` plays so many
histories of 20 to 60 steps, in ``PLACEMENT_PROCESSES`` processes (by default as many as there are
processors); ``PLACEMENT_FIRST_SEED`` says where their seeds begin.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest

from index_play import histories, history
from index_start import SHARED, start_of
from index_steps import STEPS
from placement.engine.index import index_table, placement_index
from placement.engine.index.attribute_counts import AttributeCounts
from placement.engine.index.layout import Layout
from placement.engine.index.static_masks import StaticMasks
from placement.kernels import decide_run, index
from placement.kernels.fields import LOG_FREED
from placement.state.change_log import ChangeLog
from placement.state.store import Store
from placement.state.tasks import Tasks

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
PROCESSES = int(os.environ.get("PLACEMENT_PROCESSES", "0")) or os.cpu_count() or 1
SHORT = 96
"""Histories that every run plays."""

BATCH = 4 * SHARED
"""Histories of one length; a start is not made again in another process."""

LENGTHS = (30, 20, 60)


def test_indexes_agree_with_a_scan() -> None:
    """A failure names the seed: ``index_play.history(seed, steps)`` plays it again."""
    firsts = range(FIRST_SEED, FIRST_SEED + (LONG or SHORT), BATCH)
    sizes = [min(BATCH, firsts.stop - first) for first in firsts]
    steps = [LENGTHS[number % len(LENGTHS)] for number in range(len(firsts))]
    if LONG:
        with ProcessPoolExecutor(PROCESSES) as pool:
            made = list(pool.map(histories, firsts, sizes, steps))
    else:
        made = list(map(histories, firsts, sizes, steps))
    assert made == [size * length for size, length in zip(sizes, steps, strict=True)]


def test_a_row_that_changed_while_it_was_full_is_found() -> None:
    """The request that follows its registration only when it is full hears of the stop after."""
    history(117, 20)


def test_histories_have_every_step() -> None:
    """Every kind of change is among a few histories, and the clusters have several blocks.

    Some grow from small clusters, others begin with large ones.
    """
    played = [history(seed, 20) for seed in range(0, 30 * SHARED, SHARED)]  # of 30 starts
    steps = Counter(name for one in played for name in one.told)
    assert steps.keys() == STEPS.keys()
    assert max(len(one.instances) for one in played) > 4 * 64
    assert sum(len(one.tasks) for one in played) > 1000
    assert 0 < sum(one.grows for one in played) < len(played)


def test_layouts_grow_between_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layouts with keys are laid out again, and then many tasks are decided at once by them."""
    seen: Counter[str] = Counter()
    move: Any = index_table.IndexTable.move
    run: Any = decide_run.decide_run.compiled()

    def moved(self: index_table.IndexTable, layout: int, *places: Any) -> None:
        """Count only what grows beyond the room that a kernel was given before."""
        listed = self.layouts.listed
        if self.addresses is not None:
            seen["grown"] += listed[layout].positions > len(self._kept.left)
        move(self, layout, *places)

    def ran(*arguments: Any) -> Any:
        seen["run"] += 1
        seen["run after growth"] += seen["grown"] > 0
        return run(*arguments)

    monkeypatch.setattr(index_table.IndexTable, "move", moved)
    monkeypatch.setattr(decide_run.decide_run, "call", ran)
    growing = [seed for seed in range(0, 400, 4) if start_of(seed // SHARED).grows]
    for seed in growing:
        seen["grown"] = 0
        history(seed, 20)
        seen["histories with growth"] += seen["grown"] > 0
    assert seen["run"] > len(growing)
    assert seen["run after growth"] > len(growing) // 4
    assert seen["histories with growth"] > len(growing) // 8


# --- The property can fail -----------------------------------------------------------------------


def around_stops(
    monkeypatch: pytest.MonkeyPatch, careless: Callable[[Tasks], Callable[[], None]]
) -> None:
    """Let stops be careless: called before, and what it returns afterwards."""
    for name in ("stop", "stop_one"):
        monkeypatch.setattr(Tasks, name, surrounded(getattr(Tasks, name), careless))


def surrounded(original: Any, careless: Callable[[Tasks], Callable[[], None]]) -> Any:
    def call(self: Tasks, *which: Any, **how: Any) -> Any:
        afterwards = careless(self)
        found = original(self, *which, **how)
        afterwards()
        return found

    return call


def does_not_read_the_stops_of_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(tasks: Tasks) -> Callable[[], None]:
        before = tasks.groups.left.copy()
        return lambda: np.copyto(tasks.groups.left, before)

    around_stops(monkeypatch, careless)


def notes_no_blocked_row(tasks: Tasks) -> None:
    tasks.change_log.blocked[:] = False
    tasks.meta[LOG_FREED] = 0


def does_not_hear_of_room_on_rows_it_has_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(tasks: Tasks) -> Callable[[], None]:
        notes_no_blocked_row(tasks)
        return lambda: None

    around_stops(monkeypatch, careless)


def does_not_read_the_rows_of_undone_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Tasks.undo_to

    def careless(self: Tasks, number: int) -> None:
        before = self.groups.left.copy()
        notes_no_blocked_row(self)
        original(self, number)
        self.groups.left[: len(before)] = before

    monkeypatch.setattr(Tasks, "undo_to", careless)


def does_not_remember_that_it_has_blocked_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = placement_index.PlacementIndex.refresh

    def careless(self: placement_index.PlacementIndex) -> None:
        notes_no_blocked_row(self.store.tasks)
        original(self)

    monkeypatch.setattr(placement_index.PlacementIndex, "refresh", careless)


def does_not_hear_of_tasks_that_start(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = ChangeLog.record

    def careless(self: ChangeLog, *, freed: bool = False, **_: Any) -> None:
        original(self, freed=freed)

    monkeypatch.setattr(ChangeLog, "record", careless)


def does_not_hear_of_changed_attributes_and_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: Store, row: int, names: Any = ()) -> None:
        self.changes += bool(row or names)

    monkeypatch.setattr(Store, "record_change", careless)


def does_not_hear_of_deregistered_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Store.remove

    def careless(self: Store, row: int) -> None:
        before = self.topology_version, list(self.changed_rows)
        original(self, row)
        self.topology_version, self.changed_rows = before

    monkeypatch.setattr(Store, "remove", careless)


def lets_no_row_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layout, "join", lambda *_: None)


def puts_every_row_after_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layout, "_last_row", lambda *_: -1)


def leaves_rows_in_the_bucket_they_were_in(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = Layout.join

    def careless(self: Layout, row: int, values: tuple[int, ...]) -> Any:
        return original(self, row, tuple(self.values[0, : len(values)].tolist()))

    monkeypatch.setattr(Layout, "join", careless)


def moves_rows_without_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.shift, "call", lambda *_: None)


def lays_rows_out_again_without_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    original: Any = index_table._moved

    def careless(old: Any, before: Any, now: Any, layout: Any) -> Any:
        return original(old, before[::-1], now, layout)

    monkeypatch.setattr(index_table, "_moved", careless)


def keeps_room_for_the_layout_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run wrote past the end of it; here that is into what ``index_guard.Guard`` has added."""
    original: Any = index_table.IndexTable.move

    def careless(self: index_table.IndexTable, layout: int, *places: Any) -> None:
        before = self.addresses
        original(self, layout, *places)
        self.addresses = before

    monkeypatch.setattr(index_table.IndexTable, "move", careless)


def counts_tasks_where_instances_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AttributeCounts, "renew", lambda *_: None)


def rules_out_what_it_ruled_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StaticMasks, "renew", lambda *_: None)


def empties_the_log_of_stops_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement_index, "MAX_STOPS", 0)
    monkeypatch.setattr(index.catch_up, "call", lambda *_: None)


@pytest.mark.parametrize(
    "broken",
    [
        does_not_read_the_stops_of_its_group,
        does_not_hear_of_room_on_rows_it_has_blocked,
        does_not_read_the_rows_of_undone_tasks,
        does_not_remember_that_it_has_blocked_rows,
        does_not_hear_of_tasks_that_start,
        does_not_hear_of_changed_attributes_and_status,
        does_not_hear_of_deregistered_instances,
        lets_no_row_join,
        puts_every_row_after_the_others,
        leaves_rows_in_the_bucket_they_were_in,
        moves_rows_without_their_keys,
        lays_rows_out_again_without_their_keys,
        keeps_room_for_the_layout_before,
        counts_tasks_where_instances_were,
        rules_out_what_it_ruled_out_first,
        empties_the_log_of_stops_unread,
    ],
)
def test_an_index_that_misses_a_change_is_found(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of change that an index brings itself up to date from, left out on purpose."""
    broken(monkeypatch)
    with pytest.raises((AssertionError, IndexError)):
        histories(0, 400, 30)
