"""Tables that commands read: CSV, JSON, Parquet.

In: the name of a file and its format.  Out: columns of equal length, None where a cell says
nothing, or an error that names the file.  What columns mean is for ``placement.documents.frames``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from placement import DocumentError
from placement.cli.inputs import parse_json, read_bytes, shown_name

__all__ = ["FORMATS", "format_of", "read_table"]

FORMATS = ("csv", "json", "parquet")

EXPECTED = "a list of objects, one for each instance, or an object of columns"

NUMBERS = ("cpu", "memory", "gpus", "running_tasks")
"""Columns of numbers, which CSV has as text."""

TRUTHS = {"true": True, "false": False}


def format_of(name: str) -> str:
    """Return the format that a file's name says, CSV where it says none."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    return ending if ending in FORMATS else "csv"


def read_table(name: str, format: str) -> dict[str, list[Any]]:
    """Return the columns of the table in a file; ``-`` is standard input.

    Raises:
        DocumentError: it cannot be read or is no table; the message begins with the file's name.
        UsageError: it needs a library that is not installed.
    """
    data = read_bytes(name)
    shown = shown_name(name)
    try:
        if format == "csv":
            return _csv(data)
        if format == "json":
            return _json(parse_json(data, shown, EXPECTED))
        from placement.documents.frames import columns_of_parquet

        return columns_of_parquet(io.BytesIO(data))
    except DocumentError as error:
        message = error.message
        raise DocumentError(
            message if message.startswith(f"{shown}: ") else f"{shown}: {message}", error.path
        ) from None


def _csv(data: bytes) -> dict[str, list[Any]]:
    """Return the columns of comma-separated values: the first line has their names."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"no UTF-8 text (byte {error.start})", "") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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
    """Return a cell of CSV: None where it is empty, numbers and truth values where they belong."""
    if not text:
        return None
    if name in NUMBERS and text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    if name == "agent_connected":
        return TRUTHS.get(text.lower(), text)
    return text


def _json(document: Any) -> dict[str, list[Any]]:
    """Return the columns of a list of objects, or of an object of lists."""
    if isinstance(document, Mapping) and "containerInstances" in document:
        message = "this is what describe-container-instances prints, which --state takes as it is"
        raise DocumentError(message, "")
    if isinstance(document, Mapping):
        lengths = {len(cells) if isinstance(cells, list) else -1 for cells in document.values()}
        if len(lengths) != 1 or -1 in lengths:
            raise DocumentError(f"expected {EXPECTED}; all columns of the same length", "")
        return dict(document)
    if not isinstance(document, list):
        raise DocumentError(f"expected {EXPECTED}", "")
    names: dict[str, None] = {}
    for number, row in enumerate(document):
        if not isinstance(row, Mapping):
            raise DocumentError("expected an object", f"[{number}]")
        names.update(dict.fromkeys(row))
    return {name: [row.get(name) for row in document] for name in names}
