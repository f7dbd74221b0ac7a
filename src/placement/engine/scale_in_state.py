"""The tasks of a group that may stop, while victims are chosen one after another (2.11, A39).

In: a group, and the position of a task that was chosen.  Out: what sort keys read
(``ranking.TaskContext``), as if the tasks chosen had stopped.  The store is not changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.lookup import counted_tasks, group_counts, is_draining

if TYPE_CHECKING:
    from placement.engine.ranking import GroupCountKey
    from placement.state.store import Store
    from placement.state.task_status import TaskStatus

__all__ = ["ScaleInState"]

Array = npt.NDArray[Any]

NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")


class ScaleInState:
    """The tasks of a group that may stop, and what rows have left once those chosen have stopped.

    Sort keys read it (``ranking.TaskContext``).

    Attributes:
        store: The store of the cluster.
        meta: int64, as ``kernels`` have it: the state of the random generator is in it.
        tasks: int64, the positions of the tasks that could be chosen at first, ascending.
        counts: int64 over rows, how many tasks of the group count.
        left: int64 ``[row, resource]``, what rows have left.
        draining: bool over rows, whether they are DRAINING.
    """

    def __init__(self, store: Store, group: str, meta: Array) -> None:
        self.store = store
        self.meta = meta
        tasks = counted_tasks(store, group)
        facts, kinds = _facts_of(store, tasks)
        free = np.array([not fact.protected for fact in facts])[kinds]
        self.tasks: Array = tasks[free]
        self.counts = group_counts(store, group)
        self.left = store.tasks.resources.remaining(slice(len(store.ids)))
        self.draining = is_draining(store)
        urgency = np.array([_urgency(fact) for fact in facts], np.int64)
        self._urgency = [column[kinds[free]] for column in urgency.T]
        self._urgency.append(self.draining[self.rows_of(self.tasks)].astype(np.int64))

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

    def rows_of(self, tasks: Array) -> Array:
        """Return the row of each task."""
        rows: Array = self.store.tasks.task["row"][tasks]
        return rows

    def demand_of(self, tasks: Array, resource: int) -> Array:
        """Return how much of a resource each task holds."""
        held = self.store.tasks
        return held.specs.demand_of(held.task["spec"][tasks], resource)

    def group_counts(self, key: GroupCountKey) -> Array:
        """Return how many tasks of the group count on each row (A33).

        Tasks of every revision count: the call names no task definition, so none of them is old.
        """
        return self.counts if key.count_draining else self.counts * ~self.draining

    def is_counted(self, key: GroupCountKey, task: int) -> bool:
        """Return whether a task is among those that ``group_counts`` counts for a key."""
        return key.count_draining or not self.draining[self.store.tasks.task["row"][task]]

    def remove(self, task: int) -> None:
        """Count a task as stopped."""
        tasks = self.store.tasks
        row = tasks.task["row"][task]
        self.counts[row] -= 1
        self.left[row] += tasks.specs.demand[tasks.task["spec"][task]]


def _facts_of(store: Store, tasks: Array) -> tuple[list[TaskStatus], Array]:
    """Return what is known of tasks, at least one fact, and which of the facts each task has.

    One object for all tasks that share it: a group of many tasks has few.
    """
    facts, default = store.facts, store.fact(-1)
    if not facts or not len(tasks):
        return [default], np.zeros(len(tasks), np.int64)
    ids = store.tasks.task["id"][tasks].tolist()
    found = list(map(facts.get, ids, repeat(default)))
    objects = np.fromiter(map(id, found), np.int64, len(found))
    _, firsts, kinds = np.unique(objects, return_index=True, return_inverse=True)
    return [found[at] for at in firsts.tolist()], kinds


def _urgency(fact: TaskStatus) -> tuple[int, int, int]:
    """Return what goes before the ranking, as numbers: the larger stops first (A39)."""
    return (
        -fact.deployment,
        int(fact.last_status in NOT_YET_RUNNING),
        int(fact.health == "UNHEALTHY"),
    )
