"""What an account has of load balancers: typed records (S9).

In: nothing.  Out: the record classes.  What decides something is typed; what is only stored and
described stays in documents of the API's form (C48).  ``state`` changes records, the calls make
answers of them.  Must not know calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from placement.ecs.control.load_balancing.targets import HealthCheck, Target, TargetKey
from placement.timestamps import SECOND

__all__ = [
    "DELAY",
    "Action",
    "Document",
    "Forward",
    "HealthCheckSettings",
    "Listener",
    "LoadBalancer",
    "Rule",
    "TargetGroup",
]

Document = Mapping[str, Any]
"""A part of a call's parameters, stored as it came."""


@attrs.define(eq=False)
class LoadBalancer:
    """An Application or Network Load Balancer.

    Attributes:
        arn: Its ARN.
        name: Its name.
        kind: ``application`` or ``network``.
        scheme: ``internet-facing`` or ``internal``.
        dns_name: Its host name.
        created_at: When it was created.
        subnets: Its subnets by id; each with what ``SubnetMappings`` says of it.
        security_groups: Their ids.
        ip_address_type: Such as ``ipv4``.
        attributes: Its attributes by key.
        further: Further parameters of its creation, which decide nothing here.
        tags: By key.
        listeners: The ARNs of its listeners, in the order of creation.
    """

    arn: str
    name: str
    kind: str
    scheme: str
    dns_name: str
    created_at: datetime
    subnets: dict[str, Document]
    security_groups: list[str]
    ip_address_type: str
    attributes: dict[str, str]
    further: Document
    tags: dict[str, str]
    listeners: list[str] = attrs.field(factory=list)


@attrs.frozen
class Forward:
    """Where a rule sends requests.

    Attributes:
        weights: Target groups (ARNs) and their weights, 0 to 999.
        stickiness: ``TargetGroupStickinessConfig``, as it came.
    """

    weights: tuple[tuple[str, int], ...]
    stickiness: Document = attrs.field(factory=dict)


@attrs.frozen
class Action:
    """What a rule does with a request.

    Attributes:
        kind: Such as ``forward``.
        order: Its place among the actions of the rule; None: not given.
        forward: Of an action ``forward``: where to.
        further: What else came with it.
    """

    kind: str
    order: int | None = None
    forward: Forward | None = None
    further: Document = attrs.field(factory=dict)


@attrs.define(eq=False)
class Rule:
    """A rule of a listener.

    Attributes:
        arn: Its ARN.
        listener: The ARN of the listener.
        priority: 1 to 50,000, the lowest first; None: the default rule, which comes last.
        actions: What is done, in order; the last one says where the request goes.
        conditions: Which requests it takes, as they came.
        transforms: How requests are rewritten, as they came.
        tags: By key.
    """

    arn: str
    listener: str
    priority: int | None
    actions: tuple[Action, ...]
    conditions: list[Document] = attrs.field(factory=list)
    transforms: list[Document] = attrs.field(factory=list)
    tags: dict[str, str] = attrs.field(factory=dict)

    def forward(self) -> Forward | None:
        """Return where the rule sends requests; None: it answers them itself."""
        return next((one.forward for one in self.actions if one.forward is not None), None)

    def groups(self) -> Iterator[str]:
        """Yield the ARNs of the target groups that it names, of weight 0 too."""
        for action in self.actions:
            if action.forward is not None:
                yield from (group for group, _ in action.forward.weights)


@attrs.define(eq=False)
class Listener:
    """A listener of a load balancer.

    Attributes:
        arn: Its ARN.
        load_balancer: The ARN of the load balancer.
        protocol: Such as ``HTTP``.
        port: Its port.
        default_rule: The ARN of its default rule.
        further: Certificates, policies and the like, as they came.
        tags: By key.
        rules: The ARNs of its other rules, in the order of creation.
    """

    arn: str
    load_balancer: str
    protocol: str
    port: int
    default_rule: str
    further: dict[str, Any]
    tags: dict[str, str]
    rules: list[str] = attrs.field(factory=list)


@attrs.frozen
class HealthCheckSettings:
    """The settings of a group's health check, as the API has them.

    Attributes:
        protocol: ``HTTP``, ``HTTPS`` or ``TCP``.
        port: A port, or ``traffic-port``.
        interval: Seconds from one check to the next.
        timeout: Seconds after which a check without answer has failed.
        healthy_threshold: Passes in a row.
        unhealthy_threshold: Failures in a row.
        path: Of HTTP and HTTPS: what is asked for.
        matcher: Of HTTP and HTTPS: the codes of a pass.
    """

    protocol: str
    port: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    path: str | None
    matcher: Document | None

    def check(self) -> HealthCheck:
        """Return the settings with durations in microseconds."""
        return HealthCheck(
            self.interval * SECOND,
            self.timeout * SECOND,
            self.healthy_threshold,
            self.unhealthy_threshold,
            self.protocol in _HTTP,
        )


_HTTP = ("HTTP", "HTTPS")

DELAY = "deregistration_delay.timeout_seconds"
"""The attribute of a group that says how long its targets drain."""


@attrs.define(eq=False)
class TargetGroup:
    """A target group.

    Attributes:
        arn: Its ARN.
        name: Its name.
        target_type: ``instance`` or ``ip``.
        protocol: Such as ``HTTP``.
        port: The port of targets that are registered without one.
        vpc: The id of its VPC.
        version: Of HTTP and HTTPS: the protocol version, such as ``HTTP1``.
        settings: Its health check.
        attributes: Its attributes by key.
        further: What else came with it.
        tags: By key.
        rules: The ARNs of the rules that name it.
        load_balancer: The load balancer of those rules; None: it is not in use.
        targets: Its targets by key, draining ones too.
    """

    arn: str
    name: str
    target_type: str
    protocol: str
    port: int
    vpc: str
    version: str | None
    settings: HealthCheckSettings
    attributes: dict[str, str]
    further: Document
    tags: dict[str, str]
    rules: dict[str, None] = attrs.field(factory=dict)
    load_balancer: str | None = None
    targets: dict[TargetKey, Target] = attrs.field(factory=dict)
    check: HealthCheck = attrs.field(init=False)

    @check.default
    def _check(self) -> HealthCheck:
        return self.settings.check()

    @property
    def delay(self) -> int:
        """How long a target drains (S9.5)."""
        return int(self.attributes[DELAY]) * SECOND
