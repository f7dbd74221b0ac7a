"""Positions by row in pages: as a dictionary, with memory for no more than the rows here."""

from __future__ import annotations

import random

import numpy as np
import pytest

from placement.engine.index.row_positions import RowPositions
from placement.kernels.fields import NO_ROW, PAGE


def check(found: RowPositions, expected: dict[int, int], capacity: int) -> None:
    rows = np.arange(capacity)
    assert found[rows].tolist() == [expected.get(row, NO_ROW) for row in range(capacity)]
    assert found[rows].dtype == np.int32
    assert (found.on_page[0] == NO_ROW).all()
    used = {row // PAGE for row in expected}
    assert set(np.flatnonzero(found.page_of).tolist()) == used


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_come_and_go_are_as_in_a_dictionary(seed: int) -> None:
    chance, capacity = random.Random(seed), 5 * PAGE + 7
    expected = {row: row // 2 for row in chance.sample(range(capacity), seed * 400)}
    first = np.array(list(expected), np.int64)
    found = RowPositions(first, np.array(list(expected.values()), np.int64), capacity)
    check(found, expected, capacity)
    for step in range(3000):
        row = chance.choice([chance.randrange(capacity), capacity - 1 - chance.randrange(9)])
        if row in expected:
            found.remove(row)
            del expected[row]
        else:
            found.put(row, step)
            expected[row] = step
    moved = np.array(list(expected)[::2], np.int64)
    found.move(moved, 3)
    expected |= {row: expected[row] + 3 for row in moved.tolist()}
    found.reserve(2 * capacity)
    check(found, expected, 2 * capacity)


def test_c8_rows_that_have_left_for_good_take_no_memory() -> None:
    """A million rows come and go, one after another, beside some that stay."""
    stays = np.arange(3 * PAGE)
    found = RowPositions(stays, stays, 4 * PAGE)
    for row in range(3 * PAGE, 1_000_000, 97):
        found.reserve(2 * row)
        found.put(row, 1)
        assert found[row] == 1
        found.remove(row)
    assert len(found.on_page) <= 6
    assert found[stays].tolist() == stays.tolist()
    assert found.page_of.nbytes < 10_000
