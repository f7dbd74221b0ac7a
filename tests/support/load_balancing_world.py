"""Load balancers without calls: an account's records, made by hand, and what happens to them.

``World`` has one load balancer with one listener; ``group`` adds a target group that its default
rule forwards to, ``play`` lets things happen to one target and lists its states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.creation import (
    new_listener,
    new_load_balancer,
    new_target_group,
)
from placement.ecs.control.load_balancing.defaults import default_settings
from placement.ecs.control.load_balancing.records import DELAY, Action, Forward, Rule
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.ecs.control.load_balancing.target_table import TargetTable
from placement.timestamps import SECOND

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = ("10.0.0.1", 80)


class World:
    """One load balancer with a listener, and any number of target groups.

    Args:
        takes_time: As for ``LoadBalancing``.
    """

    def __init__(self, *, takes_time: bool = True) -> None:
        self.account = Account("us-east-1", "123456789012")
        self.elb = self.account.elb = LoadBalancing(takes_time=takes_time)
        load_balancer = new_load_balancer(self.account, "web", created_at=NOON)
        self.elb.load_balancers[load_balancer.arn] = load_balancer
        fixed = Action("fixed-response")
        listener, self._rule = new_listener(
            self.account, load_balancer, protocol="HTTP", port=80, actions=(fixed,)
        )
        self.elb.add_listener(listener, self._rule, 0)

    @property
    def table(self) -> TargetTable:
        return self.elb.targets

    def group(
        self,
        *,
        interval: int = 30,
        timeout: int = 6,
        healthy: int = 5,
        unhealthy: int = 2,
        delay: int = 300,
        is_used: bool = True,
    ) -> str:
        """Add a target group; return its ARN."""
        settings = attrs.evolve(
            default_settings("HTTP"),
            interval=interval,
            timeout=timeout,
            healthy_threshold=healthy,
            unhealthy_threshold=unhealthy,
        )
        name = f"group-{len(self.table.groups)}"
        group = new_target_group(self.account, name, target_type="ip", settings=settings)
        group.attributes[DELAY] = str(delay)
        self.table.groups[group.arn] = group
        if is_used:
            weights = {} if self._rule.forward() is None else dict(self._weights())
            self.rule({**weights, group.arn: 1})
        return group.arn

    def _weights(self) -> Iterable[tuple[str, int]]:
        forward = self._rule.forward()
        return () if forward is None else forward.weights

    def rule(self, weights: Mapping[str, int], now: int = 0) -> Rule:
        """Let the listener forward to groups by weight; return its default rule."""
        forward = Forward(tuple(weights.items()))
        self.elb.set_actions(self._rule, (Action("forward", forward=forward),), now)
        return self._rule

    def play(
        self, groups: Iterable[str], calls: Iterable[tuple[int, str, Any]], *, until: int
    ) -> list[tuple[int, str, str]]:
        """Let things happen to the target ``KEY`` of groups.

        Args:
            groups: ARNs.
            calls: Seconds, what (``register``, ``find``, ``deregister``) and with what finding.
            until: Seconds.

        Returns:
            Each change: second, group, state.
        """
        groups, found = list(groups), []
        for second, what, finding in [*sorted(calls, key=lambda one: one[0]), (until, "", None)]:
            now = second * SECOND
            due = self.table.next_due()
            while due is not None and due < now:
                found += self.table.apply(due)
                due = self.table.next_due()
            for group in groups:
                if what == "register":
                    self.table.register(group, KEY, now, finding=finding)
                elif what == "find":
                    self.table.set_finding(group, KEY, finding, now)
                elif what == "deregister":
                    self.table.deregister(group, KEY, now)
            found += self.table.apply(now)
        return [(one.moment // SECOND, one.group, str(one.state)) for one in found]
