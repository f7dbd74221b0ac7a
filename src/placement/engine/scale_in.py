"""Which tasks stop when a group scales in (2.11, A39).

In: a group, perhaps which of its tasks may be chosen, a ranking, what is known of tasks.  Out: task
ids, one after another, each chosen as if those before it had stopped.  Nothing is stopped here.
Inside, tasks are positions, which ascend with their ids.

What goes before the ranking does not change when tasks stop: by it the tasks fall into classes,
and one class is used up before the next.  Inside a class ``stop_order`` knows the next task from
how a stop changes the numbers of the ranking; with rankers, with chance among the best, or where
few victims are wanted, all numbers are compared for each victim.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.lookup import group_code
from placement.engine.scale_in_state import ScaleInState
from placement.engine.stop_order import stop_order
from placement.errors import TaskError, describe_value
from placement.kernels.fields import COUNTED, NO_ROW

if TYPE_CHECKING:
    from placement.engine.ranking import Ranking
    from placement.state.store import Store

__all__ = ["TIES", "Question", "choose_victims"]

Array = npt.NDArray[Any]

TIES = ("task_id", "oldest", "newest")
"""What decides last; ids ascend, so that the first two are the same."""

FEW = 3
"""Victims for which comparing all tasks for each costs less than ``stop_order`` takes to begin."""


@attrs.frozen
class Question:
    """What ``choose_victims`` is asked.

    Attributes:
        group: The group of the tasks.
        count: How many are wanted.
        ranking: What decides among equally urgent tasks.
        tie: What decides last, one of ``TIES``.
        seed: Where a generator of its own starts; None: random numbers come from the cluster's.
        among: int64, the ids of the tasks that may be chosen; None: all of the group.
    """

    group: str
    count: int
    ranking: Ranking
    tie: str
    seed: int | None
    among: Array | None


def choose_victims(store: Store, question: Question) -> list[int]:
    """Return the ids of up to ``count`` tasks of a group in the order in which they should stop.

    Nothing of the store is changed but the state of the random generator, if it is used.

    Raises:
        TaskError: a task of ``among`` is unknown, of another group, stopping already or listed
            twice.
    """
    tasks, seed = store.tasks, question.seed
    among = None if question.among is None else _positions(store, question.group, question.among)
    meta = tasks.meta if seed is None else tasks.seeded_meta(seed)
    state = ScaleInState(store, question.group, meta, among)
    victims = list(islice(_victims(state, question), min(question.count, len(state.tasks))))
    ids: list[int] = tasks.task["id"][np.array(victims, np.int64)].tolist()
    return ids


def _positions(store: Store, group: str, ids: Array) -> Array:
    """Return the positions of counted tasks of a group by their ids: int64, ascending.

    Raises:
        TaskError: an id is of no such task, or is listed twice.
    """
    if not len(ids):
        return ids
    ids = np.sort(ids)
    tasks, code = store.tasks, group_code(store, group)
    if code is None or not tasks.positions:
        raise _wrong_task(store, group, int(ids[0]))
    task, end = tasks.task, tasks.positions
    known = task["id"][:end]
    positions: Array = np.minimum(known.searchsorted(ids), end - 1)
    good = (known[positions] == ids) & (task["row"][positions] != NO_ROW)
    good &= (task["group"][positions] == code) & (task["flags"][positions] & COUNTED > 0)
    good[1:] &= ids[1:] != ids[:-1]
    if not good.all():
        raise _wrong_task(store, group, int(ids[good.argmin()]))
    return positions


def _wrong_task(store: Store, group: str, id: int) -> TaskError:
    """Return what is wrong with the id of a task that may not be chosen."""
    tasks = store.tasks
    position = tasks.position_of(id)
    if position == NO_ROW:
        return TaskError(f"among: no task {id} in this cluster")
    name = tasks.groups.names.texts[tasks.task["group"][position]]
    if name != group:
        described = f"of group {describe_value(name)}" if name else "of no known group"
        return TaskError(f"among: task {id} is {described}, not of {describe_value(group)}")
    if not tasks.task["flags"][position] & COUNTED:
        return TaskError(f"among: task {id} is stopping already")
    return TaskError(f"among: task {id} is listed twice")


def _victims(state: ScaleInState, question: Question) -> Iterator[int]:
    """Yield the tasks in the order in which they should stop."""
    ranking, tie = question.ranking, question.tie
    unsure = ranking.random or not all(key.predictable for key in ranking.keys)
    for tasks in state.classes():
        if ranking.random and not ranking.keys:
            yield from _drawn(state, tasks)
        elif unsure or question.count <= FEW or len(tasks) <= FEW:
            yield from _compared(state, tasks, ranking, tie)
        else:
            yield from stop_order(state, tasks, ranking.keys, newest_first=tie == "newest")


def _drawn(state: ScaleInState, tasks: Array) -> Iterator[int]:
    """Yield the tasks of a class as chance has it."""
    from placement.kernels.chance import draw

    left = tasks.tolist()
    while left:
        yield left.pop(int(draw.call(state.meta, len(left))))


def _compared(state: ScaleInState, tasks: Array, ranking: Ranking, tie: str) -> Iterator[int]:
    """Yield the tasks of a class, comparing the numbers of all that are left for each."""
    while len(tasks):
        best = tasks
        for key in ranking.keys:
            if len(best) > 1:
                numbers = key.by_task(state, best)
                best = best[numbers == numbers.max()]
        if ranking.random:
            from placement.kernels.chance import draw

            victim = best.item(draw.call(state.meta, len(best)))
        else:
            victim = best.item(-1 if tie == "newest" else 0)
        yield victim
        state.remove(victim)
        tasks = tasks[tasks != victim]
