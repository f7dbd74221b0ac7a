"""Which rows tasks have changed, and when: indexes bring themselves up to date from it.

In: rows, noted by kernels and by ``note_changed``.  Out: two lists of rows, those that took on a
task and those that gave something back or changed otherwise, each with the latest first and every
row once, so that they never grow; and a log of stops by group.  ``kernels.fields`` says what is
noted.  Readers remember up to when they have read; the log of stops is emptied when all have.
"""

from __future__ import annotations

import numpy as np

from placement.kernels.fields import (
    CLOCK,
    FREED_HEAD,
    LEAST_CPU,
    LEAST_MEMORY,
    LEFT,
    LOG_FREED,
    LOG_TAKEN,
    NO_ROW,
    TAKEN_HEAD,
)
from placement.state.resources import UNLIMITED
from placement.state.shared import Array, Shared, longer

__all__ = ["ChangeLog"]


class ChangeLog:
    """Rows by the time of their latest change, and stops by group.

    Attributes:
        taken_at: int64 by row, when it took on a task last; 0: never.
        taken_next: int32 by row, the one before it in that.
        taken_before: int32 by row, the one after it.
        freed_at: int64 by row, when it gave something back last, or changed otherwise.
        freed_next: int32 by row, as ``taken_next``.
        freed_before: int32 by row.
        changed_at: int64 by row, when something other than tasks changed last.
        blocked: bool by row, whether an index has blocked it since ``freed_at``.
        left_rows: int32, the rows that tasks of counted groups left; ``meta[LEFT]`` of them.
        left_before: int32, for each of them the entry before of the same group.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        shared.meta[[TAKEN_HEAD, FREED_HEAD]] = NO_ROW
        shared.meta[[LEFT, CLOCK, LOG_TAKEN, LOG_FREED]] = 0
        shared.meta[[LEAST_CPU, LEAST_MEMORY]] = UNLIMITED
        self.taken_at = np.zeros(0, np.int64)
        self.taken_next = np.zeros(0, np.int32)
        self.taken_before = np.zeros(0, np.int32)
        self.freed_at = np.zeros(0, np.int64)
        self.freed_next = np.zeros(0, np.int32)
        self.freed_before = np.zeros(0, np.int32)
        self.changed_at = np.zeros(0, np.int64)
        self.blocked = np.zeros(0, np.bool_)
        self.left_rows = np.zeros(0, np.int32)
        self.left_before = np.zeros(0, np.int32)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows, of which nothing is noted."""
        self.taken_at = longer(self.taken_at, rows, 0)
        self.taken_next = longer(self.taken_next, rows, NO_ROW)
        self.taken_before = longer(self.taken_before, rows, NO_ROW)
        self.freed_at = longer(self.freed_at, rows, 0)
        self.freed_next = longer(self.freed_next, rows, NO_ROW)
        self.freed_before = longer(self.freed_before, rows, NO_ROW)
        self.changed_at = longer(self.changed_at, rows, 0)
        self.blocked = longer(self.blocked, rows, 0)
        self._shared.is_stale = True

    def reserve_stops(self, count: int) -> None:
        """Make room for the entries of further tasks that stop."""
        left = self._shared.meta.item(LEFT)
        if left + count > len(self.left_rows):
            self.left_rows = longer(self.left_rows, 2 * (left + count) + 64, 0)
            self.left_before = longer(self.left_before, 2 * (left + count) + 64, 0)
            self._shared.is_stale = True

    def record(self, *, taken: bool = False, freed: bool = False) -> None:
        """From now on, note every row that takes on a task, or that gives something back."""
        if taken:
            self._shared.meta[LOG_TAKEN] = True
        if freed:
            self._shared.meta[LOG_FREED] = True

    def expect(self, cpu: int, memory: int) -> None:
        """Note what the tasks of a request ask for, which has an index from now on."""
        meta = self._shared.meta
        if cpu < meta.item(LEAST_CPU):
            meta[LEAST_CPU] = cpu
        if memory < meta.item(LEAST_MEMORY):
            meta[LEAST_MEMORY] = memory

    @property
    def now(self) -> int:
        """The time of the latest change that has been noted."""
        return int(self._shared.meta[CLOCK])

    @property
    def stops(self) -> int:
        """How many entries the log of stops has."""
        return int(self._shared.meta[LEFT])

    def since(self, time: int) -> Array:
        """Return the rows that have been noted after a time: int64, ascending."""
        rows: Array = np.flatnonzero((self.taken_at > time) | (self.freed_at > time))
        return rows

    def clear_stops(self) -> None:
        """Empty the log of stops; no reader may need the old entries any more."""
        self._shared.meta[LEFT] = 0

    def stop_recording(self) -> None:
        """Note nothing but changes and blocked rows: nobody reads the rest any more."""
        self._shared.meta[[LEFT, LOG_TAKEN, LOG_FREED]] = 0
        self._shared.meta[[LEAST_CPU, LEAST_MEMORY]] = UNLIMITED
        self.blocked[:] = False
