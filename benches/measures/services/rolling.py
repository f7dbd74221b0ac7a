"""A rolling deployment of one service, from the call to the steady state."""

from __future__ import annotations

from statistics import median

from harness.report import Line
from harness.services_plan import ServicesPlan
from measures.services.stage import REVISIONS, cpu_ns, create_services, make_session, warm_up
from measures.services.targets import Found, at_most

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_SECONDS = 0.5
_NAME = "service-0"


def figures(plan: ServicesPlan) -> dict[str, float]:
    """Return the time of a deployment; the service goes from one revision to the other and back."""
    warm_up(plan)
    session = make_session(plan, plan.run.rolling_instances)
    ecs = session.client("ecs")
    create_services(session, 1, plan.run.rolling_tasks)
    assert session.advance_until("steady")

    def deploy(revision: str) -> None:
        ecs.update_service(service=_NAME, taskDefinition=revision)
        assert session.advance_until("steady")

    samples = []
    for number in range(plan.run.rolling_samples):
        revision = REVISIONS[(number + 1) % 2]
        samples.append(cpu_ns(lambda: deploy(revision)))  # noqa: B023 (called at once)
        (service,) = ecs.describe_services(services=[_NAME])["services"]
        (deployment,) = service["deployments"]
        assert deployment["taskDefinition"].endswith(revision), "the deployment is not over"
        assert deployment["runningCount"] == plan.run.rolling_tasks, "tasks are missing"
    return {"rolling": median(samples)}


def lines(plan: ServicesPlan, found: Found) -> list[Line]:
    """Return the time beside its target."""
    run = plan.run
    what = (
        f"rolling deployment of {run.rolling_tasks:,} tasks over {run.rolling_instances:,} "
        "instances, to the steady state"
    )
    return [at_most(what, found, "rolling", _SECONDS)]
