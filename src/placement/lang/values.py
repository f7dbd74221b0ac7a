"""Typed literals: versions, dates, whole numbers and decimal numbers, from their text.

In: the text of a literal or of an instance's value.  Out: something that compares as ECS compares
it, or None where the text is no such value.  Any length of text is taken; none is slow.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from placement.timestamps import DAY, SECOND, microseconds

__all__ = [
    "VersionKey",
    "decimal",
    "moment",
    "version_key",
    "whole_number",
]

HUGE = 10**18
"""What a whole number of more than 18 digits is read as: above every count, and still cheap."""

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)([A-Za-z~+_-][A-Za-z0-9.~+_-]*)?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:Z|([+-])([0-9]{2}):([0-9]{2}))?)?"
)

VersionKey = tuple[tuple[tuple[int, str], ...], tuple[int, str]]
"""Compares like the version: each number by length and digits, then the suffix (A16, B3)."""


@lru_cache(maxsize=4096)
def version_key(text: str) -> VersionKey | None:
    """Return the sort key of a version ``v?N(.N)*`` with an optional suffix, None for other text.

    Missing components are zeros, a suffix sorts before none, two suffixes compare as text.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    numbers = [number.lstrip("0") for number in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    suffix = match[2] or ""
    return tuple((len(number), number) for number in numbers), (0 if suffix else 1, suffix)


def decimal(text: str) -> Decimal | None:
    """Return the exact value of a plain decimal number (A15), or None for other text."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def whole_number(text: str) -> int | None:
    """Return a whole number of ASCII digits (B5), or None for other text."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return HUGE if len(digits) > 18 else int(digits or "0")


def moment(text: str) -> tuple[int, int] | None:
    """Return a date literal as microseconds since 1970 (UTC) and its precision in microseconds.

    The four formats of the guide (A18, B4); None for any other text and for impossible dates.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, second, sign, offset_hour, offset_minute = match.groups()
    try:
        start = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        if hour is None:
            return microseconds(start), DAY
        start = start.replace(hour=int(hour), minute=int(minute), second=int(second))
    except ValueError:
        return None
    if sign is None:
        return microseconds(start), SECOND
    if int(offset_hour) > 23 or int(offset_minute) > 59:
        return None
    offset = (int(offset_hour) * 60 + int(offset_minute)) * 60 * SECOND
    return microseconds(start) - (offset if sign == "+" else -offset), SECOND
