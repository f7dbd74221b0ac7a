"""The operations of the ``application-autoscaling`` client by their names in the API."""

from __future__ import annotations

from placement.aws.client import Operation
from placement.aws.constraints import keeping_to_the_model
from placement.ecs.calls.application_autoscaling import (
    activities,
    forecasts,
    policies,
    scheduled_actions,
    targets,
)
from placement.ecs.calls.application_autoscaling.errors import EXCEPTIONS, MODEL

__all__ = ["OPERATIONS"]

_FUNCTIONS: dict[str, Operation] = {
    "DeleteScalingPolicy": policies.delete_scaling_policy,
    "DeleteScheduledAction": scheduled_actions.delete_scheduled_action,
    "DeregisterScalableTarget": targets.deregister_scalable_target,
    "DescribeScalableTargets": targets.describe_scalable_targets,
    "DescribeScalingActivities": activities.describe_scaling_activities,
    "DescribeScalingPolicies": policies.describe_scaling_policies,
    "DescribeScheduledActions": scheduled_actions.describe_scheduled_actions,
    "GetPredictiveScalingForecast": forecasts.get_predictive_scaling_forecast,
    "PutScalingPolicy": policies.put_scaling_policy,
    "PutScheduledAction": scheduled_actions.put_scheduled_action,
    "RegisterScalableTarget": targets.register_scalable_target,
}

OPERATIONS = keeping_to_the_model(_FUNCTIONS, MODEL, EXCEPTIONS, "ValidationException")
"""By the API's name: ``PutScalingPolicy``."""
