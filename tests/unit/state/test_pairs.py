"""Counts of groups by row, in a table for each row: held to dictionaries."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.kernels.fields import PAIR_CAPACITY, PAIR_END, PAIR_START, PAIR_USED
from placement.state import pairs as pairs_module
from placement.state.pairs import Pairs
from placement.state.shared import Shared
from placement.state.tasks import Tasks

Counts = list[Counter[int]]


def check(pairs: Pairs, shared: Shared, expected: Counts, groups: int) -> None:
    """Hold counts to those expected, and tables to their shape: apart, never full."""
    end, places = int(shared.meta[PAIR_END]), []
    assert end <= len(pairs.entries)
    for row, counts in enumerate(expected):
        assert pairs.on(row) == +counts
        for group in range(groups):
            assert pairs.get(row, group) == counts[group]
        start, capacity = [int(pairs.tables[row, column]) for column in (PAIR_START, PAIR_CAPACITY)]
        assert capacity & (capacity - 1) == 0
        assert (
            pairs.tables[row, PAIR_USED] == (pairs.entries[start : start + capacity, 0] > 0).sum()
        )
        assert capacity == 0 or pairs.tables[row, PAIR_USED] < capacity
        places.append((start, start + capacity))
    places = sorted(place for place in places if place[0] != place[1])
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(places))
    assert not places or places[-1][1] <= end
    assert not pairs.entries[end:].any(), "kernels take what is not in use for empty slots"


class History:
    """Tasks of many groups that come and go on some rows, and what should be there."""

    def __init__(self, seed: int, rows: int, groups: int) -> None:
        self.chance = random.Random(seed)
        self.tasks = Tasks()
        self.tasks.reserve_rows(rows)
        self.codes = [self.tasks.groups.code(f"g{number}") for number in range(groups)]
        self.expected: Counts = [Counter() for _ in range(rows)]
        self.running: list[tuple[int, int, int]] = []

    def step(self) -> None:
        chance = self.chance
        if self.running and chance.random() < 0.4:
            id, row, group = self.running.pop(chance.randrange(len(self.running)))
            self.tasks.stop_one(id, release=True)
            self.expected[row][group] -= 1
            return
        row, group = chance.randrange(len(self.expected)), chance.choice(self.codes)
        self.running.append((self.tasks.add(row, group), row, group))
        self.expected[row][group] += 1

    def check(self) -> None:
        tasks = self.tasks
        check(tasks.groups.pairs, tasks._shared, self.expected, len(tasks.groups.names))
        for group in self.codes:
            on = [counts[group] for counts in self.expected]
            assert tasks.counts(group)[: len(on)].tolist() == on


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 8), groups=st.integers(1, 60))
def test_counts_are_those_of_a_dictionary(seed: int, rows: int, groups: int) -> None:
    """Also after everything has been written without gaps."""
    history = History(seed, rows, groups)
    for step in range(200):
        history.step()
        if step % 20 == 0:
            history.check()
        if step % 50 == 0:
            history.tasks.groups.pairs.grow()
            history.check()
    history.check()
    pairs = history.tasks.groups.pairs
    for id, _, _ in history.running:
        history.tasks.stop_one(id, release=True)
    assert [pairs.on(row) for row in range(rows)] == [{}] * rows
    pairs.grow()
    assert history.tasks.meta[PAIR_END] == 0


def test_copies_do_not_change_with_what_they_are_copies_of() -> None:
    history = History(3, 6, 20)
    for _ in range(150):
        history.step()
    tasks = history.tasks
    before = [Counter(counts) for counts in history.expected]
    shared, few = tasks._shared.copy(), tasks._shared.copy()
    copied = tasks.groups.pairs.copy(shared)
    some = tasks.groups.pairs.of_rows(np.array([1, 4, 5]), few)
    for _ in range(150):
        history.step()
    history.check()
    check(copied, shared, before, 30)
    check(some, few, [before[row] for row in (1, 4, 5)], 30)
    copied.reserve_rows(9)
    check(copied, shared, [*before, Counter(), Counter(), Counter()], 30)


def test_groups_get_other_codes() -> None:
    history = History(4, 6, 20)
    for _ in range(150):
        history.step()
    pairs = history.tasks.groups.pairs
    codes = np.arange(len(history.tasks.groups.names.texts))[::-1].copy()
    other = pairs.renumbered(codes)
    renamed = [
        Counter({int(codes[group]): count for group, count in counts.items()})
        for counts in history.expected
    ]
    check(other, history.tasks._shared, renamed, 30)


def test_a_row_is_forgotten_alone() -> None:
    history = History(5, 4, 9)
    for _ in range(80):
        history.step()
    tasks = history.tasks
    tasks.clear_row(2)
    history.expected[2].clear()
    history.check()
    tasks.add(2, history.codes[0])
    history.expected[2][history.codes[0]] += 1
    history.check()


def test_tables_of_groups_that_come_and_go_take_no_more_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Entries without a count are dropped when a table is full."""
    monkeypatch.setattr(pairs_module, "LEAST_ROOM", 16)
    tasks = Tasks()
    tasks.reserve_rows(2)
    longest = 0
    arrays: list[Any] = []
    for number in range(3000):
        group = tasks.groups.code(f"g{number % 500}")
        tasks.stop_one(tasks.add(number % 2, group), release=True)
        entries = tasks.groups.pairs.entries
        longest = max(longest, len(entries))
        if not arrays or arrays[-1] is not entries:
            arrays.append(entries)
    assert longest <= 128
    assert len(arrays) <= 2, "tables that are full of entries without a count are written in place"
    assert [tasks.groups.pairs.on(row) for row in range(2)] == [{}, {}]
