"""What a new process costs before its first placement, and how much it grows with its tasks."""

from __future__ import annotations

import tempfile
from statistics import median

from harness.child import answer, seconds
from harness.plan import Plan
from harness.report import Line

__all__ = ["memory", "starting"]

_FIRST = ("-m", "children.first_place")
_MOST = 600 * 10**6


def memory(plan: Plan) -> list[Line]:
    """Return how much a process grows with nodes and running tasks, for some workloads."""
    nodes, tasks = map(str, plan.run.memory)
    answer("-m", "children.placed_memory", "mixed", "24", "24")  # afterwards kernels are on disk
    lines = []
    for workload in plan.run.memory_workloads:
        grown = answer("-m", "children.placed_memory", workload, nodes, tasks)
        lines.append(
            Line(
                f"{int(nodes):,} instances, {grown['placed']:,} tasks of {workload}: peak growth",
                f"{grown['peak'] / 1e6:.0f} MB ({grown['after'] / 1e6:.0f} MB kept)",
                "at most 600 MB",
                grown["peak"] <= _MOST and grown["asked"] == int(tasks),
            )
        )
    return lines


def starting(plan: Plan) -> list[Line]:
    """Return the wall time of whole processes from the interpreter's start to a placement."""
    seconds(_FIRST)  # from here on the kernels are on disk, where the library keeps them
    cached = [seconds(_FIRST) for _ in range(plan.run.processes)]
    fresh = []
    for _ in range(plan.run.fresh_processes):
        with tempfile.TemporaryDirectory() as nothing:
            fresh.append(seconds(_FIRST, nothing))
    return [
        _line("first place in a new process, kernels on disk", cached),
        _line("first place on a fresh install", fresh),
    ]


def _line(what: str, times: list[float]) -> Line:
    return Line(what, f"{median(times):.2f} s" if times else "not measured", "", None)
