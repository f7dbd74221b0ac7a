"""``loadBalancers`` of a call: bindings of ports to target groups, and their rules (S9, S6.8).

In: the list as given and as bindings, the task definition, the load balancers of the account.  Out:
nothing, or ``InvalidParameterException``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.ecs.control.services.configuration import DeploymentConfiguration
from placement.ecs.control.services.records import LoadBalancerBinding

__all__ = [
    "MAX_LOAD_BALANCERS",
    "check_containers",
    "check_load_balancers",
    "check_target_groups",
]

MAX_LOAD_BALANCERS = 5
"""Target groups of a service (S9.1)."""

_RULE = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:(listener-rule/app|listener/net)/.+",
    re.ASCII,
)
"""ARNs that shift traffic: a rule of an Application, a listener of a Network Load Balancer."""


# Checks of the list by itself


def check_load_balancers(
    items: Sequence[Mapping[str, Any]],
    bindings: Sequence[LoadBalancerBinding],
    settings: DeploymentConfiguration,
) -> None:
    """Refuse items that do not go together, or not with the deployment strategy (S6.8).

    Args:
        items: As given: it counts whether ``advancedConfiguration`` is there at all.
        bindings: The same as ``load_balancer_bindings`` has them.
        settings: The deployment settings.
    """
    if len(bindings) > MAX_LOAD_BALANCERS:
        raise invalid(f"A service can have at most {MAX_LOAD_BALANCERS} load balancers.")
    for one in bindings:
        if one.target_group_arn is not None and one.load_balancer_name is not None:
            raise invalid(
                "loadBalancerName and targetGroupArn cannot both be specified. You must specify "
                "either a loadBalancerName or a targetGroupArn in all loadBalancer entries"
            )
        if not one.target_group_arn and not one.load_balancer_name:
            raise invalid("A load balancer needs a targetGroupArn or a loadBalancerName.")
    classic = [one for one in bindings if one.load_balancer_name is not None]
    if classic and len(classic) < len(bindings):
        raise invalid(
            "All loadBalancers must be strictly either ELBv1 (defining loadBalancerName) or ELBv2 "
            "(defining targetGroupArn)"
        )
    advanced = [item.get("advancedConfiguration") is not None for item in items]
    if classic and any(advanced):
        raise invalid("advancedConfiguration field is not allowed with ELBv1 loadBalancers")
    if any(advanced) and not all(advanced):
        raise invalid(
            "Either all or none of the provided loadBalancers must have advancedConfiguration "
            "defined"
        )
    if settings.shifts_traffic and items and not all(advanced):
        raise invalid(
            "advancedConfiguration field is required for all loadBalancers when using a "
            "non-ROLLING deployment strategy"
        )
    _check_rules(bindings, settings)
    seen = set()
    for arn in _groups(bindings):
        if arn in seen:
            raise invalid(f"Duplicate targetGroupArn found: {arn}")
        seen.add(arn)


def _check_rules(
    bindings: Sequence[LoadBalancerBinding], settings: DeploymentConfiguration
) -> None:
    production: set[str] = set()
    test: set[str] = set()
    for one in bindings:
        for name, value, rules in (
            ("productionListenerRule", one.production_rule, production),
            ("testListenerRule", one.test_rule, test),
        ):
            if value is None:
                continue
            if not _RULE.fullmatch(value):
                raise invalid(
                    f"{name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn "
                    f"for NLB. Got: {value[:200]}"
                )
            rules.add(value)
        if settings.shifts_traffic and not (one.production_rule and one.alternate_target_group_arn):
            raise invalid(
                "advancedConfiguration needs alternateTargetGroupArn and productionListenerRule "
                "when using a non-ROLLING deployment strategy."
            )
    if production & test:
        both = ", ".join(sorted(production & test))
        raise invalid(
            "The following rules cannot be used as both production and test listener rules: " + both
        )


def _groups(bindings: Iterable[LoadBalancerBinding]) -> Iterator[str]:
    """Yield the ARNs of the groups of bindings, alternate ones too."""
    for one in bindings:
        for arn in (one.target_group_arn, one.alternate_target_group_arn):
            if arn is not None:
                yield arn


# Checks against the task definition


def check_containers(
    bindings: Iterable[LoadBalancerBinding], definition: Mapping[str, Any], launch_type: str
) -> None:
    """Refuse containers and ports that the task definition does not have, and Classic's limits."""
    for one in bindings:
        if one.load_balancer_name is not None:
            _check_classic(definition, launch_type)
        if not one.container_name:
            raise invalid("Container name should not be null or empty.")
        container = _container(definition, one.container_name)
        if container is None:
            name = one.container_name[:255]
            raise invalid(f"The container {name} does not exist in the task definition.")
        if one.container_port is None:
            raise invalid("Container port should not be null.")
        if not any(_has_port(mapping, one.container_port) for mapping in _ports(container)):
            raise invalid(
                f"The container {one.container_name} did not have a container port "
                f"{one.container_port} defined."
            )


