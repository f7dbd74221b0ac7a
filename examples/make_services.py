"""Write the dump of a full cluster with two services into ``examples/services/``.

The files are what the AWS CLI prints of such a cluster: three m5.large in three zones, on which
the services ``web`` and ``api`` take every CPU unit.  ``deploy_dump.py`` reads them.

    python examples/make_services.py [--output examples/services]

Equal runs write equal bytes.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import placement.ecs as pe

HERE = Path(__file__).parent / "services"
CLUSTER = "shop"


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE)
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        text = json.dumps(document, indent=2, default=datetime.isoformat)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def documents() -> dict[str, Any]:
    """Return what the AWS CLI prints, by the names of the files."""
    session = pe.Session(start=datetime(2026, 3, 2, 9, tzinfo=UTC), seed=7, timing=pe.Timing())
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    for zone in "abc":
        attributes = {"ecs.availability-zone": f"us-east-1{zone}", "ecs.instance-type": "m5.large"}
        attributes |= {
            f"com.amazonaws.ecs.capability.docker-remote-api.1.{n}": "" for n in (17, 18, 21)
        }
        ecs.register_container_instance(
            cluster=CLUSTER,
            totalResources=[
                {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
                {"name": "MEMORY", "type": "INTEGER", "integerValue": 7680},
            ],
            attributes=[
                {"name": name, **({"value": value} if value else {})}
                for name, value in attributes.items()
            ],
        )
    for family in ("web", "api"):
        ecs.register_task_definition(**definition(family, "1.0"))
        ecs.create_service(
            cluster=CLUSTER, serviceName=family, taskDefinition=family, desiredCount=6
        )
        session.advance_until("steady")
    instances = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    tasks = ecs.list_tasks(cluster=CLUSTER)["taskArns"]
    return {
        "instances.json": pages(
            ecs.describe_container_instances(cluster=CLUSTER, containerInstances=instances)
        ),
        "tasks.json": pages(ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)),
        "services.json": pages(ecs.describe_services(cluster=CLUSTER, services=["web", "api"])),
        "task-definitions.json": [
            pages(ecs.describe_task_definition(taskDefinition=family)) for family in ("web", "api")
        ],
        "web-2.json": definition("web", "2.0"),
        "web-half.json": {
            "cluster": CLUSTER,
            "serviceName": "web",
            "desiredCount": 6,
            "deploymentConfiguration": {"minimumHealthyPercent": 50},
        },
    }


def definition(family: str, version: str) -> dict[str, Any]:
    """Return what register-task-definition takes."""
    container = {"name": family, "image": f"shop/{family}:{version}", "cpu": 512, "memory": 1024}
    return {"family": family, "containerDefinitions": [container]}


def pages(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what boto3 adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


if __name__ == "__main__":
    main()
