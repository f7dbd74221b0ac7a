"""Move a session's time while a recorded metric comes in, and tell what the policies did (C52).

In: a session with a scalable target, and a recording.  Out: ``ScalingCourse``.  The session's time
has moved, and its service was scaled; nothing else is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.checks import known_service
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmState
from placement.ecs.control.metrics.plan import current_plan
from placement.ecs.control.scaling.records import ScalableTargetRecord
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.lints.policy_rules import alarms_of
from placement.ecs.lints.provider_rules import resource_id
from placement.ecs.outlooks.course import Mode, PolicyLine, ScalingCourse, ScalingMinute
from placement.ecs.outlooks.fed_metric import FedMetric, Feed, choose_metric, feed_of, stand_in
from placement.ecs.outlooks.recorded import RecordedMetric, RecordedValue
from placement.errors import UsageError
from placement.scaling.exact import exact
from placement.scaling.policies import DecisionReason
from placement.scaling.predictive import PredictivePolicy
from placement.timestamps import MINUTE, from_microseconds

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["SETTLING", "follow_scaling"]

SETTLING = timedelta(minutes=15)
"""How long before the recording the session begins, so that the first tasks run when it does."""

HOUR = 60 * MINUTE

TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
FLAGS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")

ADVICE = " For more information"
"""What the service's sentences about room end with."""

HINDRANCES = (
    DecisionReason.AT_MAXIMUM,
    DecisionReason.DEPLOYING,
    DecisionReason.DISAGREEMENT,
    DecisionReason.FLAPPING,
    DecisionReason.HELD_BY_FORECAST,
    DecisionReason.SUSPENDED,
)
"""Reasons for not scaling that are news when they begin."""


def follow_scaling(
    session: Session,
    service: str,
    recorded: RecordedMetric,
    *,
    cluster: str | None = None,
    policy: str | None = None,
    desired: int | None = None,
    on_minute: Callable[[ScalingMinute], None] | None = None,
) -> ScalingCourse:
    """Move time over a recording and tell what the policies of a service did.

    The loop is closed where the recording has counts.  Until the recording begins, ``SETTLING`` at
    most, nothing is scaled.

    Args:
        session: A session whose time is its own and is not after the recording's beginning.
        service: The service's name or ARN; it is a scalable target with policies.
        recorded: The recording.
        cluster: Its cluster, ``default`` by default.
        policy: The policy whose metric was recorded, where they look at several.
        desired: The desired count at the beginning; None: the first count of the recording, else
            the service's own.
        on_minute: Called after each minute; it may only read.

    Raises:
        ClientError: there is no such service, or the desired count is refused.
        UsageError: the service is no scalable target, it is not clear of which metric the recording
            is, values of it cannot be negative, or the session's time is later.
    """
    with session._lock.call("follow_scaling", only_reads=True):
        account = session._account
        record = known_service(account, active_cluster(account, cluster), service)
    target = account.scaling.targets.get(resource_id(record))
    if target is None:
        raise UsageError(
            f"service {record.name} is no scalable target: register_scalable_target gives it bounds"
        )
    if account.time.now > recorded.start:
        raise UsageError("the session's time is after the beginning of the recording")
    _use_stand_ins(session, target)
    fed = choose_metric(account, target, record, policy)
    _check_values(recorded, fed)
    _settle(session, record, target, recorded, desired)
    _tell_history(session, target, recorded)
    watcher = _Watcher(session, record, target, recorded, fed)
    for minute in range(recorded.minutes):
        found = watcher.watch(minute)
        if on_minute is not None:
            on_minute(found)
    return watcher.course()


def _use_stand_ins(session: Session, target: ScalableTargetRecord) -> None:
    """Let policies with an expression over several metrics look at its recorded result."""
    for policy in list(target.policies.values()):
        document = stand_in(policy.document, policy.name)
        if document is not policy.document:
            session.client("application-autoscaling").put_scaling_policy(
                **TARGET,
                ResourceId=target.resource_id,
                PolicyName=policy.name,
                PolicyType=policy.kind,
                TargetTrackingScalingPolicyConfiguration=document,
            )


