"""Where tasks of a service start: the zones of Fargate tasks (D79, C46)."""

from __future__ import annotations

from typing import Any

import pytest

from session_cluster import SessionCluster
from small_sessions import small_session

FARGATE = {
    "family": "api",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "api", "image": "api"}],
}


def world_with(subnets: dict[str, str | None], desired: int) -> SessionCluster:
    """Return a world with a Fargate service in subnets, each with its zone, None: not known."""
    world = SessionCluster(small_session(0))
    for subnet, zone in subnets.items():
        if zone is not None:
            world.client.register_subnet(
                subnetId=subnet, vpcId="vpc-1", availabilityZone=f"us-east-1{zone}"
            )
    definition: dict[str, Any] = FARGATE
    world.client.register_task_definition(**definition)
    world.client.create_service(
        serviceName="api",
        taskDefinition="api",
        desiredCount=desired,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": list(subnets)}},
    )
    world.settle()
    return world


@pytest.mark.parametrize(
    ("desired", "zones"),
    [(1, {"a": 1}), (4, {"a": 2, "b": 1, "c": 1}), (8, {"a": 3, "b": 3, "c": 2})],
)
def test_a_fargate_task_goes_to_the_zone_with_the_fewest_ties_by_name_d79(
    desired: int, zones: dict[str, int]
) -> None:
    subnets: dict[str, str | None] = {"subnet-3": "c", "subnet-1": "a", "subnet-2": "b"}
    assert world_with(subnets, desired).zones("api") == zones


def test_a_lost_fargate_task_is_replaced_where_it_is_missing_d79() -> None:
    world = world_with({"subnet-1": "a", "subnet-2": "b"}, 4)
    (lost, _) = (task for task in world.tasks("api") if task.zone == "us-east-1b")
    world.client.stop_task(task=lost.arn)
    world.settle()
    assert world.zones("api") == {"a": 2, "b": 2}


def test_a_subnet_that_nobody_registered_counts_as_the_first_zone_c46() -> None:
    assert world_with({"subnet-1": None, "subnet-2": "b"}, 4).zones("api") == {"a": 2, "b": 2}
