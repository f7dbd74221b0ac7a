"""Machines of groups get a trunk interface where the account's setting says so (B48)."""

from __future__ import annotations

from typing import Any

import pytest

import placement.ecs as ecs
from capacity_operators import NETWORK, START, create_group, create_provider, item


def world(trunking: bool, config: str | None = None) -> tuple[ecs.Session, Any]:
    """Return a session with a provider of m5.large, and ten waiting tasks with own interfaces."""
    session = ecs.Session(start=START, timing=ecs.Timing())
    account = session._account
    if trunking:
        account.settings[account.root, "awsvpcTrunking"] = "enabled"
    client = session.client("ecs")
    session.describe_launch_template("machines", instance_type="m5.large", config=config)
    create_group(session, "web")
    create_provider(session, "machines", "web", managedScaling={"status": "ENABLED"})
    client.create_cluster(
        capacityProviders=["machines"], defaultCapacityProviderStrategy=[item("machines")]
    )
    client.register_task_definition(
        family="job",
        networkMode="awsvpc",
        containerDefinitions=[{"name": "app", "image": "job", "cpu": 64, "memory": 64}],
    )
    client.run_task(taskDefinition="job", count=10, networkConfiguration=NETWORK)
    session.advance(600)
    return session, client


@pytest.mark.parametrize(
    ("trunking", "config", "machines"),
    [(False, None, 5), (True, None, 2), (True, "ECS_ENABLE_HIGH_DENSITY_ENI=false", 5)],
)
def test_b48_trunks_follow_the_accounts_setting_and_count_for_managed_scaling(
    trunking: bool, config: str | None, machines: int
) -> None:
    """An m5.large takes 2 tasks with an interface of their own, 10 with a trunk.

    A provider begins with 2 machines at least (S11.4).
    """
    session, client = world(trunking, config)
    arns = client.list_container_instances()["containerInstanceArns"]
    found = client.describe_container_instances(containerInstances=arns)["containerInstances"]
    assert len(found) == machines
    trunks = {
        attribute["value"]
        for one in found
        for attribute in one["attributes"]
        if attribute["name"] == "ecs.awsvpc-trunk-id"
    }
    assert len(trunks) == (machines if machines == 2 else 0)
    statuses = {task.last_status.value for task in session._account.live.values()}
    assert statuses == {"RUNNING"}


def test_b48_each_machine_has_a_trunk_of_its_own() -> None:
    session, client = world(trunking=True)
    group = session.client("autoscaling")
    group.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    session.advance(300)
    arns = client.list_container_instances()["containerInstanceArns"]
    found = client.describe_container_instances(containerInstances=arns)["containerInstances"]
    trunks = [
        attribute["value"]
        for one in found
        for attribute in one["attributes"]
        if attribute["name"] == "ecs.awsvpc-trunk-id"
    ]
    assert len(set(trunks)) == len(trunks) == len(found) > 1
