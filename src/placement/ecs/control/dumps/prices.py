"""What instances cost beside the table, in ``placementState`` (C45, C50).

In: a price list, or the section ``prices``.  Out: the other.  Prices are texts, so that they stay
exact; reserved instances are pairs, because their order is a preference.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from placement.documents.dump import STATE
from placement.documents.fields import mapping, sequence
from placement.ecs.control.capacity.managed.prices import PriceList, price_list
from placement.ecs.control.records import Document
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import checked_count, checked_text

__all__ = ["exact_number", "prices_document", "read_prices"]

HERE = f"{STATE}.prices"


def prices_document(prices: PriceList) -> Document:
    """Return the section; empty where nothing differs from the table."""
    usual = PriceList()
    document = {
        "perHour": {name: str(price) for name, price in prices.replaced if price is not None},
        "unpriced": [name for name, price in prices.replaced if price is None],
        "spotFactor": None if prices.spot_factor == usual.spot_factor else str(prices.spot_factor),
        "reserved": [list(one) for one in prices.reserved],
    }
    return {name: value for name, value in document.items() if value}


def read_prices(state: Mapping[str, Any]) -> PriceList:
    """Return what the section says; the table's prices where there is none.

    Raises:
        DocumentError: something has not the form that ``to_ecs`` gives it.
    """
    section = mapping(state.get("prices"), HERE)
    replaced: dict[str, Fraction | None] = {
        name: exact_number(value, f"{HERE}.perHour.{name}")
        for name, value in mapping(section.get("perHour"), f"{HERE}.perHour").items()
    }
    path = f"{HERE}.unpriced"
    for one in sequence(section.get("unpriced"), path):
        replaced[checked_text(one, path)] = None
    reserved: dict[str, int] = {}
    path = f"{HERE}.reserved"
    for one in sequence(section.get("reserved"), path):
        parts = sequence(one, path)
        if len(parts) != 2:
            raise DocumentError("expected pairs of an EC2 type and a number", path)
        reserved[checked_text(parts[0], path)] = checked_count(parts[1], path)
    factor = section.get("spotFactor")
    spot = PriceList().spot_factor if factor is None else exact_number(factor, f"{HERE}.spotFactor")
    try:
        return price_list(replaced, spot, reserved)
    except UsageError as error:
        raise DocumentError(str(error), HERE) from None


def exact_number(value: Any, path: str) -> Fraction:
    """Return a number from 0 that was written as text, such as ``9/100``.

    Raises:
        DocumentError: it is none.
    """
    try:
        found = Fraction(checked_text(value, path))
    except (ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if found < 0:
        raise DocumentError(f"expected a number from 0 as text, not {describe_value(value)}", path)
    return found
