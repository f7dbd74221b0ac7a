"""Rows by bucket: the position of each row in an index, and the values a bucket has in common.

In: the values of the attributes that are spread over, by row; rows that come, leave or change their
values.  Out: positions, as the arrays that ``kernels.keys`` reads.  Knows neither requests nor
keys: the owner of keys by position moves them as ``Layout`` says.

The rows of a bucket stand in ascending order, which decides ties (the instance registered first).
A bucket has a range of blocks of its own, with room for some more; a position that a row has left
is a gap, which later rows use.  Where there is no gap and no room, everything is laid out again,
with room for an eighth more rows, so that this is paid for by the rows that have come.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.index.row_positions import RowPositions
from placement.kernels.fields import (
    BLOCK,
    BLOCKS,
    BUCKET_AT,
    BUCKETS,
    CHAIN,
    FIRST_BLOCK,
    MOST_BUCKETS,
    MOST_PAGES,
    MOST_ROWS,
    NO_ROW,
    PAGE_OF,
    PAGES,
    POSITION_OF,
    POSITIONS,
    ROW_AT,
    VALUES,
)
from placement.state.shared import address_of

__all__ = ["Layout", "NoRoom", "Shift"]

FILLED = 60
"""Positions of a block that are given to rows when they are laid out; the others are gaps."""

SPARE = 8
"""A bucket gets room for one further block for so many that it fills."""

MAX_TABLE = 2**22
"""Up to so many combinations of values are numbered by a table; more are sorted."""

Array = npt.NDArray[Any]


@attrs.frozen
class Shift:
    """Rows of one block that have moved by one position, to make a gap elsewhere.

    Attributes:
        gap: The position that had no row.
        place: The position that has the new row now.
    """

    gap: int
    place: int


class Layout:
    """Rows with equal values form a bucket, and each bucket has whole blocks of positions.

    Attributes:
        buckets: How many buckets there are.
        positions: How many positions there is room for.
        row_at: int32 by position, the row or ``NO_ROW``.
        position_of: The position of each row, ``NO_ROW`` if it is not here.
        bucket_at: int32 by block.
        first_block: int32 by bucket.
        blocks: int32 by bucket, how many of its blocks have been used.
        values: int32 ``[bucket, CHAIN]``, the values that its rows have in common.
    """

    def __init__(self, values: list[Array], live: Array) -> None:
        """Lay out rows.

        Args:
            values: For each attribute that is spread over, int32 by row: the number of its value.
            live: bool by row, with room for rows to come; only True ones are laid out.
        """
        self._attributes = len(values)
        self._lay_out(values, live)

    def _lay_out(self, values: list[Array], live: Array) -> None:
        rows = np.flatnonzero(live)
        bucket_of, found = _buckets([column[rows] for column in values], len(rows))
        self.buckets = len(found)
        sizes = np.bincount(bucket_of, minlength=self.buckets)
        filled = -(-sizes // FILLED)
        room = np.maximum(filled + filled // SPARE + (sizes % FILLED > FILLED // 4), 1)
        spare_buckets = 4 + self.buckets // 4
        most = self.buckets + spare_buckets
        self.first_block = np.zeros(most, np.int32)
        self.first_block[1 : self.buckets + 1] = np.cumsum(room)
        self.first_block[self.buckets + 1 :] = self.first_block[self.buckets]
        self._room = np.zeros(most, np.int64)
        self._room[: self.buckets] = room
        self._next_block = int(room.sum())
        blocks = self._next_block + (spare_buckets if self._attributes else 0)
        self.positions = blocks * BLOCK
        if self.buckets > 1:
            narrow = np.uint16 if self.buckets <= 2**16 else np.int64  # which is sorted in one pass
            rows = rows[np.argsort(bucket_of.astype(narrow), kind="stable")]
        starts = self.first_block[: self.buckets].astype(np.int64) * BLOCK
        places = _spaced(sizes, starts)
        self.row_at = np.full(self.positions, NO_ROW, np.int32)
        self.row_at[places] = rows
        self._rows = len(live)
        self.position_of = RowPositions(rows, places, len(live))
        self.bucket_at = np.zeros(blocks, np.int32)
        self.bucket_at[: self._next_block] = np.repeat(np.arange(self.buckets), room)
        self.blocks = np.zeros(most, np.int32)
        self.blocks[: self.buckets] = filled
        self.values = np.zeros((most, CHAIN), np.int32)
        self.values[: self.buckets, : self._attributes] = found
        self._last = (starts + (sizes - 1) // FILLED * BLOCK + (sizes - 1) % FILLED).tolist()
        """The position of the last row of each bucket; before its first if it has none."""
        self._bucket_of = {tuple(line): number for number, line in enumerate(found.tolist())}
        self._live = len(rows)

    @property
    def is_sparse(self) -> bool:
        """Whether rows have left so many positions that it should be laid out again."""
        used = int(self.blocks.sum()) * FILLED
        return used > 2 * self._live + 2 * FILLED * self.buckets + BLOCK

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows, none of which is here."""
        self._rows = rows
        self.position_of.reserve(rows)

    def holds(self, row: int) -> bool:
        """Return whether a row is laid out."""
        return int(self.position_of[row]) >= 0

    def values_of(self, row: int) -> tuple[int, ...]:
        """Return the values of the bucket of a row that is laid out."""
        bucket = self.bucket_at[self.position_of[row] // BLOCK]
        return tuple(self.values[bucket, : self._attributes].tolist())

    def leave(self, row: int) -> None:
        """Take a row out; its position becomes a gap."""
        position = int(self.position_of[row])
        self.row_at[position] = NO_ROW
        self.position_of.remove(row)
        self._live -= 1
        bucket = int(self.bucket_at[position // BLOCK])
        if position != self._last[bucket]:
            return
        first = int(self.first_block[bucket]) * BLOCK
        while position >= first and self.row_at[position] == NO_ROW:
            position -= 1
        self._last[bucket] = position
        self.blocks[bucket] = position // BLOCK - first // BLOCK + 1 if position >= first else 0

    def join(self, row: int, values: tuple[int, ...]) -> Shift | None:
        """Give a row a position.

        Returns:
            How other rows have moved, None if they have not.

        Raises:
            NoRoom: everything must be laid out again; nothing has changed.
        """
        bucket = self._bucket_of.get(values)
        if bucket is None:
            bucket = self._new_bucket(values)
        if row > self._last_row(bucket):
            self._append(bucket, row)
            return None
        return self._insert(bucket, row)

    def _new_bucket(self, values: tuple[int, ...]) -> int:
        bucket, blocks = self.buckets, len(self.bucket_at)
        if bucket == len(self.first_block) or self._next_block == blocks:
            raise NoRoom
        self.buckets += 1
        self.first_block[bucket] = self._next_block
        self.bucket_at[self._next_block] = bucket
        self._room[bucket] = 1
        self._last.append(self._next_block * BLOCK - 1)
        self._next_block += 1
        self.values[bucket, : self._attributes] = values
        self._bucket_of[values] = bucket
        return bucket

    def _last_row(self, bucket: int) -> int:
        last = self._last[bucket]
        return int(self.row_at[last]) if last >= int(self.first_block[bucket]) * BLOCK else NO_ROW

    def _append(self, bucket: int, row: int) -> None:
        """Put a row behind all others of its bucket."""
        first = int(self.first_block[bucket]) * BLOCK
        position = self._last[bucket] + 1
        block = position // BLOCK - first // BLOCK
        if position % BLOCK >= FILLED and block + 1 < self._room[bucket]:
            block += 1
            position = first + block * BLOCK
        if block >= self._room[bucket]:
            raise NoRoom
        self._put(row, position)
        self._last[bucket] = position
        self.blocks[bucket] = block + 1

    def _put(self, row: int, position: int) -> None:
        self.row_at[position] = row
        self.position_of.put(row, position)
        self._live += 1

    def _insert(self, bucket: int, row: int) -> Shift | None:
        """Put a row between others of its bucket."""
        first = int(self.first_block[bucket]) * BLOCK
        here = self.row_at[first : self._last[bucket] + 1]
        there = np.flatnonzero(here != NO_ROW)
        place = int(np.searchsorted(here[there], row))
        after = first + int(there[place])  # there is one: the last row is a later one
        before = first + int(there[place - 1]) if place else first - 1
        if after - before > 1:
            self._put(row, before + 1)
            return None
        block = after // BLOCK * BLOCK
        gaps = block + np.flatnonzero(self.row_at[block : block + BLOCK] == NO_ROW)
        if not len(gaps):
            raise NoRoom
        gap = int(gaps[np.argmin(np.abs(gaps - after))])
        if gap > after:
            self._move(slice(after, gap), 1)
            at = after
            self._last[bucket] = max(self._last[bucket], gap)
        else:
            self._move(slice(gap + 1, after), -1)
            at = after - 1
        self._put(row, at)
        return Shift(gap, at)

    def _move(self, places: slice, step: int) -> None:
        """Move the rows at some positions by one position."""
        rows = self.row_at[places].copy()
        self.row_at[places.start + step : places.stop + step] = rows
        self.position_of.move(rows.astype(np.int64), step)

    def lay_out_again(self, values: list[Array], live: Array) -> tuple[Array, Array]:
        """Lay out all rows, with room for more.

        Returns:
            The positions that rows had, and those that the same rows have now: int64.  Rows that
            were not here before are not among them.
        """
        rows = np.flatnonzero(live)
        before = self.position_of
        rows = rows[before[rows] >= 0]
        places = before[rows].astype(np.int64)
        self._lay_out(values, live)
        return places, self.position_of[rows].astype(np.int64)

    def write(self, fields: Array) -> None:
        """Write numbers and addresses into the layout's line of ``Indexes.layouts``."""
        fields[POSITIONS] = self.positions
        fields[MOST_BUCKETS] = len(self.first_block)
        fields[MOST_ROWS] = self._rows
        fields[MOST_PAGES] = len(self.position_of.page_of)
        self.write_joined(fields)
        for field, array in (
            (ROW_AT, self.row_at),
            (PAGE_OF, self.position_of.page_of),
            (BUCKET_AT, self.bucket_at),
            (FIRST_BLOCK, self.first_block),
            (BLOCKS, self.blocks),
            (VALUES, self.values),
        ):
            fields[field] = address_of(array)

    def write_joined(self, fields: Array) -> None:
        """Write what may have changed since ``write`` if rows have only left and joined."""
        on_page = self.position_of.on_page
        fields[BUCKETS] = self.buckets
        fields[PAGES] = len(on_page)
        fields[POSITION_OF] = address_of(on_page)


class NoRoom(Exception):
    """A layout has no gap for a further row; the owner of the layout catches it."""


def _spaced(sizes: Array, starts: Array) -> Array:
    """Return the positions of rows that come bucket by bucket, with gaps in each block: int64.

    Args:
        sizes: How many rows each bucket has.
        starts: Its first position.
    """
    longest = int(sizes.max(initial=0))
    blocks = np.arange(-(-longest // FILLED)) * BLOCK
    places = np.add.outer(blocks, np.arange(FILLED)).reshape(-1)
    return np.concatenate(
        [places[:size] + start for size, start in zip(sizes.tolist(), starts.tolist(), strict=True)]
    )


def _buckets(values: list[Array], rows: int) -> tuple[Array, Array]:
    """Return the bucket of each row, and the values of each bucket, in the order of values."""
    if not values or not rows:
        return np.zeros(rows, np.int64), np.zeros((1, len(values)), np.int32)
    combined = values[0]
    found = np.flatnonzero(np.bincount(combined))
    table = found.reshape(-1, 1)
    combined = _places(found)[combined]
    for column in values[1:]:
        width = int(column.max()) + 1
        wide = combined * width + column  # the combinations so far, each with the next value
        if width * len(table) > MAX_TABLE:
            found, combined = np.unique(wide, return_inverse=True)
            combined = combined.reshape(-1)
        else:
            found = np.flatnonzero(np.bincount(wide))
            combined = _places(found)[wide]
        table = np.hstack([table[found // width], (found % width).reshape(-1, 1)])
    return combined, table.astype(np.int32)


def _places(found: Array) -> Array:
    """Return where each number is among some that ascend: int64 by number."""
    places = np.zeros(int(found[-1]) + 1, np.int64)
    places[found] = np.arange(len(found))
    return places
