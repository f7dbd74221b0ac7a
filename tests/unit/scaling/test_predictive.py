from __future__ import annotations

from collections.abc import Sequence

import pytest

from placement.errors import PolicyError, UsageError
from placement.scaling.exact import Exact
from placement.scaling.predictive import (
    Forecast,
    ForecastHour,
    ForecastReason,
    History,
    MaxCapacityBehavior,
    PredictivePolicy,
    forecast,
)
from placement.timestamps import DAY, MINUTE, SECOND

HOUR = 60 * MINUTE


def week(days: int, weekend: int = 0) -> list[tuple[int, Exact]]:
    """Return hours of 100, those of each seventh day of ``weekend``."""
    return [(hour * HOUR, weekend if hour // 24 % 7 == 6 else 100) for hour in range(days * 24)]


def test_d93_the_same_hour_of_the_week_once_14_days_exist() -> None:
    made = forecast(week(14), 50, 14 * DAY)
    assert made.reason is ForecastReason.SAME_HOUR_OF_WEEK
    assert {hour.load for hour in made.hours} == {100}
    saturday = forecast(week(20), 50, 20 * DAY)
    assert [hour.load for hour in saturday.hours] == [0] * 24 + [100] * 24


def test_d93_the_same_hour_of_day_before() -> None:
    made = forecast(week(13), 50, 13 * DAY)
    assert made.reason is ForecastReason.SAME_HOUR_OF_DAY
    assert all(hour.load * 13 == 1200 for hour in made.hours)


def test_d93_only_the_last_14_days_count() -> None:
    old = [(hour, load * 1000) for hour, load in week(6)]
    recent = [(hour + 6 * DAY, load) for hour, load in week(14)]
    made = forecast([*old, *recent], 50, 20 * DAY)
    assert max(hour.load for hour in made.hours) == 100


def test_an_hour_counts_once_it_has_ended() -> None:
    history: History = [(hour * HOUR, 100) for hour in range(24)]
    assert not forecast(history, 50, 24 * HOUR - 1).hours
    assert len(forecast(history, 50, 24 * HOUR).hours) == 48


def test_hours_of_which_nothing_is_known_are_left_out() -> None:
    history: History = [(day * DAY + hour * HOUR, 100) for day in range(3) for hour in range(8)]
    made = forecast(history, 50, 3 * DAY)
    assert [hour.start % DAY // HOUR for hour in made.hours] == [*range(8), *range(8)]
    assert made.capacity_at(3 * DAY + 12 * HOUR) is None


def test_d93_the_callers_forecaster_is_asked() -> None:
    def double(history: History, hours: Sequence[int]) -> Sequence[Exact]:
        assert len(history) == 48
        return [200 + place for place, _ in enumerate(hours)]

    made = forecast(week(2), 100, 2 * DAY, double)
    assert made.reason is ForecastReason.FORECASTER
    assert [hour.capacity for hour in made.hours[:3]] == [2, 3, 3]


def test_a_forecaster_answers_for_each_hour() -> None:
    with pytest.raises(UsageError, match="each of 48 hours, not 1"):
        forecast(week(2), 100, 2 * DAY, lambda _history, _hours: [1])


def test_d94_the_next_hours_tasks_come_before_it_begins() -> None:
    hours = (ForecastHour(0, 100, 2), ForecastHour(HOUR, 300, 6))
    made = Forecast(0, ForecastReason.SAME_HOUR_OF_DAY, hours)
    ahead = 10 * MINUTE
    found = [made.capacity_at(moment, ahead) for moment in (0, 50 * MINUTE - 1, 50 * MINUTE)]
    assert found == [2, 2, 6]
    assert [made.changes(moment, ahead) for moment in (0, 50 * MINUTE, HOUR, 2 * HOUR)] == [
        *(50 * MINUTE, HOUR, 2 * HOUR, None)
    ]
    assert made.renewed_at == 6 * HOUR


@pytest.mark.parametrize(
    ("behavior", "buffer", "reason"),
    [
        (
            MaxCapacityBehavior.INCREASE,
            None,
            "You must specify MaxCapacityBuffer when using IncreaseMaxCapacity.",
        ),
        (
            MaxCapacityBehavior.HONOR,
            0,
            "You cannot specify MaxCapacityBuffer when using HonorMaxCapacity.",
        ),
    ],
)
def test_settings_that_contradict_one_another_are_refused(
    behavior: MaxCapacityBehavior, buffer: int | None, reason: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        PredictivePolicy(50, behavior=behavior, capacity_buffer=buffer)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("target", "buffer", "capacity_buffer"),
    [(0, 0, 0), (1, 3_601 * SECOND, 0), (1, -1, 0), (1, 0, 101), (1, 0, -1)],
)
def test_values_out_of_their_bounds_are_refused(
    target: int, buffer: int, capacity_buffer: int
) -> None:
    with pytest.raises(UsageError, match="a predictive policy has"):
        PredictivePolicy(
            target,
            buffer=buffer,
            behavior=MaxCapacityBehavior.INCREASE,
            capacity_buffer=capacity_buffer,
        )
