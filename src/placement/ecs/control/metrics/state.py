"""What an account knows of metrics: put samples, points of services, loads that were told.

In: nothing.  Out: ``MetricsState``.  Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import attrs

from placement.ecs.control.metrics.points import PointHistory, PutSeries
from placement.scaling.exact import Exact

if TYPE_CHECKING:
    from placement.ecs.control.metrics.plan import Plan

__all__ = ["MetricKey", "MetricsState", "ServiceLoad", "ServiceMetric", "Watched"]


class MetricKey(NamedTuple):
    """A metric of CloudWatch; ``dimensions`` are names and values, sorted."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


class ServiceMetric(NamedTuple):
    """A predefined metric of a service.

    Attributes:
        service: The creation number of the service.
        kind: ``cpu``, ``memory`` or ``requests``.
        group: The ARN of the target group that requests go to; None with other kinds.
    """

    service: int
    kind: str
    group: str | None = None


Told = Exact | Callable[[float], Any] | None
"""A load: a number, or a function of the seconds since the session's start."""


@attrs.frozen
class ServiceLoad:
    """The load of a service as the caller told it (C43): task-percent, requests per minute."""

    cpu: Told = None
    memory: Told = None
    requests: Told = None


@attrs.define(eq=False)
class Watched:
    """A predefined metric that an alarm looks at, with its points.

    Attributes:
        metric: Which.
        history: Its points.
        samples: Values since the last point, where a point is the mean of samples (D100).
        inputs: What the newest value was computed from: load and tasks.
        value: The newest value.
    """

    metric: ServiceMetric
    history: PointHistory
    samples: list[Exact | None] = attrs.field(factory=list)
    inputs: tuple[Exact, int] | None = None
    value: Exact | None = None

    def copy(self) -> Watched:
        """Return independent points."""
        return attrs.evolve(self, history=self.history.copy(), samples=list(self.samples))


class MetricsState:
    """The metrics of an account.

    Attributes:
        put: Samples that calls put.
        watched: Points of services, by metric and length of the periods.
        loads: Loads that the caller told, by creation number of the service.
        replayed: Values that predefined metrics have now, whatever the load and the tasks are: a
            recording that is played (C52); None: no point.
        plan: Which alarm looks at what; None: it is to be made.
        next_at: When metrics are looked at next; None: nothing is to be looked at.
        is_look_open: Whether calls have changed what is looked at since that was found out.
    """

    def __init__(self) -> None:
        self.put: dict[MetricKey, PutSeries] = {}
        self.watched: dict[tuple[ServiceMetric, int], Watched] = {}
        self.loads: dict[int, ServiceLoad] = {}
        self.replayed: dict[ServiceMetric, Exact | None] = {}
        self.plan: Plan | None = None
        self.next_at: int | None = None
        self.is_look_open = False

    def copy(self) -> Self:
        """Return independent metrics; the plan is made again."""
        twin = type(self)()
        twin.put = {key: series.copy() for key, series in self.put.items()}
        twin.watched = {key: watched.copy() for key, watched in self.watched.items()}
        twin.loads, twin.replayed = dict(self.loads), dict(self.replayed)
        twin.next_at, twin.is_look_open = self.next_at, self.is_look_open
        return twin
