from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import UsageError
from placement.scaling.alarms import (
    AlarmRule,
    AlarmState,
    AlarmWindow,
    Comparison,
    EvaluationReason,
    MissingData,
    evaluate,
    evaluation_interval,
    runs_action,
)
from placement.timestamps import MINUTE, SECOND

OK, ALARM, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("points", "missing", "reason"),
    [
        ([True] * 3, MissingData.MISSING, EvaluationReason.ENOUGH),
        ([True, False, True], MissingData.MISSING, EvaluationReason.TOO_FEW),
        ([True], MissingData.BREACHING, EvaluationReason.FILLED),
        ([None], MissingData.MISSING, EvaluationReason.NO_POINTS),
        ([], MissingData.IGNORE, EvaluationReason.KEPT_WITHOUT_POINTS),
        ([True, None, None], MissingData.MISSING, EvaluationReason.PREMATURE),
        ([True], MissingData.MISSING, EvaluationReason.TOO_YOUNG),
        ([True, None, None], MissingData.IGNORE, EvaluationReason.IGNORED),
    ],
)
def test_c51_an_evaluation_says_which_rule_gave_it(
    points: list[bool | None], missing: MissingData, reason: EvaluationReason
) -> None:
    assert evaluate(points, 3, 3, missing, OK).reason is reason


def test_d90_points_older_than_two_more_than_n_do_not_matter() -> None:
    newest: list[bool | None] = [None, None, None, None, True]
    assert evaluate([False, *newest], 3, 1, MissingData.MISSING, OK).state is ALARM
    assert evaluate([False, *newest[1:]], 3, 1, MissingData.MISSING, OK).known == 2


@pytest.mark.parametrize(("n", "m"), [(0, 0), (3, 0), (3, 4), (-1, 1)])
def test_counts_that_no_alarm_has_are_refused(n: int, m: int) -> None:
    with pytest.raises(UsageError, match="1 <= m <= n"):
        evaluate([], n, m, MissingData.MISSING, OK)
    with pytest.raises(UsageError, match="1 <= m <= n"):
        AlarmRule(Comparison.ABOVE, 10, n=n, m=m)


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        (Comparison.ABOVE, False, False, True),
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.BELOW, True, False, False),
        (Comparison.AT_MOST, True, True, False),
    ],
)
def test_values_are_compared_exactly(
    comparison: Comparison, below: bool, equal: bool, above: bool
) -> None:
    third = Fraction(1, 3)
    rule = AlarmRule(comparison, third)
    found = [rule.breaches(value) for value in (Fraction(333, 1000), third, 1)]
    assert found == [below, equal, above]


def test_a_rule_uses_the_known_values_of_its_window() -> None:
    rule = AlarmRule(Comparison.ABOVE, 10, n=2, m=2)
    assert rule.points_needed == 4
    assert rule.used([99, 1, None, 20, None]) == (1, 20)
    assert rule.evaluate([99, 11, None, 20, None], OK).state is ALARM
    assert rule.evaluate([99, 1, None, 20, None], OK).state is OK


@pytest.mark.parametrize("seconds", [10, 20, 30])
def test_short_periods_are_evaluated_every_ten_seconds(seconds: int) -> None:
    assert evaluation_interval(seconds * SECOND) == 10 * SECOND


@pytest.mark.parametrize("minutes", [1, 5, 60, 1440])
def test_others_are_evaluated_every_minute_d120(minutes: int) -> None:
    assert evaluation_interval(minutes * MINUTE) == MINUTE


@pytest.mark.parametrize("period", [0, -MINUTE, 15 * SECOND, 90 * SECOND, MINUTE + 1])
def test_other_periods_are_refused(period: int) -> None:
    with pytest.raises(UsageError, match="period of an alarm"):
        AlarmRule(Comparison.ABOVE, 10, period)


def test_a66_a_scaling_action_runs_again_each_minute_in_alarm() -> None:
    now = 10 * MINUTE
    assert runs_action(OK, ALARM, now, is_scaling=True)
    assert runs_action(ALARM, ALARM, now, now - MINUTE, is_scaling=True)
    assert not runs_action(ALARM, ALARM, now, now - 40 * SECOND, is_scaling=True)
    assert runs_action(ALARM, ALARM, now, None, is_scaling=True)


def test_other_actions_run_when_a_state_is_entered_only() -> None:
    assert runs_action(UNKNOWN, OK, 0)
    assert not runs_action(ALARM, ALARM, 10 * MINUTE, 0)
    assert not runs_action(OK, OK, 10 * MINUTE, 0, is_scaling=True)


@given(
    st.lists(st.one_of(st.none(), st.integers(8, 12)), max_size=60),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from(MissingData),
)
def test_the_short_way_of_a_state_that_stays_agrees_with_the_long_one(
    values: list[int | None], n: int, m: int, missing: MissingData
) -> None:
    """S13.3: ``next_if_settled`` gives the window of ``moved_on`` exactly where the state stays."""
    rule = AlarmRule(Comparison.ABOVE, 10, n=max(n, m), m=m, missing=missing)
    window, state = AlarmWindow(), UNKNOWN
    for value in values:
        after = rule.moved_on(window, value)
        evaluation = rule.look(after, state)
        short = rule.next_if_settled(window, value, state)
        if short is not None:
            assert (short, evaluation.state) == (after, state)
        elif value is not None and window.known == rule.all_known and state is not UNKNOWN:
            assert evaluation.state is not state
        window, state = after, evaluation.state
