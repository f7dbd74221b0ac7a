"""Tables on terminals of any width: cells are wrapped, or cut with a mark, but never silently."""

from __future__ import annotations

from typing import Any

import pytest

from placement.cli.output.columns import Column, Narrow
from placement.cli.output.terminal import draw

COLUMNS = (
    Column("container instance", narrow=Narrow.CUT),
    Column("machine"),
    Column("status", gives_way=1),
    Column("agent", narrow=Narrow.WRAP, gives_way=2),
    Column("tasks", right=True, gives_way=3),
)
KNOWN = ("bad9d1d585c1f52219429c3f1ee4391e", "i-0ebd75ffea6b2a3e5", "DRAINING", "1.102.1 gone", "5")
UNKNOWN = ("cad9d1d585c1f52219429c3f1ee4391e", "-", "ACTIVE", "-", "17")


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the lines of a table on a terminal of some width, and what had no room."""

    def draw_it(width: int, columns: Any, rows: Any) -> tuple[list[str], str]:
        monkeypatch.setenv("COLUMNS", str(width))
        lost = draw(columns, rows)
        lines = capsys.readouterr().out.splitlines()
        assert all(len(line) <= width for line in lines)
        return [line.rstrip() for line in lines], lost

    return draw_it


@pytest.mark.parametrize("width", range(20, 130, 5))
def test_a_cell_is_whole_or_has_a_mark_or_its_column_is_named_as_left_out(
    drawn: Any, width: int
) -> None:
    lines, lost = drawn(width, COLUMNS, [KNOWN])
    text = " ".join(lines)
    for column, cell in zip(COLUMNS, KNOWN, strict=True):
        is_left_out = column.title in lost
        is_whole = all(word in text.split() for word in cell.split())
        assert is_left_out or is_whole or ("…" in text and "…" in lost), column.title
        assert not (is_left_out and column.title.split()[0] in text.split())


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_ids_of_machines_can_be_copied_at_any_usual_width(drawn: Any, width: int) -> None:
    lines, _ = drawn(width, COLUMNS, [KNOWN])
    assert any(KNOWN[1] in line.split() for line in lines)


def test_columns_give_way_in_order_of_use(drawn: Any) -> None:
    """The id that the next column names as well is the first, the most useful is the last."""
    heads = {width: drawn(width, COLUMNS, [KNOWN])[0][0].split() for width in (60, 45, 40, 30, 25)}
    assert heads[60] == ["machine", "status", "agent", "tasks"]
    assert heads[45] == ["machine", "status", "agent"]
    assert heads[40] == ["machine", "status"]
    assert heads[30] == ["machine", "status"]
    assert heads[25] == ["machine"]


@pytest.mark.parametrize("width", range(30, 130, 7))
def test_what_only_the_column_to_be_cut_names_stays(drawn: Any, width: int) -> None:
    lines, _ = drawn(width, COLUMNS, [KNOWN, UNKNOWN])
    assert any(line.startswith("ca") for line in lines)


def test_a_word_is_broken_only_where_it_has_no_room(drawn: Any) -> None:
    columns = (Column("machine"), Column("type", gives_way=1), Column("why", narrow=Narrow.WRAP))
    name = "ecs.capability.container-restart-policy"
    lines, lost = drawn(70, columns, [(KNOWN[1], "m5.24xlarge", f"attribute {name} is missing")])
    assert name in " ".join(lines).split()
    assert lost == "without type"


@pytest.mark.parametrize("width", range(40, 130, 7))
def test_texts_that_are_wrapped_keep_every_letter(drawn: Any, width: int) -> None:
    columns = (Column("time"), Column("what happened", narrow=Narrow.WRAP))
    row = ("0:00:10", "containerDefinitions[0].logConfiguration.options.something-long is wrong")
    lines, lost = drawn(width, columns, [row])
    letters = sorted("".join(lines).replace(" ", ""))
    assert letters == sorted("".join(["time", "what happened", *row]).replace(" ", ""))
    assert lost == ""
