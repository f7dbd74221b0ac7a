"""Time zones: local times as moments, moments as local times.

In: names of time zones, local times, moments (whole microseconds since 1970).  Out: the same the
other way round.  A local time that does not exist has no moment; one that occurs twice has its
first (D92).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from placement.errors import UsageError, describe_value
from placement.timestamps import from_microseconds, microseconds

__all__ = ["first_moment", "local_time", "time_zone"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_OFFSET = re.compile(r"(?:UTC)?([+-])([0-9]{2}):([0-9]{2})")
_FURTHEST_OFFSET = 14 * 60
_OFFSET_STEP = 5


@lru_cache(maxsize=512)
def time_zone(name: str) -> tzinfo:
    """Return a time zone.

    Args:
        name: As the IANA names it (``Europe/Berlin``), or a fixed distance from UTC in steps of
            five minutes (``+05:30``, ``UTC+05:30``).

    Raises:
        UsageError: there is none of that name.
    """
    if name == "UTC":
        return UTC
    if offset := _OFFSET.fullmatch(name):
        hours, minutes = int(offset[2]), int(offset[3])
        distance = hours * 60 + minutes
        if minutes < 60 and distance <= _FURTHEST_OFFSET and distance % _OFFSET_STEP == 0:
            return timezone(timedelta(minutes=-distance if offset[1] == "-" else distance))
    elif _NAME.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # a name that is none, or a folder of names: the message below says so
    raise UsageError(
        "a time zone is a name like 'Europe/Berlin' or an offset like '+05:30', "
        f"not {describe_value(name)}"
    )


def local_time(moment: int, zone: tzinfo) -> datetime:
    """Return a moment of the years 2 to 9998 as a local time, without its offset."""
    return from_microseconds(moment).astimezone(zone).replace(tzinfo=None, fold=0)


def first_moment(local: datetime, zone: tzinfo) -> int | None:
    """Return the first moment at which clocks show a local time; None: they skip it (D92)."""
    moment = microseconds(local.replace(tzinfo=zone, fold=0))
    return moment if local_time(moment, zone) == local else None
