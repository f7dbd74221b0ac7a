from __future__ import annotations

import pytest

from placement.errors import ScheduleError
from placement.scaling.schedules import RunReason, Runs, parse
from placement.timestamps import DAY, MINUTE

HOUR = 60 * MINUTE


def moments(runs: Runs, after: int, count: int = 3) -> list[int]:
    """Return the next runs."""
    found = []
    for _ in range(count):
        run = runs.after(after)
        if run is None:
            break
        after = run.moment
        found.append(after)
    return found


def test_d114_a_rate_runs_first_a_period_after_creation() -> None:
    runs = Runs(parse("rate(5 minutes)"), created=MINUTE)
    assert moments(runs, 0) == [6 * MINUTE, 11 * MINUTE, 16 * MINUTE]


def test_with_start_time_it_runs_then_too_and_counts_from_there() -> None:
    runs = Runs(parse("rate(5 minutes)"), 0, start=7 * MINUTE)
    assert moments(runs, 0) == [7 * MINUTE, 12 * MINUTE, 17 * MINUTE]
    first = runs.after(0)
    assert first is not None
    assert first.reason is RunReason.START_TIME


def test_a_cron_runs_at_start_time_too() -> None:
    runs = Runs(parse("cron(0 9 * * ? *)"), 0, start=7 * HOUR)
    assert moments(runs, 0) == [7 * HOUR, 9 * HOUR, DAY + 9 * HOUR]


def test_a_start_time_before_creation_is_no_run() -> None:
    runs = Runs(parse("rate(2 minutes)"), created=10 * MINUTE, start=5 * MINUTE)
    assert moments(runs, 0, 2) == [11 * MINUTE, 13 * MINUTE]


def test_d114_a_run_at_end_time_takes_place() -> None:
    schedule = parse("rate(5 minutes)")
    assert moments(Runs(schedule, 0, end=10 * MINUTE), 0) == [5 * MINUTE, 10 * MINUTE]
    assert moments(Runs(schedule, 0, end=10 * MINUTE - 1), 0) == [5 * MINUTE]


def test_times_bound_recurring_actions_only() -> None:
    runs = Runs(parse("at(1970-01-01T01:00:00)"), 0, start=2 * HOUR, end=3 * HOUR)
    assert moments(runs, 0) == [HOUR]


def test_d114_at_in_the_past_never_runs() -> None:
    """The client refuses it."""
    assert Runs(parse("at(1970-01-01T01:00:00)"), created=HOUR).after(0) is None


def test_start_time_is_before_end_time() -> None:
    with pytest.raises(ScheduleError) as caught:
        Runs(parse("rate(1 day)"), 0, start=5, end=5)
    assert caught.value.reason == "StartTime must be before EndTime"
