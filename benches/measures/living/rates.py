"""Placing without stops, which is to gain as well: single calls, one service at once, streams."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from statistics import median
from typing import Any

import numpy as np

from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line, rate_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from measures.living.targets import Ratio, against, within
from measures.placing.runs import CHAINS
from peers.placing.ours import PlaceMany, how, instances, task_of

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = True

_STREAMS = ("combined", "packed", "mixed1000")


def cases(_: LivingPlan) -> list[str]:
    """Return the ways to ask."""
    return ["place(task)", "place(task, count)", "place_many"]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return the nanoseconds of a decision, for each workload of a case."""
    ask = {"place(task)": _singles, "place(task, count)": _runs, "place_many": _streams}
    found = ask[case](plan)
    return Figures(
        {f"{case}, {workload}": ns for workload, (ns, _) in found.items()},
        {f"{case}, {workload}": zlib.crc32(rows) for workload, (_, rows) in found.items()},
    )


def _singles(plan: LivingPlan) -> dict[str, tuple[float, bytes]]:
    """Time ``place(task)`` call by call, warm, the workload's applications in turn."""
    found = {}
    for workload in CHAINS:
        cluster = instances(plan.placing.nodes, plan.run.nodes)
        applications = make_stream(plan.placing, workload, plan.run.nodes, 0).applications
        asker = _Asker([partial(cluster.place, task_of(one), **how(one)) for one in applications])
        for _ in range(plan.run.warm_calls):
            asker()
        with quiet():
            samples = [sample(asker) for _ in range(plan.run.single_calls)]
        found[workload] = median(samples), np.concatenate(asker.rows).tobytes()
    return found


class _Asker:
    """Makes calls in turn and keeps their rows."""

    def __init__(self, calls: Sequence[Callable[[], Any]]) -> None:
        self._turns = cycle(calls)
        self.rows: list[Any] = []

    def __call__(self) -> None:
        """Make the next call."""
        self.rows.append(next(self._turns)().rows)


def _runs(plan: LivingPlan) -> dict[str, tuple[float, bytes]]:
    """Time one call for many tasks of one service, on empty nodes."""
    empty, count = instances(plan.placing.nodes, plan.run.nodes), plan.run.count
    found = {}
    for workload in CHAINS:
        application = make_stream(plan.placing, workload, plan.run.nodes, 0).applications[0]
        others: dict[str, Any] = how(application) | {"group": "service:web"}
        samples = []
        for _ in range(1 + plan.run.count_samples):
            asker = _Asker([partial(empty.copy().place, task_of(application), count, **others)])
            with quiet():
                samples.append(sample(asker))
        rows = asker.rows[0]
        assert len(rows) == count, "not all found room"
        found[workload] = median(samples[1:]) / count, rows.tobytes()  # the first one loads kernels
    return found


def _streams(plan: LivingPlan) -> dict[str, tuple[float, bytes]]:
    """Time one call for a stream of tasks on empty nodes, the first use of requests included."""
    placer, tasks = PlaceMany(plan.placing.nodes, plan.run.nodes), plan.run.stream_tasks
    found = {}
    for workload in _STREAMS:
        stream = make_stream(plan.placing, workload, plan.run.nodes, tasks)
        rows = placer.ready(stream)(0, tasks)  # loads kernels
        decide = placer.ready(stream)
        with quiet():
            taken = sample(partial(decide, 0, tasks))
        found[workload] = taken / tasks, rows.tobytes()
    return found


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return the lines of all rates."""
    about = f"{plan.run.nodes:,} instances"
    singles = [
        against(
            f"place(task), {workload}, {about}: time",
            found,
            f"place(task), {workload}",
            Ratio(at_most=0.6),
        )
        for workload in CHAINS
    ]
    runs = [
        against(
            f"place(task, count={plan.run.count:,}), {workload}, {about}: rate",
            found,
            f"place(task, count), {workload}",
            Ratio(at_least=2.5),
            _rate,
        )
        for workload in CHAINS
    ]
    streams = [
        against(
            f"place_many, {workload}, {about}: rate",
            found,
            f"place_many, {workload}",
            Ratio(at_least=least),
            _rate,
        )
        for workload, least in (("mixed1000", 2), ("packed", 1))
    ]
    both = within(
        f"place_many, {about}: rate of combined / of packed",
        found,
        ("place_many, packed", "place_many, combined"),
        Ratio(at_least=0.8),
    )
    return [*singles, *runs, *streams, both]


def _rate(ns: float) -> str:
    return rate_text(1e9 / ns)
