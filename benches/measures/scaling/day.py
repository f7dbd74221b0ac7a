"""A day of services under target tracking, each with a load of its own, one provider scaling."""

from __future__ import annotations

from harness.report import Line
from harness.scaling_plan import ScalingPlan
from measures.scaling.stage import counts, cpu_ns, day_session, service_name
from measures.services.targets import Found, at_most
from placement.ecs import Session

__all__ = ["REPEATED", "day_of", "figures", "lines"]

REPEATED = True

_SECONDS = 3


def figures(plan: ScalingPlan) -> dict[str, float]:
    """Return the time of a day, and what happened in it."""
    day_session(plan, 2).advance(3600)  # modules and kernels are loaded
    found = day_of(plan, plan.run.services)
    return {f"day_{name}": figure for name, figure in found.items()}


def day_of(plan: ScalingPlan, services: int) -> dict[str, float]:
    """Return the time of a day of so many services, its records and counts at its end."""
    session = day_session(plan, services)
    before = len(session.history)
    ns = cpu_ns(lambda: session.advance(plan.run.hours * 3600))
    records = session.history[before:]
    changes = sum("desired count" in one.what for one in records)
    _check(plan, session, services, changes)
    instances, tasks, _ = counts(session)
    return {
        "ns": float(ns),
        "records": float(len(records)),
        "changes": float(changes),
        "instances": float(instances),
        "tasks": float(tasks),
    }


def _check(plan: ScalingPlan, session: Session, services: int, changes: int) -> None:
    """Hold that services follow their loads, and instances the services."""
    assert changes >= services, "services do not follow their loads"
    ecs = session.client("ecs")
    shares = []
    for first in range(0, services, 10):
        names = [service_name(number) for number in range(first, min(first + 10, services))]
        for one in ecs.describe_services(services=names)["services"]:
            assert one["runningCount"] >= one["desiredCount"] - 1, "tasks are missing"
            shares.append(one["desiredCount"] / plan.run.tasks)
    low, high = 1 - plan.load.swing, 1 + plan.load.swing
    assert low * 0.8 <= min(shares), "a service has too few tasks"
    assert max(shares) <= high * 1.3, "a service has too many tasks"
    instances, tasks, pending = counts(session)
    least = (tasks + pending) / plan.run.tasks_per_instance
    assert least <= instances <= 1.25 * least + 1, "instances do not follow the tasks"


def lines(plan: ScalingPlan, found: Found) -> list[Line]:
    """Return the time beside its target."""
    run, numbers = plan.run, found.numbers
    instances = run.services * run.tasks // run.tasks_per_instance
    what = f"{run.hours} h of {run.services:,} services, {instances:,} instances, target tracking"
    changes, records = numbers["day_changes"], numbers["day_records"]
    evaluations = 2 * run.services * run.hours * 60
    return [
        at_most(what, found, "day_ns", _SECONDS),
        Line(
            f"  records of history for {evaluations:,} evaluations of alarms",
            f"{records:,.0f}, {changes:,.0f} of them new desired counts",
            "",
            None,
        ),
    ]
