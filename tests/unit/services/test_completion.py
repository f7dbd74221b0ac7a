"""When a deployment is COMPLETED, and what it waits for until then."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.services.actions import Cause, StopTasks
from placement.services.completion import (
    FORCED_CLEANUP,
    Completion,
    CompletionTimes,
    EarlySuccess,
    EndRules,
    Progress,
    WaitsFor,
    bake_length,
    check_completion,
    forced_cleanup,
)
from placement.services.model import ClassCounts, RevisionState, TaskClass
from placement.timestamps import DAY, SECOND

NO_TIMES = CompletionTimes()
BAKE = EndRules(bake=60)


def waits_for(progress: Progress, rules: EndRules, now: int = 0) -> WaitsFor | None:
    return check_completion(progress, rules, NO_TIMES, now).waits_for


@pytest.mark.parametrize(
    ("progress", "waits"),
    [
        (Progress(4, 3), WaitsFor.HEALTHY_TASKS),
        (Progress(4, 4, source_active=1), WaitsFor.ACTIVE_SOURCES),
        (Progress(4, 4, source_stopping=1), WaitsFor.STOPPING_SOURCES),
        (Progress(4, 4, has_failed=True), WaitsFor.NEW_DEPLOYMENT),
        (Progress(4, 4), None),
        (Progress(4, 5), None),
    ],
)
def test_all_tasks_are_healthy_and_all_older_ones_stopped_d31(
    progress: Progress, waits: WaitsFor | None
) -> None:
    assert waits_for(progress, EndRules()) == waits


def test_a_desired_count_of_0_is_completed_at_once_without_a_bake() -> None:
    assert waits_for(Progress(0, 0), BAKE) is None
    assert check_completion(Progress(0, 0), BAKE, CompletionTimes(0), 1).waits_for is None
    assert waits_for(Progress(0, 0), EndRules(EarlySuccess(100))) is None


def test_tasks_left_over_delay_a_desired_count_of_0_d104() -> None:
    assert waits_for(Progress(0, 0, source_active=1), BAKE) == WaitsFor.ACTIVE_SOURCES
    assert waits_for(Progress(0, 0, source_stopping=1), BAKE) == WaitsFor.STOPPING_SOURCES


def test_the_bake_begins_when_no_older_task_is_active_d104() -> None:
    """It does not wait for them to be STOPPED, and does not begin a second time."""
    first = check_completion(Progress(4, 4, source_active=1), BAKE, NO_TIMES, 10)
    assert first == Completion(WaitsFor.ACTIVE_SOURCES, None, NO_TIMES)
    second = check_completion(Progress(4, 4, source_stopping=1), BAKE, first.times, 20)
    assert second == Completion(WaitsFor.BAKE, 80, CompletionTimes(20))
    third = check_completion(Progress(4, 3), BAKE, second.times, 70)
    assert third == Completion(WaitsFor.HEALTHY_TASKS, None, CompletionTimes(20))
    assert check_completion(Progress(4, 4), BAKE, third.times, 79).until == 80
    assert check_completion(Progress(4, 4), BAKE, third.times, 80).waits_for is None
    late = check_completion(Progress(4, 4, source_stopping=1), BAKE, third.times, 80)
    assert late.waits_for == WaitsFor.STOPPING_SOURCES


def test_the_time_to_settle_begins_again_where_something_changes_d31() -> None:
    rules = EndRules(settle=15)
    first = check_completion(Progress(1, 1), rules, NO_TIMES, 5)
    assert first == Completion(WaitsFor.SETTLING, 20, CompletionTimes(5, 5))
    broken = check_completion(Progress(1, 0), rules, first.times, 10)
    assert broken == Completion(WaitsFor.HEALTHY_TASKS, None, CompletionTimes(5))
    again = check_completion(Progress(1, 1), rules, broken.times, 12)
    assert (again.waits_for, again.until) == (WaitsFor.SETTLING, 27)
    assert check_completion(Progress(1, 1), rules, again.times, 27).waits_for is None


class TestEarlySuccess:
    """S4.6: fewer healthy tasks suffice, and older ones may still be there."""

    blocking = EndRules(EarlySuccess(50), bake=60)
    deferred = EndRules(EarlySuccess(50, is_deferred=True), bake=60)

    def test_both_wait_for_the_healthy_tasks_and_bake_then(self) -> None:
        for rules in (self.blocking, self.deferred):
            assert waits_for(Progress(4, 1, 3), rules) == WaitsFor.HEALTHY_TASKS
            answer = check_completion(Progress(4, 2, 2), rules, NO_TIMES, 7)
            assert answer == Completion(WaitsFor.BAKE, 67, CompletionTimes(7))

    def test_blocking_waits_until_older_tasks_are_stopped(self) -> None:
        baked = CompletionTimes(0)
        for progress, waits in (
            (Progress(4, 2, source_active=1), WaitsFor.ACTIVE_SOURCES),
            (Progress(4, 2, source_stopping=1), WaitsFor.STOPPING_SOURCES),
            (Progress(4, 2), None),
        ):
            assert check_completion(progress, self.blocking, baked, 60).waits_for == waits

    def test_deferred_does_not(self) -> None:
        answer = check_completion(Progress(4, 2, 2, 1), self.deferred, CompletionTimes(0), 60)
        assert answer.waits_for is None

    def test_a_percentage_has_bounds(self) -> None:
        for percent in (-1, 101):
            with pytest.raises(UsageError, match="from 0 to 100"):
                EarlySuccess(percent)


def test_what_a_deferred_cleanup_leaves_is_stopped_after_two_weeks_d33() -> None:
    assert FORCED_CLEANUP == 14 * DAY
    held = ClassCounts(healthy=2)
    sources = [RevisionState(2, held, held), RevisionState(1, ClassCounts(pending=1, healthy=1))]
    assert list(forced_cleanup(sources)) == [
        StopTasks(1, TaskClass.PENDING, 1, Cause.DEPLOYMENT, even_protected=True),
        StopTasks(1, TaskClass.HEALTHY, 1, Cause.DEPLOYMENT, even_protected=True),
        StopTasks(2, TaskClass.HEALTHY, 2, Cause.DEPLOYMENT, even_protected=True),
    ]


@pytest.mark.parametrize(
    ("minutes", "windows", "seconds"),
    [
        (5, [], 300),
        (1, [900 * SECOND], 60),
        (0, [], 0),
        (0, [120 * SECOND, 180 * SECOND], 180),
        (0, [600 * SECOND], 300),
        (0, [None], 60),
        (0, [None, 30 * SECOND], 60),
    ],
)
def test_the_bake_time_follows_from_the_alarms_d32(
    minutes: int, windows: list[int | None], seconds: int
) -> None:
    assert bake_length(minutes, windows) == seconds * SECOND
