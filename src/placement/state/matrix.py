"""The instance-attribute matrix: columns of dictionary codes in the narrowest integer that fits.

Columns of the same width lie together in one two-dimensional array, ``[slot, row]``, so that a
kernel takes three arrays however many columns there are.  A column moves to the next width when its
dictionary outgrows the one it has (at 256 and 65,536 codes).  Knows nothing of what columns mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.state.dictionary import ABSENT, Dictionary

__all__ = ["WIDTHS", "Column", "Matrix"]

WIDTHS = (np.uint8, np.uint16, np.uint32)
"""The integer types of codes, narrowest first."""

_LIMITS = (2**8, 2**16, 2**32)


class Column:
    """One column: its name, its dictionary and where in the matrix its codes are."""

    __slots__ = ("dictionary", "name", "slot", "width")

    def __init__(self, name: str, slot: int) -> None:
        self.name = name
        self.dictionary = Dictionary()
        self.width = 0
        """Which of ``Matrix.codes`` holds it."""
        self.slot = slot
        """Its first index there."""


class Matrix:
    """All columns of codes.  ``version`` rises when a column or a text is new or has moved."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.codes: list[npt.NDArray[Any]] = [np.zeros((0, 0), width) for width in WIDTHS]
        """For each width the codes, ``[slot, row]``; the rows behind the last are all absent."""
        self.version = 0
        self._free: list[list[int]] = [[], [], []]

    @property
    def capacity(self) -> int:
        """How many rows there is room for."""
        return int(self.codes[0].shape[1])

    def reserve(self, rows: int) -> None:
        """Make room for ``rows`` rows, at least doubling it when it grows."""
        if rows <= self.capacity:
            return
        capacity = max(rows, 2 * self.capacity, 16)
        for width, old in enumerate(self.codes):
            new = np.zeros((old.shape[0], capacity), old.dtype)
            new[:, : old.shape[1]] = old
            self.codes[width] = new
        self.version += 1

    def column(self, name: str) -> Column:
        """Return the column of this name, a new one without any value if there is none."""
        column = self.columns.get(name)
        if column is None:
            column = self.columns[name] = Column(name, self._slot(0))
            self.version += 1
        return column

    def get(self, column: Column, row: int) -> str | None:
        """Return the text of a cell, None if absent."""
        code = int(self.codes[column.width][column.slot, row])
        return column.dictionary.texts[code]

    def put(self, column: Column, row: int, text: str | None) -> None:
        """Set a cell."""
        code = column.dictionary.codes.get(text)
        if code is None:
            code = self._new_code(column, text or "")
        self.codes[column.width][column.slot, row] = code

    def put_all(self, column: Column, first: int, texts: Sequence[str | None]) -> None:
        """Set cells of a column from a row on; None is absent.  There is room for them."""
        codes = column.dictionary.codes
        for text in dict.fromkeys(texts):
            if text not in codes:
                self._new_code(column, text or "")
        found = np.fromiter(map(codes.__getitem__, texts), np.uint32, len(texts))
        self.codes[column.width][column.slot, first : first + len(texts)] = found

    def clear(self, row: int) -> None:
        """Make every cell of a row absent."""
        for codes in self.codes:
            codes[:, row] = ABSENT

    def row(self, column: Column) -> npt.NDArray[Any]:
        """Return the codes of a column, a view over all rows there is room for."""
        row: npt.NDArray[Any] = self.codes[column.width][column.slot]
        return row

    def copy(self) -> Matrix:
        """Return a matrix that holds the same, for itself."""
        matrix = Matrix()
        matrix.codes = [codes.copy() for codes in self.codes]
        matrix.version = self.version
        matrix._free = [list(free) for free in self._free]
        for name, column in self.columns.items():
            twin = matrix.columns[name] = Column(name, column.slot)
            twin.width = column.width
            twin.dictionary.texts = list(column.dictionary.texts)
            twin.dictionary.codes = dict(column.dictionary.codes)
        return matrix

    def sort_texts(self, rows: int) -> None:
        """Give the texts of every column new codes, in the order of the texts.

        Families of values (``g4dn.*``) and ranges are then runs of codes, which are asked of a
        column at once.  Texts that come later stand behind them.  Bindings made before are void.
        """
        for column in self.columns.values():
            if len(column.dictionary) <= _LIMITS[1]:
                new_codes = column.dictionary.sort()
                codes = self.row(column)[:rows]
                codes[:] = new_codes[codes]
        self.version += 1

    def copy_rows(self, other: Matrix, rows: npt.NDArray[np.int64]) -> None:
        """Fill the first rows with these rows of another matrix, texts that none has left out.

        Columns whose every cell would be absent are left out too.
        """
        for column in other.columns.values():
            codes = other.row(column)[rows]
            used = np.unique(codes)
            if not used.any():
                continue
            copy = self.column(column.name)
            new_codes = np.zeros(len(column.dictionary), np.uint32)
            texts = [(column.dictionary.texts[code] or "", code) for code in used.tolist() if code]
            for text, code in sorted(texts):
                new_codes[code] = copy.dictionary.add(text)
            while len(copy.dictionary) > _LIMITS[copy.width]:
                self._widen(copy)
            self.row(copy)[: len(rows)] = new_codes[codes]
        self.version += 1

    def _new_code(self, column: Column, text: str) -> int:
        code = column.dictionary.add(text)
        self.version += 1
        if code >= _LIMITS[column.width]:
            self._widen(column)
        return code

    def _widen(self, column: Column) -> None:
        """Move a column to the next width, and leave its old place empty for another."""
        narrow = self.row(column)
        slot = self._slot(column.width + 1)
        self.codes[column.width + 1][slot] = narrow
        narrow[:] = ABSENT
        self._free[column.width].append(column.slot)
        column.width += 1
        column.slot = slot

    def _slot(self, width: int) -> int:
        """Return an empty slot of a width, adding slots where there is none."""
        free = self._free[width]
        if not free:
            old = self.codes[width]
            new = np.zeros((max(2 * old.shape[0], 4), self.capacity), old.dtype)
            new[: old.shape[0]] = old
            self.codes[width] = new
            free.extend(range(new.shape[0] - 1, old.shape[0] - 1, -1))
        return free.pop()
