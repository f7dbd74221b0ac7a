"""Rules about scalable targets: their policies one by one, and alarms (S13).

In: an account.  Out: warnings.  What two policies do to one another is in ``conflicts``.
"""

from __future__ import annotations

from collections.abc import Iterator

from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm
from placement.ecs.control.metrics.plan import planned_alarm
from placement.ecs.control.metrics.predefined import service_metric
from placement.ecs.control.metrics.state import MetricKey
from placement.ecs.control.scaling.records import (
    PolicyRecord,
    ScalableTargetRecord,
    TrackingPolicy,
)
from placement.ecs.control.services.deployments import configuration_of
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.lints.scaling_codes import ScalingLint, ScalingLints, ScalingRule
from placement.scaling.alarms import Comparison
from placement.scaling.exact import Exact, exact
from placement.scaling.predictive import PredictivePolicy
from placement.scaling.steps import StepPolicy

__all__ = ["POLICY_RULES", "alarms_of", "scaled"]

WITHOUT_GAP = 9
"""Up to so many tasks one task more takes the metric from the target to below nine tenths of it."""

UTILIZATION = ("CPUUtilization", "MemoryUtilization")
FULL = 100
"""Per cent that a task cannot exceed whose size is limited as a whole (6.2)."""


def scaled(account: Account) -> Iterator[tuple[ScalableTargetRecord, ServiceRecord]]:
    """Yield the scalable targets with their services."""
    for target in account.scaling.targets.values():
        service = account.services.get(target.service)
        if service is not None:
            yield target, service


def alarms_of(account: Account, policy: PolicyRecord) -> list[Alarm]:
    """Return the alarms that trigger a policy."""
    return [
        alarm
        for alarm in account.alarms.by_name.values()
        if any(
            arn.partition(":createdBy/")[0] == policy.arn
            for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
            for arn in alarm.settings.further.get(kind, ())
        )
    ]


def _policies(
    account: Account,
) -> Iterator[tuple[ScalableTargetRecord, ServiceRecord, PolicyRecord]]:
    for target, service in scaled(account):
        for policy in target.policies.values():
            yield target, service, policy


# Targets


def suspended(account: Account) -> ScalingLints:
    """Targets of which some scaling is suspended."""
    for target, _ in scaled(account):
        state = target.suspended
        names = [
            name
            for name, is_set in (
                ("DynamicScalingInSuspended", state.scale_in),
                ("DynamicScalingOutSuspended", state.scale_out),
                ("ScheduledScalingSuspended", state.scheduled),
            )
            if is_set
        ]
        if names:
            message = f"{' and '.join(names)}: nothing of that kind begins until it is lifted"
            path = f"SuspendedState.{names[0]}"
            yield ScalingLint("scaling-suspended", target.resource_id, path, message)


def bounds_equal(account: Account) -> ScalingLints:
    """Targets whose bounds leave nothing to policies."""
    for target, _ in scaled(account):
        bounds = target.bounds
        moves = any(
            one.change.minimum not in (None, bounds.minimum)
            or one.change.maximum not in (None, bounds.maximum)
            for one in target.actions.values()
        )
        if bounds.minimum == bounds.maximum and target.policies and not moves:
            yield ScalingLint(
                "bounds-equal",
                target.resource_id,
                "MaxCapacity",
                f"MinCapacity and MaxCapacity are {bounds.minimum}: no policy changes anything",
                "a larger MaxCapacity",
            )


def stays_at_zero(account: Account) -> ScalingLints:
    """Targets that may reach 0 tasks, where no metric brings them back (S13.2, old 6.3)."""
    for target, _ in scaled(account):
        if target.bounds.minimum or not target.bounds.maximum or not target.policies:
            continue
        brings_back = any((one.change.minimum or 0) > 0 for one in target.actions.values()) or any(
            _sees_demand(account, one) for one in target.policies.values()
        )
        if not brings_back:
            yield ScalingLint(
                "stays-at-zero",
                target.resource_id,
                "MinCapacity",
                "MinCapacity is 0, and all policies look at CPU or memory of running tasks: "
                "without a task these have no points, and nothing scales out again",
                "MinCapacity 1, or a metric that has points without tasks",
            )


