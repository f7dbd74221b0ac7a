"""What the kernel that matches remembers: where it has been without success.

A program names places at which ways part, its memos.  Whoever comes to one a second time in the
same state fails as it did before.  For an automaton the state is the position: one bit for each.
For other programs it holds registers, too; such states are kept in a hash table, compared whole, and
only once a text has taken ``PATIENCE`` steps, since few do.
"""

from __future__ import annotations

import numpy as np

from placement.kernels._jit import kernel
from placement.kernels.instructions import POSITIONS, Array, Tables

__all__ = ["PATIENCE", "bits", "index_of_states", "rows_of_states", "seen_position", "seen_state"]

PATIENCE = 2_000
"""Steps before states are remembered."""

_NUMBERS = 1 << 20
"""Numbers that the table of states may hold; what comes later is not remembered."""

_HEAD = 2


@kernel
def bits(tables: Tables, size: int) -> Array:
    """Return the bits of all memos at all positions of a text; none where they are not kept."""
    count = (len(tables.key_offsets) - 1) * (size + 1) if tables.memory == POSITIONS else 0
    return np.zeros((count + 63) >> 6, np.uint64)


@kernel
def seen_position(visited: Array, memo: int, at: int, size: int) -> bool:
    """Return whether a memo has been at this position before, and note that it has now."""
    bit = memo * (size + 1) + at
    mask = np.uint64(1) << np.uint64(bit & 63)
    if visited[bit >> 6] & mask:
        return True
    visited[bit >> 6] |= mask
    return False


@kernel
def _width(tables: Tables) -> int:
    """Return the numbers in a row: memo, position, registers."""
    width = 0
    for memo in range(len(tables.key_offsets) - 1):
        width = max(width, tables.key_offsets[memo + 1] - tables.key_offsets[memo])
    return width + 2


@kernel
def rows_of_states(tables: Tables) -> Array:
    """Return an empty table of states; its first two numbers count rows, and numbers in a row."""
    width = _width(tables)
    rows = np.empty(_HEAD + width * (_NUMBERS // width), np.int32)
    rows[0], rows[1] = 0, width
    return rows


@kernel
def index_of_states(tables: Tables) -> Array:
    """Return the index of an empty table: for each hash the number of a row, 0 for none."""
    rows = _NUMBERS // _width(tables)
    size = 1
    while size < 2 * rows:
        size *= 2
    return np.zeros(size, np.int32)


@kernel
def seen_state(
    tables: Tables, rows: Array, index: Array, registers: Array, memo: int, at: int
) -> bool:
    """Return whether a memo has been in this state before, and note that it has now."""
    first, last = tables.key_offsets[memo], tables.key_offsets[memo + 1]
    number = memo * 1_000_003 + at
    for key in range(first, last):
        number = ((number & 0x7FFFFFFF) * 1_000_003) ^ int(registers[tables.keys[key]])
    slot = (number ^ (number >> 17)) & (len(index) - 1)
    width = last - first + 2
    stride = rows[1]
    while index[slot]:
        row = _HEAD + (index[slot] - 1) * stride
        if rows[row] == memo and rows[row + 1] == at:
            same = 2
            while same < width and rows[row + same] == registers[tables.keys[first + same - 2]]:
                same += 1
            if same == width:
                return True
        slot = (slot + 1) & (len(index) - 1)
    if _HEAD + (rows[0] + 1) * stride <= len(rows):
        row = _HEAD + rows[0] * stride
        rows[row], rows[row + 1] = memo, at
        for key in range(first, last):
            rows[row + 2 + key - first] = registers[tables.keys[key]]
        rows[0] += 1
        index[slot] = rows[0]
    return False
