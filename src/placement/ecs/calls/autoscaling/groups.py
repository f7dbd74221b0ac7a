"""Groups: create, update, describe, delete, set the desired capacity (C49).

In: the account and checked parameters.  Out: answers.  Sizes act at the next full minute (D99).
"""

from __future__ import annotations

from typing import Any

from placement.arns import aws_arn
from placement.ecs.calls.autoscaling.errors import invalid, refused, unsupported
from placement.ecs.calls.autoscaling.instances import instance_answer
from placement.ecs.calls.autoscaling.lookups import page, the_group
from placement.ecs.calls.autoscaling.settings import (
    check_sizes,
    machines_of,
    policy_of,
    refuse_unmodelled,
    zones_of,
)
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import GroupRecord
from placement.ecs.control.capacity.minutes import begin_ticking
from placement.ecs.control.capacity.terminations import begin_deletion
from placement.ecs.control.ids import hyphenated

__all__ = [
    "create_auto_scaling_group",
    "delete_auto_scaling_group",
    "describe_auto_scaling_groups",
    "set_desired_capacity",
    "update_auto_scaling_group",
]

Parameters = dict[str, Any]

_STORED = (
    "Context",
    "DefaultInstanceWarmup",
    "DeletionProtection",
    "LaunchConfigurationName",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "PlacementGroup",
    "ServiceLinkedRoleARN",
    "VPCZoneIdentifier",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "LoadBalancerNames",
    "TargetGroupARNs",
    "TerminationPolicies",
)
"""Parameters that are shown as they were given."""

_USUAL: Parameters = {
    "DefaultCooldown": 300,
    "HealthCheckType": "EC2",
    "HealthCheckGracePeriod": 0,
    "LoadBalancerNames": [],
    "TargetGroupARNs": [],
    "TerminationPolicies": ["Default"],
    "SuspendedProcesses": [],
    "EnabledMetrics": [],
}
"""What a group shows where nothing was given."""

_ONE_OF = ("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy")


def create_auto_scaling_group(account: Account, parameters: Parameters) -> Parameters:
    """Create a group; its instances are launched at the next full minute.

    Raises:
        AlreadyExistsFault: there is a group of that name.
        ValidationError: a parameter has a wrong value, or one is missing.
        UnsupportedFeatureException: a parameter would change a decision and is not modelled.
    """
    name = parameters["AutoScalingGroupName"]
    if name in account.groups:
        raise refused(
            "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name "
            f"{name} already exists",
        )
    refuse_unmodelled(parameters)
    minimum: int = parameters["MinSize"]
    maximum: int = parameters["MaxSize"]
    desired: int = parameters.get("DesiredCapacity", minimum)
    check_sizes(minimum, maximum, desired)
    machines = machines_of(parameters)
    if machines is None:
        raise invalid(
            "Valid requests must contain either launchTemplate, LaunchConfigurationName, "
            "InstanceId or MixedInstancesPolicy parameter."
        )
    zones = zones_of(account, parameters)
    if not zones:
        raise invalid("At least one Availability Zone or VPC Subnet is required.")
    policy = policy_of(parameters.get("TerminationPolicies", []))
    uuid = hyphenated(account.new_id())
    resource = f"autoScalingGroup:{uuid}:autoScalingGroupName/{name}"
    account.groups[name] = GroupRecord(
        name,
        aws_arn("autoscaling", account.region, account.account_id, resource),
        account.clock(),
        minimum,
        maximum,
        desired,
        zones,
        machines.types,
        machines.template,
        machines.shown,
        policy=policy,
        protects_new=parameters.get("NewInstancesProtectedFromScaleIn", False),
        document={
            **_USUAL,
            **{key: parameters[key] for key in _STORED if key in parameters},
            "Tags": _tags(name, parameters.get("Tags", [])),
        },
    )
    begin_ticking(account)
    return {}


def _tags(name: str, tags: list[Parameters]) -> list[Parameters]:
    usual = {
        "ResourceId": name,
        "ResourceType": "auto-scaling-group",
        "Value": "",
        "PropagateAtLaunch": False,
    }
    return [{**usual, **tag} for tag in tags]


