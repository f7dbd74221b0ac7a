"""Points of one metric over time, kept sparsely.

In: samples with their moments; or values at the ends of equal periods.  Out: the statistic of any
period.  Moments are whole microseconds since 1970.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Self

from placement.scaling.exact import Exact
from placement.scaling.metrics import Samples, Statistic, period_values

__all__ = ["PointHistory", "PutSeries"]

Bounds = Sequence[tuple[int, int]]


class PutSeries:
    """The samples of one metric that calls put, by their unit."""

    __slots__ = ("_units",)

    def __init__(self) -> None:
        self._units: dict[str, tuple[list[int], list[Samples]]] = {}

    def copy(self) -> Self:
        """Return independent samples."""
        twin = type(self)()
        twin._units = {
            unit: (list(moments), list(samples)) for unit, (moments, samples) in self._units.items()
        }
        return twin

    def put(self, moment: int, samples: Samples, unit: str) -> None:
        """Add samples; those of the same moment and unit come together."""
        moments, kept = self._units.setdefault(unit, ([], []))
        place = bisect_left(moments, moment)
        if place < len(moments) and moments[place] == moment:
            kept[place] += samples
        else:
            moments.insert(place, moment)
            kept.insert(place, samples)

    def values(
        self, bounds: Bounds, statistic: Statistic, unit: str | None = None
    ) -> list[Exact | None]:
        """Return the statistic of each period, of one unit or of all; None: it has no samples."""
        moments, samples = self._of(unit)
        return period_values(moments, samples, bounds, statistic)

    def _of(self, unit: str | None) -> tuple[list[int], list[Samples]]:
        if unit is not None:
            return self._units.get(unit, ([], []))
        if len(self._units) == 1:
            (only,) = self._units.values()
            return only
        pairs = sorted(
            (
                (moment, sample)
                for moments, samples in self._units.values()
                for moment, sample in zip(moments, samples, strict=True)
            ),
            key=lambda pair: pair[0],
        )
        return [moment for moment, _ in pairs], [sample for _, sample in pairs]

    def entries(self) -> Iterator[tuple[str, int, Samples]]:
        """Yield unit, moment and samples, by unit and time."""
        for unit, (moments, samples) in self._units.items():
            for moment, sample in zip(moments, samples, strict=True):
                yield unit, moment, sample


class PointHistory:
    """Values at the ends of equal periods, of which only changes are kept.

    Attributes:
        interval: Length of the periods.
        end: End of the newest period whose value was noted; None: there is none.
    """

    __slots__ = ("_ends", "_values", "end", "interval")

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self.end: int | None = None
        self._ends: list[int] = []
        self._values: list[Exact | None] = []

    def copy(self) -> Self:
        """Return an independent history."""
        twin = type(self)(self.interval)
        twin.end = self.end
        twin._ends, twin._values = list(self._ends), list(self._values)
        return twin

    def __len__(self) -> int:
        return len(self._ends)

    def note(self, end: int, value: Exact | None) -> None:
        """Note the value of the period that ends at a moment; one left out has none."""
        newest = self.end
        if newest is not None and end > newest + self.interval:
            self._change(newest + self.interval, None)
        self._change(end, value)
        self.end = end

    def _change(self, end: int, value: Exact | None) -> None:
        last = self._values[-1] if self._values else None
        if last is not value and last != value:
            self._ends.append(end)
            self._values.append(value)

    def at(self, end: int) -> Exact | None:
        """Return the value of the period that ends at a moment; None: it is not known."""
        if end == self.end:
            return self._values[-1] if self._values else None
        if self.end is None or end > self.end:
            return None
        place = bisect_right(self._ends, end)
        return self._values[place - 1] if place else None

    def newest(self, end: int, count: int) -> list[Exact | None]:
        """Return the values of the ``count`` periods up to one that ends at a moment, in order."""
        found: list[Exact | None] = []
        ends, values, step = self._ends, self._values, self.interval
        place = bisect_right(ends, end)
        for _ in range(count):
            while place and ends[place - 1] > end:
                place -= 1
            is_known = place and self.end is not None and end <= self.end
            found.append(values[place - 1] if is_known else None)
            end -= step
        found.reverse()
        return found

    def values(self, bounds: Bounds, statistic: Statistic) -> list[Exact | None]:
        """Return the statistic of longer periods; one belongs to the period in which it begins."""
        moments: list[int] = []
        samples: list[Samples] = []
        step = self.interval
        first = min((start for start, _ in bounds), default=0)
        last = max((end for _, end in bounds), default=0)
        begin = -(-first // step) * step
        if self._ends:
            begin = max(begin, self._ends[0] - step)
        stop = min(last, (self.end or 0))
        for moment in range(begin, stop, step):
            value = self.at(moment + step)
            if value is not None:
                moments.append(moment)
                samples.append(Samples.of(value))
        return period_values(moments, samples, bounds, statistic)

    def entries(self) -> Iterator[tuple[int, Exact | None]]:
        """Yield the ends of periods at which the value changed, and the value from there on."""
        return zip(self._ends, self._values, strict=True)

    def restore(self, entries: Sequence[tuple[int, Exact | None]], end: int) -> None:
        """Hold what another history's ``entries`` and ``end`` were."""
        self._ends = [moment for moment, _ in entries]
        self._values = [value for _, value in entries]
        self.end = end
