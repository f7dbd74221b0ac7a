"""Open-addressing tables from a 64-bit key to a number, as bare arrays.

A table is two arrays of the same power-of-two length: ``keys`` (0: empty) and values.  Keys are
made of a row and something else that is counted or held there.  Entries are never taken out: one
that no longer means anything keeps its key and gets a value that says so; ``rehash`` leaves such
entries behind.  The caller sees to it that a table is at most half full.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels._jit import inlined, jit_no_refcount

__all__ = ["NO_OWNER", "count_at", "pair_key", "port_key", "rehash", "slot_of"]

NO_OWNER = -1
"""The value of a port that nobody holds any more."""

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of whichever type numba finds for it."""


@inlined
def pair_key(row: int, group: int) -> Number:
    """Return the key of a row and a group code."""
    return ((np.int64(row) << 32) | np.int64(group)) + 1


@inlined
def port_key(row: int, port: int) -> Number:
    """Return the key of a row and a port; udp ports have 65,536 added."""
    return ((np.int64(row) << 17) | np.int64(port)) + 1


@inlined
def slot_of(keys: Array, key: int) -> Number:
    """Return where a key is, or the empty slot where it would be put."""
    last = keys.shape[0] - 1
    mixed = (key >> 32) * 2_654_435_761 + (key & 0xFFFFFFFF) * 40_503  # stays below 2**63
    slot = (mixed ^ (mixed >> 15)) & last
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & last
    return slot


@inlined
def count_at(keys: Array, values: Array, key: int) -> Number:
    """Return the value of a key, 0 if it is not there."""
    slot = slot_of(keys, key)
    if keys[slot] == 0:
        return 0
    return np.int64(values[slot])


@jit_no_refcount
def rehash(keys: Array, values: Array, dead: int, new_keys: Array, new_values: Array) -> Number:
    """Put every entry whose value is not ``dead`` into an empty table; return their number."""
    used = 0
    for i in range(keys.shape[0]):
        if keys[i] != 0 and values[i] != dead:
            slot = slot_of(new_keys, keys[i])
            new_keys[slot] = keys[i]
            new_values[slot] = values[i]
            used += 1
    return used
