"""Scaling activities: what is said of them, and how they end (S13.8).

In: what was decided, and how the desired count and the running tasks went on.  Out: activities as
values, with the texts of the API.  Ids and time stamps are given by the caller.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable

import attrs

from placement.scaling.bounds import BoundsChange, BoundsReason
from placement.scaling.policies import NotScaled
from placement.timestamps import DAY, SECOND

__all__ = [
    "PENDING",
    "Activity",
    "ActivityStatus",
    "NotScaledReason",
    "after",
    "alarm_cause",
    "bounds_cause",
    "bounds_set",
    "not_scaled",
    "scaled",
    "schedule_cause",
]

PENDING = 10 * SECOND
"""How long an activity is Pending (D115)."""

KEPT = 42 * DAY
"""How long DescribeScalingActivities lists one: six weeks."""


class ActivityStatus(enum.Enum):
    """StatusCode."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    SUCCESSFUL = "Successful"
    OVERRIDDEN = "Overridden"
    UNFULFILLED = "Unfulfilled"
    FAILED = "Failed"


_OPEN = (ActivityStatus.PENDING, ActivityStatus.IN_PROGRESS)


@attrs.frozen
class NotScaledReason:
    """An entry of NotScaledReasons.

    Attributes:
        code: Its Code.
        maximum: MaxCapacity, with AlreadyAtMaxCapacity.
        minimum: MinCapacity, with AlreadyAtMinCapacity.
        current: CurrentCapacity, with AlreadyAtDesiredCapacity.
    """

    code: NotScaled
    maximum: int | None = None
    minimum: int | None = None
    current: int | None = None


@attrs.frozen
class Activity:
    """One activity.

    Attributes:
        description: What is done.
        cause: What it is done for.
        start: When it began.
        status: Where it is.
        message: StatusMessage; None: it has none.
        end: When it ended; None: it has not, or the API does not say.
        desired: The desired count that was set; None: none was.
        policy: The policy behind it; None: none.
        reasons: Why nothing was scaled.
    """

    description: str
    cause: str
    start: int
    status: ActivityStatus
    message: str | None = None
    end: int | None = None
    desired: int | None = None
    policy: Hashable = None
    reasons: tuple[NotScaledReason, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is Pending or InProgress."""
        return self.status in _OPEN

    @property
    def due(self) -> int | None:
        """When it stops being Pending; None: it has already."""
        return self.start + PENDING if self.status is ActivityStatus.PENDING else None

    def is_listed(self, now: int) -> bool:
        """Whether it is less than six weeks old."""
        return now - self.start < KEPT


def alarm_cause(alarm: str, policy: str) -> str:
    """Return the cause of an activity that an alarm triggered."""
    return f"monitor alarm {alarm} in state ALARM triggered policy {policy}"


def schedule_cause(name: str) -> str:
    """Return the cause of a change of bounds by a scheduled action."""
    return f"scheduled action name {name} was triggered"


def bounds_cause(reason: BoundsReason, minimum: int, maximum: int) -> str:
    """Return the cause of a change of the count by its bounds."""
    if reason is BoundsReason.RAISED:
        return f"minimum capacity was set to {minimum}"
    return f"maximum capacity was set to {maximum}"


def scaled(desired: int, cause: str, now: int, policy: Hashable = None) -> Activity:
    """Return the activity of a change of the desired count, which is made at once (D115)."""
    return Activity(
        f"Setting desired count to {desired}.",
        cause,
        now,
        ActivityStatus.PENDING,
        desired=desired,
        policy=policy,
    )


def bounds_set(change: BoundsChange, cause: str, now: int, reason: BoundsReason) -> Activity:
    """Return the activity of a scheduled action that sets bounds, which ends at once.

    With one bound only that one is said (D122).  Bounds that would cross fail, and change nothing.
    """
    parts = [
        f"{name} capacity to {value}"
        for name, value in (("min", change.minimum), ("max", change.maximum))
        if value is not None
    ]
    text = " and ".join(parts)
    status, message = ActivityStatus.SUCCESSFUL, f"Successfully set {text}"
    if reason is BoundsReason.CROSSED:
        status, message = ActivityStatus.FAILED, f"Failed to set {text}: {reason.value}"
    return Activity(f"Setting {text}", cause, now, status, message, end=now)


def not_scaled(
    code: NotScaled,
    cause: str,
    now: int,
    *,
    desired: int,
    minimum: int,
    maximum: int,
    policy: Hashable = None,
    last: NotScaledReason | None = None,
) -> Activity | None:
    """Return the activity of an alarm that changed nothing.

    Args:
        code: Why.
        cause: What triggered it.
        now: When.
        desired: The desired count.
        minimum: MinCapacity.
        maximum: MaxCapacity.
        policy: The policy that could not act.
        last: The last reason of that resource, also of a target registered before; a repetition
            is no activity: None.
    """
    if code is NotScaled.AT_MAXIMUM:
        reason = NotScaledReason(code, maximum=maximum)
    elif code is NotScaled.AT_MINIMUM:
        reason = NotScaledReason(code, minimum=minimum)
    else:
        reason = NotScaledReason(code, current=desired)
    if reason == last:
        return None
    failed = code in (NotScaled.AT_MAXIMUM, NotScaled.AT_MINIMUM)
    return Activity(
        "Attempting to scale due to alarm triggered",
        cause,
        now,
        ActivityStatus.FAILED if failed else ActivityStatus.SUCCESSFUL,
        policy=policy,
        reasons=(reason,),
    )


def after(
    activity: Activity,
    now: int,
    *,
    desired: int,
    running: int,
    unfulfilled_after: int | None = None,
) -> Activity:
    """Return an activity as it is at a moment.

    It ends at the earliest after its time of Pending (D122): Overridden when the desired count is
    another one by now, Successful when as many tasks run.

    Args:
        activity: As it was.
        now: The moment.
        desired: The desired count.
        running: Tasks that are RUNNING.
        unfulfilled_after: Option (D96): microseconds after which it ends Unfulfilled; None: never.
    """
    wanted = activity.desired
    if not activity.is_open or wanted is None or now < activity.start + PENDING:
        return activity
    done = f"Successfully set desired count to {wanted}."
    if desired != wanted:
        return _overridden(activity, now, desired)
    if running == wanted:
        message = f"{done} Change successfully fulfilled by ecs."
        return attrs.evolve(activity, status=ActivityStatus.SUCCESSFUL, message=message, end=now)
    if unfulfilled_after is not None and now - activity.start >= unfulfilled_after:
        message = f"{done} Change was not fulfilled by ecs."
        return attrs.evolve(activity, status=ActivityStatus.UNFULFILLED, message=message, end=now)
    message = f"{done} Waiting for change to be fulfilled by ecs."
    return attrs.evolve(activity, status=ActivityStatus.IN_PROGRESS, message=message)


def _overridden(activity: Activity, now: int, desired: int) -> Activity:
    """Return an activity as it ends when the desired count became another one (D115)."""
    message = (
        f"Successfully set desired count to {activity.desired}. "
        f"Found it was later changed to {desired}."
    )
    return attrs.evolve(activity, status=ActivityStatus.OVERRIDDEN, message=message, end=now)
