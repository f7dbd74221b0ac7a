"""Services go from no task to many and back; a provider launches instances and ends them."""

from __future__ import annotations

from harness.report import Line
from harness.scaling_plan import ScalingPlan
from measures.scaling.stage import add_services, counts, cpu_ns, make_session, service_name
from measures.services.targets import Found, at_most
from placement.ecs import Session

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_SECONDS = 3


def figures(plan: ScalingPlan) -> dict[str, float]:
    """Return the time of the way up and of the way down, and model time that each took."""
    run = plan.run
    _peak(plan, 2, 10)  # modules and kernels are loaded
    up, down, records = _peak(plan, run.peak_services, run.peak_tasks)
    return {"peak": float(up + down), "peak_up": float(up), "peak_records": float(records)}


def _peak(plan: ScalingPlan, services: int, tasks: int) -> tuple[int, int, int]:
    run = plan.run
    session = make_session(plan, 0, run.peak_per_instance)
    add_services(session, services, 0)
    up, down = (round(hours * 3600) for hours in run.peak_hours)
    before = len(session.history)
    up_ns = cpu_ns(lambda: _scale(session, services, tasks, up))
    least = -(-services * tasks // run.peak_per_instance)
    instances, running, pending = counts(session)
    assert (running, pending) == (services * tasks, 0), "tasks are missing"
    assert least <= instances <= 1.05 * least + 2, "instances do not follow the tasks"
    down_ns = cpu_ns(lambda: _scale(session, services, 0, down))
    assert counts(session) == (0, 0, 0), "something is left"
    return up_ns, down_ns, len(session.history) - before


def _scale(session: Session, services: int, tasks: int, seconds: int) -> None:
    ecs = session.client("ecs")
    for number in range(services):
        ecs.update_service(service=service_name(number), desiredCount=tasks)
    session.advance(seconds)


def lines(plan: ScalingPlan, found: Found) -> list[Line]:
    """Return the time beside its target."""
    run = plan.run
    what = (
        f"{run.peak_services} services: from 0 to {run.peak_services * run.peak_tasks:,} tasks "
        f"and back, {sum(run.peak_hours):g} h"
    )
    records = f"{found.numbers['peak_records']:,.0f}"
    return [
        at_most(what, found, "peak", _SECONDS),
        Line("  records of history", records, "", None),
    ]
