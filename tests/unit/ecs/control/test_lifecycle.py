"""The life of a task: its times, its end, its reasons (S10, D67, D69, D105)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from placement.ecs import Behaviour, Session, Timing
from session_cluster import SessionCluster
from small_sessions import START, register, small_session, web

ENI: dict[str, Any] = {"ecs.capability.task-eni": "on"}
SUBNETS = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
NO_TAG = "CannotPullContainerError: no such tag"


def failing(mode: str = "bridge") -> Session:
    """Return a session whose tasks fail to start; RUNNING would be 12 s after PENDING."""
    session = Session(
        start=START, timing=Timing(), behaviour=lambda _: Behaviour(start_failure=NO_TAG)
    )
    ecs = session.client("ecs")
    ecs.create_cluster()
    register(ecs, **ENI)
    ecs.register_task_definition(**web(), networkMode=mode)
    return session


def described(session: Session, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = session.client("ecs").describe_tasks(tasks=[arn])["tasks"][0]
    return found


def second(task: dict[str, Any], name: str) -> float:
    moment = task[name]
    assert isinstance(moment, datetime)
    return (moment - START).total_seconds()


def test_created_at_is_the_moment_of_creation_d67() -> None:
    """Also where the task still waits for its interface: not the moment of PENDING."""
    session = failing("awsvpc")
    ecs = session.client("ecs")
    (task,) = ecs.run_task(taskDefinition="web", networkConfiguration=SUBNETS)["tasks"]
    assert (task["lastStatus"], second(task, "createdAt")) == ("PROVISIONING", 0)
    session.advance(10)
    assert described(session, task["taskArn"])["createdAt"] == task["createdAt"]


def test_a_task_of_a_pass_is_created_at_its_instant_d67() -> None:
    world = SessionCluster(small_session())
    world.session.advance(90)
    world.replicas(desired=1)
    world.session.advance(5)
    (task,) = world.tasks("web")
    assert second(described(world.session, task.arn), "createdAt") == 90


def test_a_failure_before_running_comes_when_it_would_have_run_d105() -> None:
    session = failing()
    (task,) = session.client("ecs").run_task(taskDefinition="web")["tasks"]
    session.advance(11.999)
    assert described(session, task["taskArn"])["lastStatus"] == "ACTIVATING"
    session.advance(0.001)
    found = described(session, task["taskArn"])
    assert (found["lastStatus"], found["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert found["stoppedReason"] == NO_TAG
    assert second(found, "stoppedAt") == second(found, "executionStoppedAt") == 12
    assert "startedAt" not in found


def test_an_interface_is_removed_after_a_failure_d105() -> None:
    """awsvpc: attached in 10 s, failed at 22, STOPPED 25 s later."""
    session = failing("awsvpc")
    ecs = session.client("ecs")
    (task,) = ecs.run_task(taskDefinition="web", networkConfiguration=SUBNETS)["tasks"]
    session.advance(22)
    assert described(session, task["taskArn"])["lastStatus"] == "DEPROVISIONING"
    session.advance(100)
    found = described(session, task["taskArn"])
    assert (second(found, "executionStoppedAt"), second(found, "stoppedAt")) == (22, 47)


def test_a_failure_counts_when_it_happens_d105() -> None:
    world = SessionCluster(small_session(behaviour=lambda _: Behaviour(start_failure=NO_TAG)))
    world.replicas(desired=1)
    counts = []
    for _ in range(3):
        world.session.advance(11)
        counts.append(world.describe("web")["deployments"][0]["failedTasks"])
        world.session.advance(1)
        counts.append(world.describe("web")["deployments"][0]["failedTasks"])
    assert counts == [0, 1, 1, 2, 2, 3]


def test_a_task_stopped_in_activating_takes_the_seconds_of_stopping_d105() -> None:
    session = small_session()
    ecs = session.client("ecs")
    (task,) = ecs.run_task(taskDefinition="web")["tasks"]
    session.advance(5)
    ecs.stop_task(task=task["taskArn"])
    session.advance(0)
    assert described(session, task["taskArn"])["lastStatus"] == "STOPPING"
    session.advance(10)
    found = described(session, task["taskArn"])
    assert second(found, "stoppedAt") == 7
    assert found["stoppedReason"] == "Task stopped by user"


def test_waiting_tasks_are_admitted_by_creation_and_small_ones_may_pass_d105_d68() -> None:
    """Two tasks leave room for one as large; the small one that came last fits beside it."""
    world = SessionCluster(small_session(1, cpu=384))
    stop = {"name": "c", "image": "i", "cpu": 256, "memory": 64, "stopTimeout": 100}
    for family, cpu in (("old", 256), ("large", 256), ("small", 64)):
        world.client.register_task_definition(
            family=family, containerDefinitions=[{**stop, "cpu": cpu}]
        )
    old = world.client.run_task(taskDefinition="old")["tasks"][0]["taskArn"]
    world.session.advance(60)
    world.client.stop_task(task=old)
    large = world.client.run_task(taskDefinition="large")["tasks"][0]["taskArn"]
    small = world.client.run_task(taskDefinition="small")["tasks"][0]["taskArn"]
    world.session.advance(0)
    arns = (old, large, small)
    statuses = [described(world.session, arn)["lastStatus"] for arn in arns]
    assert statuses == ["STOPPING", "PENDING", "ACTIVATING"]
    world.session.advance(2)
    statuses = [described(world.session, arn)["lastStatus"] for arn in arns]
    assert statuses == ["STOPPED", "ACTIVATING", "ACTIVATING"]


@pytest.mark.parametrize("how", ["deleted", "drained"])
def test_tasks_of_a_deleted_service_and_of_a_drained_host_stop_as_in_scaling_d69(how: str) -> None:
    world = SessionCluster()
    hosts = [world.instance(), world.instance()]
    world.replicas(desired=1)
    world.settle()
    (task,) = world.tasks("web")
    deployment = world.describe("web")["deployments"][0]["id"]
    if how == "deleted":
        world.client.delete_service(service="web", force=True)
    else:
        world.drain(task.instance or hosts[0])
    world.session.advance(200)
    found = described(world.session, task.arn)
    assert found["stopCode"] == "ServiceSchedulerInitiated"
    assert found["stoppedReason"] == f"Scaling activity initiated by (deployment {deployment})"
