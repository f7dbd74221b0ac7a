"""Which tasks stop when a group scales in (2.11, A39).

In: a group, a ranking, what is known of tasks.  Out: task numbers, one after another, each chosen
as if those before it had stopped.  Nothing is stopped here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.lookup import group_code, group_counts, is_draining
from placement.state.tasks import COUNTED

if TYPE_CHECKING:
    from placement.engine.ranking import GroupCountKey, Ranking
    from placement.state.store import Store

__all__ = ["TIES", "ScaleInState", "choose_victims"]

Array = npt.NDArray[Any]

TIES = ("task_id", "oldest", "newest")
"""What decides last; ids ascend, so that the first two are the same."""

NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")


def choose_victims(
    store: Store, group: str, count: int, ranking: Ranking, tie: str, seed: int | None = None
) -> list[int]:
    """Return up to ``count`` tasks of a group in the order in which they should stop.

    Random numbers come from the cluster's generator, or from one of their own that starts at
    ``seed``; then nothing of the store is changed.
    """
    meta = store.tasks.meta if seed is None else store.tasks.seeded_meta(seed)
    state = ScaleInState(store, group, meta)
    chosen: list[int] = []
    while len(chosen) < count and len(state.tasks):
        at = state.victim(ranking, tie)
        chosen.append(int(state.tasks[at]))
        state.remove(at)
    return chosen


class ScaleInState:
    """The tasks of a group that may stop, and what rows have left once those chosen have stopped.

    Sort keys read it (``ranking.TaskContext``).

    Attributes:
        store: The store of the cluster.
        meta: int64, as ``kernels`` have it: the state of the random generator is in it.
        tasks: int64, the numbers of the tasks that may still be chosen, ascending.
        counts: int64 over rows, how many tasks of the group count.
        left: int64 ``[row, resource]``, what rows have left.
        first: int64 ``[task, 4]``, what goes before the ranking: the larger stops first (A39).
    """

    def __init__(self, store: Store, group: str, meta: Array) -> None:
        self.store = store
        self.meta = meta
        tasks = store.tasks
        number = tasks.number
        code = group_code(store, group)
        of_group = (
            (tasks.task["group"][:number] == (-1 if code is None else code))
            & (tasks.task["row"][:number] >= 0)
            & (tasks.task["flags"][:number] & COUNTED > 0)
        )
        free = [n for n in np.flatnonzero(of_group).tolist() if not store.fact(n).protected]
        self.tasks = np.array(free, np.int64)
        self.counts = group_counts(store, group)
        self.left = tasks.free[: len(store.ids)].copy()
        facts = [store.fact(n) for n in free]
        draining = is_draining(store)
        self.first = np.array(
            [
                (
                    -fact.deployment,
                    fact.last_status in NOT_YET_RUNNING,
                    fact.health == "UNHEALTHY",
                    draining[tasks.task["row"][n]],
                )
                for n, fact in zip(free, facts, strict=True)
            ],
            np.int64,
        ).reshape(len(free), 4)

    def victim(self, ranking: Ranking, tie: str) -> int:
        """Return the position in ``tasks`` of the next to stop."""
        left = np.arange(len(self.tasks))
        for column in range(self.first.shape[1]):
            left = _largest(left, self.first[left, column])
        for key in ranking.keys:
            if len(left) > 1:
                left = _largest(left, key.by_task(self, self.tasks[left]))
        if ranking.random:
            from placement.kernels.chance import draw

            return int(left[draw(self.meta, len(left))])
        return int(left[-1 if tie == "newest" else 0])

    def rows_of(self, tasks: Array) -> Array:
        """Return the row of each task."""
        rows: Array = self.store.tasks.task["row"][tasks]
        return rows

    def demand_of(self, tasks: Array, resource: int) -> Array:
        """Return how much of a resource each task holds."""
        demand: Array = self.store.tasks.spec_demand[self.store.tasks.task["spec"][tasks], resource]
        return demand

    def group_counts(self, key: GroupCountKey) -> Array:
        """Return how many tasks of the group count on each row (A33).

        Tasks of every revision count: the call names no task definition, so none of them is old.
        """
        return self.counts if key.count_draining else self.counts * ~is_draining(self.store)

    def remove(self, at: int) -> None:
        """Count the task at a position of ``tasks`` as stopped."""
        tasks = self.store.tasks
        task = self.tasks[at]
        row = tasks.task["row"][task]
        self.counts[row] -= 1
        self.left[row] += tasks.spec_demand[tasks.task["spec"][task]]
        self.tasks = np.delete(self.tasks, at)
        self.first = np.delete(self.first, at, axis=0)


def _largest(positions: Array, numbers: Array) -> Array:
    best: Array = positions[numbers == numbers.max()]
    return best
