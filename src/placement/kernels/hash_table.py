"""Open-addressing tables from a 64-bit key to a number, as bare arrays.

A table is two arrays of the same power-of-two length: ``keys`` (0: empty) and values.  Keys are
made of a row and something else that is counted or held there (``kernels.fields``).  Entries are
never taken out: one that no longer means anything keeps its key and gets a value that says so;
``rehash`` leaves such entries out.  The caller keeps a table at most half full.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels import fields
from placement.kernels.tiers import inlined, jit_no_refcount

__all__ = ["port_key", "rehash", "slot_of"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

slot_of = inlined(fields.slot_of)
_port_key = inlined(fields.port_key)


@inlined
def port_key(row: int, port: int) -> Number:
    """Return the key of a row and a port, which may be int32."""
    return _port_key(np.int64(row), np.int64(port))


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
