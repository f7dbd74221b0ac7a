"""Calls that decide where tasks go.

In: tasks, constraints, strategies, prepared requests.  Out: rows and task ids.  A call that raises
leaves the cluster as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.arguments import checked_seed, checked_whole, checked_whole_array
from placement.engine.place_on_calls import PlaceOnCalls
from placement.engine.prepared import PreparedRequest
from placement.engine.replay import (
    checked_events,
    execute,
    is_long,
    rest_of,
    restored_if_raised,
)
from placement.engine.request import ConstraintOrFilter, StrategyOrRanker, Task
from placement.engine.results import Placement, Placements, Request
from placement.errors import StaleExplanation, UsageError
from placement.kernels.fields import NEXT_ID, RANDOM_STATE
from placement.state.guard import changes, reads

if TYPE_CHECKING:
    from placement.engine.decide import OneDecision
    from placement.engine.explain import PlacementExplanation
    from placement.engine.index.placement_index import PlacementIndex
    from placement.engine.plugins import Reporter
    from placement.engine.replay import CheckedEvents

__all__ = ["PlacingCalls"]

Array = npt.NDArray[Any]

_OWN_NUMBERS = nullcontext()
"""For calls without a seed: the cluster's own generator is used."""

MAX_AT_ONCE = 2**20
"""Tasks of one ``place`` that are decided at once."""

MAX_TASKS = 2**31
"""Tasks that one call places, below it."""


