"""The static conditions of all requests as masks, each distinct one once.

In: prepared requests, rows that have changed.  Out: masks that kernels read by their addresses.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.index.static_conditions import StaticConditions
from placement.state.shared import longer

if TYPE_CHECKING:
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["StaticMasks"]

Array = npt.NDArray[Any]


class StaticMasks:
    """Masks by number; requests that rule out the same rows have one number.

    Attributes:
        masks: bool by row, with room for rows to come, of each number.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._conditions: list[StaticConditions] = []
        self._number_of: dict[Hashable, int] = {}
        self.masks: list[Array] = []

    def number(self, prepared: PreparedRequest) -> int:
        """Return the number of a request's static conditions.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        conditions = StaticConditions(self._store, prepared)
        number = self._number_of.get(conditions.key)
        if number is None:
            mask = np.zeros(len(self._store.live), np.bool_)
            mask[: len(self._store.ids)] = conditions.mask()
            number = self._number_of[conditions.key] = len(self.masks)
            self.masks.append(mask)
            self._conditions.append(conditions)
        return number

    def address(self, number: int) -> int:
        """Return the address of a mask, good until ``reserve_rows``."""
        address: int = self.masks[number].__array_interface__["data"][0]
        return address

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows."""
        self.masks = [longer(mask, rows, 0) for mask in self.masks]

    def renew(self, rows: Array) -> None:
        """Evaluate the conditions again for rows of which something has changed.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        for mask, conditions in zip(self.masks, self._conditions, strict=True):
            mask[rows] = conditions.of_rows(rows)
