"""Tables in colour, drawn by rich.

In: cells that are printable already.  Out: a table on standard output, as wide as the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from placement.cli.output.columns import Column, Narrow
from placement.cli.output.widths import fitted

__all__ = ["draw"]

_STYLES = (
    (re.compile(r"DRAINING|(DE)?REGISTERING"), "yellow"),
    (re.compile(r"INACTIVE|REGISTRATION_FAILED|.* disconnected"), "red"),
    (re.compile(r"ACTIVE"), "green"),
)


def draw(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, coloured: bool = True) -> str:
    """Draw a table, and return in words what it had no room for, "" if nothing.

    On a narrow terminal columns are wrapped, cut or left out as they say; nothing is cut without
    a mark, and no word is broken for which there is room.
    """
    console = Console(highlight=False, color_system="auto" if coloured else None)
    layout = fitted(columns, rows, console.width, cell_len)
    table = Table(box=None, pad_edge=False, padding=(0, layout.gap, 0, 0), header_style="bold cyan")
    for number, width in layout.widths.items():
        column = columns[number]
        table.add_column(
            Text(column.title, no_wrap=True, overflow="ellipsis"),
            justify="right" if column.right else "left",
            no_wrap=column.narrow is not Narrow.WRAP,
            overflow="fold" if column.narrow is Narrow.WRAP else "ellipsis",
            width=width,
        )
    for row in rows:
        table.add_row(*[_cell(row[number]) for number in layout.widths])
    console.print(table)
    return _lost([columns[number].title for number in layout.left_out], is_cut=layout.is_cut)


def _lost(titles: list[str], *, is_cut: bool) -> str:
    parts = [f"without {', '.join(titles)}"] if titles else []
    parts += ["… where a cell is cut"] if is_cut else []
    return "; ".join(parts)


def _cell(text: str) -> Text:
    """Return a cell in the colour of its state; rich must not read markup in it."""
    for pattern, style in _STYLES:
        if pattern.fullmatch(text):
            return Text(text, style)
    return Text(text)
