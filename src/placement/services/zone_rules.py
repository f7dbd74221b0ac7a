"""What is balanced over Availability Zones, and which services may be rebalanced (4.9, S8.4).

In: tasks by zone, settings of a service.  Out: targets by zone, reasons.  Which batches lead there
is decided in ``zones``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

__all__ = [
    "BY_ZONE",
    "Ineligible",
    "RebalancingSettings",
    "ineligible",
    "is_balanced",
    "zone_targets",
]

BY_ZONE = "attribute:ecs.availability-zone"


class Ineligible(enum.Enum):
    """Why a service is not rebalanced; the value is the reason as a sentence."""

    DISABLED = "availabilityZoneRebalancing is DISABLED"
    DAEMON = "the scheduling strategy is DAEMON"
    EXTERNAL = "tasks run on external instances or under an external controller"
    MAXIMUM_PERCENT = "maximumPercent is not above 100"
    CLASSIC_LOAD_BALANCER = "the service has a Classic Load Balancer"
    CONSTRAINT = f"a placement constraint names {BY_ZONE}"
    STRATEGY = f"the first placement strategy is not spread on {BY_ZONE}"

    @property
    def sentence(self) -> str:
        """The reason as a sentence without full stop."""
        return self.value


@attrs.frozen
class RebalancingSettings:
    """What decides whether a service may be rebalanced.

    Attributes:
        is_enabled: availabilityZoneRebalancing.
        is_replica: Whether the scheduling strategy is REPLICA.
        is_external: Launch type or deployment controller EXTERNAL.
        maximum_percent: maximumPercent.
        has_classic_load_balancer: Whether a load balancer of the service is a Classic one.
        has_zone_constraint: Whether a placement constraint names the attribute of the zone.
        first_strategy: Type and field of the first placement strategy; None: there is none.
    """

    is_enabled: bool = True
    is_replica: bool = True
    is_external: bool = False
    maximum_percent: int = 200
    has_classic_load_balancer: bool = False
    has_zone_constraint: bool = False
    first_strategy: tuple[str, str] | None = None


def ineligible(settings: RebalancingSettings) -> Ineligible | None:
    """Return why a service is not rebalanced, the first reason; None: it may be (S8.4.1)."""
    strategy = settings.first_strategy
    reasons = {
        Ineligible.DISABLED: not settings.is_enabled,
        Ineligible.DAEMON: not settings.is_replica,
        Ineligible.EXTERNAL: settings.is_external,
        Ineligible.MAXIMUM_PERCENT: settings.maximum_percent <= 100,
        Ineligible.CLASSIC_LOAD_BALANCER: settings.has_classic_load_balancer,
        Ineligible.CONSTRAINT: settings.has_zone_constraint,
        Ineligible.STRATEGY: strategy is not None and strategy != ("spread", BY_ZONE),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def is_balanced(counts: Mapping[str, int]) -> bool:
    """Return whether no zone has 2 tasks more than another (A52).

    Args:
        counts: Tasks by zone, those included that have none (A53).
    """
    return not counts or max(counts.values()) - min(counts.values()) <= 1


def zone_targets(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many tasks each zone should have, by name.

    Equally many; what remains goes to the zones that have most tasks now, ties by name (B32).
    """
    if not counts:
        return {}
    least, extra = divmod(sum(counts.values()), len(counts))
    fullest = sorted(counts, key=lambda zone: (-counts[zone], zone))[:extra]
    return {zone: least + (zone in fullest) for zone in sorted(counts)}
