"""Task groups: their codes, and how many counted tasks of each there are on each row.

In: names of groups.  Out: codes and the counts that kernels change.  A code stays that of its group
until ``Tasks.forget_unused_names`` gives new codes to the groups that have tasks.
"""

from __future__ import annotations

import numpy as np

from placement.errors import TaskError
from placement.kernels.fields import MAX_NAMES, NO_ROW, NOT_COUNTED
from placement.state.dictionary import Dictionary
from placement.state.pairs import Pairs
from placement.state.shared import Array, Shared, longer

__all__ = ["Groups"]


class Groups:
    """Groups by code.

    Attributes:
        names: The names and their codes.
        version: Rises with each new name, and when codes change.
        tasks: int64 by code, how many counted tasks there are.
        pairs: How many counted tasks there are by row and code.
        left: int64 by code, the newest entry in the log of its stops (``kernels.fields``); an index
            that counts the group's tasks begins it.
        spread_first: int32 by code, the first count by attribute, or NO_ROW; ``SpreadCounts``
            writes it.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.names = Dictionary()
        self.version = 0
        self.pairs = Pairs(shared)
        self.spread_first = np.full(len(self.names), NO_ROW, np.int32)
        self.left = np.full(len(self.names), NOT_COUNTED, np.int64)
        self.tasks = np.zeros(len(self.names), np.int64)

    def code(self, name: str) -> int:
        """Return the code of a group, a new one if it is new.

        Raises:
            TaskError: there are too many; nothing has changed.
        """
        known = self.names.codes.get(name)
        if known is not None:
            return known
        count = len(self.names)
        if count >= MAX_NAMES:
            raise TaskError(f"a cluster can name at most {MAX_NAMES} groups")
        if count >= len(self.tasks):
            room = max(2 * count, 64)
            self.spread_first = longer(self.spread_first, room, NO_ROW)
            self.left = longer(self.left, room, NOT_COUNTED)
            self.tasks = longer(self.tasks, room, 0)  # the last: it says for how many there is room
            self._shared.is_stale = True
        self.version += 1
        return self.names.add(name)

    def present(self) -> list[str]:
        """Return the groups that have a counted task somewhere."""
        codes = np.flatnonzero(self.tasks > 0)
        return [self.names.texts[code] or "" for code in codes.tolist()]

    def copy(self, shared: Shared) -> Groups:
        """Return an independent copy, without what is derived for an index."""
        other = self._with_pairs(self.pairs.copy(shared), shared)
        other.names.texts, other.names.codes = list(self.names.texts), dict(self.names.codes)
        other._set_tasks(self.tasks[: len(self.names)].copy())
        return other

    def of_rows(self, kept: Array, shared: Shared) -> Groups:
        """Return an independent copy of some rows."""
        other = self.copy(shared)
        other.pairs = self.pairs.of_rows(kept, shared)
        return other

    def only(self, kept: Array, new_codes: Array) -> Groups:
        """Return groups that share counters and nothing else with these, without others.

        What is derived for an index is left out.

        Args:
            kept: int64, the codes that stay, ascending; all that have a counted task are among
                them, and the codes of no text and of the empty one.
            new_codes: int64 by code, the new code of those that stay.
        """
        other = self._with_pairs(self.pairs.renumbered(new_codes), self._shared)
        texts = self.names.texts
        other.names.texts = [texts[code] for code in kept.tolist()]
        other.names.codes = {text: code for code, text in enumerate(other.names.texts)}
        other.version += 1
        other._set_tasks(self.tasks[kept])
        return other

    def _with_pairs(self, pairs: Pairs, shared: Shared) -> Groups:
        """Return groups of this version without names."""
        other = Groups(shared)
        other.version, other.pairs = self.version, pairs
        return other

    def _set_tasks(self, tasks: Array) -> None:
        """Set the counts by code, and let the other arrays be as long."""
        self.tasks = tasks
        self.spread_first = np.full(len(tasks), NO_ROW, np.int32)
        self.left = np.full(len(tasks), NOT_COUNTED, np.int64)
