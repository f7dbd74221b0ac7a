"""What providers would do now, and how they follow more tasks (C52); rows E161 to E174."""

from __future__ import annotations

from typing import Any

import pytest

from capacity_session import NOON, CapacitySession, group_with, provider_of
from placement.ecs import ClientError, Session, Timing
from placement.ecs.outlooks.capacity import ProviderOutlook, look_at_providers
from placement.ecs.outlooks.capacity_course import CapacityCourse, follow_capacity, run_waiting
from placement.errors import UsageError
from placement.timestamps import SECOND


def numbers(outlook: ProviderOutlook, *names: str) -> tuple[Any, ...]:
    """Return some fields."""
    return tuple(getattr(outlook, name) for name in names)


def only(session: Session) -> ProviderOutlook:
    (found,) = look_at_providers(session)
    return found


def after(session: Session, count: int, **options: Any) -> CapacityCourse:
    return follow_capacity(session, run_waiting(session, "app", count, **options))


def steps(course: CapacityCourse) -> list[tuple[int, int, int]]:
    """Return second, registered instances and desired capacity of each change."""
    return [
        ((one.at - course.started_at) // SECOND, one.registered, one.desired)
        for one in course.changes
    ]


def test_an_idle_group_stays() -> None:
    session = CapacitySession({}).session
    found = only(session)
    assert numbers(found, "registered", "wanted", "reservation", "target") == (0, 0, 100, 100)
    assert (found.desired, found.new_desired) == (0, 0)
    assert found.reason == "the reservation is at the target"


def test_the_numbers_of_the_next_full_minute_and_nothing_changes() -> None:
    """E167: 3 full + 1 waiting, minimum step 5: CPR 266.67, 3 to 8."""
    world = CapacitySession({"full": 3, "settings": {"minimum_step": 5}})
    world.add_tasks(1)
    before = len(world.session.history), world.session.now
    found = only(world.session)
    assert numbers(found, "registered", "empty", "waiting", "wanted") == (3, 0, 1, 8)
    assert found.reservation is not None
    assert round(float(found.reservation), 2) == 266.67
    assert (found.desired, found.new_desired) == (3, 8)
    assert found.reason == "the reservation is above the target"
    assert (len(world.session.history), world.session.now) == before


def test_tasks_from_nothing_as_e161() -> None:
    """E161: 60: 0 to 2; 180: 2 placed; 360: 2 to 5; 480: all placed."""
    course = after(CapacitySession({}).session, 5)
    assert steps(course) == [(60, 0, 2), (180, 2, 2), (360, 2, 5), (480, 5, 5)]
    assert (course.tasks, course.placed) == (5, 5)
    assert course.placed_at == course.settled_at == course.started_at + 480 * SECOND
    assert course.changes[0].changes == (
        "desired capacity 0 → 2: tasks wait, and the group has no instance",
        "2 launched",
    )
    assert course.changes[1].changes == ("2 registered", "2 no longer waiting")


def test_one_task_from_nothing_as_e162() -> None:
    """E162: 60: 0 to 2; 180 placed; 1020: 2 to 1: that is when the group is at rest."""
    course = after(CapacitySession({}).session, 1)
    assert [one[:1] + one[2:] for one in steps(course)] == [(60, 2), (180, 2), (1020, 1)]
    assert course.placed_at == course.started_at + 180 * SECOND
    assert course.settled_at == course.started_at + 1020 * SECOND


def test_tasks_that_fit_on_no_type_end_as_e174() -> None:
    world = CapacitySession({"task_cpu": 4096})
    tasks = run_waiting(world.session, "app", 2)
    found = only(world.session)
    assert numbers(found, "wanted", "reservation", "new_desired") == (None, 100, 0)
    assert found.reason.startswith("no waiting task fits on the smallest instance type")
    course = follow_capacity(world.session, tasks)
    assert (course.placed, course.placed_at) == (0, None)
    assert course.failed == {"TaskFailedToStart: EMPTY CAPACITY PROVIDER": 2}
    assert course.settled_at == course.started_at + 1800 * SECOND


def test_tasks_that_fit_are_placed_at_once() -> None:
    course = after(CapacitySession({"empty": 2}).session, 2)
    assert course.placed_at == course.started_at
    assert course.settled_at is not None


def test_equal_tasks_of_several_calls_are_one_group_a60() -> None:
    """14 tasks, two a machine, from two calls of RunTask: seven machines."""
    session = CapacitySession({"full": 1, "slots": 2}).session
    run_waiting(session, "app", 14)
    assert only(session).wanted == 8


def test_no_task_and_no_room_are_a_settled_course() -> None:
    course = follow_capacity(CapacitySession({}).session, ())
    assert course.settled_at == course.started_at
    assert course.changes == ()


def two(strategy: list[dict[str, Any]]) -> Session:
    """Return a session with the providers p and q, and a default strategy."""
    session = CapacitySession({}).session
    provider_of(session, "q", group_with(session, "other"))
    session.client("ecs").put_cluster_capacity_providers(
        cluster="default", capacityProviders=["p", "q"], defaultCapacityProviderStrategy=strategy
    )
    return session


def test_the_default_strategy_counts_as_in_one_call() -> None:
    """A56: base is filled once, though each call starts ten tasks at most."""
    strategy = [
        {"capacityProvider": "p", "weight": 1, "base": 4},
        {"capacityProvider": "q", "weight": 1},
    ]
    session = two(strategy)
    session.client("ecs").update_capacity_provider(
        name="q", autoScalingGroupProvider={"managedScaling": {"status": "ENABLED"}}
    )
    run_waiting(session, "app", 24)
    assert [(one.provider, one.waiting) for one in look_at_providers(session)] == [
        ("p", 14),
        ("q", 10),
    ]
    run_waiting(session, "app", 3, provider="q")
    assert [one.waiting for one in look_at_providers(session)] == [14, 13]


def test_a_provider_without_managed_scaling_decides_nothing() -> None:
    found = {one.provider: one for one in look_at_providers(two([]))}
    assert found["q"].reason == "managed scaling is off: only others change the group"
    assert (found["q"].reservation, found["q"].target) == (None, None)


def test_a_provider_without_cluster_and_one_of_fargate() -> None:
    session = two([])
    session.advance(60)
    session.client("ecs").put_cluster_capacity_providers(
        cluster="default", capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[]
    )
    found = {one.provider: one.reason for one in look_at_providers(session)}
    assert found["FARGATE"] == "it needs no instances"
    assert found["p"] == "no cluster has the provider: nothing is measured"
    assert "FARGATE_SPOT" not in found


def test_a_group_without_type_is_named() -> None:
    world = CapacitySession({})
    world.session._account.machine_templates.clear()
    world.add_tasks(1)
    assert only(world.session).reason.startswith("no instance type of the group is known")


def test_where_tasks_run_must_be_clear() -> None:
    session = two([])
    with pytest.raises(UsageError, match="say on which capacity provider the tasks run"):
        run_waiting(session, "app", 1)
    with pytest.raises(UsageError, match="has no capacity provider 'r'; it has p, q"):
        run_waiting(session, "app", 1, provider="r")


def test_more_than_may_wait_are_refused_in_the_words_of_the_api() -> None:
    """A57."""
    with pytest.raises(ClientError, match="provisioning capacity limit"):
        run_waiting(CapacitySession({}).session, "app", 501)


def test_managed_instances_are_launched_at_once() -> None:
    """S12.2: no minute decides about them; a launch takes 60 s."""
    session = Session(start=NOON, timing=Timing())
    client = session.client("ecs")
    client.create_cluster()
    client.create_capacity_provider(
        name="managed",
        cluster="default",
        managedInstancesProvider={
            "infrastructureRoleArn": "arn:aws:iam::123456789012:role/infrastructure",
            "instanceLaunchTemplate": {
                "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecs",
                "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
            },
        },
    )
    container = {"name": "app", "image": "busybox", "cpu": 1024, "memory": 512}
    client.register_task_definition(
        family="app",
        networkMode="host",
        requiresCompatibilities=["MANAGED_INSTANCES"],
        containerDefinitions=[container],
    )
    course = after(session, 2, provider="managed")
    (found,) = look_at_providers(session)
    assert (found.kind, found.group, found.new_desired) == ("MANAGED_INSTANCES", None, 0)
    assert found.reason.startswith("Managed Instances: machines are launched at once")
    assert course.placed == 2
    assert [one.changes for one in course.changes][-1] == ("1 registered", "2 no longer waiting")
