"""Capacity providers as typed records (S11.1).

In: nothing.  Out: the record classes, and the two providers that every account has.  Must not know
calls or groups: a provider names its group.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

import attrs

from placement.ecs.control.capacity.managed.records import ManagedCapacity
from placement.engine.request import BinPack, Spread, Strategy
from placement.model.attribute_names import ZONE
from placement.scaling.distribution import StrategyItem
from placement.scaling.managed_scaling import Memory

__all__ = [
    "FARGATE_PROVIDERS",
    "MANAGED_STRATEGY",
    "GroupSettings",
    "ProviderKind",
    "ProviderRecord",
    "ProviderStatus",
    "UpdateStatus",
    "built_in_providers",
    "is_fargate_strategy",
    "strategy_items",
    "strategy_launch_type",
]

Document = dict[str, Any]

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
"""The providers that exist in every account, and need no instances."""


MANAGED_STRATEGY: tuple[Strategy, ...] = (Spread(f"attribute:{ZONE}"), BinPack("memory"))
"""How tasks are placed on Managed Instances where nothing else is said (D82)."""


class ProviderKind(enum.StrEnum):
    """What a provider gets its capacity from, as the API writes it."""

    GROUP = "EC2_AUTOSCALING"
    FARGATE = "FARGATE"
    FARGATE_SPOT = "FARGATE_SPOT"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"


class ProviderStatus(enum.StrEnum):
    """Whether a provider can be used."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class UpdateStatus(enum.StrEnum):
    """How far the last change of a provider is (D71)."""

    CREATE_COMPLETE = "CREATE_COMPLETE"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"

    @property
    def is_deletion(self) -> bool:
        """Whether the provider is being deleted or gone."""
        return self in (UpdateStatus.DELETE_IN_PROGRESS, UpdateStatus.DELETE_COMPLETE)


@attrs.frozen
class GroupSettings:
    """What a provider does with its group (``autoScalingGroupProvider``).

    Attributes:
        is_managed: Whether managed scaling sets the group's desired capacity.
        target: targetCapacity, per cent.
        minimum_step: minimumScalingStepSize.
        maximum_step: maximumScalingStepSize.
        warm_up: instanceWarmupPeriod, seconds.
        protects: Managed termination protection: only instances without tasks are terminated.
        drains: Managed draining: an instance is DRAINING before it is terminated.
    """

    is_managed: bool = False
    target: int = 100
    minimum_step: int = 1
    maximum_step: int = 10_000
    warm_up: int = 300
    protects: bool = False
    drains: bool = True


@attrs.define(eq=False)
class ProviderRecord:
    """A capacity provider.

    Attributes:
        name: Its name.
        arn: Its ARN.
        kind: What it gets its capacity from.
        created_at: When it was created; None for FARGATE and FARGATE_SPOT.
        group: The name of its group; None without one.
        group_arn: The group's ARN as given.
        settings: What it does with its group.
        status: Whether it can be used.
        update_status: How far its last change is; None: it was never changed.
        tags: As given.
        memory: What managed scaling remembers from one minute to the next.
        reservation: CapacityProviderReservation at the last full minute, per cent; None: there was
            none.
        managed: What it has if it is of Managed Instances; None for all others.
        is_loaded: Whether a document described it: it is then written even if nothing uses it.
        extra: Further fields of a loaded document, as the API names them; below ``managedScaling``
            those that are not shown while managed scaling is off.
    """

    name: str
    arn: str
    kind: ProviderKind
    created_at: datetime | None = None
    group: str | None = None
    group_arn: str | None = None
    settings: GroupSettings = GroupSettings()
    status: ProviderStatus = ProviderStatus.ACTIVE
    update_status: UpdateStatus | None = None
    tags: list[Document] = attrs.field(factory=list)
    memory: Memory = attrs.field(factory=Memory)
    reservation: Fraction | None = None
    managed: ManagedCapacity | None = None
    is_loaded: bool = False
    extra: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def is_fargate(self) -> bool:
        """Whether its tasks need no instances."""
        return self.kind in (ProviderKind.FARGATE, ProviderKind.FARGATE_SPOT)

    @property
    def launch_type(self) -> str:
        """The launch type that its tasks show."""
        if self.kind is ProviderKind.MANAGED_INSTANCES:
            return "MANAGED_INSTANCES"
        return "FARGATE" if self.is_fargate else "EC2"

    @property
    def is_gone(self) -> bool:
        """Whether it is deleted."""
        return self.status is ProviderStatus.INACTIVE

    @property
    def lets_wait(self) -> bool:
        """Whether tasks that fit nowhere wait for instances in PROVISIONING (S11.3)."""
        if self.is_fargate:
            return False
        return self.managed is not None or self.settings.is_managed

    @property
    def is_leaving(self) -> bool:
        """Whether it is being deleted or gone."""
        return self.update_status is not None and self.update_status.is_deletion


def built_in_providers(arn: str) -> dict[str, ProviderRecord]:
    """Return FARGATE and FARGATE_SPOT by name.

    Args:
        arn: What their ARNs begin with, before the name.
    """
    return {
        name: ProviderRecord(name, arn + name, ProviderKind(name)) for name in FARGATE_PROVIDERS
    }


def is_fargate_strategy(strategy: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a ``capacityProviderStrategy`` is of Fargate, as all its items are (S11.1)."""
    return any(item.get("capacityProvider") in FARGATE_PROVIDERS for item in strategy)


def strategy_launch_type(
    providers: Mapping[str, ProviderRecord], strategy: Iterable[Mapping[str, Any]]
) -> str:
    """Return the launch type of the tasks of a ``capacityProviderStrategy``; all items have one.

    Providers that are not there count as those of Auto Scaling groups.
    """
    for item in strategy:
        name = item.get("capacityProvider")
        found = providers.get(name) if isinstance(name, str) else None
        if found is not None:
            return found.launch_type
    return "EC2"


def strategy_items(strategy: Iterable[Mapping[str, Any]]) -> tuple[StrategyItem, ...]:
    """Return a ``capacityProviderStrategy`` as the distribution takes it (S11.2)."""
    return tuple(
        StrategyItem(item["capacityProvider"], item.get("weight", 0), item.get("base", 0))
        for item in strategy
    )
