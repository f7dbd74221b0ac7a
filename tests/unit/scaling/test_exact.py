from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import UsageError
from placement.scaling.exact import Exact, ceil_ratio, exact, largest


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.1, Fraction(1, 10)),
        (50.0, 50),
        (-0.0, 0),
        (7, 7),
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.25"), Fraction(1, 4)),
        (1e300, 10**300),
    ],
)
def test_numbers_are_taken_as_they_are_written(value: object, number: Exact) -> None:
    assert exact(value) == number


@pytest.mark.parametrize(
    "value",
    [
        *(True, None, "1", float("nan"), float("inf"), Decimal("NaN")),
        *(Decimal("1e999999999"), Decimal("1e-999999999"), 1j),
    ],
)
def test_others_are_refused(value: object) -> None:
    with pytest.raises(UsageError, match="a load is a finite number"):
        exact(value, "a load")


@given(
    st.integers(0, 1000),
    st.fractions(-50, 50, max_denominator=30),
    st.fractions(1, 50, max_denominator=30),
)
def test_a_ratio_is_rounded_up(count: int, value: Fraction, target: Fraction) -> None:
    found = ceil_ratio(count, value, target)
    assert found - 1 < count * value / target <= found


@given(st.lists(st.fractions(max_denominator=50) | st.integers(-9, 9), min_size=1))
def test_the_largest(values: list[Exact]) -> None:
    assert largest(tuple(values)) == max(values)
