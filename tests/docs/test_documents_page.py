"""``docs/ecs.md`` on documents: exceptions are those of the law, forms name their tests."""

from __future__ import annotations

import re
from pathlib import Path

from loaded_fields import DECIDED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "ecs.md").read_text(encoding="utf-8")
COUNTED = ("containerInstances", "pendingTasksCount")
"""What sessions count of an instance, by the law of ``test_law_cluster_fields.py``."""


def rows(header: str) -> list[list[str]]:
    """Return the cells of the table of the page that begins with a header."""
    lines = PAGE[PAGE.index(header) :].splitlines()[2:]
    end = next(number for number, line in enumerate(lines) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:end]]


def test_c50_the_page_names_each_field_that_the_model_decides() -> None:
    """And no other one."""
    written = {
        (name.strip("`"), field)
        for name, fields, _ in rows("| list | field | why |")
        for field in re.findall("`([^`]+)`", fields)
    }
    decided = {(name, field) for name, fields in DECIDED.items() for field in fields}
    assert written == {*decided, COUNTED}


def test_each_form_of_a_document_names_the_test_that_holds_it() -> None:
    forms = rows("| form | `from_ecs` | the command | held by |")
    assert len(forms) > 10
    for *_, held in forms:
        assert (ROOT / held.strip("`")).is_file(), held
