"""New load balancers, target groups, listeners and rules, with their ARNs (D5).

In: an account and what a call, or a dump that only names a thing, says of it.  Out: records, which
are not entered anywhere yet.  Must not know calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from placement.arns import aws_arn
from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.defaults import (
    default_attributes,
    default_settings,
    group_attributes,
    load_balancer_attributes,
)
from placement.ecs.control.load_balancing.records import (
    Action,
    Document,
    HealthCheckSettings,
    Listener,
    LoadBalancer,
    Rule,
    TargetGroup,
)

__all__ = ["new_listener", "new_load_balancer", "new_rule", "new_target_group"]

_DIGITS = 16
"""Hexadecimal digits of an id."""

_SHORT = {"application": "app", "network": "net"}


def _arn(account: Account, resource: str) -> str:
    return aws_arn("elasticloadbalancing", account.region, account.account_id, resource)


def new_load_balancer(
    account: Account,
    name: str,
    *,
    created_at: datetime,
    kind: str = "application",
    scheme: str = "internet-facing",
    subnets: Mapping[str, Document] | None = None,
    security_groups: list[str] | None = None,
    ip_address_type: str = "ipv4",
    further: Document | None = None,
    tags: dict[str, str] | None = None,
) -> LoadBalancer:
    """Return a new load balancer; arguments are those of ``LoadBalancer``."""
    id = account.new_id()[:_DIGITS]
    prefix = "internal-" if scheme == "internal" else ""
    zone = f"elb.{account.region}" if kind == "network" else f"{account.region}.elb"
    return LoadBalancer(
        arn=_arn(account, f"loadbalancer/{_SHORT[kind]}/{name}/{id}"),
        name=name,
        kind=kind,
        scheme=scheme,
        dns_name=f"{prefix}{name}-{id}.{zone}.amazonaws.com",
        created_at=created_at,
        subnets=dict(subnets or {}),
        security_groups=security_groups or [],
        ip_address_type=ip_address_type,
        attributes=default_attributes(load_balancer_attributes(kind, scheme)),
        further=further or {},
        tags=tags or {},
    )


def new_target_group(
    account: Account,
    name: str,
    *,
    protocol: str = "HTTP",
    port: int = 80,
    vpc: str = "",
    target_type: str = "instance",
    version: str | None = None,
    settings: HealthCheckSettings | None = None,
    further: Document | None = None,
    tags: dict[str, str] | None = None,
) -> TargetGroup:
    """Return a new target group; arguments are those of ``TargetGroup``, defaults of S9.4."""
    return TargetGroup(
        arn=_arn(account, f"targetgroup/{name}/{account.new_id()[:_DIGITS]}"),
        name=name,
        target_type=target_type,
        protocol=protocol,
        port=port,
        vpc=vpc,
        version=version,
        settings=settings or default_settings(protocol, version),
        attributes=default_attributes(group_attributes(protocol, target_type, version)),
        further=further or {},
        tags=tags or {},
    )


def new_listener(
    account: Account,
    load_balancer: LoadBalancer,
    *,
    protocol: str,
    port: int,
    actions: tuple[Action, ...],
    further: Mapping[str, Any] | None = None,
    tags: dict[str, str] | None = None,
) -> tuple[Listener, Rule]:
    """Return a new listener of a load balancer, and its default rule."""
    _, _, path = load_balancer.arn.partition(":loadbalancer/")
    id, rule_id = account.new_id()[:_DIGITS], account.new_id()[:_DIGITS]
    arn = _arn(account, f"listener/{path}/{id}")
    rule = Rule(_arn(account, f"listener-rule/{path}/{id}/{rule_id}"), arn, None, actions)
    listener = Listener(
        arn, load_balancer.arn, protocol, port, rule.arn, dict(further or {}), tags or {}
    )
    return listener, rule


def new_rule(
    account: Account,
    listener: Listener,
    *,
    priority: int,
    actions: tuple[Action, ...],
    conditions: list[Document],
    transforms: list[Document] | None = None,
    tags: dict[str, str] | None = None,
) -> Rule:
    """Return a new rule of a listener."""
    _, _, path = listener.arn.partition(":listener/")
    arn = _arn(account, f"listener-rule/{path}/{account.new_id()[:_DIGITS]}")
    return Rule(arn, listener.arn, priority, actions, conditions, transforms or [], tags or {})
