"""Many services in one cluster: created, at rest, while one instance drains, copied."""

from __future__ import annotations

from statistics import median

from harness.report import Line, time_text
from harness.services_plan import ServicesPlan
from measures.services.stage import cpu_ns, create_services, make_session, running_tasks, warm_up
from measures.services.targets import Found, at_most
from placement.ecs import Session

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_REST, _ADVANCE, _DRAIN, _COPY = 10, 0.05, 0.1, 0.5
_SIX_HOURS = 6 * 3600


def figures(plan: ServicesPlan) -> dict[str, float]:
    """Return the times of one session, in the order in which they are taken."""
    warm_up(plan)
    run = plan.run
    session = make_session(plan, run.instances)
    found: dict[str, float] = {}
    found["create"] = cpu_ns(lambda: create_services(session, run.services, run.tasks))
    found["rest"] = found["create"] + cpu_ns(lambda: _to_rest(session))
    assert running_tasks(session) == run.services * run.tasks, "tasks are missing"
    found["advance"] = median(
        [cpu_ns(lambda: session.advance(run.seconds)) for _ in range(run.advances)]
    )
    found["copy"] = median([_copying(session) for _ in range(run.copies)])
    found["drain"] = median(_drains(plan, session))
    found["again"] = cpu_ns(lambda: session.advance(_SIX_HOURS))
    return found


def _to_rest(session: Session) -> None:
    assert session.advance_until("steady"), "it does not become steady"


def _copying(session: Session) -> int:
    """Return the time of a copy; it is dropped after that."""
    copies: list[Session] = []
    return cpu_ns(lambda: copies.append(session.copy()))


def _drains(plan: ServicesPlan, session: Session) -> list[int]:
    """Let instances drain one after another, to rest; return the time of each."""
    ecs = session.client("ecs")
    chosen = ecs.list_container_instances()["containerInstanceArns"][: plan.run.drains]

    def drain(arn: str) -> None:
        ecs.update_container_instances_state(containerInstances=[arn], status="DRAINING")
        _to_rest(session)

    samples = []
    for arn in chosen:
        samples.append(cpu_ns(lambda: drain(arn)))  # noqa: B023 (called at once)
        (instance,) = ecs.describe_container_instances(containerInstances=[arn])[
            "containerInstances"
        ]
        assert instance["runningTasksCount"] == 0, "it has not drained"
    assert running_tasks(session) == plan.run.services * plan.run.tasks, "tasks are missing"
    return samples


def lines(plan: ServicesPlan, found: Found) -> list[Line]:
    """Return the times beside their targets."""
    run = plan.run
    tasks = run.services * run.tasks
    what = f"{run.services:,} services, {tasks:,} tasks, {run.instances:,} instances"
    again = time_text(found.numbers["again"])
    return [
        at_most(f"{what}: created and brought to rest", found, "rest", _REST),
        Line("  of which create_service", time_text(found.numbers["create"]), "", None),
        at_most(f"{what}: advance({run.seconds})", found, "advance", _ADVANCE),
        at_most(f"{what}: one instance drains, to rest", found, "drain", _DRAIN),
        at_most(f"{what}: copy()", found, "copy", _COPY),
        Line(f"{what}: advance({_SIX_HOURS}), all say again that they are steady", again, "", None),
    ]
