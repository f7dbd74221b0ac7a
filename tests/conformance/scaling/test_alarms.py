"""The tables of alarms, played by the library and by its naive twin."""

from __future__ import annotations

from typing import Any

import naive_scaling
from placement.scaling.alarms import AlarmRule, AlarmState, Comparison, MissingData, evaluate
from placement.scaling.metrics import Samples, Statistic, period_values, sliding_periods
from placement.timestamps import MINUTE, SECOND
from scaling_tables import each

POINT = {"X": True, "0": False, "-": None}


@each("alarm")
def test_the_state_of_an_alarm_d90_d91(row: dict[str, Any]) -> None:
    """D90: two points more than N are looked at.  D91: a young X keeps the state."""
    n, m = row["n"], row["m"]
    for text in row["points"]:
        points = [POINT[one] for one in text]
        for missing in MissingData:
            for state in AlarmState:
                wanted = row[missing.value]
                wanted = state.value if wanted == "keep" else wanted
                assert evaluate(points, n, m, missing, state).state.value == wanted
                twin = naive_scaling.alarm_state(text, n, m, missing.value, state.value)
                assert twin == wanted


@each("window")
def test_a_sliding_window_takes_all_samples_of_a_period_d120(row: dict[str, Any]) -> None:
    period = row["period"] * SECOND
    rule = AlarmRule(Comparison(row["comparison"]), row["threshold"], period, row["n"], row["m"])
    moments = [minute * MINUTE for minute in range(len(row["minutes"]))]
    samples = [Samples.of(value) for value in row["minutes"]]
    state = AlarmState.INSUFFICIENT_DATA
    for minute, value, wanted in row["states"]:
        now = minute * MINUTE
        ends = sliding_periods(now, period, rule.points_needed)
        values = period_values(moments, samples, ends, Statistic(row["statistic"]))
        state = rule.evaluate(values, state).state
        assert (str(values[-1]), state.value) == (value, wanted)
