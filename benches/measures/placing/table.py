"""The streams as one table, and the lines that hold them against what was to be reached."""

from __future__ import annotations

from harness.report import Line, columns, rate_text, ratio_text, time_text
from measures.placing.streams import Figure
from peers.placing.by_numpy import KeptKeys, Scan
from peers.placing.ours import PlaceMany

__all__ = ["lines", "table"]

_RATES = {
    "combined": 2_000_000,
    "packed": 2_000_000,
    "mixed": 1_000_000,
    "mixed1000": 250_000,
}
"""Decisions in a second that are to be reached ..."""

_NODES = 10_000
"""... at so many nodes."""

_TIMES_SCAN = 50
_MOST_GROWTH = 3
_SMALLEST, _LARGEST = 1_000, 100_000

_Key = tuple[str, int, str]


def table(figures: list[Figure]) -> str:
    """Return one line for each stream and engine."""
    by_key = _by_key(figures)
    head = ["workload", "nodes", "engine", "tasks", "placed", "decisions", "for one", "quartiles"]
    rows = [[*head, "ours is"]]
    for figure in figures:
        ours = by_key[figure.workload, figure.nodes, PlaceMany.name]
        rows.append(
            [
                figure.workload,
                f"{figure.nodes:,}",
                figure.engine,
                f"{figure.tasks:,}" if figure.whole else f"first {figure.tasks:,}",
                f"{figure.placed:,}",
                rate_text(1e9 / figure.ns),
                time_text(figure.ns),
                " to ".join(time_text(ns) for ns in figure.quartiles),
                "" if figure is ours else ratio_text(figure.ns / ours.ns),
            ]
        )
    return columns(rows, 3)


def _by_key(figures: list[Figure]) -> dict[_Key, Figure]:
    return {(figure.workload, figure.nodes, figure.engine): figure for figure in figures}


def lines(figures: list[Figure]) -> list[Line]:
    """Return the figures that something was to be reached for, as far as they were measured."""
    by_key = _by_key(figures)
    found = [
        _rate_line(by_key[workload, _NODES, PlaceMany.name], rate)
        for workload, rate in _RATES.items()
        if (workload, _NODES, PlaceMany.name) in by_key
    ]
    for figure in figures:
        ours = by_key[figure.workload, figure.nodes, PlaceMany.name]
        if figure.engine == Scan.name and figure.nodes == _NODES:
            found.append(_times_line(figure, ours, _TIMES_SCAN))
        elif figure.engine in (Scan.name, KeptKeys.name):
            found.append(_times_line(figure, ours, None))
    for figure in figures:
        small = by_key.get((figure.workload, _SMALLEST, PlaceMany.name))
        if figure.engine == PlaceMany.name and figure.nodes == _LARGEST and small:
            found.append(_growth_line(figure, small))
    return found


def _rate_line(figure: Figure, rate: int) -> Line:
    measured = 1e9 / figure.ns
    return Line(
        f"place_many, {figure.workload}, {figure.nodes:,} nodes, {figure.tasks:,} tasks",
        rate_text(measured),
        f"at least {rate:,}/s",
        figure.whole and measured >= rate,
    )


def _times_line(figure: Figure, ours: Figure, least: int | None) -> Line:
    ratio = figure.ns / ours.ns
    return Line(
        f"place_many / {figure.engine}, {figure.workload}, {figure.nodes:,} nodes",
        ratio_text(ratio),
        f"at least {least}x" if least else "",
        ratio >= least if least else None,
    )


def _growth_line(large: Figure, small: Figure) -> Line:
    growth = large.ns / small.ns
    return Line(
        f"place_many, {large.workload}: time at {large.nodes:,} nodes / at {small.nodes:,}",
        ratio_text(growth)
        if large.whole
        else f"{ratio_text(growth)} for the first {large.tasks:,}",
        f"at most {_MOST_GROWTH}x",
        large.whole and growth <= _MOST_GROWTH,
    )
