"""The naive twin of service auto scaling: S13.3 to S13.6 as the specification words them.

It must know nothing of ``placement``, so that agreement with it means something.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

Number = int | Fraction


def alarm_state(points: str, n: int, m: int, missing: str, state: str) -> str:
    """Return the state of an alarm; points are X, 0 or -, the newest at the right."""
    looked_at = points.rjust(n + 2, "-")[-(n + 2) :]
    real = looked_at.replace("-", "")
    if len(real) >= n:
        return "ALARM" if real[-n:].count("X") >= m else "OK"
    if missing == "breaching":
        return "ALARM" if (real + "X" * (n - len(real))).count("X") >= m else "OK"
    if missing == "notBreaching":
        return "ALARM" if real.count("X") >= m else "OK"
    if not real:
        return "INSUFFICIENT_DATA" if missing == "missing" else state
    if set(real) == {"X"}:
        age = len(looked_at) - looked_at.index("X")
        return "ALARM" if age >= m and missing == "missing" else state
    return "ALARM" if real.count("X") >= m else "OK"


def tracked(running: int, values: Sequence[Number], target: Number, direction: str) -> int:
    """Return what target tracking asks for."""
    metric = values[-1] if direction == "out" else max(values)
    wanted = max(0, ceil(Fraction(running) * metric / target))
    return 1 if direction == "out" and running == 0 else wanted


def stepped(
    kind: str,
    steps: list[tuple[Number | None, Number | None, int]],
    magnitude: int,
    delta: Number,
    capacity: int,
    comparison: str,
) -> int | None:
    """Return what a step policy asks for; None: no step holds the distance to the threshold."""
    is_above = delta > 0 or (delta == 0 and comparison.startswith("Greater"))
    for lower, upper, adjustment in steps:
        low = Fraction(-(10**9)) if lower is None else lower
        high = Fraction(10**9) if upper is None else upper
        if not (low <= delta < high if is_above else low < delta <= high):
            continue
        if kind == "ExactCapacity":
            return adjustment
        if kind == "ChangeInCapacity":
            return max(0, capacity + adjustment)
        if adjustment == 0:
            return capacity
        change = Fraction(capacity * adjustment, 100)
        if 0 < change < 1:
            change = Fraction(1)
        elif -1 < change < 0:
            change = Fraction(-1)
        rounded = floor(change) if change > 0 else ceil(change)
        size = max(abs(rounded), magnitude)
        return max(0, capacity + (size if adjustment > 0 else -size))
    return None


# --- Cron: does a local minute match? ------------------------------------------------------

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def in_field(value: int, text: str, first: int, last: int, names: list[str]) -> bool:
    """Whether a value is meant by a field, which is asked item by item."""
    for place, name in enumerate(names, 1):
        text = text.replace(name, str(place))
    for item in text.split(","):
        body, _, step = item.partition("/")
        start, _, end = body.partition("-")
        if body == "*":
            start, end = str(first), str(last)
        elif not end:
            end = str(last) if step else start
        now, stop = int(start), int(end)
        for count in range(last - first + 1):
            if count % int(step or 1) == 0 and now == value:
                return True
            if now == stop:
                break
            now = first if now == last else now + 1
    return False


def day_matches(day: datetime, of_month: str, of_week: str) -> bool:
    """Whether a day is meant by the two day fields."""
    tomorrow = day + timedelta(days=1)
    weekday = day.isoweekday() % 7 + 1
    if of_week == "?":
        if of_month == "L":
            return tomorrow.month != day.month
        if of_month.endswith("W"):
            return is_nearest(day, of_month[:-1])
        return in_field(day.day, of_month, 1, 31, [])
    if "#" in of_week:
        wanted, number = of_week.split("#")
        return in_field(weekday, wanted, 1, 7, WEEKDAYS) and (day.day + 6) // 7 == int(number)
    if of_week.endswith("L") and of_week != "L":
        is_last = (day + timedelta(days=7)).month != day.month
        return is_last and in_field(weekday, of_week[:-1], 1, 7, WEEKDAYS)
    return in_field(weekday, "7" if of_week == "L" else of_week, 1, 7, WEEKDAYS)


def is_nearest(day: datetime, wanted: str) -> bool:
    """Whether a day is the working day nearest to a day of its month."""
    month = [day.replace(day=1) + timedelta(days=count) for count in range(31)]
    month = [one for one in month if one.month == day.month]
    number = len(month) if wanted == "L" else int(wanted)
    if number > len(month):
        return False
    working = [one for one in month if one.isoweekday() <= 5]
    return day == min(working, key=lambda one: (abs(one.day - number), one.day))


def cron_scan(text: str, zone: str, first: datetime, last: datetime) -> list[datetime]:
    """Return all runs from one minute of UTC up to another, by a look at each minute.

    A local time that the clock has shown before is not run again.
    """
    minute_text, hour_text, of_month, month_text, of_week, year_text = text.split()
    minutes = {one for one in range(60) if in_field(one, minute_text, 0, 59, [])}
    hours = {one for one in range(24) if in_field(one, hour_text, 0, 23, [])}
    days: dict[tuple[int, int, int], bool] = {}
    seen_until = datetime.min
    found = []
    clock = ZoneInfo(zone)
    now = first - timedelta(hours=3)
    while now <= last:
        local = now.astimezone(clock).replace(tzinfo=None)
        if local > seen_until:
            seen_until = local
            if local.minute in minutes and local.hour in hours and now >= first:
                key = (local.year, local.month, local.day)
                if key not in days:
                    day = datetime(*key)
                    days[key] = (
                        in_field(local.year, year_text, 1970, 2199, [])
                        and in_field(local.month, month_text, 1, 12, MONTHS)
                        and day_matches(day, of_month, of_week)
                    )
                if days[key]:
                    found.append(now)
        now += timedelta(minutes=1)
    return found
