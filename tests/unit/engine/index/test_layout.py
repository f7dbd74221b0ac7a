"""Rows by bucket: each row has one position, rows ascend in a bucket, keys can follow them."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.engine.index import layout as layout_module
from placement.engine.index.layout import FILLED, Layout, NoRoom, Shift
from placement.kernels import fields
from placement.kernels.fields import BLOCK, CHAIN, NO_ROW

Values = dict[int, tuple[int, ...]]


def laid_out(values: Values, attributes: int, rows: int) -> Layout:
    return Layout(*columns(values, attributes, rows))


def columns(values: Values, attributes: int, rows: int) -> tuple[list[Any], Any]:
    """Return what a layout is made of: values by row, and which rows there are."""
    by_row = [np.zeros(rows, np.int32) for _ in range(attributes)]
    live = np.zeros(rows, np.bool_)
    for row, own in values.items():
        live[row] = True
        for column, value in zip(by_row, own, strict=True):
            column[row] = value
    return by_row, live


def check(layout: Layout, values: Values) -> None:
    """Hold all arrays of a layout to the values of the rows that it should have."""
    there = np.flatnonzero(layout.row_at != NO_ROW)
    assert sorted(layout.row_at[there].tolist()) == sorted(values)
    assert len(layout.row_at) == layout.positions == len(layout.bucket_at) * BLOCK
    assert (layout.position_of[layout.row_at[there]] == there).all()
    assert int((positions_of(layout) >= 0).sum()) == len(values)
    seen: set[tuple[int, ...]] = set()
    ends = []
    for bucket in range(layout.buckets):
        own = tuple(layout.values[bucket].tolist())
        assert own not in seen
        seen.add(own)
        first, room = int(layout.first_block[bucket]), int(layout._room[bucket])
        ends.append((first, first + room))
        assert (layout.bucket_at[first : first + room] == bucket).all()
        rows = layout.row_at[first * BLOCK : (first + room) * BLOCK]
        places = np.flatnonzero(rows != NO_ROW)
        found = rows[places].tolist()
        assert found == sorted(found)
        for row in found:
            assert (*values[row], *(0,) * (CHAIN - len(values[row]))) == own
            assert layout.values_of(row) == values[row]
            assert layout.holds(row)
        if found:
            assert layout._last[bucket] == first * BLOCK + places[-1]
            assert layout.blocks[bucket] == places[-1] // BLOCK + 1
        else:
            assert layout._last[bucket] < first * BLOCK
            assert layout.blocks[bucket] == 0
    ends.sort()
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ends))


def positions_of(layout: Layout) -> Any:
    """Return the position of every row that there is room for."""
    return layout.position_of[np.arange(layout._rows)]


def join(layout: Layout, row: int, own: tuple[int, ...]) -> Shift | None:
    """Let a row join, and hold the rows that have moved to what ``Shift`` says."""
    before = positions_of(layout)
    shift = layout.join(row, own)
    expected = before
    if shift is not None:
        gap, place = shift.gap, shift.place
        assert gap // BLOCK == place // BLOCK
        step = 1 if gap > place else -1
        moved = (before >= min(gap, place)) & (before <= max(gap, place)) & (before >= 0)
        expected[moved] += step
        assert place == layout.position_of[row]
    expected[row] = layout.position_of[row]
    assert np.array_equal(expected, positions_of(layout))
    return shift


# Single steps


def test_rows_come_after_the_others_until_their_bucket_is_full() -> None:
    """Blocks are given ``FILLED`` rows each, and the last one all that it can have."""
    values: Values = dict.fromkeys(range(50), ())
    layout = laid_out(values, 0, 200)
    assert layout._room[0] == 2
    for row in range(50, 124):
        assert join(layout, row, ()) is None
        values[row] = ()
        check(layout, values)
    assert layout.position_of[np.array([49, 59, 60, 123])].tolist() == [49, 59, 64, 127]
    with pytest.raises(NoRoom):
        layout.join(124, ())
    check(layout, values)


def test_a_row_between_others_takes_the_gap_that_is_there() -> None:
    values: Values = dict.fromkeys(range(0, 90, 2), ())
    layout = laid_out(values, 0, 100)
    layout.leave(10)
    del values[10]
    assert join(layout, 11, ()) is None
    values[11] = ()
    assert layout.position_of[11] == 5
    check(layout, values)


@pytest.mark.parametrize(("left", "row"), [(70, 41), (2, 41), (40, 41), (0, 1)])
def test_a_row_between_others_moves_those_up_to_the_nearest_gap(left: int, row: int) -> None:
    """Up or down, whichever gap is nearer; the nearest of all is at the end if none has left."""
    values: Values = dict.fromkeys(range(0, 120, 2), ())
    values |= {200: ()}
    layout = laid_out(values, 0, 300)
    layout.leave(left)
    del values[left]
    shift = join(layout, row, ())
    values[row] = ()
    assert (shift is None) == (left in (40, 0))
    if shift is not None:
        assert shift.gap == left // 2
    check(layout, values)


def test_a_row_between_others_may_move_the_last() -> None:
    values: Values = dict.fromkeys(range(0, 20, 2), ())
    layout = laid_out(values, 0, 30)
    assert join(layout, 17, ()) == Shift(gap=10, place=9)
    assert layout._last == [10]
    values[17] = ()
    check(layout, values)


def test_a_block_without_a_gap_has_no_room_between_its_rows() -> None:
    values: Values = dict.fromkeys(range(0, 248, 2), ())
    layout = laid_out(dict(list(values.items())[:50]), 0, 400)
    for row in list(values)[50:]:
        layout.join(row, ())
    check(layout, values)
    with pytest.raises(NoRoom):
        layout.join(201, ())
    check(layout, values)
    assert join(layout, 101, ()) is not None
    values[101] = ()
    check(layout, values)


def test_a_bucket_gets_shorter_when_its_last_rows_leave_and_takes_rows_again() -> None:
    values: Values = dict.fromkeys(range(150), ())
    layout = laid_out(values, 0, 400)
    assert layout.blocks[0] == 3
    for row in (*range(130, 149), 149):
        layout.leave(row)
        del values[row]
        check(layout, values)
    assert layout._last[0] == layout.position_of[129]
    for row in list(values):
        layout.leave(row)
        del values[row]
    check(layout, values)
    assert layout.blocks[0] == 0
    join(layout, 399, ())
    assert layout.position_of[399] == 0
    check(layout, {399: ()})


def test_new_values_get_a_bucket_until_there_is_none_left() -> None:
    values: Values = {row: (row % 2,) for row in range(10)}
    layout = laid_out(values, 1, 100)
    for row in range(10, 14):
        join(layout, row, (row,))
        values[row] = (row,)
        check(layout, values)
    assert layout.buckets == 6
    with pytest.raises(NoRoom):
        layout.join(14, (14,))
    check(layout, values)
    values[14] = (14,)
    before, now = layout.lay_out_again(*columns(values, 1, 100))
    assert len(before) == len(now) == 14
    check(layout, values)
    assert layout.buckets == 7


def test_a_layout_of_no_rows_takes_some() -> None:
    for attributes in (0, 2):
        layout = laid_out({}, attributes, 10)
        check(layout, {})
        values = dict.fromkeys((5, 7, 3), (0,) * attributes)
        for row, own in values.items():
            join(layout, row, own)
        check(layout, values)


def test_positions_of_rows_that_have_left_are_given_up_when_there_are_many() -> None:
    values: Values = dict.fromkeys(range(1000), ())
    layout = laid_out(values, 0, 1000)
    while not layout.is_sparse:
        row = min(values)
        layout.leave(row)
        del values[row]
    assert 300 < len(values) < 500
    before, now = layout.lay_out_again(*columns(values, 0, 1000))
    assert not layout.is_sparse
    assert len(before) == len(now) == len(values)
    check(layout, values)


def test_the_fields_of_a_layout_are_its_numbers_and_the_addresses_of_its_arrays() -> None:
    layout = laid_out({row: (row % 3, row % 2) for row in range(70)}, 2, 80)
    line = np.zeros(fields.LAYOUT_FIELDS, np.int64)
    layout.write(line)
    arrays = {
        fields.ROW_AT: layout.row_at,
        fields.POSITION_OF: layout.position_of.on_page,
        fields.PAGE_OF: layout.position_of.page_of,
        fields.BUCKET_AT: layout.bucket_at,
        fields.FIRST_BLOCK: layout.first_block,
        fields.BLOCKS: layout.blocks,
        fields.VALUES: layout.values,
    }
    numbers = {
        fields.BUCKETS: 6,
        fields.POSITIONS: len(layout.row_at),
        fields.MOST_BUCKETS: len(layout.values),
        fields.MOST_ROWS: 80,
        fields.MOST_PAGES: 1,
        fields.PAGES: 2,
    }
    assert len(arrays) + len(numbers) == fields.LAYOUT_FIELDS
    assert {field: array.ctypes.data for field, array in arrays.items()} | numbers == dict(
        enumerate(line.tolist())
    )


@pytest.mark.parametrize("most", [2**22, 5, 1])
def test_combinations_of_values_are_numbered_in_their_order(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout_module, "MAX_TABLE", most)
    chance = random.Random(1)
    values: Values = {
        row: (chance.randrange(9), chance.randrange(3), chance.choice([0, 10**6]))
        for row in range(300)
    }
    layout = laid_out(values, 3, 300)
    check(layout, values)
    table = layout.values[: layout.buckets, :3].tolist()
    assert table == sorted(table)
    assert len(table) == len(set(values.values()))


# Any sequence of steps


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), attributes=st.integers(0, 2), zones=st.integers(1, 12))
def test_after_any_steps_every_row_has_one_position_in_its_bucket(
    seed: int, attributes: int, zones: int
) -> None:
    """Rows join, leave and move, near each other and anywhere; all is laid out again if need be."""
    chance = random.Random(seed)
    rows = chance.choice([80, 300, 700])

    def any_values() -> tuple[int, ...]:
        return tuple(chance.randrange(zones) for _ in range(attributes))

    values: Values = {
        row: any_values() for row in range(rows) if chance.random() < chance.choice([0.2, 0.9])
    }
    layout = laid_out(values, attributes, rows)
    check(layout, values)
    middle = chance.randrange(rows)
    for step in range(150):
        row = chance.randrange(rows)
        if chance.random() < 0.7:
            row = min(max(middle + chance.randrange(-40, 40), 0), rows - 1)
        if chance.random() < 0.02:
            middle = chance.randrange(rows)
        if row in values:
            layout.leave(row)
            del values[row]
            if chance.random() < 0.5:
                continue
        values[row] = any_values()
        try:
            join(layout, row, values[row])
        except NoRoom:
            lay_out_again(layout, values, attributes, rows, without=row)
        if layout.is_sparse:
            lay_out_again(layout, values, attributes, rows)
        if step % 10 == 0:
            check(layout, values)
            rows += chance.choice([0, 0, 5])
            layout.reserve_rows(rows)
    check(layout, values)


def lay_out_again(
    layout: Layout, values: Values, attributes: int, rows: int, without: int = NO_ROW
) -> None:
    """Lay out again, and hold the positions from before and now to those of the same rows."""
    row_at = layout.row_at.copy()
    before, now = layout.lay_out_again(*columns(values, attributes, rows))
    assert row_at[before].tolist() == layout.row_at[now].tolist()
    assert sorted(row_at[before].tolist()) == sorted(values.keys() - {without})
    fill = np.bincount(now // BLOCK, minlength=1)
    assert fill.max() <= FILLED
    check(layout, values)
