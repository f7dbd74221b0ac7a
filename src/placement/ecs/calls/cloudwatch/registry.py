"""The operations of the ``cloudwatch`` client by their names in the API."""

from __future__ import annotations

from placement.aws.client import Operation
from placement.aws.constraints import keeping_to_the_model
from placement.ecs.calls.cloudwatch import alarms, metrics
from placement.ecs.calls.cloudwatch.errors import EXCEPTIONS, MODEL

__all__ = ["OPERATIONS"]

_FUNCTIONS: dict[str, Operation] = {
    "DeleteAlarms": alarms.delete_alarms,
    "DescribeAlarmHistory": alarms.describe_alarm_history,
    "DescribeAlarms": alarms.describe_alarms,
    "DisableAlarmActions": alarms.disable_alarm_actions,
    "EnableAlarmActions": alarms.enable_alarm_actions,
    "GetMetricData": metrics.get_metric_data,
    "GetMetricStatistics": metrics.get_metric_statistics,
    "PutMetricAlarm": alarms.put_metric_alarm,
    "PutMetricData": metrics.put_metric_data,
    "SetAlarmState": alarms.set_alarm_state,
}

OPERATIONS = keeping_to_the_model(_FUNCTIONS, MODEL, EXCEPTIONS)
"""By the API's name: ``PutMetricAlarm``."""
