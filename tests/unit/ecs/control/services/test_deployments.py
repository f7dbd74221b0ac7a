"""How deployments begin, end, fail and roll back, as clients see it (S3, D15, D24)."""

from __future__ import annotations

from typing import Any

import pytest

from placement.ecs import Behaviour
from session_cluster import SessionCluster
from session_rolling import SessionWorld
from small_sessions import percents, service, small_session

ROLLED_BACK = "Service deployment rolled back because "
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def of_second(task: dict[str, Any]) -> Behaviour | None:
    """Tasks of the second revision fail to start."""
    if task["taskDefinitionArn"].endswith("web:2"):
        return Behaviour(start_failure="CannotPullContainerError: no such tag")
    return None


def world_with(**settings: Any) -> SessionCluster:
    world = SessionCluster(small_session(**settings))
    world.client.create_service(**service(**percents(100, 200, **BREAKER)))
    world.settle()
    return world


def ids(world: SessionCluster) -> list[str]:
    return [one["id"] for one in world.describe("web")["deployments"]]


def status_reason(world: SessionCluster) -> tuple[str, str]:
    arn = world.client.list_service_deployments(service="web")["serviceDeployments"][0]
    found = world.client.describe_service_deployments(
        serviceDeploymentArns=[arn["serviceDeploymentArn"]]
    )["serviceDeployments"][0]
    return found["status"], found["statusReason"]


def test_an_old_entry_stays_until_its_last_task_is_stopped_d15() -> None:
    """The old tasks stop at 52 s and are STOPPED 2 s later."""
    world = world_with()
    (old,) = ids(world)
    world.client.update_service(service="web", taskDefinition="web:2")
    new = ids(world)[0]
    world.session.advance(53)
    assert ids(world) == [new, old]
    left = world.describe("web")["deployments"][1]
    assert (left["status"], left["runningCount"]) == ("ACTIVE", 0)
    world.session.advance(1)
    assert ids(world) == [new]


def test_the_waiter_services_stable_sees_one_entry_only_at_the_end_d15() -> None:
    world = world_with()
    world.client.update_service(service="web", taskDefinition="web:2")
    begin = world.session.now
    world.client.get_waiter("services_stable").wait(services=["web"])
    assert 54 <= (world.session.now - begin).total_seconds() <= 54 + 15


def test_a_rollback_puts_the_old_id_back_as_primary_d15() -> None:
    """Three of four tasks fail; the fourth is RUNNING and takes 2 s to stop."""
    fails = iter((True, True, True))

    def behaviour(task: dict[str, Any]) -> Behaviour | None:
        is_second = task["taskDefinitionArn"].endswith("web:2")
        return of_second(task) if is_second and next(fails, False) else None

    world = world_with(behaviour=behaviour)
    (old,) = ids(world)
    world.client.update_service(service="web", taskDefinition="web:2")
    failed = ids(world)[0]
    assert world.session.advance_until(lambda _: ids(world)[0] == old, limit=600)
    first, second = world.describe("web")["deployments"]
    assert (first["status"], first["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
    assert (second["id"], second["status"], second["rolloutState"]) == (failed, "ACTIVE", "FAILED")
    world.settle()
    assert ids(world) == [old]


def test_a_status_reason_names_the_breaker_d24() -> None:
    world = world_with(behaviour=of_second)
    world.client.update_service(service="web", taskDefinition="web:2")
    world.settle()
    assert status_reason(world) == (
        "ROLLBACK_SUCCESSFUL",
        f"{ROLLED_BACK}the circuit breaker threshold was exceeded.",
    )


def test_a_status_reason_names_the_user_d24() -> None:
    world = world_with()
    world.client.update_service(service="web", taskDefinition="web:2")
    world.session.advance(5)
    (run, _) = world.client.list_service_deployments(service="web")["serviceDeployments"]
    world.client.stop_service_deployment(serviceDeploymentArn=run["serviceDeploymentArn"])
    world.settle()
    assert status_reason(world) == ("ROLLBACK_SUCCESSFUL", f"{ROLLED_BACK}of a user request.")


@pytest.mark.parametrize("rollback", [True, False])
def test_what_follows_a_failure_is_the_detectors_own_setting_d24(rollback: bool) -> None:
    """Without a rollback the reason is that of the deployment."""
    world = world_with(behaviour=of_second)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": rollback}}
    world.client.update_service(
        service="web", taskDefinition="web:2", deploymentConfiguration=breaker
    )
    world.session.advance(3600)
    status, reason = status_reason(world)
    assert status == ("ROLLBACK_SUCCESSFUL" if rollback else "STOPPED")
    if not rollback:
        assert reason == "ECS deployment circuit breaker: tasks failed to start."


def test_the_desired_count_of_an_older_deployment_is_its_slots_d17() -> None:
    """E4: 4 tasks at 100/150, two at a time; PRIMARY shows the service's number."""
    world = SessionCluster(small_session())
    world.client.create_service(**service(**percents(100, 150)))
    world.settle()
    world.client.update_service(service="web", taskDefinition="web:2")
    shown = []
    for _ in range(3):
        world.session.advance(0)
        deployments = world.describe("web")["deployments"]
        shown.append([one["desiredCount"] for one in deployments])
        world.session.advance(52)
    assert shown == [[4, 4], [4, 2], [4, 0]]


def test_service_deployments_are_described_for_90_days_s3_2_3() -> None:
    """The newest one stays however old it is."""
    world = SessionWorld({"desired": 1})
    client = world.client

    def listed() -> list[str]:
        found = client.list_service_deployments(service="web")["serviceDeployments"]
        return [one["serviceDeploymentArn"] for one in found]

    client.update_service(service="web", forceNewDeployment=True)
    assert world.session.advance_until("steady")
    newest, first = listed()
    world.session.advance(89 * 86_400)
    assert listed() == [newest, first]
    world.session.advance(2 * 86_400)
    assert listed() == [newest]
    answer = client.describe_service_deployments(serviceDeploymentArns=[newest, first])
    assert [one["serviceDeploymentArn"] for one in answer["serviceDeployments"]] == [newest]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]


def test_service_deployments_go_with_their_service_s3_2_3() -> None:
    world = SessionWorld({"desired": 1})
    world.client.delete_service(service="web", force=True)
    assert world.client.list_service_deployments(service="web")["serviceDeployments"]
    world.session.advance(100)
    with pytest.raises(world.client.exceptions.ServiceNotFoundException):
        world.client.list_service_deployments(service="web")


def test_only_protection_keeps_older_tasks_d30() -> None:
    """Other percents would not help: the event says what would (S8.2)."""
    world = SessionWorld({"desired": 4})
    world.change(2, 1, "healthy", "protected")
    world.happen("deploy r2")
    world.session.advance(300)
    said = " ".join(world.events())
    assert "under protection" in said
    assert "minimumHealthyPercent" not in said
