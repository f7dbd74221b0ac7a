"""The tables of forecasts and of scaling activities, and whether every row has its place."""

from __future__ import annotations

from collections import Counter
from typing import Any

from placement.scaling import activities, target_tracking
from placement.scaling.activities import Activity, NotScaledReason
from placement.scaling.bounds import Bounds, BoundsChange, change_bounds
from placement.scaling.policies import Ask, NotScaled, ScalableTarget, combine
from placement.scaling.predictive import (
    Forecast,
    MaxCapacityBehavior,
    PredictivePolicy,
    forecast,
    raised_maximum,
)
from placement.scaling.proposals import Direction
from placement.timestamps import DAY, MINUTE, SECOND
from scaling_tables import TABLES, each

HOUR = 60 * MINUTE


def clock(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    return hour * HOUR + minute * MINUTE


@each("forecast")
def test_a_forecast_is_the_mean_of_the_same_hour_d93_d94(row: dict[str, Any]) -> None:
    days = len(row["loads"])
    history = [
        (day * DAY + hour * HOUR, row["loads"][day] if hour == row["hour"] else 0)
        for day in range(days)
        for hour in range(24)
    ]
    made = forecast(history, row["target"], days * DAY)
    [busy, _] = [hour for hour in made.hours if hour.load]
    assert (str(busy.load), busy.capacity) == (row["load"], row["capacity"])
    begin, end = (days * DAY + clock(row[name]) for name in ("from", "until"))
    assert [made.capacity_at(moment) for moment in (begin - 1, begin, end - 1, end)] == [
        *(0, row["capacity"], row["capacity"], 0)
    ]


@each("maximum")
def test_a_forecast_may_raise_the_maximum_d94(row: dict[str, Any]) -> None:
    behavior = MaxCapacityBehavior(row["behavior"])
    policy = PredictivePolicy(50, behavior=behavior, capacity_buffer=row.get("buffer"))
    assert raised_maximum(policy, row["maximum"], row["capacity"]) == row["becomes"]


@each("effect")
def test_a_forecast_only_raises_d94(row: dict[str, Any]) -> None:
    desired = row["desired"]
    asks = []
    if "reactive" in row:
        metric = 60 * row["reactive"]
        proposal = target_tracking.decide(1, 1, [metric], 60, direction=Direction.OUT)
        assert proposal.capacity == row["reactive"]
        asks = [Ask("reactive", proposal, True)]
    bounds = Bounds(0, row.get("maximum", 100))
    target = ScalableTarget(desired, bounds, forecast=row["forecast"])
    assert combine(asks, target, 0).desired == row["becomes"]


@each("little")
def test_with_less_than_a_day_of_load_there_is_no_forecast_d95(row: dict[str, Any]) -> None:
    history = [(hour * HOUR, 100) for hour in range(row["hours"])]
    made = forecast(history, 50, row["hours"] * HOUR)
    assert made == Forecast(row["hours"] * HOUR, made.reason)
    assert made.capacity_at(0) is None


@each("life")
def test_the_life_of_an_activity_d115_d122(row: dict[str, Any]) -> None:
    activity = activities.scaled(row["wanted"], "any", 0)
    assert activity.description == f"Setting desired count to {row['wanted']}."
    for check in row["checks"]:
        now = check["at"] * SECOND
        activity = activities.after(
            activity, now, desired=check["desired"], running=check["running"]
        )
        assert (activity.status.value, activity.message) == (check["status"], check.get("message"))
        assert activity.end == (None if activity.is_open else now)


@each("not_scaled")
def test_a_reason_is_recorded_once_in_a_row(row: dict[str, Any]) -> None:
    last: NotScaledReason | None = None
    found: list[Activity] = []
    for code in row["codes"]:
        activity = activities.not_scaled(
            NotScaled(code), "any", 0, desired=4, minimum=4, maximum=4, last=last
        )
        if activity is not None:
            found.append(activity)
            [last] = activity.reasons
    assert len(found) == row["records"]


@each("scheduled")
def test_a_scheduled_action_and_the_count_that_it_moves_d122(row: dict[str, Any]) -> None:
    change = BoundsChange(minimum=row["minimum"])
    effect = change_bounds(Bounds(*row["bounds"]), change, row["desired"])
    cause = activities.schedule_cause(row["name"])
    bounds = effect.bounds
    moved = activities.bounds_cause(effect.reason, bounds.minimum, bounds.maximum)
    found = [
        activities.bounds_set(change, cause, 0, effect.reason),
        activities.scaled(effect.desired, moved, 0),
    ]
    shown = [
        {
            "description": one.description,
            "cause": one.cause,
            "status": one.status.value,
            "message": one.message,
        }
        for one in found
    ]
    assert shown == [{"message": None, **wanted} for wanted in row["activities"]]


def test_the_tables_hold_every_row() -> None:
    rows = [row for table in TABLES for kind in table.values() for row in kind]
    found = Counter(row["row"] for row in rows if "row" in row)
    rows_here = {f"E{number}" for number in (84, 109, *range(143, 251))}
    assert {name for name in found if name[0] == "E"} == rows_here
