"""The indexes of prepared requests: what is kept of them, for how long, and how it follows changes.

In: prepared requests, and a cluster's store.  Out: the arrays that ``kernels.decide`` works on.
Everything here is derived.  Indexes follow the rows that tasks have changed.  Rows that register or
change join the layouts and masks at once and are noted for the keys; rows that leave become gaps.
Names that nobody uses any more and bits that are too few void everything, which is rebuilt when it
is used.  The bytes of keys are bounded (``key_pool``).

It ties together what knows more: ``enrolment`` how requests are written down and which share an
index, ``index_table`` the indexes and their keys, ``layouts`` the positions of rows.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from placement.engine.full_scan import FullScan
from placement.engine.index.attribute_counts import AttributeCounts
from placement.engine.index.enrolment import Enrolment
from placement.engine.index.index_table import IndexTable
from placement.engine.index.layouts import Layouts
from placement.engine.index.programs import Programs
from placement.engine.index.static_masks import StaticMasks
from placement.engine.index.zones import Zones
from placement.kernels import fields, index

if TYPE_CHECKING:
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["PlacementIndex"]

MAX_REQUESTS = 16_384
"""Requests that are kept; beyond it all are forgotten, and enrolled again when they are used."""

MAX_ONCE = 4096
"""Indexes that were used when they were built and not again, beyond which all requests are
forgotten if these are most: the rest is cheap to enroll again beside what so many calls took."""

MAX_STOPS = 2**15
"""Entries of the log of stops beyond which all indexes read it and it starts again."""

NEVER_SEEN = -1
"""Instead of a version of the topology: everything is worked out again before the next decision."""

_GENERATIONS = itertools.count(1)
"""Of all indexes of the process: requests remember theirs, and clusters come and go (C54)."""

Array = npt.NDArray[Any]


class PlacementIndex:
    """All requests of a cluster and their indexes.

    Attributes:
        store: The store of the cluster.
        generation: Requests whose numbers are of another generation are enrolled again.
        full_scan: The other way to decide, for requests without an index.
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
        self._programs = Programs(store)
        self._statics = StaticMasks(store)
        self._counts = AttributeCounts(store)
        self._layouts = Layouts(store, self._counts)
        self._table = IndexTable(store, self.index_bytes, self._layouts, self._statics)
        self._zones = Zones(store, self._counts)
        self._enrolment = Enrolment(
            store, self._programs, self._statics, self._counts, self._table, self._zones
        )
        self.every_case: Literal[True] | None = None
        self._kept_to_count = MAX_ONCE
        """How many requests are kept before it is counted which of their indexes were used once."""
        self._largest = list(store.tasks.resources.largest)
        store.tasks.forget_index()
        store.tasks.referred_names = 0
        if self.full_scan.remembers:
            store.tasks.change_log.record(taken=True, freed=True)

    @property
    def nbytes(self) -> int:
        """Bytes of the keys of all indexes."""
        return self._table.pool.nbytes

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
            try:
                self._follow(rows)
            except BaseException:  # some of it has followed: a pattern gave no answer, or Ctrl-C
                self._topology_version = NEVER_SEEN
                raise
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
        if self._table.capacity != len(store.live):
            self._reserve_rows(len(store.live))
        self._programs.renew(numbers)
        self._statics.renew(numbers)
        self._counts.renew(rows)
        if self._zones.renew(numbers):
            self._enrolment.follow_zones()
        if not self._layouts.follow(rows, self._table):
            self._forget()

    def _reserve_rows(self, rows: int) -> None:
        """Let everything by row be as long as the store's columns."""
        self._programs.reserve_rows(rows)
        self._statics.reserve_rows(rows)
        self._zones.reserve_rows(rows)
        self._table.reserve_rows(rows)

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
        kept = self._enrolment.kept + len(requests)
        if kept > MAX_REQUESTS or (kept > self._kept_to_count and self._are_mostly_used_once()):
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
        tasks.referred_names = 2 * len(self._enrolment.requests) + len(self._programs.codes)
        if len(requests) == 1 and requests[0].number >= 0:  # it will be decided next
            found = self.index_of(requests[0].number)
            if not self._table.lines.item(found, fields.BUILT):
                self.build(found)

    def _are_mostly_used_once(self) -> bool:
        """Return whether most indexes are of requests that came once, and these are many.

        If not, it is asked again when a quarter more are kept.
        """
        self._kept_to_count += self._kept_to_count // 4
        once = self._table.used_once
        return once > MAX_ONCE and 4 * once > 3 * self._table.count

    def _number(self, prepared: PreparedRequest) -> None:
        """Give a request its number, enrolling it if it is new; -1 if it has no index."""
        if prepared.generation != self.generation:
            number = -1
            if prepared.has_order:
                number = self._enrolment.number(prepared, self.generation)
                self.every_case = self._enrolment.every_case  # read with every decision
            prepared.number = number
            prepared.generation = self.generation

    def index_of(self, request: int) -> int:
        """Return the number of the index of a request."""
        return self._enrolment.lines.item(request, fields.INDEX)

    def runs(self, request: int) -> bool:
        """Return whether many tasks of a request can be decided at once (``decide_run``)."""
        return self._enrolment.runs(request)

    # Keys

    def build(self, number: int) -> None:
        """Build an index, evicting others if their keys would take too many bytes."""
        self._table.take_keys(number, self.tick)
        if self.full_scan.remembers:
            self.full_scan.drop_answers(max(self.index_bytes - self.nbytes, 0))
        index.build.call(self.store.tasks.addresses, *self.lists, number, self.every_case)

    def widen(self, number: int) -> bool:
        """Let the keys of an index take 64 bits; return whether counts fit into them now.

        If they do not, its requests have no index any more.
        """
        if self._enrolment.widen(number):
            return True
        self.generation = next(_GENERATIONS)  # all requests look up their numbers again
        return False

    def read_stops(self) -> None:
        """Empty the log of stops if it is long: every index that counts reads it first."""
        tasks = self.store.tasks
        if tasks.change_log.stops <= MAX_STOPS:
            return
        for number in list(self._table.pool.built):
            if self._table.lines[number, fields.COUNTS] >= 0:
                index.catch_up.call(tasks.addresses, *self.lists, number, self.every_case)
                self._table.lines[number, fields.SEEN_LEFT] = 0
        tasks.clear_stops()

    # Arrays

    @property
    def lists(self) -> tuple[Array, Array]:
        """The addresses of the arrays of requests and of indexes, until the next change of them."""
        requests, indexes = self._enrolment.addresses, self._table.addresses
        if requests is None or self._programs.is_stale:
            requests = self._enrolment.list_arrays()
        if indexes is None:
            indexes = self._table.list_arrays()
        return requests, indexes
