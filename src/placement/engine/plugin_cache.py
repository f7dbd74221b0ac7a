"""Answers of user-defined filters and rankers, kept until what they read has changed (C22).

In: a store, the rows noted as changed, filters and rankers.  Out: what each says of every row.  A
plugin is asked about all registered rows once, and then about those alone of which something that
it reads has changed.  What is kept is bounded in bytes: beyond that the answers used longest ago
are dropped.  Nothing is decided here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.columns import column_numbers
from placement.engine.plugins import ask_filter, ask_ranker, wants_request
from placement.state.shared import longer

if TYPE_CHECKING:
    from placement.engine.plugins import AnyRanker, Filter
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["PluginAnswers", "PluginCache", "RowClock"]

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

ENTRY_BYTES = 2048
"""What answers take beside their arrays, roughly: objects of Python, a plugin, a request."""

BEFORE_ALL = -1
"""A moment before every other."""


class RowClock:
    """When each row of a store has last changed, by a clock that ticks whenever it is read.

    Reads which rows have been noted as changed (``state.change_log``); after changes that are not
    told apart by row, all rows count as changed.

    Attributes:
        now: The moment of the last reading.
    """

    def __init__(self, store: Store) -> None:
        self.now = 0
        self._store = store
        self._changed_at = np.zeros(0, np.int64)
        """By row, the moment of the reading that found it changed."""
        store.tasks.change_log.record(taken=True, freed=True)
        self._seen = store.tasks.change_log.now
        self._topology: int | None = None

    def read(self) -> None:
        """Read which rows have changed since the last reading."""
        store, change_log = self._store, self._store.tasks.change_log
        self.now += 1
        known = len(self._changed_at)
        if known < len(store.ids):
            self._changed_at = longer(self._changed_at, len(store.ids), 0)
            self._changed_at[known:] = self.now
        self._changed_at[change_log.since(self._seen)] = self.now
        self._seen = change_log.now
        if self._topology != store.topology_version:
            self._changed_at[:] = self.now
            self._topology = store.topology_version

    def changed_since(self, moment: int) -> Rows:
        """Return the registered rows that were found changed after a moment, ascending."""
        count = len(self._changed_at)
        return np.flatnonzero((self._changed_at > moment) & self._store.live[:count])


class PluginCache:
    """What one filter or ranker said of each row, a ranker that wants the request of one request.

    Attributes:
        plugin: The filter or ranker.
        request: The request of its answers; None if they are those of any.
        by_row: Its answers, 0 for tombstones.
    """

    def __init__(
        self,
        plugin: Filter | AnyRanker,
        request: PreparedRequest | None,
        ask: Callable[[Rows], Array],
        kind: Any,
    ) -> None:
        self.plugin = plugin  # these two are kept so that no other object gets their ``id``
        self.request = request
        self.by_row = np.zeros(0, kind)
        self._ask = ask
        self._moment = BEFORE_ALL
        """The moment up to which changes have been asked about."""
        self._always = plugin.reads == "anything"
        self._names_columns = isinstance(plugin.reads, tuple)
        names = plugin.reads if isinstance(plugin.reads, tuple) else ()
        self._columns: dict[str, Array] = {name: np.zeros(0, np.int64) for name in names}
        """The columns that it names, as they were when it was asked about each row."""

    @property
    def bytes_kept(self) -> int:
        """Bytes that the answers take, with what they are compared by."""
        columns = sum([column.nbytes for column in self._columns.values()])
        return ENTRY_BYTES + self.by_row.nbytes + columns

    def answers(self, store: Store, clock: RowClock) -> Array:
        """Return what the plugin says of every row, after asking it again where it has to be."""
        rows = clock.changed_since(BEFORE_ALL if self._always else self._moment)
        numbers: dict[str, Array] = {}
        if self._names_columns and len(rows):
            rows, numbers = self._really_changed(store, rows)
        found = self._ask(rows) if len(rows) else self.by_row[:0]
        count = len(store.ids)
        if len(self.by_row) < count:  # the last new rows may be tombstones already
            self.by_row = longer(self.by_row, count, 0)
            self._columns = {name: longer(old, count, 0) for name, old in self._columns.items()}
        self.by_row[rows] = found
        for name, entries in numbers.items():
            self._columns[name][rows] = entries
        self._moment = clock.now
        return self.by_row

    def _really_changed(self, store: Store, rows: Rows) -> tuple[Rows, dict[str, Array]]:
        """Return which of some rows are new or differ in a named column, and the columns there."""
        known = int(np.searchsorted(rows, len(self.by_row)))  # those after it are new
        numbers = {name: column_numbers(store, name, rows) for name in self._columns}
        changed = np.arange(len(rows)) >= known
        for name, column in self._columns.items():
            changed[:known] |= numbers[name][:known] != column[rows[:known]]
        return rows[changed], {name: each[changed] for name, each in numbers.items()}


class PluginAnswers:
    """The answers of all plugins of one cluster, those used longest ago first.

    Attributes:
        most_bytes: What they may take; the answers used last are kept in any case.
        bytes_kept: What they take.
    """

    def __init__(self, store: Store, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes_kept = 0
        self._store = store
        self._clock = RowClock(store)
        self._clock.read()
        self._caches: OrderedDict[Hashable, PluginCache] = OrderedDict()
        """By ``id`` of plugin and request, and the type of the answers: an object may be both."""

    def __len__(self) -> int:
        return len(self._caches)

    def note_changes(self) -> None:
        """Read which rows have changed; needed before a decision."""
        self._clock.read()

    def drop(self, most_bytes: int) -> None:
        """Drop the answers used longest ago until the others take at most so many bytes."""
        while self.bytes_kept > most_bytes and len(self._caches) > 1:
            _, cache = self._caches.popitem(last=False)
            self.bytes_kept -= cache.bytes_kept

    def of_filter(self, plugin: Filter) -> Array:
        """Return which rows a filter keeps: bool over rows."""
        return self._answers(plugin, None, partial(ask_filter, plugin), np.bool_)

    def of_ranker(self, plugin: AnyRanker, request: PreparedRequest) -> Array:
        """Return the numbers of a ranker, before it normalizes them: float64 over rows."""
        own = request if wants_request(plugin) else None
        ask = partial(ask_ranker, plugin, request=own)
        return self._answers(plugin, own, ask, np.float64)

    def _answers(
        self,
        plugin: Filter | AnyRanker,
        request: PreparedRequest | None,
        ask: Callable[[Rows], Array],
        kind: Any,
    ) -> Array:
        key = id(plugin), id(request), kind
        cache = self._caches.pop(key, None)
        if cache is None:
            cache = PluginCache(plugin, request, ask, kind)
        else:
            self.bytes_kept -= cache.bytes_kept
        answers = cache.answers(self._store, self._clock)  # if that is interrupted, it is dropped
        self._caches[key] = cache
        self.bytes_kept += cache.bytes_kept
        self.drop(self.most_bytes)
        return answers
