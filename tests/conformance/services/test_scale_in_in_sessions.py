"""Which task stops when a service scales in, and what protection holds up, through sessions."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from session_cluster import SessionCluster

FOLDER = Path(__file__).parent
CHOICES = tomllib.loads((FOLDER / "scale_in.toml").read_text())["choice"]
PROTECTION = tomllib.loads((FOLDER / "protection.toml").read_text())
TASK = 500
"""MiB of a task of the table."""


def steady(case: dict[str, Any]) -> tuple[SessionCluster, list[str]]:
    """Return a service whose tasks are on instances as a row has them, and the instances."""
    world = SessionCluster()
    ids = []
    for host in case["hosts"]:
        memory = TASK * host["tasks"] + host.get("left", TASK)
        answer = world.client.register_container_instance(
            totalResources=[
                {"name": name, "type": "INTEGER", "integerValue": amount}
                for name, amount in (("CPU", 100_000), ("MEMORY", memory))
            ],
            attributes=[
                {"name": "ecs.availability-zone", "value": f"us-east-1{host['zone']}"},
                {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.17"},
                {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
            ],
        )
        ids.append(answer["containerInstance"]["containerInstanceArn"].rpartition("/")[2])
        world.drain(ids[-1])
    world.client.register_task_definition(
        family="web",
        containerDefinitions=[{"name": "c", "image": "i", "cpu": 10, "memory": TASK}],
    )
    strategy = [case["strategy"]] if "strategy" in case else []
    world.client.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=0,
        placementStrategy=strategy,
        availabilityZoneRebalancing="DISABLED",
    )
    desired = 0
    for id, host in zip(ids, case["hosts"], strict=True):
        # One instance at a time takes tasks; meanwhile those of the others count as lost agents,
        # so that nothing moves.
        world.drain(id, status="ACTIVE")
        desired += host["tasks"]
        world.client.update_service(service="web", desiredCount=desired)
        world.settle()
        world.session.set_agent(id, connected=False)
        world.session.advance(0)
    for id in ids:
        world.session.set_agent(id, connected=True)
    world.settle()
    assert [world.hosts("web")[id] for id in ids] == [host["tasks"] for host in case["hosts"]]
    return world, ids


@pytest.mark.parametrize("case", CHOICES, ids=[case["row"] for case in CHOICES])
def test_d29_which_task_stops(case: dict[str, Any]) -> None:
    world, ids = steady(case)
    number = len(world.tasks("web"))
    if "pending_on" in case:
        for place, id in enumerate(ids):
            if place != case["pending_on"]:
                world.session.set_agent(id, connected=False)
        world.client.update_service(service="web", desiredCount=number + 1)
        world.session.advance(0)
        (new,) = (task for task in world.tasks("web") if task.started_at is None)
        assert new.instance == ids[case["pending_on"]]
        for id in ids:
            world.session.set_agent(id, connected=True)
        number += 1
    before = world.hosts("web")
    world.client.update_service(service="web", desiredCount=number - 1)
    world.session.advance(0)
    assert before - world.hosts("web") == Counter([ids[case["stops_on"]]])
    assert all(task.started_at is not None for task in world.tasks("web"))


def protect(world: SessionCluster, count: int, minutes: int = 120) -> dict[str, Any]:
    arns = [task.arn for task in world.tasks("web")][:count]
    answer: dict[str, Any] = world.client.update_task_protection(
        cluster="default", tasks=arns, protectionEnabled=True, expiresInMinutes=minutes
    )
    return answer


def web(desired: int, **more: Any) -> SessionCluster:
    world = SessionCluster()
    for zone in "ab":
        world.instance(zone)
    world.replicas(desired=desired, **more)
    world.settle()
    world.done()
    return world


def test_e91_protection_holds_up_scale_in_until_it_expires() -> None:
    """D 5, 3 protected, D to 2: stop 2, an event; at expiry stop 1 (S8.2)."""
    world = web(5)
    assert not protect(world, 3, 10)["failures"]
    protected = {task.id for task in world.tasks("web")[:3]}
    world.client.update_service(service="web", desiredCount=2)
    world.session.advance(0)
    assert world.done() == Counter({"stop 1": 2})
    assert {task.id for task in world.tasks("web")} == protected
    assert any("1 tasks under protection" in text for text in world.messages("web"))
    world.session.advance(599)
    assert not world.done()
    world.session.advance(1)
    assert world.done() == Counter({"stop 1": 1})
    world.settle()


@pytest.mark.parametrize("row", PROTECTION["protection"], ids=lambda row: row["row"])
def test_e92_protection_is_refused_beyond_the_desired_count(row: dict[str, Any]) -> None:
    """A protected task that renews counts already (D57, D107)."""
    world = web(row["protected"])
    assert not protect(world, row["protected"])["failures"]
    world.client.update_service(service="web", desiredCount=row["desired"])
    world.session.advance(0)
    (failure,) = protect(world, 1)["failures"] if row["blocked"] else [{"reason": None}]
    assert failure["reason"] == ("DEPLOYMENT_BLOCKED" if row["blocked"] else None)


@pytest.mark.parametrize("row", PROTECTION["protection_period"], ids=lambda row: row["row"])
def test_e95_a_renewed_protection_ends_at_its_new_expiry(row: dict[str, Any]) -> None:
    """The task is surplus all the while, and stops when it is free (S8.2)."""
    world = web(1)
    start = world.session.now
    for at, minutes in row["calls"]:
        world.session.advance(at - (world.session.now - start).total_seconds())
        assert not protect(world, 1, minutes)["failures"]
    world.client.update_service(service="web", desiredCount=0)
    world.session.advance(row["free_at"] - (world.session.now - start).total_seconds() - 1)
    assert world.tasks("web")
    world.session.advance(1)
    assert not world.tasks("web")


def test_d56_force_delete_stops_protected_tasks_too() -> None:
    """DeleteService with force does not ask for protection (S8.2, D56)."""
    world = web(5)
    protect(world, 5)
    world.client.delete_service(service="web", force=True)
    world.session.advance(0)
    assert world.done() == Counter({"stop 1": 5})
    assert world.describe("web")["status"] == "INACTIVE"
