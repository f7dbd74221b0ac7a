"""Schedule expressions: ``at(...)``, ``rate(...)`` and ``cron(...)``.

In: the text and a time zone.  Out: a schedule that gives its next run after a moment.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta, tzinfo

import attrs

from placement.errors import ScheduleError, UsageError, describe_value
from placement.scaling.schedules.cron import FIRST_YEAR, LAST_YEAR, CronFields, parse_cron
from placement.scaling.time_zones import first_moment, local_time, time_zone
from placement.timestamps import DAY, MINUTE, microseconds

__all__ = ["At", "Cron", "Rate", "Run", "RunReason", "Schedule", "parse"]

LONGEST_TEXT = 1_600
"""Characters of an expression (API PutScheduledAction)."""

SYNTAX = (
    "Invalid schedule expression. Details: Schedule expressions must have the following syntax: "
    r"rate(<number>\s?(minutes?|hours?|days?)), cron(<cron_expression>) or "
    "at(yyyy-MM-dd'T'HH:mm:ss)."
)

_RATE = re.compile(r"rate\(([0-9]+)\s?(minute|hour|day)s?\)")
_AT = re.compile(r"at\((.*)\)", re.DOTALL)
_CRON = re.compile(r"cron\((.*)\)", re.DOTALL)
_LOCAL = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})")
_UNITS = {"minute": MINUTE, "hour": 60 * MINUTE, "day": DAY}
_MOST_DIGITS = 9
"""Of a rate: more are longer than any model runs."""

_EARLIEST = microseconds(datetime(FIRST_YEAR - 1, 12, 30))
_LATEST = microseconds(datetime(LAST_YEAR + 1, 1, 2))
_FIRST_AT, _LAST_AT = 2, 9998
"""Years of ``at``: one from each end of what a datetime holds, for any time zone's offset."""


class RunReason(enum.Enum):
    """What makes an action run at a moment."""

    AT = "at"
    RATE = "rate"
    CRON = "cron"
    START_TIME = "StartTime"


@attrs.frozen
class Run:
    """One run of a schedule.

    Attributes:
        moment: When it is due.
        reason: What makes it run.
    """

    moment: int
    reason: RunReason

    @property
    def minute(self) -> int:
        """When it takes place: at the first full minute from then on (D121)."""
        return -(-self.moment // MINUTE) * MINUTE


class Schedule:
    """When an action runs."""

    __slots__ = ()

    def after(self, moment: int) -> Run | None:
        """Return the first run after a moment; None: there is no more."""
        raise NotImplementedError


@attrs.frozen
class At(Schedule):
    """A single run; ``moment`` is None where the local time does not exist (D92)."""

    moment: int | None

    def after(self, moment: int) -> Run | None:
        """Return its run, unless it is over."""
        if self.moment is None or self.moment <= moment:
            return None
        return Run(self.moment, RunReason.AT)


@attrs.frozen
class Rate(Schedule):
    """A run each ``period`` microseconds, the first one a period after ``origin`` (D114).

    Without an origin it counts from the moment that is asked about.
    """

    period: int
    origin: int | None = None

    def after(self, moment: int) -> Run | None:
        """Return the next run."""
        start = moment if self.origin is None else self.origin
        periods = max(1, (moment - start) // self.period + 1)
        return Run(start + periods * self.period, RunReason.RATE)


@attrs.frozen
class Cron(Schedule):
    """Runs by the local clock of a time zone.

    A local time that does not exist is skipped, one that occurs twice runs the first time (D92).
    """

    fields: CronFields
    zone: tzinfo

    def after(self, moment: int) -> Run | None:
        """Return the next run; at most all months of its years are looked at."""
        if moment >= _LATEST:
            return None
        local = local_time(max(moment, _EARLIEST), self.zone)
        fields = self.fields
        today = (local.month, local.day)
        passed = bisect_right(fields.minutes, 60 * local.hour + local.minute)
        for year in fields.years[bisect_left(fields.years, local.year) :]:
            is_this_year = year == local.year
            for month in fields.months:
                if is_this_year and month < local.month:
                    continue
                for day in fields.days.of(year, month):
                    if is_this_year and (month, day) < today:
                        continue
                    is_today = is_this_year and (month, day) == today
                    run = self._on(datetime(year, month, day), passed if is_today else 0, moment)
                    if run is not None:
                        return run
        return None

    def _on(self, day: datetime, passed: int, moment: int) -> Run | None:
        """Return the first run of a day after a moment, without its first ``passed`` minutes."""
        for minute in self.fields.minutes[passed:]:
            found = first_moment(day + timedelta(minutes=minute), self.zone)
            if found is not None and found > moment:
                return Run(found, RunReason.CRON)
        return None


def parse(text: str, timezone: str = "UTC", *, lenient: bool = False) -> Schedule:
    """Read a schedule expression.

    Args:
        text: ``at(yyyy-mm-ddThh:mm:ss)``, ``rate(N minutes)`` (hours, days; singular or plural) or
            ``cron(fields)``; at most ``LONGEST_TEXT`` characters.
        timezone: The name of the time zone of ``at`` and ``cron``.
        lenient: Option ``lenient_cron``: ``*`` in one day field of cron counts as ``?``.

    Raises:
        ScheduleError: it is none, with the API's sentence.
        UsageError: there is no such time zone, or the text is no text.
    """
    if not isinstance(text, str) or not isinstance(timezone, str):
        raise UsageError(
            f"a schedule and its time zone are texts, not {describe_value(text)} "
            f"and {describe_value(timezone)}"
        )
    zone = time_zone(timezone)
    if len(text) <= LONGEST_TEXT:
        if rate := _RATE.fullmatch(text):
            return _rate(rate[1], rate[2])
        if at := _AT.fullmatch(text):
            return At(first_moment(_local(at[1]), zone))
        if cron := _CRON.fullmatch(text):
            return Cron(parse_cron(cron[1], lenient=lenient), zone)
    raise ScheduleError(SYNTAX)


def _rate(digits: str, unit: str) -> Rate:
    number = digits.lstrip("0")
    if not 1 <= len(number) <= _MOST_DIGITS:
        raise ScheduleError(
            f"Invalid schedule frequency. The number of {unit}s must be positive and have at most "
            f"{_MOST_DIGITS} digits."
        )
    return Rate(int(number) * _UNITS[unit])


def _local(text: str) -> datetime:
    """Return the local time of an ``at`` expression."""
    found = _LOCAL.fullmatch(text)
    if found is not None:
        year, month, day, hour, minute, second = map(int, found.groups())
        try:
            local = datetime(year, month, day, hour, minute, second)
        except ValueError:
            local = None
        if local is not None and _FIRST_AT <= year <= _LAST_AT:
            return local
    raise ScheduleError(
        "Invalid schedule expression. Details: Invalid schedule at DateTime expression: "
        f"{describe_value(text)} is no local time yyyy-mm-ddThh:mm:ss."
    )
