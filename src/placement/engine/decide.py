"""Decisions: where tasks go, by indexes where there are any, by full scans otherwise.

In: prepared requests, and which of them comes when.  Out: rows and tasks, committed.  What is kept
of requests, and for how long, is the index's business (``engine.index``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.plugins import Step
from placement.engine.specs import spec_of
from placement.kernels.decide import decide
from placement.kernels.fields import NARROW, NO_INDEX

if TYPE_CHECKING:
    from placement.engine.index.placement_index import PlacementIndex
    from placement.engine.plugins import Reporter
    from placement.engine.prepared import PreparedRequest
    from placement.engine.replay import CheckedEvents
    from placement.kernels.tiers import Kernel

__all__ = ["OneDecision", "decide_alike", "decide_sequence", "decide_stream"]

AT_ONCE = 2**16
"""Decisions of one call of the kernel, so that the log of stops stays short."""

FEW_REQUESTS = 64
"""Of so many requests everything is in the cache, so that nothing is asked for ahead."""

MANY = 256
"""So many tasks of one request are decided as a run."""

MAX_RUN = 2**20
"""So many tasks are decided by one call of the kernel for runs."""

PLAIN_ROWS = 2**14
"""Decisions of one call of a kernel as plain Python, times rows: the next may be compiled code."""

PLAIN_DECISION = 1e-4
"""Seconds that a decision takes in plain Python, one of several of a call."""

NO_STOPS = np.zeros(0, np.int64)

Array = npt.NDArray[Any]


def decide_sequence(
    index: PlacementIndex,
    requests: list[PreparedRequest],
    sequence: Array,
    reporter: Reporter | None = None,
) -> tuple[Array, Array]:
    """Decide where the tasks of a sequence go, one after another, and commit them.

    Args:
        index: The index of the cluster.
        requests: The requests.
        sequence: int64, the place in ``requests`` of each task's request.
        reporter: Called with each step; with one, every decision is a full scan.

    Returns:
        The row and the id of each task, int64, -1 where nothing fitted.

    Raises:
        RegexTimeout: a pattern gave no answer in time; what was decided before is committed.
        TaskError: the cluster cannot number as many tasks.
    """
    if len(requests) == 1 and reporter is None:
        return decide_alike(index, requests[0], len(sequence))
    numbers = index.numbers(requests)
    if reporter is not None:
        numbers[:] = -1
    ports = max([prepared.static_ports for prepared in requests], default=0)
    run = _Run(index, len(sequence), ports)
    if len(numbers) and int(numbers.min()) < 0:
        run.mixed(requests, sequence, reporter)
    else:
        run.indexed(requests, sequence, numbers[sequence])
    return run.rows, run.tasks


class OneDecision:
    """Arrays for the decision of a single call, used again and again.

    Attributes:
        row: int64 ``[1]``, the row chosen, -1 if nothing fitted.
        id: int64 ``[1]``, the id of the task.
    """

    __slots__ = ("_events", "_why", "id", "row")

    def __init__(self) -> None:
        self._events = np.zeros(1, np.int64)
        self._why = np.zeros(2, np.int64)
        self.row = np.zeros(1, np.int64)
        self.id = np.zeros(1, np.int64)

    def decide(self, index: PlacementIndex, prepared: PreparedRequest) -> bool:
        """Decide for one task of a request, if it has an index, and commit it.

        Returns:
            Whether it is decided; if not, no task has been placed, and the long way must be gone.

        Raises:
            RegexTimeout: a pattern gave no answer in time; nothing has happened.
            TaskError: the cluster cannot number a further task; nothing has happened.
        """
        index.refresh()
        if index.number(prepared) < 0:
            return False
        tasks = index.store.tasks
        tasks.reserve_tasks(1, prepared.static_ports)
        index.tick += 1
        self._events[0] = prepared.number
        self._why[1] = index.tick
        done = decide.call(
            tasks.addresses,
            *index.lists,
            self._events,
            0,
            1,
            self.row,
            self.id,
            NO_STOPS,
            True,
            False,
            True,
            self._why,
            index.every_case,
        )
        return bool(done)


def decide_alike(
    index: PlacementIndex, prepared: PreparedRequest, count: int
) -> tuple[Array, Array]:
    """Decide for some tasks of one request: the short way for single calls."""
    index.refresh()
    if count >= MANY:  # before arrays are listed for an index that is built now
        index.store.tasks.reserve_tasks(min(count, MAX_RUN), prepared.static_ports)
    number = prepared.number
    if prepared.generation != index.generation:
        number = int(index.numbers([prepared])[0])
    run = _Run(index, count, prepared.static_ports)
    if number < 0:
        run.mixed([prepared], np.zeros(count, np.int64), None)
    else:
        run.alike(prepared, number)
    return run.rows, run.tasks


def decide_stream(
    index: PlacementIndex, requests: list[PreparedRequest], checked: CheckedEvents, release: bool
) -> tuple[Array, Array, int] | None:
    """Place and stop tasks in order, if all requests that come have an index.

    Args:
        index: The index of the cluster.
        requests: The requests.
        checked: What each event does.
        release: Whether tasks that stop give back what they hold at once (A25).

    Returns:
        The row and the id of each task, int64, -1 for stops and where nothing fitted, and how many
        events are done: fewer than all if a request has lost its index.  None if a request has
        none; nothing has happened then.

    Raises:
        RegexTimeout: a pattern gave no answer in time; nothing has happened.
        TaskError: the cluster cannot hold or number as many tasks.
    """
    places = np.flatnonzero(checked.requests >= 0)
    used = np.flatnonzero(np.bincount(checked.requests[places], minlength=len(requests)))
    numbers = np.full(len(requests), -1, np.int64)
    numbers[used] = index.numbers([requests[number] for number in used.tolist()])
    if len(used) and int(numbers[used].min()) < 0:
        return None
    ports = max([requests[number].static_ports for number in used.tolist()], default=0)
    run = _Run(index, len(checked.requests), ports)
    events = np.full(len(checked.requests), -1, np.int64)
    events[places] = numbers[checked.requests[places]]
    return run.rows, run.tasks, run.stream(events, checked, release)


class _Run:
    """The decisions of one call.

    Attributes:
        rows: int64, the row of each task, filled as they are decided.
        tasks: int64, its id.
    """

    def __init__(self, index: PlacementIndex, count: int, ports: int) -> None:
        self.index = index
        self.ports = ports
        self.stops = NO_STOPS
        self.ahead = False
        self.release = True
        self.rows = np.empty(count, np.int64)
        self.tasks = np.empty(count, np.int64)
        index.tick += 1
        self.why = np.array([0, index.tick], np.int64)

    def alike(self, prepared: PreparedRequest, number: int) -> None:
        """Decide for tasks of one request."""
        count = len(self.rows)
        if count < MANY or not self.index.runs(number):
            events = np.full(count, number, np.int64)
            self.indexed([prepared], np.zeros(0, np.int64), events)
            return
        from placement.kernels.decide_run import decide_run  # compiled only where it pays

        decide_run.expect(count * PLAIN_DECISION)
        done = 0
        while done < count:
            end = min(count, done + self._at_once(decide_run, MAX_RUN))
            self.index.store.tasks.reserve_tasks(end - done, self.ports)
            tasks = self.index.store.tasks.addresses
            lists = self.index.lists
            done = decide_run.call(
                tasks, *lists, number, done, end, self.rows, self.tasks, self.why
            )
            if done < end and not self._resolve(number):
                self.mixed([prepared], np.zeros(count - done, np.int64), None, done)
                return

    def indexed(self, requests: list[PreparedRequest], sequence: Array, events: Array) -> None:
        """Decide for tasks whose requests all have an index.

        Args:
            requests: The requests.
            sequence: int64, the place in ``requests`` of each task's request; of no length if
                there is one request.
            events: int64, the number of each task's request.
        """
        decided, count = 0, len(events)
        decide.expect(count * PLAIN_DECISION)
        self.ahead = len(requests) > FEW_REQUESTS and count > len(requests)
        while decided < count:
            end = min(count, decided + self._at_once(decide, AT_ONCE))
            self.index.store.tasks.reserve_tasks(min(count - decided, MAX_RUN), self.ports)
            decided = self._decide(events, decided, end, alike=len(requests) == 1)
            if decided == end:
                if end < count:
                    self.index.read_stops()
                continue
            if not self._resolve(int(events[decided])):
                rest = sequence[decided:] if len(sequence) else np.zeros(count - decided, np.int64)
                self.mixed(requests, rest, None, decided)
                return

    def _at_once(self, kernel: Kernel, most: int) -> int:
        """Return how many decisions the next call of a kernel is to make."""
        if kernel.is_compiled:
            return most
        return max(1, min(most, PLAIN_ROWS // max(1, len(self.index.store.live))))

    def _decide(self, events: Array, start: int, end: int, *, alike: bool) -> int:
        index = self.index
        done: int = decide.call(
            index.store.tasks.addresses,
            *index.lists,
            events,
            start,
            end,
            self.rows,
            self.tasks,
            self.stops,
            alike,
            self.ahead,
            self.release,
            self.why,
            True if self.ahead else index.every_case,
        )
        return done

    def stream(self, events: Array, checked: CheckedEvents, release: bool) -> int:
        """Place and stop tasks in order, all of requests that have an index.

        Args:
            events: int64, the number of the request that each event places; -1 for stops.
            checked: What each event does.
            release: Whether tasks that stop give back what they hold at once (A25).

        Returns:
            How many events are done: all, or those before a request that has lost its index.
        """
        store, count = self.index.store, len(events)
        self.release = release
        self.ahead = True
        self.rows[:] = self.tasks[:] = -1
        self.stops = np.full(count, -1, np.int64)
        decide.expect(count * PLAIN_DECISION)
        done = 0
        while done < count:
            end = min(count, done + self._at_once(decide, AT_ONCE))
            starts = int(np.count_nonzero(events[done:end] >= 0))
            store.tasks.reserve_tasks(starts, self.ports)  # first: it may change positions
            stopped = self._find_stops(checked, done, end)
            store.tasks.change_log.reserve_stops(len(stopped))
            lost = False
            while done < end and not lost:
                done = self._decide(events, done, end, alike=False)
                lost = done < end and not self._resolve(int(events[done]))
            if release:
                self._forget_stopped(checked, stopped[stopped < done])
            self.index.read_stops()
            if lost:
                break
        return done

    def _forget_stopped(self, checked: CheckedEvents, stopped: Array) -> None:
        """Forget facts and ARNs of the tasks that events have ended; -1 is no task."""
        store = self.index.store
        if not store.knows_tasks:
            store.forget_tasks(())
            return
        earlier = checked.stopped_events[stopped]
        own = np.where(earlier >= 0, self.tasks[earlier], -1)
        ids = np.maximum(own, checked.stopped_tasks[stopped])
        store.forget_tasks(ids[ids >= 0].tolist())

    def _find_stops(self, checked: CheckedEvents, start: int, end: int) -> Array:
        """Write to ``stops`` what the kernel is to stop, and return which events may stop a task.

        A task that an event before ``start`` started, or that ran before, by its position; one that
        is started between by -2 less its event.
        """
        stopped = np.flatnonzero(
            np.maximum(checked.stopped_events[start:end], checked.stopped_tasks[start:end]) >= 0
        )
        stopped += start
        earlier, ids = checked.stopped_events[stopped], checked.stopped_tasks[stopped]
        np.copyto(ids, self.tasks[earlier], where=(earlier >= 0) & (earlier < start))
        tasks = self.index.store.tasks
        found = tasks.positions_of(ids) if tasks.positions else np.full(len(ids), -1, np.int64)
        found[ids < 0] = -1
        self.stops[stopped] = np.where(earlier >= start, -2 - earlier, found)
        return stopped

    def _resolve(self, request: int) -> bool:
        """Remove what has kept the kernel from deciding; return whether it can go on."""
        number = self.index.index_of(request)
        reason = int(self.why[0])
        if reason == NO_INDEX:
            self.index.build(number)
        elif reason == NARROW:
            return self.index.widen(number)
        else:
            self.index.store.tasks.groups.pairs.grow()
        return True

    def mixed(
        self,
        requests: list[PreparedRequest],
        sequence: Array,
        reporter: Reporter | None,
        first: int = 0,
    ) -> None:
        """Decide one by one, some by their indexes, some by a full scan.

        Args:
            requests: The requests.
            sequence: int64, the place in ``requests`` of each task's request.
            reporter: Called with each step; with one, every decision is a full scan.
            first: The place of the first in ``rows``.
        """
        index = self.index
        for i, place in enumerate(sequence.tolist(), first):
            prepared = requests[place]
            if reporter is None and int(index.numbers([prepared])[0]) >= 0:
                rows, tasks = decide_alike(index, prepared, 1)
                self.rows[i], self.tasks[i] = rows[0], tasks[0]
                continue
            index.refresh()
            self.rows[i] = self.tasks[i] = row = index.full_scan.choose(prepared, reporter)
            if row >= 0:
                self.tasks[i] = self._commit(prepared, row)
                if reporter is not None:
                    reporter(Step("placed", index.store.ids[row] or "", 1, int(self.tasks[i])))

    def _commit(self, prepared: PreparedRequest, row: int) -> int:
        """Place a task of a request on a row that a full scan has chosen, and return the task."""
        tasks = self.index.store.tasks
        spec = tasks.specs.number(spec_of(self.index.store, prepared.task))
        return tasks.add(row, tasks.groups.code(prepared.group), spec)
