"""Target groups: create, describe, change, delete; their attributes.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from placement.ecs.calls.elbv2.answers import attributes_answer, target_group_answer
from placement.ecs.calls.elbv2.checking import (
    changed_attributes,
    check_name,
    check_only_one,
    given,
    tags_of,
)
from placement.ecs.calls.elbv2.errors import invalid, refused, unsupported
from placement.ecs.calls.elbv2.lookups import by_names, the_load_balancer, the_target_group
from placement.ecs.calls.elbv2.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.creation import new_target_group
from placement.ecs.control.load_balancing.defaults import (
    HTTP_PROTOCOLS,
    default_settings,
    group_attributes,
)
from placement.ecs.control.load_balancing.records import HealthCheckSettings
from placement.errors import describe_value
from placement.timestamps import microseconds

__all__ = [
    "create_target_group",
    "delete_target_group",
    "describe_target_group_attributes",
    "describe_target_groups",
    "modify_target_group",
    "modify_target_group_attributes",
]

Parameters = dict[str, Any]

_DRAINING_INTERVAL = "target_health_state.unhealthy.draining_interval_seconds"
_VERSIONS = ("HTTP1", "HTTP2", "GRPC")
_CODES = r"[0-9]{1,3}(?:-[0-9]{1,3})?(?:,[0-9]{1,3}(?:-[0-9]{1,3})?)*"


def create_target_group(account: Account, parameters: Parameters) -> Parameters:
    """Create a target group.

    Target types are ``instance`` and ``ip``, the ones that ECS registers tasks in.
    """
    name = parameters["Name"]
    check_name(name, "Target group")
    target_type = parameters.get("TargetType", "instance")
    if target_type not in ("instance", "ip"):
        raise unsupported(f"TargetType {target_type}")
    for key, words in (("Protocol", "A protocol"), ("Port", "A port"), ("VpcId", "A VPC ID")):
        if not parameters.get(key):
            raise invalid(f"{words} must be specified")
    protocol = parameters["Protocol"]
    if protocol == "GENEVE":
        raise unsupported("Protocol GENEVE")
    version = _version(parameters, protocol)
    start = default_settings(protocol, version, parameters.get("HealthCheckProtocol"))
    settings = _settings(parameters, start, protocol)
    tags = tags_of(parameters.get("Tags", ()))
    further = {"IpAddressType": "ipv4", **given(parameters, ("IpAddressType", "TargetControlPort"))}
    fields: dict[str, Any] = {
        "protocol": protocol,
        "port": parameters["Port"],
        "vpc": parameters["VpcId"],
        "target_type": target_type,
        "version": version,
        "settings": settings,
        "further": further,
    }
    for known in account.elb.targets.groups.values():
        if known.name == name:
            if all(getattr(known, field) == value for field, value in fields.items()):
                return {"TargetGroups": [target_group_answer(known)]}
            raise refused(
                "DuplicateTargetGroupName",
                f"A target group with the name {describe_value(name)} exists, but with different "
                "settings",
            )
    record = new_target_group(account, name, **fields, tags=tags)
    account.elb.targets.groups[record.arn] = record
    return {"TargetGroups": [target_group_answer(record)]}


def _version(parameters: Mapping[str, Any], protocol: str) -> str | None:
    """Return the protocol version of a new group; None: its protocol has none."""
    given_version = parameters.get("ProtocolVersion")
    if protocol not in HTTP_PROTOCOLS:
        if given_version is not None:
            raise invalid(f"A protocol version cannot be specified for {protocol}")
        return None
    version: str = given_version or "HTTP1"
    if version not in _VERSIONS:
        raise invalid(
            f"Protocol version {describe_value(version)} must be one of {', '.join(_VERSIONS)}"
        )
    return version


def _settings(
    parameters: Mapping[str, Any], before: HealthCheckSettings, protocol: str
) -> HealthCheckSettings:
    """Return the health check as a call wants it.

    Args:
        parameters: The call's parameters.
        before: The health check as it is, or the defaults of a new one.
        protocol: The group's protocol.
    """
    if not parameters.get("HealthCheckEnabled", True):
        raise invalid("Health checks cannot be disabled for target types instance and ip")
    names = {
        "interval": "HealthCheckIntervalSeconds",
        "timeout": "HealthCheckTimeoutSeconds",
        "healthy_threshold": "HealthyThresholdCount",
        "unhealthy_threshold": "UnhealthyThresholdCount",
        "protocol": "HealthCheckProtocol",
        "port": "HealthCheckPort",
        "path": "HealthCheckPath",
    }
    changes = {field: parameters[name] for field, name in names.items() if name in parameters}
    if "Matcher" in parameters:
        changes["matcher"] = _matcher(parameters["Matcher"], before.matcher)
    found = attrs.evolve(before, **changes)
    if found.protocol not in (*HTTP_PROTOCOLS, "TCP"):
        raise invalid(f"Health check protocol {found.protocol} must be one of HTTP, HTTPS, TCP")
    is_http_check = found.protocol in HTTP_PROTOCOLS
    if protocol in HTTP_PROTOCOLS and not is_http_check:
        raise invalid(f"Health check protocol TCP is not supported for {protocol} target groups")
    if not is_http_check and ("path" in changes or "matcher" in changes):
        raise invalid("Health check paths and matchers are for HTTP and HTTPS health checks only")
    if found.path is not None and not found.path.startswith("/"):
        raise invalid(f"Health check path {describe_value(found.path)} must begin with /")
    is_port = re.fullmatch(r"[1-9][0-9]{0,4}", found.port) and int(found.port) <= 65535
    if found.port != "traffic-port" and not is_port:
        raise invalid(
            f"Health check port {describe_value(found.port)} must be traffic-port or a port from 1 "
            "to 65535"
        )
    if "timeout" in changes and found.timeout >= found.interval:
        raise invalid(
            f"Health check timeout {found.timeout} must be smaller than the interval "
            f"{found.interval}"
        )
    return found


def _matcher(given_matcher: Mapping[str, str], before: Any) -> Mapping[str, str]:
    """Return the codes that a check takes as a pass."""
    kind = next(iter(before or {"HttpCode": ""}))
    if list(given_matcher) != [kind]:
        raise invalid(f"The matcher must have {kind}, and nothing else")
    if not re.fullmatch(_CODES, given_matcher[kind]):
        raise invalid(
            f"{kind} {describe_value(given_matcher[kind])} must be codes such as 200,202 or a "
            "range such as 200-299"
        )
    return given_matcher


def describe_target_groups(account: Account, parameters: Parameters) -> Parameters:
    """Describe all target groups, or those of names, ARNs or a load balancer."""
    check_only_one(parameters, ("LoadBalancerArn", "TargetGroupArns", "Names"))
    known = account.elb.targets.groups
    keys = list(known)
    if parameters.get("LoadBalancerArn"):
        arn = the_load_balancer(account.elb, parameters["LoadBalancerArn"]).arn
        keys = [one.arn for one in known.values() if one.load_balancer == arn]
    elif parameters.get("TargetGroupArns"):
        found = [the_target_group(account.elb, arn) for arn in parameters["TargetGroupArns"]]
        keys = list(dict.fromkeys(one.arn for one in found))
    elif parameters.get("Names"):
        names, code = parameters["Names"], "TargetGroupNotFound"
        keys = [one.arn for one in by_names(known.values(), names, code, "target group")]
    records, following = page(keys, known, parameters)
    return {"TargetGroups": [target_group_answer(one) for one in records], **following}


def modify_target_group(account: Account, parameters: Parameters) -> Parameters:
    """Change the health check of a target group.

    Failures and passes in a row stay counted; the next check is made one interval from now.
    """
    record = the_target_group(account.elb, parameters["TargetGroupArn"])
    before = record.settings
    wanted = parameters.get("HealthCheckProtocol", before.protocol)
    if (wanted in HTTP_PROTOCOLS) is not (before.protocol in HTTP_PROTOCOLS):
        start = default_settings(record.protocol, record.version, wanted)
        before = attrs.evolve(before, protocol=wanted, path=start.path, matcher=start.matcher)
    settings = _settings(parameters, before, record.protocol)
    now = microseconds(account.clock())
    account.elb.targets.change_settings(record.arn, settings, now)
    return {"TargetGroups": [target_group_answer(record)]}


def delete_target_group(account: Account, parameters: Parameters) -> Parameters:
    """Delete a target group that no rule names; one that is not there is no error."""
    arn = parameters["TargetGroupArn"]
    record = account.elb.targets.groups.get(arn)
    if record is None:
        return {}
    if record.rules:
        raise refused(
            "ResourceInUse",
            f"Target group {arn} is currently in use by a listener or a rule",
        )
    account.elb.targets.remove_group(arn, microseconds(account.clock()))
    return {}


def describe_target_group_attributes(account: Account, parameters: Parameters) -> Parameters:
    """Describe the attributes of a target group."""
    record = the_target_group(account.elb, parameters["TargetGroupArn"])
    return {"Attributes": attributes_answer(record.attributes)}


def modify_target_group_attributes(account: Account, parameters: Parameters) -> Parameters:
    """Change attributes of a target group.

    Of them the deregistration delay decides how long targets drain from now on, and
    ``target_group_health.unhealthy_state_routing`` who gets traffic.
    """
    record = the_target_group(account.elb, parameters["TargetGroupArn"])
    rules = group_attributes(record.protocol, record.target_type, record.version)
    found = changed_attributes(rules, record.attributes, parameters["Attributes"])
    if found.get(_DRAINING_INTERVAL, "0") != "0":
        raise unsupported(_DRAINING_INTERVAL)
    record.attributes = found
    return {"Attributes": attributes_answer(record.attributes)}
