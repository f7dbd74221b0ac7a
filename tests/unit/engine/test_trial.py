"""C21, C54: trials nest, close in order, and leave nothing behind but a higher counter."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from placement import Cluster, Instance, Spread, StaleExplanation, Task, UsageError
from placement.engine.results import Placement

SMALL, BIG = Task(cpu=100, memory=100), Task(cpu=900, memory=900)


def cluster(count: int = 3) -> Cluster:
    found = Cluster()
    for number in range(count):
        found.register(Instance(id=f"i-{number}", cpu=1000, memory=1000))
    return found


def facts(found: Cluster) -> Any:
    return found.to_ecs(), found.rows, list(found.ids), found.store.tasks.number


def test_an_inner_trial_closed_late_is_refused_and_changes_nothing() -> None:
    """C21: closing the outer one closes both, and says so."""
    found = cluster()
    before = facts(found)
    outer, inner = found.trial(), found.trial()
    outer.__enter__()
    found.place(SMALL)
    inner.__enter__()
    found.place(SMALL)
    with pytest.raises(UsageError, match="opened inside"):
        outer.__exit__(None, None, None)
    assert facts(found) == before
    found.place(SMALL)
    after = facts(found)
    with pytest.raises(UsageError, match="not open"):
        inner.__exit__(None, None, None)
    assert facts(found) == after
    with pytest.raises(UsageError, match="not open"):
        outer.__exit__(None, None, None)
    assert facts(found) == after


def test_a_trial_is_entered_once() -> None:
    """C21."""
    found = cluster()
    trial = found.trial()
    with trial:
        with pytest.raises(UsageError, match="entered once"):
            trial.__enter__()
        found.place(SMALL)
    with pytest.raises(UsageError, match="entered once"), trial:
        pass
    assert found.store.tasks.number == 0


def test_a_trial_that_was_never_entered_cannot_be_closed() -> None:
    found = cluster()
    with pytest.raises(UsageError, match="not open"):
        found.trial().__exit__(None, None, None)


def test_exceptions_pass_through_after_the_undo() -> None:
    """C21."""
    found = cluster()
    before = facts(found)

    def fail() -> None:
        with found.trial() as tried:
            assert tried is found
            found.place(BIG, 2)
            found.deregister("i-2", force=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert facts(found) == before


def test_copying_and_pickling_inside_are_refused() -> None:
    """C21."""
    found = cluster()
    with found.trial():
        for work in (found.copy, lambda: pickle.dumps(found), lambda: copy.deepcopy(found)):
            with pytest.raises(UsageError, match="inside a trial"):
                work()
    assert found.copy().rows == 3


def test_requests_prepared_before_or_inside_are_good_afterwards() -> None:
    """C54: also where the trial compacted."""
    found = cluster()
    before = found.prepare(SMALL)
    with found.trial():
        found.deregister("i-0")
        found.compact()
        with pytest.raises(UsageError, match="before compact"):
            found.place_many([before], [0])
        inside = found.prepare(BIG)
        found.place_many([inside], [0])
    placed = found.place_many([before, inside], [0, 1])
    tasks = [found.task(task) for task in placed.task_ids.tolist()]
    assert [(task.cpu, task.memory) for task in tasks] == [(100, 100), (900, 900)]
    found.compact()
    for request in (before, inside):
        with pytest.raises(UsageError, match="before compact"):
            found.place_many([request], [0])


def test_a_request_is_never_taken_for_another() -> None:
    """C54: generations are given once in a process, epochs once in a cluster."""
    found = cluster(4)
    with found.trial():
        found.deregister("i-0")
        found.compact()
        big = found.prepare(BIG)
        assert found.place_many([big], [0]).rows[0] >= 0
    found.deregister("i-0")
    found.compact()
    small = found.prepare(SMALL)
    found.place_many([small], [0])
    placed = found.place(BIG)
    assert found.task(int(placed.task_ids[0])).cpu == 900
    with pytest.raises(UsageError, match="before compact"):
        found.place_many([big], [0])


@pytest.mark.parametrize("count", [16, 32, 64])
def test_undo_after_a_forced_deregistration_is_refused(count: int) -> None:
    """C54: the counter rises with every change, so that ``undo`` never works on a lost row."""
    found = Cluster()
    for number in range(count):
        found.register(Instance(id=f"i-{number}", cpu=4096, memory=4096))
    placed = found.place(Task(cpu=1000, memory=1000), strategy=[Spread("instanceId")])
    found.deregister("i-0", force=True)
    before = facts(found)
    with pytest.raises(StaleExplanation):
        placed.undo()
    assert facts(found) == before
    last = found.usage(f"i-{count - 1}")
    assert (last.running_tasks, last.remaining_cpu) == (0, 4096)


def test_placements_in_a_row_are_undone_as_one() -> None:
    """C54: a change in between is noticed, and then nothing is taken back."""
    found = cluster()
    state = found.store.tasks.random_state
    Placement.undo_all([])
    Placement.undo_all([found.place(SMALL, count) for count in (2, 1, 2)])
    assert (found.store.tasks.number, found.store.tasks.random_state) == (0, state)
    placements = [found.place(SMALL, 1)]
    found.place(SMALL, 1)
    placements.append(found.place(SMALL, 1))
    before = facts(found)
    with pytest.raises(StaleExplanation):
        Placement.undo_all(placements)
    assert facts(found) == before


def test_placements_of_two_clusters_are_not_undone_as_one() -> None:
    """C54: counters of two clusters may be equal, and say nothing of each other."""
    first, second = cluster(), cluster()
    second.place(SMALL, 3)
    first.set_status("i-0", "ACTIVE")
    placements = [first.place(SMALL), second.place(SMALL)]
    assert first.change_count == second.change_count
    placements[1] = second.place(SMALL)
    before = facts(first), facts(second)
    with pytest.raises(UsageError, match="of different clusters"):
        Placement.undo_all(placements)
    assert (facts(first), facts(second)) == before


def test_placements_out_of_order_are_not_undone() -> None:
    """C54: only all that was decided since the first, in order, can be taken back."""
    found = cluster()
    placements = [found.place(SMALL) for _ in range(3)]
    before = facts(found)
    for wrong in (placements[::-1], [placements[1]] * 2, [placements[0], placements[2]]):
        with pytest.raises(StaleExplanation):
            Placement.undo_all(wrong)
    assert facts(found) == before
    Placement.undo_all(placements[1:])
    assert found.store.tasks.number == 1


@pytest.mark.parametrize("value", [3, "abc", [1], [None], np.array(1), np.array([1, 2])])
def test_only_placements_are_undone(value: Any) -> None:
    with pytest.raises(UsageError, match=r"expected (a Placement|placements in the order)"):
        Placement.undo_all(value)


def test_undo_takes_back_ids_and_random_numbers_once() -> None:
    found = cluster()
    state = found.store.tasks.random_state
    placed = found.place(SMALL, 2)
    placed.undo()
    assert (found.store.tasks.number, found.store.tasks.random_state) == (0, state)
    with pytest.raises(StaleExplanation):
        placed.undo()
    with pytest.raises(StaleExplanation):
        placed.explain()


def test_the_counter_only_rises() -> None:
    """C54, trials included."""
    found = cluster()
    seen = [found.change_count]
    with found.trial():
        found.place(SMALL)
        seen.append(found.change_count)
    seen.append(found.change_count)
    found.compact()
    seen.append(found.change_count)
    assert seen == sorted(set(seen))
