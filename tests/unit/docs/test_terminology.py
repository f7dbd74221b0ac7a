"""``docs/terminology.md`` gives each word one meaning."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "terminology.md"


def tables(page: str) -> dict[str, list[list[str]]]:
    """Return the rows of the table below each heading of the second level, without its head."""
    found = {}
    for section in page.split("\n## ")[1:]:
        lines = [line for line in section.splitlines() if line.startswith("|")]
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
        found[section.partition("\n")[0]] = cells[2:]
    return found


def repeated(rows: list[list[str]]) -> list[str]:
    """Return the terms that have more than one row; a row may define several, with commas."""
    terms = Counter(term for row in rows for term in row[0].split(", "))
    return [term for term, count in terms.items() if count > 1]


def test_every_term_has_one_row_with_a_meaning() -> None:
    found = tables(PAGE.read_text(encoding="utf-8"))
    found.pop("Words to avoid")
    rows = [row for table in found.values() for row in table]
    assert len(rows) > 50
    assert repeated(rows) == []
    assert [row for row in rows if len(row) != 3 or not row[0] or not row[1]] == []


def test_words_to_avoid_are_no_terms() -> None:
    found = tables(PAGE.read_text(encoding="utf-8"))
    avoided = {word for row in found.pop("Words to avoid") for word in row[0].split(", ")}
    terms = {term for table in found.values() for row in table for term in row[0].split(", ")}
    assert avoided
    assert avoided & terms == set()


def test_a_term_with_two_rows_is_found() -> None:
    page = "# T\n\n## One\n\n| t | m | c |\n|---|---|---|\n| row | a | |\n| mask, row | b | |\n"
    assert repeated(tables(page)["One"]) == ["row"]


def test_all_codes_of_the_page_are_written_out() -> None:
    """Names of code stand in back quotes, so that a reader can search for them."""
    found = tables(PAGE.read_text(encoding="utf-8"))
    found.pop("Words to avoid")
    column = [row[2] for table in found.values() for row in table if row[2]]
    assert [cell for cell in column if not re.fullmatch(r"`[^`]+`(?:, `[^`]+`)*", cell)] == []
