"""Listeners: create, describe, change, delete.

In: the account and checked parameters.  Out: answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.calls.elbv2.actions import check_protocols, read_actions
from placement.ecs.calls.elbv2.answers import listener_answer
from placement.ecs.calls.elbv2.checking import check_only_one, given, tags_of
from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.calls.elbv2.lookups import the_listener, the_load_balancer
from placement.ecs.calls.elbv2.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.creation import new_listener
from placement.ecs.control.load_balancing.defaults import HTTP_PROTOCOLS
from placement.ecs.control.load_balancing.records import Listener, LoadBalancer
from placement.timestamps import microseconds

__all__ = ["create_listener", "delete_listener", "describe_listeners", "modify_listener"]

Parameters = dict[str, Any]

_ENCRYPTION = ("SslPolicy", "Certificates")
_STORED = (*_ENCRYPTION, "AlpnPolicy", "MutualAuthentication")
_POLICY = "ELBSecurityPolicy-2016-08"
"""The security policy where none is given: the API's default for listeners made by calls."""


def create_listener(account: Account, parameters: Parameters) -> Parameters:
    """Create a listener with its default rule; the groups that it names come into use."""
    load_balancer = the_load_balancer(account.elb, parameters["LoadBalancerArn"])
    for name, words in (("Protocol", "A protocol"), ("Port", "A port")):
        if name not in parameters:
            raise invalid(f"{words} must be specified")
    protocol, port = parameters["Protocol"], parameters["Port"]
    _check_protocol(load_balancer, protocol)
    _check_port(account, load_balancer, port)
    further = _further(given(parameters, _STORED), protocol)
    actions = read_actions(account.elb, parameters["DefaultActions"], load_balancer, protocol)
    tags = tags_of(parameters.get("Tags", ()))
    now = microseconds(account.clock())
    listener, rule = new_listener(
        account,
        load_balancer,
        protocol=protocol,
        port=port,
        actions=actions,
        further=further,
        tags=tags,
    )
    account.elb.add_listener(listener, rule, now)
    return {"Listeners": [listener_answer(listener, rule)]}


def _check_protocol(load_balancer: LoadBalancer, protocol: str) -> None:
    """Refuse a protocol that listeners of a load balancer cannot have."""
    is_http = protocol in HTTP_PROTOCOLS
    if protocol == "GENEVE" or is_http is not (load_balancer.kind == "application"):
        raise refused(
            "UnsupportedProtocol",
            f"Listeners of {load_balancer.kind} load balancers cannot have protocol {protocol}",
        )


def _check_port(
    account: Account, load_balancer: LoadBalancer, port: int, but: str | None = None
) -> None:
    """Refuse a port that another listener of a load balancer has."""
    for arn in load_balancer.listeners:
        if arn != but and account.elb.listeners[arn].port == port:
            raise refused(
                "DuplicateListener",
                f"A listener already exists on port {port} of load balancer {load_balancer.arn}",
            )


def _further(found: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    """Return what a listener has beside protocol, port and actions."""
    further = dict(found)
    if protocol in ("HTTPS", "TLS"):
        certificates = further.get("Certificates", [])
        if len(certificates) != 1 or not certificates[0].get("CertificateArn"):
            raise invalid(f"Exactly one certificate must be specified for {protocol} listeners")
        further["Certificates"] = [{"CertificateArn": certificates[0]["CertificateArn"]}]
        further.setdefault("SslPolicy", _POLICY)
    elif any(further.get(name) for name in _ENCRYPTION):
        raise refused(
            "InvalidConfigurationRequest",
            f"Certificates and security policies cannot be specified for {protocol} listeners",
        )
    else:
        further = {name: value for name, value in further.items() if name not in _ENCRYPTION}
    if further.get("AlpnPolicy") and protocol != "TLS":
        raise refused("InvalidConfigurationRequest", "ALPN policies are for TLS listeners only")
    if further.get("MutualAuthentication") and protocol != "HTTPS":
        raise refused(
            "InvalidConfigurationRequest", "Mutual authentication is for HTTPS listeners only"
        )
    return further


def describe_listeners(account: Account, parameters: Parameters) -> Parameters:
    """Describe the listeners of a load balancer, or those of ARNs."""
    check_only_one(parameters, ("LoadBalancerArn", "ListenerArns"), is_needed=True)
    elb = account.elb
    if parameters.get("LoadBalancerArn"):
        keys = the_load_balancer(elb, parameters["LoadBalancerArn"]).listeners
    else:
        found = [the_listener(elb, arn) for arn in parameters["ListenerArns"]]
        keys = list(dict.fromkeys(one.arn for one in found))
    records, following = page(keys, elb.listeners, parameters)
    answers = [listener_answer(one, elb.rules[one.default_rule]) for one in records]
    return {"Listeners": answers, **following}


def modify_listener(account: Account, parameters: Parameters) -> Parameters:
    """Change a listener; what is not given stays."""
    elb = account.elb
    listener = the_listener(elb, parameters["ListenerArn"])
    load_balancer = elb.load_balancers[listener.load_balancer]
    protocol = parameters.get("Protocol", listener.protocol)
    port = parameters.get("Port", listener.port)
    _check_protocol(load_balancer, protocol)
    _check_port(account, load_balancer, port, listener.arn)
    further = _changed(listener, parameters, protocol)
    default = elb.rules[listener.default_rule]
    actions = default.actions
    if "DefaultActions" in parameters:
        actions = read_actions(elb, parameters["DefaultActions"], load_balancer, protocol)
    else:
        check_protocols(elb, default.groups(), protocol)
    for arn in listener.rules:
        check_protocols(elb, elb.rules[arn].groups(), protocol)
    now = microseconds(account.clock())
    listener.protocol, listener.port, listener.further = protocol, port, further
    elb.set_actions(default, actions, now)
    return {"Listeners": [listener_answer(listener, default)]}


def _changed(listener: Listener, parameters: Parameters, protocol: str) -> dict[str, Any]:
    """Return what a listener has beside protocol, port and actions after a change."""
    found = {**listener.further, **given(parameters, _STORED)}
    if protocol not in ("HTTPS", "TLS"):
        kept = {name: value for name, value in found.items() if name not in _ENCRYPTION}
        found = {**kept, **given(parameters, _ENCRYPTION)}
    return _further(found, protocol)


def delete_listener(account: Account, parameters: Parameters) -> Parameters:
    """Delete a listener with its rules."""
    listener = the_listener(account.elb, parameters["ListenerArn"])
    account.elb.remove_listener(listener.arn, microseconds(account.clock()))
    return {}
