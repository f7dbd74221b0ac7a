"""Metrics: predefined values of a service, and the points that an alarm looks at (S13.2).

In: load, running tasks, samples with their moments.  Out: points as exact numbers; None: the point
is missing.  Expressions over several metrics are in ``metric_math``.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from itertools import pairwise

import attrs

from placement.errors import UsageError, describe_value
from placement.scaling.exact import Exact
from placement.scaling.time_zones import first_moment, local_time
from placement.timestamps import DAY, MINUTE, SECOND, from_microseconds, microseconds

__all__ = [
    "Samples",
    "Statistic",
    "allows_high_resolution",
    "mean",
    "period_values",
    "requests_per_target",
    "sliding_periods",
    "utilization",
    "wall_clock_periods",
]

HIGH_RESOLUTION = 20 * SECOND
HOUR = 60 * MINUTE
WEEK = 7 * DAY
WALL_CLOCK_PERIODS = (MINUTE, 5 * MINUTE, HOUR, DAY, WEEK)
"""Periods of alarms with a wall clock window (API WallClockWindow)."""


def utilization(load: Exact, running: int) -> Exact | None:
    """Return a service's average use at the end of a minute, in percent of what its tasks ask for.

    Args:
        load: The service's load in task-percent: 100 keeps one task busy.
        running: Tasks that are RUNNING then (D100); without any the point is missing.
    """
    return _quotient(load, running) if running > 0 else None


def requests_per_target(requests: Exact, running: int) -> Exact:
    """Return the requests per target of a minute: real zeros, also without any target.

    Without targets all requests are as one target's, so that demand is seen (D100 for the rest).
    """
    return _quotient(requests, max(1, running))


def _quotient(number: Exact, count: int) -> Fraction:
    """Return ``number / count``; the division of fractions takes twice as long."""
    if isinstance(number, int):
        return Fraction(number, count)
    return Fraction(number.numerator, number.denominator * count)


def mean(values: Sequence[Exact | None]) -> Exact | None:
    """Return the mean of the known values: of a minute's samples, as an option of D100."""
    known = [value for value in values if value is not None]
    return sum(map(Fraction, known), Fraction(0)) / len(known) if known else None


def allows_high_resolution(resolutions: Sequence[int]) -> bool:
    """Return whether a high-resolution predefined metric may be tracked (D88).

    Args:
        resolutions: Microseconds between the points of that metric, as the service's COMPLETED
            primary deployment has them.
    """
    return HIGH_RESOLUTION in resolutions


class Statistic(enum.Enum):
    """What a point is of the samples of its period."""

    AVERAGE = "Average"
    SUM = "Sum"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    SAMPLE_COUNT = "SampleCount"


@attrs.frozen
class Samples:
    """Values that were put together: one, or a statistic set of several.

    Attributes:
        count: How many; a weight, so that it need not be whole.
        total: Their sum.
        least: The smallest.
        most: The largest.
    """

    count: Exact
    total: Exact
    least: Exact
    most: Exact

    @classmethod
    def of(cls, value: Exact, count: Exact = 1) -> Samples:
        """Return a value that was seen ``count`` times."""
        return cls(count, value * count, value, value)

    def __add__(self, other: Samples) -> Samples:
        """Return the samples of both."""
        return Samples(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
        )

    def value(self, statistic: Statistic) -> Exact | None:
        """Return a statistic; None: there is no average of a count of 0."""
        if statistic is Statistic.AVERAGE:
            return Fraction(self.total) / self.count if self.count else None
        return {
            Statistic.SUM: self.total,
            Statistic.MINIMUM: self.least,
            Statistic.MAXIMUM: self.most,
            Statistic.SAMPLE_COUNT: self.count,
        }[statistic]


def period_values(
    moments: Sequence[int],
    samples: Sequence[Samples],
    bounds: Sequence[tuple[int, int]],
    statistic: Statistic,
) -> list[Exact | None]:
    """Return the point of each period: the statistic over all its samples; None: it has none.

    Args:
        moments: When the samples were taken, ascending.  A period's own point of a minute is that
            of the minute's start, as CloudWatch stamps it.
        samples: As many samples.
        bounds: Start and end of each period; a sample at its end belongs to the next.
        statistic: What to take.
    """
    points: list[Exact | None] = []
    for start, end in bounds:
        first, last = bisect_left(moments, start), bisect_left(moments, end)
        if first == last:
            points.append(None)
            continue
        gathered = samples[first]
        for sample in samples[first + 1 : last]:
            gathered += sample
        points.append(gathered.value(statistic))
    return points


def sliding_periods(now: int, period: int, count: int) -> list[tuple[int, int]]:
    """Return the newest ``count`` periods of a sliding window, the newest last.

    The newest ends at the evaluation, so that each minute has periods of its own, however long
    they are (D120).
    """
    return [(now - back * period, now - (back - 1) * period) for back in range(count, 0, -1)]


def wall_clock_periods(now: int, period: int, count: int, zone: tzinfo) -> list[tuple[int, int]]:
    """Return the newest ``count`` complete periods of a wall clock window, the newest last.

    They begin at full minutes, five minutes and hours of the local clock, at local midnights, or at
    those of Mondays (D120).  A day is as long as the clock makes it.

    Raises:
        UsageError: a wall clock window cannot have that period.
    """
    if period not in WALL_CLOCK_PERIODS:
        raise UsageError(
            "the period of a wall clock window is 1 or 5 minutes, 1 hour, 1 day or 1 week, "
            f"not {describe_value(period)} microseconds"
        )
    edges = (
        _short_edges(now, period, count, zone)
        if period <= HOUR
        else _long_edges(now, period // DAY, count, zone)
    )
    return list(pairwise(edges))


def _short_edges(now: int, period: int, count: int, zone: tzinfo) -> list[int]:
    """Return the edges of periods up to an hour: the offset of now decides where they are."""
    offset = microseconds(local_time(now, zone).replace(tzinfo=from_microseconds(0).tzinfo)) - now
    last = (now + offset) // period * period - offset
    return [last - back * period for back in range(count, -1, -1)]


def _long_edges(now: int, days: int, count: int, zone: tzinfo) -> list[int]:
    """Return the edges of days or weeks: the first moments of local days."""
    local = local_time(now, zone)
    day = datetime(local.year, local.month, local.day)
    if days > 1:
        day -= timedelta(days=day.weekday())
    return [_day_start(day - timedelta(days=back * days), zone) for back in range(count, -1, -1)]


def _day_start(day: datetime, zone: tzinfo) -> int:
    """Return the first moment of a local day, also where the clock skips its midnight."""
    minute = 0
    while True:
        found = first_moment(day + timedelta(minutes=minute), zone)
        if found is not None:
            return found
        minute += 1
