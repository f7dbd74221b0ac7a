"""Documents as the AWS CLI's tables: what ``--output table`` makes of what ``--query`` selects.

In: a value of dictionaries, lists and scalars, a title, the width of a terminal.  Out: lines.  The
form is the one that the AWS CLI's guide shows: a box for each object or list, its title above, the
fields in the alphabetical order of their keys, nested values in boxes of their own inside.  A box
that is too wide for the terminal has a line for each field instead, and long values are folded: no
character is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
from rich.cells import cell_len, chop_cells

from placement.cli.errors import one_line
from placement.errors import sanitize

__all__ = ["table_lines"]

_PAD = 2
"""Blanks on either side of a cell."""

_LEAST = 4
"""Characters of a cell, with its blanks 8, below which no column is made."""


@attrs.frozen
class _Box:
    """A title and the rows below it.

    Attributes:
        title: What is written above; "" for none.
        level: How many boxes it is inside of.
        heads: The names of the columns; empty for none.
        rows: The cells, each row as long as the others.
        record: How many rows are about one object, below which there is a line; 0: all of them.
    """

    title: str
    level: int
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    record: int = 0

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """The rows, the heads among them."""
        return (self.heads, *self.rows) if self.heads else self.rows

    def widths(self) -> list[int]:
        """Return the width of each column with its blanks, as its widest cell needs it."""
        columns = zip(*self.cells, strict=True)
        return [max(1, *map(cell_len, column)) + 2 * _PAD for column in columns]

    def needed(self) -> int:
        """Return how many characters a line of the box needs, with its borders."""
        widths = self.widths()
        inner = max(sum(widths) + len(widths) - 1, cell_len(self.title) + 2 * _PAD)
        return inner + 2 * (self.level + 1)


def table_lines(value: Any, title: str, width: int | None) -> Iterator[str]:
    """Yield the lines of a value's table.

    Args:
        value: Dictionaries, lists and scalars, as JSON has them.
        title: The title of the outermost box.
        width: The width of the terminal; None: lines may be of any length.
    """
    boxes = list(_boxes(value, title, 0))
    if width is not None:
        boxes = [_narrowed(box, width) for box in boxes]
    total = max(box.needed() for box in boxes)
    if width is not None:
        total = min(total, max(width, max(map(_least, boxes))))
    yield "-" * total
    for box in boxes:
        yield from _box_lines(box, total)


def _boxes(value: Any, title: str, level: int) -> Iterator[_Box]:
    """Yield the boxes of a value, those inside of it after it."""
    if isinstance(value, Mapping):
        yield from _object_boxes([value], title, level)
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        yield from _object_boxes(value, title, level)
    elif isinstance(value, list):
        yield from _list_boxes(value, title, level)
    else:
        yield _Box(title, level, rows=((_cell(value),),))


def _object_boxes(objects: Sequence[Mapping[str, Any]], title: str, level: int) -> Iterator[_Box]:
    """Yield a box with a row for each object; one with nested values ends its box."""
    keys = sorted({key for one in objects for key in one if not _is_nested(one[key])})
    rows: list[tuple[str, ...]] = []
    for number, one in enumerate(objects):
        rows.append(tuple([_cell(one[key]) if key in one else "" for key in keys]))
        nested = [key for key in sorted(one) if _is_nested(one[key])]
        if not nested and number + 1 < len(objects):
            continue
        names = tuple(map(_cell, keys))
        yield _keyed_box(title, level, names, rows, is_single=len(objects) == 1)
        rows = []
        for key in nested:
            yield from _boxes(one[key], _cell(key), level + 1)


def _keyed_box(
    title: str, level: int, keys: tuple[str, ...], rows: Iterable[tuple[str, ...]], is_single: bool
) -> _Box:
    """Return a box of objects; a single field of one object is a row of its name and its value."""
    if not keys:
        return _Box(title, level)
    if is_single and len(keys) == 1:
        return _Box(title, level, rows=tuple([(keys[0], *row) for row in rows]))
    return _Box(title, level, keys, tuple(rows))


def _list_boxes(values: Sequence[Any], title: str, level: int) -> Iterator[_Box]:
    """Yield a box with a row for each scalar and each list of scalars; then what is nested."""
    rows = [
        [_cell(one) for one in (value if isinstance(value, list) else [value])]
        for value in values
        if not _is_nested(value) or (isinstance(value, list) and not any(map(_is_nested, value)))
    ]
    columns = max(map(len, rows), default=0)
    padded = tuple([tuple(row + [""] * (columns - len(row))) for row in rows])
    yield _Box(title, level, rows=padded if columns else ())
    for value in values:
        if isinstance(value, Mapping) or (isinstance(value, list) and any(map(_is_nested, value))):
            yield from _boxes(value, title, level + 1)


def _is_nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list))


def _cell(value: Any) -> str:
    """Return a scalar as the AWS CLI writes it; what is no printable text in it is escaped."""
    return sanitize(one_line(str(value))).replace("\t", " ")


def _narrowed(box: _Box, width: int) -> _Box:
    """Return a box, or where it is too wide for a terminal one with a row for each field."""
    if box.needed() <= width or len(box.heads) < 2:
        return box
    rows = [pair for row in box.rows for pair in zip(box.heads, row, strict=True)]
    return _Box(box.title, box.level, rows=tuple(rows), record=len(box.heads))


def _least(box: _Box) -> int:
    """Return how many characters a line of a box has at least."""
    columns = len(box.cells[0]) if box.cells else 1
    return columns * (_LEAST + 2 * _PAD) + columns - 1 + 2 * (box.level + 1)


def _box_lines(box: _Box, total: int) -> Iterator[str]:
    """Yield the lines of a box in a table of ``total`` characters."""
    border = "|" * (box.level + 1)
    inner = total - 2 * len(border)
    rule = "|" * box.level + "+"
    if box.title:
        for part in chop_cells(box.title, inner) or [""]:
            yield border + _centred(part, inner) + border
    if not box.cells:
        yield f"{rule}{'-' * inner}{rule[::-1]}"
        return
    widths = _spread(box.widths(), inner)
    line = rule + "+".join("-" * width for width in widths) + rule[::-1]
    yield line
    if box.heads:
        for cells in _folded(box.heads, widths):
            heads = [_centred(cell.strip(), cell_len(cell)) for cell in cells]
            yield border + "|".join(heads) + border
        yield line
    for number, row in enumerate(box.rows, start=1):
        for cells in _folded(row, widths):
            yield border + "|".join(cells) + border
        if number == len(box.rows) or (box.record and number % box.record == 0):
            yield line


def _spread(needed: Sequence[int], inner: int) -> list[int]:
    """Return the widths of columns that fill a line: what is left over is shared, the first most.

    Where there is too little room, the widest columns give way.
    """
    widths = list(needed)
    room = inner - (len(widths) - 1)
    more, rest = divmod(max(0, room - sum(widths)), len(widths))
    widths = [width + more + (number < rest) for number, width in enumerate(widths)]
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths


def _folded(row: Sequence[str], widths: Sequence[int]) -> Iterator[list[str]]:
    """Yield the lines of a row, whose cells are folded where they are too long."""
    parts = [
        chop_cells(cell, width - 2 * _PAD) or [""] for cell, width in zip(row, widths, strict=True)
    ]
    for number in range(max(map(len, parts))):
        texts = [part[number] if number < len(part) else "" for part in parts]
        yield [
            " " * _PAD + text + " " * (width - _PAD - cell_len(text))
            for text, width in zip(texts, widths, strict=True)
        ]


def _centred(text: str, width: int) -> str:
    """Return a text in the middle of a line; what does not fit is in the next."""
    left = max(0, width - cell_len(text)) // 2
    return " " * left + text + " " * max(0, width - left - cell_len(text))
