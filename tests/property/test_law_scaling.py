"""Laws of scaling: bounds hold, and a constant load settles without going back and forth."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from placement.scaling.bounds import Bounds, BoundsChange, BoundsReason, change_bounds
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.policies import Ask, ScalableTarget, combine
from placement.scaling.proposals import Direction, Proposal, ProposalReason
from placement.timestamps import SECOND
from scaling_world import Load, World, steps_of

COUNTS = st.integers(0, 60)
BOUNDS = st.tuples(COUNTS, COUNTS).map(lambda pair: Bounds(min(pair), max(pair)))
MOMENTS = st.none() | st.integers(-400, 400).map(lambda second: second * SECOND)


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    running, capacity = draw(COUNTS), draw(COUNTS)
    direction = draw(st.sampled_from([None, *Direction]))
    is_absolute = draw(st.booleans())
    return Proposal(
        direction, capacity, running, ProposalReason.STEP, draw(st.none() | COUNTS), is_absolute
    )


ASKS = st.lists(
    st.builds(
        Ask,
        st.integers(0, 3),
        st.none() | proposals(),
        st.booleans(),
        st.booleans(),
        st.integers(0, 600).map(lambda second: second * SECOND),
        st.integers(0, 600).map(lambda second: second * SECOND),
    ),
    max_size=5,
)
TARGETS = st.builds(
    ScalableTarget,
    COUNTS,
    BOUNDS,
    st.builds(Cooldowns, MOMENTS, COUNTS, MOMENTS),
    *(st.booleans(), st.booleans(), st.booleans()),
    st.none() | COUNTS,
)


@given(ASKS, TARGETS)
def test_no_policy_sets_a_count_outside_its_bounds(asks: list[Ask], target: ScalableTarget) -> None:
    decision = combine(asks, target, 0)
    if decision.desired != target.desired:
        assert decision.desired == target.bounds.clamp(decision.desired)
        assert decision.not_scaled is None


@given(ASKS, TARGETS)
def test_what_is_suspended_or_blocked_does_not_happen_d87_d112(
    asks: list[Ask], target: ScalableTarget
) -> None:
    decision = combine(asks, target, 0)
    if decision.desired > target.desired:
        assert not target.out_suspended
    if decision.desired < target.desired:
        assert not (target.in_suspended)
        assert not (target.is_deploying)
        assert not (target.cooldowns.is_out(0))
        assert not (target.cooldowns.is_in(0))


@given(
    BOUNDS,
    st.tuples(st.none() | COUNTS, st.none() | COUNTS).filter(lambda pair: pair != (None, None)),
    COUNTS,
)
def test_no_schedule_sets_a_count_outside_its_bounds(
    bounds: Bounds, pair: tuple[int | None, int | None], desired: int
) -> None:
    effect = change_bounds(bounds, BoundsChange(*pair), desired)
    if effect.reason is BoundsReason.CROSSED:
        assert (effect.bounds, effect.desired) == (bounds, desired)
    else:
        assert effect.desired == effect.bounds.clamp(desired)


LOADS = st.fractions(0, 3000, max_denominator=7)
METRICS = st.lists(
    st.tuples(LOADS, st.fractions(1, 100, max_denominator=3)), min_size=1, max_size=3
)
"""Loads and targets of the policies of one service."""

WORLDS = st.fixed_dictionaries(
    {
        "bounds": BOUNDS.filter(lambda bounds: bounds.maximum > 0),
        "high_resolution": st.booleans(),
        "start_seconds": st.sampled_from([0, 20, 60, 200, 700]),
        "cooldowns": st.sampled_from([(300, 300), (0, 0), (60, 600)]),
    }
)


def world_of(metrics: list[tuple[Load, Fraction]], tasks: int, options: dict[str, Any]) -> World:
    (load, target), *others = metrics
    tasks = options["bounds"].clamp(tasks) or 1
    return World(load, tasks, target=target, others=others, **options)


def has_settled(count: int, metrics: list[tuple[Fraction, Fraction]], bounds: Bounds) -> bool:
    """Whether a count is enough, and a tenth of some target is all that it could be too much."""
    needed = bounds.clamp(max(ceil(load / target) for load, target in metrics))
    is_near = any(load >= Fraction(9, 10) * target * count for load, target in metrics)
    return count == needed or (count > needed and is_near)


@given(METRICS, st.integers(1, 60), WORLDS)
def test_a_constant_load_settles_and_stays(
    metrics: list[tuple[Fraction, Fraction]], tasks: int, options: dict[str, Any]
) -> None:
    """After one change at most: so there is no cycle of two counts either."""
    constant = [(steps_of([(0, load)]), target) for load, target in metrics]
    world = world_of(constant, tasks, options)
    world.play(3 * 3600)
    assert len(world.changes) <= 1
    final = world.changes[-1][2] if world.changes else world.tasks
    assert has_settled(final, metrics, world.bounds)


@given(
    st.lists(st.tuples(st.integers(1, 7000), LOADS), min_size=1, max_size=5),
    st.fractions(1, 100, max_denominator=3),
    st.integers(1, 60),
    WORLDS,
)
def test_after_the_last_jump_of_a_load_it_settles_within_an_hour(
    jumps: list[tuple[int, Fraction]], target: Fraction, tasks: int, options: dict[str, Any]
) -> None:
    load = sorted([(0, Fraction(0)), *jumps], key=lambda jump: jump[0])
    last, final_load = load[-1]
    world = world_of([(steps_of(load), target)], tasks, options)
    world.play(last + 3 * 3600)
    assert all(second < last + 3600 for second, _, _ in world.changes)
    final = world.changes[-1][2] if world.changes else world.tasks
    if final > 0:  # without a task there is no point, and nothing that asks for the first one
        assert has_settled(final, [(final_load, target)], world.bounds)
