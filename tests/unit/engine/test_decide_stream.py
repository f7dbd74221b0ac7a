"""Streams that a kernel carries out in pieces, beside the same calls one by one (C15)."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from placement import BinPack, Cluster, Instance, MemberOf, Placements, Random, Spread, Task
from placement.engine import decide, placing_calls
from placement.engine.index import key_encoder
from placement.engine.index.placement_index import PlacementIndex
from placement.state import task_parts
from placement.state.tasks import Tasks

ARN = "arn:aws:ecs:us-east-1:123456789012:task/default/{:032x}"


class Pieces:
    """What a stream was cut into.

    Attributes:
        kernel_calls: The first event and the one after the last of each call of the kernel.
        dropped: How often tasks that had ended were dropped.
    """

    def __init__(self) -> None:
        self.kernel_calls: list[tuple[int, int]] = []
        self.dropped = 0


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> Pieces:
    """Cut streams into pieces of 7 events, and drop ended tasks whenever room is needed."""
    seen = Pieces()
    original, drop = decide._Run._decide, Tasks.drop_ended

    def watched(self: Any, events: Any, start: int, end: int, *, alike: bool) -> int:
        seen.kernel_calls.append((start, end))
        return original(self, events, start, end, alike=alike)

    def dropping(self: Any, count: int = 0) -> None:
        seen.dropped += 1
        drop(self, count)

    monkeypatch.setattr(decide, "AT_ONCE", 7)
    monkeypatch.setattr(task_parts, "MIN_ENDED", 2)
    monkeypatch.setattr(decide._Run, "_decide", watched)
    monkeypatch.setattr(Tasks, "drop_ended", dropping)
    return seen


def cluster(instances: int = 6, **options: Any) -> Cluster:
    found = Cluster(**options)
    for number in range(instances):
        attributes = {"ecs.availability-zone": "abc"[number % 3]}
        found.register(Instance(id=f"i-{number}", cpu=1000, memory=1000, attributes=attributes))
    return found


def requests(found: Cluster) -> list[Any]:
    zones = Spread("attribute:ecs.availability-zone")
    own = MemberOf("not(task:group == g1)")
    return [
        found.prepare(Task(cpu=100, memory=90), group="g0", strategy=zones),
        found.prepare(Task(cpu=200, memory=50), group="g1", strategy=BinPack("cpu")),
        found.prepare(Task(cpu=300, tcp_ports=(80,)), group="g2", constraints=[own]),
        found.prepare(Task(cpu=50), group="g0", strategy=Random()),
        found.prepare(Task(cpu=5000), group="g1"),
    ]


def some_events(chance: random.Random, length: int, running: int) -> list[int]:
    """Return a stream that starts slightly more tasks than it stops, each stopped once."""
    able = list(range(running))
    events: list[int] = []
    for number in range(running, running + length):
        if able and chance.random() < 0.48:
            events.append(~able.pop(chance.randrange(len(able))))
        else:
            events.append(chance.randrange(5))
            able.append(number)
    return events


def one_by_one(found: Cluster, events: list[int], running: list[int]) -> Placements:
    asked, rows, ids = requests(found), list[int](), list[int]()
    for event in events:
        row = id = -1
        if event >= 0:
            row, id = (int(one[0]) for one in found.place_many([asked[event]], [0]))
        elif [*running, *ids][~event] >= 0:
            found.stop([*running, *ids][~event])
        rows.append(row)
        ids.append(id)
    return Placements(np.array(rows, np.int64), np.array(ids, np.int64))


def agree(one: Cluster, other: Cluster) -> None:
    assert one.to_ecs() == other.to_ecs()
    assert one.store.facts == other.store.facts
    assert one.store.arns == other.store.arns
    assert one.store.task_of_arn == other.store.task_of_arn
    assert one.store.tasks.number == other.store.tasks.number
    assert one.store.tasks.random_state == other.store.tasks.random_state
    assert one_by_one(one, [0, 1, 2, 3] * 3, []).rows.tolist() == (
        one_by_one(other, [0, 1, 2, 3] * 3, []).rows.tolist()
    )


def refuse(*_: Any) -> Any:
    raise AssertionError("carried out by single calls")


def with_facts(found: Cluster, ids: list[int]) -> None:
    """Give tasks an ARN and a fact."""
    for id in ids:
        arn = ARN.format(id)
        found.store.arns[id] = arn  # as of a task that a document describes
        found.store.task_of_arn[arn.rpartition("/")[2]] = id
        found.set_task(id, deployment=id + 1)


@pytest.mark.parametrize("release", ["desired_status", "last_status"])
@pytest.mark.parametrize("seed", range(8))
def test_c15_pieces_of_a_stream_are_as_single_calls(
    seed: int, release: str, pieces: Pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks are dropped between pieces, and stops name tasks of this piece and of earlier ones."""
    chance = random.Random(seed)
    streamed, single = (cluster(release=release, seed=seed) for _ in range(2))
    running = one_by_one(streamed, [0, 1, 0, 3, 1], []).task_ids.tolist()
    assert one_by_one(single, [0, 1, 0, 3, 1], []).task_ids.tolist() == running
    for found in (streamed, single):
        with_facts(found, running)
    pieces.kernel_calls.clear()
    pieces.dropped = 0
    events = some_events(chance, 150, len(running))
    with monkeypatch.context() as patched:
        patched.setattr(placing_calls, "execute", refuse)
        placed = streamed.replay(requests(streamed), events, running=running)
    starts = {start // 7 for start, _ in pieces.kernel_calls}
    assert starts == set(range(-(-150 // 7)))
    assert all(end - start <= 7 for start, end in pieces.kernel_calls)
    assert (pieces.dropped > 0) == (release == "desired_status")
    expected = one_by_one(single, events, running)
    assert placed.rows.tolist() == expected.rows.tolist()
    assert placed.task_ids.tolist() == expected.task_ids.tolist()
    agree(streamed, single)


@pytest.mark.parametrize("release", ["desired_status", "last_status"])
def test_c15_facts_and_arns_of_tasks_that_a_stream_ends_are_forgotten(
    release: str, pieces: Pieces
) -> None:
    found = cluster(release=release)
    ids = found.place_many(requests(found), [0, 0, 0, 1]).task_ids.tolist()
    with_facts(found, ids)
    found.replay(requests(found), [~1, *[0] * 9, ~3, ~5], running=ids)
    kept = {0, 2} if release == "desired_status" else {0, 1, 2, 3}
    assert set(found.store.facts) & set(ids) == kept
    assert set(found.store.arns) == kept
    assert set(found.store.task_of_arn.values()) == kept
    assert len(pieces.kernel_calls) > 1


@pytest.mark.parametrize("at_once", [3, 2**16])
def test_c15_a_stream_whose_index_is_lost_goes_on_by_single_calls(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count outgrows the widest key in the middle, after a stop: what that ended is forgotten."""
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 100)  # so that all keys are wide
    monkeypatch.setattr(key_encoder, "WIDE_COUNT_BITS", 2)
    monkeypatch.setattr(key_encoder, "WIDE_BITS", 2)
    monkeypatch.setattr(decide, "AT_ONCE", at_once)
    answers = []
    lost: list[bool] = []
    widen = PlacementIndex.widen

    def watched(self: Any, number: int) -> bool:
        lost.append(not widen(self, number))
        return not lost[-1]

    monkeypatch.setattr(PlacementIndex, "widen", watched)
    for call in ("replay", "single"):
        found = cluster(1)
        spread = Spread("instanceId")
        asked = [found.prepare(Task(cpu=1), group="g", strategy=spread)]
        ids = found.place_many(asked, [0, 0]).task_ids.tolist()
        with_facts(found, ids)
        events = [~0, 0, 0, 0, ~1, 0, 0, ~4, 0]
        if call == "replay":
            lost.clear()
            answers.append(found.replay(asked, events, running=ids).task_ids.tolist())
            assert lost == [True]
        else:
            placed = list[int]()
            for event in events:
                id = -1
                if event < 0:
                    found.stop([*ids, *placed][~event])
                else:
                    id = int(found.place_many(asked, [0]).task_ids[0])
                placed.append(id)
            answers.append(placed)
        assert found.store.facts == {}
        assert found.store.arns == {}
        assert found.store.task_of_arn == {}
    assert answers[0] == answers[1]


class RaisesLater:
    """A filter that raises when it is asked the second time."""

    reason, reads = "OWN", "anything"

    def __init__(self, error: BaseException) -> None:
        self.error, self.asked = error, 0

    def keep(self, mask: Any, rows: Any) -> None:
        self.asked += 1
        if self.asked == 2 and mask.shape == rows.shape:
            raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt()])
def test_c15_facts_and_arns_are_put_back_if_an_event_raises(error: BaseException) -> None:
    """And random numbers, ids, and the tasks that had ended and been dropped."""
    found, other = cluster(seed=5), cluster(seed=5)
    for each in (found, other):
        ids = each.place_many(requests(each), [0, 3, 0, 1]).task_ids.tolist()
        with_facts(each, ids)
    own = found.prepare(Task(cpu=1), group="own", constraints=[RaisesLater(error)])
    events = [~0, 3, 5, ~3, ~5, 3, 3, ~6, 5, 0]
    with pytest.raises(type(error)):
        found.replay([*requests(found), own], events, running=ids)
    assert set(found.store.facts) == set(found.store.arns) == set(ids)
    for id in ids:
        assert found.store.task_of_arn[ARN.format(id).rpartition("/")[2]] == id
        assert found.task(id).deployment == id + 1
    agree(found, other)
    found.stop([1])
    assert 1 not in found.store.facts


def test_a_stream_of_a_request_without_an_index_changes_nothing_by_itself() -> None:
    """``decide_stream`` leaves it to single calls as a whole."""
    found = cluster()
    no_index = Spread("instanceId", count_draining=False)
    asked = [*requests(found)[:1], found.prepare(Task(cpu=1), strategy=no_index)]
    before = found.to_ecs()
    from placement.engine.replay import checked_events

    checked = checked_events(found.store.tasks, 2, [0, 1], ())
    assert decide.decide_stream(found._placement_index(), asked, checked, True) is None
    assert found.to_ecs() == before
    only = checked_events(found.store.tasks, 2, [0, 0], ())
    done = decide.decide_stream(found._placement_index(), asked, only, True)
    assert done is not None
    assert done[2] == 2


# --- One decision --------------------------------------------------------------------------------


def test_the_first_call_makes_an_index_and_a_new_request_joins_it() -> None:
    found = cluster()
    one = found.prepare(Task(cpu=100), group="g", strategy=BinPack("cpu"))
    assert found._one is None
    assert found.place_many([one], [0]).rows.tolist() == [0]
    index, single = found._index, found._one
    assert single is not None
    other = found.prepare(Task(cpu=100), group="h", strategy=BinPack("cpu"))
    assert other.number < 0
    assert found.place_many([other], [0]).rows.tolist() == [0]
    assert found._index is index
    assert found._one is single
    assert other.number >= 0
    assert other.number != one.number


def test_arrays_of_a_single_decision_are_not_those_of_its_answer() -> None:
    """What one call has returned stays when the next uses the same arrays."""
    found = cluster()
    first = found.place(Task(cpu=100), group="g")
    second = found.place(Task(cpu=100), group="g")
    assert first.task_ids.tolist() == [0]
    assert second.task_ids.tolist() == [1]
    assert found.place(Task(cpu=5000)).unplaced == 1
    assert second.task_ids.tolist() == [1]


def test_a_request_that_needs_a_full_scan_is_no_single_decision() -> None:
    found = cluster()
    no_index = Spread("instanceId", count_draining=False)
    asked = found.prepare(Task(cpu=100), group="g", strategy=no_index)
    assert found._decide_one(asked) is None
    assert found.store.tasks.number == 0
    rows = [found.place_many([asked], [0]).rows.tolist() for _ in range(3)]
    assert rows == [[0], [1], [2]]


def test_a_single_decision_whose_index_is_lost_is_made_by_a_scan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_encoder, "NARROW_COUNT_BITS", 100)
    monkeypatch.setattr(key_encoder, "WIDE_COUNT_BITS", 2)
    monkeypatch.setattr(key_encoder, "WIDE_BITS", 2)
    found = cluster(2)
    asked = found.prepare(Task(cpu=1), group="g", strategy=Spread("instanceId"))
    assert found.place_many([asked], [0]).rows.tolist() == [0]
    assert asked.number >= 0
    rows = [found.place_many([asked], [0]).rows.item() for _ in range(11)]
    assert rows == [1, 0] * 5 + [1]
    assert found._placement_index().number(asked) < 0


def test_c22_a_reporter_that_comes_later_sees_every_single_decision() -> None:
    found = cluster()
    asked = found.prepare(Task(cpu=100), group="g")
    found.place_many([asked], [0])
    seen: list[Any] = []
    found.reporter = seen.append
    assert found.place_many([asked], [0]).task_ids.tolist() == [1]
    assert [step.kind for step in seen][-1] == "placed"
    found.reporter = None
    count = len(seen)
    assert found.place_many([asked], [0]).task_ids.tolist() == [2]
    assert len(seen) == count
