"""Load balancers: create, describe, change, delete.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from placement.ecs.calls.elbv2.answers import (
    attributes_answer,
    load_balancer_answer,
    zones_answer,
)
from placement.ecs.calls.elbv2.checking import (
    changed_attributes,
    check_name,
    check_only_one,
    given,
    tags_of,
)
from placement.ecs.calls.elbv2.errors import invalid, refused, unsupported
from placement.ecs.calls.elbv2.lookups import by_names, the_load_balancer
from placement.ecs.calls.elbv2.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.creation import new_load_balancer
from placement.ecs.control.load_balancing.defaults import load_balancer_attributes
from placement.ecs.control.load_balancing.records import LoadBalancer
from placement.errors import describe_value
from placement.timestamps import microseconds

__all__ = [
    "create_load_balancer",
    "delete_load_balancer",
    "describe_load_balancer_attributes",
    "describe_load_balancers",
    "modify_load_balancer_attributes",
    "set_ip_address_type",
    "set_security_groups",
    "set_subnets",
]

Parameters = dict[str, Any]

_STORED = ("CustomerOwnedIpv4Pool", "EnablePrefixForIpv6SourceNat", "IpamPools")


def create_load_balancer(account: Account, parameters: Parameters) -> Parameters:
    """Create a load balancer, which is active at once."""
    name, kind = parameters["Name"], parameters.get("Type", "application")
    check_name(name, "Load balancer")
    if name.startswith("internal-"):
        raise invalid(f"Load balancer name {describe_value(name)} cannot begin with internal-")
    if kind == "gateway":
        raise unsupported("Type gateway")
    scheme = parameters.get("Scheme", "internet-facing")
    subnets = _subnets(account, parameters, kind)
    groups = parameters.get("SecurityGroups", [])
    address_type = parameters.get("IpAddressType", "ipv4")
    tags = tags_of(parameters.get("Tags", ()), duplicate_code="DuplicateTagKeys")
    further = given(parameters, _STORED)
    settings = (kind, scheme, subnets, groups, address_type, further)
    for known in account.elb.load_balancers.values():
        if known.name == name:
            if _settings_of(known) == settings and known.tags == tags:
                return {"LoadBalancers": [load_balancer_answer(account, known)]}
            raise refused(
                "DuplicateLoadBalancerName",
                f"A load balancer with the name {describe_value(name)} exists, but with different "
                "settings",
            )
    record = new_load_balancer(
        account,
        name,
        created_at=account.clock(),
        kind=kind,
        scheme=scheme,
        subnets=subnets,
        security_groups=groups,
        ip_address_type=address_type,
        further=further,
        tags=tags,
    )
    account.elb.load_balancers[record.arn] = record
    return {"LoadBalancers": [load_balancer_answer(account, record)]}


def _settings_of(record: LoadBalancer) -> tuple[Any, ...]:
    """Return what a second call of the same name has to repeat."""
    return (
        record.kind,
        record.scheme,
        record.subnets,
        record.security_groups,
        record.ip_address_type,
        record.further,
    )


def _subnets(
    account: Account, parameters: Mapping[str, Any], kind: str
) -> dict[str, dict[str, Any]]:
    """Return the subnets of a load balancer by id, with what ``SubnetMappings`` says of each."""
    check_only_one(parameters, ("Subnets", "SubnetMappings"), is_needed=True)
    plain: Sequence[str] = parameters.get("Subnets", ())
    mappings: Sequence[Mapping[str, Any]] = parameters.get("SubnetMappings", ())
    found: dict[str, dict[str, Any]] = {subnet: {} for subnet in plain}
    for mapping in mappings:
        if not mapping.get("SubnetId"):
            raise invalid("A subnet ID must be specified in each subnet mapping")
        rest = {key: value for key, value in mapping.items() if key != "SubnetId"}
        found[mapping["SubnetId"]] = rest
    if len(found) < len(plain) + len(mappings):
        raise refused("InvalidConfigurationRequest", "A subnet is specified more than once")
    if kind == "application" and len(found) < 2:
        raise invalid("At least two subnets in two different Availability Zones must be specified")
    zones = [account.subnets[subnet][1] for subnet in found if subnet in account.subnets]
    if len(set(zones)) < len(zones):
        raise refused(
            "InvalidConfigurationRequest",
            "A load balancer cannot have several subnets in the same Availability Zone",
        )
    return found


def describe_load_balancers(account: Account, parameters: Parameters) -> Parameters:
    """Describe all load balancers, or those of names or ARNs."""
    check_only_one(parameters, ("LoadBalancerArns", "Names"))
    known = account.elb.load_balancers
    keys = list(known)
    if parameters.get("LoadBalancerArns"):
        found = [the_load_balancer(account.elb, arn) for arn in parameters["LoadBalancerArns"]]
        keys = list(dict.fromkeys(one.arn for one in found))
    elif parameters.get("Names"):
        names, code = parameters["Names"], "LoadBalancerNotFound"
        keys = [one.arn for one in by_names(known.values(), names, code, "load balancer")]
    records, following = page(keys, known, parameters)
    return {"LoadBalancers": [load_balancer_answer(account, one) for one in records], **following}


def delete_load_balancer(account: Account, parameters: Parameters) -> Parameters:
    """Delete a load balancer with its listeners; one that is not there is no error."""
    arn = parameters["LoadBalancerArn"]
    record = account.elb.load_balancers.get(arn)
    if record is None:
        return {}
    if record.attributes["deletion_protection.enabled"] == "true":
        raise refused(
            "OperationNotPermitted",
            f"Load balancer {arn} cannot be deleted because deletion protection is enabled",
        )
    account.elb.remove_load_balancer(arn, microseconds(account.clock()))
    return {}


def describe_load_balancer_attributes(account: Account, parameters: Parameters) -> Parameters:
    """Describe the attributes of a load balancer."""
    record = the_load_balancer(account.elb, parameters["LoadBalancerArn"])
    return {"Attributes": attributes_answer(record.attributes)}


def modify_load_balancer_attributes(account: Account, parameters: Parameters) -> Parameters:
    """Change attributes of a load balancer; of them only deletion protection decides anything."""
    record = the_load_balancer(account.elb, parameters["LoadBalancerArn"])
    rules = load_balancer_attributes(record.kind, record.scheme)
    record.attributes = changed_attributes(rules, record.attributes, parameters["Attributes"])
    return {"Attributes": attributes_answer(record.attributes)}


def set_subnets(account: Account, parameters: Parameters) -> Parameters:
    """Replace the subnets of a load balancer."""
    record = the_load_balancer(account.elb, parameters["LoadBalancerArn"])
    record.subnets = dict(_subnets(account, parameters, record.kind))
    record.ip_address_type = parameters.get("IpAddressType", record.ip_address_type)
    record.further = {**record.further, **given(parameters, ("EnablePrefixForIpv6SourceNat",))}
    return {
        "AvailabilityZones": zones_answer(account, record),
        "IpAddressType": record.ip_address_type,
        **given(record.further, ("EnablePrefixForIpv6SourceNat",)),
    }


def set_security_groups(account: Account, parameters: Parameters) -> Parameters:
    """Replace the security groups of a load balancer."""
    record = the_load_balancer(account.elb, parameters["LoadBalancerArn"])
    enforce = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    if parameters.get(enforce, "on") not in ("on", "off"):
        raise invalid(f"{enforce} is on or off, not {describe_value(parameters[enforce])}")
    if enforce in parameters and record.kind != "network":
        raise refused(
            "InvalidConfigurationRequest", f"{enforce} is for Network Load Balancers only"
        )
    record.security_groups = parameters["SecurityGroups"]
    record.further = {**record.further, **given(parameters, (enforce,))}
    return {"SecurityGroupIds": record.security_groups, **given(record.further, (enforce,))}


def set_ip_address_type(account: Account, parameters: Parameters) -> Parameters:
    """Change the type of IP addresses of a load balancer."""
    record = the_load_balancer(account.elb, parameters["LoadBalancerArn"])
    record.ip_address_type = parameters["IpAddressType"]
    return {"IpAddressType": record.ip_address_type}
