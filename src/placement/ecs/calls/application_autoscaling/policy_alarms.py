"""The alarms that a target tracking policy has: above the target, below nine tenths (S13.4).

In: a target, a policy and its settings.  Out: alarms of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.ecs.calls.application_autoscaling.policy_settings import (
    HIGH_RESOLUTION_SUFFIX,
    PREDEFINED,
    math_queries,
)
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import AlarmSettings
from placement.ecs.control.metrics.evaluation import expect_look, new_alarm
from placement.ecs.control.scaling.records import (
    PolicyRecord,
    ScalableTargetRecord,
    TrackingPolicy,
)
from placement.scaling.alarms import AlarmRule
from placement.scaling.target_tracking import high_alarm, low_alarm
from placement.timestamps import SECOND

__all__ = ["put_alarms"]


def put_alarms(
    account: Account,
    target: ScalableTargetRecord,
    policy: PolicyRecord,
    settings: TrackingPolicy,
    *,
    renames: bool,
) -> None:
    """Make the alarms of a policy, or give those that it has other settings.

    Args:
        account: The account.
        target: The target.
        policy: The policy, with its document; its ``alarms`` are those of before.
        settings: Its settings.
        renames: Whether alarms from before get other names: when the resolution changes (S13.2).
    """
    rules = {"High": high_alarm(settings.target, high_resolution=settings.high_resolution)}
    if settings.scale_in:
        rules["Low"] = low_alarm(settings.target, high_resolution=settings.high_resolution)
    known = dict(zip(("High", "Low"), policy.alarms, strict=False))
    names: list[str] = []
    for kind, name in known.items():
        if (renames or kind not in rules) and name in account.alarms.by_name:
            account.alarms.remove(name, account.clock())
    for kind, rule in rules.items():
        name = known.get(kind, "")
        alarm = None if renames else account.alarms.by_name.get(name)
        if renames or not name:
            name = f"TargetTracking-{target.resource_id}-Alarm{kind}-{account.new_uuid()}"
        action = f"{policy.arn}:createdBy/{account.new_uuid()}"
        found = _settings(target, policy.document, rule, action)
        if alarm is None:
            account.alarms.add(new_alarm(account, name, found, actions_enabled=True, tags={}))
        else:
            kept = {**found.further, "AlarmActions": alarm.settings.further["AlarmActions"]}
            found = attrs.evolve(found, further=kept)
            account.alarms.change(alarm, found, account.clock(), actions_enabled=True)
        names.append(name)
    policy.alarms = tuple(names)
    expect_look(account)


def _settings(
    target: ScalableTargetRecord, document: Mapping[str, Any], rule: AlarmRule, action: str
) -> AlarmSettings:
    """Return what an alarm watches."""
    predefined = document.get("PredefinedMetricSpecification")
    customized = document.get("CustomizedMetricSpecification", {})
    further: dict[str, Any] = {
        "AlarmDescription": (f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}."),
        "AlarmActions": [action],
    }
    namespace = metric = statistic = ""
    dimensions: dict[str, str] = {}
    if predefined is not None:
        metric = PREDEFINED[predefined["PredefinedMetricType"].removesuffix(HIGH_RESOLUTION_SUFFIX)]
        namespace, statistic, dimensions = _predefined(target, metric, predefined)
        if namespace == "AWS/ECS":
            further["Unit"] = "Percent"
    elif "Metrics" in customized:
        further["Metrics"] = math_queries(customized["Metrics"])
    else:
        namespace, metric = customized["Namespace"], customized["MetricName"]
        statistic = customized["Statistic"]
        dimensions = {one["Name"]: one["Value"] for one in customized.get("Dimensions", ())}
        if "Unit" in customized:
            further["Unit"] = customized["Unit"]
    return AlarmSettings(
        namespace=namespace,
        metric=metric,
        dimensions=tuple(sorted(dimensions.items())),
        statistic=statistic,
        period=rule.period // SECOND,
        evaluation_periods=rule.n,
        datapoints=rule.m,
        threshold=float(rule.threshold),
        comparison=rule.comparison.value,
        missing=rule.missing.value,
        further=further,
    )


def _predefined(
    target: ScalableTargetRecord, metric: str, specification: Mapping[str, Any]
) -> tuple[str, str, dict[str, str]]:
    """Return namespace, statistic and dimensions of a predefined metric."""
    if metric != "RequestCountPerTarget":
        _, cluster, service = target.resource_id.split("/")
        return "AWS/ECS", "Average", {"ClusterName": cluster, "ServiceName": service}
    load_balancer, _, group = specification["ResourceLabel"].partition("/targetgroup/")
    dimensions = {"LoadBalancer": load_balancer, "TargetGroup": f"targetgroup/{group}"}
    return "AWS/ApplicationELB", "Sum", dimensions
