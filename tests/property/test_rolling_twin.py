"""Rolling deployments against their naive twin, over histories of what operators and tasks do.

``RollingWorld.run_pass`` compares every pass and checks every action; here are the histories, and
what holds at their ends.  Hypothesis chooses some in every run; a plain driver plays many more from
seeds (``PLACEMENT_LONG=20000`` plays so many).
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive_rolling import NaiveService
from rolling_histories import PERCENTS, STEPS, Step, is_steady, let_settle, play

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
SHORT = 200
"""Histories that every run plays from seeds."""

EXAMPLES = max(100, settings().max_examples)

LOWER_BOUND_MAY_BREAK = {"protect", "undrain", "percents"}
"""What makes tasks healthy, or keeps them so, that no slot is for: when protection ends (D102) or
an instance is undrained they are surplus, however few others are healthy; and other percents ask
for more than there was to keep."""


def histories(*without: str) -> st.SearchStrategy[list[Step]]:
    names = st.sampled_from(sorted(STEPS.keys() - set(without)))
    number = st.integers(0, 99)
    return st.lists(st.tuples(names, number, number), max_size=40)


@st.composite
def services(draw: st.DrawFn) -> NaiveService:
    minimum, maximum = draw(st.sampled_from(PERCENTS))
    return NaiveService(
        draw(st.integers(0, 8)),
        minimum,
        maximum,
        balanced=draw(st.booleans()),
        count_stopping=draw(st.booleans()),
    )


def check_history(naive: NaiveService, steps: list[Step]) -> None:
    """Play a history, let the service come to rest, and check that it is as it should be."""
    world = play(naive, steps)
    let_settle(world)
    assert world.last is not None
    if world.state.upper > world.state.lower or not world.state.desired:
        assert is_steady(world), world.state
    assert is_steady(world) != world.last.is_stuck  # D30, D6


@settings(max_examples=EXAMPLES)
@given(services(), histories())
def test_every_pass_is_that_of_the_twin(naive: NaiveService, steps: list[Step]) -> None:
    """D17, D28, D101 to D104, D119, D123: actions, slots and caps are the twin's.

    No start lifts the active tasks above upper, and scale-in never stops a protected task; at rest
    the service is steady where the percents allow.
    """
    check_history(naive, steps)


def test_histories_from_seeds_d28() -> None:
    """A failure names its seed."""
    names = sorted(STEPS)
    for seed in range(LONG or SHORT):
        chance = random.Random(seed)
        minimum, maximum = chance.choice(PERCENTS)
        naive = NaiveService(
            chance.randrange(9),
            minimum,
            maximum,
            balanced=chance.random() < 0.5,
            count_stopping=chance.random() < 0.3,
        )
        steps = [
            (chance.choice(names), chance.randrange(100), chance.randrange(100))
            for _ in range(chance.randrange(40))
        ]
        try:
            check_history(naive, steps)
        except AssertionError as error:
            error.add_note(f"seed {seed}: {steps}")
            raise


@settings(max_examples=EXAMPLES)
@given(services(), histories(*LOWER_BOUND_MAY_BREAK))
def test_no_stop_takes_the_healthy_tasks_below_lower(
    naive: NaiveService, steps: list[Step]
) -> None:
    """D102: only tasks without a slot that protection kept are an exception."""
    assert not play(naive, steps).breaks_lower


def test_the_lower_bound_is_watched_d102() -> None:
    """Protected tasks of a source are surplus at once when their protection ends."""
    steps = [
        *[("settle", 0, 0), ("protect", 0, 0), ("deploy", 0, 0), ("settle", 0, 0)],
        *[("sicken", 1, 2), ("unprotect", 0, 0)],
    ]
    world = play(NaiveService(1), steps)
    assert world.breaks_lower


@pytest.mark.parametrize("name", STEPS)
def test_every_step_changes_something(name: str) -> None:
    """Histories whose steps did nothing would prove nothing."""
    before = [("settle", 0, 0), ("deploy", 0, 0), ("sicken", 0, 0), ("drain", 1, 1)]
    before += [("protect", 2, 0), ("scale", 7, 0)]
    shortest = play(NaiveService(4, balanced=True), before)
    longer = play(NaiveService(4, balanced=True), [*before, (name, 3, 1)])
    left_out = {"fit", "room"}  # they show in the answers to starts only
    same = longer.state == shortest.state and longer.naive == shortest.naive
    assert (longer.holds, longer.unplaceable) != (None, set()) if name in left_out else not same
