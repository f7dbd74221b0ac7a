"""Laws of Managed Instances in sessions: no task is lost, all instances end, constants rest.

S12, D81 to D84: whatever calls come in whatever order, with launches that fail and instances that
are lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from managed_session import ManagedSession, register_task
from placement.ecs import Launch, LaunchRequest, Timing

FAMILIES = {"small": (256, 512), "middle": (1024, 2048), "large": (3000, 6000)}
TYPES = {"allowedInstanceTypes": ["c6i.*large", "m6i.large", "m6i.xlarge", "r6i.large"]}
SERVICES = ("one", "two")
SCALE_IN_AFTER = 300

Step = Callable[[ManagedSession], None]


def fails_at_times(request: LaunchRequest) -> Launch | None:
    """Let launches fail by type, zone and minute; one type can never be had in two zones."""
    number = request.now.minute + len(request.instance_type) + ord(request.zone[-1])
    is_scarce = request.instance_type == "c6i.large" and request.zone[-1] in "ab"
    return Launch(failure="no capacity") if is_scarce or number % 5 == 0 else None


def scale(service: str, count: int) -> Step:
    def step(world: ManagedSession) -> None:
        world.ecs.update_service(service=service, desiredCount=count)

    return step


def run(family: str, count: int) -> Step:
    def step(world: ManagedSession) -> None:
        world.ecs.run_task(taskDefinition=family, count=count)

    return step


def stop(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        tasks = world.tasks()
        if tasks:
            world.ecs.stop_task(task=tasks[place % len(tasks)]["taskArn"])

    return step


def lose(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        instances = world.instances()
        if instances:
            world.session.lose_instance(instances[place % len(instances)]["ec2InstanceId"])

    return step


def drain(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        instances = world.instances()
        if instances:
            arn = instances[place % len(instances)]["containerInstanceArn"]
            world.ecs.update_container_instances_state(containerInstances=[arn], status="DRAINING")

    return step


def wait(seconds: int) -> Step:
    def step(world: ManagedSession) -> None:
        world.session.advance(seconds)

    return step


PLACES = st.integers(0, 20)
STEPS = st.lists(
    st.one_of(
        st.builds(scale, st.sampled_from(SERVICES), st.integers(0, 8)),
        st.builds(run, st.sampled_from(list(FAMILIES)), st.integers(1, 3)),
        st.builds(stop, PLACES),
        st.builds(lose, PLACES),
        st.builds(drain, PLACES),
        st.builds(wait, st.sampled_from((0, 1, 30, 61, 299, 301, 700))),
    ),
    max_size=14,
)


def world_of(zones: int, fails: bool, takes_time: bool) -> ManagedSession:
    timing = Timing() if takes_time else None
    world = ManagedSession(
        TYPES, zones=zones, timing=timing, launches=fails_at_times if fails else None
    )
    for family, (cpu, memory) in FAMILIES.items():
        register_task(world.ecs, family, cpu, memory)
    for service, family in zip(SERVICES, ("small", "middle"), strict=True):
        world.ecs.create_service(serviceName=service, taskDefinition=family, desiredCount=0)
    return world


def check(world: ManagedSession) -> None:
    """Hold what is always so: each instance ends, holds tasks, or waits for scaleInAfter."""
    account = world.session._account
    managed = account.providers["m"].managed
    assert managed is not None
    now = account.time.now
    instances = account.clusters["default"].instances
    for one in managed.instances.values():
        if one.container_instance is None:
            assert account.time.queue.has_any({"managed-launched"})
            continue
        record = instances[one.container_instance]
        assert record.is_registered
        assert record.tasks or one.changed_at + SCALE_IN_AFTER * 1_000_000 >= now
    registered = {id for id, record in instances.items() if record.is_registered}
    assert registered == {
        one.container_instance for one in managed.instances.values() if one.container_instance
    }
    for task in account.live.values():
        assert task.life is not None
        is_placed = task.instance in registered
        waits = task.life.number in account.clusters["default"].provisioning
        is_over = task.desired_status == "STOPPED"
        assert is_placed or waits or is_over


def everything(world: ManagedSession) -> list[Any]:
    return [world.instances(), world.tasks()]


@settings(max_examples=40, deadline=None)
@given(STEPS, st.integers(1, 3), st.booleans(), st.booleans())
def test_no_task_is_lost_and_every_instance_ends(
    steps: list[Step], zones: int, fails: bool, takes_time: bool
) -> None:
    """D81, D83, D84: at every moment, and at the end services have what they want."""
    world = world_of(zones, fails, takes_time)
    for step in steps:
        step(world)
        world.session.advance(0)
        check(world)
    world.session.advance(4000)
    check(world)
    described = world.ecs.describe_services(services=list(SERVICES))["services"]
    for service in described:
        assert service["runningCount"] == service["desiredCount"]
    # What does not change rests: no launch, no drain, no end from here on.
    world.session.advance(7200)
    before = everything(world)
    number = len(world.history("launch", "DRAINING", "DEREGISTERING", "i-"))
    world.session.advance(86_400)
    assert len(world.history("launch", "DRAINING", "DEREGISTERING", "i-")) == number
    assert everything(world) == before
    # Without tasks all instances end.
    for service in SERVICES:
        world.ecs.update_service(service=service, desiredCount=0)
    for task in world.tasks():
        world.ecs.stop_task(task=task["taskArn"])
    world.session.advance(4000)
    assert world.instances() == []
    check(world)


@settings(max_examples=20, deadline=None)
@given(STEPS, st.integers(1, 3), st.booleans(), st.booleans())
def test_equal_calls_give_equal_histories(
    steps: list[Step], zones: int, fails: bool, takes_time: bool
) -> None:
    """C24, C29: run twice, and on in a copy from the middle, to the byte."""
    one, two = (world_of(zones, fails, takes_time) for _ in range(2))
    for place, step in enumerate(steps):
        step(one)
        step(two)
        if place == len(steps) // 2:
            twin = two.session.copy()
            twin.advance(2000)
            with one.session.trial():
                one.session.advance(2000)
                assert one.session.history == twin.history
    one.session.advance(1000)
    two.session.advance(1000)
    assert list(map(str, one.session.history)) == list(map(str, two.session.history))
