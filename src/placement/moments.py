"""Points in time as whole microseconds since 1970 (UTC), the form in which they are compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["DAY", "SECOND", "from_microseconds", "microseconds"]

SECOND = 1_000_000
"""Microseconds in a second."""

DAY = 86_400 * SECOND
"""Microseconds in a day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(when: datetime) -> int:
    """Return a datetime that has an offset as microseconds."""
    return (when - _EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """Return the datetime (UTC) of a number that ``microseconds`` gave."""
    return _EPOCH + number * _MICROSECOND