def _check_values(recorded: RecordedMetric, fed: FedMetric) -> None:
    for one in recorded.values if fed.own is not None else ():
        if one.value is not None and one.value < 0:
            raise UsageError(
                f"{fed.name} is at least 0, not {float(one.value):g} (line {one.line})"
            )


def _settle(
    session: Session,
    service: ServiceRecord,
    target: ScalableTargetRecord,
    recorded: RecordedMetric,
    desired: int | None,
) -> None:
    """Bring the service to the count at which the recording begins; nothing scales meanwhile."""
    scaling, account = session.client("application-autoscaling"), session._account
    state = target.suspended
    flags = dict(zip(FLAGS, (state.scale_in, state.scale_out, state.scheduled), strict=True))

    def suspend(state: dict[str, bool]) -> None:
        scaling.register_scalable_target(
            **TARGET, ResourceId=target.resource_id, SuspendedState=state
        )

    suspend(dict.fromkeys(FLAGS, True))
    first = desired if desired is not None else recorded.values[0].count
    if first is not None:
        inside = target.bounds.clamp(first)
        if inside != service.desired_count:
            session.client("ecs").update_service(
                cluster=service.cluster.name, service=service.name, desiredCount=inside
            )
    session.advance(from_microseconds(recorded.start) - account.time.datetime)
    suspend(flags)


