"""Auto Scaling groups as typed records (S11.5, C34).

In: nothing.  Out: the record classes.  ``reconciling`` and ``launches`` change them, the calls make
documents of them.  Must not know calls.

Moments are whole microseconds since 1970; datetimes are kept only where answers show them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from placement.scaling.groups import Policy

__all__ = [
    "MAX_ACTIVITIES",
    "Activity",
    "ActivityStatus",
    "GroupCensus",
    "GroupInstanceRecord",
    "GroupRecord",
    "LifecycleState",
    "MachineTemplate",
    "Standing",
]

MAX_ACTIVITIES = 1000
"""Activities of a group that are described: the newest ones (they last six weeks in the API)."""


class LifecycleState(enum.StrEnum):
    """Where an instance of a group is, as the API writes it."""

    PENDING = "Pending"
    IN_SERVICE = "InService"
    TERMINATING_WAIT = "Terminating:Wait"
    TERMINATING = "Terminating"


class ActivityStatus(enum.StrEnum):
    """How far an activity is."""

    IN_PROGRESS = "InProgress"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"


@attrs.frozen
class MachineTemplate:
    """What machines of a launch template are, as ``describe_launch_template`` says (C34).

    Attributes:
        instance_type: The EC2 type; None: only a group's overrides say it.
        config: The text of ``ecs.config``; None: nothing is set.
    """

    instance_type: str | None = None
    config: str | None = None


@attrs.define(eq=False)
class Activity:
    """A scaling activity: the launch or the termination of one instance.

    Attributes:
        id: A UUID.
        description: What is done.
        cause: Why.
        started_at: When it began.
        status: How far it is.
        ended_at: When it ended.
        message: Why it failed.
        extra: Further fields of a loaded document, as the API names them.
    """

    id: str
    description: str
    cause: str
    started_at: datetime
    status: ActivityStatus = ActivityStatus.IN_PROGRESS
    ended_at: datetime | None = None
    message: str | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.define(eq=False)
class GroupInstanceRecord:
    """An EC2 instance of a group.

    Attributes:
        id: ``i-...``.
        zone: Its zone.
        instance_type: Its EC2 type.
        launched_at: When its launch began (moment).
        configuration: The number of the group's launch settings that it was launched with.
        template: The launch template that it was launched with, as shown; None: none is known.
        state: Where it is.
        is_protected: Whether it is protected from scale-in, as shown.
        is_pinned: Whether a call has protected it: managed termination protection leaves it alone.
        cluster: The name of the cluster that it registered in; None: it has not, or in none.
        container_instance: The id of its container instance there.
        activity: The id of the activity that is under way about it.
        is_healthy: Whether its document says that it is; a new one is.
        extra: Further fields of a loaded document, as the API names them.
    """

    id: str
    zone: str
    instance_type: str
    launched_at: int
    configuration: int
    template: Mapping[str, Any] | None
    state: LifecycleState = LifecycleState.PENDING
    is_protected: bool = False
    is_pinned: bool = False
    cluster: str | None = None
    container_instance: str | None = None
    activity: str | None = None
    is_healthy: bool = True
    extra: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def is_leaving(self) -> bool:
        """Whether it is being terminated."""
        return self.state in (LifecycleState.TERMINATING, LifecycleState.TERMINATING_WAIT)


class Standing(enum.Enum):
    """What an instance of a group counts as for managed scaling (S11.4).

    NOT_REGISTERED: it is pending, or its machine is not, or no longer, a container instance.
    """

    NOT_REGISTERED = "not registered"
    EMPTY = "empty"
    IN_USE = "in use"
    LEAVING = "leaving"


@attrs.define(eq=False)
class GroupCensus:
    """How many instances of a group count as what.

    Attributes:
        counts: The numbers.
        standing: What each instance was counted as, by its id.
    """

    counts: dict[Standing, int] = attrs.field(factory=lambda: dict.fromkeys(Standing, 0))
    standing: dict[str, Standing] = attrs.field(factory=dict)

    def set(self, id: str, standing: Standing | None) -> None:
        """Count an instance as something; None: it is gone."""
        before = self.standing.pop(id, None)
        if before is not None:
            self.counts[before] -= 1
        if standing is not None:
            self.standing[id] = standing
            self.counts[standing] += 1

    def copy(self) -> GroupCensus:
        """Return an independent census."""
        return GroupCensus(dict(self.counts), dict(self.standing))


@attrs.define(eq=False)
class GroupRecord:
    """An Auto Scaling group.

    Attributes:
        name: Its name.
        arn: Its ARN.
        created_at: When it was created.
        minimum: MinSize.
        maximum: MaxSize.
        desired: DesiredCapacity.
        zones: The zones that it launches in, with the subnet in each; None: none is given.
        types: Instance types of its MixedInstancesPolicy, in order; empty: the template says it.
        template: The name or id of its launch template, as templates are described; None: none.
        shown_template: The launch template as instances show it.
        configuration: The number of its launch settings: 0, 1, ...
        policy: How a scale-in chooses.
        protects_new: Whether new instances are protected from scale-in.
        document: What is stored as given, as the API names it.
        instances: By id, in the order of their launch; terminated ones are gone.
        others: Documents of instances in states that are not modelled, such as Standby: they are
            shown and count for nothing.
        activities: By id, oldest first.
        balancing: Instances under way that even out zones, and the zone in which one then goes.
        census: How many instances counted as what when that was asked last; None: never.
        changed: Ids of instances that may count as something else since then.
        is_leaving: Whether it was deleted, and its instances are still there.
    """

    name: str
    arn: str
    created_at: datetime
    minimum: int
    maximum: int
    desired: int
    zones: Mapping[str, str | None]
    types: tuple[str, ...] = ()
    template: str | None = None
    shown_template: Mapping[str, Any] | None = None
    configuration: int = 0
    policy: Policy = Policy.DEFAULT
    protects_new: bool = False
    document: dict[str, Any] = attrs.field(factory=dict)
    instances: dict[str, GroupInstanceRecord] = attrs.field(factory=dict)
    others: tuple[Mapping[str, Any], ...] = ()
    activities: dict[str, Activity] = attrs.field(factory=dict)
    balancing: dict[str, str] = attrs.field(factory=dict)
    census: GroupCensus | None = None
    changed: set[str] = attrs.field(factory=set)
    is_leaving: bool = False

    def add_activity(self, activity: Activity) -> None:
        """Add an activity; the oldest one that has ended makes room where there are too many."""
        if len(self.activities) >= MAX_ACTIVITIES:
            ended = (one for one in self.activities.values() if one.ended_at is not None)
            oldest = next(ended, None)
            if oldest is not None:
                del self.activities[oldest.id]
        self.activities[activity.id] = activity

    def end_activity(
        self, id: str | None, now: datetime, status: ActivityStatus, message: str | None = None
    ) -> None:
        """End an activity that is under way."""
        activity = None if id is None else self.activities.get(id)
        if activity is not None and activity.ended_at is None:
            activity.status, activity.ended_at, activity.message = status, now, message
