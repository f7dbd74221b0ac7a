"""S2.6: what deployment tools rely on, each with the calls that the tool makes.

A tool polls and sleeps; here it polls and lets the session's time pass.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

import placement.ecs as ecs
from session_rolling import SessionWorld

POLL = 15
ATTEMPTS = 100


class World(SessionWorld):
    """A service of two tasks at rest, with a circuit breaker that rolls back."""

    def __init__(self, *, rolls_back: bool = True, holds: int = 60) -> None:
        super().__init__({"desired": 2, "holds": holds})
        self.client.update_service(
            service="web",
            deploymentConfiguration={
                "deploymentCircuitBreaker": {"enable": True, "rollback": rolls_back}
            },
        )
        self.session.advance(0)

    def break_images(self) -> None:
        """Let every new task fail to start."""
        failure = ecs.Behaviour(start_failure="CannotPullContainerError: no such image")
        self.session._account.behaviour = lambda _: failure

    def updated(self, revision: int) -> dict[str, Any]:
        self.define(revision)
        answer = self.client.update_service(service="web", taskDefinition=f"web:{revision}")
        found: dict[str, Any] = answer["service"]
        return found

    def described(self) -> dict[str, Any]:
        (found,) = self.client.describe_services(cluster="default", services=["web"])["services"]
        assert isinstance(found, dict)
        return found


# Terraform, where it waits for the steady state


def terraform(world: World, started: datetime) -> str:
    """Find the deployment that the update began, then poll it; a bad end raises its reason."""
    for _ in range(ATTEMPTS):
        listed = world.client.list_service_deployments(
            cluster="default",
            service="web",
            createdAt={"after": started - timedelta(seconds=1)},
        )["serviceDeployments"]
        if listed:
            break
        world.session.advance(POLL)
    arn = listed[0]["serviceDeploymentArn"]
    for _ in range(ATTEMPTS):
        (one,) = world.client.describe_service_deployments(serviceDeploymentArns=[arn])[
            "serviceDeployments"
        ]
        status: str = one["status"]
        if status == "SUCCESSFUL":
            return status
        if status in ("STOPPED", "ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL"):
            raise RuntimeError(one["statusReason"])
        world.session.advance(POLL)
    raise TimeoutError


def test_terraform_waits_for_success() -> None:
    world = World()
    started = world.session.now
    world.updated(2)
    assert terraform(world, started) == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("rolls_back", "reason"),
    [
        (True, "rolled back because the circuit breaker threshold was exceeded"),
        (False, "tasks failed to start"),
    ],
)
def test_terraform_raises_the_reason_of_a_bad_end(rolls_back: bool, reason: str) -> None:
    world = World(rolls_back=rolls_back)
    world.break_images()
    started = world.session.now
    world.updated(2)
    with pytest.raises(RuntimeError, match=reason):
        terraform(world, started)


# ecs-deploy of fabfuel


def fabfuel(world: World) -> list[str]:
    """Poll the service until it is stable; PRIMARY FAILED is an error, "unable" a warning."""
    warnings: list[str] = []
    for _ in range(ATTEMPTS):
        service = world.described()
        primary = next(one for one in service["deployments"] if one["status"] == "PRIMARY")
        if primary["rolloutState"] == "FAILED":
            raise RuntimeError(primary["rolloutStateReason"])
        warnings += [
            event["message"] for event in service["events"] if "unable" in event["message"]
        ]
        if len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]:
            return warnings
        world.session.advance(POLL)
    raise TimeoutError


def test_fabfuel_sees_success_failure_and_warnings() -> None:
    world = World(rolls_back=False)
    world.updated(2)
    assert fabfuel(world) == []
    failing = World(rolls_back=False)
    failing.break_images()
    failing.updated(2)
    with pytest.raises(RuntimeError, match="circuit breaker: tasks failed to start"):
        fabfuel(failing)
    full = World(rolls_back=False, holds=3)
    full.updated(2)
    assert "was unable to place a task" in fabfuel(full)[0]


# amazon-ecs-deploy-task-definition of aws-actions


def aws_actions(world: World, revision: int) -> None:
    """Register a revision, update the service, wait until it is stable."""
    world.updated(revision)
    waiter = world.client.get_waiter("services_stable")
    waiter.wait(
        cluster="default", services=["web"], WaiterConfig={"Delay": POLL, "MaxAttempts": 120}
    )


def test_aws_actions_waits_until_services_are_stable() -> None:
    world = World()
    aws_actions(world, 2)
    (deployment,) = world.described()["deployments"]
    assert deployment["taskDefinition"].endswith("web:2")
    stuck = World(rolls_back=False, holds=2)
    with pytest.raises(ecs.WaiterError, match="Max attempts exceeded"):
        aws_actions(stuck, 2)
    assert len(stuck.described()["deployments"]) == 2


# ecs-deploy of silinternational


def silinternational(world: World, deployment: str) -> bool:
    """Return whether a deployment went through: its id is still there, and alone, at the end."""
    for _ in range(ATTEMPTS):
        deployments = world.described()["deployments"]
        by_id = {one["id"]: one for one in deployments}
        if deployment not in by_id or by_id[deployment]["rolloutState"] == "FAILED":
            return False
        if len(deployments) == 1:
            return True
        world.session.advance(POLL)
    raise TimeoutError


def test_silinternational_looks_for_the_id_of_its_deployment() -> None:
    """D15, D126: the answer of the update has the id; rollback puts the old one back."""
    world = World()
    new = world.updated(2)["deployments"][0]["id"]
    assert silinternational(world, new)
    failing = World()
    (old,) = failing.described()["deployments"]
    failing.break_images()
    new = failing.updated(2)["deployments"][0]["id"]
    assert not silinternational(failing, new)
    failing.session.advance(1000)
    (left,) = failing.described()["deployments"]
    assert (left["id"], left["rolloutState"]) == (old["id"], "COMPLETED")


# boto3's own waiters


def test_waiters_of_tasks_and_services() -> None:
    """The waiters move the clock by their delay; a service that is gone ends them (D4)."""
    world = World()
    begin = world.session.now
    (arn, *_) = world.client.list_tasks(serviceName="web")["taskArns"]
    world.client.get_waiter("tasks_running").wait(tasks=[arn])
    assert world.session.now == begin
    world.client.stop_task(task=arn)
    world.client.get_waiter("tasks_stopped").wait(tasks=[arn])
    assert world.session.now - begin == timedelta(seconds=6)
    with pytest.raises(ecs.WaiterError):
        world.client.get_waiter("tasks_running").wait(tasks=[arn])
    with pytest.raises(ecs.WaiterError):
        world.client.get_waiter("services_stable").wait(services=["none"])
    world.client.delete_service(service="web", force=True)
    with pytest.raises(ecs.WaiterError):
        world.client.get_waiter("services_stable").wait(services=["web"])
    world.client.get_waiter("services_inactive").wait(services=["web"])
    assert world.described()["status"] == "INACTIVE"
