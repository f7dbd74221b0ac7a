"""``cluster.replay``: streams of starts and stops in one call (C15, C18, C22, C53)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import placement
from clean import within
from placement import BinPack, Cluster, Instance, MemberOf, Random, Spread, Task
from placement.engine.replay import checked_events
from placement.errors import TaskError, UsageError

SMALL = Task(cpu=256, memory=256)
LARGE = Task(cpu=1024, memory=512, tcp_ports=(80,), family="large")
HUGE = Task(cpu=1 << 30)


def cluster(**options: Any) -> Cluster:
    found = Cluster(**options)
    for number in range(4):
        attributes = {"ecs.availability-zone": "ab"[number % 2]}
        found.register(Instance(id=f"i-{number}", cpu=2048, memory=2048, attributes=attributes))
    return found


def requests() -> list[placement.Request]:
    return [
        placement.Request(SMALL, "service:a"),
        placement.Request(LARGE, "service:b", (), BinPack("cpu")),
        placement.Request(SMALL, "jobs", (), Random()),
        placement.Request(HUGE),
    ]


def one_by_one(
    found: Cluster, asked: list[Any], events: list[int], running: list[int]
) -> tuple[list[int], list[int]]:
    """Make the calls that ``replay`` stands for."""
    rows: list[int] = []
    ids: list[int] = []
    for event in events:
        row = id = -1
        if event >= 0:
            row, id = (int(one[0]) for one in found.place_many(asked, [event]))
        elif [*running, *ids][~event] >= 0:
            found.stop([*running, *ids][~event])
        rows.append(row)
        ids.append(id)
    return rows, ids


def same_afterwards(one: Cluster, other: Cluster) -> None:
    assert one.to_ecs() == other.to_ecs()
    assert one.store.tasks.number == other.store.tasks.number
    assert one.store.tasks.random_state == other.store.tasks.random_state
    again = [placed.place_many(requests(), [0, 1, 2] * 4).rows.tolist() for placed in (one, other)]
    assert again[0] == again[1]


def some_events(chance: random.Random, length: int, running: int, stopped: set[int]) -> list[int]:
    """Return a valid stream; numbers that it stops are added to ``stopped``."""
    events: list[int] = []
    for index in range(length):
        able = [number for number in range(running) if number not in stopped]
        able += [
            number + running
            for number, event in enumerate(events)
            if event >= 0 and number + running not in stopped
        ]
        if able and chance.random() < 0.45:
            number = chance.choice(able)
            stopped.add(number)
            events.append(~number)
        else:
            events.append(chance.randrange(4))
        assert len(events) == index + 1
    return events


# --- What is done --------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["desired_status", "last_status"])
@pytest.mark.parametrize("seed", range(6))
def test_a_stream_in_pieces_equals_single_calls(seed: int, release: str) -> None:
    """C15: pieces go on where those before ended, their task ids being ``running``."""
    chance = random.Random(seed)
    streamed, single = cluster(release=release), cluster(release=release)
    asked = [streamed.prepare(one.task, group=one.group) for one in requests()]
    plain = [placement.Request(one.task, one.group) for one in asked]
    running: list[int] = []
    stopped: set[int] = set()
    for _ in range(5):
        events = some_events(chance, 30, len(running), stopped)
        found = streamed.replay(asked, np.array(events), running=running)
        assert found.rows.dtype == found.task_ids.dtype == np.int64
        rows, ids = one_by_one(single, plain, events, running)
        assert (found.rows.tolist(), found.task_ids.tolist()) == (rows, ids)
        running += ids
    assert -1 in running
    same_afterwards(streamed, single)


@pytest.mark.parametrize("extension", ["filter", "ranker", "reporter"])
def test_extensions_are_asked_as_by_single_calls(extension: str) -> None:
    """C22: a filter, a ranker and a reporter see each event after those before it."""

    def play(call: Callable[..., Any]) -> tuple[Any, list[Any]]:
        seen: list[Any] = []

        class Own:
            name = reason = "OWN"
            reads = "instance"

            def keep(self, mask: Any, rows: Any) -> None:
                counts: Any = found.column("running_tasks", rows)
                seen.append((rows.tolist(), counts.tolist()))
                mask[:] = counts < 2

            def key(self, out: Any, rows: Any) -> None:
                out[:] = found.column("running_tasks", rows)
                seen.append((rows.tolist(), out.tolist()))

        found = cluster(reporter=seen.append if extension == "reporter" else None)
        own: Any = Own()
        asked = requests()
        if extension == "filter":
            asked[1] = placement.Request(LARGE, "service:b", (own,), BinPack("cpu"))
        elif extension == "ranker":
            asked[1] = placement.Request(LARGE, "service:b", (), own)
        return call(found, asked, [1, 1, 1, 0, ~0, 1, ~2, ~3, 1, 1, 0]), seen

    streamed, asked_of = play(
        lambda found, asked, events: [one.tolist() for one in found.replay(asked, events)]
    )
    single, expected = play(lambda found, asked, events: list(one_by_one(found, asked, events, [])))
    assert streamed == single
    assert asked_of == expected
    assert expected


def test_a_seed_starts_one_generator_for_the_call() -> None:
    """C18: events draw one after the other, and the cluster's own numbers stay."""
    streamed, whole = cluster(), cluster()
    placed = streamed.replay(requests(), [2, 2, ~0, 2, 2], seed=7)
    drawn = whole.place_many(requests(), [2, 2, 2, 2], seed=7)
    rows = placed.rows.tolist()
    assert rows[:2] + rows[3:] == drawn.rows.tolist()
    assert streamed.store.tasks.random_state == whole.store.tasks.random_state == 0


