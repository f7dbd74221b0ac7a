from __future__ import annotations

import attrs
import pytest

from placement.scaling.bounds import Bounds
from placement.scaling.policies import (
    Ask,
    Decision,
    DecisionReason,
    NotScaled,
    ScalableTarget,
    combine,
)
from placement.scaling.proposals import Direction, Proposal, ProposalReason
from placement.timestamps import SECOND

OUT, IN = Direction.OUT, Direction.IN
TEN = ScalableTarget(10, Bounds(1, 100))
COOLDOWN = 300 * SECOND


def ask(
    capacity: int,
    *,
    running: int = 10,
    policy: str = "p",
    is_tracking: bool = True,
    is_absolute: bool = False,
    least: int | None = None,
) -> Ask:
    """Return a policy that asks for a number of tasks."""
    direction = OUT if capacity > running else IN
    proposal = Proposal(direction, capacity, running, ProposalReason.STEP, least, is_absolute)
    return Ask(policy, proposal, is_tracking, out_cooldown=COOLDOWN, in_cooldown=COOLDOWN)


SILENT = Ask("silent", None, is_tracking=True)


def at(second: int, asks: list[Ask], target: ScalableTarget = TEN) -> Decision:
    return combine(asks, target, second * SECOND)


def next_target(decision: Decision, target: ScalableTarget = TEN) -> ScalableTarget:
    return attrs.evolve(target, desired=decision.desired, cooldowns=decision.cooldowns)


def test_the_largest_of_those_that_want_out() -> None:
    three = ask(13, is_tracking=False)
    percent = ask(30, policy="percent", is_tracking=False)
    decision = at(0, [three, percent])
    assert (decision.desired, decision.policy) == (30, "percent")
    assert decision.reason is DecisionReason.SCALED_OUT


def test_out_if_any_policy_wants_it() -> None:
    assert at(0, [ask(4), ask(11, policy="up"), SILENT]).policy == "up"


def test_in_only_if_all_target_tracking_policies_agree() -> None:
    decision = at(0, [ask(4), SILENT])
    assert (decision.desired, decision.reason) == (10, DecisionReason.DISAGREEMENT)
    assert at(0, [ask(4), ask(6)]).desired == 6
    without_a_say = attrs.evolve(SILENT, scale_in=False)
    assert at(0, [ask(4), without_a_say]).desired == 4


def test_step_policies_scale_in_unasked_and_have_no_say() -> None:
    assert at(0, [SILENT, ask(4, is_tracking=False)]).desired == 4
    silent_steps = attrs.evolve(SILENT, is_tracking=False)
    assert at(0, [ask(4), silent_steps]).desired == 4


def test_d86_what_is_no_more_than_the_desired_count_does_not_act() -> None:
    decision = at(0, [ask(10, running=5)])
    assert (decision.desired, decision.not_scaled) == (10, NotScaled.AT_DESIRED)


@pytest.mark.parametrize(
    ("desired", "capacity", "new", "reason"),
    [
        (10, 30, 20, DecisionReason.SCALED_OUT),
        (20, 30, 20, DecisionReason.AT_MAXIMUM),
        (25, 30, 25, DecisionReason.AT_MAXIMUM),
        (2, 15, 5, DecisionReason.RAISED_TO_MINIMUM),
        (10, 1, 5, DecisionReason.SCALED_IN),
        (5, 1, 5, DecisionReason.AT_MINIMUM),
        (2, 1, 2, DecisionReason.AT_MINIMUM),
        (25, 1, 20, DecisionReason.LOWERED_TO_MAXIMUM),
    ],
)
def test_bounds_come_first(desired: int, capacity: int, new: int, reason: DecisionReason) -> None:
    running = 10 if capacity != 15 else 2
    target = ScalableTarget(desired, Bounds(5, 20))
    decision = at(0, [ask(capacity, running=running)], target)
    assert (decision.desired, decision.reason) == (new, reason)


