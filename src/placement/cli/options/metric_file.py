"""``--metric``: a metric of a service as it was recorded, as CSV (C52).

In: the name of a CSV file with the columns time, value and perhaps count.  Out: ``RecordedMetric``,
or an error that names the file and the line.  What a recording may be, ``placement.ecs`` knows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from placement import DocumentError
from placement.cli.options.reading import read_bytes, shown_name
from placement.errors import describe_value
from placement.timestamps import SECOND, microseconds

if TYPE_CHECKING:
    from placement.ecs.outlooks.recorded import RecordedMetric, RecordedValue

__all__ = ["read_metric"]

EXPECTED = "CSV with the header time,value or time,value,count"
HEADERS = (["time", "value"], ["time", "value", "count"])
TIME = "a time such as 2026-03-02T09:00:00Z, or seconds since 1970"

MOST_LINES = 600_000
"""Lines of a file: a year of minutes has 527,040."""

MOST_TASKS = 100_000
"""Tasks of a service that a recording may tell; the quota is far below."""

_SECONDS = re.compile(r"\d{1,11}")


def read_metric(file: str) -> RecordedMetric:
    """Return the recording in a CSV file.

    Raises:
        DocumentError: it cannot be read or is no such file; the message names file and line.
    """
    from placement.ecs.outlooks.recorded import RecordedMetric

    name = shown_name(file)
    data = read_bytes(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"no UTF-8 text (byte {error.start}); expected {EXPECTED}"
        raise _refused(name, None, message) from None
    if not text.strip():
        raise _refused(name, None, f"empty; expected {EXPECTED}")
    values = list(_rows(name, text))
    has_counts = any(one.count is not None for one in values)
    try:
        return RecordedMetric.of(values, has_counts=has_counts)
    except DocumentError as error:
        place = error.path.strip("[]")
        line = values[int(place)].line if place else None
        raise _refused(name, line, error.message) from None


def _rows(name: str, text: str) -> Iterator[RecordedValue]:
    """Yield the values of the lines; empty lines are passed over."""
    reader = csv.reader(text.splitlines(), strict=True)
    columns: list[str] = []
    try:
        for row in reader:
            line = reader.line_num
            if line > MOST_LINES:
                raise _refused(name, line, f"expected at most {MOST_LINES} lines")
            fields = [field.strip() for field in row]
            if not any(fields):
                continue
            if not columns:
                columns = [field.lower() for field in fields]
                if columns not in HEADERS:
                    found = describe_value(",".join(fields))
                    raise _refused(name, line, f"expected {EXPECTED}, not {found}")
                continue
            if len(fields) != len(columns):
                message = f"expected {','.join(columns)}, {len(columns)} fields, not {len(fields)}"
                raise _refused(name, line, message)
            yield _value(name, line, fields)
    except csv.Error as error:
        raise _refused(name, reader.line_num, f"no CSV: {error}; expected {EXPECTED}") from None


def _value(name: str, line: int, fields: list[str]) -> RecordedValue:
    from placement.ecs.outlooks.recorded import RecordedValue, number_of

    moment = _moment(fields[0])
    if moment is None:
        raise _refused(name, line, f"expected {TIME}, not {describe_value(fields[0])}")
    value, count = None, None
    if fields[1]:
        value = number_of(fields[1])
        if value is None:
            message = f"expected a number as value, not {describe_value(fields[1])}"
            raise _refused(name, line, message)
    if len(fields) > 2 and fields[2]:
        number = fields[2].removesuffix(".0")  # what spreadsheets write
        is_count = number.isascii() and number.isdigit() and len(number) <= len(str(MOST_TASKS))
        if not is_count or int(number) > MOST_TASKS:
            message = f"expected a number of tasks as count, not {describe_value(fields[2])}"
            raise _refused(name, line, message)
        count = int(number)
    return RecordedValue(moment, value, count, line)


def _moment(text: str) -> int | None:
    """Return a moment; None: the text is none.  A time without a zone is in UTC."""
    if _SECONDS.fullmatch(text):
        return int(text) * SECOND
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = microseconds(found if found.tzinfo is not None else found.replace(tzinfo=UTC))
    return moment if 0 <= moment < 10**11 * SECOND else None


def _refused(name: str, line: int | None, message: str) -> DocumentError:
    where = name if line is None else f"{name}, line {line}"
    return DocumentError(f"{where}: {message}", "")
