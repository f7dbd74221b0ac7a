"""The course of a deployment as frozen values.

In: numbers that ``observer`` has read.  Out: ``Rollout`` and its parts.  Moments are microseconds
since 1970 (UTC); shares of traffic are exact fractions.  Knows no records.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from fractions import Fraction

import attrs

__all__ = [
    "Cause",
    "Outcome",
    "Revision",
    "RevisionCounts",
    "Rollout",
    "RolloutEvent",
    "RolloutPoint",
]


class Outcome(enum.Enum):
    """How the deployment ended, or where it was when time stopped; the value is a sentence."""

    STEADY = "the service is steady with the new revision"
    ROLLED_BACK = "the deployment failed and was rolled back"
    FAILED = "the deployment failed and stays where it is"
    STUCK = "the deployment is stuck"
    UNFINISHED = "not over when time stopped"
    NOT_RUN = "the model does not run the service"


@attrs.frozen
class Revision:
    """A deployment of the service.

    Attributes:
        number: Its key in ``RolloutPoint.revisions``: a newer one has a larger number.
        id: ``ecs-svc/`` and digits.
        task_definition: The ARN of its task definition.
        name: ``family:revision``; a second deployment of the same has ``#2`` after it.
        is_new: Whether it is the one that is being deployed.
    """

    number: int
    id: str
    task_definition: str
    name: str
    is_new: bool


@attrs.frozen
class RevisionCounts:
    """The tasks of one deployment at the end of an instant.

    Attributes:
        pending: lastStatus before RUNNING (like the next ones with desiredStatus RUNNING).
        warming: RUNNING, not healthy yet.
        healthy: Healthy, those on DRAINING instances included.
        unhealthy: A check failed outside grace.
        draining: On DRAINING instances; those that are healthy are in ``healthy`` too.
        active: All with desiredStatus RUNNING.
        stopping: desiredStatus STOPPED, not STOPPED yet.
        started: How many were started in this instant.
        stopped: How many the service told to stop in this instant.
        failed: How many ended otherwise in this instant, by reason.
        traffic: The share of production traffic; None: the service has no rule that a model knows.
    """

    pending: int = 0
    warming: int = 0
    healthy: int = 0
    unhealthy: int = 0
    draining: int = 0
    active: int = 0
    stopping: int = 0
    started: int = 0
    stopped: int = 0
    failed: Mapping[str, int] = attrs.field(factory=dict)
    traffic: Fraction | None = None

    def is_like(self, other: RevisionCounts) -> bool:
        """Return whether the state is that of another instant, whatever happened in them."""
        return self.state == other.state

    @property
    def state(self) -> RevisionCounts:
        """The same without what happened in the instant."""
        return attrs.evolve(self, started=0, stopped=0, failed={})

    @property
    def has_happened(self) -> bool:
        """Whether a task was started or ended in the instant."""
        return bool(self.started or self.stopped or self.failed)


@attrs.frozen
class RolloutPoint:
    """An instant after which something was different.

    Attributes:
        at: The moment.
        desired: The desired count; of a DAEMON the instances that qualify.
        lower: How many tasks the deployment keeps healthy.
        upper: How many active tasks it may have.
        revisions: The tasks of each deployment, by its number, the newest first.
        changes: What else happened: ``deployment web:2 COMPLETED``, stages, hooks, weights.
    """

    at: int
    desired: int
    lower: int
    upper: int
    revisions: Mapping[int, RevisionCounts]
    changes: tuple[str, ...] = ()

    @property
    def healthy(self) -> int:
        """The healthy tasks of all revisions."""
        return sum(one.healthy for one in self.revisions.values())

    @property
    def active(self) -> int:
        """The active tasks of all revisions."""
        return sum(one.active for one in self.revisions.values())


@attrs.frozen
class RolloutEvent:
    """An event of the service: its moment and message."""

    at: int
    message: str


@attrs.frozen
class Cause:
    """Why the service does not go on: what its events say, and since when that holds."""

    since: int
    message: str


@attrs.frozen
class Rollout:
    """How a deployment went.

    Attributes:
        service: The service's ARN.
        name: Its name.
        cluster: The name of its cluster.
        started_at: When it was asked for.
        ended_at: The model's time at the end.
        outcome: How it ended.
        settled_at: When the service became steady; None: it is not.
        last_change_at: When a task was started, ended or became healthy last.
        revisions: The deployments that took part, the newest first.
        points: What happened, in order.
        events: The service's events, oldest first.
        causes: Why it does not go on, where it does not.
        explanation: Why the next task finds no room, in lines; empty where that is not the cause.
        unsteady: Names of other services that are not steady at the end.
    """

    service: str
    name: str
    cluster: str
    started_at: int
    ended_at: int
    outcome: Outcome
    settled_at: int | None
    last_change_at: int
    revisions: tuple[Revision, ...]
    points: tuple[RolloutPoint, ...]
    events: tuple[RolloutEvent, ...] = ()
    causes: tuple[Cause, ...] = ()
    explanation: tuple[str, ...] = ()
    unsteady: tuple[str, ...] = ()

    @property
    def is_steady(self) -> bool:
        """Whether the service is steady with what was deployed."""
        return self.outcome is Outcome.STEADY
