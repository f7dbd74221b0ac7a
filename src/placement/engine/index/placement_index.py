"""The indexes of prepared requests: what is kept of them, for how long, and how it follows changes.

In: prepared requests, and a cluster's store.  Out: the arrays that ``kernels.decide`` works on.
Everything here is derived.  Indexes read in logs which rows tasks have changed.  Rows that register
or change join the layouts and masks at once and are logged for the keys; rows that leave become
gaps.  Names that nobody uses any more and bits that are too few void everything, which is rebuilt
when it is used.  The bytes of keys are bounded (``key_pool``).
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from placement.engine.encode import EncodedRules, Encoder
from placement.engine.full_scan import FullScan
from placement.engine.index.attribute_counts import AttributeCounts
from placement.engine.index.key_pool import KeyPool, Keys
from placement.engine.index.layout import Layout, NoRoom
from placement.engine.index.programs import Programs
from placement.engine.index.static_masks import StaticMasks
from placement.engine.specs import spec_of
from placement.kernels import fields, index
from placement.kernels.fields import BLOCK, NARROW_NEVER, NEVER, NO_ROW, NOT_COUNTED, STALE
from placement.state.shared import addresses_of

if TYPE_CHECKING:
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["PlacementIndex"]

MAX_REQUESTS = 16_384
"""Requests that are kept; beyond it all are forgotten, and enrolled again when they are used."""

MAX_BUCKETS = 4096
"""Buckets an index may have."""

MAX_STOPS = 2**15
"""Entries of the log of stops beyond which all indexes read it and it starts again."""

_KEY_FIELDS = [fields.COUNT_SHIFT, fields.COUNT_MASK, fields.WIDE, fields.RESOURCES, fields.BUILT]
"""Fields of an index that change with the width of its keys."""

NOBODY = 0
"""The number of an index and of a layout that stand for none; kernels may open them."""

_GENERATIONS = itertools.count(1)
"""Of all indexes of the process: requests remember theirs, and clusters come and go (C54)."""

Array = npt.NDArray[Any]


class PlacementIndex:
    """All requests of a cluster and their indexes.

    Attributes:
        store: The store of the cluster.
        generation: Requests whose numbers are of another generation are enrolled again.
        full_scan: The other way to decide, for requests without an index.
        requests: int64, ``Requests.table``.
        indexes: int64, ``Indexes.table``.
        tick: Rises with every call that decides; indexes remember when they were used.
        every_case: What kernels take: True, or None if chance decides on no index and no request
            asks more than amounts.
    """

    def __init__(self, store: Store, index_bytes: int) -> None:
        self.store = store
        self.index_bytes = index_bytes
        self.full_scan = FullScan(store, index_bytes)
        self.tick = 1
        store.changed_rows.clear()  # nothing has been worked out yet that could follow them
        self._forget()

    # What is kept, and for how long

    def _forget(self) -> None:
        """Void everything; requests enroll again when they are used."""
        store = self.store
        self.generation = next(_GENERATIONS)
        self._topology_version = store.topology_version
        self._names_version = store.tasks.names_version
        self._capacity = len(store.live)
        self._programs = Programs(store)
        self._statics = StaticMasks(store)
        self._counts = AttributeCounts(store)
        self._encoder = Encoder(store, self._programs, self._statics)
        self._largest = list(store.tasks.resources.largest)
        self._layouts: list[Layout] = []
        self._layout_of: dict[tuple[str, ...], int] = {}
        self.enrolled: list[PreparedRequest] = []
        """The requests, by number."""
        self._number_of: dict[Hashable, int] = {}
        """The number of each request, by all that it asks: equal requests share one."""
        self._index_of: dict[Hashable, int] = {}
        """Each index, by all that decides about it."""
        self.every_case: Literal[True] | None = None
        self._wide: set[Hashable] = set()
        """What decides about indexes with counts that need 64 bits."""
        self._static_of: list[int] = [0]
        """The number of the static conditions of each index."""
        self._count = 1
        """How many indexes there are, ``NOBODY`` among them."""
        self.requests = np.zeros((16, fields.REQUEST_FIELDS), np.int64)
        self.indexes = np.zeros((16, fields.INDEX_FIELDS), np.int64)
        self._layout_table = np.zeros((4, fields.LAYOUT_FIELDS), np.int64)
        self._pool = KeyPool(self.index_bytes, self._last_used)
        self._stand_for_nobody()
        self._add_layout((), Layout([], np.zeros(len(store.live), np.bool_)))
        self._request_lists: Array | None = None
        self._index_lists: Array | None = None
        store.tasks.forget_index()
        store.tasks.referred_names = 0
        if self.full_scan.remembers:
            store.tasks.change_log.record(taken=True, freed=True)

    def _last_used(self, index: int) -> int:
        return int(self.indexes[index, fields.USED])

    @property
    def nbytes(self) -> int:
        """Bytes of the keys of all indexes."""
        return self._pool.nbytes

    def refresh(self) -> None:
        """Follow what has changed since the last decision, other than by tasks.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        store = self.store
        tasks = store.tasks
        rows: list[int] = []
        if store.changed_rows:
            rows = sorted({row for row, _ in store.changed_rows})
            store.changed_rows.clear()  # nobody else reads them
            tasks.note_changed(np.array(rows, np.int64))
        seen = self._programs.groups_seen
        if (
            self._topology_version != store.topology_version
            or self._names_version != tasks.names_version
            or (seen >= 0 and seen != tasks.groups.version)
        ):
            self._forget()
            return
        if rows:
            self._follow(rows)
        if tasks.meta.item(fields.LEFT) > MAX_STOPS:
            self.read_stops()

    def _follow(self, rows: list[int]) -> None:
        """Bring masks, layouts and counts up to date after changes of some rows."""
        store = self.store
        largest = store.tasks.resources.largest
        if any(
            now.bit_length() > before.bit_length()
            for now, before in itertools.zip_longest(largest, self._largest, fillvalue=0)
        ):
            self._forget()  # amounts may not fit into keys any more
            return
        numbers = np.array(rows, np.int64)
        if self._capacity != len(store.live):
            self._reserve_rows(len(store.live))
        self._programs.renew(numbers)
        self._statics.renew(numbers)
        self._counts.renew(rows)
        generation = self.generation
        for number in range(1, len(self._layouts)):
            self._follow_layout(number, rows)
            if self.generation != generation:
                return

    def _reserve_rows(self, rows: int) -> None:
        """Let everything by row be as long as the store's columns."""
        self._capacity = rows
        self._programs.reserve_rows(rows)
        self._statics.reserve_rows(rows)
        for number, layout in enumerate(self._layouts):
            layout.reserve_rows(rows)
            layout.write(self._layout_table[number])
        for number in range(1, self._count):
            address = self._statics.address(self._static_of[number])
            self.indexes[number, fields.STATIC] = address
        self._stand_for_nobody()
        self._index_lists = None  # room to work in is by row

    def _stand_for_nobody(self) -> None:
        """Give the index that is no request's arrays that can be opened."""
        self._nobody = np.zeros(self._capacity + BLOCK, np.int64)
        for field in (fields.KEYS, fields.BOUNDS, fields.BEST, fields.STATIC):
            self.indexes[NOBODY, field] = _address(self._nobody)

    # Layouts

    def _layout(self, attributes: tuple[str, ...]) -> int | None:
        """Return the number of the layout by some attributes, None if it has too many buckets."""
        number = self._layout_of.get(attributes)
        if number is None:
            for name in attributes:
                self._counts.attribute(name)
            layout = Layout(self._values(attributes), self.store.live)
            number = self._add_layout(attributes, layout)
        return number if self._layouts[number].buckets <= MAX_BUCKETS else None

    def _values(self, attributes: tuple[str, ...]) -> list[Array]:
        return [self._counts.values(name) for name in attributes]

    def _add_layout(self, attributes: tuple[str, ...], layout: Layout) -> int:
        number = len(self._layouts)
        self._layouts.append(layout)
        if number:  # the first is of nobody
            self._layout_of[attributes] = number
        if number == len(self._layout_table):
            self._layout_table = _twice(self._layout_table)
        layout.write(self._layout_table[number])
        self._index_lists = None
        return number

    def _follow_layout(self, number: int, rows: list[int]) -> None:
        """Let rows that have come, left or changed their values be where they belong."""
        layout = self._layouts[number]
        names = next(names for names, found in self._layout_of.items() if found == number)
        joined = self._rejoin(number, names, rows)
        if joined is None:
            return
        if layout.is_sparse:
            self._lay_out_again(number, names)
        else:  # its arrays are where they were
            self._layout_table[number, fields.BUCKETS] = layout.buckets
        if joined:
            lists = self._lists_of_indexes()
            index.admit(lists, self._count, number, np.array(joined, np.int64))

    def _rejoin(self, number: int, names: tuple[str, ...], rows: list[int]) -> list[int] | None:
        """Let rows join and leave a layout; return those that have joined.

        None if everything has been voided.
        """
        layout, joined = self._layouts[number], []
        before = layout.buckets
        for row in rows:
            live = bool(self.store.live[row])
            values = tuple([self._counts.value(name, row) for name in names])
            if layout.holds(row):
                if live and layout.values_of(row) == values:
                    continue
                layout.leave(row)
            if live:
                joined.append(row)
                try:
                    shift = layout.join(row, values)
                except NoRoom:
                    self._lay_out_again(number, names)
                    break
                if shift is not None:
                    lists = self._lists_of_indexes()
                    index.shift(lists, self._count, number, shift.gap, shift.place)
        if layout.buckets > MAX_BUCKETS >= before:  # requests have indexes by it
            self._forget()
            return None
        return joined

    def _lay_out_again(self, number: int, names: tuple[str, ...]) -> None:
        """Lay out all rows again, and move keys to where their rows are then."""
        layout = self._layouts[number]
        before, now = layout.lay_out_again(self._values(names), self.store.live)
        layout.write(self._layout_table[number])
        for one, old in list(self._pool.built.items()):
            if self.indexes[one, fields.LAYOUT] == number:
                new = _moved(old, before, now, layout)
                self._pool.replace(one, new)
                line = self.indexes[one]
                line[fields.BOUNDS], line[fields.BEST], line[fields.KEYS] = new.addresses

    # Requests

    def numbers(self, requests: list[PreparedRequest]) -> Array:
        """Return the number of each request, -1 for those that need a full scan: int64.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        self.refresh()
        generation = self.generation
        if not all(prepared.generation == generation for prepared in requests):
            self._look_up(requests)
        return np.array([prepared.number for prepared in requests], np.int64)

    def number(self, prepared: PreparedRequest) -> int:
        """Return the number of a request that will be decided next, -1 if it needs a full scan.

        Only called after ``refresh``.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            TaskError: there are too many groups or specifications.
        """
        if prepared.generation != self.generation:
            self._look_up([prepared])
        return prepared.number

    def _look_up(self, requests: list[PreparedRequest]) -> None:
        """Give requests the numbers that they have in this generation, enrolling new ones."""
        tasks = self.store.tasks
        kept = max(len(self._number_of), self._statics.descriptions, len(self._encoder))
        if kept + len(requests) > MAX_REQUESTS:
            self._forget()
        if tasks.has_unused_names:
            tasks.forget_unused_names()
            self.refresh()
        for prepared in requests:  # patterns on groups match those that have a code
            tasks.groups.code(prepared.group)
        for prepared in requests:
            self._number(prepared)
        if self._programs.groups_seen >= 0:
            self.refresh()
            for prepared in requests:
                # Enrolling gave further groups a code, which patterns enrolled before must match.
                self._number(prepared)
        tasks.referred_names = 2 * len(self.enrolled) + len(self._programs.codes)
        if len(requests) == 1 and requests[0].number >= 0:  # it will be decided next
            found = self.requests.item(requests[0].number, fields.INDEX)
            if not self.indexes.item(found, fields.BUILT):
                self.build(found)

    def _number(self, prepared: PreparedRequest) -> None:
        """Give a request its number, enrolling it if it is new; -1 if it has no index."""
        if prepared.generation != self.generation:
            prepared.number = self._known(prepared) if prepared.has_order else -1
            prepared.generation = self.generation

    def _known(self, prepared: PreparedRequest) -> int:
        """Return the number of an equal request, or enroll this one and return its number."""
        rules, tasks = prepared.rules, self.store.tasks
        if rules.generation != self.generation:
            rules.encoded = self._encoder.encode(rules)
            rules.generation = self.generation
        encoded = rules.encoded
        if encoded is None:
            return -1
        static = self._statics.number(prepared, encoded.static)
        spec = tasks.specs.number(spec_of(self.store, prepared.task))
        group = tasks.groups.code(prepared.group)
        key = (encoded.number, static, spec, group)
        number = self._number_of.get(key)
        if number is None:
            number = self._number_of[key] = self._enroll(prepared, encoded, static, spec, group)
        return number

    def _enroll(
        self, prepared: PreparedRequest, encoded: EncodedRules, static: int, spec: int, group: int
    ) -> int:
        """Write a request into the arrays; return its number, or -1 if it has no index.

        Args:
            prepared: The request.
            encoded: Its rules.
            static: The number of its static conditions.
            spec: That of its specification.
            group: The code of its group.
        """
        alike = self._alike(encoded, static, spec, group)
        if self._wide and alike in self._wide:
            wide = self._encoder.encode(prepared.rules, wide=True)
            if wide is None:
                return -1
            encoded, alike = wide, self._alike(wide, static, spec, group)
        layout = self._layout(encoded.attributes)
        if layout is None:
            return -1
        number = len(self.enrolled)
        self.enrolled.append(prepared)
        if number == len(self.requests):
            self.requests = _twice(self.requests)
            self._request_lists = None
        self._write_request(number, encoded, spec, group)
        if encoded.exact or self.requests.item(number, fields.ASKS):
            self.every_case = True
        found = self._index_of.get(alike)
        if found is None:
            found = self._index_of[alike] = self._add_index(encoded, static, layout, number)
        self.requests[number, fields.INDEX] = found
        return number

    def _alike(self, encoded: EncodedRules, static: int, spec: int, group: int) -> Hashable:
        """Return what is equal for requests that order rows alike and rule out the same ones."""
        asked = self.store.tasks.specs.listed[spec]
        own_group = group if encoded.own_group else -1
        return static, encoded.order, asked.demand, asked.ports, own_group

    def _write_request(self, number: int, encoded: EncodedRules, spec: int, group: int) -> None:
        line = self.requests[number]
        line[:] = encoded.request
        line[fields.SPEC] = spec
        line[fields.GROUP] = group
        if self.store.tasks.specs.listed[spec].ports:
            line[fields.ASKS] = True
        for place, attribute in encoded.spreads:
            line[place] = self._counts.of_group(group, attribute)

    def _add_index(self, encoded: EncodedRules, static: int, layout: int, request: int) -> int:
        """Add the index of a request, not built, and return its number."""
        number = self._count
        self._count += 1
        self._static_of.append(static)
        if number == len(self.indexes):
            self.indexes = _twice(self.indexes)
            self._index_lists = None
        line = self.indexes[number]
        line[:] = encoded.index
        line[fields.OWNER] = request
        line[fields.LAYOUT] = layout
        line[fields.STATIC] = self._statics.address(static)
        tasks = self.store.tasks
        if encoded.counts:
            group = self.requests.item(request, fields.GROUP)
            line[fields.COUNTS] = group
            if tasks.groups.left.item(group) == NOT_COUNTED:
                tasks.groups.left[group] = NO_ROW
        demand = tasks.specs.demand[self.requests.item(request, fields.SPEC)]
        tasks.change_log.expect(demand.item(fields.CPU), demand.item(fields.MEMORY))
        tasks.change_log.record(taken=encoded.listens, freed=encoded.exact)
        return number

    def runs(self, number: int) -> bool:
        """Return whether many tasks of a request can be decided at once (``decide_run``)."""
        line = self.requests[number]
        links = line[fields.FIRST_LINK :].reshape(-1, 4)[: int(line[fields.LINKS])]
        demand = self.store.tasks.specs.demand[line[fields.SPEC]]
        return (
            not line[fields.ASKS]
            and not demand[fields.GPU]
            and not self.indexes[line[fields.INDEX], fields.EXACT]
            and not (links[1:, 0] == fields.BY_ATTRIBUTE).any()
        )

    # Keys

    def build(self, number: int) -> None:
        """Build an index, evicting others if their keys would take too many bytes."""
        line = self.indexes[number]
        layout = self._layouts[line.item(fields.LAYOUT)]
        new, evicted = self._pool.take(
            number, layout.positions, len(layout.first_block), wide=line.item(fields.WIDE) != 0
        )
        for other in evicted:
            self.indexes[other, fields.BUILT] = False
        line[fields.USED] = self.tick
        line[fields.BOUNDS], line[fields.BEST], line[fields.KEYS] = new.addresses
        line[fields.BUILT] = True
        if self.full_scan.remembers:
            self.full_scan.drop_answers(max(self.index_bytes - self._pool.nbytes, 0))
        index.build(self.store.tasks.addresses, *self.lists, number, self.every_case)

    def widen(self, number: int) -> bool:
        """Let the keys of an index take 64 bits; return whether counts fit into them now.

        If they do not, its requests have no index any more.
        """
        if self.indexes[number, fields.WIDE]:
            self._abandon(self._requests_of(number))
            return False
        self._wide |= {alike for alike, found in self._index_of.items() if found == number}
        self._pool.drop(number)
        for request in self._requests_of(number):
            encoded = self._encoder.encode(self.enrolled[request].rules, wide=True)
            if encoded is None:
                self._abandon(self._requests_of(number))
                return False
            spec, group = self.requests[request, [fields.SPEC, fields.GROUP]].tolist()
            self._write_request(request, encoded, spec, group)
            self.requests[request, fields.INDEX] = number
            self.indexes[number, _KEY_FIELDS] = encoded.index[_KEY_FIELDS]
        return True

    def _requests_of(self, number: int) -> list[int]:
        of_index = self.requests[: len(self.enrolled), fields.INDEX] == number
        found: list[int] = np.flatnonzero(of_index).tolist()
        return found

    def _abandon(self, requests: Iterable[int]) -> None:
        """Let requests be decided by full scans from now on.

        All requests look up their numbers again: those equal to them have the same.
        """
        gone = set(requests)
        self.generation = next(_GENERATIONS)
        for key, number in self._number_of.items():
            if number in gone:
                self._number_of[key] = -1

    def read_stops(self) -> None:
        """Empty the log of stops if it is long: every index that counts reads it first."""
        tasks = self.store.tasks
        if tasks.change_log.stops <= MAX_STOPS:
            return
        for number in list(self._pool.built):
            if self.indexes[number, fields.COUNTS] >= 0:
                index.catch_up(tasks.addresses, *self.lists, number, self.every_case)
                self.indexes[number, fields.SEEN_LEFT] = 0
        tasks.clear_stops()

    # Arrays

    @property
    def lists(self) -> tuple[Array, Array]:
        """The addresses of the arrays of requests and of indexes, until the next change of them."""
        if self._request_lists is None or self._programs.is_stale:
            steps, codes, masks = self._programs.arrays()
            stack = np.zeros(fields.STACK, np.bool_)
            self._kept_requests = fields.Requests(self.requests, steps, codes, masks, stack)
            self._request_lists = addresses_of(self._kept_requests)
        return self._request_lists, self._lists_of_indexes()

    def _lists_of_indexes(self) -> Array:
        if self._index_lists is None:
            ties = np.zeros(MAX_BUCKETS + 1, np.bool_)
            left = np.zeros(self._capacity, np.int64)
            self._kept_indexes = fields.Indexes(self.indexes, self._layout_table, ties, left)
            self._index_lists = addresses_of(self._kept_indexes)
        return self._index_lists


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _twice(table: Array) -> Array:
    """Return a table with as many lines again, all 0."""
    return np.concatenate([table, np.zeros_like(table)])


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
