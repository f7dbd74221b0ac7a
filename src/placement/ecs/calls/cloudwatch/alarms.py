"""Alarms: put, describe, delete, set the state, enable and disable actions.

In: the account and checked parameters.  Out: answers.  Alarms are evaluated in ``control.metrics``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.calls.cloudwatch.errors import invalid, refused, unsupported
from placement.ecs.calls.cloudwatch.metrics import metric_key
from placement.ecs.control.account import Account
from placement.ecs.control.alarms import Alarm, AlarmHistoryItem, AlarmSettings, AlarmState
from placement.ecs.control.metrics.evaluation import (
    ACTIONS,
    ACTIONS_ORDER,
    expect_look,
    new_alarm,
)
from placement.ecs.control.metrics.plan import NOT_MODELLED, read_query
from placement.ecs.control.metrics.queries import QueryOrderError
from placement.ecs.control.model_time import Phase
from placement.errors import MetricMathError, UsageError, describe_value
from placement.scaling.metrics import WALL_CLOCK_PERIODS
from placement.scaling.time_zones import time_zone
from placement.timestamps import SECOND

__all__ = [
    "delete_alarms",
    "describe_alarm_history",
    "describe_alarms",
    "disable_alarm_actions",
    "enable_alarm_actions",
    "put_metric_alarm",
    "set_alarm_state",
]

Parameters = dict[str, Any]

_NEEDED = ("EvaluationPeriods", "Threshold", "ComparisonOperator")
_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "Period")

_FURTHER = (
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "Unit",
    "EvaluationWindow",
    "ActionConfiguration",
    "Metrics",
)

_COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
"""The others compare with a band of an anomaly detector."""

_MISSING = ("breaching", "notBreaching", "ignore", "missing")
MOST_HISTORY = 100
"""Items of a page of the history (API)."""

_DAY = 86_400
_HOUR = 3_600
_MINUTE = 60


def put_metric_alarm(account: Account, parameters: Parameters) -> Parameters:
    """Create an alarm, or give one other settings; its state stays.

    A new alarm is INSUFFICIENT_DATA until it is evaluated, at the next full minute; one with a
    period of 10, 20 or 30 seconds at the next full 10 seconds.
    """
    name = parameters["AlarmName"]
    settings = _settings(parameters)
    tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", ())}
    is_enabled = parameters.get("ActionsEnabled", True)
    now = account.clock()
    known = account.alarms.by_name.get(name)
    if known is not None:
        account.alarms.change(known, settings, now, actions_enabled=is_enabled)
        expect_look(account)
        return {}
    alarm = new_alarm(account, name, settings, actions_enabled=is_enabled, tags=tags)
    account.alarms.add(alarm)
    expect_look(account)
    return {}


def _settings(parameters: Parameters) -> AlarmSettings:
    """Return what a call wants an alarm to watch."""
    for name in NOT_MODELLED:
        if name in parameters:
            raise unsupported(name)
    queries = parameters.get("Metrics")
    for name in _NEEDED if queries else (*_NEEDED, *_OF_ONE_METRIC):
        if name not in parameters:
            raise invalid(f"The parameter {name} must be specified for an alarm on a metric")
    for name in _OF_ONE_METRIC if queries else ():
        if name in parameters:
            raise refused(
                "InvalidParameterCombination", f"Metrics and {name} cannot be specified together"
            )
    comparison = parameters["ComparisonOperator"]
    if comparison not in _COMPARISONS:
        raise unsupported(f"ComparisonOperator {comparison}")
    period = _period_of(queries) if queries else parameters["Period"]
    periods = parameters["EvaluationPeriods"]
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
    _check_window(parameters, period)
    namespace, metric = parameters.get("Namespace", ""), parameters.get("MetricName", "")
    key = metric_key(namespace, metric, parameters.get("Dimensions", ()))
    return AlarmSettings(
        namespace=namespace,
        metric=metric,
        dimensions=key.dimensions,
        statistic=parameters.get("Statistic", ""),
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


def _period_of(queries: Sequence[Mapping[str, Any]]) -> int:
    """Return the period of an alarm on several metrics; all of them have the same."""
    try:
        read_query(queries)
    except (MetricMathError, QueryOrderError, ValueError) as error:
        raise invalid(f"Metrics cannot be read: {error}") from None
    periods = {one["MetricStat"]["Period"] for one in queries if "MetricStat" in one}
    periods |= {one["Period"] for one in queries if "Period" in one}
    if len(periods) > 1:
        raise unsupported("An alarm on metrics with different periods")
    return periods.pop() if periods else _MINUTE


def _check_window(parameters: Parameters, period: int) -> None:
    """Look at ``EvaluationWindow`` (D120)."""
    clock = parameters.get("EvaluationWindow", {}).get("WallClockWindow")
    if clock is None:
        return
    try:
        time_zone(clock.get("Timezone", "UTC"))
    except UsageError as error:
        raise invalid(f"EvaluationWindow: {error}") from None
    if period * SECOND not in WALL_CLOCK_PERIODS:
        raise invalid(
            "Period must be 1 or 5 minutes, 1 hour, 1 day or 1 week with a WallClockWindow, "
            f"not {period} seconds"
        )


def describe_alarms(account: Account, parameters: Parameters) -> Parameters:
    """Describe alarms by name; there are no composite ones."""
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
    watched = {
        "MetricName": settings.metric,
        "Namespace": settings.namespace,
        "Statistic": settings.statistic,
        "Dimensions": [{"Name": name, "Value": value} for name, value in settings.dimensions],
        "Period": settings.period,
    }
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
        **({} if "Metrics" in settings.further else watched),
        "EvaluationPeriods": settings.evaluation_periods,
        "Threshold": settings.threshold,
        "ComparisonOperator": settings.comparison,
        **settings.further,
    }


def describe_alarm_history(account: Account, parameters: Parameters) -> Parameters:
    """Return what happened to alarms, newest first; also to those that are gone."""
    start, end = parameters.get("StartDate"), parameters.get("EndDate")
    name, kind = parameters.get("AlarmName"), parameters.get("HistoryItemType")
    is_asked = "MetricAlarm" in (parameters.get("AlarmTypes") or ("MetricAlarm",))
    items = [
        one
        for one in account.alarms.history
        if is_asked
        and (name is None or one.name == name)
        and (kind is None or one.kind == kind)
        and (start is None or one.time >= start)
        and (end is None or one.time <= end)
    ]
    if parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        items.reverse()
    try:
        size = parameters.get("MaxRecords", MOST_HISTORY)
        found, token = page_of(items, size, parameters.get("NextToken"))
    except InvalidTokenError:
        raise refused("InvalidNextToken", "The token is none that a call answered with") from None
    following = {} if token is None else {"NextToken": token}
    return {"AlarmHistoryItems": [_history_answer(one) for one in found], **following}


def _history_answer(item: AlarmHistoryItem) -> dict[str, Any]:
    return {
        "AlarmName": item.name,
        "AlarmType": "MetricAlarm",
        "Timestamp": item.time,
        "HistoryItemType": item.kind,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
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
        account.alarms.remove(name, account.clock())
    return {}


def set_alarm_state(account: Account, parameters: Parameters) -> Parameters:
    """Set the state of an alarm, which it keeps until it is evaluated next (D128).

    Its actions run when time moves.
    """
    alarm = _alarm(account, parameters["AlarmName"])
    data = parameters.get("StateReasonData")
    if data is not None and not _is_json(data):
        raise refused("InvalidFormat", "StateReasonData must be JSON")
    before = alarm.state
    account.alarms.set_state(
        alarm,
        AlarmState(parameters["StateValue"]),
        account.clock(),
        reason=parameters["StateReason"],
        reason_data=data,
    )
    if alarm.state is not before and alarm.actions_enabled:
        account.time.push(account.time.now, Phase.METRICS, ACTIONS_ORDER, ACTIONS, alarm.name)
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
