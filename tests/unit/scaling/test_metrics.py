from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

import pytest

from placement.errors import UsageError
from placement.scaling.metrics import (
    Samples,
    Statistic,
    allows_high_resolution,
    mean,
    period_values,
    requests_per_target,
    sliding_periods,
    utilization,
    wall_clock_periods,
)
from placement.scaling.time_zones import time_zone
from placement.timestamps import DAY, MINUTE, SECOND, from_microseconds, microseconds

HOUR = 60 * MINUTE


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return microseconds(datetime(year, month, day, hour, minute, tzinfo=UTC))


def test_d100_load_is_shared_by_the_running_tasks() -> None:
    assert utilization(480, 7) == Fraction(480, 7)
    assert utilization(480, 0) is None
    assert mean([60, None, 30]) == 45
    assert mean([None, None]) is None


def test_requests_have_real_zeros() -> None:
    assert [requests_per_target(0, running) for running in (0, 3)] == [0, 0]
    assert requests_per_target(10, 4) == Fraction(5, 2)
    assert requests_per_target(10, 0) == 10


def test_d88_high_resolution_needs_the_services_monitoring() -> None:
    assert allows_high_resolution([60 * SECOND, 20 * SECOND])
    assert not allows_high_resolution([60 * SECOND])


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        (Statistic.AVERAGE, Fraction(5, 2)),
        (Statistic.SUM, 10),
        (Statistic.MINIMUM, 1),
        (Statistic.MAXIMUM, 5),
        (Statistic.SAMPLE_COUNT, 4),
    ],
)
def test_statistics_of_samples_that_were_put_together(
    statistic: Statistic, value: Fraction
) -> None:
    samples = Samples.of(1) + Samples.of(2, 2) + Samples.of(5)
    assert samples.value(statistic) == value


def test_no_samples_have_no_average() -> None:
    assert Samples(0, 0, 0, 0).value(Statistic.AVERAGE) is None


def test_a_sample_at_the_end_of_a_period_belongs_to_the_next() -> None:
    values = [Samples.of(number) for number in (1, 2, 4)]
    found = period_values([0, 9, 10], values, [(0, 10), (10, 20), (20, 30)], Statistic.SUM)
    assert found == [3, 4, None]


def test_d120_a_sliding_window_ends_at_the_evaluation() -> None:
    assert sliding_periods(7 * MINUTE, 5 * MINUTE, 2) == [
        (-3 * MINUTE, 2 * MINUTE),
        (2 * MINUTE, 7 * MINUTE),
    ]


@pytest.mark.parametrize(
    ("period", "zone", "newest"),
    [
        (MINUTE, "UTC", ("2026-03-31 10:06", "2026-03-31 10:07")),
        (5 * MINUTE, "UTC", ("2026-03-31 10:00", "2026-03-31 10:05")),
        (HOUR, "UTC", ("2026-03-31 09:00", "2026-03-31 10:00")),
        (HOUR, "Asia/Kathmandu", ("2026-03-31 08:15", "2026-03-31 09:15")),
        (HOUR, "+05:30", ("2026-03-31 08:30", "2026-03-31 09:30")),
        (DAY, "Europe/Berlin", ("2026-03-29 22:00", "2026-03-30 22:00")),
        (7 * DAY, "Europe/Berlin", ("2026-03-22 23:00", "2026-03-29 22:00")),
    ],
)
def test_d120_a_wall_clock_window_has_complete_periods_of_the_clock(
    period: int, zone: str, newest: tuple[str, str]
) -> None:
    now = utc(2026, 3, 31, 10, 7) + 30 * SECOND
    ends = wall_clock_periods(now, period, 3, time_zone(zone))
    shown = [f"{from_microseconds(edge):%Y-%m-%d %H:%M}" for edge in ends[-1]]
    assert tuple(shown) == newest
    assert len(ends) == 3
    assert all(before[1] == after[0] for before, after in pairwise(ends))


def test_d120_a_day_is_as_long_as_the_clock_makes_it() -> None:
    now = utc(2026, 3, 30, 12, 0)
    [day] = wall_clock_periods(now, DAY, 1, time_zone("Europe/Berlin"))
    assert day[1] - day[0] == 23 * HOUR


def test_d120_a_day_begins_later_where_the_clock_skips_midnight() -> None:
    """In Beirut the clock goes from 0:00 to 1:00 at the beginning of 29 March 2026."""
    now = utc(2026, 3, 29, 12, 0)
    [day] = wall_clock_periods(now, DAY, 1, time_zone("Asia/Beirut"))
    assert day == (utc(2026, 3, 27, 22, 0), utc(2026, 3, 28, 22, 0))


def test_other_periods_have_no_wall_clock() -> None:
    with pytest.raises(UsageError, match="wall clock"):
        wall_clock_periods(0, 10 * MINUTE, 1, UTC)
