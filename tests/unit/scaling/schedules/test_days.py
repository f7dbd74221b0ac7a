from __future__ import annotations

import pytest

from placement.scaling.schedules.days import (
    DayRule,
    DaysOfMonth,
    LastDay,
    LastWeekday,
    NearestWeekday,
    NthWeekday,
    Weekdays,
)


@pytest.mark.parametrize(
    ("rule", "year", "month", "days"),
    [
        (DaysOfMonth((1, 29, 31)), 2026, 2, (1,)),
        (DaysOfMonth((29,)), 2028, 2, (29,)),
        (LastDay(), 2028, 2, (29,)),
        (LastDay(is_working_day=True), 2026, 5, (29,)),
        (NearestWeekday(1), 2026, 8, (3,)),
        (NearestWeekday(1), 2026, 3, (2,)),
        (NearestWeekday(31), 2026, 1, (30,)),
        (NearestWeekday(31), 2026, 5, (29,)),
        (NearestWeekday(15), 2026, 3, (16,)),
        (NearestWeekday(14), 2026, 3, (13,)),
        (Weekdays((1, 7)), 2026, 2, (1, 7, 8, 14, 15, 21, 22, 28)),
        (LastWeekday(6), 2026, 3, (27,)),
        (NthWeekday(3, 2), 2026, 3, (10,)),
        (NthWeekday(1, 5), 2026, 3, (29,)),
        (NthWeekday(2, 5), 2026, 2, ()),
    ],
)
def test_the_days_of_a_month(rule: DayRule, year: int, month: int, days: tuple[int, ...]) -> None:
    assert rule.of(year, month) == days


def test_d114_31w_has_no_day_in_a_shorter_month() -> None:
    assert NearestWeekday(31).of(2026, 4) == ()
