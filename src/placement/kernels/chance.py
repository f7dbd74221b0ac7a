"""Random numbers: SplitMix64, one number for a decision (C19).

In: the state in ``meta``.  Out: a number below n; the state moves on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.fields import RANDOM_STATE
from placement.kernels.tiers import called, jit_no_refcount

__all__ = ["draw"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


@called
def random_number(meta: Array) -> Number:
    """Return the next 64 random bits (SplitMix64, C19)."""
    state = np.uint64(meta[RANDOM_STATE]) + np.uint64(0x9E3779B97F4A7C15)
    meta[RANDOM_STATE] = np.int64(state)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@called
def scaled(number: int, n: int) -> Number:
    """Return ``(number * n) >> 64`` for a 64-bit number and an n below 2**32."""
    low = (number & np.uint64(0xFFFFFFFF)) * np.uint64(n)
    high = (number >> np.uint64(32)) * np.uint64(n)
    return np.int64((high + (low >> np.uint64(32))) >> np.uint64(32))


@jit_no_refcount
def draw(meta: Array, n: int) -> Number:
    """Return a random number below n, drawing one from the generator (C19)."""
    return scaled(random_number(meta), n)
