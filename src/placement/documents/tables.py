"""Tables in CSV and JSON, as columns; Parquet is read by ``frames``.

In: the bytes of a CSV file, or a parsed JSON document.  Out: columns of equal length by name, None
where a cell is empty.  What the columns mean is decided by ``frames.table_of``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from placement.errors import DocumentError

__all__ = ["EXPECTED_TABLE", "columns_of_csv", "columns_of_json"]

EXPECTED_TABLE = "a list of objects, one for each instance, or an object of columns"

NUMBERS = ("cpu", "memory", "gpus", "running_tasks")
"""Columns of numbers (C11), which CSV has as text."""

FLAG = "agent_connected"
TRUTHS = {"true": True, "false": False}

_WHOLE = re.compile("[0-9]{1,19}([.]0*)?", re.ASCII)
"""A whole number in CSV, also as spreadsheets write it, 2048.0.

Any other text, as one of more digits, stays text, which no column of numbers takes.
"""


def columns_of_csv(data: bytes) -> dict[str, list[Any]]:
    """Return the columns of comma-separated values in UTF-8; the first line has their names.

    Where that line has semicolons or tabs and no comma, these separate, as spreadsheets write them.

    Raises:
        DocumentError: it is no UTF-8 text, is empty, names a column twice, or a line has another
            number of cells than the first; the path names the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"no UTF-8 text (byte {error.start})", "") from None
    first = text.partition("\n")[0]
    separators = [mark for mark in ",;\t" if mark in first]
    mark = separators[0] if separators else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row and rows and len(row) != len(rows[0]):
                message = f"{len(row)} cells, but the first line names {len(rows[0])} columns"
                raise DocumentError(message, f"line {reader.line_num}")
            if row:
                rows.append(row)
    except csv.Error as error:
        raise DocumentError(f"no CSV: {error}", f"line {reader.line_num}") from None
    if not rows:
        raise DocumentError("empty; expected a line with the names of columns", "")
    names = rows[0]
    for name in names:
        if names.count(name) > 1:
            raise DocumentError(f"two columns have the name {name!r:.100}", "line 1")
    return {name: [_cell(name, row[place]) for row in rows[1:]] for place, name in enumerate(names)}


def _cell(name: str, text: str) -> Any:
    """Return a cell of CSV: None if empty, a number or truth value where the column has those."""
    if not text:
        return None
    if name in NUMBERS and _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    if name == FLAG:
        return TRUTHS.get(text.lower(), text)
    return text


def columns_of_json(document: Any) -> dict[str, list[Any]]:
    """Return the columns of a list of objects (one for each row), or of an object of lists.

    Raises:
        DocumentError: it is neither, or the lists have different lengths.
    """
    if isinstance(document, Mapping) and "containerInstances" in document:
        message = "this is what describe-container-instances prints, which --state takes as it is"
        raise DocumentError(message, "")
    if isinstance(document, Mapping):
        lengths = {len(cells) if isinstance(cells, list) else -1 for cells in document.values()}
        if len(lengths) != 1 or -1 in lengths:
            raise DocumentError(f"expected {EXPECTED_TABLE}; all columns of the same length", "")
        return dict(document)
    if not isinstance(document, list):
        raise DocumentError(f"expected {EXPECTED_TABLE}", "")
    names: dict[str, None] = {}
    for number, row in enumerate(document):
        if not isinstance(row, Mapping):
            raise DocumentError("expected an object", f"[{number}]")
        names.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in document] for name in names}
