"""Placement retries; their moments are a table in ``tests/conformance/services``."""

from __future__ import annotations

from placement.services.retries import PlacementRetries, retry_delay
from placement.timestamps import SECOND


def test_attempts_because_something_changed_leave_the_timer_alone_d103() -> None:
    first = PlacementRetries().after_failure(0)
    assert first == PlacementRetries(1, 60 * SECOND)
    assert first.after_failure(30 * SECOND) == first
    assert not first.may_try(30 * SECOND, could_help=False)
    assert first.may_try(30 * SECOND, could_help=True)
    assert first.may_try(60 * SECOND, could_help=False)
    assert first.after_failure(60 * SECOND) == PlacementRetries(2, 180 * SECOND)
    assert first.after_success() == PlacementRetries()


def test_the_delay_of_attempts_stays_at_its_maximum_d41() -> None:
    assert retry_delay(10**6) == 300 * SECOND
