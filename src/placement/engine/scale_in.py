"""Which tasks stop when a group scales in (2.11, A39).

In: a group, a chain of strategies, facts about tasks.  Out: task numbers, one after another, each
chosen as if those before had stopped.  Nothing is stopped here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.plugins import ask_ranker
from placement.engine.ranking import (
    AttributeCountKey,
    GroupCountKey,
    PluginKey,
    Ranking,
    ResourceKey,
    SortKey,
)
from placement.state.tasks import COUNTED

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = ["TIES", "choose_victims"]

Array = npt.NDArray[Any]

TIES = ("task_id", "oldest", "newest")
"""What decides last; ids ascend, so that the first two are the same."""

NOT_YET_RUNNING = ("PROVISIONING", "PENDING", "ACTIVATING")


def choose_victims(
    store: Store, group: str, count: int, chain: Ranking, tie: str, seed: int | None = None
) -> list[int]:
    """Return up to ``count`` tasks of a group in the order in which they should stop.

    Random numbers come from the cluster's generator, or from one of their own that starts at
    ``seed``; then nothing of the store is changed.
    """
    meta = store.tasks.meta if seed is None else store.tasks.seeded_meta(seed)
    scene = ScaleInState(store, group, meta)
    chosen: list[int] = []
    while len(chosen) < count and len(scene.tasks):
        at = scene.victim(chain, tie)
        chosen.append(int(scene.tasks[at]))
        scene.remove(at)
    return chosen


class ScaleInState:
    """The tasks of a group that may stop, and what they leave behind, while victims are taken."""

    def __init__(self, store: Store, group: str, meta: Array) -> None:
        self.store = store
        self.meta = meta
        """int64, as ``kernels`` have it: the state of the random generator is in it."""
        tasks = store.tasks
        number = tasks.number
        code = tasks.names.codes.get(group, -1)
        here = (
            (tasks.task["group"][:number] == code)
            & (tasks.task["row"][:number] >= 0)
            & (tasks.task["flags"][:number] & COUNTED > 0)
        )
        free = [n for n in np.flatnonzero(here).tolist() if not store.fact(n).protected]
        self.tasks = np.array(free, np.int64)
        self.counts = np.zeros(len(store.ids), np.int64)
        if code >= 0:
            self.counts = tasks.counts(code)[: len(store.ids)]
        self.left = tasks.free[: len(store.ids)].copy()
        facts = [store.fact(n) for n in free]
        draining = store.status.dictionary.codes.get("DRAINING", -1)
        status = store.matrix.row(store.status)
        self.first = np.array(
            [
                (
                    -fact.deployment,
                    fact.last_status in NOT_YET_RUNNING,
                    fact.health == "UNHEALTHY",
                    status[tasks.task["row"][n]] == draining,
                )
                for n, fact in zip(free, facts, strict=True)
            ],
            np.int64,
        ).reshape(len(free), 4)

    def victim(self, chain: Ranking, tie: str) -> int:
        """Return the place in ``tasks`` of the next to stop."""
        left = np.arange(len(self.tasks))
        for column in range(self.first.shape[1]):
            left = _largest(left, self.first[left, column])
        for link in chain.links:
            if len(left) > 1:
                left = _largest(left, self._keys(link, self.tasks[left]))
        if chain.random:
            from placement.kernels.chance import draw

            return int(left[draw(self.meta, len(left))])
        return int(left[-1 if tie == "newest" else 0])

    def _keys(self, link: SortKey, tasks: Array) -> Array:
        """Return the number that a link goes by for some tasks; the largest stops."""
        rows = self.store.tasks.task["row"][tasks]
        match link:
            case PluginKey(custom):
                asked, back = np.unique(rows, return_inverse=True)
                bad: Array = ask_ranker(custom, asked.astype(np.int64))[back]
                return bad
            case ResourceKey(name):
                resource = self.store.tasks.known_resource(name)
                if resource is None:  # no instance ever had any: all are equal
                    return np.zeros(len(tasks), np.int64)
                specs = self.store.tasks.task["spec"][tasks]
                demand = self.store.tasks.spec_demand[specs, resource]
                left: Array = self.left[rows, resource] + demand
                return left
            case GroupCountKey():
                counts: Array = self._counts(link)[rows]
                return counts
            case AttributeCountKey(attribute):
                values = np.zeros(len(self.counts), np.int64)
                column = self.store.attributes.get(attribute)
                if column is not None:
                    codes = self.store.matrix.row(column)[: len(self.counts)]
                    values = codes.astype(np.int64)
                totals = np.bincount(values, self._counts(link), minlength=1).astype(np.int64)
                keys: Array = 2 * totals[values] + (values == 0)
                return keys[rows]

    def _counts(self, link: GroupCountKey | AttributeCountKey) -> Array:
        if link.count_draining:
            return self.counts
        status = self.store.matrix.row(self.store.status)[: len(self.counts)]
        draining = self.store.status.dictionary.codes.get("DRAINING", -1)
        counts: Array = self.counts * (status != draining)
        return counts

    def remove(self, at: int) -> None:
        """Take a task for stopped."""
        tasks = self.store.tasks
        task = self.tasks[at]
        row = tasks.task["row"][task]
        self.counts[row] -= 1
        self.left[row] += tasks.spec_demand[tasks.task["spec"][task]]
        self.tasks = np.delete(self.tasks, at)
        self.first = np.delete(self.first, at, axis=0)


def _largest(places: Array, keys: Array) -> Array:
    best: Array = places[keys == keys.max()]
    return best
