"""Rules about settings that exclude or ignore one another, and health checks against grace.

In: ``ServiceFacts``.  Out: warnings.  None of them asks the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.lints.codes import Lints, ServiceLint
from placement.ecs.lints.facts import ZONE, ServiceFacts
from placement.timestamps import SECOND

__all__ = ["COMBINATION_RULES"]

USUAL_INTERVAL = 30
USUAL_THRESHOLD = 2
"""Seconds between a target group's checks, and failures that make a target unhealthy (S9.4)."""

NOT_MODELLED = {
    "gatewayConnectors": "gateways",
    "serviceConnectConfiguration": "Service Connect",
    "serviceRegistries": "service discovery",
    "volumeConfigurations": "volumes",
    "vpcLatticeConfigurations": "VPC Lattice",
}
"""Parameters that are stored and decide nothing (S2.1, S6.1)."""


def controller(facts: ServiceFacts) -> Lints:
    """Services that somebody else deploys (D8)."""
    if not facts.wanted.is_run:
        yield ServiceLint(
            "controller-not-run",
            "deploymentController.type",
            f"the model stores and describes a service of {facts.wanted.controller} and starts no "
            "tasks for it",
            "ECS, to see how it would be deployed",
        )


def not_modelled(facts: ServiceFacts) -> Lints:
    """Settings that are stored and change nothing here."""
    for name in sorted(facts.wanted.stored.keys() & NOT_MODELLED.keys()):
        message = f"{NOT_MODELLED[name]} is stored and described, and changes no decision"
        yield ServiceLint("not-modelled", name, message)


def classic_load_balancer(facts: ServiceFacts) -> Lints:
    """Classic Load Balancers (S9.1, D18)."""
    for number, item in enumerate(facts.wanted.load_balancer_items):
        if item.get("loadBalancerName"):
            yield ServiceLint(
                "classic-load-balancer",
                f"loadBalancers[{number}].loadBalancerName",
                "with a Classic Load Balancer the host port is fixed, deployments show no "
                "rolloutState, and zones are not rebalanced",
                "a target group",
            )


# Grace


def grace(facts: ServiceFacts) -> Lints:
    """A grace period that nothing reads, or that ends before the container has started (S9.7)."""
    path = "healthCheckGracePeriodSeconds"
    given = facts.wanted.grace or 0
    groups = [one["targetGroupArn"] for one in facts.wanted.load_balancer_items if _group(one)]
    has_balancer = bool(facts.wanted.load_balancer_items) or (
        "vpcLatticeConfigurations" in facts.wanted.stored
    )
    checked = [one for one in facts.containers if _has_check(one)]
    if given and not has_balancer and facts.definition is not None and not checked:
        message = "no load balancer and no container check looks at the tasks: it changes nothing"
        yield ServiceLint("grace-ignored", path, message)
    if not groups:
        return
    first = max(given, min(_first_verdict(facts, arn) for arn in groups))
    for one in checked:
        needs = one["healthCheck"].get("startPeriod") or 0
        if needs > first:
            yield ServiceLint(
                "grace-too-short",
                path,
                f"container {one.get('name')} may take {needs} s to start (startPeriod), and the "
                f"load balancer replaces the task when it does not answer for {first} s",
                f"{needs} or more",
            )


def _group(item: Mapping[str, Any]) -> bool:
    return bool(item.get("targetGroupArn"))


def _has_check(container: Mapping[str, Any]) -> bool:
    command = (container.get("healthCheck") or {}).get("command") or ["NONE"]
    return bool(command[0] != "NONE")


def _first_verdict(facts: ServiceFacts, arn: str) -> int:
    """Return after how many seconds a target that never answers is unhealthy."""
    groups = {} if facts.account is None else facts.account.elb.targets.groups
    group = groups.get(arn)
    if group is None:
        return USUAL_INTERVAL * USUAL_THRESHOLD
    return group.check.interval * group.check.unhealthy_threshold // SECOND


# Strategies


def strategies(facts: ServiceFacts) -> Lints:
    """Strategies whose order leaves little or nothing to decide for those that follow (2.9)."""
    before: set[str] = set()
    for number, item in enumerate(facts.wanted.strategy_items):
        path = f"placementStrategy[{number}]"
        kind, field = item.get("type"), item.get("field", "")
        if "random" in before:
            message = f"{kind} is never asked: random decides before it"
            yield ServiceLint("strategy-ignored", path, message, "random last")
        elif "binpack" in before and kind == "spread":
            message = "spread after binpack only decides among exactly equal amounts"
            yield ServiceLint("strategy-ignored", path, message, "spread first")
        if before and kind == "spread" and field == f"attribute:{ZONE}":
            message = (
                "tasks are spread over zones only after another criterion, and zones are not "
                "rebalanced"
            )
            yield ServiceLint("zone-order", path, message, "spread over zones first")
        before.add(str(kind))


COMBINATION_RULES = (controller, not_modelled, classic_load_balancer, grace, strategies)
