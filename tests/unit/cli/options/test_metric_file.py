"""``--metric``: CSV files of a recorded metric, and what is said of others (C52)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from placement import DocumentError
from placement.cli.options.metric_file import read_metric
from placement.timestamps import MINUTE, SECOND

Write = Callable[..., str]
NINE = 1_772_442_000 * SECOND
"""2026-03-02T09:00:00Z."""


def test_values_with_counts_and_gaps(write: Write) -> None:
    text = (
        "Time, Value ,COUNT\r\n2026-03-02T09:00:00Z,60.5,4\r\n\r\n"
        "2026-03-02T10:01:30+01:00,,\r\n1772442120,0.1,5.0\r\n"
    )
    found = read_metric(write(text, "cpu.csv"))
    assert found.has_counts
    assert found.period == MINUTE
    assert [(one.at, one.value, one.count, one.line) for one in found.values] == [
        (NINE, Fraction(121, 2), 4, 2),
        (NINE + MINUTE, None, None, 4),
        (NINE + 2 * MINUTE, Fraction(1, 10), 5, 5),
    ]


def test_values_alone_and_times_without_a_zone_are_in_utc(write: Write) -> None:
    found = read_metric(write("\ufefftime,value\n2026-03-02 09:00,7\n", "cpu.csv"))
    assert not found.has_counts
    assert [(one.at, one.value) for one in found.values] == [(NINE, 7)]


HEAD = "time,value,count\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ": empty; expected CSV with the header time,value or time,value,count"),
        (" \n", ": empty; expected CSV"),
        (b"time,value\n\xff", ": no UTF-8 text (byte 11); expected CSV"),
        ("moment,value\n", ", line 1: expected CSV with the header time,value or"),
        ("2026-03-02T09:00:00Z,1\n", ", line 1: expected CSV with the header"),
        ("time;value\n", ", line 1: expected CSV with the header"),
        (HEAD, ": there is no value"),
        (f"{HEAD}2026-03-02T09:00:00Z,,4\n", ": there is no value"),
        (f"{HEAD}2026-03-02T09:00:00Z,1\n", ", line 2: expected time,value,count, 3 fields, not 2"),
        (f"{HEAD}yesterday,1,2\n", ", line 2: expected a time such as 2026-03-02T09:00:00Z"),
        (f"{HEAD}1e400,1,2\n", ", line 2: expected a time"),
        (f"{HEAD}9999-12-31T23:59:59Z,1,2\n", ", line 2: expected a time"),
        (f"{HEAD}2026-03-02T09:00:00Z,much,2\n", ", line 2: expected a number as value, not 'muc"),
        (f"{HEAD}2026-03-02T09:00:00Z,nan,2\n", ", line 2: expected a number as value"),
        (f"{HEAD}2026-03-02T09:00:00Z,1,-2\n", ", line 2: expected a number of tasks as count"),
        (f"{HEAD}2026-03-02T09:00:00Z,1,1.5\n", ", line 2: expected a number of tasks as count"),
        (f"{HEAD}2026-03-02T09:00:00Z,1,999999\n", ", line 2: expected a number of tasks"),
        (f"{HEAD}60,1,1\n60,1,1\n", ", line 3: expected times that rise from line to line"),
        (f"{HEAD}60,1,1\n0,1,1\n", ", line 3: expected times that rise from line to line"),
        (f"{HEAD}0,1,1\n59,1,1\n", ", line 3: expected one value a minute"),
        (f"{HEAD}0,1,1\n60,1,1\n99999999,1,1\n", ", line 4: expected at most 366 days"),
        (f"{HEAD}0,1,1\n7200,1,1\n", ", line 3: expected a value an hour at least"),
        (f'{HEAD}0,"1,1\n', ", line 2: no CSV: unexpected end of data; expected CSV"),
        (f"{HEAD}0,1,\0\n", ", line 2: "),
    ],
)
def test_an_error_names_file_and_line_and_what_was_expected(
    write: Write, content: str | bytes, words: str
) -> None:
    file = write(content, "cpu.csv")
    with pytest.raises(DocumentError) as caught:
        read_metric(file)
    assert caught.value.message.startswith(f"{file}{words}")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read: no such file"):
        read_metric(str(tmp_path / "gone.csv"))
