"""Timing: one evaluation at a time, garbage collection off, something changed before each."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter_ns
from typing import Any

import numpy as np

__all__ = ["Flusher", "quiet", "repeated", "sample", "visit"]

_MOST = 200


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the garbage collector out of what is timed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def sample(call: Callable[[], Any]) -> int:
    """Return the nanoseconds of one call."""
    start = perf_counter_ns()
    call()
    return perf_counter_ns() - start


def visit(change: Callable[[], Any], call: Callable[[], Any], budget_ms: float) -> list[int]:
    """Return samples of ``call`` for about ``budget_ms``, with a ``change`` before each.

    The first is left out where there are others: it pays for what ran before this visit.
    """
    samples: list[int] = []
    end = perf_counter_ns() + int(budget_ms * 1e6)
    while len(samples) < _MOST:
        change()
        samples.append(sample(call))
        if perf_counter_ns() > end:
            break
    return samples[1:] or samples


def repeated(call: Callable[[], Any], times: int) -> float:
    """Return the nanoseconds of a call that is too short to be timed alone: median of 9 loops."""
    loops = []
    for _ in range(9):
        start = perf_counter_ns()
        for _ in range(times):
            call()
        loops.append((perf_counter_ns() - start) / times)
    return median(loops)


class Flusher:
    """Drives everything out of the caches of the CPU by writing more than they hold."""

    def __init__(self, mib: int) -> None:
        self._block = np.zeros(mib << 17, np.int64)

    def __call__(self) -> None:
        """Do it."""
        self._block += 1
