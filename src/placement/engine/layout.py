"""Rows by cell: the position of each row in an order, and the values that a cell has in common.

In: the values of the attributes that are spread over, by row.  Out: positions, as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.engine.slots import Slots
from placement.kernels.fields import BLOCK, CHAIN, NO_ROW, Orders

__all__ = ["Layout", "packed"]

MAX_TABLE = 2**22
"""Up to so many combinations of values are numbered by a table; more are sorted."""

Array = npt.NDArray[Any]


class Layout:
    """Rows with equal values form a cell, and each cell fills whole blocks of positions.

    Attributes:
        number: The number of the layout in its book.
        cells: How many cells there are.
        blocks: How many blocks.
        values: int32 ``[cells, attributes]``, the values that rows of a cell have in common.
        first_block: int32 ``[cells + 1]``.
        row_at: int32 by position, the row or ``NO_ROW``.
        position_of: int32 by row, ``NO_ROW`` for a tombstone.
        cell_at: int32 by block.
    """

    def __init__(self, number: int, values: list[Array], live: Array) -> None:
        self.number = number
        rows = np.flatnonzero(live)
        cell_of, self.values = _cells([column[rows] for column in values], len(rows))
        self.cells = len(self.values)
        sizes = np.bincount(cell_of, minlength=self.cells)
        blocks = -(-sizes // BLOCK)
        self.first_block = np.concatenate([[0], np.cumsum(blocks)]).astype(np.int32)
        small = self.cells < 2**16  # such numbers are sorted by digits
        order = np.argsort(cell_of.astype(np.uint16) if small else cell_of, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        within = np.arange(len(rows)) - np.repeat(starts, sizes)
        positions = np.repeat(self.first_block[:-1] * BLOCK, sizes) + within
        self.blocks = int(self.first_block[-1])
        self.row_at = np.full(self.blocks * BLOCK, NO_ROW, np.int32)
        self.row_at[positions] = rows[order]
        self.position_of = np.full(len(live), NO_ROW, np.int32)
        self.position_of[rows[order]] = positions
        self.cell_at = np.repeat(np.arange(self.cells, dtype=np.int32), blocks)


def _cells(values: list[Array], rows: int) -> tuple[Array, Array]:
    """Return the cell of each row, and the values of each cell, cells in the order of values."""
    combined = np.zeros(rows, np.int64)
    for column in values:
        width = int(column.max(initial=0)) + 1
        wide = combined * width + column  # the combinations so far, each with the next value
        if width * (int(combined.max(initial=0)) + 1) > MAX_TABLE:
            combined = np.unique(wide, return_inverse=True)[1].reshape(-1)
            continue
        there = np.zeros(int(wide.max(initial=0)) + 1, np.bool_)
        there[wide] = True
        combined = (np.cumsum(there) - 1)[wide]
    count = int(combined.max(initial=0)) + 1
    table = np.zeros((count, len(values)), np.int32)
    for place, column in enumerate(values):
        table[combined, place] = column
    return combined, table


def packed(layouts: Mapping[Any, Layout], table: Array, slots: Slots, rows: int) -> Orders:
    """Return layouts, orders and keys as kernels take them.

    Args:
        layouts: All layouts of a cluster.
        table: The table of orders.
        slots: Their keys.
        rows: How many rows the cluster has.
    """
    cells = max([layout.cells for layout in layouts.values()], default=0)
    blocks = max([layout.blocks for layout in layouts.values()], default=0)
    row_at = np.full((len(layouts), blocks * BLOCK), NO_ROW, np.int32)
    position_of = np.full((len(layouts), rows), NO_ROW, np.int32)
    first_block = np.zeros((len(layouts), cells + 1), np.int32)
    cell_at = np.zeros((len(layouts), blocks), np.int32)
    cell_values = np.zeros((len(layouts), cells, CHAIN), np.int32)
    for layout in layouts.values():
        at = layout.number
        row_at[at, : len(layout.row_at)] = layout.row_at
        position_of[at] = layout.position_of
        first_block[at, : layout.cells + 1] = layout.first_block
        cell_at[at, : layout.blocks] = layout.cell_at
        cell_values[at, : layout.cells, : layout.values.shape[1]] = layout.values
    return Orders(
        table=table,
        row_at=row_at,
        position_of=position_of,
        first_block=first_block,
        cell_at=cell_at,
        cell_values=cell_values,
        keys=slots.keys,
        bounds=slots.bounds,
        best=slots.best,
        ties=np.zeros(cells, np.bool_),
    )