def _check_classic(definition: Mapping[str, Any], launch_type: str) -> None:
    if launch_type == "FARGATE":
        raise invalid("Classic Load Balancers are not supported with Fargate.")
    if definition.get("networkMode") == "awsvpc":
        raise invalid(
            "Classic Load Balancers are not supported with the networkMode 'awsvpc': use a target "
            "group."
        )


def _container(definition: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    for one in definition["containerDefinitions"]:
        if one.get("name", "") == name:
            found: Mapping[str, Any] = one
            return found
    return None


def _ports(container: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return container.get("portMappings") or ()


def _has_port(mapping: Mapping[str, Any], port: int) -> bool:
    ports = mapping.get("containerPortRange")
    if ports is None:
        return bool(mapping.get("containerPort") == port)
    first, _, last = ports.partition("-")
    return int(first) <= port <= int(last)


# Checks against the load balancers of the account


def check_target_groups(
    bindings: Iterable[LoadBalancerBinding],
    network_mode: str | None,
    launch_type: str,
    settings: DeploymentConfiguration,
    elb: LoadBalancing,
) -> None:
    """Refuse target groups and rules that are not there or do not fit (S9.1, D61, C35)."""
    by_address = network_mode == "awsvpc" or launch_type == "MANAGED_INSTANCES"
    target_type = "ip" if by_address else "instance"
    for one in bindings:
        for arn in filter(None, (one.target_group_arn, one.alternate_target_group_arn)):
            group = elb.targets.groups.get(arn)
            if group is None:
                raise invalid(f"The specified target group does not exist: {arn[:200]}")
            if group.load_balancer is None and arn == one.target_group_arn:
                raise invalid(
                    f"The target group with targetGroupArn {arn} does not have an associated load "
                    "balancer."
                )
            if group.target_type != target_type:
                raise invalid(
                    f"The provided target group {arn} has target type {group.target_type}, which "
                    f"is incompatible with the {network_mode or 'bridge'} network mode specified "
                    f"in the task definition and launch type {launch_type}."
                )
        if settings.shifts_traffic:
            _check_shift(one, elb)


def _check_shift(binding: LoadBalancerBinding, elb: LoadBalancing) -> None:
    """Refuse rules that cannot move traffic between the two groups of a binding (S6.6, S6.8)."""
    for arn in filter(None, (binding.production_rule, binding.test_rule)):
        if elb.find_rule(arn) is None:
            raise invalid(f"The specified listener rule does not exist: {arn[:200]}")
    rule = elb.find_rule(binding.production_rule or "")
    if rule is None:
        return
    groups = {binding.target_group_arn, binding.alternate_target_group_arn}
    is_application = elb.load_balancer_of(rule).kind == "application"
    if is_application and not groups <= set(rule.groups()) and binding.test_rule is None:
        raise invalid(
            "For Application LoadBalancer, testListenerRule is required when "
            "productionListenerRule is not associated with both targetGroup and "
            "alternateTargetGroup"
        )
