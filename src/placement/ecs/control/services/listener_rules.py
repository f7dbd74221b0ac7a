"""Listener rules of a service: which of two target groups serves, and new weights (S6.6).

In: an account's load balancers, the bindings of a revision, green's shares.  Out: groups,
shares, what is wrong with a rule, and changed weights.  When traffic moves is decided in
``placement.services.traffic_shifting``; here it is carried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.load_balancing.records import Rule
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.ecs.control.services.records import DeploymentRecord, LoadBalancerBinding
from placement.services.traffic_deployment import NO_TRAFFIC, Weights
from placement.services.traffic_steps import target_group_weights

__all__ = [
    "add_groups",
    "has_network_load_balancer",
    "has_test_listener",
    "rule_problem",
    "serving_groups",
    "set_traffic",
    "shares_of",
    "shifted_bindings",
]


@attrs.frozen
class ShiftedBinding:
    """A load balancer between whose two groups traffic moves.

    Attributes:
        binding: The item of ``loadBalancers``.
        group: ARN of the group in which the tasks of the deployment register.
        other: ARN of the other group.
        production_rule: ARN of the rule or listener of production traffic.
    """

    binding: LoadBalancerBinding
    group: str
    other: str
    production_rule: str

    def rules(self, shares: Weights) -> Iterator[tuple[str, Fraction]]:
        """Yield the ARNs of its rules, each with one of the shares: production, then test."""
        yield self.production_rule, shares.production
        if self.binding.test_rule is not None:
            yield self.binding.test_rule, shares.test


def shifted_bindings(deployment: DeploymentRecord) -> Iterator[ShiftedBinding]:
    """Yield the load balancers of a deployment that have two groups and a production rule."""
    for place, binding in enumerate(deployment.revision.load_balancers):
        first, second = binding.target_group_arn, binding.alternate_target_group_arn
        if first is None or second is None or binding.production_rule is None:
            continue
        if place in deployment.alternates:
            first, second = second, first
        yield ShiftedBinding(binding, first, second, binding.production_rule)


def has_test_listener(deployment: DeploymentRecord) -> bool:
    """Return whether there is a rule of test traffic."""
    return any(one.binding.test_rule is not None for one in shifted_bindings(deployment))


def has_network_load_balancer(elb: LoadBalancing, deployment: DeploymentRecord) -> bool:
    """Return whether one of the rules is a Network Load Balancer's, which takes its time (D109)."""
    rules = [elb.find_rule(one.production_rule) for one in shifted_bindings(deployment)]
    return any(rule is not None and elb.load_balancer_of(rule).kind == "network" for rule in rules)


# Reading rules


def _weights(rule: Rule | None) -> dict[str, int]:
    """Return the weights of a rule's groups; empty where it forwards nowhere."""
    forward = None if rule is None else rule.forward()
    return {} if forward is None else dict(forward.weights)


def serving_groups(elb: LoadBalancing, binding: LoadBalancerBinding) -> list[str]:
    """Return those of a binding's two groups that the production rule gives traffic, at most 2."""
    weights = _weights(elb.find_rule(binding.production_rule or ""))
    both = (binding.target_group_arn, binding.alternate_target_group_arn)
    return [group for group in both if group is not None and weights.get(group, 0) > 0]


def shares_of(elb: LoadBalancing, deployment: DeploymentRecord) -> Weights:
    """Return the shares that rules give the groups of a deployment: the largest of each kind."""
    test, production = Fraction(0), Fraction(0)
    for one in shifted_bindings(deployment):
        production = max(production, _share(elb, one.production_rule, one.group))
        if one.binding.test_rule is not None:
            test = max(test, _share(elb, one.binding.test_rule, one.group))
    return Weights(test, production)


def _share(elb: LoadBalancing, arn: str, group: str) -> Fraction:
    weights = _weights(elb.find_rule(arn))
    total = sum(weights.values())
    return Fraction(weights.get(group, 0), total) if total else Fraction(0)


def rule_problem(elb: LoadBalancing, green: DeploymentRecord, shares: Weights) -> str | None:
    """Return what is wrong with the rules of a deployment, None if nothing is (S6.8).

    A rule must forward, and only to the two groups; both may serve only while the deployment has
    divided the traffic between them.

    Args:
        elb: The account's load balancers.
        green: The deployment that is brought in.
        shares: Its shares of traffic, as the deployment has set them.
    """
    for one in shifted_bindings(green):
        for group in (one.group, one.other):
            if group not in elb.targets.groups:
                return f"The target group {group} does not exist."
        for arn, share in one.rules(shares):
            rule = elb.find_rule(arn)
            if rule is None:
                return f"The listener rule {arn} does not exist."
            if rule.forward() is None:
                return f"The listener rule {arn} does not forward to a target group."
            serving = {group for group, weight in _weights(rule).items() if weight}
            foreign = sorted(serving - {one.group, one.other})
            if foreign:
                return (
                    f"The listener rule {arn} serves {foreign[0]}, which is neither the target "
                    "group nor the alternate target group of the service."
                )
            if len(serving) > 1 and share in (0, 1):
                return (
                    f"The listener rule {arn} serves both {one.group} and {one.other}; exactly "
                    "one of them may have a weight above 0."
                )
    return None


# Changing rules


def add_groups(account: Account, deployment: DeploymentRecord) -> None:
    """Let rules forward to both groups, the one that they lack by weight 0.

    Otherwise nothing would check the targets of a group that no rule names.
    """
    for one in shifted_bindings(deployment):
        for arn, _ in one.rules(NO_TRAFFIC):
            rule = account.elb.find_rule(arn)
            if rule is not None:
                known = _weights(rule)
                _put(
                    account, rule, {group: known.get(group, 0) for group in (one.group, one.other)}
                )


def set_traffic(
    account: Account, green: DeploymentRecord, shares: Weights, before: Weights
) -> None:
    """Give green's groups these shares, the other groups the rest; only what has changed (D48).

    A rule that is gone meanwhile, or that does not forward, is left alone.
    """
    for one in shifted_bindings(green):
        for (arn, share), (_, old) in zip(one.rules(shares), one.rules(before), strict=True):
            rule = account.elb.find_rule(arn)
            if rule is None or share == old:
                continue
            weight, rest = target_group_weights(share)
            _put(account, rule, {one.group: weight, one.other: rest})


def _put(account: Account, rule: Rule, weights: dict[str, int]) -> None:
    """Set weights of groups of a rule, and add those that it does not forward to yet."""
    forward = rule.forward()
    if forward is None or not weights.keys() <= account.elb.targets.groups.keys():
        return
    known = dict(forward.weights)
    if known.keys() >= weights.keys():
        account.elb.set_weights(rule, weights)
        return
    wider = attrs.evolve(forward, weights=tuple({**known, **weights}.items()))
    actions = tuple(
        one if one.forward is None else attrs.evolve(one, forward=wider) for one in rule.actions
    )
    account.elb.set_actions(rule, actions, account.time.now)
