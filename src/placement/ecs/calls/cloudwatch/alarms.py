"""Alarms: put, describe, delete, set the state, enable and disable actions.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from placement.arns import aws_arn
from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.calls.cloudwatch.errors import invalid, refused, unsupported
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmSettings, AlarmState
from placement.errors import describe_value

__all__ = [
    "delete_alarms",
    "describe_alarms",
    "disable_alarm_actions",
    "enable_alarm_actions",
    "put_metric_alarm",
    "set_alarm_state",
]

Parameters = dict[str, Any]

_NOT_MODELLED = (
    "EvaluateLowSampleCountPercentile",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ExtendedStatistic",
    "Metrics",
    "ThresholdMetricId",
    "WarmUpConfiguration",
)
"""Parameters that would change when an alarm changes its state (C48)."""

_NEEDED = (
    "MetricName",
    "Namespace",
    "Statistic",
    "Period",
    "EvaluationPeriods",
    "Threshold",
    "ComparisonOperator",
)

_FURTHER = (
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "Unit",
    "EvaluationWindow",
    "ActionConfiguration",
)

_COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
"""The others compare with a band of an anomaly detector."""

_MISSING = ("breaching", "notBreaching", "ignore", "missing")
_DAY = 86_400
_HOUR = 3_600


def put_metric_alarm(account: Account, parameters: Parameters) -> Parameters:
    """Create an alarm, or give one other settings; its state stays.

    A new alarm is INSUFFICIENT_DATA.  Metrics are not evaluated: only ``set_alarm_state`` changes
    the state of an alarm.
    """
    name = parameters["AlarmName"]
    settings = _settings(parameters)
    tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", ())}
    is_enabled = parameters.get("ActionsEnabled", True)
    now = account.clock()
    known = account.alarms.by_name.get(name)
    if known is not None:
        known.settings, known.updated_at, known.actions_enabled = settings, now, is_enabled
        return {}
    alarm = Alarm(
        name=name,
        arn=aws_arn("cloudwatch", account.region, account.account_id, f"alarm:{name}"),
        settings=settings,
        updated_at=now,
        actions_enabled=is_enabled,
        state=AlarmState.INSUFFICIENT_DATA,
        reason="Unchecked: Initial alarm creation",
        reason_data=None,
        state_updated_at=now,
        transitioned_at=now,
        tags=tags,
    )
    account.alarms.add(alarm)
    return {}


def _settings(parameters: Parameters) -> AlarmSettings:
    """Return what a call wants an alarm to watch."""
    for name in _NOT_MODELLED:
        if name in parameters:
            raise unsupported(name)
    for name in _NEEDED:
        if name not in parameters:
            raise invalid(f"The parameter {name} must be specified for an alarm on a metric")
    comparison = parameters["ComparisonOperator"]
    if comparison not in _COMPARISONS:
        raise unsupported(f"ComparisonOperator {comparison}")
    period, periods = parameters["Period"], parameters["EvaluationPeriods"]
    if period not in (10, 20, 30) and period % 60:
        raise invalid(f"Period must be 10, 20, 30 or a multiple of 60, not {period}")
    if period * periods > (7 * _DAY if period >= _HOUR else _DAY):
        raise invalid(
            "Metrics cannot be checked across more than a day, or seven days for periods of an "
            "hour and longer"
        )
    given = parameters.get("DatapointsToAlarm")
    datapoints = periods if given is None else given
    if datapoints > periods:
        raise invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    missing = parameters.get("TreatMissingData", "missing")
    if missing not in _MISSING:
        raise invalid(
            f"TreatMissingData must be one of {', '.join(_MISSING)}, not {describe_value(missing)}"
        )
    dimensions = {one["Name"]: one["Value"] for one in parameters.get("Dimensions", ())}
    if len(dimensions) < len(parameters.get("Dimensions", ())):
        raise invalid("A dimension is specified more than once")
    return AlarmSettings(
        namespace=parameters["Namespace"],
        metric=parameters["MetricName"],
        dimensions=tuple(sorted(dimensions.items())),
        statistic=parameters["Statistic"],
        period=period,
        evaluation_periods=periods,
        datapoints=datapoints,
        threshold=float(parameters["Threshold"]),
        comparison=comparison,
        missing=missing,
        further={
            name: parameters[name]
            for name in (*_FURTHER, "DatapointsToAlarm", "TreatMissingData")
            if name in parameters
        },
    )


def describe_alarms(account: Account, parameters: Parameters) -> Parameters:
    """Describe alarms by name; there are none but on single metrics."""
    if parameters.get("AlarmNames") and "AlarmNamePrefix" in parameters:
        raise refused(
            "InvalidParameterCombination",
            "AlarmNames and AlarmNamePrefix cannot be specified together",
        )
    known = account.alarms.by_name
    names = sorted(name for name, alarm in known.items() if _fits(alarm, parameters))
    try:
        found, token = page_of(names, parameters.get("MaxRecords", 50), parameters.get("NextToken"))
    except InvalidTokenError:
        raise refused("InvalidNextToken", "The token is none that a call answered with") from None
    following = {} if token is None else {"NextToken": token}
    answers = [_alarm_answer(known[name]) for name in found]
    return {"MetricAlarms": answers, "CompositeAlarms": [], "LogAlarms": [], **following}


def _fits(alarm: Alarm, parameters: Parameters) -> bool:
    """Return whether a call asks for an alarm."""
    if "MetricAlarm" not in (parameters.get("AlarmTypes") or ("MetricAlarm",)):
        return False
    if "ChildrenOfAlarmName" in parameters or "ParentsOfAlarmName" in parameters:
        return False  # alarms on single metrics have no children, and are no parents
    names = parameters.get("AlarmNames")
    further = alarm.settings.further
    lists = ("OKActions", "AlarmActions", "InsufficientDataActions")
    actions = [action for one in lists for action in further.get(one, ())]
    prefix = parameters.get("ActionPrefix")
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(parameters.get("AlarmNamePrefix", ""))
        and parameters.get("StateValue", alarm.state) == alarm.state
        and (prefix is None or any(action.startswith(prefix) for action in actions))
    )


def _alarm_answer(alarm: Alarm) -> dict[str, Any]:
    settings = alarm.settings
    data = {} if alarm.reason_data is None else {"StateReasonData": alarm.reason_data}
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.updated_at,
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": alarm.state.value,
        "StateReason": alarm.reason,
        **data,
        "StateUpdatedTimestamp": alarm.state_updated_at,
        "StateTransitionedTimestamp": alarm.transitioned_at,
        "MetricName": settings.metric,
        "Namespace": settings.namespace,
        "Statistic": settings.statistic,
        "Dimensions": [{"Name": name, "Value": value} for name, value in settings.dimensions],
        "Period": settings.period,
        "EvaluationPeriods": settings.evaluation_periods,
        "Threshold": settings.threshold,
        "ComparisonOperator": settings.comparison,
        **settings.further,
    }


def _alarm(account: Account, name: str) -> Alarm:
    """Return the alarm of a name."""
    found = account.alarms.by_name.get(name)
    if found is None:
        raise refused("ResourceNotFound", f"Unknown alarm: {describe_value(name)}")
    return found


def delete_alarms(account: Account, parameters: Parameters) -> Parameters:
    """Delete alarms: all that are named, or none where one is not there."""
    names = [_alarm(account, name).name for name in dict.fromkeys(parameters["AlarmNames"])]
    for name in names:
        account.alarms.remove(name)
    return {}


def set_alarm_state(account: Account, parameters: Parameters) -> Parameters:
    """Set the state of an alarm, which it keeps until it is set again (D128)."""
    alarm = _alarm(account, parameters["AlarmName"])
    data = parameters.get("StateReasonData")
    if data is not None and not _is_json(data):
        raise refused("InvalidFormat", "StateReasonData must be JSON")
    account.alarms.set_state(
        alarm,
        AlarmState(parameters["StateValue"]),
        account.clock(),
        reason=parameters["StateReason"],
        reason_data=data,
    )
    return {}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def enable_alarm_actions(account: Account, parameters: Parameters) -> Parameters:
    """Enable the actions of alarms; a name that no alarm has is passed over."""
    return _switch(account, parameters, is_enabled=True)


def disable_alarm_actions(account: Account, parameters: Parameters) -> Parameters:
    """Disable the actions of alarms; a name that no alarm has is passed over."""
    return _switch(account, parameters, is_enabled=False)


def _switch(account: Account, parameters: Mapping[str, Any], *, is_enabled: bool) -> Parameters:
    for name in parameters["AlarmNames"]:
        alarm = account.alarms.by_name.get(name)
        if alarm is not None:
            alarm.actions_enabled = is_enabled
    return {}
