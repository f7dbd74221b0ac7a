"""The load balancers of an account: which listener, by which rule, sends requests to which group.

In: records that calls have made.  Out: the records by ARN, and the shares of traffic of targets
(D65).  Target groups and their targets are in ``target_table``; here it is decided which groups are
in use.  Must not know calls, services or tasks.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Self

import attrs

from placement.ecs.control.load_balancing.records import (
    Action,
    Listener,
    LoadBalancer,
    Rule,
    TargetGroup,
)
from placement.ecs.control.load_balancing.target_table import TargetTable
from placement.ecs.control.load_balancing.targets import TargetKey, TargetState

__all__ = ["LoadBalancing"]

_LEAST = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"


class LoadBalancing:
    """Load balancers, listeners and rules by ARN, and the target groups.

    Attributes:
        load_balancers: By ARN, in the order of creation.
        listeners: By ARN.
        rules: By ARN, default rules included.
        targets: The target groups and their targets.
    """

    def __init__(self, *, takes_time: bool = False) -> None:
        self.load_balancers: dict[str, LoadBalancer] = {}
        self.listeners: dict[str, Listener] = {}
        self.rules: dict[str, Rule] = {}
        self.targets = TargetTable(takes_time=takes_time)

    def copy(self) -> Self:
        """Return independent load balancers with the same future."""
        twin = type(self)()
        twin.load_balancers = {arn: _copied(one) for arn, one in self.load_balancers.items()}
        twin.listeners = {arn: _copied(one) for arn, one in self.listeners.items()}
        twin.rules = {arn: _copied(one) for arn, one in self.rules.items()}
        twin.targets = self.targets.copy()
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = self.copy()
        return twin

    # Lookups

    def find_rule(self, arn: str) -> Rule | None:
        """Return the rule of an ARN, for a listener's its default rule; None: there is none."""
        listener = self.listeners.get(arn)
        return self.rules.get(arn if listener is None else listener.default_rule)

    def load_balancer_of(self, rule: Rule) -> LoadBalancer:
        """Return the load balancer that a rule belongs to."""
        return self.load_balancers[self.listeners[rule.listener].load_balancer]

    # Changes

    def add_listener(self, listener: Listener, default_rule: Rule, now: int) -> None:
        """Add a listener with its default rule."""
        self.listeners[listener.arn] = listener
        self.load_balancers[listener.load_balancer].listeners.append(listener.arn)
        self.rules[default_rule.arn] = default_rule
        self._use(default_rule, now)

    def add_rule(self, rule: Rule, now: int) -> None:
        """Add a rule to its listener."""
        self.rules[rule.arn] = rule
        self.listeners[rule.listener].rules.append(rule.arn)
        self._use(rule, now)

    def set_actions(self, rule: Rule, actions: tuple[Action, ...], now: int) -> None:
        """Replace the actions of a rule."""
        before = dict.fromkeys(rule.groups())
        rule.actions = actions
        self._use(rule, now)
        self._leave(rule, before.keys() - set(rule.groups()), now)

    def set_weights(self, rule: Rule, weights: Mapping[str, int]) -> None:
        """Set the weights of groups that a rule forwards to; the other groups keep theirs.

        Raises:
            KeyError: the rule does not forward to a group.
        """
        forward = rule.forward()
        known = {} if forward is None else dict(forward.weights)
        if not weights.keys() <= known.keys():
            raise KeyError(sorted(weights.keys() - known.keys()))
        if forward is not None:
            changed = attrs.evolve(forward, weights=tuple({**known, **weights}.items()))
            rule.actions = tuple(
                one if one.forward is None else attrs.evolve(one, forward=changed)
                for one in rule.actions
            )

    def remove_rule(self, arn: str, now: int) -> None:
        """Remove a rule that is not a default rule."""
        rule = self.rules.pop(arn)
        self.listeners[rule.listener].rules.remove(arn)
        self._leave(rule, rule.groups(), now)

    def remove_listener(self, arn: str, now: int) -> None:
        """Remove a listener with its rules."""
        listener = self.listeners.pop(arn)
        self.load_balancers[listener.load_balancer].listeners.remove(arn)
        for name in (listener.default_rule, *listener.rules):
            rule = self.rules.pop(name)
            self._leave(rule, rule.groups(), now)

    def remove_load_balancer(self, arn: str, now: int) -> None:
        """Remove a load balancer with its listeners; target groups stay, with their targets."""
        for listener in tuple(self.load_balancers[arn].listeners):
            self.remove_listener(listener, now)
        del self.load_balancers[arn]

    def _use(self, rule: Rule, now: int) -> None:
        """Let the groups of a rule be in use."""
        load_balancer = self.listeners[rule.listener].load_balancer
        for arn in rule.groups():
            self.targets.groups[arn].rules[rule.arn] = None
            self.targets.set_load_balancer(arn, load_balancer, now)

    def _leave(self, rule: Rule, groups: Iterable[str], now: int) -> None:
        """Note that a rule does not name groups any more."""
        for arn in sorted(groups):
            group = self.targets.groups[arn]
            group.rules.pop(rule.arn, None)
            if not group.rules:
                self.targets.set_load_balancer(arn, None, now)

    # Traffic

    def traffic(self, rule: Rule) -> dict[TargetKey, Fraction]:
        """Return the share of a rule's requests that each target gets (D65).

        A group gets its weight's share.  Inside it, healthy targets share equally; where fewer are
        healthy than the group asks for (one, unless its attributes say more), all that are
        registered and do not drain.  What a group without targets would get is lost, so that shares
        need not add up to one.  Algorithms of load balancing, stickiness and slow start, which
        bend equal shares for a while, are not in it.
        """
        forward = rule.forward()
        shares: dict[TargetKey, Fraction] = {}
        if forward is None:
            return shares
        total = sum(weight for _, weight in forward.weights)
        for arn, weight in forward.weights:
            keys = _receiving(self.targets.groups[arn]) if weight else []
            for key in keys:
                share = Fraction(weight, total * len(keys))
                shares[key] = shares.get(key, Fraction(0)) + share
        return shares


def _receiving(group: TargetGroup) -> list[TargetKey]:
    """Return the targets of a group that get requests (S9.6)."""
    outside = (TargetState.DRAINING, TargetState.UNUSED)
    registered = [one for one in group.targets.values() if one.state not in outside]
    healthy = [one.key for one in registered if one.state is TargetState.HEALTHY]
    least = max(1, int(group.attributes[f"{_LEAST}.count"]))
    percentage = group.attributes[f"{_LEAST}.percentage"]
    is_enough = len(healthy) >= least and (
        percentage == "off" or 100 * len(healthy) >= int(percentage) * len(registered)
    )
    return healthy if is_enough else [one.key for one in registered]


def _copied(record: Any) -> Any:
    """Return a copy of a record with containers of its own; what they hold never changes."""
    twin = copy.copy(record)
    for field in attrs.fields(type(record)):
        value = getattr(record, field.name)
        if isinstance(value, (dict, list)):
            setattr(twin, field.name, value.copy())
    return twin
