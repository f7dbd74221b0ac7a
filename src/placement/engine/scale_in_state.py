"""The tasks of a group that may stop, while victims are chosen one after another (2.11, A39).

In: a group, perhaps which of its tasks may be chosen, and the position of a task that was chosen.
Out: what sort keys read (``ranking.TaskContext``), as if the tasks chosen had stopped.  The store
is not changed.

Where the tasks are few beside the rows of the cluster, only their rows are looked at: they have
places here, ascending with the rows.  Otherwise every row has the place of its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.lookup import (
    attribute_values,
    attribute_values_on,
    counted_tasks,
    group_counts,
    group_counts_on,
    group_tasks,
    is_draining,
    is_draining_on,
)
from placement.kernels.fields import EVERY_GPU, GPU

if TYPE_CHECKING:
    from placement.engine.ranking import GroupCountKey
    from placement.state.store import Store
    from placement.state.task_status import TaskStatus

__all__ = ["ScaleInState"]

Array = npt.NDArray[Any]

NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")

ROWS_FOR_A_TASK = 8
"""How many rows are passed in the time that it takes to find the place of a task's row."""

FEW = 32
"""So many numbers are sorted one by one in the time that numpy takes to begin."""


class ScaleInState:
    """The tasks of a group that may stop, and what rows have left once those chosen have stopped.

    Sort keys read it (``ranking.TaskContext``).

    Args:
        store: The store of the cluster.
        group: The group.
        meta: int64, as ``kernels`` have it: the state of the random generator is in it.
        among: int64, the positions of the tasks that may be chosen, ascending, all of them counted
            tasks of the group; None: all of the group.

    Attributes:
        store: The store of the cluster.
        meta: As given.
        tasks: int64, the positions of the tasks that could be chosen at first, ascending.
        rows: int64 by place, the row.
        counts: int64 by place, how many tasks of the group count, those that may not be chosen
            too (A33).
        left: int64 ``[place, resource]``, what rows have left.
        draining: bool by place, whether the row is DRAINING.
    """

    def __init__(self, store: Store, group: str, meta: Array, among: Array | None = None) -> None:
        self.store = store
        self.meta = meta
        self._group = group
        listed = counted_tasks(store, group) if among is None else among
        self._is_whole = len(listed) == group_tasks(store, group)
        rows = len(store.ids)
        self._is_local = ROWS_FOR_A_TASK * len(listed) < rows
        if self._is_local:
            self.rows = _distinct(store.tasks.task["row"][listed])
            self.draining = is_draining_on(store, self.rows)
        else:
            self.rows = np.arange(rows)
            self.draining = is_draining(store)
        if self._is_whole:
            self.counts = np.bincount(self.places_of(listed), minlength=len(self.rows))
        else:
            self.counts = group_counts_on(store, group, self.rows)
        self.left: Array = store.tasks.resources.remaining(self.rows)
        self._removed = np.zeros(len(self.rows), np.int64)
        """How many tasks at each place have been removed."""
        self._set_tasks(listed)

    def _set_tasks(self, listed: Array) -> None:
        """Leave out the protected tasks, and note what else is known of the others."""
        facts, kinds = _facts_of(self.store, listed)
        if len(facts) == 1:
            self.tasks = listed[:0] if facts[0].protected else listed
            self._urgency: list[Array] = []
        else:
            free = np.array([not fact.protected for fact in facts])[kinds]
            self.tasks = listed[free]
            urgency = np.array([_urgency(fact) for fact in facts], np.int64)
            self._urgency = [column[kinds[free]] for column in urgency.T]
        if self.draining.any():
            self._urgency.append(self.draining[self.places_of(self.tasks)].astype(np.int64))

    def classes(self) -> Iterator[Array]:
        """Yield the tasks that are equal before the ranking, ascending; the first to stop first."""
        differing = [column for column in self._urgency if (column != column[:1]).any()]
        if not differing:
            if len(self.tasks):
                yield self.tasks
            return
        order = np.lexsort([-column for column in reversed(differing)])
        edges = np.zeros(len(order) - 1, np.bool_)
        for column in differing:
            edges |= column[order[1:]] != column[order[:-1]]
        yield from np.split(self.tasks[order], np.flatnonzero(edges) + 1)

    def places_of(self, tasks: Array) -> Array:
        """Return the place of each task's row."""
        rows: Array = self.store.tasks.task["row"][tasks]
        return self.rows.searchsorted(rows) if self._is_local else rows

    def demand_of(self, tasks: Array, resource: int) -> Array:
        """Return how much of a resource each task holds."""
        return self.store.tasks.amounts_held(tasks, resource)

    def values_of(self, attribute: str) -> Array:
        """Return a number for each place's value of an attribute: int64, 0 where it has none."""
        if self._is_local:
            return attribute_values_on(self.store, attribute, self.rows)
        return attribute_values(self.store, attribute)

    def group_counts(self, key: GroupCountKey) -> Array:
        """Return how many tasks of the group count at each place (A33).

        Tasks of every revision count: the call names no task definition, so none of them is old.
        """
        return self.counts if key.count_draining else self.counts * ~self.draining

    def value_counts(self, attribute: str, key: GroupCountKey) -> Array:
        """Return how many tasks of the group count by the number of a value of an attribute.

        Those on rows that have no place here too (A33): float64, exact.
        """
        values = self.values_of(attribute)
        if self._is_whole or not self._is_local:  # all tasks of the group have a place
            return np.bincount(values, self.group_counts(key))
        store = self.store
        counts, removed = group_counts(store, self._group), self._removed
        if not key.count_draining:
            counts, removed = counts * ~is_draining(store), removed * ~self.draining
        totals = np.bincount(attribute_values(store, attribute), counts)
        totals -= np.bincount(values, removed, len(totals))
        return totals

    def is_counted(self, key: GroupCountKey, task: int) -> bool:
        """Return whether a task is among those that ``group_counts`` counts for a key."""
        return key.count_draining or not self.draining[self._place(task)]

    def remove(self, task: int) -> None:
        """Count a task as stopped."""
        place, tasks = self._place(task), self.store.tasks
        self.counts[place] -= 1
        self._removed[place] += 1
        self.left[place] += tasks.specs.demand[tasks.task["spec"][task]]
        if tasks.specs.demand[tasks.task["spec"][task], GPU] == EVERY_GPU:
            self.left[place, GPU] += int(tasks.amounts_held(np.array([task]), GPU)[0]) - EVERY_GPU

    def _place(self, task: int) -> int:
        row = self.store.tasks.task["row"].item(task)
        return int(self.rows.searchsorted(row)) if self._is_local else row


