"""The operations of the ``autoscaling`` client by their names in the API."""

from __future__ import annotations

from placement.aws.client import Operation
from placement.aws.constraints import keeping_to_the_model
from placement.ecs.calls.autoscaling import groups, instances
from placement.ecs.calls.autoscaling.errors import EXCEPTIONS, MODEL

__all__ = ["OPERATIONS"]

_FUNCTIONS: dict[str, Operation] = {
    "CreateAutoScalingGroup": groups.create_auto_scaling_group,
    "DeleteAutoScalingGroup": groups.delete_auto_scaling_group,
    "DescribeAutoScalingGroups": groups.describe_auto_scaling_groups,
    "DescribeAutoScalingInstances": instances.describe_auto_scaling_instances,
    "DescribeScalingActivities": instances.describe_scaling_activities,
    "SetDesiredCapacity": groups.set_desired_capacity,
    "SetInstanceProtection": instances.set_instance_protection,
    "TerminateInstanceInAutoScalingGroup": instances.terminate_instance_in_auto_scaling_group,
    "UpdateAutoScalingGroup": groups.update_auto_scaling_group,
}

OPERATIONS = keeping_to_the_model(_FUNCTIONS, MODEL, EXCEPTIONS)
"""By the API's name: ``CreateAutoScalingGroup``."""
