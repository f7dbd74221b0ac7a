"""``run_task``: one task a call, ten tasks a call, beside ``cluster.place`` and moto's run_task.

The client's tasks must be where ``place_many`` puts the same stream.  moto places nothing; its
answers are not compared.
"""

from __future__ import annotations

from itertools import count
from statistics import median
from typing import Any

import numpy as np

from harness import plan as placing
from harness.client_plan import ClientPlan
from harness.report import Line, ratio_text, time_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from peers.placing.by_client import ByClient
from peers.placing.by_moto import ByMoto
from peers.placing.ours import PlaceMany, how, instances, task_of

__all__ = ["measure"]

_MOST_NS = 250_000
_WARM = 100
_TEN = 10


def measure(plan: ClientPlan) -> list[Line]:
    """Return the lines of each workload, and those of moto."""
    askers = [_Asker(plan, name) for name in plan.workloads]
    moto = _Moto(plan)
    with quiet():
        for _ in range(plan.rounds):
            for asker in askers:
                asker.visit(plan)
            moto.visit(plan)
    ours = min(median(asker.ones) for asker in askers)
    return [line for asker in askers for line in asker.lines()] + moto.lines(plan, ours)


class _Asker:
    """A client and a bare cluster, which place the same stream."""

    def __init__(self, plan: ClientPlan, workload: str) -> None:
        settings = placing.load()
        stream = make_stream(settings, workload, plan.nodes, _WARM)
        self._what = f"{workload}, {plan.nodes:,} instances"
        self._client = ByClient(settings.nodes, plan.nodes)
        rows = self._client.ready(stream)(0, _WARM)
        expected = PlaceMany(settings.nodes, plan.nodes).ready(stream)(0, _WARM)
        assert np.array_equal(rows, expected), f"{self._what}: other answers"
        self._cluster = instances(settings.nodes, plan.nodes)
        self._calls = [(task_of(each), how(each)) for each in stream.applications]
        for a in stream.order.tolist():
            self._place(a)
        self._turns = count()
        self.ones: list[float] = []
        self._tens: list[float] = []
        self._bare: list[float] = []

    def _place(self, application: int) -> Any:
        task, arguments = self._calls[application]
        return self._cluster.place(task, **arguments)

    def _next(self) -> int:
        return next(self._turns) % len(self._calls)

    def visit(self, plan: ClientPlan) -> None:
        """Time some calls of each kind, one by one; each must have placed its tasks."""
        for _ in range(plan.calls):
            a = self._next()
            self.ones.append(sample(lambda: self._ran(a, 1)))  # noqa: B023 (called at once)
            self._bare.append(sample(lambda: self._place(a)))  # noqa: B023
        for _ in range(plan.tens):
            a = self._next()
            self._tens.append(sample(lambda: self._ran(a, _TEN)) / _TEN)  # noqa: B023

    def _ran(self, application: int, tasks: int) -> None:
        assert len(self._client.run(application, tasks)) == tasks, "no room: not what is measured"

    def lines(self) -> list[Line]:
        """Return what a task costs by each kind of call."""
        one, ten, bare = median(self.ones), median(self._tens), median(self._bare)
        target = "at most 250 µs"
        return [
            Line(f"run_task, {self._what}: a task", time_text(one), target, one <= _MOST_NS),
            Line(f"run_task of ten, {self._what}: a task", time_text(ten), target, ten <= _MOST_NS),
            Line(f"  of which cluster.place(task), {self._what}", time_text(bare), "", None),
        ]


class _Moto:
    """moto's run_task on as many instances, whatever it puts where."""

    def __init__(self, plan: ClientPlan) -> None:
        settings = placing.load()
        stream = make_stream(settings, "packed", plan.moto_nodes, 1 + plan.rounds * plan.moto_calls)
        self._decide = ByMoto(settings.nodes, plan.moto_nodes).ready(stream)
        self._decide(0, 1)  # loads what boto3 loads late
        self._done = 1
        self._samples: list[float] = []

    def visit(self, plan: ClientPlan) -> None:
        """Time some calls; all tasks must run."""
        for _ in range(plan.moto_calls):
            start = self._done
            self._samples.append(sample(lambda: self._decide(start, start + 1)))  # noqa: B023
            self._done += 1

    def lines(self, plan: ClientPlan, ours: float) -> list[Line]:
        """Return what a task costs, and how many times ours."""
        theirs = median(self._samples)
        what = f"moto run_task (first fit), {plan.moto_nodes:,} instances"
        return [
            Line(f"{what}: a task", time_text(theirs), "", None),
            Line(f"{what} / ours", ratio_text(theirs / ours), "", None),
        ]
