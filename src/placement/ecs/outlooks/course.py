"""What policies did to a service under a recorded metric, as frozen values.

In: what ``follow`` saw.  Out: ``ScalingCourse``, minute by minute, and sums over it.  Moments are
microseconds since 1970 (UTC).  Knows no records.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from fractions import Fraction

import attrs

from placement.scaling.exact import Exact
from placement.timestamps import MINUTE

__all__ = ["Mode", "PolicyLine", "ScalingCourse", "ScalingMinute"]


class Mode(enum.Enum):
    """Whether the model's tasks change the metric; the value says it in a sentence."""

    CLOSED_LOOP = "closed loop: the recorded load (value x count) is shared by the model's tasks"
    REPLAYED = "replayed as recorded: the number of tasks in the model does not change the metric"


@attrs.frozen
class PolicyLine:
    """A threshold of a policy's alarm, for pictures.

    Attributes:
        policy: The policy's name.
        alarm: The alarm's name.
        threshold: The threshold.
        is_above: Whether values above it breach it.
        is_target: Whether it is the target of target tracking.
    """

    policy: str
    alarm: str
    threshold: Exact
    is_above: bool
    is_target: bool


@attrs.frozen
class ScalingMinute:
    """A minute, as it is when it ends.

    Attributes:
        at: Its end (moment): its point is known then, and policies decide.
        recorded: The value recorded for it; None: the recording has a gap.
        recorded_count: The tasks recorded for it; None: not recorded.
        metric: The value that policies saw; None: there was none.
        running: The tasks that the metric was shared by.
        before: The desired count until then.
        desired: The desired count from then on.
        minimum: MinCapacity from then on.
        maximum: MaxCapacity from then on.
        reason: Why the desired count is what it is; empty where no policy was asked.
        is_news: Whether the desired count or a bound changed, or something began to hinder scaling.
    """

    at: int
    recorded: Exact | None
    recorded_count: int | None
    metric: Exact | None
    running: int
    before: int
    desired: int
    minimum: int
    maximum: int
    reason: str
    is_news: bool


@attrs.frozen
class ScalingCourse:
    """What policies did to a service under a recorded metric.

    Attributes:
        service: The service's ARN.
        name: Its name.
        cluster: The name of its cluster.
        mode: Whether the loop was closed.
        metric: The name of the recorded metric.
        policies: Names of the policies that look at it.
        others: Names of policies that look at another metric, which had no points.
        lines: The thresholds of the policies.
        started_at: The beginning of the first minute.
        period: How long a recorded value holds.
        first_desired: The desired count at the beginning.
        minutes: All minutes, in order.
        unplaced: What the service says where tasks find no room at the end; empty: they do.
    """

    service: str
    name: str
    cluster: str
    mode: Mode
    metric: str
    policies: tuple[str, ...]
    others: tuple[str, ...]
    lines: tuple[PolicyLine, ...]
    started_at: int
    period: int
    first_desired: int
    minutes: tuple[ScalingMinute, ...]
    unplaced: str = ""

    @property
    def ended_at(self) -> int:
        """The end of the last minute."""
        return self.minutes[-1].at if self.minutes else self.started_at

    @property
    def news(self) -> tuple[ScalingMinute, ...]:
        """The minutes in which something changed."""
        return tuple(one for one in self.minutes if one.is_news)

    def scaled(self, *, out: bool) -> int:
        """Return how often the desired count rose (``out``) or fell."""
        return sum(
            one.desired > one.before if out else one.desired < one.before for one in self.minutes
        )

    @property
    def task_minutes(self) -> int:
        """Tasks that ran, summed over minutes."""
        return sum(one.running for one in self.minutes)

    @property
    def recorded_task_minutes(self) -> int | None:
        """The same of the recording, over minutes of which it tells the tasks; None: of none."""
        counts = [one.recorded_count for one in self.minutes if one.recorded_count is not None]
        return sum(counts) if counts else None

    @property
    def short_minutes(self) -> int:
        """Minutes in which fewer tasks ran than were desired before it ended."""
        return sum(one.running < one.before for one in self.minutes)

    @property
    def minutes_at_maximum(self) -> int:
        """Minutes at whose end the desired count was at its maximum."""
        return sum(one.desired >= one.maximum for one in self.minutes)

    def beyond(self, line: PolicyLine) -> tuple[int, int]:
        """Return in how many minutes the model's metric, and the recorded one, breached a line."""

        def breaches(value: Exact | None) -> bool:
            if value is None:
                return False
            return value > line.threshold if line.is_above else value < line.threshold

        return (
            sum(breaches(one.metric) for one in self.minutes),
            sum(breaches(one.recorded) for one in self.minutes),
        )

    @property
    def sums(self) -> Mapping[str, int]:
        """Sums over the course, by the name that the JSON document gives them."""
        desired = [self.first_desired, *(one.desired for one in self.minutes)]
        recorded = self.recorded_task_minutes
        return {
            "scaledOut": self.scaled(out=True),
            "scaledIn": self.scaled(out=False),
            "leastDesired": min(desired),
            "mostDesired": max(desired),
            "minutesAtMaximum": self.minutes_at_maximum,
            "minutesShortOfTasks": self.short_minutes,
            "taskMinutes": self.task_minutes,
            **({} if recorded is None else {"recordedTaskMinutes": recorded}),
        }

    @property
    def length(self) -> Fraction:
        """Minutes from the beginning to the end."""
        return Fraction(self.ended_at - self.started_at, MINUTE)
