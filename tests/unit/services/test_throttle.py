"""The throttle; its numbers are a table in ``tests/conformance/services``."""

from __future__ import annotations

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


def test_the_delay_of_starts_stays_at_its_maximum_d39() -> None:
    assert throttle_delay(10**6) == 1_620 * SECOND
