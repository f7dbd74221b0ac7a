"""What the kernel that matches remembers: where it has been without success.

A program names places at which ways part, its memos.  Whoever comes to one a second time in the
same state fails as it did before.  For an automaton the state is the position: one bit for each.
For other programs it holds registers, too; such states are kept in a hash table, compared whole,
and only once a text has taken ``PATIENCE`` steps, since few do.
"""

from __future__ import annotations

import numpy as np

from placement.kernels.instructions import POSITIONS, Array, Tables
from placement.kernels.tiers import called, inlined

__all__ = ["PATIENCE", "bits", "clear", "forget", "seen_position", "seen_state"]

PATIENCE = 2_000
"""Steps before states are remembered."""

_FACTOR = 1_540_483_477
"""Odd, and below 2**31, so that products with 31 bits stay within 62."""

_HEAD = 1
"""Numbers before the rows of states: how many rows there are."""


def bits(tables: Tables, size: int) -> int:
    """Return how many bits a program needs to remember positions in a text of ``size`` units."""
    return (len(tables.key_offsets) - 1) * (size + 1) if tables.memory == POSITIONS else 0


@inlined
def clear(tables: Tables, visited: Array, size: int) -> int:
    """Forget all positions; return how many steps that counts for."""
    memos = len(tables.key_offsets) - 1
    words = (memos * (size + 1) + 63) >> 6 if tables.memory == POSITIONS else 0
    for word in range(words):
        visited[word] = 0
    return words >> 4


@inlined
def forget(rows: Array, index: Array) -> None:
    """Forget all states."""
    if rows[0]:
        rows[0] = 0
        for slot in range(len(index)):
            index[slot] = 0


@inlined
def seen_position(visited: Array, memo: int, at: int, size: int) -> bool:
    """Return whether a memo has been at this position before, and note that it has now."""
    bit = memo * (size + 1) + at
    mask = np.uint64(1) << np.uint64(bit & 63)
    if visited[bit >> 6] & mask:
        return True
    visited[bit >> 6] |= mask
    return False


@inlined
def _mixed(number: int) -> int:
    """Return 31 bits that depend on all of 31 bits of a number."""
    product = (number & 0x7FFFFFFF) * _FACTOR
    return (product ^ (product >> 15) ^ (product >> 31)) & 0x7FFFFFFF


@called
def seen_state(
    tables: Tables, rows: Array, index: Array, registers: Array, memo: int, at: int
) -> bool:
    """Return whether a memo has been in this state before, and note that it has now."""
    first, last = tables.key_offsets[memo], tables.key_offsets[memo + 1]
    number = memo * _FACTOR + at
    for key in range(first, last):
        number = _mixed(number) ^ int(registers[tables.keys[key]])
    slot = _mixed(number) & (len(index) - 1)
    width = last - first + 2
    stride = tables.stride
    while index[slot]:
        row = _HEAD + (index[slot] - 1) * stride
        if rows[row] == memo and rows[row + 1] == at:
            same = 2
            while same < width and rows[row + same] == registers[tables.keys[first + same - 2]]:
                same += 1
            if same == width:
                return True
        slot = (slot + 1) & (len(index) - 1)
    if rows[0] < len(index) >> 1 and _HEAD + (rows[0] + 1) * stride <= len(rows):
        row = _HEAD + rows[0] * stride
        rows[row], rows[row + 1] = memo, at
        for key in range(first, last):
            rows[row + 2 + key - first] = registers[tables.keys[key]]
        rows[0] += 1
        index[slot] = rows[0]
    return False
