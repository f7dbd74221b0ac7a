"""Laws of scaling: bounds hold, and a constant load settles without going back and forth."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from placement.scaling.bounds import Bounds, BoundsChange, BoundsReason, change_bounds
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.policies import Ask, ScalableTarget, combine
from placement.scaling.proposals import Direction, Proposal, ProposalReason
from placement.timestamps import SECOND
from scaling_world import World

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


@given(
    st.fractions(0, 3000, max_denominator=7),
    st.integers(1, 60),
    BOUNDS.filter(lambda bounds: bounds.maximum > 0),
    st.fractions(1, 100, max_denominator=3),
    st.booleans(),
    st.sampled_from([0, 20, 60, 200, 700]),
    st.sampled_from([(300, 300), (0, 0), (60, 600)]),
)
def test_a_constant_load_settles_and_stays(
    load: Fraction,
    tasks: int,
    bounds: Bounds,
    target: Fraction,
    high_resolution: bool,
    start_seconds: int,
    cooldowns: tuple[int, int],
) -> None:
    """There is no cycle of two counts either: all changes go in one direction."""
    world = World(
        lambda _: load,
        bounds.clamp(tasks) or 1,
        bounds,
        target,
        high_resolution,
        start_seconds=start_seconds,
        cooldowns=cooldowns,
    )
    world.play(4 * 3600)
    assert len(world.changes) <= 1
    final = world.changes[-1][2] if world.changes else world.tasks
    needed = bounds.clamp(-(-load // target))
    assert final >= needed
    # What stays is within a tenth of the target, or rounding or the bounds keep it.
    assert final == needed or load >= Fraction(9, 10) * target * final
