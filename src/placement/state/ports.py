"""Host ports: which are taken on which row, and their owners.

In: rows, ports (udp ones with UDP added) and owners.  Out: a table that kernels read and change,
and answers about single ports.  Nothing is checked here: how many ports a row may have taken is
asked before (B20).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from placement.kernels.fields import NO_OWNER, PORT_SHIFT, PORTS, RESERVED, port_key, slot_of
from placement.state.hash_table import HashTable
from placement.state.shared import Array, Shared, longer

__all__ = ["PortTable"]


class PortTable:
    """Owners by row and port.

    Attributes:
        taken: int32 by row, how many ports are taken.
        table: The owner of each (row, port): a task's id, NO_OWNER, RESERVED or UNKNOWN_OWNER.
            What it says of rows on which nothing is taken means nothing.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.taken = np.zeros(0, np.int32)
        self.table = HashTable(shared, PORTS, np.int64, NO_OWNER)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows, on which nothing is taken."""
        self.taken = longer(self.taken, rows, 0)
        self._shared.is_stale = True

    def owner(self, row: int, port: int) -> int:
        """Return the owner of a port of a row: a task's id, RESERVED, UNKNOWN_OWNER or NO_OWNER."""
        return self.table.get(port_key(row, port))

    def is_free(self, row: int, port: int) -> bool:
        """Return whether a port of a row is free."""
        return self.owner(row, port) == NO_OWNER

    def taken_by_row(self) -> dict[int, list[int]]:
        """Return the ports that are taken, ascending, of all rows that have any."""
        found: dict[int, list[int]] = {}
        for entry in np.sort(self.table.keys[self.table.living] - 1).tolist():
            found.setdefault(entry >> PORT_SHIFT, []).append(entry & ((1 << PORT_SHIFT) - 1))
        return found

    def taken_on(self, row: int) -> list[int]:
        """Return the ports of a row that are taken, in no order.  It looks at the whole table."""
        keys = self.table.keys - 1
        here = self.table.living & (keys >> PORT_SHIFT == row)
        ports: list[int] = (keys[here] & ((1 << PORT_SHIFT) - 1)).tolist()
        return ports

    def reserved_count(self, row: int) -> int:
        """Return how many ports a row has reserved for itself."""
        here = (self.table.keys - 1) >> PORT_SHIFT == row
        return int((here & (self.table.keys != 0) & (self.table.values == RESERVED)).sum())

    def reserve(self, more: int) -> None:
        """Make room for so many further ports to be taken."""
        if not self.table.has_room(more):
            self._drop_removed()
            self.table.reserve(more)

    def shrink(self) -> None:
        """Give back room, if there is far more than ports that are taken."""
        taken = int(self.taken.sum(dtype=np.int64))
        if self.table.is_spare(taken):
            self._drop_removed()
            self.table.shrink(taken)

    def _drop_removed(self) -> None:
        """Take all ports of rows on which nothing is taken from their owners: of removed rows."""
        rows = (self.table.keys - 1) >> PORT_SHIFT  # -1 for an empty slot
        self.table.values[self.taken[rows] == 0] = NO_OWNER

    def take(self, row: int, ports: Collection[int], owner: int) -> None:
        """Give ports of a row, none of which is taken, to RESERVED or UNKNOWN_OWNER."""
        self.reserve(len(ports))
        for port in ports:
            self.table.put(port_key(row, port), owner)
        self.taken[row] += len(ports)

    def release(self, row: int, ports: Collection[int]) -> None:
        """Take ports of a row from their owners; all are taken."""
        for port in ports:
            slot = slot_of(self.table.keys, port_key(row, port))
            self.table.values[slot] = NO_OWNER
        self.taken[row] -= len(ports)

    def reserve_on(self, rows: Array, ports: Sequence[int]) -> None:
        """Reserve the same ports on many rows, none of which has any of them taken."""
        new = port_key(rows[:, None], np.array(ports, np.int64)[None, :]).ravel()
        keys, owners = self.table.entries()
        reserved = np.full(new.size, RESERVED, np.int64)
        self.table.fill(np.concatenate([keys, new]), np.concatenate([owners, reserved]))
        self.taken[rows] += len(ports)

    def clear(self, row: int) -> None:
        """Forget how many ports of a row are taken; no row with its number comes again (C7)."""
        self.taken[row] = 0

    def copy(self, shared: Shared) -> PortTable:
        """Return an independent copy."""
        other = PortTable.__new__(PortTable)
        other._shared = shared
        other.taken = self.taken.copy()
        other.table = self.table.copy(shared)
        return other

    def of_rows(self, kept: Array, new_rows: Array, shared: Shared) -> PortTable:
        """Return an independent copy of some rows; ``new_rows`` is their number there or -1."""
        other = PortTable(shared)
        other.taken = self.taken[kept]
        keys, owners = self.table.entries()
        rows = new_rows[(keys - 1) >> PORT_SHIFT]
        moved = port_key(rows, (keys - 1) & ((1 << PORT_SHIFT) - 1))
        other.table.fill(np.where(rows >= 0, moved, 0), owners)
        return other
