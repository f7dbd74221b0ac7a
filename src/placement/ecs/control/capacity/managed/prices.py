"""What instances cost, as the caller says beside the table (C45).

In: ``prices``, ``spot_factor`` and ``reserved`` of a session.  Out: a frozen value that is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

import attrs

from placement.errors import DocumentError, UsageError, describe_value
from placement.machines.ec2_types import instance_type

__all__ = ["DEFAULT_SPOT_FACTOR", "PRICES_OF", "PriceList", "price_list"]

DEFAULT_SPOT_FACTOR = 0.4
"""What Spot capacity costs, relative to On-Demand capacity (S12.2)."""

PRICES_OF = "us-east-1"
"""The region whose On-Demand prices the table has; they hold in every region (C45)."""


@attrs.frozen
class PriceList:
    """What differs from the table of On-Demand prices.

    Attributes:
        replaced: Types with the USD per hour that hold instead; None: the type has no price.
        spot_factor: The price of Spot capacity, relative to On-Demand.
        reserved: Types with the number of reserved instances, by preference.
    """

    replaced: tuple[tuple[str, Fraction | None], ...] = ()
    spot_factor: Fraction = Fraction(2, 5)
    reserved: tuple[tuple[str, int], ...] = ()


def price_list(
    prices: Mapping[str, Any] | None, spot_factor: Any, reserved: Mapping[str, Any] | None
) -> PriceList:
    """Return what a caller says of prices.

    Args:
        prices: USD per hour by type; None as a price: it has none, and is never chosen.
        spot_factor: A number above 0.
        reserved: How many reserved instances there are, by type, in the order of preference.

    Raises:
        UsageError: an argument is not of its kind, or there is no such type.
    """
    replaced = []
    for name, value in _entries(prices, "prices"):
        price = None if value is None else _amount(value, f"prices[{name!r}]", least=0)
        replaced.append((name, price))
    numbers = []
    for name, count in _entries(reserved, "reserved"):
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise UsageError(
                f"reserved[{name!r}] is a whole number from 0, not {describe_value(count)}"
            )
        numbers.append((name, count))
    factor = _amount(spot_factor, "spot_factor")
    return PriceList(tuple(replaced), factor, tuple(numbers))


def _entries(given: Any, argument: str) -> list[tuple[str, Any]]:
    """Return the entries of a mapping from instance types."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise UsageError(
            f"{argument} is a mapping from EC2 instance types, not {describe_value(given)}"
        )
    for name in given:
        try:
            instance_type(name)
        except DocumentError as error:
            raise UsageError(f"{argument}: {error.message}") from None
    return list(given.items())


def _amount(value: Any, argument: str, least: int | None = None) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    is_number = isinstance(value, (int, float, Decimal, Fraction)) and not isinstance(value, bool)
    if is_number and _is_finite(value, argument):
        found = value if isinstance(value, Fraction) else Fraction(str(value))
        if found > 0 or found == least:
            return found
    bound = "above 0" if least is None else f"from {least}"
    raise UsageError(f"{argument} is a number {bound}, not {describe_value(value)}")


def _is_finite(value: float | Decimal | Fraction, argument: str) -> bool:
    """Return whether a number is finite; one that no float can hold is refused by its size."""
    try:
        return isfinite(value)
    except OverflowError:
        raise UsageError(f"{argument} is larger than any float") from None
    except ValueError:  # a signalling NaN
        return False
