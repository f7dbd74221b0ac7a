"""Managed Instances as typed records (S12).

In: nothing.  Out: the record classes.  Must not know calls, nor how anything is decided.

Moments are whole microseconds since 1970, prices exact USD per hour.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from placement.scaling.instance_requirements import InstanceRequirements

__all__ = [
    "ManagedCapacity",
    "ManagedInstanceRecord",
    "ManagedSettings",
    "ManagedState",
    "Purchase",
]


class Purchase(enum.StrEnum):
    """How an instance is bought, as ``LaunchRequest.purchase`` names it (C45)."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED = "reserved"


class ManagedState(enum.StrEnum):
    """Where a Managed Instance is."""

    LAUNCHING = "launching"
    REGISTERED = "registered"
    DEREGISTERING = "deregistering"


@attrs.frozen(eq=False)
class ManagedSettings:
    """What a provider launches, and when its instances leave (``managedInstancesProvider``).

    Attributes:
        document: As it is described: what was given, defaults filled in.
        subnets: Where it launches.
        requirements: instanceRequirements; None: none were given (D81).
        purchase: capacityOptionType.
        falls_back: Whether On-Demand instances follow where no reserved one is left.
        scale_in_after: infrastructureOptimization.scaleInAfter, seconds; -1: never, None: the
            default (D83).
        tags_instances: Whether instances get the provider's tags.
    """

    document: Mapping[str, Any]
    subnets: tuple[str, ...]
    requirements: InstanceRequirements | None = None
    purchase: Purchase = Purchase.ON_DEMAND
    falls_back: bool = False
    scale_in_after: int | None = None
    tags_instances: bool = False


@attrs.define(eq=False)
class ManagedInstanceRecord:
    """An instance of a Managed Instances provider, from the beginning of its launch to its end.

    Attributes:
        id: ``i-...``.
        zone: Its zone.
        subnet: The subnet that it is in.
        instance_type: Its EC2 type.
        purchase: How it is bought.
        price: USD per hour when it was launched; None: not known.
        launched_at: When its launch began.
        changed_at: When the last task started or stopped on it, daemons left aside; its
            registration if there was none.
        tasks: Creation numbers of the waiting tasks that it was launched for; empty once it is
            registered.
        state: Where it is.
        container_instance: The id of its container instance; None: it has not registered yet.
        replacement: What one new instance for its tasks would cost, and what that depends on, so
            that it is found once; None: it was not asked for.
    """

    id: str
    zone: str
    subnet: str
    instance_type: str
    purchase: Purchase
    price: Fraction | None
    launched_at: int
    changed_at: int
    tasks: tuple[int, ...] = ()
    state: ManagedState = ManagedState.LAUNCHING
    container_instance: str | None = None
    replacement: tuple[Any, Fraction | None] | None = None


@attrs.define(eq=False)
class ManagedCapacity:
    """What a capacity provider of Managed Instances has beside other providers.

    Attributes:
        cluster: The name of its cluster.
        settings: What it launches, and when instances leave.
        instances: By id, in the order of their launch; those that have ended are gone.
        failed: Pairs of zone and type not to be tried before the next full minute (C45).
        scarce: Pairs whose last launch failed: no running instance is given up for one of them.
        served: When an instance was launched for a waiting task last, by its creation number.
        unserved: Why nothing was launched for a waiting task, as the history says, likewise.
        look_at: When it is found out next which instances leave; None: nothing is due.
        retry_at: The full minute at which launches are tried again; None: none is waited for.
    """

    cluster: str
    settings: ManagedSettings
    instances: dict[str, ManagedInstanceRecord] = attrs.field(factory=dict)
    failed: frozenset[tuple[str, str]] = frozenset()
    scarce: frozenset[tuple[str, str]] = frozenset()
    served: dict[int, int] = attrs.field(factory=dict)
    unserved: dict[int, str] = attrs.field(factory=dict)
    look_at: int | None = None
    retry_at: int | None = None
