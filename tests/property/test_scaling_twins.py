"""Alarms, target tracking and step scaling decide as their naive twin does."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

import naive_scaling
from placement.scaling import target_tracking
from placement.scaling.alarms import (
    AlarmRule,
    AlarmState,
    AlarmWindow,
    Comparison,
    MissingData,
    evaluate,
)
from placement.scaling.proposals import Direction
from placement.scaling.steps import AdjustmentType, Step, StepPolicy, adjust

POINTS = {"X": True, "0": False, "-": None}
VALUES = {"X": 1, "0": 0, "-": None}
FRACTIONS = st.fractions(0, 1000, max_denominator=40)


@given(
    st.text("X0-", max_size=20),
    st.integers(1, 15).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))),
    st.sampled_from(MissingData),
    st.sampled_from(AlarmState),
)
def test_alarms_agree_d90_d91(
    text: str, counts: tuple[int, int], missing: MissingData, state: AlarmState
) -> None:
    n, m = counts
    found = evaluate([POINTS[one] for one in text], n, m, missing, state)
    assert found.state.value == naive_scaling.alarm_state(text, n, m, missing.value, state.value)
    rule = AlarmRule(Comparison.ABOVE, 0, n=n, m=m, missing=missing)
    window = AlarmWindow()
    for one in text:
        window = rule.moved_on(window, VALUES[one])
    assert rule.look(window, state) == found
    assert rule.evaluate([VALUES[one] for one in text], state) == found


@given(
    st.integers(0, 500),
    st.integers(0, 500),
    st.lists(FRACTIONS | st.integers(-5, 1000), min_size=1, max_size=30),
    FRACTIONS.filter(bool),
    st.sampled_from(Direction),
)
def test_target_tracking_agrees_a62(
    running: int,
    desired: int,
    values: list[Fraction],
    target: Fraction,
    direction: Direction,
) -> None:
    found = target_tracking.decide(running, desired, values, target, direction=direction)
    assert found.capacity == naive_scaling.tracked(running, values, target, direction.value)


@st.composite
def step_policies(draw: st.DrawFn) -> StepPolicy:
    kind = draw(st.sampled_from(AdjustmentType))
    edges = sorted(draw(st.sets(st.integers(-40, 40), min_size=1, max_size=5)))
    bounds = [None, *edges, None]
    least = 0 if kind is AdjustmentType.EXACT else -250
    steps = [Step(draw(st.integers(least, 250)), low, high) for low, high in pairwise(bounds)]
    magnitude = draw(st.integers(0, 5)) if kind is AdjustmentType.PERCENT else 0
    return StepPolicy(kind, tuple(draw(st.permutations(steps))), magnitude)


@given(
    step_policies(),
    st.integers(-50, 50) | st.fractions(-50, 50, max_denominator=10),
    st.integers(0, 300),
    st.sampled_from(Comparison),
)
def test_step_scaling_agrees_a63_a64_b37(
    policy: StepPolicy, delta: Fraction, capacity: int, comparison: Comparison
) -> None:
    steps = [(step.lower, step.upper, step.adjustment) for step in policy.steps]
    twin = naive_scaling.stepped(
        *(policy.adjustment_type.value, steps, policy.magnitude),
        *(delta, capacity, comparison.value),
    )
    assert adjust(policy, delta, capacity, comparison).capacity == twin
