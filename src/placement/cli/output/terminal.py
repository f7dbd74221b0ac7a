"""Tables in colour, drawn by rich.

In: cells that are printable already.  Out: a table on standard output, as wide as the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from placement.cli.output.columns import UNKNOWN, Column, Narrow

__all__ = ["draw"]

_STYLES = (
    (re.compile(r"DRAINING|(DE)?REGISTERING"), "yellow"),
    (re.compile(r"INACTIVE|REGISTRATION_FAILED|.* disconnected"), "red"),
    (re.compile(r"ACTIVE"), "green"),
)


_GAP = 2
"""Blanks after each column."""

_LEAST = {Narrow.CUT: 8, Narrow.WRAP: 12}
"""Characters without which a column that is cut or wrapped is of no use."""


def draw(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table.

    On a narrow terminal columns are wrapped or cut as they say; where that is not enough, a column
    to be cut is left out if the next names the same things, and then all others are wrapped.
    Nothing is cut without a mark.
    """
    console = Console(highlight=False)
    kept, wrap_all = _fitting(columns, rows, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold cyan")
    for number in kept:
        column = columns[number]
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=column.narrow is Narrow.STAY and not wrap_all,
            overflow="ellipsis" if column.narrow is Narrow.CUT else "fold",
        )
    for row in rows:
        table.add_row(*[_cell(row[number]) for number in kept])
    console.print(table)


def _fitting(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> tuple[list[int], bool]:
    """Return which columns there is room for, and whether all of them have to be wrapped."""
    widths = [
        max(len(column.title), *(len(row[number]) for row in rows), 0)
        for number, column in enumerate(columns)
    ]
    least = [
        min(wide, _LEAST.get(column.narrow, wide))
        for column, wide in zip(columns, widths, strict=True)
    ]
    kept = list(range(len(columns)))
    if sum(least) + _GAP * (len(kept) - 1) > width:
        kept = [number for number in kept if not _is_named_by_next(columns, rows, number)]
    needed = sum(least[number] for number in kept) + _GAP * (len(kept) - 1)
    return kept, needed > width


def _is_named_by_next(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], number: int
) -> bool:
    """Return whether a column can be left out: what it names, the next column names in each row."""
    is_cut = columns[number].narrow is Narrow.CUT
    return is_cut and all(row[number + 1] != UNKNOWN for row in rows)


def _cell(text: str) -> Text:
    """Return a cell in the colour of its state; rich must not read markup in it."""
    for pattern, style in _STYLES:
        if pattern.fullmatch(text):
            return Text(text, style)
    return Text(text)
