"""What the model does goes by what happened, not by how large the account is (C24, S1.2).

Steps are counted, not timed: lines of code run, passes over services, entries of the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import placement.ecs as pe
from small_sessions import service, small_session
from steps_taken import steps, watched

FEW, MANY = 6, 48
TASKS = 3


def with_services(count: int) -> pe.Session:
    """Return a session at rest: as many services as instances, each of three tasks."""
    session = small_session(count, zones="abc")
    ecs = session.client("ecs")
    for number in range(count):
        ecs.create_service(
            **service(
                serviceName=f"s{number}",
                desiredCount=TASKS,
                availabilityZoneRebalancing="DISABLED",
            )
        )
    assert session.advance_until("steady")
    return session


@pytest.fixture(scope="module")
def few() -> pe.Session:
    return with_services(FEW)


@pytest.fixture(scope="module")
def many() -> pe.Session:
    return with_services(MANY)


Happening = Callable[[], None]
"""Something that happens in a session, and all that follows until it is at rest."""


def stop_tasks(session: pe.Session, count: int = 1) -> Happening:
    """Return: tasks of a service stop, and are replaced."""
    ecs = session.client("ecs")
    tasks = ecs.list_tasks(serviceName="s3")["taskArns"][:count]

    def happen() -> None:
        for task in tasks:
            ecs.stop_task(task=task)
        assert session.advance_until("steady")

    return happen


def deploy(session: pe.Session) -> Happening:
    """Return: a service gets another task definition."""

    def happen() -> None:
        session.client("ecs").update_service(service="s3", taskDefinition="web:2")
        assert session.advance_until("steady")

    return happen


AT_REST: list[Callable[[pe.Session], Any]] = [
    lambda session: session.advance(3600),
    lambda session: session.advance_until("steady"),
    lambda session: session.advance_until(lambda _: False, limit=3600),
]


@pytest.mark.parametrize("call", AT_REST, ids=["advance", "steady", "never true"])
def test_time_at_rest_costs_nothing_for_each_service(
    few: pe.Session, many: pe.Session, call: Callable[[pe.Session], Any]
) -> None:
    """Nothing falls due in an hour: as many steps for 6 services as for 48 (C40)."""
    one, other = few.copy(), many.copy()
    taken = steps(lambda: call(one))
    assert taken == steps(lambda: call(other))
    assert taken > 0


def test_time_at_rest_handles_no_entry_and_runs_no_pass(
    many: pe.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until six hours after the steady state, when its event is due again (D26)."""
    session = many.copy()
    with watched(monkeypatch) as work:
        session.advance(5 * 3600)
        assert not work.passes
        assert not work.entries
        session.advance(3600)
    assert sorted(work.passes) == sorted(f"s{number}" for number in range(MANY))
    assert [kind for kind, *_ in work.entries] == ["again"] * MANY


def test_a_drained_instance_runs_passes_of_its_own_services_only(
    many: pe.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries and passes are those of the tasks that leave and of the tasks that come (S8.3)."""
    session = many.copy()
    ecs = session.client("ecs")
    arn = ecs.list_container_instances()["containerInstanceArns"][0]
    there = ecs.list_tasks(containerInstance=arn)["taskArns"]
    groups = {one["group"] for one in ecs.describe_tasks(tasks=there)["tasks"]}
    assert 0 < len(groups) < MANY / 4
    ecs.update_container_instances_state(containerInstances=[arn], status="DRAINING")
    with watched(monkeypatch) as work:
        assert session.advance_until("steady")
    assert {f"service:{name}" for name in work.passes} == groups
    moved = {what[1] for what in work.entries if what[0] == "task"}
    assert len(moved) == 2 * len(there)  # those that leave, and those that come for them
    assert {what[0] for what in work.entries} <= {"task", "drain", "warm", "pulled", "forget"}


@pytest.mark.parametrize("what", [stop_tasks, deploy])
def test_a_pass_does_not_grow_with_the_cluster(
    few: pe.Session, many: pe.Session, what: Callable[[pe.Session], Happening]
) -> None:
    """Eight times the instances, services and tasks: not a step more (S1.2, S4.5)."""
    one, other = few.copy(), many.copy()
    for session in (one, other):  # once before: what a copy leaves out is made when it is needed
        stop_tasks(session)()
    assert steps(what(one)) == steps(what(other))


def test_steps_grow_with_what_happens(few: pe.Session) -> None:
    """The measure itself: two tasks that stop take more steps than one."""
    assert steps(stop_tasks(few.copy())) * 1.2 < steps(stop_tasks(few.copy(), 2))
