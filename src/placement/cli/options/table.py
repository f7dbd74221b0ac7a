"""Tables that commands read: CSV, JSON, Parquet.

In: the name of a file and its format.  Out: columns of equal length, None where a cell is empty, or
an error that names the file.  The formats are read by ``placement.documents``.
"""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import Any

from placement import DocumentError
from placement.cli.options.parsing import parse_json
from placement.cli.options.reading import read_bytes, shown_name

__all__ = ["FORMATS", "format_of", "read_table"]

FORMATS = ("csv", "json", "parquet")


def format_of(name: str) -> str:
    """Return the format that a file's name ends in, CSV if none."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    return ending if ending in FORMATS else "csv"


def read_table(name: str, format: str) -> dict[str, list[Any]]:
    """Return the columns of the table in a file; ``-`` is standard input.

    Raises:
        DocumentError: it cannot be read or is no table; the message begins with the file's name.
        UsageError: it needs a library that is not installed.
    """
    from placement.documents.frames import columns_of_parquet  # not for help and errors
    from placement.documents.tables import EXPECTED_TABLE, columns_of_csv, columns_of_json

    data = read_bytes(name)
    shown = shown_name(name)
    try:
        if format == "csv":
            return columns_of_csv(data)
        if format == "json":
            return columns_of_json(parse_json(data, shown, EXPECTED_TABLE))
        return columns_of_parquet(io.BytesIO(data))
    except DocumentError as error:
        message = error.message
        raise DocumentError(
            message if message.startswith(f"{shown}: ") else f"{shown}: {message}", error.path
        ) from None
