"""Tables as plain text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["columns", "time_text"]


def time_text(ns: float) -> str:
    """Return a time with three figures and its unit."""
    for unit, size in (("s ", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{_three(ns / size)} {unit}"
    return f"{ns:.0f} ns"


def _three(number: float) -> str:
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f}"


def columns(lines: Sequence[Sequence[str]], left: int) -> str:
    """Return lines of cells under each other, the first ``left`` columns flush left."""
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in lines
    )
