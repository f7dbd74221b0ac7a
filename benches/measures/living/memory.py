"""How much a process grows with many instances, tasks and applications."""

from __future__ import annotations

from harness.checkouts import Figures, Found
from harness.child import answer
from harness.living_plan import LivingPlan
from harness.report import Line, size_text

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = False

_CASE = "mixed1000"
_MOST = 400 * 10**6
_CHILD = ("-m", "children.placed_memory")


def cases(_: LivingPlan) -> list[str]:
    """Return the workload."""
    return [_CASE]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return the growth of a process of its own, in bytes."""
    nodes, tasks = map(str, plan.run.memory)
    answer(*_CHILD, case, "24", "24")  # afterwards kernels are on disk
    return Figures(answer(*_CHILD, case, nodes, tasks))


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return the peak of the growth."""
    nodes, tasks = plan.run.memory
    measured = f"{size_text(found.now['peak'])} ({size_text(found.now['after'])} kept)"
    if found.before:
        measured += f", before {size_text(found.before['peak'])}"
    met = found.now["peak"] <= _MOST and found.now["asked"] == tasks
    what = f"{nodes:,} instances, {tasks:,} tasks of {_CASE}: peak growth"
    return [Line(what, measured, f"at most {size_text(_MOST)}", met)]
