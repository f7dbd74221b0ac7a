"""Laws of Managed Instances in sessions: no task is lost, all instances end, constants rest.

S12, D81 to D84: whatever calls come in whatever order, with launches that fail and instances that
are lost.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from managed_session import ManagedSession
from managed_steps import SCALE_IN_AFTER, SERVICES, STEPS, Step, everything, world_of


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
