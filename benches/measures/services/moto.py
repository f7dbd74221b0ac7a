"""moto's ``create_service`` and ``describe_services``, beside ours.

moto keeps a service's document: it starts no task, and there is no state to come to rest in.  Ours
is therefore shown both for the call alone and with all that follows from it.
"""

from __future__ import annotations

from statistics import median

from harness.report import Line, ratio_text, time_text
from harness.services_plan import ServicesPlan
from measures.services.stage import REVISIONS, cpu_ns
from measures.services.targets import Found

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True


def figures(plan: ServicesPlan) -> dict[str, float]:
    """Return moto's time for a service, and for describing several."""
    import boto3
    from moto import mock_aws

    run = plan.run
    with mock_aws():
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
        ecs = boto3.client("ecs", region_name="us-east-1", **keys)
        ecs.create_cluster(clusterName="default")
        container = {"name": "main", "image": "main", "essential": True}
        sizes = {"cpu": plan.task.cpu, "memory": plan.task.memory}
        ecs.register_task_definition(family="web", containerDefinitions=[container | sizes])

        def create(name: str) -> None:
            ecs.create_service(
                serviceName=name,
                taskDefinition=REVISIONS[0],
                desiredCount=run.tasks,
                launchType="EC2",
                deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
            )

        def create_all() -> None:
            for number in range(run.moto_services):
                create(f"service-{number}")

        create("warm-up")  # loads what boto3 and moto load late
        created = cpu_ns(create_all) / run.moto_services
        names = [f"service-{number}" for number in range(min(run.described, run.moto_services))]

        def describe() -> None:
            found = ecs.describe_services(services=names)["services"]
            assert len(found) == len(names), "services are missing"

        describe()
        described = median([cpu_ns(describe) for _ in range(run.describe_calls)])
    return {"moto create": created, "moto describe": described}


def lines(plan: ServicesPlan, found: Found) -> list[Line]:
    """Return moto's times, divided by ours where those were measured."""
    run, numbers = plan.run, found.numbers
    created, described = numbers["moto create"], numbers["moto describe"]
    what = f"moto create_service (starts no task), {run.moto_services:,} services"
    table = [Line(f"{what}: a service", time_text(created), "", None)]
    if "rest" in numbers:
        for text, name in (("create_service", "create"), ("created and brought to rest", "rest")):
            ours = numbers[name] / run.services
            measured = f"{ratio_text(created / ours)} ({time_text(created)} / {time_text(ours)})"
            table.append(Line(f"  / ours, {text}", measured, "", None))
    what = f"moto describe_services of {run.described}, no events"
    table.append(Line(what, time_text(described), "", None))
    if "describe" in numbers:
        ours = numbers["describe"]
        measured = f"{ratio_text(described / ours)} ({time_text(described)} / {time_text(ours)})"
        table.append(Line(f"  / ours, each with {run.events} events", measured, "", None))
    return table
