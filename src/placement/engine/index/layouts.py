"""The layouts of a cluster's indexes: one for each list of attributes that requests spread over.

In: names of attributes, rows that have changed.  Out: layouts by number, and the table of them that
kernels read.  Knows neither requests nor what keys are: the owner of keys by position moves them
when it is asked to (``KeysByPosition``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from placement.engine.index.layout import Layout, NoRoom, Shift
from placement.kernels import fields
from placement.state.shared import longer

if TYPE_CHECKING:
    from placement.engine.index.attribute_counts import AttributeCounts
    from placement.state.store import Store

__all__ = ["MAX_BUCKETS", "KeysByPosition", "Layouts"]

MAX_BUCKETS = 4096
"""Buckets an index may have."""

Array = npt.NDArray[Any]


@cache
def _nobody() -> Layout:
    """Return the layout of no rows, which all clusters share: it never changes."""
    return Layout([], np.zeros(0, np.bool_))


class KeysByPosition(Protocol):
    """Keys that move with the rows of layouts."""

    def admit(self, layout: int, rows: Array) -> None:
        """Give rows that have joined a layout a key."""

    def shift(self, layout: int, shift: Shift) -> None:
        """Move keys within a block, after a row has been put between others."""

    def move(self, layout: int, before: Array, now: Array) -> None:
        """Move the key at each position ``before`` to the one ``now``: all was laid out again."""


class Layouts:
    """Layouts by number; the first is that of the index that stands for none.

    Attributes:
        listed: The layouts.
        table: int64, ``Indexes.layouts``.
    """

    def __init__(self, store: Store, counts: AttributeCounts) -> None:
        self._store = store
        self._counts = counts
        self._number_of: dict[tuple[str, ...], int] = {}
        """The number of each layout by its attributes, ascending."""
        self.table = np.zeros((4, fields.LAYOUT_FIELDS), np.int64)
        self.listed: list[Layout] = []
        self._add(_nobody())

    def number(self, attributes: tuple[str, ...]) -> int | None:
        """Return the number of the layout by some attributes, None if it has too many buckets."""
        number = self._number_of.get(attributes)
        if number is None:
            for name in attributes:
                self._counts.attribute(name)
            number = self._add(Layout(self._values(attributes), self._store.live))
            self._number_of[attributes] = number
        return number if self.listed[number].buckets <= MAX_BUCKETS else None

    def _values(self, attributes: tuple[str, ...]) -> list[Array]:
        return [self._counts.values(name) for name in attributes]

    def _add(self, layout: Layout) -> int:
        number = len(self.listed)
        self.listed.append(layout)
        if number == len(self.table):
            self.table = longer(self.table, 2 * number, 0)
        layout.write(self.table[number])
        return number

    def reserve_rows(self, rows: int) -> None:
        """Let everything by row be as long as the store's columns, the first layout left out."""
        for number, layout in enumerate(self.listed[1:], 1):
            layout.reserve_rows(rows)
            layout.write(self.table[number])

    def follow(self, rows: list[int], keys: KeysByPosition) -> bool:
        """Let rows that have come, left or changed their values be where they belong.

        Args:
            rows: The rows, ascending.
            keys: What is kept by position.

        Returns:
            Whether all layouts are up to date.  If not, one of them has got too many buckets, while
            requests have indexes by it: indexes and layouts are of no more use.
        """
        for names, number in self._number_of.items():
            layout = self.listed[number]
            before = layout.buckets
            joined = self._rejoin(number, names, rows, keys)
            if layout.buckets > MAX_BUCKETS >= before:
                return False
            if layout.is_sparse:
                self._lay_out_again(number, names, keys)
            else:
                layout.write_joined(self.table[number])
            if joined:
                keys.admit(number, np.array(joined, np.int64))
        return True

    def _rejoin(
        self, number: int, names: tuple[str, ...], rows: list[int], keys: KeysByPosition
    ) -> list[int]:
        """Let rows join and leave a layout; return those that have joined."""
        layout, joined = self.listed[number], []
        for row in rows:
            live = bool(self._store.live[row])
            values = tuple([self._counts.value(name, row) for name in names])
            if layout.holds(row):
                if live and layout.values_of(row) == values:
                    continue
                layout.leave(row)
            if live:
                joined.append(row)
                try:
                    shift = layout.join(row, values)
                except NoRoom:
                    self._lay_out_again(number, names, keys)
                    break
                if shift is not None:
                    keys.shift(number, shift)
        return joined

    def _lay_out_again(self, number: int, names: tuple[str, ...], keys: KeysByPosition) -> None:
        """Lay out all rows again, and move keys to where their rows are then."""
        layout = self.listed[number]
        before, now = layout.lay_out_again(self._values(names), self._store.live)
        layout.write(self.table[number])
        keys.move(number, before, now)
