"""``RecordedMetric``: periods, gaps and what no recording is (C52)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from placement.ecs.outlooks.recorded import RecordedMetric, RecordedValue, number_of
from placement.errors import DocumentError
from placement.timestamps import DAY, MINUTE, SECOND

START = 1_000_000 * MINUTE


def recording(*moments: int, value: int | None = 1) -> RecordedMetric:
    values = [RecordedValue(START + moment, value) for moment in moments]
    return RecordedMetric.of(values, has_counts=False)


def test_the_shortest_step_is_the_period_and_the_rest_are_gaps() -> None:
    found = recording(0, 10 * MINUTE, 15 * MINUTE, 40 * MINUTE)
    assert found.period == 5 * MINUTE
    assert (found.start, found.end) == (START, START + 45 * MINUTE)
    assert found.minutes == 45


def test_moments_are_cut_to_the_minute_and_one_value_holds_for_a_minute() -> None:
    found = recording(27 * SECOND)
    assert (found.start, found.period, found.minutes) == (START, MINUTE, 1)


def test_a_load_needs_both_value_and_count() -> None:
    assert RecordedValue(START, Fraction(1, 3), 6).load == 2
    assert RecordedValue(START, None, 6).load is None
    assert RecordedValue(START, 1).load is None


@pytest.mark.parametrize(
    ("moments", "words", "path"),
    [
        ((0, 0), "rise from line to line", "[1]"),
        ((0, 5 * MINUTE, 4 * MINUTE), "rise from line to line", "[2]"),
        ((0, 30 * SECOND), "one value a minute", "[1]"),
        ((0, 61 * MINUTE), "a value an hour at least", "[1]"),
        ((0, MINUTE, 367 * DAY), "at most 366 days", "[2]"),
    ],
)
def test_what_is_no_recording_is_refused(moments: tuple[int, ...], words: str, path: str) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        recording(*moments)
    assert caught.value.path == path


def test_a_recording_has_a_value() -> None:
    with pytest.raises(DocumentError, match="there is no value"):
        recording()
    with pytest.raises(DocumentError, match="there is no value"):
        recording(0, MINUTE, value=None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", Fraction(1, 10)),
        ("60", 60),
        ("-3.5", Fraction(-7, 2)),
        ("1e3", 1000),
        ("nan", None),
        ("inf", None),
        ("1e9999", None),
        ("1e109", None),
        ("-1e109", None),
        ("60 %", None),
        ("", None),
        ("1" * 41, None),
    ],
)
def test_numbers_are_exact_and_of_reasonable_length(
    text: str, number: int | Fraction | None
) -> None:
    assert number_of(text) == number
