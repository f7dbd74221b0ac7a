"""Zone rebalancing of services on capacity providers: zones out of reach (A53, S8.4)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from capacity_session import NOON, group_with, provider_of
from placement.ecs import Session, Timing

HOUR = 3600


def two_zones(strategy: list[dict[str, Any]], count: int) -> tuple[Session, Any]:
    """Return a service on providers ``a`` and ``b``, each with two instances in one zone."""
    session = Session(start=NOON, timing=Timing())
    ecs = session.client("ecs")
    for zone in "ab":
        zones = [f"us-east-1{zone}"]
        arn = group_with(session, zone, DesiredCapacity=2, MinSize=2, AvailabilityZones=zones)
        provider_of(session, zone, arn, managedScaling={"status": "ENABLED"})
    ecs.create_cluster(capacityProviders=["a", "b"])
    session.advance(300)
    container = {"name": "web", "image": "nginx", "cpu": 256, "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        capacityProviderStrategy=strategy,
    )
    return session, ecs


def messages(ecs: Any) -> list[str]:
    [service] = ecs.describe_services(services=["web"])["services"]
    return [event["message"] for event in service["events"]]


def zones(ecs: Any) -> Counter[str]:
    tasks = ecs.describe_tasks(tasks=ecs.list_tasks(serviceName="web")["taskArns"])["tasks"]
    return Counter(task["availabilityZone"] for task in tasks if task["lastStatus"] == "RUNNING")


@pytest.mark.parametrize(
    "strategy",
    [
        [{"capacityProvider": "a", "weight": 1}],
        [{"capacityProvider": "a", "weight": 1}, {"capacityProvider": "b", "weight": 0}],
    ],
)
def test_a53_zones_of_providers_that_get_no_tasks_do_not_count(
    strategy: list[dict[str, Any]],
) -> None:
    """The service is steady: its tasks can only be where its provider has instances."""
    session, ecs = two_zones(strategy, 4)
    session.advance(HOUR)
    [service] = ecs.describe_services(services=["web"])["services"]
    assert (service["runningCount"], service["pendingCount"]) == (4, 0)
    assert messages(ecs)[0].endswith("has reached a steady state.")
    assert not any("AZ" in text for text in messages(ecs))


def test_a53_zones_of_each_provider_of_a_strategy_count() -> None:
    strategy = [{"capacityProvider": name, "weight": 1} for name in "ab"]
    session, ecs = two_zones(strategy, 4)
    session.advance(HOUR)
    assert zones(ecs) == {"us-east-1a": 2, "us-east-1b": 2}
    assert not any("AZ" in text for text in messages(ecs))


def test_s8_4_4_no_task_waits_in_a_zone_where_its_provider_gets_no_instance() -> None:
    """Nothing starts, and the next try comes later; no task fails, no group grows."""
    strategy = [{"capacityProvider": "a", "weight": 3}, {"capacityProvider": "b", "weight": 1}]
    session, ecs = two_zones(strategy, 8)
    session.advance(2 * HOUR)
    assert zones(ecs) == {"us-east-1a": 6, "us-east-1b": 2}
    [service] = ecs.describe_services(services=["web"])["services"]
    assert service["pendingCount"] == 0
    assert sum("is unable to place a task in us-east-1b" in text for text in messages(ecs)) == 1
    assert not any("consistently" in text for text in messages(ecs))
    groups = session.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert [group["DesiredCapacity"] for group in groups] == [2, 2]