def test_what_stopping_leaves_taken_is_taken() -> None:
    """A25: with ``last_status`` a stopped task holds its port until it is said to be STOPPED."""
    for release, expected in (("desired_status", 0), ("last_status", -1)):
        found = Cluster(release=release)
        found.register(Instance(id="i", cpu=9000, memory=9000))
        placed = found.replay([LARGE], [0, ~0, 0])
        assert placed.rows.tolist() == [0, -1, expected]
        assert found.task_counts().tolist() == [expected + 1]


def test_a_stop_of_what_found_no_room_does_nothing() -> None:
    found = cluster()
    placed = found.replay(requests(), [3, ~2, ~1], running=[-1, -1])
    assert placed.task_ids.tolist() == [-1, -1, -1]
    assert found.replay([], []).rows.tolist() == []
    assert found.replay([], [], running=np.array([], float)).task_ids.dtype == np.int64


def test_running_may_hold_what_is_over() -> None:
    """C15: ids of tasks that are over, repeated ones too, as long as no event stops them."""
    found = cluster(release="last_status")
    found.place_many(requests(), [0, 0, 0])
    found.stop([0, 1])
    found.set_task(0, last_status="STOPPED")
    running = [0, -1, 1, 0, -1, 1, 2]
    assert found.replay(requests(), [~6, 0], running=running).task_ids.tolist() == [-1, 3]


@pytest.mark.parametrize("kind", [list, tuple, np.array, np.int32, np.uint8, np.uint64])
def test_whole_numbers_of_all_kinds_are_taken(kind: Any) -> None:
    give = kind if kind in (list, tuple, np.array) else lambda one: np.array(one, kind)
    found = cluster()
    given = [0, 1] if kind in (np.uint8, np.uint64) else [0, 1, ~1]
    assert found.replay(requests(), give(given)).task_ids.tolist() == [0, 1, -1][: len(given)]
    ids = found.replay(requests(), np.array([~0, 0], np.int8), running=give([0, 1])).task_ids
    assert ids.tolist() == [-1, 2]


# --- What is refused -----------------------------------------------------------------------------

