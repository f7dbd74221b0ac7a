"""The tables in ``tests/conformance/scaling``, for the modules that play them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "conformance" / "scaling"
TABLES = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]


def rows(kind: str) -> list[dict[str, Any]]:
    """Return the rows of one kind, of all tables."""
    return [row for table in TABLES for row in table.get(kind, [])]


def each(kind: str) -> pytest.MarkDecorator:
    """Return the mark that plays each row of a kind; its id is its name and its place."""
    found = rows(kind)
    ids = [f"{row.get('row', kind)}-{place}" for place, row in enumerate(found)]
    return pytest.mark.parametrize("row", found, ids=ids)