def _sees_demand(account: Account, policy: PolicyRecord) -> bool:
    settings = policy.settings
    if isinstance(settings, PredictivePolicy):
        return settings.scales
    if isinstance(settings, TrackingPolicy):
        return settings.sees_demand
    return any(
        _metric_of(account, one) not in ("cpu", "memory") for one in alarms_of(account, policy)
    )


def _metric_of(account: Account, alarm: Alarm) -> str | None:
    """Return which predefined metric of a service an alarm looks at; None: it is another one."""
    settings = alarm.settings
    key = MetricKey(settings.namespace, settings.metric, settings.dimensions)
    found = service_metric(account, key)
    return None if found is None else found.kind


def target_flaps(account: Account) -> ScalingLints:
    """Target tracking with so few tasks that one task is more than the gap of the alarms."""
    for target, _, policy in _policies(account):
        settings = policy.settings
        if not isinstance(settings, TrackingPolicy) or not settings.scale_in:
            continue
        bounds = target.bounds
        if bounds.minimum < bounds.maximum <= WITHOUT_GAP:
            largest = FULL * (bounds.maximum - 1) // bounds.maximum
            yield ScalingLint(
                "target-flaps",
                target.resource_id,
                f"policy {policy.name}",
                f"with at most {bounds.maximum} tasks one task more takes the metric from the "
                f"target to {largest} per cent of it or less, below the 90 at which tasks are "
                "taken away: a load that swings around a multiple of the target adds and "
                "removes the same task again and again",
                "more and smaller tasks, or a longer ScaleInCooldown",
            )


# Policies


def without_alarm(account: Account) -> ScalingLints:
    """Step scaling policies that nothing triggers."""
    for target, _, policy in _policies(account):
        if isinstance(policy.settings, StepPolicy) and not alarms_of(account, policy):
            yield ScalingLint(
                "policy-without-alarm",
                target.resource_id,
                f"policy {policy.name}",
                "no alarm has this policy as an action: it never acts",
                f"put_metric_alarm(AlarmActions=[{policy.arn!r}], ...)",
            )


def no_step_applies(account: Account) -> ScalingLints:
    """Step scaling policies whose steps all lie on the other side of the threshold."""
    for target, _, policy in _policies(account):
        settings = policy.settings
        if not isinstance(settings, StepPolicy):
            continue
        for alarm in alarms_of(account, policy):
            is_above = alarm.settings.comparison.startswith("GreaterThan")
            if not alarm.settings.further.get("AlarmActions") or any(
                (one.upper is None or one.upper > 0)
                if is_above
                else (one.lower is None or one.lower < 0)
                for one in settings.steps
            ):
                continue
            side = "above" if is_above else "below"
            bound = "MetricIntervalUpperBound" if is_above else "MetricIntervalLowerBound"
            yield ScalingLint(
                "no-step-applies",
                target.resource_id,
                f"policy {policy.name}",
                f"the alarm {alarm.name} fires {side} its threshold, and no step lies there",
                f"a step without {bound}",
            )


def requests_in_traffic_shift(account: Account) -> ScalingLints:
    """Requests per target of a service whose deployments shift traffic (6.2)."""
    for target, service, policy in _policies(account):
        settings = policy.settings
        is_requests = isinstance(settings, TrackingPolicy) and (
            "ALBRequestCountPerTarget" in settings.metric
        )
        if is_requests and configuration_of(service).shifts_traffic:
            yield ScalingLint(
                "requests-in-traffic-shift",
                target.resource_id,
                f"policy {policy.name}",
                "ALBRequestCountPerTarget counts one target group, and deployments of "
                f"{configuration_of(service).strategy.value} move the tasks to the other one",
                "CPU or memory, or a metric of your own",
            )


def predictive(account: Account) -> ScalingLints:
    """Predictive policies that only forecast, or have nothing to forecast from."""
    for target, _, policy in _policies(account):
        settings = policy.settings
        if not isinstance(settings, PredictivePolicy):
            continue
        path = f"policy {policy.name}"
        if not settings.scales:
            message = "Mode is ForecastOnly: it forecasts and scales nothing"
            advice = "ForecastAndScale"
            yield ScalingLint("forecast-only", target.resource_id, path, message, advice)
        if not policy.loads and policy.forecaster is None:
            message = "nobody told the hourly load that it forecasts from: there is no forecast"
            advice = "session.set_load_history(policy_arn, [(hour, load), ...])"
            yield ScalingLint("forecast-without-load", target.resource_id, path, message, advice)


