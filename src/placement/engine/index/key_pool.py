"""The keys of indexes, within a bound of bytes; beyond it those used longest ago are evicted.

In: which index, how many positions, blocks and buckets it has.  Out: arrays that kernels write.
Knows neither requests nor what keys mean.

An index is on probation until it is built a second time: of requests that come once, only a few
hundred are kept, so that shapes that are never seen again take no memory from those that are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.kernels.fields import BLOCK

__all__ = ["KeyPool", "Keys"]

MAX_PROBATION = 1024
"""Indexes that are kept although they were built only once."""

Array = npt.NDArray[Any]


@attrs.define(eq=False)
class Keys:
    """The arrays of one index.

    Attributes:
        keys: int32 or int64 by position.
        bounds: int64 by block.
        best: int64 by bucket.
    """

    keys: Array
    bounds: Array
    best: Array

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(self.keys.nbytes + self.bounds.nbytes + self.best.nbytes)


class KeyPool:
    """Keys of indexes by number.

    Attributes:
        built: The keys of each index that is built.
        nbytes: Bytes that they take together.
    """

    def __init__(self, most_bytes: int, used: Callable[[int], int]) -> None:
        """Make an empty pool.

        Args:
            most_bytes: What all keys may take; those of one index are kept in any case.
            used: Returns when an index was used last: larger is later.
        """
        self._most_bytes = most_bytes
        self._used = used
        self.built: dict[int, Keys] = {}
        self.nbytes = 0
        self._probation: dict[int, None] = {}
        """Those built once, the oldest first."""
        self._seen: set[int] = set()
        """Those that were built at any time."""

    def take(
        self, index: int, positions: int, buckets: int, *, wide: bool
    ) -> tuple[Keys, list[int]]:
        """Return the keys of an index, all 0, and the indexes that have been evicted for it."""
        new = Keys(
            np.zeros(positions, np.int64 if wide else np.int32),
            np.zeros(positions // BLOCK, np.int64),
            np.zeros(buckets, np.int64),
        )
        evicted: list[int] = []
        self.drop(index)
        if index not in self._seen:
            self._seen.add(index)
            self._probation[index] = None
            if len(self._probation) > MAX_PROBATION:
                evicted.append(next(iter(self._probation)))
                self.drop(evicted[0])
        if self.nbytes + new.nbytes > self._most_bytes:
            evicted += self._make_room(new.nbytes)
        self.built[index] = new
        self.nbytes += new.nbytes
        return new, evicted

    def _make_room(self, nbytes: int) -> list[int]:
        """Evict those used longest ago, a sixteenth of all bytes more than needed."""
        most = self._most_bytes - nbytes - self._most_bytes // 16
        evicted = []
        for index in sorted(self.built, key=self._used):
            if self.nbytes <= most:
                break
            self.drop(index)
            evicted.append(index)
        return evicted

    def replace(self, index: int, new: Keys) -> None:
        """Give a built index other arrays."""
        self.nbytes += new.nbytes - self.built[index].nbytes
        self.built[index] = new

    def drop(self, index: int) -> None:
        """Drop the keys of an index, if it has any."""
        old = self.built.pop(index, None)
        self._probation.pop(index, None)
        if old is not None:
            self.nbytes -= old.nbytes
