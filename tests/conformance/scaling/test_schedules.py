"""The tables of scheduled actions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import naive_scaling
from placement.errors import ScheduleError
from placement.scaling import schedules
from placement.scaling.bounds import Bounds, BoundsChange, change_bounds
from placement.timestamps import from_microseconds, microseconds
from scaling_tables import each

FIRST = "2026-03-01T00:00"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@each("runs")
def test_the_next_runs_of_a_schedule_d92_a65(row: dict[str, Any]) -> None:
    """D92: a local time that is skipped does not run, one that occurs twice runs first."""
    after, zone = utc(row.get("after", FIRST)), row.get("zone", "UTC")
    wanted = [utc(text) for text in row["next"]]
    for text in row["expressions"]:
        schedule = schedules.parse(text, zone)
        found: list[datetime] = []
        moment = microseconds(after)
        while len(found) < len(wanted):
            run = schedule.after(moment)
            assert run is not None
            moment = run.moment
            found.append(from_microseconds(moment))
        assert found == wanted
        inside = text.removeprefix("cron(").removesuffix(")")
        if text.startswith("cron"):
            fields = inside if inside.count(" ") == 5 else f"{inside} *"
            first, last = after + timedelta(minutes=1), wanted[-1]
            assert naive_scaling.cron_scan(fields, zone, first, last) == wanted


@each("refused_schedule")
def test_what_is_no_schedule_is_refused_with_the_apis_sentence(row: dict[str, Any]) -> None:
    for text in row["expressions"]:
        with pytest.raises(ScheduleError) as caught:
            schedules.parse(text)
        assert caught.value.reason.startswith(row["reason"])


@each("bounds")
def test_an_action_runs_at_the_first_full_minute_d121(row: dict[str, Any]) -> None:
    created = microseconds(utc(row["created"]))
    runs = schedules.Runs(schedules.parse(row["expression"]), created)
    run = runs.after(created)
    assert run is not None
    assert from_microseconds(run.minute) == utc(row["runs_at"])
    assert runs.after(run.minute) is None
    change = BoundsChange(row["minimum"], row["maximum"])
    effect = change_bounds(Bounds(0, 100), change, row["desired"])
    assert effect.desired == row["becomes"]