class PlacingCalls(PlaceOnCalls):
    """Decisions."""

    reporter: Reporter | None
    index_bytes: int

    def __init__(self) -> None:
        super().__init__()
        self._index: PlacementIndex | None = None
        self._one: OneDecision | None = None

    def _placement_index(self) -> PlacementIndex:
        """Return the index of prepared requests, made when it is first needed."""
        index = self._index
        if index is None or index.store is not self.store:
            from placement.engine.decide import OneDecision
            from placement.engine.index.placement_index import PlacementIndex

            index = self._index = PlacementIndex(self.store, self.index_bytes)
            self._one = OneDecision()
        return index

    # Decisions

    @changes
    def place(
        self,
        task: Task,
        count: int = 1,
        *,
        group: str | None = None,
        constraints: Sequence[ConstraintOrFilter] = (),
        strategy: Sequence[StrategyOrRanker] | StrategyOrRanker | None = None,
        seed: int | None = None,
        all_or_nothing: bool = False,
    ) -> Placement:
        """Place some tasks, one after another, each seeing those before it.

        Args:
            task: What each of them asks for.
            count: How many there are.
            group: The task group; by default ``family:`` and the task's family (C14).
            constraints: Those of the call; the task's own are added (C13).
            strategy: The strategies in order; by default those of the group (C18).
            seed: Starts a generator for this call; by default the cluster's own is used.
            all_or_nothing: Place none unless all find room.

        Raises:
            DocumentError: a group, constraint or strategy is wrong, or there are too many.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: another argument is not of its kind.
        """
        if type(count) is not int or not 0 <= count < MAX_TASKS:
            count = checked_whole(count, "count is a number of tasks", 0, MAX_TASKS)
        prepared = self._prepared_for(task, group, constraints, strategy)
        if count == 1 and seed is None:
            meta = self.store.tasks.meta
            before = meta.item(NEXT_ID), meta.item(RANDOM_STATE)
            found = self._decide_one(prepared)
            if found is not None:
                rows, tasks = found
                if rows[0] < 0:
                    rows, tasks = rows[:0], tasks[:0]
                return Placement(self, prepared, rows, tasks, 1 - len(rows), before)
        held = self.store.tasks
        before = first, _ = held.number, held.random_state
        with _OWN_NUMBERS if seed is None else self._seeded(seed):
            state = held.random_state
            rows, tasks = self._decide_alike(prepared, count)
            placed = held.number - first
            if placed < count:
                there = rows >= 0
                rows, tasks = rows[there], tasks[there]
                if all_or_nothing:
                    held.undo_to(first)
                    held.random_state = state
                    rows, tasks, placed = rows[:0], tasks[:0], 0
        return Placement(self, prepared, rows, tasks, count - placed, before)

    @changes
    def place_many(
        self,
        prepared: Sequence[PreparedRequest | Request | Task],
        order: Any,
        *,
        seed: int | None = None,
    ) -> Placements:
        """Place a stream of tasks, one after another, each seeing those before it.

        Args:
            prepared: The requests; plain ones are prepared first.
            order: An array of whole numbers: which request comes when.
            seed: Starts a generator for this call; by default the cluster's own is used.

        Raises:
            DocumentError: a plain request is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            UsageError: a request is void, or ``order`` does not fit the requests.
        """
        requests = self._all_prepared(prepared)
        if seed is None:
            single = _only_number(order)
            if single is not None and 0 <= single < len(requests):
                found = self._decide_one(requests[single])
                if found is not None:
                    return Placements(*found)
        numbers = checked_whole_array(order, "order")
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() < len(requests)):
            raise UsageError(f"order holds numbers that are not below {len(requests)}")
        with _OWN_NUMBERS if seed is None else self._seeded(seed):
            rows, tasks = self._decide(requests, numbers)
        return Placements(rows, tasks)

    @changes
    def replay(
        self,
        prepared: Sequence[PreparedRequest | Request | Task],
        events: Any,
        *,
        running: Any = (),
        seed: int | None = None,
    ) -> Placements:
        """Place and stop tasks in one ordered stream, each event seeing those before it.

        The answer is that of the same calls of ``stop`` and ``place_many``, one for each event, but
        all or nothing: if one raises, the cluster is as it was.  (Ctrl-C in a stream that is
        short beside the tasks that there are may come after all of it.)

        Args:
            prepared: The requests; plain ones are prepared first.
            events: An array of whole numbers.  ``r >= 0`` places request r.  ``e < 0`` stops task
                number ``~e``: the tasks of ``running`` are numbered first, then event k of this
                call is task number ``len(running) + k``.  A stop of what found no room does
                nothing.
            running: Ids of tasks from before the call.  For a stream given in pieces these are the
                ``task_ids`` of all pieces before: -1, a stop of which does nothing, and ids of
                tasks that have ended or are stopping may be among them, as long as no event stops
                these.  Any other id is listed once.
            seed: Starts a generator for this call; by default the cluster's own is used.

        Returns:
            Rows and task ids, as long as ``events``; -1 for stops and for what found no room.

        Raises:
            DocumentError: a plain request is not of its kind.
            RegexTimeout: a pattern gave no answer in time.
            TaskError: an event stops a task that is unknown, has ended or is stopping already.
            UsageError: a request is void; an event places a request that does not exist, or stops
                a number that lies ahead, is itself a stop or was stopped before; ``running`` lists
                a task twice; an argument is not of its kind.  The message names the event.
        """
        requests = self._all_prepared(prepared)
        checked = checked_events(self.store.tasks, len(requests), events, running)
        seeded = _OWN_NUMBERS if seed is None else self._seeded(seed)
        # The kernel cannot be interrupted: a short stream is over when Ctrl-C is heard of.
        long = is_long(checked, self.store.tasks)
        with restored_if_raised(self, checked) if long else nullcontext(), seeded:
            return self._replay(requests, checked)

    def _replay(self, requests: list[PreparedRequest], checked: CheckedEvents) -> Placements:
        """Carry out checked events: by the indexes of their requests, or one after another."""
        rows = tasks = np.zeros(0, np.int64)
        if self.reporter is None:
            from placement.engine.decide import decide_stream

            release = self.release == "desired_status"
            found = decide_stream(self._placement_index(), requests, checked, release)
            if found is not None:
                rows, tasks, done = found
                if done == len(rows):
                    return Placements(rows, tasks)
                rows, tasks = rows[:done], tasks[:done]
                checked = rest_of(checked, done, tasks)
        with restored_if_raised(self, checked):
            rest = execute(checked, partial(self._decide_some, requests), self._stop)
        return Placements(np.concatenate([rows, rest.rows]), np.concatenate([tasks, rest.task_ids]))

    def _decide_one(self, prepared: PreparedRequest) -> tuple[Array, Array] | None:
        """Decide for one task by an index: the way of single calls; None if it has none."""
        if self.reporter is not None or not prepared.has_order:
            return None
        index = self._placement_index()
        one = self._one
        if one is None:
            return None
        meta = self.store.tasks.meta
        before, state = meta.item(NEXT_ID), meta.item(RANDOM_STATE)
        try:
            if one.decide(index, prepared):
                return one.row.copy(), one.id.copy()
        except BaseException:  # Ctrl-C, perhaps after the commit
            self.store.tasks.undo_to(before)
            meta[RANDOM_STATE] = state
            raise
        return None

    def _decide_some(self, requests: list[PreparedRequest], order: Array) -> tuple[Array, Array]:
        """Decide for each of ``order``, without looking at requests that it does not name."""
        used, places = np.unique(order, return_inverse=True)
        return self._decide([requests[number] for number in used.tolist()], places)

    def _decide_alike(self, prepared: PreparedRequest, count: int) -> tuple[Array, Array]:
        """Decide for some tasks of one request, so many at once that arrays stay small."""
        if count <= MAX_AT_ONCE:
            return self._decide_at_once(prepared, count)
        held = self.store.tasks
        before, state = held.number, held.random_state
        parts: list[tuple[Array, Array]] = []
        try:
            for first in range(0, count, MAX_AT_ONCE):
                parts.append(self._decide_at_once(prepared, min(MAX_AT_ONCE, count - first)))
                if prepared.has_order and parts[-1][0][-1] < 0:
                    break  # what found no room finds none later
        except BaseException:
            held.undo_to(before)
            held.random_state = state
            raise
        return (
            np.concatenate([rows for rows, _ in parts]),
            np.concatenate([tasks for _, tasks in parts]),
        )

    def _decide_at_once(self, prepared: PreparedRequest, count: int) -> tuple[Array, Array]:
        """Decide for some tasks of one request; undo everything if one of them raises (C18)."""
        if self.reporter is not None:
            return self._decide([prepared], np.zeros(count, np.int64))
        with self._undone_if_raised():
            index = self._placement_index()
            from placement.engine.decide import decide_alike

            return decide_alike(index, prepared, count)

    def _decide(self, requests: list[PreparedRequest], order: Array) -> tuple[Array, Array]:
        """Decide for each of ``order``; undo everything if one of them raises (C18)."""
        with self._undone_if_raised():
            index = self._placement_index()
            from placement.engine.decide import decide_sequence

            return decide_sequence(index, requests, order, self.reporter)

    @contextmanager
    def _undone_if_raised(self) -> Iterator[None]:
        """Take back all tasks and random numbers of decisions that an error ends (C18)."""
        tasks = self.store.tasks
        before, state = tasks.number, tasks.random_state
        try:
            yield
        except BaseException:
            tasks.undo_to(before)
            tasks.random_state = state
            raise

    @contextmanager
    def _seeded(self, seed: Any) -> Iterator[None]:
        """Let random numbers start at ``seed``, and put the generator back afterwards (C18)."""
        tasks = self.store.tasks
        before = tasks.random_state
        tasks.random_state = checked_seed(seed)
        try:
            yield
        finally:
            self.store.tasks.random_state = before  # other tasks, if they were put back

    @changes
    def _undo_placement(self, before: tuple[int, int], change_count: int) -> None:
        """Take back the newest placement, for ``Placement.undo``.

        Args:
            before: The id of the next task and the state of the generator before the call.
            change_count: What it was when that call returned.

        Raises:
            StaleExplanation: the cluster has changed since.
        """
        self._check_unchanged(change_count)
        tasks = self.store.tasks
        number, tasks.random_state = before
        tasks.undo_to(number)

    @reads
    def _explain_placement(
        self, prepared: PreparedRequest, change_count: int
    ) -> PlacementExplanation:
        """Explain the request of the newest placement, for ``Placement.explain``.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            StaleExplanation: the cluster has changed since.
        """
        self._check_unchanged(change_count)
        return self.explain(prepared)

    def _check_unchanged(self, change_count: int) -> None:
        """Compare the counter inside a guarded call, which no change of a thread can come between.

        Raises:
            StaleExplanation: the cluster has changed.
        """
        if self.change_count != change_count:
            raise StaleExplanation("the cluster has changed since this was decided")


def _only_number(order: Any) -> int | None:
    """Return the number of a list or an array of one whole number, None if it is anything else."""
    if type(order) is list and len(order) == 1 and type(order[0]) is int:
        return order[0]
    if type(order) is np.ndarray and order.shape == (1,) and order.dtype.kind == "i":
        return int(order[0])
    return None
