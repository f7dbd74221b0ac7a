"""Millions of starts and stops, as many tasks running at the end as at the beginning."""

from __future__ import annotations

import numpy as np

from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from measures.living.growth import follow, memory_lines
from measures.living.stage import make_stage

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = False


def cases(plan: LivingPlan) -> list[str]:
    """Return the workload with the fewer services."""
    return plan.run.histories[:1]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return memory on the way: as many stops in one call as placements in the next."""
    stage = make_stage(plan, case)
    ids, (cluster, requests) = stage.ids.copy(), stage.ready()
    random = np.random.default_rng(0)

    def step(start: int, end: int) -> None:
        while start < end:
            batch = min(plan.run.batch, end - start)
            slots = random.choice(len(ids), batch, replace=False)
            cluster.stop(ids[slots])
            placed = cluster.place_many(requests, np.arange(start, start + batch) % len(requests))
            assert (placed.rows >= 0).all(), "not all found room"
            ids[slots] = placed.task_ids
            start += batch

    run = plan.run
    numbers = follow(cluster, step, run.lives, run.lives_settled, run.most_seconds)
    return Figures({f"{case}: {name}": value for name, value in numbers.items()})


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return how the process grows."""
    case = cases(plan)[0]
    services = plan.placing.workloads[case].applications
    what = f"{plan.run.lives:,} starts and stops, {services} services, {plan.run.nodes:,} instances"
    since = f"after the first {plan.run.lives_settled:,}"
    return memory_lines(what, since, found, case, plan.run.lives)
