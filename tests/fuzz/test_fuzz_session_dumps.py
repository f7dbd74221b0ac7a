"""Documents of sessions that ECS never sent: refused with ``DocumentError``, or read (C50, C31)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import placement
import placement.ecs as ecs
from capacity_operators import new_world
from capacity_operators import operate as operate_capacity
from junk_documents import JSON, JUNK, places
from managed_steps import drain, protect, run, scale, wait, world_of
from session_dumps import new_session, operate, with_services


@cache
def document() -> str:
    """Return a document with a deployment under way, as JSON."""
    session = with_services(new_session())
    session.advance_until("steady")
    operate(session, "deploy", 1)
    operate(session, "protect", 0)
    session.advance(20)
    found = session.to_ecs()
    found["placementState"]["generator"] = []
    return json.dumps(found)


@cache
def capacity_document() -> str:
    """Return a document with groups, launches under way, waiting tasks, policies and actions."""
    session = new_world()
    for name, number in (("schedule", 0), ("step", 1), ("metric", 30), ("constrained", 1)):
        operate_capacity(session, name, number)
    session.advance(400)
    for name, number in (("job", 3), ("run", 6), ("terminate", 1)):
        operate_capacity(session, name, number)
    session.advance(70)
    found = session.to_ecs()
    found["placementState"]["generator"] = []
    return json.dumps(found)


@cache
def managed_document() -> str:
    """Return a document with Managed Instances, launches under way and a daemon (C50, S12)."""
    world = world_of(zones=2, fails=False, takes_time=True)
    container = {"name": "agent", "image": "agent", "cpu": 64, "memory": 64}
    world.ecs.register_daemon_task_definition(family="agent", containerDefinitions=[container])
    world.ecs.create_daemon(
        daemonName="agent", daemonTaskDefinitionArn="agent", capacityProviderArns=["m"]
    )
    steps = (scale("one", 4), run("large", 2), wait(100), scale("two", 3), wait(30), protect(1))
    for step in (*steps, drain(0), wait(7)):
        step(world)
    found = world.session.to_ecs()
    found["placementState"]["generator"] = []
    return json.dumps(found)


def read(found: Any, on_error: str = "raise") -> ecs.Session | None:
    """Read a document; None if it was refused, after a look at the refusal."""
    try:
        return ecs.Session.from_ecs(found, on_error=on_error)
    except placement.DocumentError as error:
        check_error(error)
        return None


def check_error(error: placement.DocumentError) -> None:
    str(error).encode("utf-8")
    assert str(error).strip()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.data(),
    st.sampled_from(["raise", "skip"]),
    st.sampled_from([document, capacity_document, managed_document]),
)
def test_a_damaged_document_is_refused_or_read(
    data: st.DataObject, on_error: str, made: Callable[[], str]
) -> None:
    """C23, C31: one to three values of a document become something else, or are gone."""
    found = json.loads(made())
    for _ in range(data.draw(st.integers(1, 3))):
        chosen = data.draw(st.sampled_from(sorted(found)))
        spots = [(found, chosen), *places(found[chosen])]
        part, key = data.draw(st.sampled_from(spots))
        if data.draw(st.booleans()):
            part[key] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        elif isinstance(part, dict):
            del part[key]
            if not found:
                return
    session = read(found, on_error)
    if session is not None:
        session.to_ecs()
        session.advance(180)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_json_is_refused_or_read(found: Any) -> None:
    session = read(found)
    if session is not None:
        session.to_ecs()
