"""When a task of a service is unhealthy (S4.2, D27)."""

from __future__ import annotations

from typing import Any

from placement.ecs import Behaviour
from placement.services.model import TaskClass
from session_cluster import SessionCluster
from small_sessions import small_session

CHECK: dict[str, Any] = {"healthCheck": {"command": ["CMD", "true"], "interval": 10, "retries": 3}}


def world_with(behaviour: Behaviour, grace: int = 0, **container: Any) -> SessionCluster:
    world = SessionCluster(small_session(container=container, behaviour=lambda _: behaviour))
    more = {"healthCheckGracePeriodSeconds": grace} if grace else {}
    world.client.create_service(serviceName="web", taskDefinition="web:1", desiredCount=1, **more)
    return world


def became(world: SessionCluster, wanted: TaskClass, limit: int = 2000) -> float | None:
    """Return the second at which the first task has a class; None: it never has."""
    begin = world.session.now
    world.session.advance(0)
    (task,) = world.tasks("web")

    def holds(_: object) -> bool:
        return task.life is not None and task.life.task_class is wanted

    if not world.session.advance_until(holds, limit=limit):
        return None
    return (world.session.now - begin).total_seconds()


def test_a_task_is_unhealthy_when_a_check_says_so_d27() -> None:
    """RUNNING at 12, checks every 10 s, the third failure in a row at 42."""
    world = world_with(Behaviour(container_health="UNHEALTHY"), **CHECK)
    assert became(world, TaskClass.UNHEALTHY) == 42


def test_a_check_that_fails_in_grace_does_not_d27() -> None:
    """Grace counts from RUNNING; what checks say then holds at its end."""
    world = world_with(Behaviour(container_health="UNHEALTHY"), grace=300, **CHECK)
    assert became(world, TaskClass.UNHEALTHY) == 312


def test_a_slow_task_is_not_unhealthy_d27() -> None:
    """An hour of pulling, and forty minutes in which no check has passed."""
    slow: dict[str, Any] = {
        "healthCheck": {"command": ["CMD", "true"], "interval": 300, "retries": 10}
    }
    late = Behaviour(
        pull_seconds=3600, container_health=lambda t: "HEALTHY" if t > 2400 else "UNHEALTHY"
    )
    world = world_with(late, **slow)
    assert became(world, TaskClass.UNHEALTHY, 6000) is None
    (task,) = world.tasks("web")
    assert task.life is not None
    assert task.life.task_class is TaskClass.WARMING
    assert became(world, TaskClass.HEALTHY, 6000) is not None
