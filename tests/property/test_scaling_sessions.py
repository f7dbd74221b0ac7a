"""What holds of whole sessions that scale, through random histories (S11, S13, C24 to C29).

The loop is closed: load, metric, policy, desired count, waiting tasks, provider, instances; and all
of it back down.  ``PLACEMENT_LONG=5000`` plays so many histories; ``PLACEMENT_FIRST_SEED`` says
where seeds begin.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closed_loop import LOOPS, ClosedLoop, Loop
from scaling_operators import ScalingOperators, check, check_history
from session_futures import futures, histories_of_processes, play

LONG = int(os.environ.get("PLACEMENT_LONG", "0"))
FIRST_SEED = int(os.environ.get("PLACEMENT_FIRST_SEED", "0"))
HISTORIES = LONG or 40
closed_loops = settings(max_examples=settings().max_examples // 2)
"""Each example is many hours of a session."""


def played(seed: int, steps: int = 60) -> ScalingOperators:
    """Play a history, holding after each step what must be true; return where it ended."""
    operators = ScalingOperators(seed)
    play(operators, steps, check, check_history)
    return operators


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + HISTORIES, 10))
def test_bounds_hold_and_every_task_and_instance_has_one_life(first: int) -> None:
    for seed in range(first, first + 10):
        played(seed)


@pytest.mark.parametrize("seed", range(8))
def test_a_copied_session_has_the_same_future(seed: int) -> None:
    """C24: copies, pickles and what a trial leaves go on as the session itself does."""
    operators = played(seed, 40)

    def run_tasks() -> None:
        operators.on(operators.session).step_of("run")

    found = futures(operators, check, run_tasks)
    assert found[0] == found[1] == found[2]


def test_equal_seeds_give_equal_bytes_in_any_process() -> None:
    """C29: another process, another PYTHONHASHSEED."""
    texts = histories_of_processes(ScalingOperators, 8)
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) > 300


@closed_loops
@given(LOOPS, st.lists(st.integers(0, 1500), min_size=1, max_size=3))
def test_a_constant_load_settles_and_stays(loop: Loop, loads: list[int]) -> None:
    """Whatever came before: counts and capacities change no more, so there is no cycle either."""
    world = ClosedLoop(loop)
    for load in loads:
        world.play(load, 2)
    world.play(loads[-1], 4)
    world.hold_settled(loads[-1])
    settled = world.sizes()
    assert world.play(loads[-1], 4) == []
    assert world.sizes() == settled


@closed_loops
@given(LOOPS, st.integers(1, 1500))
def test_all_of_it_comes_back_down(loop: Loop, load: int) -> None:
    world = ClosedLoop(loop)
    world.play(load, 3)
    world.play(0, 8)
    desired, instances = world.sizes()
    assert desired == loop.minimum
    if loop.minimum == 0:
        assert instances == (0, 0)


@closed_loops
@given(LOOPS, st.tuples(st.integers(0, 1500), st.integers(0, 1500)).map(sorted))
def test_more_load_never_ends_with_less_capacity(loop: Loop, loads: list[int]) -> None:
    """Tasks have one size."""
    found = []
    for load in loads:
        world = ClosedLoop(loop)
        world.play(load, 8)
        found.append(world.sizes())
    (less_tasks, less), (more_tasks, more) = found
    assert less_tasks <= more_tasks
    assert sum(less) <= sum(more)
