"""Which tasks stop when a group scales in (2.11, A39).

In: a group, a ranking, what is known of tasks.  Out: task ids, one after another, each chosen as if
those before it had stopped.  Nothing is stopped here.  Inside, tasks are positions, which ascend
with their ids.

What goes before the ranking does not change when tasks stop: by it the tasks fall into classes,
and one class is used up before the next.  Inside a class ``stop_order`` knows the next task from
how a stop changes the numbers of the ranking; with rankers, or chance among the best, all numbers
are compared for each victim.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.scale_in_state import ScaleInState
from placement.engine.stop_order import stop_order

if TYPE_CHECKING:
    from placement.engine.ranking import Ranking
    from placement.state.store import Store

__all__ = ["TIES", "choose_victims"]

Array = npt.NDArray[Any]

TIES = ("task_id", "oldest", "newest")
"""What decides last; ids ascend, so that the first two are the same."""


def choose_victims(
    store: Store, group: str, count: int, ranking: Ranking, tie: str, seed: int | None = None
) -> list[int]:
    """Return the ids of up to ``count`` tasks of a group in the order in which they should stop.

    Random numbers come from the cluster's generator, or from one of their own that starts at
    ``seed``; then nothing of the store is changed.
    """
    meta = store.tasks.meta if seed is None else store.tasks.seeded_meta(seed)
    state = ScaleInState(store, group, meta)
    victims = list(islice(_victims(state, ranking, tie), min(count, len(state.tasks))))
    ids: list[int] = store.tasks.task["id"][np.array(victims, np.int64)].tolist()
    return ids


def _victims(state: ScaleInState, ranking: Ranking, tie: str) -> Iterator[int]:
    """Yield the tasks in the order in which they should stop."""
    for tasks in state.classes():
        if ranking.random and not ranking.keys:
            yield from _drawn(state, tasks)
        elif ranking.random or not all(key.predictable for key in ranking.keys):
            yield from _compared(state, tasks, ranking, tie)
        else:
            yield from stop_order(state, tasks, ranking.keys, newest_first=tie == "newest")


def _drawn(state: ScaleInState, tasks: Array) -> Iterator[int]:
    """Yield the tasks of a class as chance has it."""
    from placement.kernels.chance import draw

    left = tasks.tolist()
    while left:
        yield left.pop(int(draw(state.meta, len(left))))


def _compared(state: ScaleInState, tasks: Array, ranking: Ranking, tie: str) -> Iterator[int]:
    """Yield the tasks of a class, comparing the numbers of all that are left for each."""
    from placement.kernels.chance import draw

    while len(tasks):
        best = tasks
        for key in ranking.keys:
            if len(best) > 1:
                numbers = key.by_task(state, best)
                best = best[numbers == numbers.max()]
        last = -1 if tie == "newest" else 0
        victim = int(best[draw(state.meta, len(best)) if ranking.random else last])
        state.remove(victim)
        tasks = tasks[tasks != victim]
        yield victim
