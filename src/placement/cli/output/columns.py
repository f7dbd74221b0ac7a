"""What a table's columns are called, and which of them give way on a narrow terminal."""

from __future__ import annotations

from enum import Enum

import attrs

__all__ = ["Column", "Narrow"]


class Narrow(Enum):
    """What a column does where the terminal is too narrow for the table."""

    STAY = "stay"
    CUT = "cut"
    WRAP = "wrap"


@attrs.frozen
class Column:
    """A column of a table."""

    title: str
    right: bool = attrs.field(default=False, kw_only=True)
    narrow: Narrow = attrs.field(default=Narrow.STAY, kw_only=True)
