"""The cells of a column that few rows have: rows and codes, sorted by row.

In: single cells, or runs of rows.  Out: the code of a row, or all rows and codes as arrays.  A cell
takes 16 bytes, however many rows there are; changing one moves those after it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.state.dictionary import ABSENT

__all__ = ["SparseCells"]

Array = npt.NDArray[Any]


class SparseCells:
    """Codes by row; a row that is not here is absent."""

    __slots__ = ("_arrays", "_codes", "_rows")

    def __init__(self) -> None:
        self._rows = array("q")
        self._codes = array("q")
        self._arrays: tuple[Array, Array] | None = None
        """What ``arrays`` returned, until a cell changes."""

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, row: int) -> int:
        """Return the code of a row, ABSENT if it has none."""
        at = bisect_left(self._rows, row)
        return self._codes[at] if at < len(self._rows) and self._rows[at] == row else ABSENT

    def put(self, row: int, code: int) -> None:
        """Set the code of a row; ABSENT takes it away."""
        self._arrays = None
        at = bisect_left(self._rows, row)
        if at < len(self._rows) and self._rows[at] == row:
            if code == ABSENT:
                del self._rows[at], self._codes[at]
            else:
                self._codes[at] = code
        elif code != ABSENT:
            self._rows.insert(at, row)
            self._codes.insert(at, code)

    def replace(self, first: int, end: int, rows: Array, codes: Array) -> list[int]:
        """Set the codes of ``first`` to ``end - 1``: absent but for these rows.

        Args:
            first: The first row that changes.
            end: The row after the last.
            rows: Rows from ``first`` to ``end - 1``, ascending.
            codes: Their codes, none of them ABSENT.

        Returns:
            The rows among ``first`` to ``end - 1`` that had a code before.
        """
        low, high = bisect_left(self._rows, first), bisect_left(self._rows, end)
        before = self._rows[low:high].tolist()
        self._arrays = None
        self._rows[low:high] = array("q", rows.astype(np.int64).tobytes())
        self._codes[low:high] = array("q", codes.astype(np.int64).tobytes())
        return before

    def recode(self, new_codes: Array) -> None:
        """Replace every code by ``new_codes[code]``, none of them ABSENT."""
        codes = self.arrays()[1]
        self._arrays = None
        self._codes = array("q", new_codes[codes].astype(np.int64).tobytes())

    def arrays(self) -> tuple[Array, Array]:
        """Return the rows (ascending) and their codes, both int64, to be read only."""
        found = self._arrays
        if found is None:
            found = np.array(self._rows, np.int64), np.array(self._codes, np.int64)
            self._arrays = found
        return found

    def copy(self) -> SparseCells:
        """Return an independent copy."""
        cells = SparseCells()
        cells._rows, cells._codes = self._rows[:], self._codes[:]
        return cells
