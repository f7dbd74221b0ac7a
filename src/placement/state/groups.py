"""Task groups: their codes, and how many counted tasks of each there are on each row.

In: names of groups. Out: codes (a code is never used for another group) and the counts that kernels
change.
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
        self.tasks = np.zeros(0, np.int64)
        self.pairs = Pairs(shared)
        self.left = np.zeros(0, np.int64)
        self.spread_first = np.zeros(0, np.int32)

    def code(self, name: str) -> int:
        """Return the code of a group, a new one if it is new.

        Raises:
            TaskError: there are too many; nothing has changed.
        """
        if len(self.names) >= MAX_NAMES and name not in self.names.codes:
            raise TaskError(f"a cluster can name at most {MAX_NAMES} groups")
        code = self.names.add(name)
        if code >= len(self.tasks):
            room = max(2 * code, 64)
            self.spread_first = longer(self.spread_first, room, NO_ROW)
            self.left = longer(self.left, room, NOT_COUNTED)
            self.tasks = longer(self.tasks, room, 0)  # the last: it says for how many there is room
            self._shared.is_stale = True
        return code

    def present(self) -> list[str]:
        """Return the groups that have a counted task somewhere."""
        codes = np.flatnonzero(self.tasks > 0)
        return [self.names.texts[code] or "" for code in codes.tolist()]

    def copy(self, shared: Shared) -> Groups:
        """Return an independent copy, without counts by attribute."""
        other = Groups(shared)
        other.names.texts, other.names.codes = list(self.names.texts), dict(self.names.codes)
        other.tasks = self.tasks.copy()
        other.pairs = self.pairs.copy(shared)
        other.spread_first = np.full_like(self.spread_first, NO_ROW)
        other.left = np.full_like(self.left, NOT_COUNTED)
        return other

    def of_rows(self, kept: Array, shared: Shared) -> Groups:
        """Return an independent copy of some rows."""
        other = self.copy(shared)
        other.pairs = self.pairs.of_rows(kept, shared)
        return other
