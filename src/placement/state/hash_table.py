"""A hash table that kernels and Python code share, with room made before it is written.

In: keys (``kernels.fields.pair_key``, ``port_key``) and values.  Out: two arrays of the same length
(``kernels.hash_table``) that stay at most half full.  Knows nothing of what keys mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from placement.kernels.fields import slot_of
from placement.state.shared import Array, Shared

__all__ = ["HashTable"]

SMALLEST = 64
"""Slots of a new table."""

SPARE = 16
"""A table with more slots than so many times its entries is made smaller where entries go."""

FEW = 1024
"""Entries that are moved in Python, which takes less time than loading a kernel for them."""


class HashTable:
    """Keys and values; an entry whose value is ``dead`` means nothing and goes when it is rebuilt.

    Attributes:
        keys: int64, 0 for an empty slot.
        values: The value of each slot.
    """

    def __init__(self, shared: Shared, counter: int, dtype: type[np.integer], dead: int) -> None:
        """Make an empty table; ``counter`` is the place in ``meta`` of the number of its keys."""
        self._shared = shared
        self._counter = counter
        self._dead = dead
        self.keys = np.zeros(SMALLEST, np.int64)
        self.values: Array = np.zeros(SMALLEST, dtype)

    def get(self, key: int) -> int:
        """Return the value of a key, ``dead`` if it is not there."""
        keys = self.keys
        slot = slot_of(keys, key)
        return int(self.values[slot]) if keys[slot] else self._dead

    def put(self, key: int, value: int) -> None:
        """Set the value of a key; there is room for it."""
        keys = self.keys
        slot = slot_of(keys, key)
        if keys[slot] == 0:
            keys[slot] = key
            self._shared.meta[self._counter] += 1
        self.values[slot] = value

    @property
    def living(self) -> Array:
        """Bool by slot: whether it has an entry that means something."""
        living: Array = (self.keys != 0) & (self.values != self._dead)
        return living

    def has_room(self, more: int) -> bool:
        """Return whether there is room for so many further keys."""
        return 2 * (int(self._shared.meta[self._counter]) + more) <= len(self.keys)

    def reserve(self, more: int) -> None:
        """Make room for so many further keys."""
        if not self.has_room(more):
            self._rebuild(self.keys, self.values, more)

    def is_spare(self, most: int) -> bool:
        """Return whether there is far more room than for so many entries."""
        return len(self.keys) > SPARE * max(most, SMALLEST)

    def shrink(self, most: int) -> None:
        """Give back room, if at most so many entries mean something and there is far more room."""
        if self.is_spare(most):
            self._rebuild(self.keys, self.values, 0)

    def fill(self, keys: Array, values: Array) -> None:
        """Replace all entries by these, whose keys differ from each other."""
        self._rebuild(keys, values, 0)

    def entries(self) -> tuple[Array, Array]:
        """Return the keys and the values of all entries that mean something, in no order."""
        living = self.living
        return self.keys[living], self.values[living]

    def _rebuild(self, keys: Array, values: Array, more: int) -> None:
        """Write the entries that mean something into new arrays, with room for ``more``."""
        self.take_over(*self.rehashed(keys, values, more))

    def rehashed(self, keys: Array, values: Array, more: int) -> tuple[Array, Array, int]:
        """Return arrays with the entries that mean something, and their number.

        There is room for ``more``; this table stays as it is.
        """
        living = int(np.count_nonzero((keys != 0) & (values != self._dead)))
        length = SMALLEST
        while length < 4 * (living + more):  # at most a quarter full: as many again fit
            length *= 2
        new_keys = np.zeros(length, np.int64)
        new_values = np.zeros(length, self.values.dtype)
        move = _move if living <= FEW else _rehash()
        used = move(keys, values, self._dead, new_keys, new_values)
        return new_keys, new_values, used

    def take_over(self, keys: Array, values: Array, used: int) -> None:
        """Replace the arrays by what ``rehashed`` returned."""
        self._shared.meta[self._counter] = used
        self.keys, self.values = keys, values
        self._shared.is_stale = True

    def copy(self, shared: Shared) -> HashTable:
        """Return an independent copy."""
        other = HashTable.__new__(HashTable)
        other._shared, other._counter, other._dead = shared, self._counter, self._dead
        other.keys, other.values = self.keys.copy(), self.values.copy()
        return other


def _rehash() -> Callable[..., int]:
    """Return the kernel that moves the entries of a table."""
    from placement.kernels.hash_table import rehash

    return rehash.call


def _move(keys: Array, values: Array, dead: int, new_keys: Array, new_values: Array) -> int:
    """Put every entry whose value is not ``dead`` into an empty table; return their number."""
    living = np.flatnonzero((keys != 0) & (values != dead))
    for key, value in zip(keys[living].tolist(), values[living].tolist(), strict=True):
        slot = slot_of(new_keys, key)
        new_keys[slot] = key
        new_values[slot] = value
    return len(living)
