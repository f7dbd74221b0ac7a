"""Cron expressions of EventBridge: their syntax, and the local times that they mean (S13.6).

In: the text between the parentheses.  Out: minutes of a day, days, months and years.  Time zones
are not known here.
"""

from __future__ import annotations

import re
from types import MappingProxyType

import attrs

from placement.errors import ScheduleError, describe_value
from placement.scaling.schedules.days import (
    DayRule,
    DaysOfMonth,
    LastDay,
    LastWeekday,
    NearestWeekday,
    NthWeekday,
    Weekdays,
)

__all__ = ["CronFields", "parse_cron"]

FIRST_YEAR, LAST_YEAR = 1970, 2199

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_VALUE = r"[0-9]{1,4}|[A-Z]{3}"
_ITEM = re.compile(rf"(?:(\*)|({_VALUE})(?:-({_VALUE}))?)(?:/([0-9]{{1,4}}))?")
_NEAREST = re.compile(r"([0-9]{1,2})W")
_LAST_WEEKDAY = re.compile(rf"({_VALUE})L")
_NTH_WEEKDAY = re.compile(rf"({_VALUE})#([0-9])")


@attrs.frozen
class _Unit:
    """One field: its name, its bounds, the names of its values from the first on."""

    name: str
    first: int
    last: int
    names: MappingProxyType[str, int] = MappingProxyType({})
    wraps: bool = True

    def number(self, text: str) -> int:
        """Return a value.

        Raises:
            ScheduleError: it is out of bounds, or no name.
        """
        value = self.names.get(text)
        if value is None and text.isdigit():
            value = int(text)
        if value is None or not self.first <= value <= self.last:
            raise _error(
                f"{describe_value(text)} is no value of {self.name}, "
                f"which are {self.first} to {self.last}"
            )
        return value


def _named(names: tuple[str, ...]) -> MappingProxyType[str, int]:
    return MappingProxyType({name: number for number, name in enumerate(names, 1)})


_SECONDS = _Unit("seconds", 0, 59)
_MINUTES = _Unit("minutes", 0, 59)
_HOURS = _Unit("hours", 0, 23)
_DAYS = _Unit("days of the month", 1, 31)
_MONTHS = _Unit("months", 1, 12, _named(MONTHS))
_WEEKDAYS = _Unit("days of the week", 1, 7, _named(WEEKDAYS))
_YEARS = _Unit("years", FIRST_YEAR, LAST_YEAR, wraps=False)


@attrs.frozen
class CronFields:
    """What a cron expression means.

    Attributes:
        minutes: Minutes of a day at which it runs, ascending.
        days: Days of a month.
        months: Months, ascending.
        years: Years, ascending.
    """

    minutes: tuple[int, ...]
    days: DayRule
    months: tuple[int, ...]
    years: tuple[int, ...]


def _error(detail: str) -> ScheduleError:
    return ScheduleError(
        f"Invalid schedule expression. Details: Invalid CRON expression: {detail}."
    )


def parse_cron(text: str, *, lenient: bool = False) -> CronFields:
    """Read the fields of a cron expression.

    Five fields have no year; of seven the first are seconds, which are read and do not matter,
    because nothing runs between two minutes.

    Args:
        text: Minutes, hours, day of month, month, day of week, year.
        lenient: Option: a ``*`` in one day field is read as ``?`` where the other is not.

    Raises:
        ScheduleError: it is none, with the API's sentence.
    """
    if not text.isascii():
        raise _error("it has characters that are not ASCII")
    fields = text.upper().split()
    if not 5 <= len(fields) <= 7:
        raise _error(f"it has {len(fields)} fields, not 5 to 7")
    if len(fields) == 7:
        _values(fields.pop(0), _SECONDS)
    if len(fields) == 5:
        fields.append("*")
    minute, hour, day, month, weekday, year = fields
    minutes = _values(minute, _MINUTES)
    return CronFields(
        tuple(60 * hours + one for hours in _values(hour, _HOURS) for one in minutes),
        _day_rule(day, weekday, lenient=lenient),
        _values(month, _MONTHS),
        _values(year, _YEARS),
    )


def _day_rule(day: str, weekday: str, *, lenient: bool) -> DayRule:
    """Return the days: exactly one of the two fields is ``?`` (A65)."""
    if lenient and "?" not in (day, weekday):
        if weekday == "*":
            weekday = "?"
        elif day == "*":
            day = "?"
    if (day == "?") == (weekday == "?"):
        raise _error("exactly one of day of month and day of week must be ?")
    if weekday == "?":
        return _days_of_month(day)
    return _weekdays(weekday)


def _days_of_month(text: str) -> DayRule:
    if text in ("L", "LW"):
        return LastDay(is_working_day=text == "LW")
    if nearest := _NEAREST.fullmatch(text):
        return NearestWeekday(_DAYS.number(nearest[1]))
    return DaysOfMonth(_values(text, _DAYS))


def _weekdays(text: str) -> DayRule:
    if text == "L":
        return Weekdays((_WEEKDAYS.last,))
    if last := _LAST_WEEKDAY.fullmatch(text):
        return LastWeekday(_WEEKDAYS.number(last[1]))
    if nth := _NTH_WEEKDAY.fullmatch(text):
        number = int(nth[2])
        if not 1 <= number <= 5:
            raise _error(f"a month has no {describe_value(text)}: the number is 1 to 5")
        return NthWeekday(_WEEKDAYS.number(nth[1]), number)
    return Weekdays(_values(text, _WEEKDAYS))


def _values(text: str, unit: _Unit) -> tuple[int, ...]:
    """Return the values of a field, ascending.

    Raises:
        ScheduleError: the field cannot be read.
    """
    found: set[int] = set()
    for item in text.split(","):
        found |= _item_values(item, unit)
    return tuple(sorted(found))


def _item_values(text: str, unit: _Unit) -> set[int]:
    """Return the values of one item of a list: ``*``, ``3``, ``3-7``, any of them with ``/2``."""
    item = _ITEM.fullmatch(text)
    if item is None:
        raise _error(f"{describe_value(text)} is nothing that {unit.name} can be")
    every, start, end, step_text = item.groups()
    step = 1 if step_text is None else int(step_text)
    if step == 0:
        raise _error(f"the step in {describe_value(text)} is 0")
    first = unit.first if every else unit.number(start)
    if every or (step_text is not None and end is None):
        return set(range(first, unit.last + 1, step))
    last = first if end is None else unit.number(end)
    if first <= last:
        return set(range(first, last + 1, step))
    if not unit.wraps:
        raise _error(f"{describe_value(text)} ends before it begins")
    span = unit.last - unit.first + 1
    return {
        unit.first + (value - unit.first) % span for value in range(first, last + span + 1, step)
    }
