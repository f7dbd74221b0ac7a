"""Logs of the rows that tasks have changed, from which indexes bring themselves up to date.

In: rows, written by kernels and by ``note_changed``.  Out: the same, in order.  What each log says,
and when kernels write it, stands in ``kernels.fields``.  Readers remember how far they have read;
``clear`` is for when none is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placement.kernels.fields import FREED, LEFT, LOG_FREED, LOG_TAKEN, NO_ROW, TAKEN
from placement.state.shared import Shared, longer

__all__ = ["ChangeLog"]


class ChangeLog:
    """Three logs: rows that took on a task, rows that gave something back, stops by group.

    Attributes:
        taken: int32, the rows that took on a task; ``meta[TAKEN]`` of them.
        freed: int32, the rows that gave something back, or changed; ``meta[FREED]`` of them.
        left_rows: int32, the rows that tasks of counted groups left; ``meta[LEFT]`` of them.
        left_before: int32, for each of them the entry before of the same group.
        last_taken: int32 by row, the place of its newest entry in ``taken``.
        last_freed: int32 by row, the place of its newest entry in ``freed``.
        blocked: bool by row, whether an index has blocked it since that entry.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.taken = np.zeros(0, np.int32)
        self.freed = np.zeros(0, np.int32)
        self.left_rows = np.zeros(0, np.int32)
        self.left_before = np.zeros(0, np.int32)
        self.last_taken = np.zeros(0, np.int32)
        self.last_freed = np.zeros(0, np.int32)
        self.blocked = np.zeros(0, np.bool_)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows, none of which has an entry."""
        self.last_taken = longer(self.last_taken, rows, NO_ROW)
        self.last_freed = longer(self.last_freed, rows, NO_ROW)
        self.blocked = longer(self.blocked, rows, 0)
        self._shared.is_stale = True

    def reserve(self, started: int, stopped: int) -> None:
        """Make room for the entries of further tasks that start, and of tasks that stop."""
        meta = self._shared.meta
        if int(meta[TAKEN]) + started > len(self.taken):
            self.taken = longer(self.taken, 2 * (int(meta[TAKEN]) + started) + 64, 0)
            self._shared.is_stale = True
        if int(meta[FREED]) + stopped > len(self.freed):
            self.freed = longer(self.freed, 2 * (int(meta[FREED]) + stopped) + 64, 0)
            self._shared.is_stale = True
        if int(meta[LEFT]) + stopped > len(self.left_rows):
            room = 2 * (int(meta[LEFT]) + stopped) + 64
            self.left_rows = longer(self.left_rows, room, 0)
            self.left_before = longer(self.left_before, room, 0)
            self._shared.is_stale = True

    def note_changed(self, rows: Sequence[int]) -> None:
        """Note rows of which something other than tasks has changed: every index re-reads them."""
        self.reserve(0, len(rows))
        start = int(self._shared.meta[FREED])
        self.freed[start : start + len(rows)] = ~np.asarray(rows, np.int32)
        self._shared.meta[FREED] += len(rows)

    def record(self, *, taken: bool = False, freed: bool = False) -> None:
        """From now on, log every row that takes on a task, or that gives something back."""
        meta = self._shared.meta
        meta[LOG_TAKEN] |= taken
        meta[LOG_FREED] |= freed

    @property
    def length(self) -> int:
        """How many entries the longest of the logs has."""
        return int(self._shared.meta[[TAKEN, FREED, LEFT]].max())

    def clear(self) -> None:
        """Empty the logs; no reader may need the old entries any more."""
        self._shared.meta[[TAKEN, FREED, LEFT]] = 0
        self.last_taken[:] = NO_ROW
        self.last_freed[:] = NO_ROW

    def reset(self) -> None:
        """Empty the logs and record nothing: nobody reads them any more."""
        self.clear()
        self._shared.meta[[LOG_TAKEN, LOG_FREED]] = 0
        self.blocked[:] = False
