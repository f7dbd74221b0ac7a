"""How much a process grows with many services at rest.  Linux only."""

from __future__ import annotations

import gc

from harness.child import memory_of
from harness.report import Line, size_text
from harness.services_plan import ServicesPlan
from measures.services.stage import create_services, make_session, running_tasks, warm_up
from measures.services.targets import Found

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = False

_MOST = 600 * 10**6


def figures(plan: ServicesPlan) -> dict[str, float]:
    """Return the growth in bytes: at rest, and at its highest until then."""
    warm_up(plan)
    run = plan.run
    gc.collect()
    before = memory_of("VmRSS")
    session = make_session(plan, run.instances)
    create_services(session, run.services, run.tasks)
    assert session.advance_until("steady")
    gc.collect()
    found = {
        "kept": float(memory_of("VmRSS") - before),
        "peak": float(memory_of("VmHWM") - before),
        "history": float(len(session.history)),
    }
    assert running_tasks(session) == run.services * run.tasks, "tasks are missing"
    return found


def lines(plan: ServicesPlan, found: Found) -> list[Line]:
    """Return the growth beside its target."""
    run, numbers = plan.run, found.numbers
    what = (
        f"{run.services:,} services, {run.services * run.tasks:,} tasks, {run.instances:,} "
        f"instances, {numbers['history']:,.0f} records of history: memory"
    )
    measured = f"{size_text(numbers['kept'])} (peak {size_text(numbers['peak'])})"
    return [Line(what, measured, f"at most {size_text(_MOST)}", numbers["kept"] <= _MOST)]
