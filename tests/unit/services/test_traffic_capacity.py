"""What a round of a deployment that shifts traffic starts and stops (S6.2)."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest

from placement.errors import UsageError
from placement.services.actions import Action, Cause, StartTasks, StopTasks
from placement.services.model import ClassCounts, RevisionState, TaskClass
from placement.services.traffic_capacity import CapacityResult, capacity_round
from placement.services.traffic_deployment import Target


def play(
    targets: list[Target], states: list[RevisionState], room: Mapping[int, int] | None = None
) -> tuple[list[Action], CapacityResult]:
    """Carry out a round; ``room`` says how many tasks of a revision can be placed."""
    deciding = capacity_round(targets, {state.revision: state for state in states})
    actions: list[Action] = []
    number: int | None = None
    while True:
        try:
            action = next(deciding) if number is None else deciding.send(number)
        except StopIteration as stop:
            result: CapacityResult = stop.value
            return actions, result
        actions.append(action)
        number = action.count
        if room is not None and isinstance(action, StartTasks):
            number = min(number, room.get(action.revision, number))


def state(revision: int = 1, **counts: int) -> RevisionState:
    return RevisionState(revision, ClassCounts(**counts))


def test_both_revisions_are_held_at_the_desired_count_d46() -> None:
    """D46: no percent limits the starts, and green's come first."""
    actions, result = play([Target(2, 4), Target(1, 4, cause=Cause.SCALING)], [state(1, healthy=3)])
    assert actions == [StartTasks(2, 4, Cause.DEPLOYMENT), StartTasks(1, 1, Cause.SCALING)]
    assert result == CapacityResult(True, {}, (), {})


def test_a_revision_that_is_left_alone_starts_and_stops_nothing() -> None:
    counts = {"healthy": 2, "unhealthy": 1, "draining": 1, "pending": 1}
    actions, result = play([Target(1, None)], [state(1, **counts)])
    assert (actions, result) == ([], CapacityResult(False, {}, (), {}))


def test_an_unhealthy_task_is_replaced_first_and_stops_afterwards_d46() -> None:
    """D46: in its own revision, whatever minimumHealthyPercent says."""
    target = [Target(1, 4)]
    actions, _ = play(target, [state(healthy=3, unhealthy=1)])
    assert actions == [StartTasks(1, 1, Cause.UNHEALTHY)]
    assert play(target, [state(healthy=3, pending=1, unhealthy=1)])[0] == []
    actions, _ = play(target, [state(healthy=4, unhealthy=1)])
    assert actions == [StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY)]


def test_an_unhealthy_replacement_is_stopped_d46() -> None:
    actions, _ = play([Target(1, 4)], [state(healthy=3, unhealthy=2)])
    assert actions == [
        StartTasks(1, 1, Cause.UNHEALTHY),
        StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY),
    ]


def test_draining_tasks_stop_when_their_replacements_are_healthy() -> None:
    target = [Target(1, 4)]
    actions, _ = play(target, [state(healthy=2, draining=1, draining_warming=1)])
    assert actions == [StartTasks(1, 2, Cause.DRAINING)]
    assert play(target, [state(healthy=2, warming=2, draining=2)])[0] == []
    actions, _ = play(target, [state(healthy=3, warming=1, draining=2)])
    assert actions == [StopTasks(1, TaskClass.DRAINING, 1, Cause.DRAINING)]
    actions, _ = play(target, [state(healthy=4, draining=1, draining_warming=1)])
    assert actions == [
        StopTasks(1, TaskClass.DRAINING_WARMING, 1, Cause.DRAINING),
        StopTasks(1, TaskClass.DRAINING, 1, Cause.DRAINING),
    ]


def test_a_removed_revision_keeps_only_protected_tasks() -> None:
    """D102: protection does not keep an unhealthy or a draining task."""
    counts = ClassCounts(pending=1, warming=1, healthy=3, unhealthy=1, draining=1)
    given = RevisionState(1, counts, protected=ClassCounts(healthy=2, unhealthy=1, draining=1))
    actions, result = play([Target(1, 0)], [given])
    assert actions == [
        StopTasks(1, TaskClass.PENDING, 1, Cause.DEPLOYMENT),
        StopTasks(1, TaskClass.WARMING, 1, Cause.DEPLOYMENT),
        StopTasks(1, TaskClass.HEALTHY, 1, Cause.DEPLOYMENT),
        StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY),
        StopTasks(1, TaskClass.DRAINING, 1, Cause.DRAINING),
    ]
    assert result.protected_surplus == {1: 2}


def test_a_lower_desired_count_stops_pending_tasks_first() -> None:
    actions, _ = play([Target(1, 2)], [state(pending=1, warming=1, healthy=2)])
    assert actions == [
        StopTasks(1, TaskClass.PENDING, 1, Cause.DEPLOYMENT),
        StopTasks(1, TaskClass.WARMING, 1, Cause.DEPLOYMENT),
    ]
    assert play([Target(1, 2, stops_surplus=False)], [state(healthy=4)])[0] == []


def test_what_cannot_be_placed_is_noted_for_its_revision() -> None:
    targets = [Target(2, 4), Target(1, 4)]
    actions, result = play(targets, [state(1, healthy=3)], room={2: 1})
    assert [action.revision for action in actions] == [2, 1]
    assert result == CapacityResult(True, {2: 3}, (2,), {})
    given = state(healthy=1, unhealthy=1)
    actions, result = play([Target(1, 4)], [given], room={1: 0})
    assert actions == [StartTasks(1, 2, Cause.DEPLOYMENT)]
    assert result == CapacityResult(False, {1: 3}, (1,), {})


def test_starts_may_have_to_wait() -> None:
    """D103: nothing of a revision starts while its throttle or its retry timer runs."""
    for given in (
        attrs.evolve(state(healthy=3), is_failed=True),
        attrs.evolve(state(healthy=3), may_start=False),
    ):
        assert play([Target(1, 4)], [given]) == ([], CapacityResult(False, {1: 1}, (), {}))


def test_the_primary_starts_first_and_stops_last() -> None:
    targets = [Target(2, 1), Target(1, 0)]
    actions, _ = play(targets, [state(2, healthy=2), state(1, healthy=1)])
    assert [action.revision for action in actions] == [1, 2]


@pytest.mark.parametrize("number", [-1, 5, True, 1.0, None])
def test_a_round_is_sent_what_was_carried_out(number: int) -> None:
    deciding = capacity_round([Target(1, 4)], {})
    next(deciding)
    with pytest.raises(UsageError, match="a number from 0 to 4"):
        deciding.send(number)
