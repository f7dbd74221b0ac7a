"""Tables in colour, drawn by rich.

In: cells that are printable already.  Out: a table on standard output, as wide as the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from placement.cli.output.columns import Column, Narrow

__all__ = ["draw"]

_STYLES = (
    (re.compile(r"DRAINING|(DE)?REGISTERING"), "yellow"),
    (re.compile(r"INACTIVE|REGISTRATION_FAILED|.* disconnected"), "red"),
    (re.compile(r"ACTIVE"), "green"),
)


def draw(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=column.narrow is Narrow.STAY,
            overflow="ellipsis" if column.narrow is Narrow.CUT else "fold",
        )
    for row in rows:
        table.add_row(*map(_cell, row))
    Console(highlight=False).print(table)


def _cell(text: str) -> Text:
    """Return a cell in the colour of its state; rich must not read markup in it."""
    for pattern, style in _STYLES:
        if pattern.fullmatch(text):
            return Text(text, style)
    return Text(text)
