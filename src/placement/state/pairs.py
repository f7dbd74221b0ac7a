"""How many counted tasks of each group are on each row.

In: rows and codes of groups.  Out: the arrays that ``kernels.pairs`` reads and changes, and single
counts.  A row has a table of its own for its groups; room for all tables is made here.
"""

from __future__ import annotations

import numpy as np

from placement.kernels.fields import PAIR_CAPACITY, PAIR_END, PAIR_START, TASKS
from placement.state.shared import Array, Shared, longer

__all__ = ["Pairs"]

LEAST_ROOM = 1024
"""Entries that there is room for beyond those in use, at least."""

ROOM_OF_ROW = 32
"""Entries for each row that there is room for besides: what is never written takes no memory."""

SAME_CODES = np.zeros(0, np.int64)
"""For ``repack``: groups keep their codes."""


class Pairs:
    """Counts by row and group.

    Attributes:
        tables: int64 ``[row, 3]``, where the table of each row is (``kernels.fields``).
        entries: int32 ``[entry, 2]``, groups and counts.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.tables = np.zeros((0, 3), np.int64)
        self.entries = np.zeros((0, 2), np.int32)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows, which have no tasks."""
        self.tables = longer(self.tables, rows, 0)
        self._shared.is_stale = True

    def get(self, row: int, group: int) -> int:
        """Return how many counted tasks of a group are on a row."""
        return self.on(row).get(group, 0)

    def on(self, row: int) -> dict[int, int]:
        """Return how many counted tasks of each group are on a row, without groups that have none.

        The groups are in no order.
        """
        start, capacity = self.tables[row, PAIR_START], self.tables[row, PAIR_CAPACITY]
        return {
            group - 1: count
            for group, count in self.entries[start : start + capacity].tolist()
            if count > 0
        }

    def reserve(self, row: int) -> None:
        """Make room for one further group on a row."""
        wanted = 2 * int(self.tables[row, PAIR_CAPACITY]) + LEAST_ROOM
        if int(self._shared.meta[PAIR_END]) + wanted > len(self.entries):
            self.grow(wanted)

    def grow(self, more: int = LEAST_ROOM) -> None:
        """Write all counts without gaps into a new array, with room for so many further entries."""
        if self._shared.meta[PAIR_END]:
            self._take(*_repacked(self.tables, self.entries, SAME_CODES, more))
        else:  # no row has a table yet, which the first placement of a process has no kernel for
            room = LEAST_ROOM + ROOM_OF_ROW * len(self.tables) + more
            self._take(self.tables, np.zeros((room, 2), np.int32), 0)

    @property
    def is_sparse(self) -> bool:
        """Whether rows have had so much more room than their counts need that ``grow`` shrinks."""
        least = 16 * LEAST_ROOM + 2 * ROOM_OF_ROW * len(self.tables)
        return len(self.entries) > least + 64 * int(self._shared.meta[TASKS])

    def renumbered(self, codes: Array) -> Pairs:
        """Return pairs that share counters with these, and have other codes of groups.

        The counters are those of the pairs that are returned, and void for these.

        Args:
            codes: int64 by group, its new code; groups with tasks keep apart.
        """
        other = Pairs(self._shared)
        other._take(*_repacked(self.tables, self.entries, codes, 0))
        return other

    def _take(self, tables: Array, entries: Array, end: int) -> None:
        self.tables, self.entries = tables, entries
        self._shared.meta[PAIR_END] = end
        self._shared.is_stale = True

    def clear(self, row: int) -> None:
        """Forget the table of a row that has no counted task."""
        self.tables[row] = 0

    def copy(self, shared: Shared) -> Pairs:
        """Return an independent copy."""
        other = Pairs(shared)
        other.tables = self.tables.copy()
        used = self.entries[: int(self._shared.meta[PAIR_END])]
        other.entries = longer(used, len(self.entries), 0)  # what is not in use is not written
        return other

    def of_rows(self, kept: Array, shared: Shared) -> Pairs:
        """Return an independent copy of some rows."""
        other = Pairs(shared)
        other._take(*_repacked(self.tables[kept], self.entries, SAME_CODES, 0))
        return other


def _repacked(tables: Array, entries: Array, codes: Array, more: int) -> tuple[Array, Array, int]:
    """Return tables and entries without gaps, and how many entries are in use."""
    from placement.kernels.pairs import repack

    used = int(repack.call(tables, entries, codes, tables, np.zeros((0, 2), np.int32)))
    new_tables = np.zeros_like(tables)
    # as much again: what is moved to longer tables is paid for by the entries that fill them
    room = 2 * used + LEAST_ROOM + ROOM_OF_ROW * len(tables) + more
    new_entries = np.zeros((room, 2), np.int32)
    repack.call(tables, entries, codes, new_tables, new_entries)
    return new_tables, new_entries, used
