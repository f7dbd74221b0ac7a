"""One row of a cluster, as the evaluation of a single expression asks for it.

In: a store and a row.  Out: its texts, numbers and groups.  Only reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from placement.state.store import UNKNOWN_TIME, Store

__all__ = ["RowRecord"]


class RowRecord:
    """One row as ``lang.evaluate`` asks for it."""

    __slots__ = ("_row", "_store")

    def __init__(self, store: Store, row: int) -> None:
        self._store = store
        self._row = row

    def text(self, column: str) -> str | None:
        """Return the text in a column, None if absent."""
        found = self._store.matrix.columns.get(column)
        return None if found is None else self._store.matrix.get(found, self._row)

    def number(self, column: str) -> int | None:
        """Return the number in a column, None if unknown."""
        if column == "runningTasksCount":
            return int(self._store.tasks.running[self._row])
        number = int(self._store.registered_at[self._row])
        return None if number == UNKNOWN_TIME else number

    def groups(self) -> Mapping[str, int]:
        """Return how many tasks of each group are on the row."""
        return self._store.tasks.groups_on(self._row)
