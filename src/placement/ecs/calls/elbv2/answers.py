"""What calls of ``elbv2`` answer: documents of records, in one place for each field.

In: records.  Out: new documents in the API's form.  Must not change anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.records import (
    Action,
    Listener,
    LoadBalancer,
    Rule,
    TargetGroup,
)
from placement.ecs.control.load_balancing.targets import Target, TargetReason, TargetState

__all__ = [
    "attributes_answer",
    "listener_answer",
    "load_balancer_answer",
    "rule_answer",
    "tags_answer",
    "target_answer",
    "target_group_answer",
    "unregistered_answer",
    "zones_answer",
]

_DESCRIPTIONS = {
    TargetReason.REGISTRATION_IN_PROGRESS: "Target registration is in progress",
    TargetReason.INITIAL_HEALTH_CHECKING: "Initial health checks in progress",
    TargetReason.RESPONSE_CODE_MISMATCH: "Health checks failed by the code of the answer",
    TargetReason.TIMEOUT: "Request timed out",
    TargetReason.FAILED_HEALTH_CHECKS: "Health checks failed",
    TargetReason.NOT_REGISTERED: "Target is not registered to the target group",
    TargetReason.NOT_IN_USE: "Target group is not used by any load balancer",
    TargetReason.DEREGISTRATION_IN_PROGRESS: "Target deregistration is in progress",
}


def tags_answer(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the API's form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def attributes_answer(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes in the API's form."""
    return [{"Key": key, "Value": value} for key, value in sorted(attributes.items())]


def zones_answer(account: Account, record: LoadBalancer) -> list[dict[str, Any]]:
    """Return the zones of a load balancer: those of its subnets, as far as they are known (C46)."""
    found = []
    for subnet, mapping in record.subnets.items():
        _, zone = account.subnets.get(subnet, ("", f"{account.region}a"))
        addresses = [
            {ours: mapping[theirs] for theirs, ours in _ADDRESS_FIELDS if theirs in mapping}
        ]
        found.append(
            {
                "ZoneName": zone,
                "SubnetId": subnet,
                "LoadBalancerAddresses": [one for one in addresses if one],
            }
        )
    return sorted(found, key=lambda one: (one["ZoneName"], one["SubnetId"]))


_ADDRESS_FIELDS = (
    ("AllocationId", "AllocationId"),
    ("PrivateIPv4Address", "PrivateIPv4Address"),
    ("IPv6Address", "IPv6Address"),
)


def load_balancer_answer(account: Account, record: LoadBalancer) -> dict[str, Any]:
    """Return a load balancer; it is active as soon as it is created."""
    vpcs = [account.subnets[subnet][0] for subnet in record.subnets if subnet in account.subnets]
    return {
        "LoadBalancerArn": record.arn,
        "DNSName": record.dns_name,
        "CreatedTime": record.created_at,
        "LoadBalancerName": record.name,
        "Scheme": record.scheme,
        **({"VpcId": vpcs[0]} if vpcs else {}),
        "State": {"Code": "active"},
        "Type": record.kind,
        "AvailabilityZones": zones_answer(account, record),
        "SecurityGroups": record.security_groups,
        "IpAddressType": record.ip_address_type,
        **record.further,
    }


def target_group_answer(record: TargetGroup) -> dict[str, Any]:
    """Return a target group."""
    settings = record.settings
    version = {} if record.version is None else {"ProtocolVersion": record.version}
    path = {} if settings.path is None else {"HealthCheckPath": settings.path}
    matcher = {} if settings.matcher is None else {"Matcher": settings.matcher}
    return {
        "TargetGroupArn": record.arn,
        "TargetGroupName": record.name,
        "Protocol": record.protocol,
        "Port": record.port,
        "VpcId": record.vpc,
        "HealthCheckProtocol": settings.protocol,
        "HealthCheckPort": settings.port,
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": settings.interval,
        "HealthCheckTimeoutSeconds": settings.timeout,
        "HealthyThresholdCount": settings.healthy_threshold,
        "UnhealthyThresholdCount": settings.unhealthy_threshold,
        **path,
        **matcher,
        "LoadBalancerArns": [] if record.load_balancer is None else [record.load_balancer],
        "TargetType": record.target_type,
        **version,
        **record.further,
    }


def listener_answer(record: Listener, default: Rule) -> dict[str, Any]:
    """Return a listener; ``default`` is its default rule."""
    return {
        "ListenerArn": record.arn,
        "LoadBalancerArn": record.load_balancer,
        "Port": record.port,
        "Protocol": record.protocol,
        "DefaultActions": [_action_answer(one) for one in default.actions],
        **record.further,
    }


def rule_answer(record: Rule) -> dict[str, Any]:
    """Return a rule."""
    return {
        "RuleArn": record.arn,
        "Priority": "default" if record.priority is None else str(record.priority),
        "Conditions": record.conditions,
        "Actions": [_action_answer(one) for one in record.actions],
        "IsDefault": record.priority is None,
        **({"Transforms": record.transforms} if record.transforms else {}),
    }


def _action_answer(action: Action) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": action.kind}
    if action.order is not None:
        found["Order"] = action.order
    if action.forward is not None:
        weights = action.forward.weights
        if len(weights) == 1:
            found["TargetGroupArn"] = weights[0][0]
        found["ForwardConfig"] = {
            "TargetGroups": [
                {"TargetGroupArn": group, "Weight": weight} for group, weight in weights
            ],
            "TargetGroupStickinessConfig": action.forward.stickiness or {"Enabled": False},
        }
    return {**found, **action.further}


def target_answer(
    group: TargetGroup, target: Target, reason: TargetReason | None
) -> dict[str, Any]:
    """Return the health of a registered target."""
    id, port = target.key
    found = _health_answer(group, id, port, target.zone, target.state, reason)
    further = dict(target.further)
    found["Target"] |= further.pop("Target", {})
    return {**further, **found}


def unregistered_answer(group: TargetGroup, id: str, port: int) -> dict[str, Any]:
    """Return the health of a target that is not registered."""
    reason = TargetReason.NOT_REGISTERED
    return _health_answer(group, id, port, None, TargetState.UNUSED, reason)


def _health_answer(
    group: TargetGroup,
    id: str,
    port: int,
    zone: str | None,
    state: TargetState,
    reason: TargetReason | None,
) -> dict[str, Any]:
    checked = group.settings.port
    target: dict[str, Any] = {"Id": id, "Port": port}
    health = {"State": state.value}
    if zone is not None:
        target["AvailabilityZone"] = zone
    if reason is not None:
        health |= {"Reason": reason.value, "Description": _DESCRIPTIONS[reason]}
    return {
        "Target": target,
        "HealthCheckPort": str(port) if checked == "traffic-port" else checked,
        "TargetHealth": health,
    }
