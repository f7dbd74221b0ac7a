"""Scaling policies: put, describe, delete (S13.1.1).

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.arns import aws_arn
from placement.ecs.calls.application_autoscaling.errors import invalid
from placement.ecs.calls.application_autoscaling.lookups import (
    DIMENSION,
    NAMESPACE,
    Parameters,
    check_resource,
    page,
    the_policy,
    the_service,
    the_target,
)
from placement.ecs.calls.application_autoscaling.policy_alarms import put_alarms
from placement.ecs.calls.application_autoscaling.policy_settings import (
    predictive_policy,
    step_policy,
    tracking,
)
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.alarms import make_alarm
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.metrics.evaluation import expect_look
from placement.ecs.control.scaling.forecasts import renew_forecast
from placement.ecs.control.scaling.records import (
    PolicyRecord,
    ScalableTargetRecord,
    TrackingPolicy,
)
from placement.ecs.control.scaling.removal import remove_policy
from placement.errors import describe_value
from placement.model.checks import checked_text
from placement.scaling.predictive import PredictivePolicy
from placement.scaling.steps import StepPolicy

__all__ = [
    "delete_scaling_policy",
    "describe_scaling_policies",
    "load_policy",
    "put_scaling_policy",
]

PAGE = 10

MEMBERS = {
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "StepScaling": "StepScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
"""The member with the configuration of each kind of policy."""


def put_scaling_policy(account: Account, parameters: Parameters) -> Parameters:
    """Put a policy, or give one another configuration; its ARN stays.

    Raises:
        ObjectNotFoundException: the service is not registered.
        ValidationException: the configuration is refused.
    """
    target = the_target(account, parameters, "No scalable target registered for")
    name = parameters["PolicyName"]
    known = target.policies.get(name)
    kind = parameters.get("PolicyType", "StepScaling" if known is None else known.kind)
    if known is not None and kind != known.kind:
        raise invalid(f"The type of the policy {name} is {known.kind}; it cannot become {kind}")
    document = _document(parameters, kind)
    settings = _read(account, target, kind, document)
    if isinstance(settings, TrackingPolicy):
        _check_alone(target, name, settings)
    policy = known
    if policy is None:
        arn = _new_arn(account, target, name)
        policy = PolicyRecord(name, arn, kind, document, settings, account.clock())
        target.policies[name] = policy
    before = policy.settings
    policy.document, policy.settings = document, settings
    account.scaling.version += 1
    if isinstance(settings, TrackingPolicy):
        was_fine = isinstance(before, TrackingPolicy) and before.high_resolution
        renames = was_fine != settings.high_resolution
        put_alarms(account, target, policy, settings, renames=renames)
    elif isinstance(settings, PredictivePolicy):
        renew_forecast(account, policy, always=True)
        expect_look(account)
    return {"PolicyARN": policy.arn, "Alarms": _alarms(account, policy)}


def _new_arn(account: Account, target: ScalableTargetRecord, name: str) -> str:
    return aws_arn(
        "autoscaling",
        account.region,
        account.account_id,
        f"scalingPolicy:{account.new_uuid()}:resource/ecs/{target.resource_id}:policyName/{name}",
    )


def load_policy(
    account: Account, parameters: Parameters, document: Mapping[str, Any], path: str
) -> None:
    """Add a policy as a document describes it, with the alarms that it names.

    Alarms of it that no document has are made: those of a target tracking policy as a call would
    make them, with the names that the document has; others so that they stay OK.

    Raises:
        ObjectNotFoundException, ValidationException: as the call would.
        DocumentError: its alarms have not the form that the service gives them.
    """
    target = the_target(account, parameters, "No scalable target registered for")
    name, kind = parameters["PolicyName"], parameters.get("PolicyType", "StepScaling")
    configuration = _document(parameters, kind)
    settings = _read(account, target, kind, configuration)
    arn = document.get("PolicyARN") or _new_arn(account, target, name)
    created_at = document.get("CreationTime") or account.clock()
    policy = PolicyRecord(name, str(arn), kind, configuration, settings, created_at)
    target.policies[name] = policy
    account.scaling.version += 1
    named = [
        checked_text(one.get("AlarmName"), f"{here}.AlarmName")
        for one, here in Fields(document, path).with_paths("Alarms")
    ]
    if isinstance(settings, StepPolicy):
        for alarm in named:
            if alarm not in account.alarms.by_name:
                make_alarm(account, alarm, policy.arn)
    if not isinstance(settings, TrackingPolicy):
        return
    known = {
        part: next((one for one in named if f"-Alarm{part}-" in one), "")
        for part in (("High", "Low") if settings.scale_in else ("High",))
    }
    policy.alarms = tuple(known.values())
    if any(alarm not in account.alarms.by_name for alarm in policy.alarms):
        put_alarms(account, target, policy, settings, renames=False)


def _document(parameters: Parameters, kind: str) -> Mapping[str, Any]:
    """Return the configuration of a call, which goes with the kind of the policy."""
    if kind not in MEMBERS:
        expected = ", ".join(MEMBERS)
        raise invalid(f"PolicyType must be one of {expected}, not {describe_value(kind)}")
    member = MEMBERS[kind]
    for name in MEMBERS.values():
        if name in parameters and name != member:
            raise invalid(f"{name} cannot be set for a policy of type {kind}")
    if member not in parameters:
        raise invalid(f"{member} must be set for a policy of type {kind}")
    found: Mapping[str, Any] = parameters[member]
    return found


def _read(
    account: Account, target: ScalableTargetRecord, kind: str, document: Mapping[str, Any]
) -> TrackingPolicy | StepPolicy | PredictivePolicy:
    if kind == "TargetTrackingScaling":
        return tracking(the_service(account, target.resource_id), document)
    return step_policy(document) if kind == "StepScaling" else predictive_policy(document)


def _check_alone(target: ScalableTargetRecord, name: str, settings: TrackingPolicy) -> None:
    """Refuse a second target tracking policy on one metric (S13.1.1)."""
    for other in target.policies.values():
        if (
            other.name != name
            and isinstance(other.settings, TrackingPolicy)
            and other.settings.metric == settings.metric
        ):
            raise invalid(
                "Only one TargetTrackingScaling policy for a given metric specification is allowed."
            )


def describe_scaling_policies(account: Account, parameters: Parameters) -> Parameters:
    """Describe policies, by resource id and in the order in which they were put."""
    check_resource(parameters, needs_resource=False)
    resource, names = parameters.get("ResourceId"), parameters.get("PolicyNames")
    found = [
        (target.resource_id, policy)
        for _, target in sorted(account.scaling.targets.items())
        if resource is None or target.resource_id == resource
        for policy in target.policies.values()
        if not names or policy.name in names
    ]
    shown, token = page(found, parameters, PAGE)
    return {"ScalingPolicies": [_answer(account, *one) for one in shown], **token}


def _answer(account: Account, resource_id: str, policy: PolicyRecord) -> dict[str, Any]:
    return {
        "PolicyARN": policy.arn,
        "PolicyName": policy.name,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource_id,
        "ScalableDimension": DIMENSION,
        "PolicyType": policy.kind,
        MEMBERS[policy.kind]: policy.document,
        "Alarms": _alarms(account, policy),
        "CreationTime": policy.created_at,
    }


def _alarms(account: Account, policy: PolicyRecord) -> list[dict[str, str]]:
    """Return the alarms of a policy: those made for it, or for step scaling those that name it."""
    known = account.alarms.by_name
    if isinstance(policy.settings, StepPolicy):
        names = [
            name
            for name, alarm in known.items()
            if any(
                arn.partition(":createdBy/")[0] == policy.arn
                for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
                for arn in alarm.settings.further.get(kind, ())
            )
        ]
    else:
        names = [name for name in policy.alarms if name in known]
    return [{"AlarmName": name, "AlarmARN": known[name].arn} for name in names]


def delete_scaling_policy(account: Account, parameters: Parameters) -> Parameters:
    """Delete a policy, and the alarms that were made for it.

    Raises:
        ObjectNotFoundException: there is none.
    """
    target, policy = the_policy(account, parameters)
    remove_policy(account, target, policy)
    return {}
