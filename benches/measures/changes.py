"""After 1 % of the rows changed: what the changes cost, and what the next evaluation costs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from statistics import geometric_mean, median
from time import perf_counter_ns

import numpy as np

import placement
from harness.data import ATTRIBUTES, Table, documents, make_table
from harness.report import Line
from harness.timing import quiet, sample
from harness.workloads import Workloads

__all__ = ["measure"]

ROWS = 100_000
SHARE = 0.01
_ROUNDS = 40
_NAMES = ("zone", "type", "stack", "rack")

_Puts = list[tuple[str, dict[str, str | None]]]


def measure(workloads: Workloads) -> list[Line]:
    """Return the lines of changes and of evaluations after them."""
    table = make_table(ROWS, workloads.data, workloads.run.seed)
    cluster = placement.Cluster.from_ecs(documents(table))
    twin = placement.Cluster.from_ecs(documents(table))
    ones, fours = cycle(_puts(table, cluster, 1)), cycle(_puts(table, cluster, 4))
    queries = [placement.compile(question.text) for question in workloads.questions]
    times = _Times(queries)
    with quiet():
        for query in queries * _ROUNDS:
            query.mask(cluster)
            times.hot[query].append(_mask(query, cluster))
            changes = next(ones)
            _apply(twin, changes)
            times.beside[query].append(_mask(query, cluster))
            times.one_cell.append(_apply(cluster, changes))
            times.after[query].append(_mask(query, cluster))
            times.four_cells.append(_apply(cluster, next(fours)) / 4)
    return times.lines()


class _Times:
    """Nanoseconds, by query where queries matter."""

    def __init__(self, queries: list[placement.Query]) -> None:
        self.hot: dict[placement.Query, list[int]] = {query: [] for query in queries}
        self.beside: dict[placement.Query, list[int]] = {query: [] for query in queries}
        self.after: dict[placement.Query, list[int]] = {query: [] for query in queries}
        self.one_cell: list[float] = []
        self.four_cells: list[float] = []

    def lines(self) -> list[Line]:
        """Return what is printed."""
        return [
            self._mask_line("full one after the same calls on another cluster", self.beside),
            self._mask_line("full one right after another", self.hot),
            _cell_line("one cell in a call", median(self.one_cell)),
            _cell_line("four cells in a call", median(self.four_cells)),
        ]

    def _mask_line(self, what: str, full: dict[placement.Query, list[int]]) -> Line:
        ratio = geometric_mean(median(self.after[query]) / median(full[query]) for query in full)
        what = f"mask after 1 % of {ROWS:,} rows changed / {what}"
        return Line(what, f"{ratio:.2f}x", "at most 1.1x", ratio <= 1.1)


def _mask(query: placement.Query, cluster: placement.Cluster) -> int:
    return sample(lambda: query.mask(cluster))


def _cell_line(how: str, ns: float) -> Line:
    return Line(
        f"put_attributes, {how}, per cell", f"{ns / 1e3:.2f} µs", "at most 2 µs", ns <= 2000
    )


def _puts(table: Table, cluster: placement.Cluster, cells: int) -> Iterator[_Puts]:
    """Yield some rounds of changes to values already known, on 1 % of the rows each."""
    random = np.random.default_rng(cells)
    for _ in range(8):
        rows = random.permutation(table.rows)[: int(table.rows * SHARE)].tolist()
        yield [
            (cluster.ids[row] or "", _values(table, random, cells, n)) for n, row in enumerate(rows)
        ]


def _values(
    table: Table, random: np.random.Generator, cells: int, turn: int
) -> dict[str, str | None]:
    names = [_NAMES[(turn + n) % len(_NAMES)] for n in range(cells)]
    return {ATTRIBUTES[name]: str(random.choice(table.texts[name])) for name in names}


def _apply(cluster: placement.Cluster, puts: _Puts) -> float:
    """Return the nanoseconds of a call."""
    put = cluster.put_attributes
    start = perf_counter_ns()
    for id, values in puts:
        put(id, values)
    return (perf_counter_ns() - start) / len(puts)
