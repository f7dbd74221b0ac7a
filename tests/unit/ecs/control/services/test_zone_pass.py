"""Zone rebalancing of services in sessions: what begins, ends and prevents it (S8.4)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from placement.engine.eligibility import eligible_zones
from placement.timestamps import SECOND
from session_cluster import SessionCluster


def unbalanced(
    tasks: dict[str, int], room: int = 16, maximum: int = 200, **more: Any
) -> SessionCluster:
    """Return a service with tasks in zones as given, and with room in each, not looked at yet."""
    world = SessionCluster()
    for zone, number in tasks.items():
        if number:
            world.instance(zone, number)
    world.replicas(
        desired=sum(tasks.values()), deploymentConfiguration={"maximumPercent": maximum}, **more
    )
    world.settle()
    world.done()
    for zone in tasks:
        world.instance(zone, room)
    return world


def test_a53_a_new_zone_wakes_a_steady_service() -> None:
    """It is rebalanced in the instant in which an instance of a new zone registers."""
    world = unbalanced({"a": 4, "b": 0})
    world.session.advance(0)
    assert world.done("zone") == Counter({"start b": 2})
    said = world.messages("web")
    assert "is not AZ balanced with 4 tasks in us-east-1a, 0 tasks in us-east-1b. " in said[-2]
    assert said[-1].startswith("has started 2 tasks in us-east-1b to AZ Rebalance: (task ")
    world.wait()
    assert world.done("zone") == Counter({"stop a": 2})
    said = world.messages("web")[-3:]
    assert said[0].startswith("has stopped 2 running tasks in us-east-1a due to AZ rebalancing: ")
    assert said[1] == "is AZ balanced with 2 tasks in us-east-1a, 2 tasks in us-east-1b."
    assert said[2] == "has reached a steady state."


def test_a_service_is_steady_before_it_is_rebalanced() -> None:
    world = SessionCluster()
    world.instance("a")
    world.replicas(desired=4)
    world.session.advance(20)
    world.instance("b")
    world.settle()
    said = [text for text in world.messages("web") if "steady" in text or "is not AZ" in text]
    assert [text[:10] for text in said] == ["has reache", "is not AZ ", "has reache"]
    assert world.zones("web") == {"a": 2, "b": 2}


def test_d60_a_lost_task_ends_a_batch_and_the_extras_are_surplus() -> None:
    world = unbalanced({"a": 4, "b": 0})
    world.session.advance(0)
    world.session.exit_container(world.tasks("web")[0].arn)
    world.session.advance(0)
    assert "stopped AZ Rebalancing." in world.messages("web")
    assert world.done("revision") == Counter({"start 1": 2, "stop 1": 1})
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}


@pytest.mark.parametrize("desired", [0, 2, 6])
def test_d60_a_changed_desired_count_ends_a_batch(desired: int) -> None:
    world = unbalanced({"a": 4, "b": 0})
    world.session.advance(0)
    world.client.update_service(service="web", desiredCount=desired)
    world.session.advance(0)
    assert "stopped AZ Rebalancing." in world.messages("web")
    world.settle()
    counts = world.zones("web")
    assert sum(counts.values()) == desired
    assert max(counts.values(), default=0) - min(counts.values(), default=0) <= 1


def test_d60_a_deployment_ends_a_batch() -> None:
    world = unbalanced({"a": 4, "b": 0})
    world.session.advance(0)
    world.deploy("web")
    world.session.advance(0)
    assert "stopped AZ Rebalancing." in world.messages("web")
    world.settle()
    assert len(world.tasks("web")) == 4


def test_disabling_ends_a_batch() -> None:
    world = unbalanced({"a": 4, "b": 0})
    world.session.advance(0)
    world.client.update_service(service="web", availabilityZoneRebalancing="DISABLED")
    world.session.advance(0)
    assert "stopped AZ Rebalancing." in world.messages("web")
    world.settle()
    assert len(world.tasks("web")) == 4


def test_d60_without_room_the_next_try_comes_after_300_s() -> None:
    """The event names the zone; the service counts as steady meanwhile."""
    world = unbalanced({"a": 4, "b": 0}, room=0)
    world.settle()
    text = "is unable to place a task in us-east-1b because no container instance met all of its"
    assert sum(text in said for said in world.messages("web")) == 1
    start = world.session.now
    world.instance("b")
    world.session.advance(299)
    assert not world.done()
    world.session.advance(1)
    assert world.done("zone") == Counter({"start b": 2})
    assert (world.session.now - start).total_seconds() == 300
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}


def test_s8_4_3_protection_of_all_that_could_move_is_said() -> None:
    world = unbalanced({"a": 4, "b": 0})
    arns = [task.arn for task in world.tasks("web")]
    world.client.update_task_protection(
        cluster="default", tasks=arns, protectionEnabled=True, expiresInMinutes=10
    )
    world.session.advance(0)
    said = [text for text in world.messages("web") if "unable to AZ Rebalance" in text]
    assert len(said) == 1
    assert "4 tasks under protection" in said[0]
    assert not world.done()
    world.session.advance(600)
    assert world.done("zone") == Counter({"start b": 2})
    world.settle()


def test_d108_no_rebalancing_while_a_draining_instance_is_in_use() -> None:
    world = SessionCluster()
    ids = [world.instance("a", 2), world.instance("b", 2)]
    world.replicas(desired=4)
    world.settle()
    world.instance("a")
    world.drain(ids[1])
    world.session.advance(0)
    assert not any("AZ balanced" in text for text in world.messages("web"))
    world.settle()
    assert world.zones("web") == {"a": 4}
    world.instance("b")
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}


def test_a53_zones_are_those_of_eligible_instances() -> None:
    """Others do not count, until their attributes change."""
    world = SessionCluster()
    world.instance("a", attributes={"kind": "fast"})
    other = world.instance("b", attributes={"kind": "slow"})
    world.replicas(
        desired=4,
        placementConstraints=[{"type": "memberOf", "expression": "attribute:kind == fast"}],
    )
    world.settle()
    assert world.zones("web") == {"a": 4}
    world.client.put_attributes(
        attributes=[
            {
                "name": "kind",
                "value": "fast",
                "targetId": other,
                "targetType": "container-instance",
            }
        ]
    )
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}


def test_changed_constraints_are_asked_again() -> None:
    world = SessionCluster()
    world.instance("a", attributes={"kind": "fast"})
    world.instance("b", attributes={"kind": "slow"})
    fast = [{"type": "memberOf", "expression": "attribute:kind == fast"}]
    world.replicas(desired=4, placementConstraints=fast)
    world.settle()
    world.client.update_service(service="web", placementConstraints=[])
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}
    assert len(world.cluster.zone_watch) == 1


def test_with_awsvpc_zones_are_those_of_the_subnets() -> None:
    world = SessionCluster()
    for zone in "ab":
        world.client.register_subnet(
            subnetId=f"subnet-{zone}", vpcId="vpc-1", availabilityZone=f"us-east-1{zone}"
        )
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}
    vpc = {
        "ecs.vpc-id": "vpc-1",
        "ecs.instance-type": "m5.4xlarge",
        "ecs.capability.task-eni": "",
    }
    world.instance("a", attributes=vpc)
    world.client.create_service(
        serviceName="web",
        taskDefinition=world.define("web", networkMode="awsvpc"),
        desiredCount=2,
        networkConfiguration=network,
    )
    world.session.advance(200)
    assert world.zones("web") == {"a": 2}
    assert any("unable to place a task in us-east-1b" in text for text in world.messages("web"))
    world.instance("b", attributes=vpc)
    world.session.advance(600)
    assert world.zones("web") == {"a": 1, "b": 1}


def test_a_constraint_more_than_ecs_takes_is_not_needed() -> None:
    """A service with ten constraints is rebalanced too: the zone is none of them."""
    world = SessionCluster()
    limits = [{"type": "memberOf", "expression": f"attribute:no{n} !exists"} for n in range(10)]
    world.instance("a")
    world.replicas(desired=4, placementConstraints=limits)
    world.settle()
    world.instance("b")
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}


def test_a_balanced_service_at_rest_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zones are found once for services that ask the same, and not again in an hour at rest."""
    from placement.ecs.control.services import zone_watch

    calls = []
    find = eligible_zones

    def counted(*arguments: Any) -> frozenset[str]:
        calls.append(arguments)
        return find(*arguments)

    monkeypatch.setattr(zone_watch, "eligible_zones", counted)
    world = SessionCluster()
    for zone in "ab":
        world.instance(zone, 64)
    for number in range(10):
        world.replicas(f"web{number}", desired=2)
    world.settle()
    assert len(calls) == 1
    world.session.advance(3600)
    assert len(calls) == 1
    assert len(world.cluster.zone_watch) == 1
    for number in range(10):
        world.client.delete_service(service=f"web{number}", force=True)
    world.settle()
    assert not world.cluster.zone_watch


