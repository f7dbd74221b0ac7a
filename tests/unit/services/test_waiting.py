"""The throttle, placement retries, failed starts, protection; their numbers are tables."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.services.failed_starts import FailedTasks, is_failed_start
from placement.services.protection import protected_until
from placement.services.retries import PlacementRetries, retry_delay
from placement.services.throttle import Throttle, throttle_delay
from placement.timestamps import SECOND


def test_a_task_that_runs_ends_the_throttle() -> None:
    throttle = Throttle()
    for _ in range(3):
        assert throttle.may_start(0)
        assert not throttle.begins
        throttle = throttle.after_failed_start(0)
    assert throttle.begins
    assert throttle.next_start == 10 * SECOND
    assert not throttle.may_start(0)
    assert throttle.after_running() == Throttle()
    assert not throttle.after_failed_start(0).begins


def test_delays_stay_at_their_maximum_d39_d41() -> None:
    assert throttle_delay(10**6) == 1_620 * SECOND
    assert retry_delay(10**6) == 300 * SECOND


def test_attempts_because_something_changed_leave_the_timer_alone_d103() -> None:
    first = PlacementRetries().after_failure(0)
    assert first == PlacementRetries(1, 60 * SECOND)
    assert first.after_failure(30 * SECOND) == first
    assert not first.may_try(30 * SECOND, could_help=False)
    assert first.may_try(30 * SECOND, could_help=True)
    assert first.may_try(60 * SECOND, could_help=False)
    assert first.after_failure(60 * SECOND) == PlacementRetries(2, 180 * SECOND)
    assert first.after_success() == PlacementRetries()


@pytest.mark.parametrize(
    ("stop_code", "was_running", "counts"),
    [
        ("TaskFailedToStart", False, True),
        ("EssentialContainerExited", False, True),
        ("EssentialContainerExited", True, False),
        ("ServiceSchedulerInitiated", False, False),
        ("UserInitiated", False, False),
    ],
)
def test_stops_on_purpose_count_nowhere_d103(
    stop_code: str, was_running: bool, counts: bool
) -> None:
    assert is_failed_start(stop_code, was_running=was_running) == counts


def test_failed_tasks_are_0_once_a_task_has_run() -> None:
    """S3.1.4."""
    failed = FailedTasks().after_failed_start().after_failed_start()
    assert failed.count == 2
    assert failed.after_running().after_failed_start().count == 0


def test_protection_lasts_two_hours_by_default() -> None:
    assert protected_until(5) == 5 + 7_200 * SECOND
    for minutes in (0, 2_881):
        with pytest.raises(UsageError, match=r"from 1 to 2880"):
            protected_until(0, minutes)
