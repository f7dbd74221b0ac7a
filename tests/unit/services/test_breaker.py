"""What the circuit breaker counts; its thresholds are tables in ``tests/conformance/services``."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.services.breaker import Breaker, BreakerCount, Outcome, ThresholdType


def count_of(breaker: Breaker, *outcomes: Outcome) -> int:
    count = BreakerCount()
    for outcome in outcomes:
        count = breaker.after(count, outcome)
    return count.failures


def test_every_kind_of_failure_has_one_count_d35() -> None:
    failures = (Outcome.FAILED_START, Outcome.UNHEALTHY, Outcome.NOT_PLACED)
    assert count_of(Breaker(), Outcome.RUNNING, *failures) == 3


def test_only_a_healthy_task_resets_the_count_d103() -> None:
    assert count_of(Breaker(), Outcome.FAILED_START, Outcome.RUNNING) == 1
    assert count_of(Breaker(), Outcome.FAILED_START, Outcome.HEALTHY) == 0
    assert count_of(Breaker(reset_on_healthy=False), Outcome.FAILED_START, Outcome.HEALTHY) == 1


def test_an_exit_after_running_counts_only_by_option() -> None:
    assert count_of(Breaker(), Outcome.EARLY_EXIT) == 0
    assert count_of(Breaker(count_early_exits=True), Outcome.EARLY_EXIT) == 1
    assert count_of(Breaker(strict_stages=True), Outcome.RUNNING, Outcome.EARLY_EXIT) == 0
    both = Breaker(strict_stages=True, count_early_exits=True)
    assert count_of(both, Outcome.RUNNING, Outcome.EARLY_EXIT) == 1


def test_two_stages_by_option_a49() -> None:
    """Starts count until a task runs; then the count begins again, with health alone."""
    breaker = Breaker(strict_stages=True)
    before = (Outcome.FAILED_START, Outcome.UNHEALTHY, Outcome.NOT_PLACED)
    assert count_of(breaker, *before) == 2
    assert count_of(breaker, *before, Outcome.RUNNING) == 0
    after = (Outcome.UNHEALTHY, Outcome.FAILED_START, Outcome.NOT_PLACED, Outcome.HEALTHY)
    assert count_of(breaker, Outcome.RUNNING, *after, Outcome.UNHEALTHY) == 2


def test_it_never_fires_where_it_is_off_or_nothing_is_desired() -> None:
    full = BreakerCount(1_000)
    assert Breaker().has_fired(full, 1)
    assert not Breaker().has_fired(full, 0)
    assert not Breaker(enabled=False).has_fired(full, 1)


@pytest.mark.parametrize(
    ("threshold_type", "value", "words"),
    [
        (ThresholdType.COUNT, 0, "COUNT threshold is at least 1"),
        (ThresholdType.BOUNDED_PERCENT, 101, "from 1 to 100"),
        (ThresholdType.UNBOUNDED_PERCENT, 0, "from 1 to 100"),
    ],
)
def test_a_value_has_bounds(threshold_type: ThresholdType, value: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Breaker(threshold_type=threshold_type, value=value)
