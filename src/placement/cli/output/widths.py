"""How wide the columns of a table are on a terminal, and which of them give way.

In: columns, cells and the width of the terminal.  Out: ``Layout``.  Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from placement.cli.output.columns import UNKNOWN, Column, Narrow

__all__ = ["Layout", "fitted"]

_GAP = 2
"""Blanks after each column."""

_WORD = 44
"""The longest word for which a wrapped column is made wide enough before others stay."""

_WRAPPED = 12
"""Characters that a wrapped column has at least."""

_CUT = 12
"""Characters that are left of an id that is cut."""

_SMALLEST = 3
"""Characters of any column where nothing else helps."""


@attrs.frozen
class Layout:
    """The columns for which there is room.

    Attributes:
        widths: The width of each column by its number, in order; others are left out.
        left_out: The numbers of the others.
        is_cut: Whether a cell is cut.
        gap: Blanks after each column.
    """

    widths: dict[int, int]
    left_out: tuple[int, ...]
    is_cut: bool
    gap: int = _GAP


def fitted(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    width: int,
    length: Callable[[str], int],
) -> Layout:
    """Return the columns for which ``width`` has room, and how wide they are.

    In this order, until there is room: texts are wrapped between words, ids that the next column
    names as well are cut, then left out, columns are left out as ``Column.gives_way`` says, texts
    are wrapped more narrowly, and the widest cells are cut.
    """
    wanted = [
        max([length(column.title), *[length(row[number]) for row in rows]])
        for number, column in enumerate(columns)
    ]
    least = [
        _least(column, [row[number] for row in rows], wanted[number], length)
        for number, column in enumerate(columns)
    ]
    kept = list(range(len(columns)))
    for number in _in_order(columns, rows):
        if _needed(least, kept) <= width:
            break
        kept.remove(number)
    widths = {number: least[number] for number in kept}
    _narrow(widths, columns, width)
    _widen(widths, columns, wanted, width)
    is_cut = any(
        widths[number] < wanted[number] and columns[number].narrow is not Narrow.WRAP
        for number in kept
    )
    left_out = tuple([number for number in range(len(columns)) if number not in widths])
    return Layout(widths, left_out, is_cut)


def _least(column: Column, cells: Sequence[str], wanted: int, length: Callable[[str], int]) -> int:
    """Return how wide a column has to be before others give way to it."""
    if column.narrow is Narrow.STAY:
        return wanted
    if column.narrow is Narrow.CUT:
        return min(wanted, max(_CUT, length(column.title)))
    longest = max([length(word) for cell in cells for word in cell.split()], default=0)
    return min(wanted, max(_WRAPPED, length(column.title), min(longest, _WORD)))


def _needed(widths: Sequence[int], kept: Sequence[int]) -> int:
    return sum(widths[number] for number in kept) + _GAP * (len(kept) - 1)


def _in_order(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns that give way, the first to do so first.

    A column that names the same things as the next is the first, unless the next does not know one.
    """
    named = [
        number
        for number, column in enumerate(columns)
        if column.narrow is Narrow.CUT and all(row[number + 1] != UNKNOWN for row in rows)
    ]
    others = [number for number, column in enumerate(columns) if column.gives_way]
    return [*named, *sorted(others, key=lambda number: -columns[number].gives_way)]


def _narrow(widths: dict[int, int], columns: Sequence[Column], width: int) -> None:
    """Make columns narrower than they should be, until there is room or nothing is left to take."""
    for smallest, kinds in ((_WRAPPED, (Narrow.WRAP,)), (_SMALLEST, tuple(Narrow))):
        while sum(widths.values()) + _GAP * (len(widths) - 1) > width:
            numbers = [
                number
                for number, one in widths.items()
                if one > smallest and columns[number].narrow in kinds
            ]
            if not numbers:
                break
            widths[max(numbers, key=widths.__getitem__)] -= 1


def _widen(
    widths: dict[int, int], columns: Sequence[Column], wanted: Sequence[int], width: int
) -> None:
    """Give columns what is left of the terminal, ids that are cut before texts that are wrapped."""
    left = width - sum(widths.values()) - _GAP * (len(widths) - 1)
    for number in sorted(widths, key=lambda number: columns[number].narrow is Narrow.WRAP):
        more = max(0, min(left, wanted[number] - widths[number]))
        widths[number] += more
        left -= more
