"""Full scan: evaluate every row for every decision.

In: a prepared request and a store.  Out: a row.  Correct for any request and slower than the index:
for requests that cannot be indexed (user-defined filters and rankers, counts that leave tasks out,
too many buckets) and for decisions that are reported step by step.  It is also the plain statement
of a decision, which the index must agree with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.caches import BoundedCache
from placement.engine.checks import PluginCheck, all_rows, mask_of, prepare_checks
from placement.engine.lookup import counted_tasks, group_counts, is_draining
from placement.engine.plugins import Step, ask_filter, ask_ranker
from placement.errors import UsageError
from placement.kernels.fields import FREED, LOGGED

if TYPE_CHECKING:
    from placement.engine.plugins import Filter, Ranker, Reporter
    from placement.engine.prepared import PreparedRequest
    from placement.engine.ranking import GroupCountKey
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = ["FullScan", "PluginCache"]

MAX_CACHES = 64
"""Filters and rankers whose answers are remembered; beyond it those cached longest are dropped."""

Array = npt.NDArray[Any]


class PluginCache:
    """What one user-defined filter or ranker said of each row.

    Attributes:
        plugin: The filter or ranker; referenced here so that its ``id`` is not used again.
        by_row: Its answers, 0 for tombstones.
    """

    def __init__(
        self, store: Store, plugin: Filter | Ranker, ask: Callable[[Any, Array], Array], kind: Any
    ) -> None:
        self.plugin = plugin
        self.by_row = np.zeros(len(store.ids), kind)
        self._store = store
        self._ask = ask
        self._logged = self._freed = 0
        """How far the logs of rows that tasks changed have been read."""
        self._changed: Array | None = None
        """Rows of which something other than tasks has changed; None: all are to be asked about."""

    def invalidate(self, rows: Array) -> None:
        """Ask again about rows of which something other than tasks has changed."""
        if self._changed is not None:
            self._changed = np.union1d(self._changed, rows)

    def answers(self) -> Array:
        """Return what the plugin says of every row, after asking it about those that changed.

        A plugin that reads ``anything`` is asked about all rows every time.
        """
        tasks = self._store.tasks
        if self._changed is None or self.plugin.reads == "anything":
            rows = np.flatnonzero(self._store.live[: len(self._store.ids)])
        else:
            logged = tasks.change_log.log[self._logged : tasks.meta[LOGGED]]
            freed = tasks.change_log.freed_log[self._freed : tasks.meta[FREED]]
            rows = np.unique(np.concatenate([logged, freed, self._changed]))
        if len(rows):
            self.by_row[rows] = self._ask(self.plugin, rows.astype(np.int64))
        self._changed = np.zeros(0, np.int64)
        self._logged, self._freed = tasks.meta[LOGGED], tasks.meta[FREED]
        return self.by_row


class FullScan:
    """Full scans of one cluster, with remembered answers of user-defined filters and rankers."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._caches: BoundedCache[PluginCache] = BoundedCache(MAX_CACHES)
        """By the plugin's ``id`` and the type of its answers: one object may be both."""

    def invalidate(self, rows: Array) -> None:
        """Note that something other than tasks has changed on some rows."""
        for cache in self._caches.values():
            cache.invalidate(rows)

    def choose(self, prepared: PreparedRequest, reporter: Reporter | None = None) -> int:
        """Return the row for a request, or -1.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            UsageError: a filter, ranker or reporter has changed the cluster.
        """
        before = self._state()
        rows = self.best_rows(prepared, reporter)
        if self._state() != before:
            raise UsageError("a filter, ranker or reporter has changed the cluster that asked it")
        if not len(rows):
            return -1
        if prepared.ranking.random:
            from placement.kernels.chance import draw

            return int(rows[draw(self.store.tasks.meta, len(rows))])
        return int(rows[0])

    def _state(self) -> tuple[int, ...]:
        store = self.store
        return store.changes, *store.tasks.meta[: FREED + 1].tolist()

    def best_rows(self, prepared: PreparedRequest, reporter: Reporter | None = None) -> Array:
        """Return the rows that are equally good after all sort keys, ascending."""
        rows = np.flatnonzero(self._mask(prepared, reporter))
        scan = _Scan(self.store, prepared.group, prepared.task, self.answers_of)
        for key in prepared.ranking.keys:
            if len(rows) < 2 and reporter is None:
                break
            numbers = key.by_row(scan)[rows]
            rows = rows[numbers == numbers.min()] if len(rows) else rows
            if reporter is not None:
                reporter(Step("strategy", str(key), len(rows)))
        return rows

    def _mask(self, prepared: PreparedRequest, reporter: Reporter | None) -> Array:
        """Return the mask of the rows that pass all checks."""
        store = self.store
        mask = mask_of(store, [])
        refused = ""
        for check in prepare_checks(store, prepared.criteria):
            if isinstance(check, PluginCheck):
                mask &= self._answers(check.plugin, ask_filter, np.bool_)
            else:
                check.keep(mask, all_rows(store))
            if reporter is not None:
                left = int(mask.sum())
                refused = refused or ("" if left else check.reason)
                reporter(Step("check", check.reason, left))
        if reporter is not None and not mask.any():
            reporter(Step("refused", refused or "EMPTY", 0))
        return mask

    def answers_of(self, ranker: Ranker) -> Array:
        """Return what a user-defined ranker says of each row: float64."""
        return self._answers(ranker, ask_ranker, np.float64)

    def _answers(
        self, plugin: Filter | Ranker, ask: Callable[[Any, Array], Array], kind: Any
    ) -> Array:
        key = id(plugin), kind
        cache = self._caches.get(key)
        if cache is None:
            cache = PluginCache(self.store, plugin, ask, kind)
            self._caches.put(key, cache)
        return cache.answers()


@attrs.frozen
class _Scan:
    """One decision, as sort keys read it (``ranking.RowContext``)."""

    store: Store
    group: str
    task: Task
    answers_of: Callable[[Ranker], Array]

    def group_counts(self, key: GroupCountKey) -> Array:
        """Return how many tasks of the request's group count on each row (A33)."""
        if key.count_old_revisions:
            counts = group_counts(self.store, self.group)
        else:
            counts = self._counts_of_revision()
        return counts if key.count_draining else counts * ~is_draining(self.store)

    def _counts_of_revision(self) -> Array:
        """Return the group's counts without other revisions of the request's family (A33).

        Tasks of another family count, and so do those whose definition is not known.
        """
        tasks = self.store.tasks
        of_group = counted_tasks(self.store, self.group)
        kinds, kind_of = np.unique(tasks.task["spec"][of_group], return_inverse=True)
        specs = [tasks.specs.listed[number] for number in kinds.tolist()]
        counted = np.array(
            [not _is_other_revision(spec.revision, self.task) for spec in specs], np.bool_
        )
        rows = tasks.task["row"][of_group[counted[kind_of]]]
        return np.bincount(rows, minlength=len(self.store.ids))


def _is_other_revision(revision: tuple[str, int] | None, task: Task) -> bool:
    """Return whether a known revision is another one of the task's family."""
    return revision is not None and revision[0] == task.family and revision[1] != task.revision
