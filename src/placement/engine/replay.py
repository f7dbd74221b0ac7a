"""Streams of starts and stops: checked as a whole, then carried out in order.

In: ``events`` and ``running`` as a caller gave them, and two functions, one that decides for some
requests and one that stops some tasks.  Out: rows and task ids by event.  How a decision is made is
not known here, and neither are instances or groups.

First all events are checked (``checked_events``), in time proportional to their number, so that an
event that is refused changes nothing.  ``CheckedEvents`` says what each does, by numbers alone:
``execute``, or a kernel, carries it out and checks nothing again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.arguments import checked_whole_array
from placement.engine.results import Placements
from placement.errors import PlacementError, TaskError, UsageError

if TYPE_CHECKING:
    from placement.state.store import Store
    from placement.state.tasks import Tasks

__all__ = ["CheckedEvents", "checked_events", "execute", "is_long", "rest_of", "restored_if_raised"]

Array = npt.NDArray[Any]

NOTHING = -1
"""No request, no task, no event; in ``running``, a place without a task."""

EVENTS_OF_COPY = 64
"""Tasks that are copied in the time of an event."""

_VALID, _AHEAD, _OF_STOP, _AGAIN, _NO_TASK = range(5)
"""What is wrong with a stop."""


@attrs.frozen(eq=False)
class CheckedEvents:
    """What each event of a stream does; int64 arrays as long as ``events``, -1 for nothing.

    For event k one of these holds:

    - ``requests[k] >= 0``: it places a task of this request;
    - ``stopped_tasks[k] >= 0``: it stops this task, which counted when the stream was checked;
    - ``stopped_events[k] >= 0``: it stops the task that this earlier event placed, and does nothing
      if that found no room;
    - all three are -1: it does nothing (a stop of a -1 in ``running``).

    No task and no event is stopped by two events, and ``requests[stopped_events[k]] >= 0``.

    Attributes:
        requests: The number of the request that is placed.
        stopped_tasks: The id of the task from before the stream that is stopped.
        stopped_events: The index of the event whose task is stopped; below the event's own.
    """

    requests: Array
    stopped_tasks: Array
    stopped_events: Array

    @property
    def any_stops(self) -> bool:
        """Whether an event may stop a task."""
        return bool((self.stopped_tasks >= 0).any() or (self.stopped_events >= 0).any())


def checked_events(tasks: Tasks, requests: int, events: Any, running: Any) -> CheckedEvents:
    """Check a stream against the tasks that there are.

    Args:
        tasks: The tasks of the cluster.
        requests: How many requests there are.
        events: What the caller gave: whole numbers, in one dimension.
        running: The same, the ids of tasks that the first numbers stand for.

    Raises:
        TaskError: the first event that is wrong stops a task that is unknown, ended or stopping.
        UsageError: the first event that is wrong names a request or a number that it must not, or
            ``events`` or ``running`` are not of their kind.
    """
    given = checked_whole_array(events, "events")
    before = checked_whole_array(running, "running")
    _check_listed_once(tasks, before)
    at = np.flatnonzero(given < 0)  # where the stops are; what follows is by stop
    numbers = ~given[at]
    events_of = numbers - len(before)  # below 0 for tasks from before
    own = events_of >= 0
    ahead = events_of >= at
    stopped_events = np.where(own, events_of, NOTHING)
    stopped_tasks = np.full(len(at), NOTHING, np.int64)
    if len(before):
        stopped_tasks = np.where(own, NOTHING, before[np.minimum(numbers, len(before) - 1)])

    counted = tasks.are_counted(stopped_tasks)
    counted |= stopped_tasks == NOTHING
    again = _repetitions(numbers, ~ahead, len(before) + len(given))
    of_stop = own & (given[np.where(ahead, 0, stopped_events)] < 0)  # at -1 there is an event too
    if not counted.all() or (ahead | again | of_stop).any() or given.max(initial=-1) >= requests:
        faults = np.full(len(at), _VALID, np.uint8)
        faults[~counted] = _NO_TASK
        faults[again] = _AGAIN
        faults[of_stop] = _OF_STOP
        faults[ahead] = _AHEAD
        _raise_first(tasks, given, requests, at, faults, stopped_tasks)

    checked = CheckedEvents(
        requests=np.maximum(given, NOTHING),
        stopped_tasks=np.full(len(given), NOTHING, np.int64),
        stopped_events=np.full(len(given), NOTHING, np.int64),
    )
    checked.stopped_tasks[at] = stopped_tasks
    checked.stopped_events[at] = stopped_events
    return checked


def _check_listed_once(tasks: Tasks, ids: Array) -> None:
    """Refuse ids of ``running`` that are listed twice.

    Ids of tasks that have ended or are stopping may be repeated: no event may stop them.
    """
    ids = ids[ids != NOTHING]
    if (ids[1:] > ids[:-1]).all():  # as ``task_ids`` are
        return
    found, counts = np.unique(ids, return_counts=True)
    repeated = found[counts > 1]
    over = (repeated >= 0) & (repeated < tasks.number) & ~tasks.are_counted(repeated)
    wrong = repeated[~over]
    if len(wrong):
        raise UsageError(f"running lists task {wrong[0]} twice")


def _repetitions(numbers: Array, known: Array, limit: int) -> Array:
    """Return which of the numbers that are ``known``, all below ``limit``, came before: bool."""
    again = np.zeros(len(numbers), np.bool_)
    places = np.flatnonzero(known)
    place_of = np.empty(limit, np.int64)  # pages that are never written take no memory
    place_of[numbers[places]] = places
    if (place_of[numbers[places]] == places).all():  # as in every stream that is right
        return again
    _, firsts = np.unique(numbers[places], return_index=True)
    again[places] = True
    again[places[firsts]] = False
    return again


def _raise_first(
    tasks: Tasks, given: Array, requests: int, at: Array, faults: Array, stopped_tasks: Array
) -> None:
    """Refuse the first event that is wrong.

    Args:
        tasks: The tasks of the cluster.
        given: The events.
        requests: How many requests there are.
        at: The indexes of the stops.
        faults: uint8 by stop, what is wrong with it.
        stopped_tasks: int64 by stop, the task from before that it stops.
    """
    unknown = np.flatnonzero(given >= requests)
    wrong = np.flatnonzero(faults != _VALID)
    if len(unknown) and not (len(wrong) and at[wrong[0]] < unknown[0]):
        index = int(unknown[0])
        raise UsageError(f"event {index}: there is no request {given[index]}, only {requests}")
    if len(wrong):
        stop = int(wrong[0])
        raise _refusal(tasks, given, int(at[stop]), int(faults[stop]), int(stopped_tasks[stop]))


def _refusal(tasks: Tasks, given: Array, index: int, fault: int, task: int) -> PlacementError:
    """Return the error for a stop."""
    number = ~int(given[index])
    if fault == _AHEAD:
        return UsageError(f"event {index}: task number {number} lies ahead")
    if fault == _OF_STOP:
        return UsageError(f"event {index}: task number {number} is a stop")
    if fault == _AGAIN:
        return UsageError(f"event {index}: task number {number} was stopped before")
    if tasks.position_of(task) < 0:
        return TaskError(f"event {index}: no task {task} in this cluster")
    return TaskError(f"event {index}: task {task} is stopping already")


def execute(
    events: CheckedEvents,
    place: Callable[[Array], tuple[Array, Array]],
    stop: Callable[[Array], None],
) -> Placements:
    """Carry events out in order; neighbours of one kind, which see each other anyway, in one call.

    Args:
        events: What to do.
        place: Places a task of each of some requests (int64, numbers), one after another, and
            returns their rows and ids, -1 for what found no room.
        stop: Stops some tasks (int64, ids).
    """
    rows = np.full(len(events.requests), NOTHING, np.int64)
    tasks = np.full(len(events.requests), NOTHING, np.int64)
    places = events.requests >= 0
    acting = np.flatnonzero(places | (events.stopped_tasks >= 0) | (events.stopped_events >= 0))
    borders = np.flatnonzero(np.diff(places[acting])) + 1
    for run in np.split(acting, borders):
        if not len(run):  # nothing at all is done
            continue
        if places[run[0]]:
            rows[run], tasks[run] = place(events.requests[run])
            continue
        earlier = events.stopped_events[run]
        stopped = np.where(earlier >= 0, tasks[earlier], events.stopped_tasks[run])
        stopped = stopped[stopped >= 0]
        if len(stopped):
            stop(stopped)
    return Placements(rows, tasks)


def rest_of(events: CheckedEvents, done: int, tasks: Array) -> CheckedEvents:
    """Return the events from one on, as a stream of their own.

    Args:
        events: A stream.
        done: How many of its events have been carried out.
        tasks: int64, the ids of the tasks that these have placed, -1 for none.
    """
    earlier = events.stopped_events[done:]
    own = earlier >= done
    stopped = np.where((earlier >= 0) & ~own, tasks[earlier], events.stopped_tasks[done:])
    return CheckedEvents(
        requests=events.requests[done:],
        stopped_tasks=stopped,
        stopped_events=np.where(own, earlier - done, NOTHING),
    )


class Restorable(Protocol):
    """What is put back: a cluster."""

    store: Store
    _index: Any


def is_long(events: CheckedEvents, tasks: Tasks) -> bool:
    """Return whether a stream takes so long that a copy of the tasks before it costs little."""
    return not events.any_stops or EVENTS_OF_COPY * len(events.requests) >= tasks.positions


@contextmanager
def restored_if_raised(cluster: Restorable, events: CheckedEvents) -> Iterator[None]:
    """Put a cluster's tasks back if carrying out events raises, Ctrl-C included.

    Without a stop, tasks that were placed are undone.  With one, tasks are copied beforehand;
    nothing else changes.
    """
    if not events.any_stops:
        tasks = cluster.store.tasks
        before = tasks.number
        try:
            yield
        except BaseException:
            tasks.undo_to(before)
            raise
        return
    saved = copy.copy(cluster.store)
    saved.tasks, saved.facts = cluster.store.tasks.copy(), dict(cluster.store.facts)
    saved.arns, saved.task_of_arn = dict(cluster.store.arns), dict(cluster.store.task_of_arn)
    try:
        yield
    except BaseException:
        cluster._index = None  # whatever it knows is void
        cluster.store.restore(saved)
        raise
