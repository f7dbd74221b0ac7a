"""Runs of a scheduled action: its schedule between StartTime and EndTime.

In: a schedule, when the action was put, StartTime and EndTime.  Out: the next run after a moment.
"""

from __future__ import annotations

import attrs

from placement.errors import ScheduleError
from placement.scaling.schedules.expressions import At, Rate, Run, RunReason, Schedule

__all__ = ["Runs"]


@attrs.frozen
class Runs:
    """When a scheduled action runs.

    A recurring action with StartTime runs at StartTime too, and a rate counts from there; without
    it, from the moment at which the action was put (D114).  The two bound recurring actions only.

    Attributes:
        schedule: Its schedule.
        created: When the action was put.
        start: StartTime; None: it has none.
        end: EndTime, at which it still runs; None: it has none.

    Raises:
        ScheduleError: StartTime is not before EndTime, with the API's sentence.
    """

    schedule: Schedule
    created: int
    start: int | None = None
    end: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ScheduleError("StartTime must be before EndTime")

    def after(self, moment: int) -> Run | None:
        """Return the first run after a moment; None: there is no more.

        What was due by ``created`` is no run of this action.
        """
        moment = max(moment, self.created)
        schedule, start = self.schedule, self.start
        if isinstance(schedule, At):
            return schedule.after(moment)
        if isinstance(schedule, Rate):
            schedule = attrs.evolve(schedule, origin=self.created if start is None else start)
        if start is not None and start > moment:
            run: Run | None = Run(start, RunReason.START_TIME)
        else:
            run = schedule.after(moment)
        if run is None or (self.end is not None and run.moment > self.end):
            return None
        return run
