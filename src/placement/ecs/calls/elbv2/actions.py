"""The actions of a rule as calls give them: what is done with a request, and who gets it.

In: documents of actions, and the listener that they are for.  Out: ``Action`` values, or the
service's errors.  Must not change anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.calls.elbv2.lookups import the_target_group
from placement.ecs.control.load_balancing.defaults import HTTP_PROTOCOLS
from placement.ecs.control.load_balancing.records import Action, Forward, LoadBalancer
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.errors import describe_value

__all__ = ["check_protocols", "read_actions"]

_ROUTING = ("forward", "fixed-response", "redirect")
_CONFIGS = {
    "authenticate-cognito": "AuthenticateCognitoConfig",
    "authenticate-oidc": "AuthenticateOidcConfig",
    "fixed-response": "FixedResponseConfig",
    "jwt-validation": "JwtValidationConfig",
    "redirect": "RedirectConfig",
}
"""The parameter that an action of each type needs; ``forward`` takes two."""

_GROUP_PROTOCOLS = {
    "HTTP": HTTP_PROTOCOLS,
    "HTTPS": HTTP_PROTOCOLS,
    "TCP": ("TCP", "TCP_UDP"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
    "TLS": ("TLS", "TCP"),
    "QUIC": ("QUIC", "TCP_QUIC"),
    "TCP_QUIC": ("TCP_QUIC",),
}
"""The protocols of the groups that a listener of each protocol may forward to."""

MOST_GROUPS = 5
MOST_WEIGHT = 999
MOST_STICKY_SECONDS = 604_800


def read_actions(
    elb: LoadBalancing,
    documents: Sequence[Mapping[str, Any]],
    load_balancer: LoadBalancer,
    protocol: str,
) -> tuple[Action, ...]:
    """Return the actions of a rule, in the order in which they are done.

    Args:
        elb: The account's load balancers.
        documents: As the API has them.
        load_balancer: The one of the listener.
        protocol: The protocol of the listener.
    """
    if not documents:
        raise invalid("At least one action must be specified")
    if len(documents) > 1:
        orders = [one.get("Order") for one in documents]
        if None in orders or len(set(orders)) < len(orders):
            raise refused("InvalidLoadBalancerAction", "Several actions need an order each")
        documents = sorted(documents, key=lambda one: int(one["Order"]))
    actions = tuple(_action(elb, one) for one in documents)
    kinds = [one.kind for one in actions]
    if kinds[-1] not in _ROUTING or any(kind in _ROUTING for kind in kinds[:-1]):
        raise refused(
            "InvalidLoadBalancerAction",
            f"Exactly one action must be one of {', '.join(_ROUTING)}, and it must be the last",
        )
    if load_balancer.kind == "network" and kinds != ["forward"]:
        raise refused(
            "InvalidLoadBalancerAction", "Listeners of Network Load Balancers can only forward"
        )
    if len(kinds) > 1 and protocol != "HTTPS":
        raise refused(
            "InvalidLoadBalancerAction", f"Actions {kinds[0]} are for HTTPS listeners only"
        )
    for action in actions:
        if action.forward is not None:
            groups = [group for group, _ in action.forward.weights]
            _check_association(elb, groups, load_balancer)
            check_protocols(elb, groups, protocol)
    return actions


def check_protocols(elb: LoadBalancing, groups: Iterable[str], protocol: str) -> None:
    """Refuse a listener's protocol by which groups cannot be reached."""
    for arn in groups:
        group = elb.targets.groups[arn]
        if group.protocol not in _GROUP_PROTOCOLS[protocol]:
            raise refused(
                "IncompatibleProtocols",
                f"A listener of protocol {protocol} cannot forward to target group "
                f"{describe_value(group.name)} of protocol {group.protocol}",
            )


def _check_association(
    elb: LoadBalancing, groups: Iterable[str], load_balancer: LoadBalancer
) -> None:
    """Refuse groups that another load balancer uses (S9.1)."""
    for arn in groups:
        user = elb.targets.groups[arn].load_balancer
        if user not in (None, load_balancer.arn):
            raise refused(
                "TargetGroupAssociationLimit",
                "The following target groups cannot be associated with more than one load "
                f"balancer: {arn}",
            )


def _action(elb: LoadBalancing, document: Mapping[str, Any]) -> Action:
    kind = document["Type"]
    config = _CONFIGS.get(kind)
    allowed = {"Type", "Order", config} if config else {"Type", "Order", *_FORWARDING}
    unknown = sorted(document.keys() - allowed)
    if unknown:
        raise refused(
            "InvalidLoadBalancerAction", f"{unknown[0]} cannot be specified for action {kind}"
        )
    if config is None:
        return Action(kind, document.get("Order"), _forward(elb, document))
    if config not in document:
        raise refused("InvalidLoadBalancerAction", f"Action {kind} needs {config}")
    if kind == "fixed-response":
        status = document[config]["StatusCode"]
        if not re.fullmatch(r"[245][0-9]{2}", status):
            raise invalid(f"StatusCode {describe_value(status)} must be 2XX, 4XX or 5XX")
    return Action(kind, document.get("Order"), None, {config: document[config]})


_FORWARDING = ("TargetGroupArn", "ForwardConfig")


def _forward(elb: LoadBalancing, document: Mapping[str, Any]) -> Forward:
    """Return where an action forwards to."""
    config = document.get("ForwardConfig", {})
    tuples = config.get("TargetGroups", [])
    single = document.get("TargetGroupArn")
    if single is not None:
        if tuples and [one.get("TargetGroupArn") for one in tuples] != [single]:
            raise refused(
                "InvalidLoadBalancerAction",
                "TargetGroupArn and ForwardConfig must name the same single target group",
            )
        tuples = tuples or [{"TargetGroupArn": single}]
    if not tuples:
        raise refused("InvalidLoadBalancerAction", "Action forward needs a target group")
    weights: dict[str, int] = {}
    for one in tuples:
        if "TargetGroupArn" not in one:
            raise invalid("Each target group of ForwardConfig needs TargetGroupArn")
        group, weight = the_target_group(elb, one["TargetGroupArn"]), one.get("Weight", 1)
        if not 0 <= weight <= MOST_WEIGHT:
            raise invalid(f"Weight must be from 0 to {MOST_WEIGHT}, not {describe_value(weight)}")
        if group.arn in weights:
            raise invalid(f"Target group {group.arn} is specified more than once")
        weights[group.arn] = weight
    if len(weights) > MOST_GROUPS:
        raise refused(
            "TooManyUniqueTargetGroupsPerLoadBalancer",
            f"An action can forward to at most {MOST_GROUPS} target groups",
        )
    return Forward(tuple(weights.items()), _stickiness(config))


def _stickiness(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = config.get("TargetGroupStickinessConfig", {})
    seconds = found.get("DurationSeconds", 1)
    if not 1 <= seconds <= MOST_STICKY_SECONDS:
        raise invalid(f"DurationSeconds must be from 1 to {MOST_STICKY_SECONDS}")
    if found.get("Enabled") and "DurationSeconds" not in found:
        raise invalid("Stickiness that is enabled needs DurationSeconds")
    return found
