"""Every task has sizes and a group that were never seen; each is stopped before the next comes."""

from __future__ import annotations

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from measures.living.growth import follow, memory_lines
from measures.living.targets import Ratio, within
from peers.placing.ours import instances

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = False

_CASE = "distinct"


def cases(_: LivingPlan) -> list[str]:
    """Return the one case."""
    return [_CASE]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return memory and time on the way."""
    cluster = instances(plan.placing.nodes, plan.run.shape_nodes)
    chain = (placement.Spread("attribute:ecs.availability-zone"), placement.Spread("instanceId"))
    most = plan.placing.nodes.cpu

    def step(start: int, end: int) -> None:
        for number in range(start, end):
            task = placement.Task(cpu=1 + number % most, memory=1 + number // most)
            placed = cluster.place(task, group=f"group-{number}", strategy=chain)
            assert placed.unplaced == 0, "no room"
            cluster.stop(placed.task_ids)

    run = plan.run
    numbers = follow(cluster, step, run.distinct, run.distinct // 10, run.most_seconds)
    return Figures({f"{case}: {name}": value for name, value in numbers.items()})


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return how the process grows, and what a request costs at the end."""
    what = f"{plan.run.distinct:,} distinct sizes and groups, one task each, stopped again"
    return [
        *memory_lines(what, "after the first tenth", found, _CASE, plan.run.distinct),
        within(
            f"{what}: time in the last tenth / in the second",
            found,
            (f"{_CASE}: last tenth", f"{_CASE}: second tenth"),
            Ratio(at_most=1.1),
        ),
    ]
