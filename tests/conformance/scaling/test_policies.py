"""The tables of target tracking and step scaling, single decisions and timelines."""

from __future__ import annotations

from typing import Any

import pytest

import naive_scaling
from placement.errors import PolicyError
from placement.scaling import target_tracking
from placement.scaling.alarms import Comparison
from placement.scaling.bounds import Bounds
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.exact import Exact, exact
from placement.scaling.policies import Ask, ScalableTarget, combine
from placement.scaling.proposals import Direction, Proposal
from placement.scaling.steps import AdjustmentType, Step, StepPolicy, adjust
from placement.timestamps import SECOND
from scaling_tables import each
from scaling_world import World, steps_of


def number(value: str | int) -> Exact | None:
    """Return a bound as exact number; infinity is None."""
    return None if value in ("inf", "-inf") else exact(float(value))


def outcome(proposal: Proposal | None, desired: int, row: dict[str, Any], **ask: Any) -> Any:
    bounds = Bounds(row.get("minimum", 0), row.get("maximum", 1000))
    one = Ask("policy", proposal, ask.pop("is_tracking"), **ask)
    return combine([one], ScalableTarget(desired, bounds), 0)


@each("decision")
def test_target_tracking_is_proportional_and_rounds_up_a62(row: dict[str, Any]) -> None:
    """D86: computed from the running tasks.  D113: out by the newest point, in by the largest."""
    running, target = row["running"], row["target"]
    values = [exact(float(value)) for value in row["values"]]
    alarms = {
        "out": target_tracking.high_alarm(target),
        "in": target_tracking.low_alarm(target),
    }
    breaching = [
        name for name, alarm in alarms.items() if all(alarm.breaches(value) for value in values)
    ]
    assert breaching == ([] if row["direction"] == "none" else [row["direction"]])
    proposal = None
    if breaching:
        direction = Direction(row["direction"])
        proposal = target_tracking.decide(running, running, values, target, direction=direction)
        twin = naive_scaling.tracked(running, values, target, row["direction"])
        assert proposal.capacity == twin
    decision = outcome(proposal, running, row, is_tracking=True)
    assert decision.desired == row["desired"]
    shown = decision.not_scaled.value if decision.not_scaled else None
    assert shown == row.get("not_scaled")


@each("timeline")
def test_target_tracking_over_time_d97_d100(row: dict[str, Any]) -> None:
    """A66: an alarm acts again each minute.  D97: nothing at 0.  D100: load by running tasks."""
    world = World(
        steps_of(row["load"]),
        row["tasks"],
        Bounds(row.get("minimum", 0), row.get("maximum", 1000)),
        high_resolution=row.get("high_resolution", False),
        deploying=tuple(row.get("deploying", (0, 0))),
    )
    world.play(3600)
    assert world.changes == [tuple(change) for change in row["changes"]]
    assert world.not_scaled == row.get("not_scaled", [])


@each("adjustment")
def test_adjustments_are_rounded_exactly_b37(row: dict[str, Any]) -> None:
    kind, magnitude = row["type"], row.get("magnitude", 0)
    steps = (Step(row["adjustment"], 0), Step(row["adjustment"], None, 0))
    policy = StepPolicy(AdjustmentType(kind), steps, magnitude)
    proposal = adjust(policy, 1, row["capacity"])
    twin = naive_scaling.stepped(
        kind, [(0, None, row["adjustment"])], magnitude, 1, row["capacity"], "Greater"
    )
    assert proposal.capacity == twin
    assert outcome(proposal, row["capacity"], row, is_tracking=False).desired == row["desired"]


@each("cooldown")
def test_inside_a_cooldown_only_more_is_added_d112(row: dict[str, Any]) -> None:
    desired, cooldowns, counts = row["desired"], Cooldowns(), []
    for second, change in row["changes"]:
        policy = StepPolicy(AdjustmentType.CHANGE, (Step(change, 0),))
        ask = Ask("p", adjust(policy, 1, desired), False, out_cooldown=row["cooldown"] * SECOND)
        target = ScalableTarget(desired, Bounds(0, 100), cooldowns)
        decision = combine([ask], target, second * SECOND)
        desired, cooldowns = decision.desired, decision.cooldowns
        counts.append(desired)
    assert counts == row["counts"]


@each("select")
def test_the_distance_to_the_threshold_selects_a_step(row: dict[str, Any]) -> None:
    steps = [Step(change, number(low), number(high)) for low, high, change in row["steps"]]
    policy = StepPolicy(AdjustmentType.CHANGE, tuple(steps))
    changes: list[Any] = []
    for metric in row["metrics"]:
        delta = exact(float(metric)) - row["threshold"]
        proposal = adjust(policy, delta, 10, Comparison.AT_LEAST)
        changes.append("none" if proposal.direction is None else proposal.change)
    assert changes == row["changes"]


@each("refused_policy")
def test_settings_that_contradict_one_another_are_refused(row: dict[str, Any]) -> None:
    steps = [Step(change, number(low), number(high)) for low, high, change in row["steps"]]
    with pytest.raises(PolicyError) as caught:
        StepPolicy(AdjustmentType(row["type"]), tuple(steps), row.get("magnitude", 0))
    assert caught.value.reason == row["reason"]
