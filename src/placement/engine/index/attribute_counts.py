"""What indexes need of the attributes that are spread over: each row's value, and counts by value.

In: names of attributes, groups, rows that have changed.  Out: numbers by which kernels address
``spread_counts`` (A33).  The counts themselves are kept by ``state.spread_counts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = ["AttributeCounts"]

Array = npt.NDArray[Any]


class AttributeCounts:
    """Numbers of attributes and of counts; a value's number is its code in the column, 0 if absent.

    Attributes:
        attributes: The number of each attribute that is spread over.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.attributes: dict[str, int] = {}
        self._counts: dict[tuple[int, str], int] = {}

    def attribute(self, name: str) -> int:
        """Return the number of an attribute, its values by row ready for the kernels."""
        number = self.attributes.get(name)
        if number is None:
            number = self.attributes[name] = len(self.attributes)
            self._store.tasks.spread_counts.add_attribute(number, self.values(name))
        return number

    def values(self, name: str) -> Array:
        """Return the number of each row's value of an attribute: int32."""
        column = self._store.attributes.get(name)
        rows = len(self._store.ids)
        if column is None:
            return np.zeros(rows, np.int32)
        return self._store.matrix.row(column)[:rows].astype(np.int32)

    def value(self, name: str, row: int) -> int:
        """Return the number of a row's value of an attribute."""
        column = self._store.attributes.get(name)
        return 0 if column is None else self._store.matrix.code(column, row)

    def of_group(self, group: int, attribute: str) -> int:
        """Return the number of the counts of a group's tasks by an attribute's value (A33)."""
        number = self._counts.get((group, attribute))
        if number is None:
            number = self._counts[group, attribute] = len(self._counts)
            tasks = self._store.tasks
            by = self.attribute(attribute)
            counts = tasks.counts(group) if tasks.groups.tasks.item(group) else None
            tasks.spread_counts.add(number, tasks.groups, group, by, counts)
        return number

    def renew(self, rows: list[int]) -> None:
        """Let tasks on rows whose values have changed count by the values they have now."""
        tasks = self._store.tasks
        for name, number in self.attributes.items():
            for row in rows:
                value = self.value(name, row)
                if value != int(tasks.spread_counts.values[number, row]):
                    tasks.move_value(number, row, value)
