"""Decisions worked out anew, with all rows before one's eyes: right for every request, and slower.

In: a prepared request and a store.  Out: a row.  This is the way for requests that have no order
(counts that leave tasks out, rankers of others, too many cells), and the plain statement of what
orders must agree with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.chain import ByAttribute, ByCount, ByResource, Link
from placement.engine.checks import mask_of, ready_checks
from placement.state.tasks import COUNTED, TASKS

if TYPE_CHECKING:
    from placement.engine.prepared import Prepared
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = ["best_rows", "choose"]

Array = npt.NDArray[Any]


def choose(store: Store, prepared: Prepared) -> int:
    """Return the row for a request, or -1.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    rows = best_rows(store, prepared)
    if not len(rows):
        return -1
    if prepared.chain.random:
        from placement.kernels.placing import draw

        return int(rows[draw(store.tasks.meta, len(rows))])
    return int(rows[0])


def best_rows(store: Store, prepared: Prepared) -> Array:
    """Return the rows that are equally good after all links of the chain, in order."""
    mask = mask_of(store, ready_checks(store, prepared.request))
    rows = np.flatnonzero(mask)
    for link in prepared.chain.links:
        if len(rows) < 2:
            break
        keys = link_keys(store, prepared, link)[rows]
        rows = rows[keys == keys.min()]
    return rows


def link_keys(store: Store, prepared: Prepared, link: Link) -> Array:
    """Return the number that a link goes by for every row; the smallest is best."""
    count = len(store.ids)
    match link:
        case ByResource(name):
            resource = store.tasks.resource(name)
            free: Array = store.tasks.free[:count, resource]
            return free
        case ByCount():
            return group_counts(store, prepared, link)
        case ByAttribute(attribute):
            values = np.zeros(count, np.int64)
            column = store.attributes.get(attribute)
            if column is not None:
                values = store.matrix.row(column)[:count].astype(np.int64)
            totals = np.bincount(values, group_counts(store, prepared, link), minlength=1)
            keys: Array = 2 * totals.astype(np.int64)[values] + (values == 0)
            return keys


def group_counts(store: Store, prepared: Prepared, link: ByCount | ByAttribute) -> Array:
    """Return how many tasks of the request's group count on each row (A33)."""
    tasks = store.tasks
    count = len(store.ids)
    group = tasks.group(prepared.group)
    if link.count_old_revisions:
        counts = tasks.counts(group)[:count]
    else:
        counts = _counts_of_revision(store, prepared, group)
    if not link.count_draining:
        status = store.matrix.row(store.status)[:count]
        counts = counts * (status != store.status.dictionary.codes.get("DRAINING", -1))
    return counts


def _counts_of_revision(store: Store, prepared: Prepared, group: int) -> Array:
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
    current = np.array([not _is_other_revision(spec.revision, task) for spec in tasks.spec_list])
    rows = tasks.task["row"][mine[current[tasks.task["spec"][mine]]]]
    return np.bincount(rows, minlength=len(store.ids))


def _is_other_revision(revision: tuple[str, int] | None, task: Task) -> bool:
    """Return whether a known revision is another one of the task's family."""
    return revision is not None and revision[0] == task.family and revision[1] != task.revision