def test_copies_keep_a_batch_and_have_the_same_future() -> None:
    world = unbalanced({"a": 6, "b": 0}, maximum=117)
    world.session.advance(0)
    assert world.record("web").rebalancing_state is not None
    twin = world.copy()
    for one in (world, twin):
        one.session.advance(30)
        one.instance("c")
        one.settle()
    assert world.zones("web") == twin.zones("web") == {"a": 2, "b": 2, "c": 2}
    assert world.session.history == twin.session.history


def test_fargate_balances_the_zones_of_its_subnets() -> None:
    """Tasks are spread when they start; protection and scale-in unbalance them."""
    world = SessionCluster()
    for zone in "ab":
        world.client.register_subnet(
            subnetId=f"subnet-{zone}", vpcId="vpc-1", availabilityZone=f"us-east-1{zone}"
        )
    world.client.create_service(
        serviceName="web",
        taskDefinition=world.define(
            "web",
            2,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
        ),
        desiredCount=4,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}},
    )
    world.settle()
    assert world.zones("web") == {"a": 2, "b": 2}
    protected = [task.arn for task in world.tasks("web") if (task.zone or "").endswith("a")]
    world.client.update_task_protection(
        cluster="default", tasks=protected, protectionEnabled=True, expiresInMinutes=1
    )
    world.client.update_service(service="web", desiredCount=2)
    world.session.advance(0)
    assert world.zones("web") == {"a": 2}
    world.done()
    world.settle()
    assert any("unable to AZ Rebalance" in text for text in world.messages("web"))
    world.session.advance(60)
    assert world.done("zone") == Counter({"start b": 1})
    world.settle()
    assert world.zones("web") == {"a": 1, "b": 1}
    assert world.record("web").rebalance_at <= world.session._account.time.now + 300 * SECOND
