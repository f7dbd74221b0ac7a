"""Predictive scaling: the load of the coming hours, and how many tasks it needs (S13.7).

In: the load of hours that have ended, the target, settings.  Out: a forecast hour by hour, and the
tasks that are needed at a moment.  It only ever adds tasks; ``policies`` combines it with the rest.
The caller may bring a forecaster of its own.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import attrs

from placement.errors import PolicyError, UsageError, describe_value
from placement.scaling.exact import Exact, ceil_ratio
from placement.timestamps import DAY, MINUTE, SECOND

__all__ = [
    "Forecast",
    "ForecastHour",
    "ForecastReason",
    "Forecaster",
    "MaxCapacityBehavior",
    "PredictivePolicy",
    "forecast",
    "raised_maximum",
]

HOUR = 60 * MINUTE
LEAST_HISTORY = 24
"""Hours of load without which there is no forecast."""

LONGEST_HISTORY = 14 * DAY
HORIZON = 48
"""Hours of a forecast."""

RENEWAL = 6 * HOUR
"""How often a forecast is made again."""

DEFAULT_BUFFER = 300 * SECOND
LONGEST_BUFFER = 3_600 * SECOND
LARGEST_CAPACITY_BUFFER = 100

History = Sequence[tuple[int, Exact]]
"""Starts of hours that have ended, and the load of each, ascending."""

Forecaster = Callable[[History, Sequence[int]], Sequence[Exact]]
"""Gets the history and the hours to come; returns the load of each of these."""


class MaxCapacityBehavior(enum.Enum):
    """MaxCapacityBreachBehavior: whether a forecast may raise the maximum."""

    HONOR = "HonorMaxCapacity"
    INCREASE = "IncreaseMaxCapacity"


@attrs.frozen
class PredictivePolicy:
    """Settings of a predictive scaling policy.

    Attributes:
        target: The load that one task takes.
        scales: Whether it scales (ForecastAndScale); otherwise it forecasts only.
        buffer: SchedulingBufferTime: how long before an hour its tasks are wanted, microseconds.
        behavior: What happens where a forecast is above the maximum.
        capacity_buffer: MaxCapacityBuffer, in percent; needed with INCREASE, else None.

    Raises:
        PolicyError: the maximum's settings contradict one another, with the API's sentence.
        UsageError: a value is out of its bounds.
    """

    target: Exact
    scales: bool = False
    buffer: int = DEFAULT_BUFFER
    behavior: MaxCapacityBehavior = MaxCapacityBehavior.HONOR
    capacity_buffer: int | None = None

    def __attrs_post_init__(self) -> None:
        increases = self.behavior is MaxCapacityBehavior.INCREASE
        if increases and self.capacity_buffer is None:
            raise PolicyError("You must specify MaxCapacityBuffer when using IncreaseMaxCapacity.")
        if not increases and self.capacity_buffer is not None:
            raise PolicyError("You cannot specify MaxCapacityBuffer when using HonorMaxCapacity.")
        if (
            self.target <= 0
            or not 0 <= self.buffer <= LONGEST_BUFFER
            or not 0 <= (self.capacity_buffer or 0) <= LARGEST_CAPACITY_BUFFER
        ):
            raise UsageError(
                "a predictive policy has a target above 0, a scheduling buffer of 0 to 3,600 "
                "seconds and a capacity buffer of 0 to 100 percent, not "
                f"{describe_value(self.target)}, {describe_value(self.buffer)} microseconds and "
                f"{describe_value(self.capacity_buffer)}"
            )


class ForecastReason(enum.Enum):
    """What a forecast was made from; its value says it in words."""

    TOO_LITTLE_HISTORY = "fewer than 24 hours of load are known"
    SAME_HOUR_OF_DAY = "the mean of the same hour of the last days"
    SAME_HOUR_OF_WEEK = "the mean of the same hour of the last weeks"
    FORECASTER = "the caller's forecaster"


@attrs.frozen
class ForecastHour:
    """One hour of a forecast: its start, its load, the tasks that take it."""

    start: int
    load: Exact
    capacity: int


@attrs.frozen
class Forecast:
    """A forecast.

    Attributes:
        made_at: When it was made.
        reason: What it was made from.
        hours: The coming hours, ascending; an hour of which nothing is known is left out.
    """

    made_at: int
    reason: ForecastReason
    hours: tuple[ForecastHour, ...] = ()
    _by_start: Mapping[int, ForecastHour] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_by_start", {hour.start: hour for hour in self.hours})

    @property
    def renewed_at(self) -> int:
        """When the next forecast is made."""
        return self.made_at + RENEWAL

    def capacity_at(self, moment: int, buffer: int = DEFAULT_BUFFER) -> int | None:
        """Return how many tasks there should be at least; None: nothing is known (D94).

        An hour needs its tasks from ``buffer`` before its start to its end.
        """
        start = moment // HOUR * HOUR
        hours = [self._by_start.get(start), self._by_start.get(start + HOUR)]
        needed = [
            hour.capacity for hour in hours if hour is not None and hour.start - buffer <= moment
        ]
        return max(needed, default=None)

    def changes(self, after: int, buffer: int = DEFAULT_BUFFER) -> int | None:
        """Return the next moment at which the tasks needed may change; None: there is none."""
        edges = [
            edge
            for hour in self.hours
            for edge in (hour.start - buffer, hour.start + HOUR)
            if edge > after
        ]
        return min(edges, default=None)


def forecast(
    history: History, target: Exact, now: int, forecaster: Forecaster | None = None
) -> Forecast:
    """Return the forecast of the coming 48 hours, the present one included.

    Without a forecaster the load of an hour is the mean of the same hour of day over at most 14
    days, or of the same hour of the week once the history is 14 days long (D93).  Fewer than 24
    hours of load give no forecast (D95).

    Args:
        history: Load of hours; only those that have ended within the last 14 days count.
        target: The load that one task takes, above 0.
        now: The moment.
        forecaster: The caller's own.

    Raises:
        UsageError: the forecaster gives another number of loads than there are hours.
    """
    begin = now - LONGEST_HISTORY
    known = [(hour, load) for hour, load in history if begin <= hour and hour + HOUR <= now]
    if len(known) < LEAST_HISTORY:
        return Forecast(now, ForecastReason.TOO_LITTLE_HISTORY)
    first = now // HOUR * HOUR
    coming = [first + ahead * HOUR for ahead in range(HORIZON)]
    if forecaster is not None:
        loads: Sequence[Exact | None] = forecaster(known, coming)
        if len(loads) != len(coming):
            raise UsageError(
                f"a forecaster gives a load for each of {len(coming)} hours, not {len(loads)}"
            )
        reason = ForecastReason.FORECASTER
    else:
        # The oldest whole hour of 14 days begins less than an hour after they do.
        weekly = known[0][0] < begin + HOUR
        reason = ForecastReason.SAME_HOUR_OF_WEEK if weekly else ForecastReason.SAME_HOUR_OF_DAY
        loads = _means(known, coming, 7 * DAY if weekly else DAY)
    hours = (
        ForecastHour(start, load, max(0, ceil_ratio(1, load, target)))
        for start, load in zip(coming, loads, strict=True)
        if load is not None
    )
    return Forecast(now, reason, tuple(hours))


def _means(known: History, coming: Sequence[int], cycle: int) -> list[Exact | None]:
    """Return the mean load of the hours at the same place in a cycle; None: there is none."""
    places: dict[int, list[Exact]] = {}
    for hour, load in known:
        places.setdefault(hour % cycle // HOUR, []).append(load)
    means: dict[int, Exact] = {
        place: sum(map(Fraction, loads), Fraction(0)) / len(loads)
        for place, loads in places.items()
    }
    return [means.get(hour % cycle // HOUR) for hour in coming]


def raised_maximum(policy: PredictivePolicy, maximum: int, capacity: int) -> int:
    """Return MaxCapacity of the target once a forecast wants so many tasks (D94).

    It is raised by IncreaseMaxCapacity only, and never lowered.
    """
    if policy.behavior is MaxCapacityBehavior.HONOR:
        return maximum
    return max(maximum, capacity * (100 + (policy.capacity_buffer or 0)) // 100)