def _tell_history(session: Session, target: ScalableTargetRecord, recorded: RecordedMetric) -> None:
    """Let predictive policies forecast from the recorded load; an hour counts once it is over."""
    policies = [
        one for one in target.policies.values() if isinstance(one.settings, PredictivePolicy)
    ]
    if not policies or not recorded.has_counts:
        return
    hours: dict[int, list[Fraction]] = {}
    for one in recorded.values:
        if one.load is not None:
            hours.setdefault(one.at // HOUR * HOUR, []).append(Fraction(one.load))
    means = [
        (from_microseconds(hour), float(sum(loads) / len(loads)))
        for hour, loads in sorted(hours.items())
    ]
    for policy in policies:
        if not policy.loads and policy.forecaster is None:
            session.set_load_history(policy.arn, means)


class _Watcher:
    """Brings in the recording minute by minute, and looks at the service after each."""

    def __init__(
        self,
        session: Session,
        service: ServiceRecord,
        target: ScalableTargetRecord,
        recorded: RecordedMetric,
        fed: FedMetric,
    ) -> None:
        self._session, self._account = session, session._account
        self._service, self._target = service, target
        self._recorded, self._fed = recorded, fed
        self._feed: Feed = feed_of(session, service, fed)
        self._place = 0
        self._first = service.desired_count
        self._activities = len(self._records())
        self._hindrance: DecisionReason | None = None
        self._lack = ""
        self._minutes: list[ScalingMinute] = []

    def watch(self, minute: int) -> ScalingMinute:
        """Let one minute pass; return what it came to."""
        start = self._recorded.start + minute * MINUTE
        value = self._value_at(start)
        service, target = self._service, self._target
        before, bounds = service.desired_count, target.bounds
        self._feed.pass_minute(value, closed=self._recorded.has_counts)
        reason, is_hindered = self._reason(start + MINUTE, before)
        lack = service.said.get("placement", ("", 0))[0].partition(ADVICE)[0]
        if lack and not self._lack:
            reason = "; ".join(filter(None, (reason, f"no room: the service {lack}")))
            is_hindered = True
        self._lack = lack
        changed = service.desired_count != before or target.bounds != bounds
        found = ScalingMinute(
            start + MINUTE,
            None if value is None else value.value,
            None if value is None else value.count,
            self._feed.metric,
            self._feed.running,
            before,
            service.desired_count,
            target.bounds.minimum,
            target.bounds.maximum,
            reason,
            changed or is_hindered,
        )
        self._minutes.append(found)
        return found

    def _value_at(self, start: int) -> RecordedValue | None:
        """Return what holds in a minute; None: the recording has a gap there."""
        values = self._recorded.values
        while self._place + 1 < len(values) and values[self._place + 1].at <= start:
            self._place += 1
        one = values[self._place]
        holds = one.at <= start < one.at + self._recorded.period
        return one if holds and one.value is not None else None

    def _records(self) -> list[Any]:
        return self._account.scaling.activities.get(self._target.resource_id, [])

    def _reason(self, now: int, before: int) -> tuple[str, bool]:
        """Return why the desired count is what it is, and whether something begins to hinder."""
        new = [one.activity for one in self._records()[self._activities :]]
        self._activities += len(new)
        parts = []
        desired = before
        for activity in new:
            if activity.desired is None:
                if not activity.reasons:
                    parts.append(f"{activity.cause}: {activity.description}")
            elif activity.desired != desired:
                parts.append(f"{desired} → {activity.desired}: {self._cause(activity.cause)}")
                desired = activity.desired
        decision = self._target.decision
        if self._target.decided_at != now or decision is None:
            self._hindrance = None
            return "; ".join(parts), False
        hindrance = decision.reason if decision.reason in HINDRANCES else None
        is_new = hindrance is not None and hindrance is not self._hindrance
        self._hindrance = hindrance
        if not parts and decision.reason is not DecisionReason.NOTHING_ASKED:
            name = decision.policy[0] if isinstance(decision.policy, tuple) else ""
            parts.append(f"{name}: {decision.reason.value}" if name else decision.reason.value)
        return "; ".join(parts), is_new

    def _cause(self, cause: str) -> str:
        """Return the cause of an activity, with the alarm in fewer words where it is one."""
        for policy in self._target.policies.values():
            for alarm in alarms_of(self._account, policy):
                if alarm.name in cause and cause.endswith(f"policy {policy.name}"):
                    return f"{policy.name} ({self._breach(alarm)})"
        return cause

    def _breach(self, alarm: Alarm) -> str:
        """Return in a few words when an alarm is in ALARM."""
        found = current_plan(self._account).by_name.get(alarm.name)
        if found is None or alarm.state is not AlarmState.ALARM:
            return f"alarm {alarm.name}"
        rule = found[0].rule
        side = "above" if alarm.settings.comparison.startswith("GreaterThan") else "below"
        points = f"{rule.m} of {rule.n}" if rule.m < rule.n else str(rule.m)
        many = "point" if rule.n == 1 else "points"
        return f"{points} {many} {side} {float(rule.threshold):.6g}"

    def course(self) -> ScalingCourse:
        """Return what was seen."""
        service = self._service
        return ScalingCourse(
            service.arn,
            service.name,
            service.cluster.name,
            Mode.CLOSED_LOOP if self._recorded.has_counts else Mode.REPLAYED,
            self._fed.name,
            self._fed.policies,
            self._fed.others,
            tuple(_lines(self._account, self._target, self._fed)),
            self._recorded.start,
            self._recorded.period,
            self._first,
            tuple(self._minutes),
            self._lack,
        )


def _lines(account: Account, target: ScalableTargetRecord, fed: FedMetric) -> list[PolicyLine]:
    """Return the thresholds of the policies that look at the recorded metric."""
    found = []
    for policy in target.policies.values():
        if policy.name not in fed.policies:
            continue
        for alarm in alarms_of(account, policy):
            settings = alarm.settings
            if (settings.namespace, settings.metric) != fed.key[:2]:
                continue
            is_target = policy.alarms[:1] == (alarm.name,)
            above = settings.comparison.startswith("GreaterThan")
            line = PolicyLine(policy.name, alarm.name, exact(settings.threshold), above, is_target)
            found.append(line)
    return found
