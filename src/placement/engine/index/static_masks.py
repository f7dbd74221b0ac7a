"""The static conditions of all requests as masks, each distinct one once.

In: prepared requests, rows that have changed.  Out: masks that kernels read by their addresses.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.index.static_conditions import StaticConditions, described
from placement.state.shared import address_of, longer

if TYPE_CHECKING:
    from placement.engine.prepared import PreparedRequest
    from placement.lang.typed import Tree
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
        self._trees: dict[Tree, int] = {}
        self._asked: dict[Hashable, int] = {}
        """The number by what checks may read of a task, which saves preparing them."""
        self._addresses: list[int] = []
        self.masks: list[Array] = []

    def tree(self, tree: Tree) -> int:
        """Return the number of the static part of expressions."""
        return self._trees.setdefault(tree, len(self._trees))

    def number(self, prepared: PreparedRequest, tree: int) -> int:
        """Return the number of a request's static conditions.

        Args:
            prepared: The request.
            tree: The number of the static part of its expressions.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        asked = (tree, described(prepared.task))
        number = self._asked.get(asked)
        if number is None:
            number = self._asked[asked] = self._number(StaticConditions(self._store, prepared))
        return number

    def _number(self, conditions: StaticConditions) -> int:
        number = self._number_of.get(conditions.key)
        if number is None:
            mask = np.zeros(len(self._store.live), np.bool_)
            mask[: len(self._store.ids)] = conditions.mask()
            number = self._number_of[conditions.key] = len(self.masks)
            self.masks.append(mask)
            self._addresses.append(address_of(mask))
            self._conditions.append(conditions)
        return number

    @property
    def descriptions(self) -> int:
        """How many different tasks and expressions have been asked for."""
        return len(self._asked)

    def address(self, number: int) -> int:
        """Return the address of a mask, good until ``reserve_rows``."""
        return self._addresses[number]

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows."""
        self.masks = [longer(mask, rows, 0) for mask in self.masks]
        self._addresses = [address_of(mask) for mask in self.masks]

    def renew(self, rows: Array) -> None:
        """Evaluate the conditions again for rows of which something has changed.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        kept: dict[Hashable, Array] = {}
        for mask, conditions in zip(self.masks, self._conditions, strict=True):
            mask[rows] = conditions.of_rows(rows, kept)
