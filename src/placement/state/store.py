"""The rows and columns behind a cluster, without any checking.

``Cluster`` checks and then writes here; queries and the engine read here.  Everything is an array
over rows or a dictionary, so that a reader needs no objects for instances.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from placement.model import Instance
from placement.moments import microseconds
from placement.state.columns import Column, Matrix
from placement.state.groups import TaskGroups

__all__ = ["UNKNOWN_TIME", "Store"]

UNKNOWN_TIME = -(2**63)
"""What the column of registration times holds where the time is not known."""


class Bindings(dict[Hashable, Any]):
    """A bounded dictionary: beyond ``LIMIT`` entries the oldest goes."""

    LIMIT = 1024

    def put(self, key: Hashable, value: Any) -> None:
        """Set an entry, and drop the oldest if there are too many."""
        self[key] = value
        while len(self) > self.LIMIT:
            del self[next(iter(self))]


class Store:
    """Columns over the rows of a cluster.

    Attributes:
        ids: The id of each row, None for a hole.
        row_of: The row of each id.
        matrix: The columns of texts: ``attribute:NAME`` and the built-in subjects of text, status
            and the ARNs' first parts.
        running: int32 over rows, ``runningTasksCount``.
        registered_at: int64 over rows, microseconds since 1970, ``UNKNOWN_TIME`` if unknown.
        live: bool over rows, True for a registered instance, False for a hole.
        groups: The tasks with a known group.
        holes: How many rows are holes.
        bindings: What queries keep with this cluster; it is theirs, and the oldest goes first.
    """

    def __init__(self) -> None:
        self.ids: list[str | None] = []
        self.row_of: dict[str, int] = {}
        self.matrix = Matrix()
        self.running = np.zeros(0, np.int32)
        self.registered_at = np.zeros(0, np.int64)
        self.live = np.zeros(0, np.bool_)
        self.groups = TaskGroups()
        self.holes = 0
        self.bindings = Bindings()
        column = self.matrix.column
        self.connected = column("agentConnected")
        self.version = column("agentVersion")
        self.ec2_instance_id = column("ec2InstanceId")
        self.status = column("status")
        self.arn_prefix = column("arnPrefix")
        self.attributes: dict[str, Column] = {}

    def attribute(self, name: str) -> Column:
        """Return the column of an attribute, a new one if no instance ever had it."""
        column = self.attributes.get(name)
        if column is None:
            column = self.attributes[name] = self.matrix.column(f"attribute:{name}")
        return column

    def put_known(self, row: int, attributes: object) -> bool:
        """Set attributes whose names and values are all known here already, else do nothing.

        What is known has been checked when it came, so that this is the short way for most changes.
        """
        if type(attributes) is not dict:
            return False
        cells = []
        for name, value in attributes.items():
            if type(name) is not str or (value is not None and type(value) is not str):
                return False
            column = self.attributes.get(name)
            code = None if column is None else column.dictionary.codes.get(value or "")
            if column is None or code is None:
                return False
            cells.append((column, code))
        for column, code in cells:
            self.matrix.codes[column.width][column.slot, row] = code
        return True

    def add(self, instance: Instance, arn_prefix: str, id: str) -> int:
        """Append a row for an instance and return it."""
        row = len(self.ids)
        self._reserve(row + 1)
        put = self.matrix.put
        for name, value in instance.attributes.items():
            put(self.attribute(name), row, value or "")
        put(self.connected, row, "true" if instance.agent_connected else "false")
        put(self.version, row, instance.agent_version)
        put(self.ec2_instance_id, row, instance.ec2_instance_id)
        put(self.status, row, instance.status)
        put(self.arn_prefix, row, arn_prefix)
        when = instance.registered_at
        self.running[row] = instance.running_tasks
        self.registered_at[row] = UNKNOWN_TIME if when is None else microseconds(when)
        self.live[row] = True
        self.ids.append(id)
        self.row_of[id] = row
        return row

    def remove(self, row: int) -> None:
        """Make a row a hole: every column absent, every count 0."""
        id = self.ids[row]
        if id is not None:
            del self.row_of[id]
        self.groups.orphan(row)
        self.matrix.clear(row)
        self.running[row] = 0
        self.registered_at[row] = UNKNOWN_TIME
        self.live[row] = False
        self.ids[row] = None
        self.holes += 1

    def without_holes(self) -> tuple[Store, npt.NDArray[np.int64]]:
        """Return a store of the same instances without holes, and old row -> new row (or -1)."""
        count = len(self.ids)
        kept = np.flatnonzero(self.live[:count])
        new_rows = np.full(count, -1, np.int64)
        new_rows[kept] = np.arange(len(kept))
        store = Store()
        store._reserve(len(kept))
        store.ids = [self.ids[row] for row in kept.tolist()]
        store.row_of = {id: row for row, id in enumerate(store.ids) if id is not None}
        store.matrix.copy_rows(self.matrix, kept)
        for name in self.attributes:
            if f"attribute:{name}" in store.matrix.columns:
                store.attribute(name)
        store.running[: len(kept)] = self.running[kept]
        store.registered_at[: len(kept)] = self.registered_at[kept]
        store.live[: len(kept)] = True
        store.groups = self.groups
        store.groups.renumber(new_rows)
        return store, new_rows

    def _reserve(self, rows: int) -> None:
        self.matrix.reserve(rows)
        capacity = self.matrix.capacity
        if len(self.live) < capacity:
            self.running = _grown(self.running, capacity)
            self.registered_at = _grown(self.registered_at, capacity)
            self.live = _grown(self.live, capacity)


def _grown(old: npt.NDArray[Any], capacity: int) -> npt.NDArray[Any]:
    new = np.zeros(capacity, old.dtype)
    new[: len(old)] = old
    return new


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
            return int(self._store.running[self._row])
        number = int(self._store.registered_at[self._row])
        return None if number == UNKNOWN_TIME else number

    def groups(self) -> Mapping[str, int]:
        """Return how many tasks of each group are on the row."""
        return self._store.groups.on_row(self._row)
