"""The keys of indexes, within a bound of bytes; beyond it those used longest ago are evicted.

In: which index, how many positions, blocks and buckets it has.  Out: arrays that kernels write.
Knows neither requests nor what keys mean.

An index is on probation until it is built a second time: of requests that come once, only a few
hundred are kept, so that shapes that are never seen again take no memory from those that are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.fields import BLOCK
from placement.state.shared import address_of

__all__ = ["KeyPool", "Keys"]

MAX_PROBATION = 1024
"""Indexes that are kept although they were built only once."""

PROBATION_SHARE = 4
"""Where room is needed, these are evicted first if they take more than this part of all bytes."""

MAX_REUSED = 2**17
"""Memory of so many bytes is set to 0 and used again; more than that comes from the system as 0,
and takes no room where nothing is written."""

Array = npt.NDArray[Any]


class Keys:
    """The arrays of one index, in one piece of memory: bounds, best positions, keys.

    Attributes:
        memory: int64, all three.
        nbytes: Bytes of it.
        positions: How many keys there are.
        buckets: How many best positions.
        wide: Whether keys have 64 bits, or 32.
    """

    __slots__ = ("buckets", "memory", "nbytes", "positions", "wide")

    def __init__(self, positions: int, buckets: int, *, wide: bool) -> None:
        """Make arrays that hold 0."""
        self.positions = positions
        self.buckets = buckets
        self.wide = wide
        words = positions if wide else positions // 2  # positions come in blocks
        self.memory = np.zeros(positions // BLOCK + buckets + words, np.int64)
        self.nbytes: int = self.memory.nbytes

    @property
    def bounds(self) -> Array:
        """int64 by block."""
        return self.memory[: self.positions // BLOCK]

    @property
    def best(self) -> Array:
        """int64 by bucket."""
        first = self.positions // BLOCK
        return self.memory[first : first + self.buckets]

    @property
    def keys(self) -> Array:
        """int32 or int64 by position."""
        keys = self.memory[self.positions // BLOCK + self.buckets :]
        return keys if self.wide else keys.view(np.int32)

    @property
    def addresses(self) -> tuple[int, int, int]:
        """The addresses of bounds, best positions and keys."""
        bounds = address_of(self.memory)
        best = bounds + 8 * (self.positions // BLOCK)
        return bounds, best, best + 8 * self.buckets


class KeyPool:
    """Keys of indexes by number.

    Attributes:
        built: The keys of each index that is built.
        nbytes: Bytes that they take together.
    """

    def __init__(self, most_bytes: int) -> None:
        """Make an empty pool.

        Args:
            most_bytes: What all keys may take; those of one index are kept in any case.
        """
        self._most_bytes = most_bytes
        self.built: dict[int, Keys] = {}
        self.nbytes = 0
        self._probation: dict[int, int] = {}
        """Those built once, the oldest first, and their bytes."""
        self._probation_bytes = 0
        self._seen: set[int] = set()
        """Those that were built at any time."""

    def take(
        self, index: int, positions: int, buckets: int, *, wide: bool, used: Callable[[int], int]
    ) -> tuple[Keys, list[int]]:
        """Return the keys of an index, all 0, and the indexes that have been evicted for it.

        Args:
            index: The index.
            positions: How many positions it has.
            buckets: How many buckets.
            wide: Whether keys have 64 bits.
            used: Returns when an index was used last: larger is later.  It is not kept: a table and
                its pool that refer to each other would outlive their use.
        """
        evicted: list[int] = []
        spare = self.drop(index) if index in self.built else None
        is_new = index not in self._seen
        if is_new and len(self._probation) >= MAX_PROBATION:
            evicted.append(next(iter(self._probation)))
            spare = self.drop(evicted[0])
        if (
            spare is not None
            and spare.nbytes <= MAX_REUSED
            and (spare.positions, spare.buckets, spare.wide) == (positions, buckets, wide)
        ):
            new = spare
            new.memory.fill(0)
        else:
            new = Keys(positions, buckets, wide=wide)
        nbytes = new.nbytes
        if self.nbytes + nbytes > self._most_bytes:
            evicted += self._make_room(nbytes, used)
        if is_new:
            self._seen.add(index)
            self._probation[index] = nbytes
            self._probation_bytes += nbytes
        self.built[index] = new
        self.nbytes += nbytes
        return new, evicted

    def _make_room(self, nbytes: int, used: Callable[[int], int]) -> list[int]:
        """Evict those used longest ago, a sixteenth of all bytes more than needed.

        Those on probation come first if they take more than their share.
        """
        most = self._most_bytes - nbytes - self._most_bytes // 16
        is_crowded = self._probation_bytes > self._most_bytes // PROBATION_SHARE
        first = self._probation if is_crowded else self.built
        evicted = []
        for index in sorted(self.built, key=lambda index: (index not in first, used(index))):
            if self.nbytes <= most:
                break
            self.drop(index)
            evicted.append(index)
        return evicted

    def replace(self, index: int, new: Keys) -> None:
        """Give a built index other arrays."""
        self.nbytes += new.nbytes - self.built[index].nbytes
        self.built[index] = new

    def drop(self, index: int) -> Keys | None:
        """Drop the keys of an index, and return them if it has any."""
        self._probation_bytes -= self._probation.pop(index, 0)
        old = self.built.pop(index, None)
        if old is not None:
            self.nbytes -= old.nbytes
        return old