WRONG: dict[str, tuple[Any, Any, type[Exception], str]] = {
    "a request that does not exist": ([0, 4], (), UsageError, "event 1: .*request 4"),
    "a request beyond int64": (np.array([2**64 - 1], np.uint64), (), UsageError, "event 0"),
    "its own number": ([0, 0, ~2], (), UsageError, "event 2: .*ahead"),
    "a number ahead": ([0, ~5], (), UsageError, "event 1: .*ahead"),
    "the largest number": ([0, -(2**63)], (), UsageError, "event 1: .*ahead"),
    "its own number after running": ([~2, 0], [0, 1], UsageError, "event 0: .*ahead"),
    "a stop": ([0, ~0, ~1], (), UsageError, "event 2: .*is a stop"),
    "twice": ([0, ~0, 0, ~0], (), UsageError, "event 3: .*stopped before"),
    "twice what found no room": ([3, ~0, ~0], (), UsageError, "event 2: .*stopped before"),
    "twice one of before": ([~1, 0, ~1], [0, 1], UsageError, "event 2: .*stopped before"),
    "twice none": ([~0, ~0], [-1], UsageError, "event 1: .*stopped before"),
    "an unknown task": ([0, ~1], [0, 99], TaskError, "event 1: no task 99"),
    "a negative task": ([~0], [-2], TaskError, "event 0: no task -2"),
    "an ended task": ([0, ~0], [2], TaskError, "event 1: no task 2"),
    "a stopping task": ([0, 0, ~0], [3], TaskError, "event 2: task 3 is stopping"),
    "the first fault of three": ([0, 9, ~9, ~0], [99], UsageError, "event 1: .*request 9"),
    "the first fault, a stop": ([0, ~0, ~9, 9], [99], TaskError, "event 1: no task 99"),
    "a task listed twice": ([0], [1, 0, 1], UsageError, "task 1 twice"),
    "an unknown task listed twice": ([0], [99, 0, 99], UsageError, "task 99 twice"),
    "fractions": ([0.0, 1.0], (), UsageError, "events is an array"),
    "truth values": ([True, False], (), UsageError, "events is an array"),
    "two dimensions": ([[0, 1]], (), UsageError, "events is an array"),
    "no dimension": (0, (), UsageError, "events is an array"),
    "text": ("01", (), UsageError, "events is an array"),
    "texts": (["0", "1"], (), UsageError, "events is an array"),
    "nothing": (None, (), UsageError, "events is an array"),
    "lists of different lengths": ([[0], [0, 0]], (), UsageError, "events is an array"),
    "beyond 64 bits": ([2**70], (), UsageError, "events is an array"),
    "running of fractions": ([0], [0.5], UsageError, "running is an array"),
    "running of truth values": ([0], [True, False], UsageError, "running is an array"),
    "running in two dimensions": ([0], [[0]], UsageError, "running is an array"),
    "one running": ([0], 0, UsageError, "running is an array"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_before_anything_happens(name: str) -> None:
    """C15: with the index of the first wrong event."""
    events, running, error, message = WRONG[name]
    found, other = cluster(release="last_status"), cluster(release="last_status")
    for one in (found, other):
        one.place_many(requests(), [0] * 4)
        one.stop([2, 3])
        one.set_task(2, last_status="STOPPED")
    before = found.change_count
    with pytest.raises(error, match=message):
        found.replay(requests(), events, running=running)
    assert found.change_count == before
    same_afterwards(found, other)


@pytest.mark.parametrize("wrong", ["request", b"request", 5, [1], [None], ["task"]])
def test_requests_are_as_for_place_many(wrong: Any) -> None:
    for call in (cluster().replay, cluster().place_many):
        with pytest.raises(UsageError):
            call(wrong, [0])
    seed: Any = 0.5
    with pytest.raises(UsageError, match="another cluster"):
        cluster().replay([cluster().prepare(SMALL)], [0])
    with pytest.raises(UsageError, match="seed"):
        cluster().replay([SMALL], [0], seed=seed)


class Raises:
    """A filter that raises when it is asked the third time."""

    reason, reads = "OWN", "anything"

    def __init__(self, error: BaseException) -> None:
        self.error, self.asked = error, 0

    def keep(self, mask: Any, rows: Any) -> None:
        self.asked += 1
        if self.asked == 3 and mask.shape == rows.shape:
            raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt(), UsageError("own")])
