"""The day again, with more services and as many more instances."""

from __future__ import annotations

from harness.report import Line, ratio_text, time_text
from harness.scaling_plan import ScalingPlan
from measures.scaling.day import day_of
from measures.scaling.stage import day_session
from measures.services.targets import Found

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_MOST = 12


def figures(plan: ScalingPlan) -> dict[str, float]:
    """Return the times of both days, one after the other in the same process."""
    run = plan.run
    day_session(plan, 2).advance(3600)
    small = day_of(plan, run.services)
    large = day_of(plan, run.services * run.larger)
    return {"growth_small": small["ns"], "growth_large": large["ns"]}


def lines(plan: ScalingPlan, found: Found) -> list[Line]:
    """Return how many times as long it takes."""
    run = plan.run
    small, large = found.numbers["growth_small"], found.numbers["growth_large"]
    services = run.services * run.larger
    instances = services * run.tasks // run.tasks_per_instance
    what = f"{run.hours} h of {services:,} services, {instances:,} instances"
    return [
        Line(what, time_text(large), "", None),
        Line(
            f"  / the same of {run.services:,} services",
            ratio_text(large / small),
            f"at most {_MOST} times",
            large / small <= _MOST,
        ),
    ]
