"""Write clusters that scaling is tried on, and a day of a metric, into ``examples/scaling/``.

The files are what the AWS CLI prints of two small clusters, and the CPU utilization of a service
over a day.  ``placement autoscale`` reads ``state.json`` (twelve tasks of ``web`` on six m5.large)
and ``cpu.csv``, ``placement capacity`` reads ``providers.json`` (a capacity provider whose three
machines are full).

    python examples/make_scaling.py [--output examples/scaling]

Equal runs write equal bytes.
"""

from __future__ import annotations

import argparse
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import placement.ecs as pe

HERE = Path(__file__).parent / "scaling"
CLUSTER = "shop"
TASKS = 12
DAY = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE)
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in (("state.json", state()), ("providers.json", providers())):
        text = json.dumps(document, indent=1, default=datetime.isoformat)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    (folder / "cpu.csv").write_text(recording(), encoding="utf-8")


def state() -> dict[str, Any]:
    """Return what the AWS CLI prints, in one document."""
    session = pe.Session(start=DAY, seed=7, timing=pe.Timing())
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    for number in range(6):
        machine = pe.machine("m5.large", f"us-east-1{'abc'[number % 3]}")
        ecs.register_container_instance(cluster=CLUSTER, **machine)
    container = {"name": "app", "image": "shop/web:1", "cpu": 512, "memory": 1024}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=TASKS)
    return printed(session)


def providers() -> dict[str, Any]:
    """Return a cluster whose capacity provider has three machines, full with tasks of ``web``."""
    session = pe.Session(start=DAY, seed=7, timing=pe.Timing())
    ecs, groups = session.client("ecs"), session.client("autoscaling")
    session.describe_launch_template("machines", instance_type="m5.large")
    groups.create_auto_scaling_group(
        AutoScalingGroupName="shop-machines",
        MinSize=0,
        MaxSize=10,
        DesiredCapacity=3,
        LaunchTemplate={"LaunchTemplateName": "machines"},
        AvailabilityZones=["us-east-1a", "us-east-1b", "us-east-1c"],
        NewInstancesProtectedFromScaleIn=True,
    )
    (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    ecs.create_capacity_provider(
        name="machines",
        autoScalingGroupProvider={
            "autoScalingGroupArn": group["AutoScalingGroupARN"],
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
            "managedTerminationProtection": "ENABLED",
        },
    )
    ecs.create_cluster(
        clusterName=CLUSTER,
        capacityProviders=["machines"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "machines", "weight": 1}],
    )
    session.advance(300)
    container = {"name": "app", "image": "shop/web:1", "cpu": 512, "memory": 1024}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition="web", desiredCount=TASKS)
    return printed(session)


def printed(session: pe.Session) -> dict[str, Any]:
    """Return what the AWS CLI prints of an account at rest."""
    if not session.advance_until("steady"):
        raise RuntimeError("the services do not become steady")
    document = session.to_ecs()
    del document["placementState"]  # no command prints it
    return document


def recording() -> str:
    """Return CPU utilization over a day: low at night, a peak at noon, another in the evening."""
    lines = ["time,value,count"]
    for place in range(int(timedelta(days=1) / STEP)):
        hour = place / 12
        load = 270 + 190 * math.sin((hour - 8) / 24 * 2 * math.pi)
        load += 260 * math.exp(-((hour - 12.5) ** 2) / 0.8)
        load += 150 * math.exp(-((hour - 19) ** 2) / 2)
        moment = DAY + place * STEP
        lines.append(f"{moment:%Y-%m-%dT%H:%M:%SZ},{load / TASKS:.2f},{TASKS}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
