"""DescribeScalingActivities (S13.8).

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from typing import Any

from placement.ecs.calls.application_autoscaling.lookups import (
    DIMENSION,
    NAMESPACE,
    Parameters,
    check_resource,
    page,
)
from placement.ecs.control.account import Account
from placement.ecs.control.scaling.records import ActivityRecord
from placement.scaling.activities import NotScaledReason
from placement.timestamps import from_microseconds

__all__ = ["describe_scaling_activities"]

PAGE = 50


def describe_scaling_activities(account: Account, parameters: Parameters) -> Parameters:
    """Describe the activities of six weeks, newest first; also of what is not registered now."""
    check_resource(parameters, needs_resource=False)
    wanted = parameters.get("ResourceId")
    with_all = parameters.get("IncludeNotScaledActivities", False)
    now = account.time.now
    found = [
        (record.activity.start, place, resource_id, record)
        for resource_id, records in account.scaling.activities.items()
        if wanted is None or resource_id == wanted
        for place, record in enumerate(records)
        if record.activity.is_listed(now) and (with_all or not record.activity.reasons)
    ]
    found.sort(key=lambda one: one[:3], reverse=True)
    shown, token = page([one[2:] for one in found], parameters, PAGE)
    return {"ScalingActivities": [_answer(*one) for one in shown], **token}


def _answer(resource_id: str, record: ActivityRecord) -> dict[str, Any]:
    activity = record.activity
    answer: dict[str, Any] = {
        "ActivityId": record.id,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource_id,
        "ScalableDimension": DIMENSION,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": from_microseconds(activity.start),
        "StatusCode": activity.status.value,
    }
    if activity.end is not None:
        answer["EndTime"] = from_microseconds(activity.end)
    if activity.message is not None:
        answer["StatusMessage"] = activity.message
    if activity.reasons:
        answer["NotScaledReasons"] = [_reason(one) for one in activity.reasons]
    return answer


def _reason(reason: NotScaledReason) -> dict[str, Any]:
    numbers = {
        "MaxCapacity": reason.maximum,
        "MinCapacity": reason.minimum,
        "CurrentCapacity": reason.current,
    }
    return {
        "Code": reason.code.value,
        **{name: number for name, number in numbers.items() if number is not None},
    }
