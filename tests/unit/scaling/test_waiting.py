"""Tasks in PROVISIONING."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from placement.errors import UsageError
from placement.scaling.waiting import (
    Admission,
    Placed,
    PlaceWaiting,
    WaitingTask,
    WaitReason,
    admit,
    fallbacks,
    next_due,
    place_waiting,
    time_outs,
)
from placement.timestamps import MINUTE, SECOND


def task(key: int, kind: str = "web", created_at: int = 0) -> WaitingTask:
    return WaitingTask(key, kind, created_at)


def play(tasks: list[WaitingTask], room: Mapping[str, int]) -> tuple[list[tuple[str, int]], Placed]:
    """Return the kinds and numbers that are tried, and the result, with room for some of each."""
    left, tried = dict(room), []
    steps = place_waiting(tasks)
    try:
        action = next(steps)
        while True:
            assert isinstance(action, PlaceWaiting)
            kind = str(action.kind)
            tried.append((kind, action.count))
            number = min(action.count, left.get(kind, 0))
            left[kind] = left.get(kind, 0) - number
            action = steps.send(number)
    except StopIteration as end:
        result: Placed = end.value
    return tried, result


def test_the_oldest_tasks_are_tried_first_d73_d127() -> None:
    tried, result = play([task(1), task(2), task(3)], {"web": 2})
    assert tried == [("web", 3)]
    assert result == Placed((1, 2), (3,))


def test_a_task_that_does_not_fit_blocks_no_later_one_d73() -> None:
    """Its kind is not tried again in the same pass."""
    tasks = [task(1, "large"), task(2), task(3, "large"), task(4)]
    tried, result = play(tasks, {"web": 9})
    assert tried == [("large", 1), ("web", 1), ("web", 1)]
    assert result == Placed((2, 4), (1, 3))


def test_no_tasks_no_action() -> None:
    assert play([], {}) == ([], Placed((), ()))


@pytest.mark.parametrize("number", [-1, 3, None, True, 1.0])
def test_an_answer_that_cannot_be_is_refused_c51(number: int) -> None:
    steps = place_waiting([task(1), task(2)])
    next(steps)
    with pytest.raises(UsageError, match="a number from 0 to 2"):
        steps.send(number)


def test_a_task_waits_for_30_minutes_a58_d99() -> None:
    """D99: the end counts as a failed start, and the service starts another one at once."""
    tasks = [task(1), task(2, created_at=MINUTE), task(3, created_at=2 * MINUTE)]
    assert time_outs(tasks, 30 * MINUTE - 1) == ()
    over = time_outs(tasks, 31 * MINUTE)
    assert [(one.key, one.reason) for one in over] == [
        (1, WaitReason.TIMED_OUT),
        (2, WaitReason.TIMED_OUT),
    ]
    assert next_due(tasks) == 30 * MINUTE
    assert next_due([]) is None


def test_tasks_that_have_waited_long_enough_fall_back() -> None:
    """S14: the time starts again with the provider that a task waits for."""
    moved = WaitingTask(2, "web", 0, 50 * SECOND)
    tasks = [task(1), moved]
    assert [one.key for one in fallbacks(tasks, 60 * SECOND, 60 * SECOND)] == [1]
    assert [one.key for one in fallbacks(tasks, 110 * SECOND, 60 * SECOND)] == [1, 2]
    assert fallbacks(tasks, 60 * SECOND, 60 * SECOND)[0].reason is WaitReason.FALLBACK
    assert next_due([moved], after=60 * SECOND) == 110 * SECOND


@pytest.mark.parametrize(
    ("waiting", "wanted", "allowed"),
    [(0, 500, 500), (0, 501, 500), (499, 2, 1), (500, 1, 0), (600, 1, 0), (500, 0, 0)],
)
def test_500_tasks_of_a_cluster_may_wait_a57(waiting: int, wanted: int, allowed: int) -> None:
    reason = WaitReason.WITHIN_LIMIT if allowed == wanted else WaitReason.OVER_LIMIT
    assert admit(waiting, wanted) == Admission(allowed, wanted - allowed, reason)
