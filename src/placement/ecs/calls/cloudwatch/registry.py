"""The operations of the ``cloudwatch`` client by their names in the API."""

from __future__ import annotations

from placement.aws.client import Operation
from placement.aws.constraints import keeping_to_the_model
from placement.ecs.calls.cloudwatch import alarms
from placement.ecs.calls.cloudwatch.errors import EXCEPTIONS, MODEL

__all__ = ["OPERATIONS"]

_FUNCTIONS: dict[str, Operation] = {
    "DeleteAlarms": alarms.delete_alarms,
    "DescribeAlarms": alarms.describe_alarms,
    "DisableAlarmActions": alarms.disable_alarm_actions,
    "EnableAlarmActions": alarms.enable_alarm_actions,
    "PutMetricAlarm": alarms.put_metric_alarm,
    "SetAlarmState": alarms.set_alarm_state,
}

OPERATIONS = keeping_to_the_model(_FUNCTIONS, MODEL, EXCEPTIONS)
"""By the API's name: ``PutMetricAlarm``."""
