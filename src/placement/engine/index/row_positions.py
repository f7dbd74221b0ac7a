"""The position of each row in a layout, in pages: rows that have left for good take no memory.

In: rows and their positions.  Out: two arrays that ``kernels.keys.position_of`` reads.  Rows are
numbered on for as long as a cluster lives (C7), so that an array by row would grow with every
instance that registers.  A page has the positions of ``PAGE`` rows; all pages without a row that is
here are one, the first, and a page that the last row has left is used for other rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.fields import NO_ROW, PAGE
from placement.state.shared import longer

__all__ = ["RowPositions"]

Array = npt.NDArray[Any]


class RowPositions:
    """Positions by row.

    Attributes:
        page_of: int32 by row // PAGE, the number of its page.
        on_page: int32 ``[page, PAGE]``, the position of each row of a page, or ``NO_ROW``.
    """

    def __init__(self, rows: Array, positions: Array, capacity: int) -> None:
        """Give rows positions.

        Args:
            rows: int64, all different.
            positions: The position of each.
            capacity: How many rows there is room for.
        """
        page_of, on_page = _split(rows)
        counts = np.bincount(page_of, minlength=_pages(capacity))
        pages = np.flatnonzero(counts)
        self.page_of = np.zeros(len(counts), np.int32)
        self.page_of[pages] = np.arange(1, len(pages) + 1)
        self.on_page = np.full((len(pages) + 1, PAGE), NO_ROW, np.int32)
        if len(pages) == len(counts):
            places = rows + PAGE  # on page n + 1, where all pages have rows
        else:
            places = self.page_of.astype(np.int64)[page_of] * PAGE + on_page
        self.on_page.reshape(-1)[places] = positions
        self._rows_on = [0, *counts[pages].tolist()]
        """How many rows each page has."""
        self._spare: list[int] = []
        """Pages that have none, besides the first."""

    def __getitem__(self, row: Any) -> Any:
        """Return the position of a row, or of each of several: int32, ``NO_ROW`` if not here."""
        return self.on_page[self.page_of[row // PAGE], row % PAGE]

    def reserve(self, capacity: int) -> None:
        """Make room for so many rows, none of which is here."""
        if _pages(capacity) > len(self.page_of):
            self.page_of = longer(self.page_of, _pages(capacity), 0)

    def put(self, row: int, position: int) -> None:
        """Give a row that is not here a position."""
        page = self.page_of.item(row // PAGE)
        if not page:
            page = self._new_page()
            self.page_of[row // PAGE] = page
        self._rows_on[page] += 1
        self.on_page[page, row % PAGE] = position

    def _new_page(self) -> int:
        if self._spare:
            return self._spare.pop()
        page = len(self._rows_on)
        if page == len(self.on_page):
            self.on_page = longer(self.on_page, page + 1 + page // 4, NO_ROW)
        self._rows_on.append(0)
        return page

    def remove(self, row: int) -> None:
        """Let a row that is here have no position."""
        page = self.page_of.item(row // PAGE)
        self.on_page[page, row % PAGE] = NO_ROW
        self._rows_on[page] -= 1
        if not self._rows_on[page]:
            self.page_of[row // PAGE] = 0
            self._spare.append(page)

    def move(self, rows: Array, step: int) -> None:
        """Move rows that are here by so many positions; int64, all different."""
        self.on_page[self.page_of[rows // PAGE], rows % PAGE] += step


def _split(rows: Array) -> tuple[Array, Array]:
    """Return ``rows // PAGE`` and ``rows % PAGE``, of many rows sooner than numpy divides."""
    return rows >> (PAGE.bit_length() - 1), rows & (PAGE - 1)


def _pages(rows: int) -> int:
    """Return on how many pages so many rows are."""
    return -(-rows // PAGE)
