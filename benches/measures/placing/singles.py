"""One ``place(task)`` through the public call, warm: how long, and how much outside the kernels.

Tasks of the workload's applications come in turn, as in its stream, so that each decision finds
what the others have placed since its application was last asked.
"""

from __future__ import annotations

from itertools import count
from statistics import median
from typing import Any

import numpy as np

from harness.plan import Plan
from harness.report import Line, time_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from measures.placing.runs import CHAINS
from measures.placing.watch import Watch
from peers.placing.ours import PlaceMany, how, instances, task_of

__all__ = ["measure"]

_MOST_NS = 30_000
_MOST_OUTSIDE_NS = 10_000


def measure(plan: Plan) -> list[Line]:
    """Return two lines for each chain: a call, and what of it is outside the kernels."""
    askers = [_Asker(plan, name) for name in CHAINS]
    with quiet():
        for _ in range(plan.run.rounds):
            for asker in askers:
                asker.visit(plan.run.single_calls)
    return [line for asker in askers for line in asker.lines()]


class _Asker:
    """A cluster, and a caller that asks it for one task after another."""

    def __init__(self, plan: Plan, name: str) -> None:
        nodes = plan.run.single_nodes
        stream = make_stream(plan, name, nodes, plan.run.warm_calls)
        self._what = f"place(task), {name}, {nodes:,} nodes"
        self._cluster = instances(plan.nodes, nodes)
        self._calls = [(task_of(each), how(each)) for each in stream.applications]
        self._turns = count()
        self._samples: list[int] = []
        self._in_kernels: list[float] = []
        rows = [self._ask().rows for _ in range(plan.run.warm_calls)]
        expected = PlaceMany(plan.nodes, nodes).ready(stream)(0, len(rows))
        assert np.array_equal(np.concatenate(rows), expected), f"{self._what}: other answers"

    def _ask(self) -> Any:
        task, others = self._calls[next(self._turns) % len(self._calls)]
        return self._cluster.place(task, **others)

    def visit(self, calls: int) -> None:
        """Time some calls one by one; then as many again, with their kernels watched."""
        self._samples += [sample(self._ask) for _ in range(calls)]
        with Watch() as watch:
            watched = []
            for _ in range(calls):
                before = watch.ns
                self._ask()
                watched.append(watch.ns - before)
        assert watch.calls >= calls, "not every decision went through a kernel that is watched"
        self._in_kernels.append(median(watched) - watch.way_in() / calls)

    def lines(self) -> list[Line]:
        """Return the median of all calls, and what the kernels leave of it."""
        call = median(self._samples)
        outside = call - median(self._in_kernels)
        return [
            Line(self._what, time_text(call), "at most 30 µs", call <= _MOST_NS),
            Line(
                f"{self._what}: outside the kernels",
                time_text(outside),
                "at most 10 µs",
                outside <= _MOST_OUTSIDE_NS,
            ),
        ]