def _distinct(numbers: Array) -> Array:
    """Return the different numbers, ascending, as int64."""
    if len(numbers) < FEW:
        return np.array(sorted(set(numbers.tolist())), np.int64)
    ascending = np.sort(numbers).astype(np.int64)
    first = np.ones(len(ascending), np.bool_)
    first[1:] = ascending[1:] != ascending[:-1]
    return ascending[first]


def _facts_of(store: Store, tasks: Array) -> tuple[list[TaskStatus], Array]:
    """Return what is known of tasks, at least one fact, and which of the facts each task has.

    One object for all tasks that share it: a group of many tasks has few.  Where there is one fact
    only, which fact a task has is left out.
    """
    facts, default = store.facts, store.fact(-1)
    if not facts or not len(tasks):
        return [default], tasks[:0]
    ids = store.tasks.task["id"][tasks].tolist()
    found = list(map(facts.get, ids, repeat(default)))
    distinct = dict(zip(map(id, found), found, strict=True))
    if len(distinct) == 1:
        return [found[0]], tasks[:0]
    numbers = dict(zip(distinct, range(len(distinct)), strict=True))
    kinds = np.fromiter(map(numbers.__getitem__, map(id, found)), np.int64, len(found))
    return list(distinct.values()), kinds


def _urgency(fact: TaskStatus) -> tuple[int, int, int]:
    """Return what goes before the ranking, as numbers: the larger stops first (A39)."""
    return (
        -fact.deployment,
        int(fact.last_status in NOT_YET_RUNNING),
        int(fact.health == "UNHEALTHY"),
    )
