"""Shares of traffic, target group weights, and what a percent and a bake time may be (S6.3)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from placement.errors import UsageError
from placement.services.traffic_steps import (
    BAKE_MINUTES,
    BLUE_GREEN,
    PERCENTS,
    STEP_BAKE_MINUTES,
    Schedule,
    Strategy,
    canary,
    exact,
    linear,
    target_group_weights,
    wrong_bake,
    wrong_percent,
    wrong_step_bake,
)


def test_blue_green_is_one_step() -> None:
    assert Schedule(Strategy.BLUE_GREEN, (Fraction(1),), 0, 0) == BLUE_GREEN


def test_linear_steps_are_equal_but_for_the_last() -> None:
    for tenths in range(1, 1001):
        percent = Fraction(tenths, 10)
        shares = linear(percent, 6, 5).shares
        before = (Fraction(0), *shares[:-1])
        sizes = [share - earlier for earlier, share in zip(before, shares, strict=True)]
        assert len(shares) == -(-1000 // tenths)
        assert set(sizes[:-1]) <= {percent / 100}
        assert 0 < sizes[-1] <= percent / 100
        assert shares[-1] == 1


def test_a_canary_is_one_step_where_it_is_all() -> None:
    assert canary(Fraction(5), 7, 9) == Schedule(
        Strategy.CANARY, (Fraction(1, 20), Fraction(1)), 7, 9
    )
    assert canary(Fraction(100), 7).shares == (Fraction(1),)


@pytest.mark.parametrize(
    ("number", "fraction"),
    [
        (33.3, Fraction(333, 10)),
        (0.1, Fraction(1, 10)),
        (10, Fraction(10)),
        (Decimal("12.5"), Fraction(25, 2)),
        (1e2, Fraction(100)),
    ],
)
def test_a_percent_is_the_decimal_that_was_written(
    number: float | Decimal, fraction: Fraction
) -> None:
    assert exact(number) == fraction


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("-Infinity"), True, "10"])
def test_a_percent_is_a_finite_number(number: float) -> None:
    with pytest.raises(UsageError, match="a percent must be a"):
        exact(number)


@pytest.mark.parametrize("percent", [Fraction(0), Fraction(-1), Fraction(1001, 10)])
def test_a_step_is_some_of_the_traffic(percent: Fraction) -> None:
    for make in (linear, canary):
        with pytest.raises(UsageError, match="above 0 and at most 100"):
            make(percent, 0)


@pytest.mark.parametrize(
    ("percent", "weights"),
    [
        ("0", (0, 100)),
        ("0.1", (1, 999)),
        ("5", (5, 95)),
        ("10", (10, 90)),
        ("33.3", (333, 667)),
        ("50", (50, 50)),
        ("99.9", (999, 1)),
        ("100", (100, 0)),
    ],
)
def test_target_group_weights_are_the_smallest_of_two_forms_d48(
    percent: str, weights: tuple[int, int]
) -> None:
    assert target_group_weights(Fraction(percent) / 100) == weights


def test_target_group_weights_stand_for_the_share_d48() -> None:
    """D48: weights are 0 to 999, and the shares stay exact."""
    for thousandths in range(1001):
        share = Fraction(thousandths, 1000)
        green, blue = target_group_weights(share)
        assert Fraction(green, green + blue) == share
        assert min(green, blue) >= 0
        assert max(green, blue) <= 999


@pytest.mark.parametrize("share", [Fraction(1, 3), Fraction(-1, 10), Fraction(11, 10)])
def test_a_share_is_thousandths(share: Fraction) -> None:
    with pytest.raises(UsageError, match="n/1000"):
        target_group_weights(share)


@pytest.mark.parametrize(
    ("strategy", "percent", "is_right"),
    [
        (Strategy.LINEAR, "3", True),
        (Strategy.LINEAR, "2.9", False),
        (Strategy.LINEAR, "100", True),
        (Strategy.LINEAR, "100.1", False),
        (Strategy.LINEAR, "3.05", False),
        (Strategy.CANARY, "0.1", True),
        (Strategy.CANARY, "0", False),
        (Strategy.CANARY, "0.15", False),
        (Strategy.CANARY, "100", True),
    ],
)
def test_which_percents_there_are(strategy: Strategy, percent: str, is_right: bool) -> None:
    wrong = wrong_percent(strategy, Fraction(percent))
    assert (wrong is None) == is_right
    if wrong is not None:
        assert (wrong.value, wrong.allowed) == (Fraction(percent), PERCENTS[strategy])


def test_which_bake_times_there_are_d45() -> None:
    """D45: bakeTimeInMinutes, if missing, is 0; those of steps have defaults of their own."""
    assert BAKE_MINUTES.default == 0
    assert {strategy: bake.default for strategy, bake in STEP_BAKE_MINUTES.items()} == {
        Strategy.LINEAR: 6,
        Strategy.CANARY: 10,
    }
    assert {strategy: percent.default for strategy, percent in PERCENTS.items()} == {
        Strategy.LINEAR: 10,
        Strategy.CANARY: 5,
    }
    for minutes, is_right in ((-1, False), (0, True), (1440, True), (1441, False)):
        assert (wrong_bake(minutes) is None) == is_right
        for strategy in STEP_BAKE_MINUTES:
            assert (wrong_step_bake(strategy, minutes) is None) == is_right


def test_blue_green_has_no_settings_of_steps() -> None:
    with pytest.raises(UsageError, match="BLUE_GREEN deployment has one step"):
        wrong_percent(Strategy.BLUE_GREEN, Fraction(10))
    with pytest.raises(UsageError, match="BLUE_GREEN deployment has one step"):
        wrong_step_bake(Strategy.BLUE_GREEN, 10)
