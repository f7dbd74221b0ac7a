"""One line for each figure the project set itself: what was measured, what is to be reached."""

from __future__ import annotations

from collections.abc import Iterable

from harness.report import Line, time_text
from measures.masks import MEAN, Figure
from peers.by_numpy import ByNumpy
from peers.by_polars import PolarsSql
from peers.ours import Ours

__all__ = ["from_masks"]

_FACTORS = {10_000: 20, 1_000_000: 10}
_BEHIND_NS = 3000
_LARGE = 100_000


def from_masks(figures: Iterable[Figure]) -> list[Line]:
    """Return the lines that compare masks, all of the ``changed`` kind."""
    changed = {(f.rows, f.question, f.peer): f.ns for f in figures if f.kind == "changed"}
    sizes = sorted({rows for rows, _, _ in changed})
    questions = list(dict.fromkeys(question for _, question, _ in changed))
    lines = [_beside_polars(changed, rows) for rows in sizes]
    return lines + [_beside_numpy(changed, rows, name) for rows in sizes for name in questions]


_Times = dict[tuple[int, str, str], float]


def _beside_polars(times: _Times, rows: int) -> Line:
    factor = times[rows, MEAN, PolarsSql.name] / times[rows, MEAN, Ours.name]
    what = f"{PolarsSql.name} / ours, {MEAN}, {rows:,} rows"
    target = _FACTORS.get(rows)
    if target is None:
        return Line(what, f"{factor:.1f}x", "", None)
    return Line(what, f"{factor:.1f}x", f"at least {target}x", factor >= target)


def _beside_numpy(times: _Times, rows: int, question: str) -> Line:
    ours, theirs = times[rows, question, Ours.name], times[rows, question, ByNumpy.name]
    what = f"{ByNumpy.name} and ours, {question}, {rows:,} rows"
    if rows >= _LARGE:
        return Line(what, f"ours takes {ours / theirs:.2f}x", "at most 1x", ours <= theirs)
    behind = ours - theirs
    measured = f"ours is {time_text(abs(behind))} {'behind' if behind > 0 else 'ahead'}"
    return Line(what, measured, "at most 3 µs behind", behind <= _BEHIND_NS)
