"""What the caller tells a session: checked in the call, done when time moves next (C42)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from placement.ecs import ClientError, Session
from placement.errors import UsageError
from session_cluster import SessionCluster
from small_sessions import register, small_session

CHECK = {"healthCheck": {"command": ["CMD", "true"], "interval": 10, "retries": 2}}


def world_with(**container: Any) -> SessionCluster:
    """Return a world with one task of a service, which is RUNNING and healthy."""
    world = SessionCluster(small_session(2, container=container))
    world.client.create_service(serviceName="web", taskDefinition="web:1", desiredCount=1)
    world.settle()
    return world


def seen(world: SessionCluster, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = world.client.describe_tasks(tasks=[arn])["tasks"][0]
    return found


def tell(kind: str, session: Session, task: str, host: str) -> None:
    calls: dict[str, Callable[[], None]] = {
        "exit_container": lambda: session.exit_container(task, "app", 7),
        "set_container_health": lambda: session.set_container_health(task, "UNHEALTHY"),
        "lose_instance": lambda: session.lose_instance(host),
        "set_agent": lambda: session.set_agent(host, connected=False),
    }
    calls[kind]()


EVENTS = ("exit_container", "set_container_health", "lose_instance", "set_agent")


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_happens_in_the_next_advance_c42(kind: str) -> None:
    world = world_with()
    (task,) = world.tasks("web")
    before = world.session.to_ecs()
    history = len(world.session.history)
    tell(kind, world.session, task.arn, task.instance or "")
    after = world.session.to_ecs()
    assert after["tasks"] == before["tasks"]
    assert after["containerInstances"] == before["containerInstances"]
    assert len(world.session.history) == history
    world.session.advance(0)
    assert len(world.session.history) > history


def test_an_essential_container_exits_c42() -> None:
    world = world_with()
    (task,) = world.tasks("web")
    world.session.exit_container(task.arn, "app", 7)
    world.session.advance(2)
    found = seen(world, task.arn)
    assert (found["stopCode"], found["lastStatus"]) == ("EssentialContainerExited", "STOPPED")
    assert found["stoppedReason"] == "Essential container in task exited"
    assert found["containers"][0]["exitCode"] == 7
    assert len(world.tasks("web")) == 1, "replaced"


def test_a_lost_host_takes_its_tasks_along_c42() -> None:
    world = world_with()
    (task,) = world.tasks("web")
    world.session.lose_instance(task.instance or "")
    world.session.advance(0)
    found = seen(world, task.arn)
    assert (found["stopCode"], found["lastStatus"]) == ("TerminationNotice", "STOPPED")
    assert found["stoppedReason"] == f"Host EC2 (instance {task.instance}) stopped/terminated"
    (new,) = world.tasks("web")
    assert new.instance != task.instance
    assert len(world.client.list_container_instances()["containerInstanceArns"]) == 1


def test_transitions_stand_still_while_an_agent_is_away_c42() -> None:
    """The time that was left is taken when it is back."""
    world = SessionCluster(small_session(1))
    world.client.create_service(serviceName="web", taskDefinition="web:1", desiredCount=1)
    world.session.advance(5)  # RUNNING would be at 12
    (task,) = world.tasks("web")
    world.session.set_agent(task.instance or "", connected=False)
    world.session.advance(1000)
    assert seen(world, task.arn)["lastStatus"] == "ACTIVATING"
    world.session.set_agent(task.instance or "", connected=True)
    world.session.advance(6.999)
    assert seen(world, task.arn)["lastStatus"] == "ACTIVATING"
    world.session.advance(0.001)
    assert seen(world, task.arn)["lastStatus"] == "RUNNING"


def test_nothing_is_placed_where_an_agent_is_away_c42() -> None:
    world = SessionCluster(small_session(1))
    host = world.client.list_container_instances()["containerInstanceArns"][0]
    world.session.set_agent(host, connected=False)
    world.client.create_service(serviceName="web", taskDefinition="web:1", desiredCount=1)
    world.session.advance(1)
    assert not world.tasks("web")
    assert 'encountered error "AGENT".' in world.messages("web")[-1]
    world.session.set_agent(host, connected=True)
    world.session.advance(0)
    assert len(world.tasks("web")) == 1


def test_what_checks_find_is_counted_by_intervals_and_retries_c42() -> None:
    """Every 10 s, twice in a row; None: the behaviour says it again."""
    world = world_with(**CHECK)
    (task,) = world.tasks("web")
    assert seen(world, task.arn)["healthStatus"] == "HEALTHY"
    begin = world.session.now
    world.session.set_container_health(task.arn, "UNHEALTHY")
    assert world.session.advance_until(
        lambda _: seen(world, task.arn)["healthStatus"] == "UNHEALTHY", limit=60
    )
    assert 10 < (world.session.now - begin).total_seconds() <= 20
    other = next(one for one in world.tasks("web") if one is not task)
    world.session.set_container_health(other.arn, lambda _: "HEALTHY")
    world.session.set_container_health(other.arn, None)
    world.settle()
    assert [one.id for one in world.tasks("web")] == [other.id]


def test_an_event_whose_subject_has_ended_does_nothing_and_history_says_so_c42() -> None:
    world = world_with()
    (task,) = world.tasks("web")
    world.session.lose_instance(task.instance or "")
    world.session.exit_container(task.arn)
    world.session.set_agent(task.instance or "", connected=False)
    world.session.advance(0)
    said = [one for one in world.session.history if one.reason.startswith("nothing happened")]
    assert [one.what for one in said] == ["exit_container", "set_agent"]
    assert said[0].subject == task.arn


TASK = "the task"
"""Stands for the ARN of the task."""


@pytest.mark.parametrize(
    ("method", "arguments", "error", "words"),
    [
        ("exit_container", ("nothing",), ClientError, "task was not found"),
        ("exit_container", (TASK, "db"), UsageError, "has no container 'db'; it has app"),
        ("exit_container", (TASK, "app", "1"), UsageError, "exit_code is a whole number"),
        ("fail_start", (TASK, "x"), UsageError, "has been RUNNING: it cannot fail"),
        ("fail_start", (TASK, 5), UsageError, "reason is a text"),
        ("set_container_health", (TASK, "ill"), UsageError, "status is HEALTHY, UNHEALTHY"),
        ("lose_instance", ("i-1",), ClientError, "instance was not found"),
        ("set_agent", (None, True), ClientError, "instance was not found"),
        ("set_agent", ("i", 1), UsageError, "connected is True or False"),
        ("set_target_health", ("web", ("i", 80), "healthy"), ClientError, "target group"),
        ("set_target_health", ("web", "i", "healthy"), UsageError, "pair of target id"),
        ("set_target_health", ("web", ("i", 80), "up"), UsageError, "state is healthy"),
        ("traffic", (5,), UsageError, "arn is that of a rule or listener"),
    ],
)
def test_a_subject_is_checked_in_the_call_c42(
    method: str, arguments: tuple[Any, ...], error: type[Exception], words: str
) -> None:
    world = world_with()
    (task,) = world.tasks("web")
    given = [task.arn if one is TASK else one for one in arguments]
    before = world.session.to_ecs()
    with pytest.raises(error, match=words):
        getattr(world.session, method)(*given)
    world.session.advance(0)
    assert world.session.to_ecs() == before


def test_a_stopped_task_is_refused_c42() -> None:
    world = world_with()
    (task,) = world.tasks("web")
    world.client.stop_task(task=task.arn)
    world.session.advance(5)
    with pytest.raises(UsageError, match="is STOPPED: nothing happens to it any more"):
        world.session.exit_container(task.arn)


def test_a_lost_instance_is_found_no_more_c42() -> None:
    world = world_with()
    host = register(world.client)
    world.session.lose_instance(host)
    world.session.advance(0)
    with pytest.raises(ClientError, match="instance was not found"):
        world.session.lose_instance(host)
