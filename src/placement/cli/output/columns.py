"""The columns of a table, and what they do on a narrow terminal."""

from __future__ import annotations

from enum import Enum

import attrs

__all__ = ["UNKNOWN", "Column", "Narrow"]

UNKNOWN = "-"
"""The cell of what is not known."""


class Narrow(Enum):
    """What a column does where the terminal is too narrow for the table.

    STAY: it keeps its width.  CUT: its cells are cut, with a mark; the next column names the same
    things, except where it is ``UNKNOWN``, so that it may also be left out.  WRAP: its cells take
    several lines.
    """

    STAY = "stay"
    CUT = "cut"
    WRAP = "wrap"


@attrs.frozen
class Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        right: Whether it is aligned to the right.
        narrow: What it does on a narrow terminal.
        gives_way: Which columns are left out there: the one with the largest number first, those
            with 0 never.
        verbatim: Whether the heading is a name, which plain tables do not write in capitals.
    """

    title: str
    right: bool = attrs.field(default=False, kw_only=True)
    narrow: Narrow = attrs.field(default=Narrow.STAY, kw_only=True)
    gives_way: int = attrs.field(default=0, kw_only=True)
    verbatim: bool = attrs.field(default=False, kw_only=True)
