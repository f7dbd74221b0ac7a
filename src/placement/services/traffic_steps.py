"""How much traffic the new revision gets at each step of a deployment, in exact fractions (S6.3).

In: a strategy with its percent and its waiting time.  Out: the shares of production traffic, one
for each step, the weights of target groups that stand for a share, and what is wrong with a
setting.  No revisions, tasks or moments: when a step is taken, ``traffic_shifting`` decides.
"""

from __future__ import annotations

import math
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value

__all__ = [
    "BAKE_MINUTES",
    "BLUE_GREEN",
    "PERCENTS",
    "STEP_BAKE_MINUTES",
    "OutOfRange",
    "Range",
    "Schedule",
    "Strategy",
    "canary",
    "exact",
    "linear",
    "target_group_weights",
    "wrong_bake",
    "wrong_percent",
    "wrong_step_bake",
]


class Strategy(Enum):
    """A deployment strategy that shifts traffic from one revision to another."""

    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"


@attrs.frozen
class Range:
    """Which numbers a setting may have, and which it has if none is given."""

    default: Fraction
    lowest: Fraction
    highest: Fraction
    step: Fraction


TENTH = Fraction(1, 10)

PERCENTS = {
    Strategy.LINEAR: Range(Fraction(10), Fraction(3), Fraction(100), TENTH),
    Strategy.CANARY: Range(Fraction(5), TENTH, Fraction(100), TENTH),
}
"""``stepPercent`` of LINEAR and ``canaryPercent`` of CANARY."""

STEP_BAKE_MINUTES = {
    Strategy.LINEAR: Range(Fraction(6), Fraction(0), Fraction(1440), Fraction(1)),
    Strategy.CANARY: Range(Fraction(10), Fraction(0), Fraction(1440), Fraction(1)),
}
"""``stepBakeTimeInMinutes`` of LINEAR and ``canaryBakeTimeInMinutes`` of CANARY."""

BAKE_MINUTES = Range(Fraction(0), Fraction(0), Fraction(1440), Fraction(1))
"""``bakeTimeInMinutes``, the wait after the last step of any strategy; a missing one is 0 (D45)."""


@attrs.frozen
class OutOfRange:
    """A setting is too small, too large, or finer than its step; ``allowed`` says what may be."""

    value: Fraction
    allowed: Range


@attrs.frozen
class Schedule:
    """The steps of a deployment.

    Attributes:
        strategy: How the traffic is shifted.
        shares: The new revision's share of production traffic at each step; the last is 1.
        step_bake: Wait after each step but the last, in microseconds.
        bake: Wait after the last step, in microseconds.
    """

    strategy: Strategy
    shares: tuple[Fraction, ...]
    step_bake: int = 0
    bake: int = 0


BLUE_GREEN = Schedule(Strategy.BLUE_GREEN, (Fraction(1),))
"""All production traffic in one step, without a wait; ``attrs.evolve`` gives it a bake."""


def exact(number: float | Decimal) -> Fraction:
    """Return the decimal number that a caller wrote: 33.3 is 333/10, not the nearest binary one.

    Raises:
        UsageError: If it is no finite number.
    """
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        raise UsageError(f"a percent must be a number, not {describe_value(number)}")
    if isinstance(number, int):
        return Fraction(number)
    written = Decimal(repr(number)) if isinstance(number, float) else number
    if not written.is_finite():
        raise UsageError(f"a percent must be a finite number, not {describe_value(number)}")
    return Fraction(written)


def wrong_percent(strategy: Strategy, percent: Fraction) -> OutOfRange | None:
    """Return what is wrong with the percent of a LINEAR or CANARY deployment, or None.

    Raises:
        UsageError: The strategy has no percent.
    """
    return _outside(_setting(PERCENTS, strategy), percent)


def wrong_step_bake(strategy: Strategy, minutes: int) -> OutOfRange | None:
    """Return what is wrong with the wait after a step, in minutes, or None.

    Raises:
        UsageError: The strategy has no such wait.
    """
    return _outside(_setting(STEP_BAKE_MINUTES, strategy), Fraction(minutes))


def wrong_bake(minutes: int) -> OutOfRange | None:
    """Return what is wrong with the wait after the last step, in minutes, or None."""
    return _outside(BAKE_MINUTES, Fraction(minutes))


def _setting(ranges: dict[Strategy, Range], strategy: Strategy) -> Range:
    if strategy not in ranges:
        raise UsageError(f"a {strategy.value} deployment has one step, without settings")
    return ranges[strategy]


def _outside(allowed: Range, value: Fraction) -> OutOfRange | None:
    fits = allowed.lowest <= value <= allowed.highest and value % allowed.step == 0
    return None if fits else OutOfRange(value, allowed)


def linear(percent: Fraction, step_bake: int, bake: int = 0) -> Schedule:
    """Return equal steps of ``percent``; the last step takes what is left.

    The waits are durations in microseconds.  There are ``cdiv(100, percent)`` steps (S6.3).

    Raises:
        UsageError: If the percent is not in (0, 100].
    """
    _check(percent)
    steps = math.ceil(100 / percent)
    shares = tuple(min(Fraction(1), number * percent / 100) for number in range(1, steps + 1))
    return Schedule(Strategy.LINEAR, shares, step_bake, bake)


def canary(percent: Fraction, step_bake: int, bake: int = 0) -> Schedule:
    """Return a first step of ``percent`` and a second with all; one step where that is 100.

    The waits are durations in microseconds.

    Raises:
        UsageError: If the percent is not in (0, 100].
    """
    _check(percent)
    shares = (Fraction(1),) if percent == 100 else (percent / 100, Fraction(1))
    return Schedule(Strategy.CANARY, shares, step_bake, bake)


def _check(percent: Fraction) -> None:
    if not 0 < percent <= 100:
        raise UsageError(f"a percent of traffic must be above 0 and at most 100, not {percent}")


def target_group_weights(share: Fraction) -> tuple[int, int]:
    """Return the weights, of 0 to 999, of the group that gets ``share`` and of the other (D48).

    They are thousandths, or hundredths where both are whole ones: a share of 33.3 percent gives
    333 and 667, one of 25 percent 25 and 75.

    Raises:
        UsageError: If the share is no whole number of thousandths from 0 to 1.
    """
    thousandths = share * 1000
    if thousandths.denominator != 1 or not 0 <= share <= 1:
        raise UsageError(f"a share of traffic must be n/1000 with n from 0 to 1000, not {share}")
    weight = thousandths.numerator
    if weight % 10 == 0:
        return weight // 10, 100 - weight // 10
    return weight, 1000 - weight
