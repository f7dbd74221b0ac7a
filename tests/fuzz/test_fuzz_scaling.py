"""Junk as schedules, time zones, expressions and numbers: answers or errors of ours, and no others.

Reasons of schedules begin with the API's sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from junk import JUNK
from placement.errors import MetricMathError, ScheduleError, UsageError
from placement.scaling import metric_math, schedules
from placement.scaling.exact import exact
from placement.timestamps import MINUTE

REASONS = (
    "Invalid schedule expression. Details: Invalid CRON expression: ",
    "Invalid schedule expression. Details: Invalid schedule at DateTime expression: ",
    "Invalid schedule expression. Details: Schedule expressions must have the following syntax: ",
    "Invalid schedule frequency. ",
)
FIELD = st.text("0123456789*?/-,LW#MONTUEJAN", max_size=8) | st.sampled_from(
    ["*", "?", "0", "5", "L", "LW", "15W", "3#2", "6L", "MON-FRI", "20-2", "0/15", "2199"]
)
EXPRESSIONS = st.one_of(
    st.text(max_size=40),
    st.lists(FIELD, min_size=4, max_size=8).map(lambda fields: f"cron({' '.join(fields)})"),
    st.text("at()0123456789-T: Z", max_size=30).map(lambda text: f"at({text})"),
    st.tuples(st.integers(-5, 10**12), st.text("minuteshoursdays ", max_size=9)).map(
        lambda pair: f"rate({pair[0]} {pair[1]})"
    ),
    st.sampled_from(["cron", "at", "rate"]).flatmap(
        lambda name: st.text(max_size=20).map(lambda text: f"{name}({text})")
    ),
)
ZONES = st.text(max_size=20) | st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America", "../etc/passwd", "+05:30", "UTC-14:00", "+05:31"),
        *("Australia/Lord_Howe", "posixrules", "\0", "Europe/Berlin/", "a" * 5000),
    ]
)
ANYTHING = st.sampled_from(list(JUNK))
MOMENTS = st.integers(-(10**20), 10**20)


def attempt(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Return what a call gives, or the error of ours that it ends with."""
    try:
        return call(*args, **options)
    except (ScheduleError, UsageError, MetricMathError) as error:
        return error


@given(EXPRESSIONS, ZONES, st.booleans(), MOMENTS)
def test_any_text_is_a_schedule_or_refused(
    text: str, zone: str, lenient: bool, moment: int
) -> None:
    found = attempt(schedules.parse, text, zone, lenient=lenient)
    if isinstance(found, ScheduleError):
        assert found.reason.startswith(REASONS)
        assert str(found)
    elif isinstance(found, UsageError):
        assert "time zone" in str(found)
    else:
        run = found.after(moment)
        assert run is None or run.moment > moment
        assert run is None or 0 <= run.minute - run.moment < MINUTE


@given(ANYTHING, ANYTHING)
def test_what_is_no_text_is_no_schedule(first: str, second: str) -> None:
    found = attempt(schedules.parse, JUNK[first], JUNK[second])
    assert isinstance(found, ScheduleError | UsageError)
    assert str(found)


@pytest.mark.parametrize("name", JUNK)
def test_any_value_is_a_number_or_refused(name: str) -> None:
    found = attempt(exact, JUNK[name])
    assert isinstance(found, int | Fraction | UsageError)
    assert isinstance(found, int | Fraction) or len(str(found)) < 200


PIECES = st.sampled_from(
    [
        *("m1", "m2", "1", "2.5", ".5", "1e3", "MIN", "MAX", "SUM", "AVG", "IF", "FILL", "AND"),
        *("(", ")", "[", "]", ",", "+", "-", "*", "/", "<", "==", " ", "x", "M", "&&", "=", "1e9"),
    ]
)


@given(st.text(max_size=40) | st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    found = attempt(metric_math.parse, text)
    if isinstance(found, MetricMathError):
        assert str(found)
        assert 0 <= found.problem.span.start <= found.problem.span.end <= len(text)
        return
    for points in (dict.fromkeys(found.names, 3), dict.fromkeys(found.names)):
        assert isinstance(found.evaluate(points), int | Fraction | None)


@given(st.sampled_from(["(", "-", "MAX(", "1+(", "IF(1,", "SUM(["]), st.integers(1, 2000))
def test_no_depth_ends_the_process(piece: str, depth: int) -> None:
    for text in (piece * depth, piece * depth + "1" + ")" * depth):
        found = attempt(metric_math.parse, text)
        if isinstance(found, MetricMathError):
            assert str(found)
        else:
            assert abs(found.evaluate({})) <= depth + 1
