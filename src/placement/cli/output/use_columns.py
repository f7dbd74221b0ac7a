"""Tables of use that fit on the screen: which columns give way, and what amounts are shortened to.

In: lines with names, and what they use.  Out: a table on standard output, and the titles of the
columns for which there was no room.  Where the screen is too narrow, amounts are given as parts in
percent only; then columns are left out, those of least use first.  A file or a pipe gets all.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from placement.cli.output import render
from placement.cli.output.columns import UNKNOWN, Column, Narrow
from placement.planning import Amount, Use

__all__ = ["KEPT", "Field", "amount_field", "percent", "print_fields", "use_fields"]

KEPT = 0
"""The rank of a column that is never left out."""

GAP = 2
"""Blanks between two columns."""

LEAST_WRAPPED = 12
"""Characters that a column which may be wrapped takes at least."""


@attrs.frozen
class Field:
    """A column and its cells.

    Attributes:
        column: Its title and how it is aligned.
        cells: A text for each line.
        rank: Columns with the highest rank are left out first; ``KEPT``: never.
        brief: The same in less room, None if there is none.
    """

    column: Column
    cells: Sequence[str]
    rank: int = KEPT
    brief: Field | None = None

    @property
    def width(self) -> int:
        """Characters that it takes at least."""
        width = max(len(text) for text in (self.column.title, *self.cells))
        return min(width, LEAST_WRAPPED) if self.column.narrow is Narrow.WRAP else width


def use_fields(uses: Sequence[Use], *, several: bool) -> list[Field]:
    """Return the columns of use; those that would say nothing of any line are not there.

    Args:
        uses: A use for each line.
        several: Whether a line is about several instances.
    """
    found = [_numbers("tasks", [use.tasks for use in uses], 2)]
    if several:
        found.insert(0, _numbers("instances", [use.instances for use in uses], 3))
        if any(use.taking < use.instances for use in uses):
            found.insert(1, _numbers("taking", [use.taking for use in uses], 4))
    found.append(amount_field("cpu", [use.cpu for use in uses], KEPT))
    found.append(amount_field("memory", [use.memory for use in uses], KEPT, unit="MiB"))
    if any(use.gpus.registered for use in uses):
        found.append(amount_field("GPUs", [use.gpus for use in uses], 6))
    if any(use.interfaces.used for use in uses):
        found.append(amount_field("interfaces", [use.interfaces for use in uses], 7))
    if any(use.ports for use in uses):
        found.append(_numbers("ports", [use.ports for use in uses], 8))
    if any(use.exhausted for use in uses):
        texts = [_exhausted(use, several=several) for use in uses]
        found.append(Field(Column("none left", narrow=Narrow.WRAP), texts, 5))
    return found


def print_fields(fields: Sequence[Field]) -> list[str]:
    """Print a table of columns, and return the titles of those that there was no room for."""
    width = render.screen_width()
    kept, left_out = list(fields), []
    if width is not None and _width(kept) > width:
        kept = [field.brief or field for field in kept]
        for rank in sorted({field.rank for field in kept} - {KEPT}, reverse=True):
            if _width(kept) <= width:
                break
            left_out += [field.column.title for field in kept if field.rank == rank]
            kept = [field for field in kept if field.rank != rank]
    rows = list(zip(*(field.cells for field in kept), strict=True))
    render.table([field.column for field in kept], rows)
    return left_out


def _width(fields: Sequence[Field]) -> int:
    return sum(field.width for field in fields) + GAP * (len(fields) - 1)


def percent(part: int, whole: int) -> str:
    """Return a part in percent, rounded; a part of nothing is unknown."""
    return UNKNOWN if not whole else f"{(200 * part + whole) // (2 * whole)}%"


def amount_field(name: str, amounts: Sequence[Amount], rank: int, *, unit: str = "") -> Field:
    """Return a column that says how much is used of what there is; in brief the part of it."""
    percents = [percent(one.used, one.registered) for one in amounts]
    texts = [
        f"{one.used}/{one.registered} {part:>4}"
        for one, part in zip(amounts, percents, strict=True)
    ]
    verbatim = bool(unit) or name != name.lower()
    brief = Field(Column(name, right=True, verbatim=verbatim), percents, rank)
    title = f"{name} ({unit})" if unit else name
    return Field(Column(title, right=True, verbatim=verbatim), texts, rank, brief)


def _numbers(title: str, numbers: Sequence[int], rank: int) -> Field:
    return Field(Column(title, right=True), [str(number) for number in numbers], rank)


def _exhausted(use: Use, *, several: bool) -> str:
    """Return the resources of which nothing is left, with the number of instances where."""
    names = {"gpus": "GPUs"}
    return ", ".join(
        f"{names.get(name, name)} on {count}" if several else names.get(name, name)
        for name, count in use.exhausted.items()
    )
