"""A pass over a service: its protocol, its causes, its result, its options.

The steps themselves are held by the tables in ``tests/conformance/services`` and by the twin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from placement.errors import UsageError
from placement.services.actions import Action, Cause, StartTasks, StopTasks
from placement.services.model import ClassCounts, RevisionState, ServiceState, TaskClass
from placement.services.rolling import PassResult, rounds
from placement.services.slots import with_desired, with_failure, with_primary


def run(
    state: ServiceState, carry_out: Callable[[Action], int] = lambda action: action.count
) -> tuple[list[Action], PassResult]:
    """Play a pass; by default everything is carried out."""
    actions: list[Action] = []
    under_way = rounds(state)
    answer: Any = None
    while True:
        try:
            actions.append(under_way.send(answer))
        except StopIteration as end:
            return actions, end.value
        answer = carry_out(actions[-1])


def service(desired: int, minimum: int = 100, maximum: int = 200, **counts: int) -> ServiceState:
    return ServiceState(desired, RevisionState(1, ClassCounts(**counts)), (), minimum, maximum)


def nothing_fits(action: Action) -> int:
    return 0 if isinstance(action, StartTasks) else action.count


def test_starts_in_a_row_are_one_action_c51() -> None:
    actions, result = run(service(1_000))
    assert actions == [StartTasks(1, 1_000, Cause.SCALING)]
    assert result == PassResult(True, {1: 1_000}, {}, {}, (), {}, is_stuck=False)


def test_a_pass_at_rest_does_nothing() -> None:
    actions, result = run(service(4, healthy=4))
    assert actions == []
    assert result == PassResult(False, {1: 4}, {}, {}, (), {}, is_stuck=False)


@pytest.mark.parametrize("answer", [-1, 5, None, True, 1.0, "4"])
def test_an_answer_that_cannot_be_is_refused_c51(answer: Any) -> None:
    with pytest.raises(UsageError, match="a number from 0 to 4"):
        run(service(4), lambda _: answer)


def test_what_could_not_be_placed_is_tried_again_in_each_round() -> None:
    """A failure is of the last round: one that a later round makes good is none (S4.5)."""
    state = with_primary(service(4, 50, 100, healthy=4), 2)
    answers = iter([2, 1, 1])  # two stops, one of two starts, the other in the next round
    actions, result = run(state, lambda _: next(answers))
    assert actions[1:] == [StartTasks(2, 2, Cause.DEPLOYMENT), StartTasks(2, 1, Cause.DEPLOYMENT)]
    assert result.unplaced == ()
    _, result = run(state, nothing_fits)
    assert (result.unplaced, result.wanted, result.slots) == ((2,), {2: 2}, {2: 2, 1: 2})
    assert not result.is_stuck


def test_a_stop_that_is_not_carried_out_ends_the_pass() -> None:
    actions, result = run(service(1, 100, 100, unhealthy=1), lambda _: 0)
    assert actions == [StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY)]
    assert not result.did_anything


def test_each_start_has_its_cause_d26() -> None:
    """Absent tasks first, then replacements of unhealthy ones, then of draining ones."""
    actions, _ = run(service(6, healthy=2, unhealthy=1, draining=2))
    starts = [one for one in actions if isinstance(one, StartTasks)]
    assert starts == [
        StartTasks(1, 1, Cause.SCALING),
        StartTasks(1, 1, Cause.UNHEALTHY),
        StartTasks(1, 2, Cause.DRAINING),
    ]


def test_room_divides_the_starts_of_one_cause() -> None:
    state = service(4, 100, 125, healthy=2, draining=2)
    assert run(state)[0][0] == StartTasks(1, 1, Cause.DRAINING)


def test_each_stop_has_its_cause() -> None:
    state = with_desired(with_primary(service(2, healthy=2, draining=1), 2), 0)
    assert run(state)[0] == [
        StopTasks(1, TaskClass.HEALTHY, 2, Cause.DEPLOYMENT),
        StopTasks(1, TaskClass.DRAINING, 1, Cause.DRAINING),
    ]
    assert run(service(0, pending=1, unhealthy=1))[0] == [
        StopTasks(1, TaskClass.PENDING, 1, Cause.SCALING),
        StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY),
    ]


def test_a_surplus_is_taken_from_the_least_advanced_class() -> None:
    actions, _ = run(service(2, pending=1, warming=1, healthy=3))
    assert actions == [
        StopTasks(1, TaskClass.PENDING, 1, Cause.SCALING),
        StopTasks(1, TaskClass.WARMING, 1, Cause.SCALING),
        StopTasks(1, TaskClass.HEALTHY, 1, Cause.SCALING),
    ]


def test_protected_tasks_are_skipped_class_by_class_d102() -> None:
    counts = ClassCounts(pending=2, healthy=2)
    state = ServiceState(1, RevisionState(1, counts, ClassCounts(pending=2, healthy=1)))
    actions, result = run(state)
    assert actions == [StopTasks(1, TaskClass.HEALTHY, 1, Cause.SCALING)]
    assert result.protected_surplus == {1: 2}


def test_a_protected_unhealthy_task_stops_like_any_d102() -> None:
    counts = ClassCounts(healthy=4, unhealthy=1)
    state = ServiceState(4, RevisionState(1, counts, ClassCounts(unhealthy=1)))
    assert run(state)[0] == [StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY)]


def test_draining_tasks_that_nobody_relies_on_stop_first() -> None:
    state = service(2, 50, 100, healthy=1, draining=1, draining_warming=1)
    assert run(state)[0][:2] == [
        StopTasks(1, TaskClass.DRAINING_WARMING, 1, Cause.DRAINING),
        StopTasks(1, TaskClass.DRAINING, 1, Cause.DRAINING),
    ]


def test_draining_tasks_of_older_revisions_stop_first() -> None:
    old = RevisionState(1, ClassCounts(draining=2), cap=0)
    state = ServiceState(2, RevisionState(2, ClassCounts(healthy=1, draining=1)), (old,))
    stops = [one for one in run(state)[0] if isinstance(one, StopTasks)]
    assert stops == [StopTasks(1, TaskClass.DRAINING, 2, Cause.DRAINING)]


def test_at_100_100_a_drain_with_unhealthy_tasks_waits_d123() -> None:
    """The unhealthy task on the DRAINING instance is replaced; the draining one stays."""
    state = service(2, 100, 100, unhealthy=1, draining=1)
    assert run(state)[0] == [
        StopTasks(1, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY),
        StartTasks(1, 1, Cause.UNHEALTHY),
    ]
    actions, result = run(service(2, 100, 100, healthy=1, draining=1))
    assert (actions, result.is_stuck) == ([], True)


def test_what_is_held_neither_starts_nor_makes_room_d103() -> None:
    counts = ClassCounts(healthy=3, unhealthy=1)
    held = ServiceState(4, RevisionState(1, counts, may_start=False), (), 100, 100)
    actions, result = run(held)
    assert (actions, result.wanted, result.unplaced) == ([], {1: 1}, ())
    held = ServiceState(4, RevisionState(1, counts, may_start=False))
    assert not run(held)[1].is_stuck  # the percents would allow the start


def test_extras_of_a_zone_rebalancing_are_left_alone() -> None:
    more = RevisionState(1, ClassCounts(healthy=4, pending=2), extras=2)
    assert run(ServiceState(4, more))[0] == []
    ended = RevisionState(1, ClassCounts(healthy=4, pending=2))
    assert run(ServiceState(4, ended))[0] == [StopTasks(1, TaskClass.PENDING, 2, Cause.SCALING)]


def test_stopping_tasks_count_only_by_option_a46() -> None:
    """With the option the place of a stopped task is free once it is STOPPED."""
    for count_stopping in (False, True):
        primary = RevisionState(1, ClassCounts(unhealthy=2))
        state = ServiceState(2, primary, (), 100, 100, count_stopping=count_stopping)
        actions, result = run(state)
        started = [one for one in actions if isinstance(one, StartTasks)]
        assert len(started) == (0 if count_stopping else 1)
        assert len(actions) - len(started) == 1  # the other unhealthy task has to wait
        assert not result.is_stuck


class TestAfterFailure:
    """D104, D119, S5.3: a failure without rollback."""

    def failed(self) -> ServiceState:
        """Two tasks of the failed revision 2 are healthy, and all four of revision 1."""
        state = with_primary(service(4, healthy=4), 2)
        started = RevisionState(2, ClassCounts(healthy=2))
        return with_failure(ServiceState(4, started, state.sources))

    def test_nothing_starts_and_nothing_surplus_stops(self) -> None:
        actions, result = run(self.failed())
        assert (actions, result.slots, result.caps) == ([], {2: 4, 1: 2}, {1: 4})
        assert (result.wanted, result.is_stuck) == ({2: 2}, False)

    def test_unhealthy_tasks_of_the_sources_are_replaced(self) -> None:
        sources = (RevisionState(1, ClassCounts(healthy=3, unhealthy=1), cap=4),)
        failed = with_failure(ServiceState(4, RevisionState(2), sources))
        assert run(failed)[0] == [StartTasks(1, 1, Cause.UNHEALTHY)]

    def test_a_rise_of_the_desired_count_starts_nothing(self) -> None:
        sources = (RevisionState(1, ClassCounts(healthy=4), cap=4),)
        failed = with_failure(ServiceState(4, RevisionState(2), sources))
        assert run(with_desired(failed, 8))[0] == []

    def test_a_fall_stops_what_is_surplus_then(self) -> None:
        actions, _ = run(with_desired(self.failed(), 2))
        assert actions == [StopTasks(1, TaskClass.HEALTHY, 4, Cause.DEPLOYMENT)]
        actions, _ = run(with_desired(self.failed(), 0))
        assert sum(one.count for one in actions) == 6

    def test_the_next_deployment_starts_afresh(self) -> None:
        actions, _ = run(with_primary(self.failed(), 3))
        started = {one.revision: one.count for one in actions if isinstance(one, StartTasks)}
        assert started == {3: 2}  # in the room that 6 tasks leave below the upper bound of 8


def test_a_rollback_is_not_held_up_by_unhealthy_tasks_of_the_failed_revision() -> None:
    """They can not be replaced (S5.3), so that they are surplus and leave their room."""
    failed = RevisionState(2, ClassCounts(unhealthy=1, draining=1), cap=1, is_failed=True)
    state = ServiceState(1, RevisionState(1), (failed,), 100, 200)
    assert run(state)[0] == [
        StopTasks(2, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY),
        StartTasks(1, 1, Cause.DEPLOYMENT),
    ]


@pytest.mark.parametrize(
    ("state", "is_stuck"),
    [
        (with_primary(service(4, 100, 100, healthy=4), 2), True),
        (service(4, 100, 100, healthy=3, draining=1), True),
        (service(4, 100, 100, healthy=3, warming=1), False),
        (service(4, healthy=4), False),
        (service(0), False),
    ],
)
def test_a_service_is_stuck_where_the_percents_let_nothing_happen_d30_d6(
    state: ServiceState, is_stuck: bool
) -> None:
    actions, result = run(state)
    assert (actions, result.is_stuck) == ([], is_stuck)
