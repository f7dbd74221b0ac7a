"""Instances of groups and activities: describe, protect, terminate (C49).

In: the account and checked parameters.  Out: answers.  A termination begins when time moves.
"""

from __future__ import annotations

from typing import Any

from placement.ecs.calls.autoscaling.errors import invalid, unsupported
from placement.ecs.calls.autoscaling.lookups import page, the_group, the_instance
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import Activity, GroupInstanceRecord, GroupRecord
from placement.ecs.control.capacity.terminations import ask_for_termination

__all__ = [
    "describe_auto_scaling_instances",
    "describe_scaling_activities",
    "instance_answer",
    "set_instance_protection",
    "terminate_instance_in_auto_scaling_group",
]

Parameters = dict[str, Any]

MAX_PROTECTED = 50
"""Instances of one SetInstanceProtection call (API)."""


def instance_answer(one: GroupInstanceRecord) -> Parameters:
    """Return an instance as its group shows it."""
    answer = {
        **one.extra,
        "InstanceId": one.id,
        "InstanceType": one.instance_type,
        "AvailabilityZone": one.zone,
        "LifecycleState": str(one.state),
        "HealthStatus": "Healthy" if one.is_healthy else "Unhealthy",
        "ProtectedFromScaleIn": one.is_protected,
    }
    return answer if one.template is None else {**answer, "LaunchTemplate": dict(one.template)}


def describe_auto_scaling_instances(account: Account, parameters: Parameters) -> Parameters:
    """Describe instances of all groups; unknown ids are passed over."""
    wanted = parameters.get("InstanceIds")
    known = {
        id: (group, one)
        for group in account.groups.values()
        for id, one in group.instances.items()
        if not wanted or id in wanted
    }
    found, following = page(list(known), known, parameters, 50, 50)
    answers = [
        {
            **instance_answer(one),
            "AutoScalingGroupName": group.name,
            "HealthStatus": "HEALTHY" if one.is_healthy else "UNHEALTHY",
        }
        for group, one in found
    ]
    return {"AutoScalingInstances": answers, **following}


def set_instance_protection(account: Account, parameters: Parameters) -> Parameters:
    """Protect instances of a group from scale-in, or no longer: all that are named, or none.

    Managed termination protection leaves instances alone that a call has protected.

    Raises:
        ValidationError: the group does not have one of the instances.
    """
    group = the_group(account, parameters["AutoScalingGroupName"])
    ids = parameters["InstanceIds"]
    if len(ids) > MAX_PROTECTED:
        raise invalid(f"InstanceIds can have at most {MAX_PROTECTED} elements, not {len(ids)}")
    for id in ids:
        if id not in group.instances:
            raise invalid(f"The instance {id} is not part of Auto Scaling group {group.name}.")
    for id in ids:
        one = group.instances[id]
        one.is_protected = one.is_pinned = parameters["ProtectedFromScaleIn"]
    return {}


def terminate_instance_in_auto_scaling_group(
    account: Account, parameters: Parameters
) -> Parameters:
    """Ask for the termination of an instance, whatever protects it; it begins when time moves.

    Without ``ShouldDecrementDesiredCapacity`` the group launches another at the next full minute.

    Raises:
        ValidationError: no group has the instance, or the group is at its minimum.
    """
    for name in ("InstanceIds", "AutoScalingGroupName"):
        if name in parameters:
            raise unsupported(name)
    if "InstanceId" not in parameters:
        raise invalid("InstanceId must be specified.")
    group, one = the_instance(account, parameters["InstanceId"])
    if one.is_leaving:
        raise invalid(f"Instance {one.id} is being terminated already.")
    decrements = parameters["ShouldDecrementDesiredCapacity"]
    if decrements and group.desired <= group.minimum:
        raise invalid(
            "Currently, desiredSize equals minSize. Terminating instance without replacement will "
            "violate group's min size constraint."
        )
    if decrements:
        group.desired -= 1
    return {"Activity": _activity_answer(group, ask_for_termination(account, group, one))}


def describe_scaling_activities(account: Account, parameters: Parameters) -> Parameters:
    """Describe activities, the newest first.

    Raises:
        ValidationError: there is no such group.
    """
    if parameters.get("Filters"):
        raise unsupported("Filters")
    name, wanted = parameters.get("AutoScalingGroupName"), parameters.get("ActivityIds")
    groups = account.groups.values() if name is None else [the_group(account, name)]
    known = {
        activity.id: (group, activity)
        for group in groups
        for activity in group.activities.values()
        if not wanted or activity.id in wanted
    }
    order = sorted(known, key=lambda id: known[id][1].started_at)[::-1]
    found, following = page(order, known, parameters, 100, 100)
    return {"Activities": [_activity_answer(*one) for one in found], **following}


def _activity_answer(group: GroupRecord, activity: Activity) -> Parameters:
    answer = {
        "ActivityId": activity.id,
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.started_at,
        "EndTime": activity.ended_at,
        "StatusCode": str(activity.status),
        "StatusMessage": activity.message,
        "Progress": 0 if activity.ended_at is None else 100,
        "Details": "{}",
        **activity.extra,
    }
    return {name: value for name, value in answer.items() if value is not None}
