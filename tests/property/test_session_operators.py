"""Random histories of operators on sessions: daemons, draining, zones, protection (S7, S8)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from operator_world import (
    KINDS,
    REPLICAS,
    Step,
    check_protected,
    check_rest,
    check_starts,
    do,
    new_world,
    recount,
)
from session_cluster import SessionCluster

NUMBERS = st.integers(0, 60)
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), NUMBERS, NUMBERS), max_size=25)


def run(world: SessionCluster, steps: list[Step]) -> None:
    """Do steps, and recount after the passes of each instant that they lead to."""
    for step in steps:
        before = {task.id for name in REPLICAS for task in world.tasks(name)}
        do(world, step)
        if step[0] != "advance":
            world.session.advance(0)
            check_starts(world, before)
        recount(world)
        check_protected(world)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_counts_equal_a_recount_and_rest_is_as_it_should_be(steps: list[Step]) -> None:
    """One daemon on every qualifying instance, room kept, protected tasks left, zones balanced."""
    world = new_world()
    run(world, steps)
    world.session.advance_until("steady", limit=3600)
    recount(world)
    check_protected(world)
    check_rest(world)


@settings(max_examples=30, deadline=None)
@given(STEPS, st.integers(0, 25))
def test_a_copy_in_the_middle_has_the_same_future(steps: list[Step], at: int) -> None:
    """Events and history are equal to the end, and the copy shares nothing that changes."""
    world = new_world()
    run(world, steps[:at])
    twin = world.copy()
    for one in (world, twin):
        for step in steps[at:]:
            do(one, step)
        one.session.advance(400)
        recount(one)
    assert world.session.history == twin.session.history
    for name in (*REPLICAS, "agent"):
        assert world.describe(name) == twin.describe(name)
