"""Days of a cron expression: which days of a month its two day fields mean.

In: a year and a month.  Out: days, ascending.  Weekdays are those of EventBridge: 1 is Sunday
(A65).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable

import attrs

__all__ = [
    "DayRule",
    "DaysOfMonth",
    "LastDay",
    "LastWeekday",
    "NearestWeekday",
    "NthWeekday",
    "Weekdays",
]


class DayRule:
    """Which days of a month are meant."""

    __slots__ = ()

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return the days of a month, ascending."""
        raise NotImplementedError


def _first_and_length(year: int, month: int) -> tuple[int, int]:
    """Return the weekday of a month's first day (1: Sunday) and the number of its days."""
    monday_based, length = monthrange(year, month)
    return (monday_based + 1) % 7 + 1, length


def _with_weekday(year: int, month: int, weekday: int) -> range:
    """Return the days of a month that have a weekday."""
    first, length = _first_and_length(year, month)
    return range(1 + (weekday - first) % 7, length + 1, 7)


def _nearest_working_day(year: int, month: int, day: int) -> int:
    """Return the day from Monday to Friday that is nearest to a day, in the same month."""
    first, length = _first_and_length(year, month)
    weekday = (first + day - 2) % 7 + 1
    if weekday == 7:
        return day - 1 if day > 1 else day + 2
    if weekday == 1:
        return day + 1 if day < length else day - 2
    return day


@attrs.frozen
class DaysOfMonth(DayRule):
    """Numbers of days."""

    days: tuple[int, ...]

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return those that the month has."""
        length = monthrange(year, month)[1]
        return tuple(day for day in self.days if day <= length)


@attrs.frozen
class LastDay(DayRule):
    """``L``: the last day of the month; ``LW``: its last day from Monday to Friday."""

    is_working_day: bool = False

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return that day."""
        day = monthrange(year, month)[1]
        return (_nearest_working_day(year, month, day) if self.is_working_day else day,)


@attrs.frozen
class NearestWeekday(DayRule):
    """``15W``: the day from Monday to Friday that is nearest to a day, in the same month.

    A month that does not have the day has none (D114).
    """

    day: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return that day."""
        if self.day > monthrange(year, month)[1]:
            return ()
        return (_nearest_working_day(year, month, self.day),)


@attrs.frozen
class Weekdays(DayRule):
    """Days of the week, 1 for Sunday."""

    weekdays: tuple[int, ...]

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return all days that have one of the weekdays."""
        days: Iterable[int] = (
            day for weekday in self.weekdays for day in _with_weekday(year, month, weekday)
        )
        return tuple(sorted(days))


@attrs.frozen
class LastWeekday(DayRule):
    """``6L``: the last Friday of the month."""

    weekday: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return that day."""
        return (_with_weekday(year, month, self.weekday)[-1],)


@attrs.frozen
class NthWeekday(DayRule):
    """``3#2``: the second Tuesday of the month."""

    weekday: int
    number: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return that day; a month may have no fifth."""
        return tuple(_with_weekday(year, month, self.weekday)[self.number - 1 : self.number])