@pytest.mark.parametrize("stops", [True, False])
@pytest.mark.parametrize("release", ["desired_status", "last_status"])
def test_all_or_nothing_if_an_event_raises(error: BaseException, stops: bool, release: str) -> None:
    """C15, C18, C22: tasks stopped by events before are back, and so are ids and random numbers."""
    found, other = cluster(release=release), cluster(release=release)
    for one in (found, other):
        one.place_many(requests(), [0, 1, 2, 1, 0])
        one.set_task(1, protected=True, deployment=3)
        one.set_task(3, health="UNHEALTHY")
    asked = [*requests(), placement.Request(SMALL, "new", (Raises(error),))]
    events = [~1, 4, ~3, 2, ~6, 4, ~0, 0, 4, 1] if stops else [1, 4, 2, 4, 0, 4, 1]
    with pytest.raises(type(error)):
        found.replay(asked, events, running=[0, 1, 2, 3, 4], seed=3)
    assert found.task(1).protected
    assert found.task(1).deployment == 3
    assert found.task(3).health == "UNHEALTHY"
    same_afterwards(found, other)


def test_a_group_that_a_raising_call_named_is_not_mixed_up_with_another() -> None:
    """What was bound to the codes of groups is bound again."""
    found = cluster()
    found.place(SMALL, group="old")
    query = placement.compile("task:group =~ first.*")
    asked = [
        placement.Request(SMALL, "first"),
        placement.Request(SMALL, "g", (MemberOf("not(task:group =~ first.*)"),), Spread("host")),
        placement.Request(SMALL, "g", (Raises(KeyboardInterrupt()),)),
    ]
    with pytest.raises(KeyboardInterrupt):
        found.replay(asked, [~0, 0, 1, 2, 2, 2], running=[0])
    assert not query.mask(found).any()
    found.place(SMALL, 4, group="second", strategy=Spread("instanceId"))
    assert not query.mask(found).any()
    assert found.place_many(asked, [1]).rows.tolist() == [0]


# --- The contract of checked events --------------------------------------------------------------


def test_checked_events_say_what_each_event_does() -> None:
    found = cluster()
    found.place_many(requests(), [0, 0])
    events = np.array([0, ~1, 2, ~3, ~0, ~2], np.int64)
    checked = checked_events(found.store.tasks, 4, events, [-1, 1, 0])
    assert checked.requests.tolist() == [0, -1, 2, -1, -1, -1]
    assert checked.stopped_tasks.tolist() == [-1, 1, -1, -1, -1, 0]
    assert checked.stopped_events.tolist() == [-1, -1, -1, 0, -1, -1]
    assert checked.any_stops
    assert not checked_events(found.store.tasks, 4, [0, ~0], [-1]).any_stops
    assert events.tolist() == [0, ~1, 2, ~3, ~0, ~2]


def test_many_running_tasks_are_checked_at_once() -> None:
    """A stream of millions goes on at a cost that grows with arrays alone."""
    found = cluster()
    found.place_many(requests(), [0, 0])
    running = np.full(5_000_000, -1, np.int64)
    running[4_000_000], running[-1] = 1, 0
    with within(5):
        placed = found.replay(requests(), [~4_000_000, 0], running=running)
    assert placed.task_ids.tolist() == [-1, 2]
    running[0] = 0
    with pytest.raises(UsageError, match="task 0 twice"):
        found.replay(requests(), [0], running=running)
