"""Logs of the rows that tasks have changed, from which indexes bring themselves up to date.

In: rows, written by kernels and by ``note_freed``.  Out: the same, in order.  Readers remember how
far they have read; ``clear`` is for when none is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from placement.kernels.fields import FREED, LOGGED, NO_ROW
from placement.state.shared import Shared, longer

__all__ = ["ChangeLog"]


class ChangeLog:
    """Two logs: rows that took on a task, and rows that gave something back.

    Attributes:
        log: int32, the rows that took on a task; ``meta[LOGGED]`` of them.
        freed_log: int32, the rows that gave something back; ``meta[FREED]`` of them.
        last: int64 by row, the place of its newest entry in ``log``.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.log = np.zeros(0, np.int32)
        self.freed_log = np.zeros(0, np.int32)
        self.last = np.zeros(0, np.int64)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows, none of which has an entry."""
        self.last = longer(self.last, rows, NO_ROW)
        self._shared.is_stale = True

    def reserve(self, count: int) -> None:
        """Make room for further rows that take on a task."""
        logged = int(self._shared.meta[LOGGED])
        if logged + count > len(self.log):
            self.log = longer(self.log, max(2 * (logged + count), 64), 0)
            self._shared.is_stale = True

    def reserve_freed(self, count: int) -> None:
        """Make room for further rows that give something back."""
        freed = int(self._shared.meta[FREED])
        if freed + count > len(self.freed_log):
            self.freed_log = longer(self.freed_log, max(freed + count, 2 * freed, 64), 0)
            self._shared.is_stale = True

    def note_freed(self, rows: Sequence[int]) -> None:
        """Write rows into the log of those that gave something back: every index re-reads them."""
        self.reserve_freed(len(rows))
        start = int(self._shared.meta[FREED])
        self.freed_log[start : start + len(rows)] = rows
        self._shared.meta[FREED] += len(rows)

    @property
    def length(self) -> int:
        """How many entries the longer of the logs has."""
        return int(max(self._shared.meta[LOGGED], self._shared.meta[FREED]))

    @property
    def room(self) -> int:
        """How many entries the longer of the logs has room for."""
        return max(len(self.log), len(self.freed_log))

    def clear(self) -> None:
        """Empty both logs; no reader may need the old entries any more."""
        self._shared.meta[LOGGED] = self._shared.meta[FREED] = 0
        self.last[:] = NO_ROW
