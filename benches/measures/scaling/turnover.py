"""Instances come and go through their group beside many services: no index is built again."""

from __future__ import annotations

from statistics import median

import attrs

from harness.report import Line, ratio_text, time_text
from harness.scaling_plan import ScalingPlan
from measures.scaling.stage import (
    GROUP,
    add_services,
    counts,
    cpu_ns,
    make_session,
    service_name,
)
from measures.services.targets import Found
from placement.ecs import Session

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_MOST = 5
"""As in the part ``instances`` of ``living.py``, which has no session."""

_LAUNCH = 300
"""Seconds after which a launch, or a termination, is over."""


def figures(plan: ScalingPlan) -> dict[str, float]:
    """Return times of services that grow and shrink: alone, after arrivals, after departures."""
    run = plan.run
    _turns(plan, 4, 2, 2)  # modules and kernels are loaded
    times = _turns(plan, run.turnover_instances, run.turnover_services, run.turnover_rounds)
    return {name: float(median(taken)) for name, taken in times.items()}


def _turns(plan: ScalingPlan, instances: int, services: int, rounds: int) -> dict[str, list[float]]:
    session = make_session(plan, instances, plan.run.tasks_per_instance * 4, managed=False)
    add_services(session, services, 1)
    step = plan.run.turnover_step
    times: dict[str, list[float]] = {name: [] for name in ("alone", "come", "gone", "move", "join")}
    for _ in range(rounds + 1):
        _capacity(session, instances)  # so that no turn finds more to do than another
        times["alone"].append(cpu_ns(lambda: _swing(session, services)))
        come = cpu_ns(lambda: _capacity(session, instances + step))
        times["come"].append(come + cpu_ns(lambda: _swing(session, services)))
        join = _joining(session, step)
        gone = cpu_ns(lambda: _capacity(session, instances))
        times["gone"].append(gone + cpu_ns(lambda: _swing(session, services)))
        times["move"].append((come + gone) / step)
        times["join"].append(join / step)
    return {name: taken[1:] for name, taken in times.items()}  # the first turn builds indexes


def _capacity(session: Session, instances: int) -> None:
    """Bring the group to so many instances."""
    session.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=GROUP, DesiredCapacity=instances
    )
    session.advance(_LAUNCH)
    assert counts(session)[0] == instances, "instances are missing"


def _swing(session: Session, services: int) -> None:
    """Let each service start one task more, and stop one again."""
    ecs = session.client("ecs")
    for tasks in (2, 1):
        for number in range(services):
            ecs.update_service(service=service_name(number), desiredCount=tasks)
        session.advance(_LAUNCH)
        assert counts(session)[1] == services * tasks, "tasks are missing"


def _joining(session: Session, number: int) -> int:
    """Return the time in which the engine alone takes in so many instances, and lets them go."""
    engine = session._account.clusters["default"].engine
    there = (engine.describe(id) for id in engine.ids if id is not None)
    like = next(one for one in there if not one.running_tasks)
    guests = [
        attrs.evolve(like, id=f"guest-{place}", ec2_instance_id=f"i-guest-{place}")
        for place in range(number)
    ]

    def join() -> None:
        for one in guests:
            engine.register(one)
        for one in guests:
            engine.deregister(one.id)

    return cpu_ns(join)


def lines(plan: ScalingPlan, found: Found) -> list[Line]:
    """Return the ratios beside their targets, and the times of an instance."""
    run, numbers = plan.run, found.numbers
    services = f"a task more and less of each of {run.turnover_services} services"
    beside = f"{run.turnover_instances:,} instances"
    rows = []
    for name, what in (("come", "come to"), ("gone", "leave")):
        ratio = numbers[name] / numbers["alone"]
        rows.append(
            Line(
                f"{run.turnover_step} {what} a group, {beside}, {services}: / without",
                ratio_text(ratio),
                f"at most {_MOST} times",
                ratio <= _MOST,
            )
        )
    return [
        *rows,
        Line(
            "  an instance comes and goes through its group", time_text(numbers["move"]), "", None
        ),
        Line("  of which the engine's register, deregister", time_text(numbers["join"]), "", None),
    ]