# Alarms


def alarms(account: Account) -> ScalingLints:
    """Alarms of policies that never fire, act or are evaluated."""
    for target, service, policy in _policies(account):
        for alarm in alarms_of(account, policy):
            path = f"policy {policy.name}, alarm {alarm.name}"
            if not alarm.actions_enabled:
                yield ScalingLint(
                    "actions-disabled",
                    target.resource_id,
                    path,
                    "ActionsEnabled is false: the policy does not act",
                    "enable_alarm_actions",
                )
            if planned_alarm(alarm) is None:
                yield ScalingLint(
                    "not-modelled",
                    target.resource_id,
                    path,
                    "what it looks at is not modelled: its state stays as it is, and the policy "
                    f"acts {'all the time' if alarm.state.value == 'ALARM' else 'never'}",
                )
                continue
            why = _why_never(service, alarm)
            if why is not None:
                yield ScalingLint("alarm-never-fires", target.resource_id, path, why)
            elif _is_of_no_service(account, alarm):
                yield ScalingLint(
                    "alarm-without-points",
                    target.resource_id,
                    path,
                    f"no service {_dimensions(alarm)} is there: its metric has no points",
                    "the dimensions of a service that runs",
                )


def _dimensions(alarm: Alarm) -> str:
    return ", ".join(f"{name} {value}" for name, value in alarm.settings.dimensions)


def _is_of_no_service(account: Account, alarm: Alarm) -> bool:
    settings = alarm.settings
    if settings.namespace != "AWS/ECS" or settings.metric not in UTILIZATION:
        return False
    is_of_service = dict(settings.dimensions).keys() == {"ClusterName", "ServiceName"}
    return is_of_service and _metric_of(account, alarm) is None


def _why_never(service: ServiceRecord, alarm: Alarm) -> str | None:
    """Return why a metric cannot get beyond an alarm's threshold; None: it can."""
    settings = alarm.settings
    is_utilization = settings.namespace == "AWS/ECS" and settings.metric in UTILIZATION
    is_requests = settings.namespace == "AWS/ApplicationELB"
    if settings.statistic not in ("Average", "Maximum", "Minimum", "Sum"):
        return None
    comparison, threshold = Comparison(settings.comparison), exact(settings.threshold)
    text = f"{float(threshold):g}"
    if is_utilization or is_requests:
        if comparison is Comparison.BELOW and threshold <= 0:
            return f"{settings.metric} is never below {text}"
        if comparison is Comparison.AT_MOST and threshold < 0:
            return f"{settings.metric} is never {text} or less"
    if is_utilization and settings.statistic != "Sum" and _is_limited(service, settings.metric):
        limit = "the task definition limits the whole task: its use is 100 per cent at most"
        if _never_above(comparison, threshold):
            return f"{settings.metric} is never above {text}, because {limit}"
    return None


def _never_above(comparison: Comparison, threshold: Exact) -> bool:
    if comparison is Comparison.ABOVE:
        return threshold >= FULL
    return comparison is Comparison.AT_LEAST and threshold > FULL


def _is_limited(service: ServiceRecord, metric: str) -> bool:
    """Return whether tasks cannot use more than what they ask for (6.2).

    With sizes of containers alone they may: CPU is a share, and memory may have a soft limit.
    """
    primary = service.primary
    if primary is None:
        return False
    document = primary.revision.definition.document
    if metric == "CPUUtilization":
        return document.get("cpu") is not None
    soft = any(one.get("memoryReservation") for one in document.get("containerDefinitions", ()))
    return document.get("memory") is not None and not soft


POLICY_RULES: tuple[ScalingRule, ...] = (
    suspended,
    bounds_equal,
    stays_at_zero,
    target_flaps,
    without_alarm,
    no_step_applies,
    requests_in_traffic_shift,
    predictive,
    alarms,
)
