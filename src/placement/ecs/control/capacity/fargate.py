"""Where Fargate takes a task: zones, and the capacity that the caller says there is (S11.6.2, C45).

In: an account, what a task is started with, how many tasks zones have.  Out: a zone, or None where
there is no capacity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from placement.ecs.control.account import Account
from placement.ecs.control.task_requests import TaskRequest
from placement.errors import UsageError, describe_value
from placement.scaling.groups import zone_order

__all__ = ["NO_CAPACITY", "free_zone", "network_zones"]

NO_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability "
    "zone"
)
"""Why no task was placed, as the API says it."""


def network_zones(account: Account, request: TaskRequest) -> set[str]:
    """Return the zones of the subnets of a request; one that nobody registered is in ``REGIONa``.

    That is C46.
    """
    network = request.network
    return {network.zone_of.get(subnet, f"{account.region}a") for subnet in network.subnets}


def free_zone(
    account: Account,
    request: TaskRequest,
    counts: Mapping[str | None, int],
    zones: Collection[str],
    begun: Mapping[str, int] = MappingProxyType({}),
) -> str | None:
    """Return the zone of the next task: the one with fewest tasks that has capacity (D79).

    Args:
        account: The account.
        request: What the task is started with.
        counts: Tasks by zone.
        zones: The zones allowed.
        begun: Tasks of the provider that are about to start beside those that there are, by zone.

    Raises:
        UsageError: the caller's function returned something else than True or False.
    """
    for zone in zone_order({zone: counts.get(zone, 0) for zone in zones}):
        if _has_capacity(account, request, zone, begun.get(zone, 0)):
            return zone
    return None


def _has_capacity(account: Account, request: TaskRequest, zone: str, begun: int) -> bool:
    """Return what the caller's function of capacity says of a zone (C45)."""
    if account.capacity is None:
        return True
    provider = request.settings.capacity_provider or "FARGATE"
    running = begun + sum(
        task.zone == zone
        and task.instance is None
        and not (task.life is not None and task.life.is_waiting)
        and task.settings.launch_type == "FARGATE"
        and (task.settings.capacity_provider or "FARGATE") == provider
        for task in account.live.values()
    )
    task = request.variant.task
    found = account.ask(account.capacity, provider, zone, task.cpu, task.memory, running)
    if not isinstance(found, bool):
        raise UsageError(f"capacity returned {describe_value(found)}, not True or False")
    return found
