"""Numbers without rounding: what metrics, thresholds and targets are compared as.

In: numbers as a caller gives them.  Out: whole numbers and fractions, exactly as written.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from placement.errors import UsageError, describe_value

__all__ = ["LARGEST_VALUE", "Exact", "ceil_ratio", "exact", "largest"]

Exact = int | Fraction
"""A number without rounding."""

LARGEST_VALUE = 2**360
"""What a value of a metric has at most, either way (API PutMetricData); a float holds it."""

LARGEST_EXPONENT = 400
"""Powers of ten that a Decimal may have: a float has no more than 324."""


def exact(value: object, what: str = "a number") -> Exact:
    """Return a number as it is written: 0.1 is one tenth, not the nearest binary fraction.

    Args:
        value: A whole number, float, Fraction or Decimal.
        what: What the value is, for the message.

    Raises:
        UsageError: it is none of these, not finite, or a Decimal with an exponent of more than
            ``LARGEST_EXPONENT``.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, Fraction):
        return value
    number = value
    if isinstance(value, float) and math.isfinite(value):
        number = Decimal(float.__repr__(value))
    if (
        isinstance(number, Decimal)
        and number.is_finite()
        and (number == 0 or abs(number.adjusted()) <= LARGEST_EXPONENT)
        and len(number.as_tuple().digits) <= LARGEST_EXPONENT
    ):
        fraction = Fraction(number) if number else Fraction(0)
        return fraction.numerator if fraction.denominator == 1 else fraction
    raise UsageError(f"{what} is a finite number, not {describe_value(value)}")


def ceil_ratio(count: int, value: Exact, target: Exact) -> int:
    """Return ``count * value / target``, rounded up; ``target`` is above 0."""
    over = count * value.numerator * target.denominator
    return -(-over // (value.denominator * target.numerator))


def largest(values: tuple[Exact, ...]) -> Exact:
    """Return the largest of at least one value.

    Products of whole numbers are compared: fractions compare in five times as long.
    """
    best = values[0]
    top, bottom = best.numerator, best.denominator
    for value in values:
        numerator, denominator = value.numerator, value.denominator
        if numerator * bottom > top * denominator:
            best, top, bottom = value, numerator, denominator
    return best
