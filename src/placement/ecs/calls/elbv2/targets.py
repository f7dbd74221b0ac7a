"""Targets: register, deregister, describe their health.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.elbv2.answers import target_answer, unregistered_answer
from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.calls.elbv2.lookups import the_target_group
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.records import TargetGroup
from placement.ecs.control.load_balancing.targets import TargetKey
from placement.errors import describe_value
from placement.timestamps import microseconds

__all__ = ["deregister_targets", "describe_target_health", "register_targets"]

Parameters = dict[str, Any]


def register_targets(account: Account, parameters: Parameters) -> Parameters:
    """Register targets; their checks pass, unless ``session.set_target_health`` says otherwise."""
    group = the_target_group(account.elb, parameters["TargetGroupArn"])
    documents = _targets(parameters)
    for one in documents:
        _check_id(group, one["Id"])
    now = microseconds(account.clock())
    for one in documents:
        zone = one.get("AvailabilityZone")
        account.elb.targets.register(group.arn, _key(group, one), now, zone=zone)
    return {}


def deregister_targets(account: Account, parameters: Parameters) -> Parameters:
    """Deregister targets, which drain for the group's delay; one that is not there is no error."""
    group = the_target_group(account.elb, parameters["TargetGroupArn"])
    documents = _targets(parameters)
    now = microseconds(account.clock())
    for one in documents:
        account.elb.targets.deregister(group.arn, _key(group, one), now)
    return {}


def describe_target_health(account: Account, parameters: Parameters) -> Parameters:
    """Describe the health of all targets of a group, or of those that are named."""
    group = the_target_group(account.elb, parameters["TargetGroupArn"])
    keys: list[TargetKey] = [_key(group, one) for one in parameters.get("Targets", ())]
    now = microseconds(account.clock())
    table, found = account.elb.targets, []
    for key in dict.fromkeys(keys or group.targets):
        target = group.targets.get(key)
        if target is None:
            found.append(unregistered_answer(group, *key))
        else:
            found.append(target_answer(group, target, table.reason_of(target, now)))
    return {"TargetHealthDescriptions": found}


def _targets(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parameters["Targets"]
    if not found:
        raise invalid("At least one target must be specified")
    return found


def _key(group: TargetGroup, document: Mapping[str, Any]) -> TargetKey:
    return document["Id"], document.get("Port", group.port)


def _check_id(group: TargetGroup, id: str) -> None:
    """Refuse an id that is none of the group's target type (D61)."""
    if group.target_type == "ip":
        try:
            ipaddress.ip_address(id)
        except ValueError:
            raise invalid(f"The IP address {describe_value(id)} is not valid") from None
    elif not id.startswith("i-"):
        raise refused("InvalidTarget", f"The instance ID {describe_value(id)} is not valid")
