"""What the policies of a scalable target decide together at an instant (S13.1.2 to S13.1.4).

In: a target and the states of its alarms.  Out: the desired count of its service, cooldowns, and an
activity that says what was done, or why nothing was.
"""

from __future__ import annotations

from collections.abc import Collection

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmState
from placement.ecs.control.metrics.evaluation import newest_values
from placement.ecs.control.metrics.plan import current_plan
from placement.ecs.control.metrics.predefined import running_count
from placement.ecs.control.scaling.activities import add_activity
from placement.ecs.control.scaling.counts import scaled_service, set_desired
from placement.ecs.control.scaling.forecasts import needed_now
from placement.ecs.control.scaling.records import (
    PolicyRecord,
    ScalableTargetRecord,
    TrackingPolicy,
)
from placement.ecs.control.services.records import ServiceRecord
from placement.scaling import target_tracking
from placement.scaling.activities import alarm_cause, not_scaled
from placement.scaling.alarms import Comparison
from placement.scaling.exact import exact
from placement.scaling.policies import Ask, Decision, DecisionReason, ScalableTarget, combine
from placement.scaling.proposals import Direction, Proposal
from placement.scaling.steps import StepPolicy, adjust

__all__ = ["actions_of", "decide_target", "has_demand", "is_deploying"]

Key = tuple[str, str]
"""A policy and the alarm that triggered it."""


_ACTIONS = {
    AlarmState.ALARM: "AlarmActions",
    AlarmState.OK: "OKActions",
    AlarmState.INSUFFICIENT_DATA: "InsufficientDataActions",
}


def actions_of(alarm: Alarm) -> list[str]:
    """Return the ARNs of the actions of an alarm's state."""
    found: list[str] = alarm.settings.further.get(_ACTIONS[alarm.state], [])
    return found


def is_deploying(service: ServiceRecord) -> bool:
    """Return whether a deployment is in progress, during which nothing is scaled in (S13.1.3)."""
    if service.controller == "EXTERNAL" or not service.service_deployments:
        return False
    return not service.service_deployments[0].status.has_ended


def decide_target(
    account: Account, target: ScalableTargetRecord, acting: Collection[str] = ()
) -> None:
    """Ask all policies of a target, and do what follows.

    Args:
        account: The account.
        target: The target.
        acting: Names of the alarms whose actions run now.
    """
    service = scaled_service(account, target)
    if service is None:
        return
    running, desired, now = running_count(service), service.desired_count, account.time.now
    asks: list[Ask] = []
    for policy in target.policies.values():
        settings = policy.settings
        if isinstance(settings, TrackingPolicy):
            asks.append(_tracking(account, policy, settings, running, desired))
        elif isinstance(settings, StepPolicy):
            asks.extend(_steps(account, policy, settings, running, acting))
    forecast = needed_now(account, target)
    state = ScalableTarget(
        desired,
        target.bounds,
        target.cooldowns,
        is_deploying=is_deploying(service),
        out_suspended=target.suspended.scale_out,
        in_suspended=target.suspended.scale_in,
        forecast=None if forecast is None else forecast[0],
        forecast_policy=None if forecast is None else (forecast[1], ""),
    )
    decision = combine(asks, state, now)
    target.decision, target.decided_at = decision, now
    _follow(account, target, service, decision)


def _follow(
    account: Account, target: ScalableTargetRecord, service: ServiceRecord, decision: Decision
) -> None:
    """Do what was decided, and say it."""
    key = decision.policy
    name, alarm = key if isinstance(key, tuple) else ("", "")
    cause = alarm_cause(alarm, name)
    if decision.reason is DecisionReason.FORECAST:
        cause = f"predictive scaling policy {name} forecast a need of {decision.desired}"
    if decision.desired != service.desired_count:
        if set_desired(account, target, service, decision.desired, cause, name):
            target.cooldowns = decision.cooldowns
        return
    target.cooldowns = decision.cooldowns
    if decision.not_scaled is None:
        return
    scaling = account.scaling
    activity = not_scaled(
        decision.not_scaled,
        cause,
        account.time.now,
        desired=service.desired_count,
        minimum=target.bounds.minimum,
        maximum=target.bounds.maximum,
        policy=name,
        last=scaling.last_reasons.get(target.resource_id),
    )
    if activity is not None:
        scaling.last_reasons[target.resource_id] = activity.reasons[0]
        add_activity(account, target.resource_id, service.number, activity)


# What each policy asks for


def _tracking(
    account: Account, policy: PolicyRecord, settings: TrackingPolicy, running: int, desired: int
) -> Ask:
    """Return what a target tracking policy asks for: its alarms decide whether it does (D118)."""
    proposal: Proposal | None = None
    cause = policy.alarms[0]
    for name, direction in zip(policy.alarms, (Direction.OUT, Direction.IN), strict=False):
        alarm = account.alarms.by_name.get(name)
        if alarm is None or alarm.state is not AlarmState.ALARM or not alarm.actions_enabled:
            continue
        values = newest_values(account, alarm)
        if values:
            proposal = target_tracking.decide(
                running,
                desired,
                values,
                settings.target,
                direction=direction,
                max_scale_in_step=account.options.max_task_scale_in_step,
            )
            cause = name
            break
    if proposal is None and desired == 0 and has_demand(account, policy, running):
        values = newest_values(account, account.alarms.by_name[policy.alarms[0]])
        proposal = target_tracking.decide(
            running, desired, values, settings.target, direction=Direction.OUT
        )
    return Ask(
        (policy.name, cause),
        proposal,
        is_tracking=True,
        scale_in=settings.scale_in,
        out_cooldown=settings.out_cooldown,
        in_cooldown=settings.in_cooldown,
    )


def has_demand(account: Account, policy: PolicyRecord, running: int) -> bool:
    """Return whether a policy asks for a first task without its alarm (old 6.3)."""
    if running or not isinstance(policy.settings, TrackingPolicy) or not policy.alarms:
        return False
    alarm = account.alarms.by_name.get(policy.alarms[0])
    values = () if alarm is None else newest_values(account, alarm)
    return bool(values) and target_tracking.has_demand(running, values[-1])


def _steps(
    account: Account,
    policy: PolicyRecord,
    settings: StepPolicy,
    running: int,
    acting: Collection[str],
) -> list[Ask]:
    """Return what a step policy asks for, for each alarm that triggers it now."""
    asks = []
    for alarm in current_plan(account).by_action.get(policy.arn, ()):
        if alarm.name not in acting and alarm.state is not AlarmState.ALARM:
            continue
        triggers = any(_plain(arn) == policy.arn for arn in actions_of(alarm))
        values = newest_values(account, alarm)
        if not triggers or not values or not alarm.actions_enabled:
            continue
        delta = values[-1] - exact(alarm.settings.threshold)
        proposal = adjust(settings, delta, running, Comparison(alarm.settings.comparison))
        asks.append(
            Ask(
                (policy.name, alarm.name),
                proposal,
                is_tracking=False,
                out_cooldown=settings.cooldown,
                in_cooldown=settings.cooldown,
            )
        )
    return asks


def _plain(arn: str) -> str:
    return arn.partition(":createdBy/")[0]
