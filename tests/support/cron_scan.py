"""An obvious scan for the runs of a cron expression: every minute of ten years, in arrays.

It knows nothing of ``placement``: fields are read by ``naive_scaling``, clocks by ``zoneinfo``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from naive_scaling import MONTHS, day_matches, in_field

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
LAST = datetime(2030, 1, 1, tzinfo=UTC)
BEFORE = 180
"""Minutes before FIRST from which clocks are watched: what they showed then is not run again."""

DAY = 1440
Minutes = npt.NDArray[np.int64]


def offset(moment: datetime, zone: ZoneInfo) -> int:
    """Return the offset of a clock in minutes."""
    distance = moment.astimezone(zone).utcoffset() or timedelta(0)
    return int(distance / timedelta(minutes=1))


@cache
def shown_first(name: str) -> tuple[Minutes, npt.NDArray[np.bool_]]:
    """Return what a clock shows each minute, in minutes since 1970, and whether for the first time.

    Offsets are looked at each hour, and each minute of an hour in which one changes.
    """
    zone = ZoneInfo(name)
    begin = int(FIRST.timestamp()) // 60 - BEFORE
    end = int(LAST.timestamp()) // 60
    start = FIRST - timedelta(minutes=BEFORE)
    hours = (end - begin) // 60 + 1
    by_hour = [offset(start + timedelta(hours=hour), zone) for hour in range(hours + 1)]
    offsets = np.repeat(np.array(by_hour[:-1], dtype=np.int64), 60)[: end - begin]
    for hour in range(hours):
        if by_hour[hour] != by_hour[hour + 1]:
            for minute in range(60 * hour, min(60 * hour + 60, end - begin)):
                offsets[minute] = offset(start + timedelta(minutes=minute), zone)
    local = np.arange(begin, end, dtype=np.int64) + offsets
    latest = np.maximum.accumulate(local)
    is_first = np.concatenate([[True], local[1:] > latest[:-1]])
    return local, is_first


def transitions(name: str) -> list[int]:
    """Return the minutes since 1970 at which a clock is changed."""
    local, _ = shown_first(name)
    begin = int(FIRST.timestamp()) // 60 - BEFORE
    return [int(place) + 1 + begin for place in np.flatnonzero(np.diff(local) != 1)]


def scan(text: str, name: str) -> Minutes:
    """Return the minutes since 1970 at which an expression of six fields runs, ascending."""
    minute_text, hour_text, of_month, month_text, of_week, year_text = text.split()
    local, is_first = shown_first(name)
    hours = [one for one in range(24) if in_field(one, hour_text, 0, 23, [])]
    of_day = np.zeros(DAY, dtype=bool)
    for one in range(60):
        if in_field(one, minute_text, 0, 59, []):
            of_day[[60 * hour + one for hour in hours]] = True
    first_day = int(local[0]) // DAY
    days = np.zeros(int(local.max()) // DAY - first_day + 1, dtype=bool)
    for place in range(len(days)):
        day = datetime(1970, 1, 1) + timedelta(days=first_day + place)
        days[place] = (
            in_field(day.year, year_text, 1970, 2199, [])
            and in_field(day.month, month_text, 1, 12, MONTHS)
            and day_matches(day, of_month, of_week)
        )
    runs = is_first & of_day[local % DAY] & days[local // DAY - first_day]
    runs[:BEFORE] = False
    begin = int(FIRST.timestamp()) // 60 - BEFORE
    found: Minutes = np.flatnonzero(runs).astype(np.int64) + begin
    return found
