"""Scalable targets: register, describe, deregister (S13.1.1).

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.arns import aws_arn, partition_of
from placement.ecs.calls.application_autoscaling.errors import invalid
from placement.ecs.calls.application_autoscaling.lookups import (
    DIMENSION,
    NAMESPACE,
    Parameters,
    check_resource,
    page,
    the_service,
    the_target,
)
from placement.ecs.control.account import Account
from placement.ecs.control.scaling.counts import apply_bounds
from placement.ecs.control.scaling.records import ScalableTargetRecord, Suspended
from placement.ecs.control.scaling.removal import remove_target
from placement.errors import PolicyError
from placement.model.checks import checked_count
from placement.scaling.bounds import Bounds, BoundsChange

__all__ = [
    "deregister_scalable_target",
    "describe_scalable_targets",
    "load_target",
    "register_scalable_target",
]

PAGE = 50
ROLE = "aws-service-role/ecs.application-autoscaling.amazonaws.com/"
ROLE_NAME = "AWSServiceRoleForApplicationAutoScaling_ECSService"


def register_scalable_target(account: Account, parameters: Parameters) -> Parameters:
    """Register a service, or change a registered one: what is not given stays.

    The desired count is put into the bounds at once.

    Raises:
        ValidationException: it is no ACTIVE service, or the bounds cannot be.
    """
    check_resource(parameters)
    resource_id = parameters["ResourceId"]
    minimum, maximum = parameters.get("MinCapacity"), parameters.get("MaxCapacity")
    for name, value in (("Minimum", minimum), ("Maximum", maximum)):
        if value is not None and value < 0:
            raise invalid(f"{name} capacity cannot be less than 0")
    known = account.scaling.targets.get(resource_id)
    if known is None and (minimum is None or maximum is None):
        raise invalid("MinCapacity and MaxCapacity must be set when a scalable target is new")
    service = the_service(account, resource_id)
    try:
        bounds = Bounds(
            known.bounds.minimum if minimum is None and known is not None else minimum or 0,
            known.bounds.maximum if maximum is None and known is not None else maximum or 0,
        )
    except PolicyError as error:
        raise invalid(error.reason) from None
    target = known
    if target is None:
        target = account.scaling.targets[resource_id] = _new_target(
            account, resource_id, service.number, bounds
        )
    _set_further(target, parameters)
    apply_bounds(account, target, BoundsChange(bounds.minimum, bounds.maximum))
    return {"ScalableTargetARN": target.arn}


def load_target(account: Account, parameters: Parameters, document: Mapping[str, Any]) -> None:
    """Register a target as a document describes it; the desired count stays as it is.

    Raises:
        ValidationException: its service is not there, or its bounds cannot be.
    """
    check_resource(parameters)
    resource_id = parameters["ResourceId"]
    service = the_service(account, resource_id)
    try:
        bounds = Bounds(parameters.get("MinCapacity", 0), parameters.get("MaxCapacity", 0))
    except PolicyError as error:
        raise invalid(error.reason) from None
    arn = document.get("ScalableTargetARN")
    target = _new_target(
        account, resource_id, service.number, bounds, None if arn is None else str(arn)
    )
    created_at = document.get("CreationTime")
    if created_at is not None:
        target.created_at = created_at
    predicted = document.get("PredictedCapacity")
    if predicted is not None:
        target.predicted = checked_count(predicted, "PredictedCapacity")
    _set_further(target, parameters)
    account.scaling.targets[resource_id] = target


def _new_target(
    account: Account, resource_id: str, service: int, bounds: Bounds, arn: str | None = None
) -> ScalableTargetRecord:
    """Return a new target, which the account does not have yet; without an ARN it gets one."""
    partition = partition_of(account.region).name
    if arn is None:
        resource = f"scalable-target/{account.new_id()}"
        arn = aws_arn("application-autoscaling", account.region, account.account_id, resource)
    return ScalableTargetRecord(
        resource_id,
        service,
        arn,
        bounds,
        f"arn:{partition}:iam::{account.account_id}:role/{ROLE}{ROLE_NAME}",
        account.clock(),
    )


def _set_further(target: ScalableTargetRecord, parameters: Parameters) -> None:
    """Set what a call gives beside the bounds."""
    given = parameters.get("SuspendedState")
    if given is not None:
        names = {
            "scale_in": "DynamicScalingInSuspended",
            "scale_out": "DynamicScalingOutSuspended",
            "scheduled": "ScheduledScalingSuspended",
        }
        flags = {ours: given[name] for ours, name in names.items() if name in given}
        target.suspended = attrs.evolve(target.suspended, **flags)
    target.role_arn = parameters.get("RoleARN", target.role_arn)
    target.tags = {**target.tags, **parameters.get("Tags", {})}


def describe_scalable_targets(account: Account, parameters: Parameters) -> Parameters:
    """Describe scalable targets, by resource id."""
    check_resource(parameters, needs_resource=False)
    wanted = parameters.get("ResourceIds")
    found = [
        target
        for name, target in sorted(account.scaling.targets.items())
        if not wanted or name in wanted
    ]
    targets, token = page(found, parameters, PAGE)
    return {"ScalableTargets": [_answer(one) for one in targets], **token}


def _answer(target: ScalableTargetRecord) -> Parameters:
    suspended: Suspended = target.suspended
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": target.resource_id,
        "ScalableDimension": DIMENSION,
        "MinCapacity": target.bounds.minimum,
        "MaxCapacity": target.bounds.maximum,
        **({} if target.predicted is None else {"PredictedCapacity": target.predicted}),
        "RoleARN": target.role_arn,
        "CreationTime": target.created_at,
        "SuspendedState": {
            "DynamicScalingInSuspended": suspended.scale_in,
            "DynamicScalingOutSuspended": suspended.scale_out,
            "ScheduledScalingSuspended": suspended.scheduled,
        },
        "ScalableTargetARN": target.arn,
    }


def deregister_scalable_target(account: Account, parameters: Parameters) -> Parameters:
    """Deregister a target: its policies and scheduled actions are deleted, its service stays."""
    remove_target(account, the_target(account, parameters))
    return {}
