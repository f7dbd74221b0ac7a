"""What happens when version 2 of a service is deployed on a cluster that is full?

The files in ``examples/services`` are a dump of a cluster with two services, as the AWS CLI prints
it; ``examples/README.md`` says how to make one of your own cluster.  Nothing is deployed: the
cluster is loaded into a model, whose time moves as fast as it can.

    python examples/deploy_dump.py
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import placement.ecs as pe

FOLDER = Path(__file__).parent / "services"
PAGES = ("instances.json", "tasks.json", "services.json")
CLUSTER, SERVICE = "shop", "web"


def main() -> None:
    """Try two deployments, each in a future of its own."""
    now = load()
    ecs = now.client("ecs")
    answer = ecs.register_task_definition(**read("web-2.json"))
    new = answer["taskDefinition"]["taskDefinitionArn"]

    print("As it is configured:")
    for warning in pe.lint_service(described(now) | {"taskDefinition": new}, session=now):
        print(f"  warning: {warning}")
    deploy(now.copy(), new)

    print("\nWith minimumHealthyPercent 50, two tasks may stop before two start:")
    deploy(now.copy(), new, deploymentConfiguration={"minimumHealthyPercent": 50})


def load() -> pe.Session:
    """Return a session that holds the cluster as it was dumped."""
    documents = [*map(read, PAGES), *read("task-definitions.json")]
    return pe.Session.from_ecs(documents, timing=pe.Timing())


def read(name: str) -> Any:
    """Return the document in a file."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def described(session: pe.Session) -> dict[str, Any]:
    """Return the service as DescribeServices shows it."""
    answer = session.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])
    return dict(answer["services"][0])


def deploy(future: pe.Session, definition: str, **changes: Any) -> None:
    """Deploy a task definition in one of the cluster's futures, and print how that goes."""
    began = future.now
    future.client("ecs").update_service(
        cluster=CLUSTER, service=SERVICE, taskDefinition=definition, **changes
    )
    is_steady = future.advance_until("steady", limit=timedelta(hours=1))
    service = described(future)
    for event in reversed(service["events"]):
        if event["createdAt"] >= began:
            print(f"  {event['createdAt'] - began}  {event['message'][:100]}")
    running = {
        one["taskDefinition"].rpartition("/")[2]: one["runningCount"]
        for one in service["deployments"]
    }
    after = f"steady after {future.now - began}" if is_steady else "stuck"
    print(f"  {after}: {running}")


if __name__ == "__main__":
    main()
