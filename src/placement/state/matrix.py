"""The instance-attribute matrix: columns of dictionary codes in the narrowest integer that fits.

In: texts of cells.  Out: codes, by column or by cell.  Knows nothing of what columns mean.

A column that more than one row in ``SHARE`` has is *dense*: its codes lie with those of the other
columns of the same width in one two-dimensional array, ``[slot, row]``, so that a kernel takes
three arrays however many columns there are.  It moves to the next width when its dictionary
outgrows the one it has (at 256 and 65,536 codes).  Every other column is *sparse*: it takes room
only for the rows that have it.  A sparse column becomes dense when too many rows have it; a dense
one becomes sparse when the matrix grows and less than half as many have it: that is rare enough
for a change to cost, on average, only what it changes (C8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.errors import InstanceError
from placement.state.dictionary import ABSENT, Dictionary
from placement.state.sparse import SparseCells

__all__ = ["SHARE", "SPARSE", "WIDTHS", "Column", "Matrix"]

WIDTHS = (np.uint8, np.uint16, np.uint32)
"""The integer types of codes, narrowest first."""

SHARE = 128
"""A column is dense if more than one row in so many has it.

A sparse cell takes some 100 bytes of this process with all that refers to it, a dense one 1 to 4;
and a mask of a sparse column takes longer than one of a dense column where more rows have it.
"""

SPARSE = -1
"""The width and slot of a sparse column."""

_LIMITS = (2**8, 2**16, 2**31)
"""Codes that a column of each width can have; codes are also kept as int32 (``layout``)."""

Array = npt.NDArray[Any]


class Column:
    """One column: its name, its dictionary and where its codes are.

    Attributes:
        name: The name.
        number: Its place among all columns ever made.
        dictionary: Its texts and their codes.
        width: Which of ``Matrix.codes`` holds it, or SPARSE.
        slot: Its first index there, or SPARSE.
        cells: The codes of a sparse column, None for a dense one.
    """

    __slots__ = ("cells", "dictionary", "name", "number", "slot", "width")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.dictionary = Dictionary()
        self.width = SPARSE
        self.slot = SPARSE
        self.cells: SparseCells | None = SparseCells()


class Matrix:
    """All columns of codes.

    Attributes:
        columns: The columns by name, in the order in which they were made.
        codes: For each width the codes of dense columns, ``[slot, row]``; the rows after the last
            are all absent.
        version: Rises when a column or a text is new, or a column has moved.
    """

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.codes: list[Array] = [np.zeros((0, 0), width) for width in WIDTHS]
        self.version = 0
        self._free: list[list[int]] = [[], [], []]
        """The empty slots of each width."""
        self._dense: dict[str, Column] = {}
        """The dense columns by name."""
        self._sparse_on: dict[int, set[Column]] = {}
        """The sparse columns that each row has."""

    @property
    def capacity(self) -> int:
        """How many rows there is room for."""
        return int(self.codes[0].shape[1])

    def reserve(self, rows: int) -> None:
        """Make room for ``rows`` rows, at least doubling it when it grows."""
        if rows <= self.capacity:
            return
        capacity = max(rows, 2 * self.capacity, 16)
        for column in list(self._dense.values()):
            if 2 * SHARE * np.count_nonzero(self.row(column)) < capacity:
                self._make_sparse(column)
        for width, old in enumerate(self.codes):
            columns = [column for column in self._dense.values() if column.width == width]
            new = np.zeros((max(2 * len(columns), 4) if columns else 0, capacity), old.dtype)
            for slot, column in enumerate(columns):
                new[slot, : old.shape[1]] = old[column.slot]
                column.slot = slot
            self._free[width] = list(range(len(new) - 1, len(columns) - 1, -1))
            self.codes[width] = new
        self.version += 1

    def column(self, name: str) -> Column:
        """Return the column of this name, a new one without any value if there is none."""
        column = self.columns.get(name)
        if column is None:
            column = self.columns[name] = Column(name, len(self.columns))
            self.version += 1
        return column

    # Cells

    def code(self, column: Column, row: int) -> int:
        """Return the code of a cell, ``ABSENT`` if it has no text."""
        if column.cells is None:
            return int(self.codes[column.width][column.slot, row])
        return column.cells.get(row)

    def get(self, column: Column, row: int) -> str | None:
        """Return the text of a cell, None if absent."""
        return column.dictionary.texts[self.code(column, row)]

    def put(self, column: Column, row: int, text: str | None) -> None:
        """Set a cell.

        Raises:
            InstanceError: the column has too many different texts; nothing has changed.
        """
        code = column.dictionary.codes.get(text)
        if code is None:
            code = self.new_code(column, text or "")
        self.put_code(column, row, code)

    def put_code(self, column: Column, row: int, code: int) -> None:
        """Set the code of a cell, one of the column's dictionary."""
        cells = column.cells
        if cells is None:
            self.codes[column.width][column.slot, row] = code
            return
        cells.put(row, code)
        if code == ABSENT:
            self._drop(column, row)
        else:
            self._sparse_on.setdefault(row, set()).add(column)
        if len(cells) * SHARE > self.capacity:
            self._make_dense(column)

    def put_all(self, column: Column, first: int, texts: Sequence[str | None]) -> None:
        """Set cells of a column from a row on; None is absent.  There is room for them.

        Raises:
            InstanceError: the column has too many different texts; no cell has changed.
        """
        codes = column.dictionary.codes
        for text in dict.fromkeys(texts):
            if text not in codes:
                self.new_code(column, text or "")
        found = np.fromiter(map(codes.__getitem__, texts), np.uint32, len(texts))
        there = np.flatnonzero(found)
        self._put_cells(column, first, first + len(texts), there + first, found[there])

    def clear(self, row: int) -> None:
        """Make every cell of a row absent."""
        for codes in self.codes:
            codes[:, row] = ABSENT
        for column in self._sparse_on.pop(row, ()):
            if column.cells is not None:
                column.cells.put(row, ABSENT)

    def present(self, row: int) -> list[Column]:
        """Return the columns that a row has, in the order in which they were made."""
        found = [
            column
            for column in self._dense.values()
            if self.codes[column.width][column.slot, row] != ABSENT
        ]
        return sorted([*found, *self._sparse_on.get(row, ())], key=lambda column: column.number)

    # Columns

    def row(self, column: Column) -> Array:
        """Return the codes of a column over all rows there is room for, to be read only.

        A view of a dense column; built from the cells of a sparse one, as uint32.
        """
        if column.cells is None:
            view: Array = self.codes[column.width][column.slot]
            return view
        codes = np.zeros(self.capacity, np.uint32)
        rows, found = column.cells.arrays()
        codes[rows] = found
        return codes

    def codes_on(self, column: Column, rows: npt.NDArray[np.int64]) -> Array:
        """Return the codes of a column on some rows, ascending."""
        if column.cells is None:
            found: Array = self.codes[column.width][column.slot][rows]
            return found
        codes = np.zeros(len(rows), np.uint32)
        at, there = self.cells_of(column, rows)
        codes[at] = there
        return codes

    def cells_of(self, column: Column, rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Return which of some rows (ascending) have a column, by place, and their codes."""
        if column.cells is None:
            codes = self.row(column)[rows]
            there = np.flatnonzero(codes)
            return there, codes[there]
        having, codes = column.cells.arrays()
        at = np.searchsorted(rows, having)
        among = at < len(rows)
        among[among] = rows[at[among]] == having[among]
        return at[among], codes[among]

    def sort_texts(self, rows: int) -> None:
        """Give the texts of every column new codes, in the order of the texts.

        Families of values (``g4dn.*``) and ranges are then runs of codes, which are asked of a
        column at once.  Texts that come later have codes after them.  Bindings made before are
        void.
        """
        for column in self.columns.values():
            if len(column.dictionary) <= _LIMITS[1]:
                new_codes = column.dictionary.sort()
                if column.cells is None:
                    codes = self.row(column)[:rows]
                    codes[:] = new_codes[codes]
                else:
                    column.cells.recode(new_codes)
        self.version += 1

    # Copies

    def copy(self) -> Matrix:
        """Return an independent copy."""
        matrix = Matrix()
        matrix.codes = [codes.copy() for codes in self.codes]
        matrix.version = self.version
        matrix._free = [list(free) for free in self._free]
        for name, column in self.columns.items():
            twin = matrix.columns[name] = Column(name, column.number)
            twin.width, twin.slot = column.width, column.slot
            twin.cells = None if column.cells is None else column.cells.copy()
            twin.dictionary.texts = list(column.dictionary.texts)
            twin.dictionary.codes = dict(column.dictionary.codes)
        matrix._dense = {name: matrix.columns[name] for name in self._dense}
        matrix._sparse_on = {
            row: {matrix.columns[column.name] for column in columns}
            for row, columns in self._sparse_on.items()
        }
        return matrix

    def copy_rows(self, other: Matrix, rows: npt.NDArray[np.int64]) -> None:
        """Fill the first rows with these rows of another matrix, texts that none has left out.

        Columns whose every cell would be absent are left out too.

        Args:
            other: The other matrix.
            rows: Its rows, ascending; this matrix has room for as many.
        """
        for column in other.columns.values():
            there, codes = other.cells_of(column, rows)
            if not len(there):
                continue
            copy = self.column(column.name)
            new_codes = np.zeros(len(column.dictionary), np.uint32)
            texts = column.dictionary.texts
            for text, code in sorted([(texts[code] or "", code) for code in set(codes.tolist())]):
                new_codes[code] = copy.dictionary.add(text)
            self._put_cells(copy, 0, len(rows), there, new_codes[codes])
        self.version += 1

    # Where codes are

    def new_code(self, column: Column, text: str) -> int:
        """Return the code of a text that the column does not have yet.

        Raises:
            InstanceError: the column has too many different texts; nothing has changed.
        """
        if len(column.dictionary) >= _LIMITS[-1]:
            raise InstanceError(
                f"{column.name} cannot have more than {_LIMITS[-1]} different values"
            )
        code = column.dictionary.add(text)
        self.version += 1
        if column.cells is None and code >= _LIMITS[column.width]:
            self._widen(column)
        return code

    def _put_cells(self, column: Column, first: int, end: int, rows: Array, codes: Array) -> None:
        """Set the codes of rows ``first`` to ``end - 1``: absent but for ``rows``, ascending."""
        cells = column.cells
        if cells is not None and (len(cells) + len(rows)) * SHARE > self.capacity:
            self._make_dense(column)
        if column.cells is None:
            row = self.codes[column.width][column.slot]
            row[first:end] = ABSENT
            row[rows] = codes
        elif cells is not None:
            for old in cells.replace(first, end, rows, codes):
                self._drop(column, old)
            for new in rows.tolist():
                self._sparse_on.setdefault(new, set()).add(column)

    def _drop(self, column: Column, row: int) -> None:
        """Note that a row has a sparse column no more."""
        columns = self._sparse_on.get(row)
        if columns is not None:
            columns.discard(column)
            if not columns:
                del self._sparse_on[row]

    def _make_dense(self, column: Column) -> None:
        """Give a sparse column a slot of the width that its dictionary needs."""
        if column.cells is None:
            return
        rows, codes = column.cells.arrays()
        width = 0
        while len(column.dictionary) > _LIMITS[width]:
            width += 1
        slot = self._slot(width)
        self.codes[width][slot, rows] = codes
        for row in rows.tolist():
            self._drop(column, row)
        column.width, column.slot, column.cells = width, slot, None
        self._dense[column.name] = column
        self.version += 1

    def _make_sparse(self, column: Column) -> None:
        """Move a dense column's codes to cells; its slot is empty then."""
        codes = self.row(column)
        rows = np.flatnonzero(codes)
        cells = SparseCells()
        cells.replace(0, len(codes), rows, codes[rows])
        for row in rows.tolist():
            self._sparse_on.setdefault(row, set()).add(column)
        codes[:] = ABSENT
        self._free[column.width].append(column.slot)
        column.width, column.slot, column.cells = SPARSE, SPARSE, cells
        del self._dense[column.name]
        self.version += 1

    def _widen(self, column: Column) -> None:
        """Move a dense column to the next width, and leave its old slot empty for another."""
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
