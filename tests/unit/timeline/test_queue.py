"""The queue of what happens later: order, phases, copies, kinds."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from placement.timeline.queue import EventQueue

KINDS = ("task", "warm", "again")


def test_entries_come_by_moment_then_order_then_as_they_were_entered() -> None:
    queue = EventQueue(1)
    for moment, order, name in ((5, 0, "d"), (3, 2, "b"), (3, 1, "a"), (3, 2, "c")):
        queue.push(moment, 0, order, ("task", name))
    assert queue.next_moment() == 3
    assert [name for _, name in queue.pop_due(5, 0)] == ["a", "b", "c", "d"]
    assert queue.next_moment() is None


def test_what_is_due_later_stays_and_phases_are_apart() -> None:
    queue = EventQueue(2)
    queue.push(3, 1, 0, ("task", 1))
    queue.push(4, 0, 0, ("task", 2))
    assert list(queue.pop_due(3, 0)) == []
    assert queue.is_due(3)
    assert list(queue.pop_due(3, 1)) == [("task", 1)]
    assert not queue.is_due(3)
    assert len(queue) == 1


def test_entries_that_are_added_meanwhile_come_in_the_same_round() -> None:
    queue = EventQueue(1)
    queue.push(3, 0, 0, ("task", 1))
    seen = []
    for what in queue.pop_due(3, 0):
        seen.append(what)
        if len(seen) == 1:
            queue.push(3, 0, 0, ("warm", 1))
    assert seen == [("task", 1), ("warm", 1)]


steps = st.lists(st.one_of(st.tuples(st.integers(0, 4), st.sampled_from(KINDS)), st.integers(0, 4)))


@given(steps, st.sets(st.sampled_from(KINDS)))
def test_kinds_are_counted_as_a_recount_has_them(
    done: list[tuple[int, str] | int], kinds: set[str]
) -> None:
    queue = EventQueue(1)
    for step in done:
        if isinstance(step, int):
            for _ in queue.pop_due(step, 0):
                pass
        else:
            queue.push(step[0], 0, 0, (step[1],))
        for one in (queue, queue.copy()):
            left = Counter(what[0] for _, _, what in one.entries())
            assert one.has_any(kinds) == any(left[kind] for kind in kinds)
            assert one.has_others(kinds) == any(kind not in kinds for kind in left)


def test_a_copy_goes_its_own_way() -> None:
    queue = EventQueue(1)
    queue.push(3, 0, 0, ("task",))
    twin = queue.copy()
    assert list(twin.pop_due(3, 0)) == [("task",)]
    assert queue.has_any({"task"})
    assert not twin.has_any({"task"})
    assert len(queue) == 1
    assert len(twin) == 0