def update_auto_scaling_group(account: Account, parameters: Parameters) -> Parameters:
    """Change a group; what is not given stays.  New machines are those of later launches.

    A minimum above the desired capacity raises it, a maximum below lowers it.

    Raises:
        ValidationError: there is no such group, or a parameter has a wrong value.
        UnsupportedFeatureException: a parameter would change a decision and is not modelled.
    """
    group = the_group(account, parameters["AutoScalingGroupName"])
    refuse_unmodelled(parameters)
    minimum = parameters.get("MinSize", group.minimum)
    maximum = parameters.get("MaxSize", group.maximum)
    bounded = min(max(group.desired, minimum), max(maximum, minimum))
    desired = parameters.get("DesiredCapacity", bounded)
    check_sizes(minimum, maximum, desired)
    machines = machines_of(parameters)
    zones = zones_of(account, parameters)
    if not zones and ("AvailabilityZones" in parameters or "VPCZoneIdentifier" in parameters):
        raise invalid("At least one Availability Zone or VPC Subnet is required.")
    policy = group.policy
    if "TerminationPolicies" in parameters:
        policy = policy_of(parameters["TerminationPolicies"])
    group.minimum, group.maximum, group.desired, group.policy = minimum, maximum, desired, policy
    if machines is not None:
        group.types, group.template = machines.types, machines.template
        group.shown_template = machines.shown
        group.configuration += 1
        for key in _ONE_OF:
            group.document.pop(key, None)
    if zones:
        group.zones = zones
    group.protects_new = parameters.get("NewInstancesProtectedFromScaleIn", group.protects_new)
    group.document.update({key: parameters[key] for key in _STORED if key in parameters})
    return {}


def describe_auto_scaling_groups(account: Account, parameters: Parameters) -> Parameters:
    """Describe groups, all of them if none is named; unknown names are passed over."""
    if parameters.get("Filters"):
        raise unsupported("Filters")
    wanted = parameters.get("AutoScalingGroupNames")
    names = [name for name in account.groups if not wanted or name in wanted]
    found, following = page(names, account.groups, parameters, 100, 50)
    shows_instances = parameters.get("IncludeInstances", True)
    answers = [_group_answer(one, shows_instances=shows_instances) for one in found]
    return {"AutoScalingGroups": answers, **following}


def _group_answer(group: GroupRecord, *, shows_instances: bool) -> Parameters:
    instances = group.instances.values() if shows_instances else ()
    return {
        **group.document,
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "MinSize": group.minimum,
        "MaxSize": group.maximum,
        "DesiredCapacity": group.desired,
        "AvailabilityZones": list(group.zones),
        "Instances": [
            *(instance_answer(one) for one in instances),
            *(dict(one) for one in group.others if shows_instances),
        ],
        "CreatedTime": group.created_at,
        "NewInstancesProtectedFromScaleIn": group.protects_new,
        **({"Status": "Delete in progress"} if group.is_leaving else {}),
    }


def delete_auto_scaling_group(account: Account, parameters: Parameters) -> Parameters:
    """Delete a group; with ``ForceDelete`` its instances go with it when time moves.

    Raises:
        ResourceInUseFault: it has instances and ``ForceDelete`` is not given, or is protected.
        ValidationError: there is no such group.
    """
    group = the_group(account, parameters["AutoScalingGroupName"])
    if group.instances and not parameters.get("ForceDelete", False):
        raise refused(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
            "instance request(s) still in the group.",
        )
    begin_deletion(account, group)
    return {}


def set_desired_capacity(account: Account, parameters: Parameters) -> Parameters:
    """Set the desired capacity; launches and terminations follow at the next full minute (D99).

    Raises:
        ValidationError: there is no such group, or it is outside the group's bounds.
    """
    group = the_group(account, parameters["AutoScalingGroupName"])
    wanted = parameters["DesiredCapacity"]
    if wanted > group.maximum:
        raise invalid(
            f"New SetDesiredCapacity value {wanted} is above max value {group.maximum} for the "
            "AutoScalingGroup."
        )
    if wanted < group.minimum:
        raise invalid(
            f"New SetDesiredCapacity value {wanted} is below min value {group.minimum} for the "
            "AutoScalingGroup."
        )
    group.desired = wanted
    return {}
