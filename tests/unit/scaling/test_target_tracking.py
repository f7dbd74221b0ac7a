from __future__ import annotations

from fractions import Fraction

import pytest

from placement.errors import UsageError
from placement.scaling.alarms import AlarmState, MissingData
from placement.scaling.proposals import Direction, ProposalReason
from placement.scaling.target_tracking import decide, has_demand, high_alarm, low_alarm
from placement.timestamps import MINUTE, SECOND

OUT, IN = Direction.OUT, Direction.IN


@pytest.mark.parametrize(("target", "low"), [(50, 45), (70, 63), (80, 72)])
def test_the_two_alarms(target: int, low: int) -> None:
    high, lower = high_alarm(target), low_alarm(target)
    assert (high.threshold, high.n, high.m, high.period) == (target, 3, 3, MINUTE)
    assert (lower.threshold, lower.n, lower.m, lower.period) == (low, 15, 15, MINUTE)
    assert high.missing is lower.missing is MissingData.MISSING


def test_d88_high_resolution_has_points_of_20_seconds() -> None:
    high, low = (make(60, high_resolution=True) for make in (high_alarm, low_alarm))
    assert (high.period, high.n) == (20 * SECOND, 3)
    assert (low.period, low.n) == (20 * SECOND, 30)


def test_d118_missing_points_act_by_the_state_of_the_alarm_only() -> None:
    alarm = low_alarm(60)
    state = alarm.evaluate([30] * 14, AlarmState.OK).state
    assert state is AlarmState.OK
    assert alarm.evaluate([30] * 14 + [None] * 2, state).state is AlarmState.ALARM
    assert alarm.evaluate([None] * 17, state).state is AlarmState.INSUFFICIENT_DATA


def test_d113_out_takes_the_newest_point_and_in_the_largest() -> None:
    assert decide(10, 10, [90, 66], 60, direction=OUT).capacity == 11
    assert decide(10, 10, [40, 12], 60, direction=IN).capacity == 7


def test_d86_running_tasks_are_counted_and_starting_ones_are_there() -> None:
    proposal = decide(4, 8, [120], 60, direction=OUT)
    assert (proposal.capacity, proposal.reason) == (8, ProposalReason.AS_DESIRED)
    assert decide(4, 7, [120], 60, direction=OUT).reason is ProposalReason.PROPORTIONAL


def test_from_no_task_on_the_first_is_asked_for() -> None:
    proposal = decide(0, 0, [5000], 60, direction=OUT)
    assert (proposal.capacity, proposal.reason) == (1, ProposalReason.FIRST_TASK)
    assert has_demand(0, Fraction(1, 10))
    assert not any(has_demand(*pair) for pair in [(0, 0), (0, None), (1, 5)])


def test_the_option_max_scale_in_step_limits_how_many_leave() -> None:
    proposal = decide(10, 10, [6], 60, direction=IN, max_scale_in_step=2)
    assert (proposal.capacity, proposal.least) == (8, 1)
    assert proposal.reason is ProposalReason.LIMITED
    assert decide(10, 10, [53], 60, direction=IN, max_scale_in_step=2).capacity == 9


def test_c51_a62_no_rounding_enters() -> None:
    """Ten times three tenths are three, of which binary fractions make a little more."""
    assert decide(10, 10, [Fraction(3, 10)], Fraction(1, 10), direction=OUT).capacity == 30


@pytest.mark.parametrize(
    ("running", "values", "target"), [(4, [], 60), (4, [1], 0), (4, [1], -1), (-1, [1], 60)]
)
def test_what_cannot_be_is_refused(running: int, values: list[int], target: int) -> None:
    with pytest.raises(UsageError, match="target tracking needs"):
        decide(running, 4, values, target, direction=OUT)


def test_a_target_of_0_has_no_alarms() -> None:
    for make in (high_alarm, low_alarm):
        with pytest.raises(UsageError, match="above 0"):
            make(0)
