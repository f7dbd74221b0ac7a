"""Decisions worked out anew, with all rows before one's eyes: right for every request, and slower.

In: a prepared request and a store.  Out: a row.  This is the way for requests that have no order
(filters and rankers of others, counts that leave tasks out, too many cells) and for decisions that
are reported step by step; and it is the plain statement of what orders must agree with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.checks import PluginCheck, mask_of, ready_checks
from placement.engine.plugins import Step, ask_filter, ask_ranker
from placement.engine.ranking import (
    AttributeCountKey,
    GroupCountKey,
    PluginKey,
    ResourceKey,
    SortKey,
)
from placement.errors import UsageError
from placement.kernels.fields import COUNTED, FREED, LOGGED, TASKS

if TYPE_CHECKING:
    from placement.engine.plugins import Filter, Ranker, Reporter
    from placement.engine.prepared import PreparedRequest
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = ["FullScan"]

MAX_ANSWERS = 64
"""Filters and rankers of others whose answers are kept; beyond it the oldest are asked anew."""

Array = npt.NDArray[Any]


class PluginCache:
    """What a filter or ranker of others said of each row."""

    def __init__(self, custom: Any, rows: int, kind: Any) -> None:
        self.custom = custom
        self.by_row = np.zeros(rows, kind)
        self.logged = self.freed_log = 0
        """How far the logs have been read."""
        self.changed: Array | None = None
        """Rows of which something other than tasks has changed; None: all are to be asked."""


class FullScan:
    """Scans of one cluster, with what filters and rankers of others have said."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._answers: dict[int, PluginCache] = {}

    def invalidate(self, rows: Array) -> None:
        """Note that something other than tasks has changed on some rows."""
        for answers in self._answers.values():
            if answers.changed is not None:
                answers.changed = np.union1d(answers.changed, rows)

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
        if prepared.chain.random:
            from placement.kernels.chance import draw

            return int(rows[draw(self.store.tasks.meta, len(rows))])
        return int(rows[0])

    def _state(self) -> tuple[int, ...]:
        store = self.store
        return store.changes, *store.tasks.meta[: FREED + 1].tolist()

    def best_rows(self, prepared: PreparedRequest, reporter: Reporter | None = None) -> Array:
        """Return the rows that are equally good after all links of the chain, in order."""
        rows = np.flatnonzero(self._mask(prepared, reporter))
        for link in prepared.chain.links:
            if len(rows) < 2 and reporter is None:
                break
            keys = self._keys(prepared, link)[rows]
            rows = rows[keys == keys.min()] if len(rows) else rows
            if reporter is not None:
                reporter(Step("strategy", str(link), len(rows)))
        return rows

    def _mask(self, prepared: PreparedRequest, reporter: Reporter | None) -> Array:
        """Return the mask of the rows that pass all checks."""
        store = self.store
        mask = mask_of(store, [])
        everything = slice(0, len(store.ids))
        refused = ""
        for check in ready_checks(store, prepared.request):
            if isinstance(check, PluginCheck):
                mask &= self._answer(check.custom, np.bool_)
            else:
                check.keep(mask, everything)
            if reporter is not None:
                left = int(mask.sum())
                refused = refused or ("" if left else check.reason)
                reporter(Step("check", check.reason, left))
        if reporter is not None and not mask.any():
            reporter(Step("refused", refused or "EMPTY", 0))
        return mask

    def _answer(self, custom: Filter | Ranker, kind: Any) -> Array:
        """Return what a filter or ranker says of every row, asking about those that have changed.

        A row that is a hole has 0.
        """
        tasks = self.store.tasks
        answers = self._answers.get(id(custom))
        if answers is None:
            answers = PluginCache(custom, len(self.store.ids), kind)
            self._answers[id(custom)] = answers
            if len(self._answers) > MAX_ANSWERS:
                del self._answers[next(iter(self._answers))]
        if answers.changed is None or custom.reads == "anything":
            rows = np.flatnonzero(self.store.live[: len(self.store.ids)])
        else:
            logged = tasks.change_log.log[answers.logged : tasks.meta[LOGGED]]
            freed = tasks.change_log.freed_log[answers.freed_log : tasks.meta[FREED]]
            rows = np.unique(np.concatenate([logged, freed, answers.changed]))
        if len(rows):
            ask: Any = ask_filter if kind is np.bool_ else ask_ranker
            answers.by_row[rows] = ask(custom, rows.astype(np.int64))
        answers.changed = np.zeros(0, np.int64)
        answers.logged, answers.freed_log = tasks.meta[LOGGED], tasks.meta[FREED]
        return answers.by_row

    def _keys(self, prepared: PreparedRequest, link: SortKey) -> Array:
        """Return the number that a link goes by for every row; the smallest is best."""
        store = self.store
        count = len(store.ids)
        match link:
            case PluginKey(custom):
                return self._answer(custom, np.float64)
            case ResourceKey(name):
                resource = store.tasks.resource(name)  # may be new, and then widens the array
                free: Array = store.tasks.resources.free[:count, resource]
                return free
            case GroupCountKey():
                return group_counts(store, prepared, link)
            case AttributeCountKey(attribute):
                values = np.zeros(count, np.int64)
                column = store.attributes.get(attribute)
                if column is not None:
                    values = store.matrix.row(column)[:count].astype(np.int64)
                totals = np.bincount(values, group_counts(store, prepared, link), minlength=1)
                keys: Array = 2 * totals.astype(np.int64)[values] + (values == 0)
                return keys


def group_counts(
    store: Store, prepared: PreparedRequest, link: GroupCountKey | AttributeCountKey
) -> Array:
    """Return how many tasks of the request's group count on each row (A33)."""
    tasks = store.tasks
    count = len(store.ids)
    group = tasks.groups.code(prepared.group)
    if link.count_old_revisions:
        counts = tasks.counts(group)[:count]
    else:
        counts = _counts_of_revision(store, prepared, group)
    if not link.count_draining:
        status = store.matrix.row(store.status)[:count]
        counts = counts * (status != store.status.dictionary.codes.get("DRAINING", -1))
    return counts


def _counts_of_revision(store: Store, prepared: PreparedRequest, group: int) -> Array:
    """Return the group's counts without other revisions of the request's family (A33).

    Tasks of another family count, and so do those whose definition is not known.
    """
    tasks = store.tasks
    number = int(tasks.meta[TASKS])
    mine = np.flatnonzero(
        (tasks.task["group"][:number] == group)
        & (tasks.task["row"][:number] >= 0)
        & (tasks.task["flags"][:number] & COUNTED > 0)
    )
    task = prepared.task
    current = np.array([not _is_other_revision(spec.revision, task) for spec in tasks.specs.listed])
    rows = tasks.task["row"][mine[current[tasks.task["spec"][mine]]]]
    return np.bincount(rows, minlength=len(store.ids))


def _is_other_revision(revision: tuple[str, int] | None, task: Task) -> bool:
    """Return whether a known revision is another one of the task's family."""
    return revision is not None and revision[0] == task.family and revision[1] != task.revision
