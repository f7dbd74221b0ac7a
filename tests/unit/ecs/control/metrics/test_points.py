"""Points over time are kept sparsely, and give the statistic of any period."""

from __future__ import annotations

from fractions import Fraction

import pytest

from placement.ecs.control.metrics.points import PointHistory, PutSeries
from placement.scaling.metrics import Samples, Statistic
from placement.timestamps import MINUTE


def test_a_history_has_only_changes() -> None:
    history = PointHistory(MINUTE)
    values = [1, 1, 1, 2, 2, None, None, 1]
    for place, value in enumerate(values, 1):
        history.note(place * MINUTE, value)
    assert len(history) == 4
    assert [history.at(place * MINUTE) for place in range(1, 9)] == values
    assert history.at(0) is None
    assert history.at(9 * MINUTE) is None
    for end in range(11):
        expected = [history.at((end - back) * MINUTE) for back in range(4, -1, -1)]
        assert history.newest(end * MINUTE, 5) == expected


def test_a_period_that_was_left_out_has_no_value() -> None:
    history = PointHistory(MINUTE)
    history.note(MINUTE, 5)
    history.note(4 * MINUTE, 5)
    assert [history.at(place * MINUTE) for place in range(1, 5)] == [5, None, None, 5]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Average", Fraction(2)), ("Sum", 6), ("Maximum", 3), ("SampleCount", 3)],
)
def test_longer_periods_take_all_points_that_begin_in_them(
    statistic: str, expected: Fraction
) -> None:
    history = PointHistory(MINUTE)
    for place in range(1, 7):
        history.note(place * MINUTE, place)
    bounds = [(0, 3 * MINUTE), (6 * MINUTE, 9 * MINUTE)]
    assert history.values(bounds, Statistic(statistic)) == [expected, None]


def test_a_copied_history_goes_on_alone() -> None:
    history = PointHistory(MINUTE)
    history.note(MINUTE, 1)
    twin = history.copy()
    history.note(2 * MINUTE, 2)
    assert (twin.end, twin.at(2 * MINUTE)) == (MINUTE, None)
    restored = PointHistory(MINUTE)
    restored.restore(list(history.entries()), history.end or 0)
    assert [restored.at(MINUTE), restored.at(2 * MINUTE)] == [1, 2]


def test_samples_come_in_any_order_and_of_several_units() -> None:
    series = PutSeries()
    for moment, value, unit in [(60, 3, "Percent"), (0, 1, "Percent"), (0, 2, "Count")]:
        series.put(moment, Samples.of(value), unit)
    series.put(0, Samples.of(5), "Percent")
    bounds = [(0, 60), (60, 120)]
    assert series.values(bounds, Statistic.SUM) == [8, 3]
    assert series.values(bounds, Statistic.SUM, "Percent") == [6, 3]
    assert series.values(bounds, Statistic.SUM, "Bytes") == [None, None]
    twin = series.copy()
    series.put(0, Samples.of(1), "Percent")
    assert twin.values(bounds, Statistic.SUM) == [8, 3]
