"""How many counted tasks of each group are on each row.

In: rows and codes of groups.  Out: the arrays that ``kernels.pairs`` reads and changes, and single
counts.  A row has a table of its own for its groups; room for all tables is made here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from placement.kernels.fields import PAIR_CAPACITY, PAIR_END, PAIR_START, TASKS
from placement.state.shared import Array, Shared, longer

__all__ = ["Pairs", "Repacked"]

LEAST_ROOM = 1024
"""Entries that there is room for beyond those in use, at least."""

SAME_CODES = np.zeros(0, np.int64)
"""For ``repack``: groups keep their codes."""


class Repacked(NamedTuple):
    """Counts that have been written into new arrays without gaps.

    Attributes:
        tables: int64 ``[row, 3]``.
        entries: int32 ``[entry, 2]``.
        end: How many of the entries are in use.
    """

    tables: Array
    entries: Array
    end: int


class Pairs:
    """Counts by row and group.

    Attributes:
        entries: int32 ``[entry, 2]``, groups and counts.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.entries = np.zeros((0, 2), np.int32)

    @property
    def tables(self) -> Array:
        """int64 ``[row, 3]``, where the table of each row is (``kernels.fields``)."""
        return self._shared.rows["pair_tables"]

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
        self.take(self._repacked(SAME_CODES, more))

    @property
    def is_sparse(self) -> bool:
        """Whether rows have had so much more room than their counts need that ``grow`` shrinks."""
        return len(self.entries) > 16 * LEAST_ROOM + 64 * int(self._shared.meta[TASKS])

    def renumbered(self, codes: Array) -> Repacked:
        """Return the same counts by other codes of groups, for ``take``.

        Args:
            codes: int64 by group, its new code; groups with tasks keep apart.
        """
        return self._repacked(codes, 0)

    def take(self, new: Repacked) -> None:
        """Put other counts in the place of these."""
        tables, meta = self.tables, self._shared.meta
        # No call comes between these, so that an error or Ctrl-C leaves all of them or none.
        self._shared.is_stale = True
        tables[:], self.entries, meta[PAIR_END] = new

    def clear(self, row: int) -> None:
        """Forget the table of a row that has no counted task."""
        self.tables[row] = 0

    def copy(self, shared: Shared) -> Pairs:
        """Return an independent copy."""
        other = Pairs(shared)
        used = self.entries[: int(self._shared.meta[PAIR_END])]
        other.entries = longer(used, len(self.entries), 0)  # what is not in use is not written
        return other

    def of_rows(self, shared: Shared) -> Pairs:
        """Return an independent copy of the rows that ``shared`` has of these."""
        other = Pairs(shared)
        other.entries = self.entries
        other.grow(0)
        return other

    def _repacked(self, codes: Array, more: int) -> Repacked:
        """Return all counts without gaps, with room for so many further entries."""
        from placement.kernels.pairs import repack

        tables, entries = np.ascontiguousarray(self.tables), self.entries
        used = int(repack(tables, entries, codes, tables, np.zeros((0, 2), np.int32)))
        new_tables = np.zeros_like(tables)
        # as much again: what is moved to longer tables is paid for by the entries that fill them
        new_entries = np.zeros((2 * used + LEAST_ROOM + more, 2), np.int32)
        repack(tables, entries, codes, new_tables, new_entries)
        return Repacked(new_tables, new_entries, used)
