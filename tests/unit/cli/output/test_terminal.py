"""Tables on terminals of any width: cells are wrapped, or cut with a mark, but never lost."""

from __future__ import annotations

from typing import Any

import pytest

from placement.cli.output.columns import Column, Narrow
from placement.cli.output.terminal import draw

COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),
    Column("machine"),
    Column("status"),
    Column("agent", narrow=Narrow.WRAP),
    Column("tasks", right=True),
)
KNOWN = ("bad9d1d585c1f52219429c3f1ee4391e", "i-0ebd75ffea6b2a3e5", "DRAINING", "1.102.1 gone", "5")
UNKNOWN = ("cad9d1d585c1f52219429c3f1ee4391e", "-", "ACTIVE", "-", "17")


def lines_of(
    capsys: pytest.CaptureFixture[str],
    width: Any,
    columns: Any,
    rows: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    monkeypatch.setenv("COLUMNS", str(width))
    draw(columns, rows)
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    return lines


def letters(texts: Any) -> Any:
    return sorted("".join(texts).replace(" ", ""))


@pytest.mark.parametrize("width", range(30, 130, 7))
def test_no_letter_is_lost_but_of_a_column_that_the_next_one_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: Any
) -> None:
    lines = lines_of(capsys, width, COLUMNS, [KNOWN], monkeypatch)
    needed = letters([*(column.title for column in COLUMNS[1:]), *KNOWN[1:]])
    found = letters(lines)
    for letter in set(needed):
        assert found.count(letter) >= needed.count(letter), letter
    if "bad9" in "".join(lines):
        assert KNOWN[0] in "".join(lines) or any("…" in line for line in lines)
    assert "DRAINING" in "".join(lines) or width < 52


@pytest.mark.parametrize("width", range(30, 130, 7))
def test_what_only_the_column_to_be_cut_names_stays(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: Any
) -> None:
    lines = lines_of(capsys, width, COLUMNS, [KNOWN, UNKNOWN], monkeypatch)
    assert any(line.startswith("ca") for line in lines)


@pytest.mark.parametrize("width", range(20, 130, 7))
def test_a_table_of_columns_that_stay_and_wrap_keeps_every_letter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: Any
) -> None:
    columns = (Column("requires"), Column("because of", narrow=Narrow.WRAP))
    row = ("com.amazonaws.ecs.capability.logging-driver", "containerDefinitions[0].logDriver")
    lines = lines_of(capsys, width, columns, [row], monkeypatch)
    assert letters(lines) == letters(["requires", "because of", *row])