def test_b38_flapping_is_refused_where_a_limit_cut_the_result() -> None:
    target = ScalableTarget(12, Bounds(1, 8))
    decision = at(0, [ask(9, running=12, least=9)], target)
    assert (decision.desired, decision.not_scaled) == (12, NotScaled.FLAPPING)


def test_nothing_is_scaled_in_during_a_deployment() -> None:
    target = attrs.evolve(TEN, is_deploying=True)
    assert at(0, [ask(4)], target).reason is DecisionReason.DEPLOYING
    assert at(0, [ask(12)], target).desired == 12


def test_d87_suspended_directions_do_nothing_and_show_nothing() -> None:
    out = at(0, [ask(12)], attrs.evolve(TEN, out_suspended=True))
    inwards = at(0, [ask(4)], attrs.evolve(TEN, in_suspended=True))
    for decision in (out, inwards):
        assert (decision.desired, decision.reason) == (10, DecisionReason.SUSPENDED)
        assert decision.not_scaled is None
    assert at(0, [ask(4)], attrs.evolve(TEN, out_suspended=True)).desired == 4


class TestCooldownsD112:
    def test_after_out_only_more_is_added_and_in_is_blocked(self) -> None:
        first = at(0, [ask(12, is_tracking=False)])
        target = next_target(first)
        one_more = at(60, [ask(15, running=12, is_tracking=False)], target)
        assert one_more.desired == 13
        nothing = at(60, [ask(13, running=12, is_tracking=False)], target)
        assert (nothing.desired, nothing.reason) == (12, DecisionReason.COOLDOWN)
        assert at(299, [ask(4)], target).reason is DecisionReason.COOLDOWN
        assert at(300, [ask(4)], target).desired == 4

    def test_an_increase_inside_begins_the_cooldown_again(self) -> None:
        target = next_target(at(0, [ask(12, is_tracking=False)]))
        target = next_target(at(60, [ask(15, running=12, is_tracking=False)], target))
        assert target.cooldowns.added == 3
        assert at(359, [ask(4)], target).reason is DecisionReason.COOLDOWN

    def test_a_number_of_tasks_counts_from_before_the_cooldown(self) -> None:
        target = next_target(at(0, [ask(12, is_tracking=False, is_absolute=True)]))
        again = ask(14, running=12, is_tracking=False, is_absolute=True)
        assert at(60, [again], target).desired == 14

    def test_target_tracking_adds_inside_it(self) -> None:
        target = next_target(at(0, [ask(12)]))
        assert at(60, [ask(15, running=12)], target).desired == 15

    def test_after_in_a_further_in_waits_and_out_is_immediate(self) -> None:
        target = next_target(at(0, [ask(8)]))
        assert at(60, [ask(6, running=8)], target).reason is DecisionReason.COOLDOWN
        out = at(60, [ask(9, running=8)], target)
        assert (out.desired, out.cooldowns.in_until) == (9, None)


def test_d94_a_forecast_raises_and_holds() -> None:
    target = attrs.evolve(TEN, forecast=12, forecast_policy="predictive")
    decision = at(0, [], target)
    assert (decision.desired, decision.policy) == (12, "predictive")
    assert decision.reason is DecisionReason.FORECAST
    assert at(0, [ask(15)], target).desired == 15
    held = at(0, [ask(4)], attrs.evolve(TEN, forecast=10))
    assert held.reason is DecisionReason.HELD_BY_FORECAST
    assert at(0, [ask(4)], attrs.evolve(TEN, forecast=7)).desired == 7


def test_a_forecast_keeps_to_the_bounds_and_to_suspensions() -> None:
    target = ScalableTarget(10, Bounds(1, 11), forecast=40)
    assert at(0, [], target).desired == 11
    full = at(0, [], attrs.evolve(target, desired=11))
    assert (full.desired, full.not_scaled) == (11, None)
    suspended = attrs.evolve(target, out_suspended=True)
    assert at(0, [], suspended).reason is DecisionReason.SUSPENDED


def test_nothing_asked_nothing_done() -> None:
    decision = at(0, [SILENT])
    assert (decision.desired, decision.reason) == (10, DecisionReason.NOTHING_ASKED)
