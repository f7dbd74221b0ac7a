"""``describe_services`` of several services that have as many events as are kept."""

from __future__ import annotations

from itertools import cycle
from statistics import median

from harness.report import Line
from harness.services_plan import ServicesPlan
from measures.services.stage import cpu_ns, create_services, make_session, warm_up
from measures.services.targets import Found, at_most

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_SECONDS = 0.002


def figures(plan: ServicesPlan) -> dict[str, float]:
    """Return the time of a call; the services scale up and down until the events are there."""
    warm_up(plan)
    count, events = plan.run.described, plan.run.events
    session = make_session(plan, count)
    ecs = session.client("ecs")
    create_services(session, count, 1)
    names = [f"service-{number}" for number in range(count)]

    def described() -> list[int]:
        services = ecs.describe_services(services=names)["services"]
        return [len(service["events"]) for service in services]

    for desired in cycle((2, 1)):
        assert session.advance_until("steady")
        if min(described()) >= events:
            break
        for name in names:
            ecs.update_service(service=name, desiredCount=desired)
    assert len(described()) == count, "services are missing"
    return {"describe": median([cpu_ns(described) for _ in range(plan.run.describe_calls)])}


def lines(plan: ServicesPlan, found: Found) -> list[Line]:
    """Return the time beside its target."""
    what = f"describe_services of {plan.run.described}, each with {plan.run.events} events"
    return [at_most(what, found, "describe", _SECONDS)]
