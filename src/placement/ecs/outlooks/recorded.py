"""A metric of a service as it was recorded: one value a period, perhaps with the tasks of then.

In: moments, values, numbers of tasks.  Out: ``RecordedMetric``, which is asked minute by minute.
Knows no files and no session.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Self

import attrs

from placement.errors import DocumentError, UsageError
from placement.scaling.exact import LARGEST_VALUE, Exact, exact
from placement.timestamps import DAY, MINUTE

__all__ = ["LONGEST", "LONGEST_PERIOD", "RecordedMetric", "RecordedValue", "number_of"]

LONGEST = 366 * DAY
"""What a recording spans at most: half a million minutes."""

LONGEST_PERIOD = 60 * MINUTE
"""How long a value may hold: alarms look at minutes."""

LONGEST_NUMBER = 40
"""Characters of a value: more digits than any metric has."""


def number_of(text: str) -> Exact | None:
    """Return a decimal number exactly, None if the text is none that a metric can have."""
    try:
        found = exact(Decimal(text) if len(text) <= LONGEST_NUMBER else None)
    except (InvalidOperation, UsageError):
        return None
    return found if -LARGEST_VALUE <= found <= LARGEST_VALUE else None


@attrs.frozen
class RecordedValue:
    """A value of a metric, as recorded.

    Attributes:
        at: The beginning of its period (moment), as CloudWatch counts timestamps.
        value: The value; None: the recording has none for this time.
        count: How many tasks ran then; None: the recording does not say.
        line: The line of the file, from 1, for messages.
    """

    at: int
    value: Exact | None
    count: int | None = None
    line: int = 0

    @property
    def load(self) -> Exact | None:
        """Value times count; None: one of them is not known."""
        if self.value is None or self.count is None:
            return None
        return self.value * self.count


@attrs.frozen
class RecordedMetric:
    """A metric as recorded.

    Attributes:
        values: In order of time; at most one a minute.
        period: How long a value holds: the shortest time between two of them.
        has_counts: Whether it tells numbers of tasks: the loop can be closed.
    """

    values: tuple[RecordedValue, ...]
    period: int
    has_counts: bool

    @classmethod
    def of(cls, values: Sequence[RecordedValue], *, has_counts: bool) -> Self:
        """Return a recording; moments are cut to the full minute.

        Raises:
            DocumentError: there is no value, they are not in order, there are two of a minute, or
                they span too long; the path is ``[N]``, with the number of the value.
        """
        if all(one.value is None for one in values):
            raise DocumentError("there is no value", "")
        minutes = [attrs.evolve(one, at=one.at // MINUTE * MINUTE) for one in values]
        period = LONGEST_PERIOD + MINUTE if len(minutes) > 1 else MINUTE
        for place in range(1, len(minutes)):
            step = minutes[place].at - minutes[place - 1].at
            path = f"[{place}]"
            if values[place].at <= values[place - 1].at:
                raise DocumentError("expected times that rise from line to line", path)
            if not step:
                raise DocumentError("expected one value a minute, and there is one already", path)
            if minutes[place].at - minutes[0].at > LONGEST:
                raise DocumentError(f"expected at most {LONGEST // DAY} days from the first", path)
            period = min(period, step)
        if period > LONGEST_PERIOD:
            raise DocumentError("expected a value an hour at least, one a minute is best", "[1]")
        return cls(tuple(minutes), period, has_counts)

    @property
    def start(self) -> int:
        """The beginning of the first period."""
        return self.values[0].at

    @property
    def end(self) -> int:
        """The end of the last period."""
        return self.values[-1].at + self.period

    @property
    def minutes(self) -> int:
        """How many minutes it spans."""
        return (self.end - self.start) // MINUTE
