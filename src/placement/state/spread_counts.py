"""Counts of a group's tasks by the value of an attribute, for strategies that spread (A33).

In: the values of attributes by row, and groups.  Out: counts that kernels bring up to date with
every task that comes or goes.  All of it is derived: an index sets it up, and it can be cleared.
"""

from __future__ import annotations

import numpy as np

from placement.kernels.fields import NO_ROW
from placement.state.groups import Groups
from placement.state.shared import Array, Shared, longer

__all__ = ["SpreadCounts"]


class SpreadCounts:
    """Counts by number; each is of one group and one attribute.

    Attributes:
        values: int32 ``[attribute, row]``, the number of each row's value.
        next: int32 by count, the next count of the same group, or NO_ROW.
        attribute: int32 by count, which attribute it goes by.
        counts: int64 ``[count, value]``.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.rows = 0
        """How many rows there is room for."""
        self.clear()

    def clear(self) -> None:
        """Drop all counts; the groups' lists are cleared by ``Tasks.forget_index``."""
        self.values = np.zeros((0, self.rows), np.int32)
        self.next = np.zeros(0, np.int32)
        self.attribute = np.zeros(0, np.int32)
        self.counts = np.zeros((0, 1), np.int64)
        self._shared.is_stale = True

    def reserve(self, rows: int) -> None:
        """Make room for so many rows, the new ones with value 0."""
        values = np.zeros((len(self.values), rows), np.int32)
        values[:, : self.rows] = self.values
        self.values = values
        self.rows = rows
        self._shared.is_stale = True

    def add_attribute(self, number: int, values: Array) -> None:
        """Register an attribute to count by, given the number of its value on each row."""
        if number >= len(self.values):
            self.values = longer(self.values, max(2 * number, 4), 0)
        self.values[number, : len(values)] = values
        self._shared.is_stale = True
        self.reserve_values(int(values.max(initial=0)) + 1)

    def reserve_values(self, width: int) -> None:
        """Make room for so many values of an attribute."""
        if width > self.counts.shape[1]:
            wider = np.zeros((len(self.counts), width + width // 8), np.int64)
            wider[:, : self.counts.shape[1]] = self.counts
            self.counts = wider
            self._shared.is_stale = True

    def add(
        self, number: int, groups: Groups, group: int, attribute: int, counts: Array | None
    ) -> None:
        """Keep counts of a group's tasks by the value of an attribute, from now on.

        Args:
            number: The number of the new count.
            groups: The groups, whose lists of counts it joins.
            group: The group's code.
            attribute: The attribute's number.
            counts: int64 by row, how many tasks of the group there are now; None: none.
        """
        if number >= len(self.next):
            self._shared.is_stale = True  # first: if an error comes between, nothing is amiss
            room = max(2 * number, 16)
            self.next = longer(self.next, room, NO_ROW)
            self.attribute = longer(self.attribute, room, 0)
            self.counts = longer(self.counts, room, 0)
        self.attribute[number] = attribute
        if counts is None:
            self.counts[number] = 0
        else:
            width = self.counts.shape[1]
            self.counts[number] = np.bincount(self.values[attribute], counts, width)[:width]
        self.next[number] = groups.spread_first[group]
        groups.spread_first[group] = number
