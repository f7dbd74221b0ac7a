"""The table of a cluster's indexes: a line each, and the arrays of keys that it points at.

In: what each index orders rows by and rules out, layouts and how their rows move.  Out: the table
that kernels read and its addresses.  Which requests have an index is the business of
``enrolment``, how far it has followed changes that of ``kernels.index``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.index.key_pool import KeyPool, Keys
from placement.engine.index.layout import Layout, Shift
from placement.kernels import fields, index
from placement.kernels.fields import BLOCK, NARROW_NEVER, NEVER, NO_ROW, NOT_COUNTED, STALE
from placement.state.shared import address_of, addresses_of, longer

if TYPE_CHECKING:
    from placement.engine.encode import EncodedRules
    from placement.engine.index.layouts import Layouts
    from placement.engine.index.static_masks import StaticMasks
    from placement.state.store import Store

__all__ = ["IndexTable"]

NOBODY = 0
"""The number of an index and of a layout that stand for none; kernels may open them."""

Array = npt.NDArray[Any]


class IndexTable:
    """The indexes by number; the first stands for none.

    Attributes:
        lines: int64, ``Indexes.table``.
        count: How many indexes there are, ``NOBODY`` among them.
        capacity: How many rows there is room for.
        pool: The keys of those that are built.
        layouts: The layouts of all.
        addresses: Those of the arrays of indexes (``list_arrays``), None if they have changed.
    """

    def __init__(
        self, store: Store, index_bytes: int, layouts: Layouts, statics: StaticMasks
    ) -> None:
        self._store = store
        self._statics = statics
        self._static_of: list[int] = [0]
        """The number of the static conditions of each index."""
        self._built_at: dict[int, int] = {}
        """When each index was built first, as ``fields.USED``."""
        self.layouts = layouts
        self.pool = KeyPool(index_bytes)
        self.lines = np.zeros((16, fields.INDEX_FIELDS), np.int64)
        self.count = 1
        self.capacity = len(store.live)
        self.addresses: Array | None = None
        self._stand_for_nobody()

    def _last_used(self, number: int) -> int:
        return int(self.lines[number, fields.USED])

    def _stand_for_nobody(self) -> None:
        """Give the index that is no request's arrays that can be opened: its layout has no rows."""
        self._nobody = np.zeros(self.layouts.listed[NOBODY].positions, np.int64)
        for field in (fields.KEYS, fields.BOUNDS, fields.BEST, fields.STATIC):
            self.lines[NOBODY, field] = address_of(self._nobody)

    def reserve_rows(self, rows: int) -> None:
        """Let everything by row be as long as the store's columns, as masks are already."""
        self.capacity = rows
        self.layouts.reserve_rows(rows)
        for number in range(1, self.count):
            address = self._statics.address(self._static_of[number])
            self.lines[number, fields.STATIC] = address

    def layout(self, attributes: tuple[str, ...]) -> int | None:
        """Return the number of the layout by some attributes, None if it has too many buckets."""
        count = len(self.layouts.listed)
        number = self.layouts.number(attributes)
        if len(self.layouts.listed) > count:
            self.addresses = None  # the table may have grown, and room to work in is by position
        return number

    def add(
        self,
        encoded: EncodedRules,
        static: int,
        layout: int,
        request: int,
        spec: int,
        group: int,
    ) -> int:
        """Add the index of a request, not built, and return its number.

        Args:
            encoded: The rules of the request.
            static: The number of its static conditions.
            layout: That of the layout.
            request: That of the request.
            spec: That of its specification.
            group: The code of its group.
        """
        number = self.count
        self.count += 1
        self._static_of.append(static)
        if number == len(self.lines):
            self.lines = longer(self.lines, 2 * number, 0)
            self.addresses = None
        line = self.lines[number]
        line[:] = encoded.index
        line[fields.OWNER] = request
        line[fields.LAYOUT] = layout
        line[fields.STATIC] = self._statics.address(static)
        tasks = self._store.tasks
        if encoded.counts:
            line[fields.COUNTS] = group
            if tasks.groups.left.item(group) == NOT_COUNTED:
                tasks.groups.left[group] = NO_ROW
        demand = tasks.specs.demand[spec]
        tasks.change_log.expect(demand.item(fields.CPU), demand.item(fields.MEMORY))
        tasks.change_log.record(taken=encoded.listens, freed=encoded.exact)
        return number

    def take_keys(self, number: int, tick: int) -> None:
        """Give an index keys that are all 0, evicting others if they would take too many bytes."""
        line = self.lines[number]
        layout = self.layouts.listed[line.item(fields.LAYOUT)]
        new, evicted = self.pool.take(
            number,
            layout.positions,
            len(layout.first_block),
            wide=line.item(fields.WIDE) != 0,
            used=self._last_used,
        )
        for other in evicted:
            self.lines[other, fields.BUILT] = False
        line[fields.USED] = tick
        self._built_at.setdefault(number, tick)
        line[fields.BOUNDS], line[fields.BEST], line[fields.KEYS] = new.addresses
        line[fields.BUILT] = True

    @property
    def used_once(self) -> int:
        """How many indexes have been used by the call that built them, or the next one, alone."""
        built = np.array(list(self._built_at.items()), np.int64).reshape(-1, 2)
        return int((self.lines[built[:, 0], fields.USED] <= built[:, 1] + 1).sum())

    def list_arrays(self) -> Array:
        """Return the addresses of the arrays of indexes, and remember them."""
        if self.addresses is None:
            layouts = self.layouts.listed
            positions = max([layout.positions for layout in layouts])
            buckets = max([len(layout.first_block) for layout in layouts])
            ties = np.zeros(buckets, np.bool_)
            left = np.zeros(positions, np.int64)
            picks = np.zeros(positions, np.int32)
            turns = np.zeros((buckets, fields.TURN_FIELDS), np.int64)
            self._kept = fields.Indexes(self.lines, self.layouts.table, ties, left, picks, turns)
            self.addresses = addresses_of(self._kept)
        return self.addresses

    # Rows that move in layouts

    def admit(self, layout: int, rows: Array) -> None:
        """Give rows that have joined a layout a key, until what is noted of them is followed."""
        index.admit.call(self.list_arrays(), self.count, layout, rows)

    def shift(self, layout: int, shift: Shift) -> None:
        """Move keys within a block, after a row has been put between others."""
        index.shift.call(self.list_arrays(), self.count, layout, shift.gap, shift.place)

    def move(self, layout: int, before: Array, now: Array) -> None:
        """Move the key at each position ``before`` to the one ``now``: all was laid out again."""
        self.addresses = None  # there may be more positions: room to work in is by position
        for number, old in list(self.pool.built.items()):
            line = self.lines[number]
            if line[fields.LAYOUT] == layout:
                new = _moved(old, before, now, self.layouts.listed[layout])
                self.pool.replace(number, new)
                line[fields.BOUNDS], line[fields.BEST], line[fields.KEYS] = new.addresses


def _moved(old: Keys, before: Array, now: Array, layout: Layout) -> Keys:
    """Return keys with those of each row where it is now; a row that was not here has NEVER."""
    new = Keys(layout.positions, len(layout.first_block), wide=old.wide)
    keys = new.keys
    keys[:] = NEVER if old.wide else NARROW_NEVER
    keys[now] = old.keys[before]
    new.bounds[:] = bounds = keys.reshape(-1, BLOCK).min(axis=1)
    if not old.wide:
        new.bounds[bounds >= NARROW_NEVER - 1] += NEVER - NARROW_NEVER
    new.best[:] = STALE
    return new
