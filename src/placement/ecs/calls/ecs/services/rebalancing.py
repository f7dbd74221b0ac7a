"""``availabilityZoneRebalancing`` of a call: whether a service can have it (S8.4.1).

In: a service as it would be after the call.  Out: ENABLED or DISABLED, or
``InvalidParameterException``.  The rules are those of ``placement.services.zone_rules``.
"""

from __future__ import annotations

from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.calls.ecs.services.wanted import WantedService
from placement.engine.request import MemberOf
from placement.lang.program import Load
from placement.services.zone_rules import BY_ZONE, Ineligible, RebalancingSettings, ineligible

__all__ = ["checked_rebalancing", "why_not_rebalanced"]

_UNSUPPORTED = {
    Ineligible.DAEMON: ("DAEMON as scheduling strategy", "Update scheduling strategy"),
    Ineligible.MAXIMUM_PERCENT: (
        "maximumPercent <= 100 % as deployment configuration",
        "Update deployment configuration",
    ),
    Ineligible.CLASSIC_LOAD_BALANCER: ("Classic Load Balancers", "Update load balancers"),
    Ineligible.EXTERNAL: (
        "EXTERNAL as launch type or deployment controller",
        "Update launch type or deployment controller",
    ),
    Ineligible.CONSTRAINT: (f"placement constraints on {BY_ZONE}", "Update placement constraints"),
    Ineligible.STRATEGY: (
        f"a placement strategy that does not begin with spread on {BY_ZONE}",
        "Update placement strategy",
    ),
}
"""The words for each reason: what is not supported, and what helps."""


def checked_rebalancing(wanted: WantedService) -> str:
    """Return ENABLED or DISABLED; what is not given is ENABLED if the service is eligible (S2.1).

    Raises:
        InvalidParameterException: it is to be ENABLED and the service is not eligible.
    """
    if wanted.rebalancing == "DISABLED":
        return "DISABLED"
    reason = why_not_rebalanced(wanted)
    if reason is None:
        return "ENABLED"
    if wanted.rebalancing is None:
        return "DISABLED"
    what, advice = _UNSUPPORTED[reason]
    raise invalid(
        f"The service couldn't be {wanted.verb} because Availability Zone Rebalancing does not "
        f"support {what}. {advice} and try again."
    )


def why_not_rebalanced(wanted: WantedService) -> Ineligible | None:
    """Return why a service cannot be rebalanced if it asks for it; None: it can."""
    return ineligible(_settings(wanted))


def _settings(wanted: WantedService) -> RebalancingSettings:
    own = () if wanted.definition is None else wanted.definition.task.constraints
    limits = (*wanted.engine_constraints(), *own)
    first = wanted.strategy_items[0] if wanted.strategy_items else None
    return RebalancingSettings(
        is_replica=not wanted.is_daemon,
        is_external=wanted.launch_type == "EXTERNAL" or wanted.controller == "EXTERNAL",
        maximum_percent=wanted.configuration.maximum_percent,
        has_classic_load_balancer=any(
            item.get("loadBalancerName") for item in wanted.load_balancer_items
        ),
        has_zone_constraint=any(isinstance(one, MemberOf) and _names_zone(one) for one in limits),
        first_strategy=None if first is None else (first["type"], first.get("field", "")),
    )


def _names_zone(constraint: MemberOf) -> bool:
    """Return whether an expression asks for the zone of instances."""
    steps = constraint.query.program.instructions
    return any(
        isinstance(step, Load) and getattr(step.leaf, "column", None) == BY_ZONE for step in steps
    )
