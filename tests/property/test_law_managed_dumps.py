"""Managed Instances and their daemons, written and read: the same future (C30, C50, S12)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from managed_session import ManagedSession
from managed_steps import STEPS, Step, everything, fails_at_times, world_of
from placement.ecs import Session

PRICES = {"m6i.large": 0.05, "c6i.xlarge": None}


def with_daemon(world: ManagedSession) -> ManagedSession:
    container = {"name": "agent", "image": "agent", "cpu": 64, "memory": 64}
    world.ecs.register_daemon_task_definition(family="agent", containerDefinitions=[container])
    world.ecs.create_daemon(
        daemonName="agent",
        daemonTaskDefinitionArn="agent",
        capacityProviderArns=["m"],
        deploymentConfiguration={"drainPercent": 50.0},
    )
    return world


def loaded(document: dict[str, Any], **more: Any) -> ManagedSession:
    """Return the session of a document as a world of its own."""
    world = object.__new__(ManagedSession)
    world.session = Session.from_ecs(json.loads(json.dumps(document, allow_nan=False)), **more)
    world.ecs = world.session.client("ecs")
    return world


def without_state(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as the describe calls alone print it."""
    return {name: value for name, value in document.items() if name != "placementState"}


def plain(world: ManagedSession) -> str:
    return json.dumps(world.session.to_ecs(), sort_keys=True)


@settings(max_examples=30, deadline=None)
@given(STEPS, STEPS, st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
def test_a_round_trip_at_rest_changes_no_later_decision_c50(
    before: list[Step], after: list[Step], zones: int, fails: bool, takes_time: bool, daemon: bool
) -> None:
    """C50: prices, idle times, failed launches, protected tasks, daemons go on."""
    one = world_of(zones, fails, takes_time, prices=PRICES)
    if daemon:
        with_daemon(one)
    for step in before:
        step(one)
    if not one.session.advance_until("steady", limit=14_400):
        return
    two = loaded(one.session.to_ecs(), launches=fails_at_times if fails else None)
    assert two.session._account.notes == []
    assert plain(two) == plain(one)
    begun = len(one.session.history)
    for world in (one, two):
        for step in after:
            step(world)
        world.session.advance(4_000)
    assert two.session.history == one.session.history[begun:]
    assert plain(two) == plain(one)


@settings(max_examples=30, deadline=None)
@given(STEPS, st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
def test_a_dump_in_the_middle_goes_on_and_rests_c50(
    steps: list[Step], zones: int, takes_time: bool, daemon: bool, has_state: bool
) -> None:
    """C50: launches and ends under way begin at loading; with and without ``placementState``."""
    one = world_of(zones, False, takes_time)
    if daemon:
        with_daemon(one)
    for step in steps:
        step(one)
    document = one.session.to_ecs()
    two = loaded(document if has_state else without_state(document))
    two.session.advance(12_000)
    for service in two.ecs.describe_services(services=["one", "two"])["services"]:
        assert service["runningCount"] == service["desiredCount"]
    found = everything(two)
    two.session.advance(86_400)
    assert everything(two) == found, "what does not change rests"
    registered = two.session._account.clusters["default"].instances.values()
    managed = two.session._account.providers["m"].managed
    assert managed is not None
    assert {one.container_instance for one in managed.instances.values()} == {
        record.id for record in registered if record.is_registered
    }
