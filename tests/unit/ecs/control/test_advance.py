"""The order inside one instant, and what moves next (S1.2, D3, D127)."""

from __future__ import annotations

from typing import Any

from placement.ecs import Behaviour
from session_cluster import SessionCluster
from small_sessions import small_session


def whats(world: SessionCluster, since: int) -> list[str]:
    """Return what the history says of tasks from an index on, tasks by their ids."""
    return [
        f"{one.subject.rpartition('/')[2]} {one.what}"
        for one in world.session.history[since:]
        if ":task/" in one.subject
    ]


def test_what_the_caller_tells_comes_first_in_its_order_d3() -> None:
    """(a) before (b): a task that fails to start in the instant of RUNNING never runs."""
    world = SessionCluster()
    world.instance()
    world.replicas(desired=2)
    world.session.advance(11)
    first, second = world.tasks("web")
    world.session.advance(0.9)
    since = len(world.session.history)
    # Neither call moves time; both happen when the next ``advance`` begins, the second one first.
    world.session.fail_start(second.arn, "CannotPullContainerError: no such tag")
    world.session.fail_start(first.arn, "ResourceInitializationError")
    assert len(world.session.history) == since
    world.session.advance(0)
    assert whats(world, since)[:4] == [
        f"{second.id} desiredStatus STOPPED",
        f"{second.id} STOPPED",
        f"{first.id} desiredStatus STOPPED",
        f"{first.id} STOPPED",
    ]


def test_tasks_move_by_due_time_and_then_by_creation_d3_d127() -> None:
    """(b): ids are random texts; the order of tasks is that of their creation."""
    world = SessionCluster()
    world.instance()
    world.replicas(desired=8)
    world.session.advance(0)
    tasks = [task.id for task in world.tasks("web")]
    assert tasks != sorted(tasks)
    since = len(world.session.history)
    world.session.advance(12)
    assert whats(world, since) == [f"{id} RUNNING" for id in tasks]


def test_tasks_move_before_the_passes_and_passes_see_it_in_the_same_instant_d3() -> None:
    """(b) before (f), again and again: a task ends, is replaced, and its replacement begins."""
    world = SessionCluster()
    world.instance()
    world.replicas(desired=1)
    world.settle()
    (old,) = world.tasks("web")
    since = len(world.session.history)
    world.session.exit_container(old.arn)
    world.session.advance(0)
    (new,) = world.tasks("web")
    assert whats(world, since) == [
        f"{old.id} desiredStatus STOPPED",
        f"{old.id} DEACTIVATING",
        f"{old.id} STOPPING",
        f"{old.id} STOPPED",
        f"{new.id} created",
        f"{new.id} ACTIVATING",
    ]


def test_daemons_are_looked_at_first_then_services_by_creation_d3() -> None:
    """(f): the daemon was created last and takes the room that both others want."""
    world = SessionCluster()
    world.replicas("b", desired=1)
    world.replicas("a", desired=1)
    world.daemon("agent")
    world.session.advance(0)
    world.instance(tasks=2)
    world.session.advance(0)
    assert {name: len(world.tasks(name)) for name in ("agent", "b", "a")} == {
        "agent": 1,
        "b": 1,
        "a": 0,
    }


def test_a_later_service_of_the_sweep_sees_what_an_earlier_one_left_d3() -> None:
    world = SessionCluster()
    world.instance(tasks=2)
    world.replicas("first", desired=2)
    world.settle()
    world.replicas("second", desired=2)
    world.session.advance(0)
    assert not world.tasks("second")
    world.client.update_service(service="first", desiredCount=0)
    world.session.advance(0)
    assert len(world.tasks("second")) == 2


def test_functions_are_asked_in_the_order_of_creation_d124() -> None:
    """Of one pass and of several services; a task's document has its service by then."""
    asked: list[str] = []

    def behaviour(task: dict[str, Any]) -> Behaviour:
        asked.append(task["taskArn"])
        assert task["group"].startswith("service:")
        return Behaviour()

    world = SessionCluster(small_session(cpu=4096, behaviour=behaviour))
    world.replicas("b", desired=5)
    world.replicas("a", desired=5)
    world.session.advance(0)
    created = [one.subject for one in world.session.history if one.what == "created"]
    assert asked == created
    assert len(asked) == 10


def test_an_instant_ends_where_tasks_live_no_moment_d125() -> None:
    """``timing=None`` and ``runs_for=0``: one replacement a second, for ever."""
    session = small_session(behaviour=lambda _: Behaviour(pull_seconds=0, runs_for=0))
    world = SessionCluster(session)
    world.replicas(desired=1)
    world.session.advance(60)
    created = [one.time for one in session.history if one.what == "created"]
    assert 2 <= len(created) == len(set(created)) <= 61
