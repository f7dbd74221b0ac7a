"""Read a capacity provider of Managed Instances from its document (C50, S12.1).

In: what DescribeCapacityProviders prints of it, the account.  Out: its record, without instances,
or why it is kept as it came (C48).  What belongs to its instances, ``managed_state`` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.records import ManagedCapacity
from placement.ecs.control.capacity.managed.settings import managed_settings, not_modelled
from placement.ecs.control.capacity.providers import (
    ProviderKind,
    ProviderRecord,
    ProviderStatus,
    UpdateStatus,
)
from placement.ecs.control.dumps.fields import Fields
from placement.errors import DocumentError, describe_value

__all__ = ["read_managed_provider"]

PROVIDER, TEMPLATE = "managedInstancesProvider", "instanceLaunchTemplate"

RANGES = (
    *("vCpuCount", "memoryMiB", "memoryGiBPerVCpu", "totalLocalStorageGB"),
    *("networkInterfaceCount", "acceleratorCount", "acceleratorTotalMemoryMiB"),
)
LISTS = ("instanceGenerations", "allowedInstanceTypes", "excludedInstanceTypes", "acceleratorTypes")
TEXTS = ("burstablePerformance", "bareMetal", "localStorage")
PERCENTS = (
    "onDemandMaxPricePercentageOverLowestPrice",
    "spotMaxPricePercentageOverLowestPrice",
    "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
)


def read_managed_provider(
    account: Account, name: str, document: Mapping[str, Any], path: str
) -> ProviderRecord | str:
    """Return the record of a provider, or why there is none.

    Raises:
        DocumentError: something has not the form that ECS gives it, or contradicts itself.
    """
    fields = Fields(document, path)
    fields.skip("name", "type")
    given = fields.object(PROVIDER) or {}
    here = f"{path}.{PROVIDER}"
    _check_types(Fields(given, here))
    cluster = _cluster(account, name, fields)
    if cluster is None:
        return "no document says which cluster it belongs to"
    if not _subnets(given):
        return "no document says in which subnets it launches instances"
    unknown = not_modelled(given)
    if unknown is not None:
        return f"{unknown} is not modelled (C45)"
    try:
        settings = managed_settings(given, account.prices.spot_factor)
    except DocumentError as error:
        raise DocumentError(error.message, f"{here}.{error.path}") from None
    record = ProviderRecord(
        name,
        fields.text("capacityProviderArn") or account.arn(f"capacity-provider/{name}"),
        ProviderKind.MANAGED_INSTANCES,
        status=fields.known_status("status", ProviderStatus) or ProviderStatus.ACTIVE,
        update_status=fields.known_status("updateStatus", UpdateStatus),
        tags=fields.objects("tags"),
        managed=ManagedCapacity(cluster, settings),
        is_loaded=True,
    )
    record.extra = fields.rest()
    return record


def _cluster(account: Account, name: str, fields: Fields) -> str | None:
    """Return the name of the cluster of a provider: as it says, else the one that names it."""
    said = fields.text("cluster")
    if said:
        return said.rpartition("/")[2]
    for cluster in account.clusters.values():
        instances = cluster.instances.values()
        if name in cluster.capacity_providers or any(
            one.capacity_provider == name for one in instances
        ):
            return cluster.name
    return None


def _subnets(given: Mapping[str, Any]) -> Any:
    return given.get(TEMPLATE, {}).get("networkConfiguration", {}).get("subnets")


# Types of the members that are used


def _check_types(given: Fields) -> None:
    """Refuse members of the object that have another type than the API gives them.

    Raises:
        DocumentError: one has.
    """
    given.text("propagateTags")
    _inside(given, "autoRepairConfiguration").text("actionsStatus")
    optimisation = _inside(given, "infrastructureOptimization")
    _check_number(optimisation, "scaleInAfter", whole=True)
    template = _inside(given, TEMPLATE)
    for name in ("capacityOptionType", "monitoring"):
        template.text(name)
    template.flag("nitroEnclavesEnabled")
    _inside(template, "networkConfiguration").texts("subnets")
    _inside(template, "capacityReservations").text("reservationPreference")
    requirements = _inside(template, "instanceRequirements")
    for name in TEXTS:
        requirements.text(name)
    for name in LISTS:
        requirements.texts(name)
    for name in PERCENTS:
        _check_number(requirements, name, whole=True)
    for name in RANGES:
        bounds = _inside(requirements, name)
        for end in ("min", "max"):
            _check_number(bounds, end)


def _inside(fields: Fields, name: str) -> Fields:
    return Fields(fields.object(name) or {}, f"{fields.path}.{name}")


def _check_number(fields: Fields, name: str, *, whole: bool = False) -> None:
    value = fields.value(name)
    kinds = int if whole else (int, float)
    if value is not None and (isinstance(value, bool) or not isinstance(value, kinds)):
        expected = "a whole number" if whole else "a number"
        message = f"expected {expected}, not {describe_value(value)}"
        raise DocumentError(message, f"{fields.path}.{name}")
