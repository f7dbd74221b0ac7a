"""Schedules of scaling actions: ``at``, ``rate`` and ``cron``, and when they run (S13.6).

In: an expression, a time zone, StartTime and EndTime.  Out: the next run after a moment, with the
reason.  Moments are whole microseconds since 1970.

- ``cron``, ``days``: the fields of a cron expression.
- ``expressions``: the three kinds of schedules; ``runs``: with StartTime and EndTime.
"""

from placement.scaling.schedules.expressions import (
    At,
    Cron,
    Rate,
    Run,
    RunReason,
    Schedule,
    parse,
)
from placement.scaling.schedules.runs import Runs

__all__ = ["At", "Cron", "Rate", "Run", "RunReason", "Runs", "Schedule", "parse"]
