from __future__ import annotations

from datetime import datetime

import pytest

from placement.errors import ScheduleError, UsageError
from placement.scaling.schedules import At, Rate, Run, RunReason, parse
from placement.timestamps import DAY, MINUTE, SECOND, microseconds

HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("rate(1 minute)", MINUTE),
        ("rate(2 hour)", 2 * HOUR),
        ("rate(3 days)", 3 * DAY),
        ("rate(5minutes)", 5 * MINUTE),
        ("rate(007 minutes)", 7 * MINUTE),
    ],
)
def test_rates(text: str, period: int) -> None:
    assert parse(text) == Rate(period)


def test_a_rate_counts_from_its_origin() -> None:
    rate = Rate(10, origin=3)
    runs = [rate.after(moment) for moment in (-50, 3, 12, 13)]
    assert [run.moment for run in runs if run] == [13, 13, 13, 23]


def test_at_is_a_local_time() -> None:
    schedule = parse("at(2026-07-01T12:00:00)", "Europe/Berlin")
    moment = microseconds(datetime(2026, 7, 1, 10))
    assert schedule.after(moment - 1) == Run(moment, RunReason.AT)
    assert schedule.after(moment) is None


def test_d92_at_a_time_that_does_not_exist_never_runs() -> None:
    assert parse("at(2026-03-29T02:30:00)", "Europe/Berlin") == At(None)
    assert At(None).after(0) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cron",
        "0 9 * * ? *",
        "Cron(0 9 * * ? *)",
        "cron(0 9 * * ? *) ",
        "rate(-1 minutes)",
        "rate(1.5 hours)",
        "rate(5  minutes)",
        "rate(minutes)",
        "at",
        "cron(" + "0" * 1600 + ")",
    ],
)
def test_other_texts_are_refused_with_the_syntax(text: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse(text)
    assert "Details: Schedule expressions must have the following syntax: " in caught.value.reason


@pytest.mark.parametrize(
    "inside",
    [
        "2026-03-01",
        "2026-03-01T00:00",
        "2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00+01:00",
        "2026-02-30T00:00:00",
        "2026-03-01T24:00:00",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59",
        "",
        "2026-03-01 00:00:00",
        "\N{FULLWIDTH DIGIT TWO}026-03-01T00:00:00",
    ],
)
def test_what_is_no_local_time_is_refused(inside: str) -> None:
    with pytest.raises(ScheduleError, match="Invalid schedule at DateTime expression"):
        parse(f"at({inside})")


@pytest.mark.parametrize("number", ["0", "000", "1234567890"])
def test_a_rate_of_nothing_or_of_ages_is_refused(number: str) -> None:
    with pytest.raises(ScheduleError, match="Invalid schedule frequency"):
        parse(f"rate({number} days)")


def test_a_time_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="time zone"):
        parse("rate(1 day)", "Europe/Atlantis")


@pytest.mark.parametrize("moment", [-(10**30), -(10**16), 10**30])
def test_moments_far_away_have_an_answer(moment: int) -> None:
    run = parse("cron(0 0 1 1 ? 1970,2199)").after(moment)
    assert (run.moment if run else None) == (0 if moment < 0 else None)


def test_the_last_run_and_none_after_it() -> None:
    last = microseconds(datetime(2199, 12, 31, 23, 59))
    schedule = parse("cron(59 23 31 12 ? 2199)")
    assert schedule.after(0) == Run(last, RunReason.CRON)
    assert schedule.after(last) is None
    assert parse("cron(0 0 30 2 ? *)").after(0) is None


def test_d121_a_run_takes_place_at_a_full_minute() -> None:
    assert [Run(moment, RunReason.RATE).minute for moment in (0, 1, MINUTE)] == [0, MINUTE, MINUTE]
    assert Run(90 * SECOND, RunReason.AT).minute == 2 * MINUTE
