"""Task groups: their codes, and how many counted tasks of each there are on each row.

In: names of groups.  Out: codes and the counts that kernels change.  A code stays that of its group
until ``Tasks.forget_unused_names`` gives new codes to the groups that have tasks.
"""

from __future__ import annotations

import numpy as np

from placement.errors import TaskError
from placement.kernels.fields import MAX_NAMES, NO_ROW, PAIR_SHIFT, PAIRS, pair_key
from placement.state.dictionary import Dictionary
from placement.state.hash_table import HashTable
from placement.state.shared import Array, Shared, longer

__all__ = ["Groups"]


class Groups:
    """Groups by code.

    Attributes:
        names: The names and their codes.
        version: Rises with each new name, and when codes change.
        tasks: int64 by code, how many counted tasks there are.
        pairs: How many counted tasks there are by (row, code).
        spread_first: int32 by code, the first count by attribute, or NO_ROW; ``SpreadCounts``
            writes it.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.names = Dictionary()
        self.version = 0
        self.tasks = np.zeros(len(self.names), np.int64)
        self.pairs = HashTable(shared, PAIRS, np.int32, 0)
        self.spread_first = np.full(len(self.names), NO_ROW, np.int32)

    def code(self, name: str) -> int:
        """Return the code of a group, a new one if it is new.

        Raises:
            TaskError: there are too many; nothing has changed.
        """
        known = self.names.codes.get(name)
        if known is not None:
            return known
        if len(self.names) >= MAX_NAMES:
            raise TaskError(f"a cluster can name at most {MAX_NAMES} groups")
        if len(self.names) >= len(self.tasks):
            room = max(2 * len(self.names), 64)
            self.spread_first = longer(self.spread_first, room, NO_ROW)
            self.tasks = longer(self.tasks, room, 0)  # the last: it says for how many there is room
            self._shared.is_stale = True
        self.version += 1
        return self.names.add(name)

    def present(self) -> list[str]:
        """Return the groups that have a counted task somewhere."""
        keys = self.pairs.keys[self.pairs.values > 0] - 1
        codes = np.unique(keys & ((1 << PAIR_SHIFT) - 1))
        return [self.names.texts[code] or "" for code in codes.tolist()]

    def copy(self, shared: Shared) -> Groups:
        """Return an independent copy, without counts by attribute."""
        other = Groups(shared)
        other.names.texts, other.names.codes = list(self.names.texts), dict(self.names.codes)
        other.version = self.version
        other.tasks = self.tasks[: len(self.names)].copy()
        other.pairs = self.pairs.copy(shared)
        other.spread_first = np.full_like(other.tasks, NO_ROW, np.int32)
        return other

    def only(self, kept: Array, new_codes: Array) -> tuple[Groups, int]:
        """Return groups that share nothing but counters with these, without counts by attribute.

        Args:
            kept: int64, the codes that stay, ascending; all that have a counted task are among
                them, and the codes of no text and of the empty one.
            new_codes: int64 by code, the new code of those that stay.

        Returns:
            The groups, and the number of their pairs, which ``meta`` does not have yet.
        """
        other = Groups(self._shared)
        texts = self.names.texts
        other.names.texts = [texts[code] for code in kept.tolist()]
        other.names.codes = {text: code for code, text in enumerate(other.names.texts)}
        other.version = self.version + 1
        other.tasks = self.tasks[kept]
        other.spread_first = np.full(len(kept), NO_ROW, np.int32)
        keys, counts = self.pairs.entries()
        codes = new_codes[(keys - 1) & ((1 << PAIR_SHIFT) - 1)]
        moved = pair_key((keys - 1) >> PAIR_SHIFT, codes)
        other.pairs.keys, other.pairs.values, used = self.pairs.rehashed(moved, counts, 0)
        return other, used

    def of_rows(self, new_rows: Array, shared: Shared) -> Groups:
        """Return an independent copy of some rows; ``new_rows`` is their number there or -1."""
        other = self.copy(shared)
        keys, counts = self.pairs.entries()
        rows = new_rows[(keys - 1) >> PAIR_SHIFT]
        moved = pair_key(rows, (keys - 1) & ((1 << PAIR_SHIFT) - 1))
        other.pairs.fill(np.where(rows >= 0, moved, 0), counts)
        return other
