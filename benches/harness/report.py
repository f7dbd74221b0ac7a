"""Figures, tables as plain text, and the record of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs

__all__ = [
    "Line",
    "columns",
    "keep",
    "rate_text",
    "ratio_text",
    "size_text",
    "target_table",
    "time_text",
]

RECORD = Path(__file__).parent.parent / "record"


@attrs.frozen
class Line:
    """A figure beside its target; ``met`` is None where there is no target."""

    what: str
    measured: str
    target: str
    met: bool | None


def time_text(ns: float) -> str:
    """Return a time with three figures and its unit."""
    for unit, size in (("s ", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{_three(ns / size)} {unit}"
    return f"{ns:.0f} ns"


def _three(number: float) -> str:
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f}"


def rate_text(rate: float) -> str:
    """Return how much is done in a second, with three figures."""
    if rate >= 1e6:
        return f"{_three(rate / 1e6)} M/s"
    return f"{rate:,.0f}/s" if rate >= 100 else f"{_three(rate)}/s"


def ratio_text(ratio: float) -> str:
    """Return how many times one figure is another."""
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.1f}x" if ratio < 100 else f"{ratio:,.0f}x"


def size_text(size: float) -> str:
    """Return a number of bytes; 1 MB is 10**6."""
    return f"{size / 1e6:.1f} MB" if abs(size) < 1e8 else f"{size / 1e6:.0f} MB"


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


def target_table(lines: Iterable[Line]) -> str:
    """Return each figure beside its target, and whether it is met."""
    verdict = {True: "met", False: "MISSED", None: ""}
    table = [["figure", "measured", "target", ""]]
    table += [[line.what, line.measured, line.target, verdict[line.met]] for line in lines]
    return columns(table, 4)


def keep(bench: str, facts: dict[str, str], document: dict[str, Any], text: str) -> None:
    """Write what a run printed, and its figures as JSON, into ``record/``."""
    name = f"{bench}-{facts['date'][:10]}-{facts['commit'].split()[0]}"
    RECORD.mkdir(exist_ok=True)
    (RECORD / f"{name}.txt").write_text(text + "\n", "utf-8")
    whole = json.dumps({"facts": facts, **document}, indent=1)
    (RECORD / f"{name}.json").write_text(whole + "\n", "utf-8")
