"""A bounded pool of key arrays; when it is full, the order built longest ago is evicted.

In: how many positions and cells an order may have.  Out: arrays that kernels write, and the place
in them that an order gets.  Knows neither requests nor what the keys mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.kernels.index import BLOCK

__all__ = ["Slots"]

Array = npt.NDArray[Any]

NO_ROW = -1

SMALL = 2**20
"""Up to so many keys the pool is doubled; beyond, all of it is allocated at once."""


class Slots:
    """Places for orders.

    Attributes:
        keys: int64 ``[place, position]``.
        bounds: int64 ``[place, block]``.
        best: int64 ``[place, cell]``.
        owners: The order of each place, ``NO_ROW`` for a free one.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.keys = np.zeros((0, 0), np.int64)
        self.bounds = np.zeros((0, 0), np.int64)
        self.best = np.zeros((0, 0), np.int64)
        self.owners: list[int] = []
        self._next = 0

    def take(self, order: int, positions: int, cells: int) -> tuple[int, int, bool]:
        """Give an order a place, evicting another order if the pool is full.

        Args:
            order: Which order.
            positions: How many positions any order has at most.
            cells: How many cells any order has at most.

        Returns:
            The place, the order evicted from it (``NO_ROW``: none), whether the arrays are new.
        """
        arrays = self.keys
        places, known = self.keys.shape
        if positions > known or cells > self.best.shape[1]:
            self._grow(places, positions, cells)
        if self._next == places:
            most = self.most_bytes // (8 * positions + positions // 8 + 8 * cells + 1)
            most = max(1, most)
            if places < most:
                # Pages never written to take no memory, so large pools are allocated once.
                wanted = max(2 * places, 8) if places * positions < SMALL else most
                self._grow(min(wanted, most), positions, cells)
            else:
                self._next = 0
        place = self._next
        self._next += 1
        before, self.owners[place] = self.owners[place], order
        return place, before, self.keys is not arrays

    def _grow(self, places: int, positions: int, cells: int) -> None:
        self.keys = _grown(self.keys, places, positions)
        self.bounds = _grown(self.bounds, places, positions // BLOCK)
        self.best = _grown(self.best, places, cells)
        self.owners += [NO_ROW] * (places - len(self.owners))


def _grown(old: Array, places: int, length: int) -> Array:
    new = np.zeros((places, max(length, old.shape[1])), np.int64)
    new[: old.shape[0], : old.shape[1]] = old
    return new
