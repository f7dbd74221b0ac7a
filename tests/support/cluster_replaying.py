"""Streams of starts and stops as steps of a history (``Cluster.replay``).

In: a world.  Out: steps that replay, by name in ``cluster_reading.STEPS``, and what they draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

import placement
from cluster_reading import step
from cluster_world import REFUSED, World
from naive_engine import Refused, RefusedEvent, Request


def some_count(w: World) -> int:
    return 0 if len(w.twin.tasks) > 14 else int(w.choose([0, 1, 1, 2, 3, 6]))


def some_requests(w: World) -> tuple[list[Any], list[Request], bool]:
    """Return requests for the library, kept ones and plain ones, for the twin, and if all are good.

    A kept request that is void refuses the call (C7, C54).
    """
    given: list[Any] = []
    requests: list[Request] = []
    good = True
    for _ in range(w.below(4)):
        if w.requests and w.below(3):
            kept = w.choose(w.requests)
            good &= kept.good
            given.append(kept.prepared)
            requests.append(kept.request)
        else:
            request = w.request()
            task, group, constraints, strategy = request
            given.append(placement.Request(task, group, constraints, strategy))
            requests.append(request)
    return given, requests, good


def some_running(w: World) -> list[int]:
    """Return ids as they stand in ``running``: of tasks that count, that are over, and -1."""
    counted = [held.id for held in w.twin.live()]
    over = [id for id in range(w.twin.next_task) if id not in set(counted)]
    running = [id for id in counted if w.below(4)]
    running += [w.choose(over) for _ in range(w.below(3)) if over]
    running += [-1] * w.below(3)
    w.chance.shuffle(running)
    return running


def some_events(w: World, requests: int, places: int, running: list[int]) -> list[int]:
    """Return events that are right: about so many that place, and stops between them."""
    known = {held.id for held in w.twin.live()}
    able = [~number for number, id in enumerate(running) if id == -1 or id in known]
    events: list[int] = []
    for _ in range(places + w.below(4)):
        if able and w.below(2):
            events.append(able.pop(w.below(len(able))))
        elif requests:
            able.append(~(len(running) + len(events)))
            events.append(w.below(requests))
    return events


def wrong_events(w: World, requests: int, events: list[int], running: list[int]) -> list[int]:
    """Return events of which at least one is wrong, and what comes after it."""
    next_number = len(running) + len(events)
    known = {held.id for held in w.twin.live()}
    stops = [event for event in events if event < 0]
    over = [~place for place, id in enumerate(running) if id != -1 and id not in known]
    kinds = [
        [requests],  # no such request
        [requests + w.below(2**40)],
        [~next_number],  # its own number
        [~(next_number + 1 + w.below(9))],  # ahead
        [-(2**63)],
        [~(len(running) + index) for index, event in enumerate(events) if event < 0],  # of a stop
        stops,  # a second time
        over,  # ended, or stopping
    ]
    wrong = w.choose([kind for kind in kinds if kind])
    return [*events, w.choose(wrong), *some_events(w, requests, 1, running)]


Outcome = tuple[Any, Any]
"""Rows and ids; or REFUSED, and the error's class and the event's index if it names one."""


def outcome(call: Callable[[], Any]) -> Outcome:
    """Make a call of the library and return what comes of it."""
    try:
        placed = call()
    except placement.PlacementError as error:
        named = re.match(r"event (\d+): ", str(error))
        return REFUSED, named and (type(error), int(named[1]))
    return placed.rows.tolist(), placed.task_ids.tolist()


def outcome_of_twin(call: Callable[[], Any]) -> Outcome:
    try:
        placed = call()
    except RefusedEvent as wrong:
        kind = placement.TaskError if wrong.of_task else placement.UsageError
        return REFUSED, (kind, wrong.index)
    except Refused:
        return REFUSED, None
    return placed.rows, placed.task_ids


def replay_both(
    w: World,
    asked: tuple[list[Any], list[Request], bool],
    events: list[int],
    running: list[int],
) -> list[int] | None:
    """Replay on both sides and compare, refusals too; return the ids, None if refused."""
    given, requests, good = asked
    seed = w.seed()
    kinds = [list, tuple, lambda one: np.array(one, np.int64)]
    called = w.choose(kinds)(events), w.choose(kinds)(running)

    def twin() -> Any:
        if not good:
            raise Refused
        return w.twin.replay(requests, events, running, seed)

    before = w.facts()
    found = outcome(lambda: w.call("replay", given, called[0], running=called[1], seed=seed))
    expected = outcome_of_twin(twin)
    assert found == expected, f"{found!r} is not {expected!r}"
    if found[0] == REFUSED:
        assert w.facts() == before, "a refused call left a trace"
        return None
    assert w.cluster.change_count > before[-1], "a change was not counted (C54)"
    ids: list[int] = found[1]
    return ids


# --- Steps --------------------------------------------------------------------------------------


@step(8)
def replay(w: World) -> None:
    """C15, C18: starts and stops of tasks from before and of the call itself."""
    asked = some_requests(w)
    running = some_running(w)
    events = some_events(w, len(asked[1]), some_count(w), running)
    replay_both(w, asked, events, running)


@step(4)
def replay_wrongly(w: World) -> None:
    """Refused with the event's index, before anything happens."""
    asked = some_requests(w)
    running = some_running(w)
    if w.below(6) == 0:
        counted = [id for id in running if id in {held.id for held in w.twin.live()}]
        running += [w.choose([*counted, w.twin.next_task, -2])] * (1 + w.below(2))
    right = some_events(w, len(asked[1]), some_count(w), running)
    replay_both(w, asked, wrong_events(w, len(asked[1]), right, running), running)


@step(4)
def replay_in_pieces(w: World) -> None:
    """A stream goes on in pieces, among other calls: ``running`` is what the pieces before gave."""
    asked = some_requests(w)
    running = some_running(w)
    for _ in range(2 + w.below(2)):
        events = some_events(w, len(asked[1]), some_count(w), running)
        ids = replay_both(w, asked, events, running)
        if ids is None:
            return
        running += ids
        living = [held.id for held in w.twin.live()]
        if living and w.below(3) == 0:
            stop_one(w, w.choose(living))


def stop_one(w: World, task: int) -> None:
    w.same(lambda: w.call("stop", task), lambda: w.twin.stop(task))


@step(2)
def replay_wrong_kinds(w: World) -> None:
    """Refused: ``events`` and ``running`` are arrays of whole numbers in one dimension."""
    task = w.request().task
    wrong: list[Any] = [[0.0], [True, False], [[0]], "0", 0, None, [[0], [0, 0]], [2**64], {0}]
    w.refuses(lambda: w.call("replay", [task], w.choose(wrong)), placement.UsageError)
    w.refuses(lambda: w.call("replay", [task], [0], running=w.choose(wrong)), placement.UsageError)
    w.refuses(lambda: w.call("replay", task, [0]), placement.UsageError)
