"""Bytes of all that an object refers to: what it keeps, whatever the allocator has in reserve.

In: any object.  Out: bytes.  The resident size of a process also has what was freed and not given
back, and it lacks pages that nobody has written to yet; so it swings by megabytes from run to run.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from harness.child import memory_of

__all__ = ["live_bytes", "resident"]

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)
"""Objects of these kinds are the program, not data."""


def live_bytes(kept: Any, *, without: Iterable[Any] = ()) -> int:
    """Return the bytes of an object and of all that it refers to, each object once.

    Args:
        kept: The object.
        without: Objects that do not count, nor does what only they refer to.
    """
    seen = {id(one) for one in without}
    todo, total = [kept], 0
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, _SHARED):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)  # of an array with its numbers, if they are its own
        if isinstance(one, np.ndarray):
            todo.append(one.base)
            if one.dtype.hasobject:
                todo += one.ravel().tolist()
        else:
            todo += gc.get_referents(one)
    return total


def resident() -> int:
    """Return the resident size of this process in bytes, after what is free has been given back.

    Linux only.  Where the C library cannot give memory back (``malloc_trim`` is glibc's), the size
    is that with what it has in reserve.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return memory_of("VmRSS")
