"""Points in time as whole microseconds since 1970 (UTC), the form in which they are compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

__all__ = ["DAY", "MINUTE", "SECOND", "from_microseconds", "microseconds"]

SECOND = 1_000_000
"""Microseconds in a second."""

MINUTE = 60 * SECOND
"""Microseconds in a minute."""

DAY = 86_400 * SECOND
"""Microseconds in a day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(when: datetime) -> int:
    """Return a datetime that has an offset as microseconds.

    Also one that is before year 1 or after year 9999 in UTC, which datetime cannot represent.
    """
    offset = when.utcoffset() or timedelta(0)
    return (when.replace(tzinfo=None) - _PLAIN_EPOCH) // _MICROSECOND - offset // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """Return the datetime of a number that ``microseconds`` gave: in UTC, if it has a value there.

    The few hours before year 1 and after year 9999 come in the offset that reaches them.
    """
    try:
        return _EPOCH + number * _MICROSECOND
    except OverflowError:
        offset = timedelta(hours=23, minutes=59) if number < 0 else -timedelta(hours=23, minutes=59)
    shifted = _PLAIN_EPOCH + (number * _MICROSECOND + offset)
    return shifted.replace(tzinfo=timezone(offset))
