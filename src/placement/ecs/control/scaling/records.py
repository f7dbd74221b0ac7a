"""Scalable targets with their policies and scheduled actions, and activities, as records.

In: nothing.  Out: the record classes and ``ScalingState``.  Decides nothing; knows no calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import attrs

from placement.scaling.activities import Activity, NotScaledReason
from placement.scaling.bounds import Bounds, BoundsChange
from placement.scaling.cooldowns import Cooldowns
from placement.scaling.exact import Exact
from placement.scaling.policies import Decision
from placement.scaling.predictive import Forecast, PredictivePolicy
from placement.scaling.schedules import Runs
from placement.scaling.steps import StepPolicy
from placement.scaling.target_tracking import DEFAULT_COOLDOWN

__all__ = [
    "ActivityRecord",
    "PolicyRecord",
    "ScalableTargetRecord",
    "ScalingState",
    "ScheduledActionRecord",
    "Suspended",
    "TrackingPolicy",
]


@attrs.frozen
class Suspended:
    """SuspendedState: which kinds of scaling begin nothing new (D87)."""

    scale_in: bool = False
    scale_out: bool = False
    scheduled: bool = False


@attrs.frozen
class TrackingPolicy:
    """Settings of a target tracking policy.

    Attributes:
        target: TargetValue.
        metric: What tells its metric from those of other policies: their type and label, or the
            specification; hashable.
        scale_in: Whether it scales in.
        out_cooldown: Microseconds.
        in_cooldown: Microseconds.
        high_resolution: Whether its metric has points of 20 seconds.
        sees_demand: Whether its metric may have points while no task runs.
    """

    target: Exact
    metric: str
    scale_in: bool = True
    out_cooldown: int = DEFAULT_COOLDOWN
    in_cooldown: int = DEFAULT_COOLDOWN
    high_resolution: bool = False
    sees_demand: bool = False


@attrs.define(eq=False)
class PolicyRecord:
    """A scaling policy.

    Attributes:
        name: Its name.
        arn: Its ARN.
        kind: PolicyType.
        document: Its configuration, as given.
        settings: The same, read.
        created_at: When it was put first.
        alarms: Names of the alarms that were made for it: above the target, below; a step policy
            has none of its own.
        loads: The hourly load that the caller told for a predictive policy: starts of hours
            (moments), ascending (D93).
        forecaster: The caller's own; None: the one built in.
        forecast: Its newest forecast; None: none was made.
    """

    name: str
    arn: str
    kind: str
    document: Mapping[str, Any]
    settings: TrackingPolicy | StepPolicy | PredictivePolicy
    created_at: datetime
    alarms: tuple[str, ...] = ()
    loads: Sequence[tuple[int, Exact]] = ()
    forecaster: Callable[..., Any] | None = None
    forecast: Forecast | None = None


@attrs.define(eq=False)
class ScheduledActionRecord:
    """A scheduled action.

    Attributes:
        name: Its name.
        arn: Its ARN.
        schedule: Its schedule expression.
        timezone: As given; None: UTC.
        start: StartTime; None: not given.
        end: EndTime; None: not given.
        change: The bounds that it sets.
        runs: When it runs.
        created_at: When it was put first.
        token: A number that differs after each put: an entry of the queue with another is old.
    """

    name: str
    arn: str
    schedule: str
    timezone: str | None
    start: datetime | None
    end: datetime | None
    change: BoundsChange
    runs: Runs
    created_at: datetime
    token: int = 0


@attrs.define(eq=False)
class ScalableTargetRecord:
    """A scalable target: a service whose desired count is scaled.

    Attributes:
        resource_id: ``service/CLUSTER/SERVICE``.
        service: The creation number of the service.
        arn: Its ARN.
        bounds: MinCapacity and MaxCapacity.
        role_arn: Only stored.
        created_at: When it was registered.
        suspended: What is suspended.
        cooldowns: Those that run (D112).
        policies: By name, in the order in which they were put.
        actions: Scheduled actions by name.
        tags: By key.
        decision: What its policies decided last, also where nothing changed; None: nothing yet.
        decided_at: When (moment).
        predicted: PredictedCapacity, where a document has it; only stored.
    """

    resource_id: str
    service: int
    arn: str
    bounds: Bounds
    role_arn: str
    created_at: datetime
    suspended: Suspended = Suspended()
    cooldowns: Cooldowns = attrs.field(factory=Cooldowns)
    policies: dict[str, PolicyRecord] = attrs.field(factory=dict)
    actions: dict[str, ScheduledActionRecord] = attrs.field(factory=dict)
    tags: Mapping[str, str] = attrs.field(factory=dict)
    decision: Decision | None = None
    decided_at: int | None = None
    predicted: int | None = None

    @property
    def acts_by_itself(self) -> bool:
        """Whether a policy may ask for tasks without its alarm: a forecast, or a first task."""
        return any(
            isinstance(one.settings, PredictivePolicy)
            or (isinstance(one.settings, TrackingPolicy) and one.settings.sees_demand)
            for one in self.policies.values()
        )

    def copy(self) -> ScalableTargetRecord:
        """Return an independent record."""
        return attrs.evolve(
            self,
            policies={name: attrs.evolve(one) for name, one in self.policies.items()},
            actions={name: attrs.evolve(one) for name, one in self.actions.items()},
        )


@attrs.define(eq=False)
class ActivityRecord:
    """A scaling activity with its id, as it is now."""

    id: str
    activity: Activity


class ScalingState:
    """What Application Auto Scaling knows of an account.

    Attributes:
        targets: Scalable targets by resource id.
        activities: Of a resource, oldest first; those of a target that is gone stay.
        last_reasons: Why a resource was not scaled last; also of a target that is gone.
        open: Resource ids with an activity that has not ended, by number of their service.
        version: A number that grows whenever policies come, go, or get other settings.
    """

    def __init__(self) -> None:
        self.targets: dict[str, ScalableTargetRecord] = {}
        self.activities: dict[str, list[ActivityRecord]] = {}
        self.last_reasons: dict[str, NotScaledReason] = {}
        self.open: dict[int, str] = {}
        self.version = 0
        self._last_token = 0

    def copy(self) -> Self:
        """Return an independent state."""
        twin = type(self)()
        twin.targets = {key: one.copy() for key, one in self.targets.items()}
        twin.activities = {
            key: [attrs.evolve(one) for one in records] for key, records in self.activities.items()
        }
        twin.last_reasons, twin.open = dict(self.last_reasons), dict(self.open)
        twin.version, twin._last_token = self.version, self._last_token
        return twin

    def next_token(self) -> int:
        """Return a number that was never returned."""
        self._last_token += 1
        return self._last_token

    def policy_of(self, arn: str) -> tuple[ScalableTargetRecord, PolicyRecord] | None:
        """Return the policy of an ARN, ``:createdBy/...`` or not; None: there is none."""
        plain = arn.partition(":createdBy/")[0]
        resource = plain.partition(":resource/ecs/")[2].partition(":policyName/")[0]
        target = self.targets.get(resource)
        for policy in () if target is None else target.policies.values():
            if policy.arn == plain and target is not None:
                return target, policy
        return None
