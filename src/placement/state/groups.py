"""Which tasks are where: the counts behind ``task:group`` and ``runningTasksCount``.

Tasks are numbered in the order of their start, never twice (C15).  Only tasks whose desired status
is RUNNING are held here (A20).  Knows rows as numbers, no instances.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from placement.state.dictionary import Dictionary

__all__ = ["TaskGroups"]

GONE = -1
"""The row of a task that is no more."""

_NO_COUNTS: Mapping[int, int] = {}


class TaskGroups:
    """Tasks by number, and for every group how many of its tasks are on which row."""

    def __init__(self) -> None:
        self.names = Dictionary()
        """The group names; a code is never given up."""
        self._row_of = array("i")
        self._group_of = array("i")
        self._rows: list[dict[int, int]] = [{}, {}]
        """For each group code the number of its tasks on each row, where there are any."""
        self._on_row: dict[int, dict[int, int]] = {}
        """For each row the number of tasks of each group code, where there are any."""
        self._first: dict[int, int] = {}
        """For each row the newest of its tasks; the others follow in a doubly linked list."""
        self._next = array("i")
        self._previous = array("i")

    def add(self, row: int, group: str) -> int:
        """Note a task of ``group`` on ``row`` and return its number."""
        code = self.names.add(group)
        while len(self._rows) <= code:
            self._rows.append({})
        task = len(self._row_of)
        self._row_of.append(row)
        self._group_of.append(code)
        rows = self._rows[code]
        rows[row] = rows.get(row, 0) + 1
        here = self._on_row.setdefault(row, {})
        here[code] = here.get(code, 0) + 1
        self._link(task, row)
        return task

    def row_of(self, task: int) -> int:
        """Return the row of a task, ``GONE`` if there is no such task (any more)."""
        return self._row_of[task] if 0 <= task < len(self._row_of) else GONE

    def remove(self, task: int) -> int:
        """Forget a task that is there, and return the row it was on."""
        row, code = self._row_of[task], self._group_of[task]
        self._unlink(task, row)
        self._row_of[task] = GONE
        _decrease(self._rows[code], row)
        here = self._on_row[row]
        _decrease(here, code)
        if not here:
            del self._on_row[row]
        return row

    def orphan(self, row: int) -> None:
        """Forget every task on a row (B17)."""
        for code in self._on_row.pop(row, {}):
            del self._rows[code][row]
        for task in self.tasks_on(row):
            self._row_of[task] = GONE
        self._first.pop(row, None)

    def tasks_on(self, row: int) -> list[int]:
        """Return the tasks on a row, the newest first."""
        tasks = []
        task = self._first.get(row, GONE)
        while task != GONE:
            tasks.append(task)
            task = self._next[task]
        return tasks

    def on_row(self, row: int) -> dict[str, int]:
        """Return how many tasks of each group are on a row."""
        counts = self._on_row.get(row, _NO_COUNTS)
        return {self.names.texts[code] or "": count for code, count in counts.items()}

    def known(self, row: int) -> int:
        """Return how many tasks with a known group are on a row."""
        return sum(self._on_row.get(row, _NO_COUNTS).values())

    def present(self) -> list[str]:
        """Return the groups that have a task somewhere."""
        return [self.names.texts[code] or "" for code, rows in enumerate(self._rows) if rows]

    def rows_of(self, code: int) -> Iterable[int]:
        """Return the rows that hold a task of the group with this code."""
        return self._rows[code].keys() if code < len(self._rows) else ()

    def rows_beside(self, codes: set[int]) -> list[int]:
        """Return the rows that hold a task of a group whose code is not among ``codes``."""
        return [row for row, here in self._on_row.items() if not here.keys() <= codes]

    def renumber(self, new_rows: npt.NDArray[np.int64]) -> None:
        """Move everything from row ``r`` to ``new_rows[r]``."""
        moved = [int(new_rows[row]) if row != GONE else GONE for row in self._row_of]
        self._row_of = array("i", moved)
        self._rows = [
            {int(new_rows[row]): count for row, count in rows.items()} for rows in self._rows
        ]
        self._on_row = {int(new_rows[row]): here for row, here in self._on_row.items()}
        self._first = {int(new_rows[row]): task for row, task in self._first.items()}

    def _link(self, task: int, row: int) -> None:
        newest = self._first.get(row, GONE)
        self._next.append(newest)
        self._previous.append(GONE)
        if newest != GONE:
            self._previous[newest] = task
        self._first[row] = task

    def _unlink(self, task: int, row: int) -> None:
        before, behind = self._previous[task], self._next[task]
        if behind != GONE:
            self._previous[behind] = before
        if before != GONE:
            self._next[before] = behind
        elif behind != GONE:
            self._first[row] = behind
        else:
            del self._first[row]


def _decrease(counts: dict[int, int], key: int) -> None:
    if counts[key] == 1:
        del counts[key]
    else:
        counts[key] -= 1
