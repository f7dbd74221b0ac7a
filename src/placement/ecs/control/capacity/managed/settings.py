"""``managedInstancesProvider`` read: what a provider launches, and when instances leave (S12.1).

In: the object as a call or a dump has it, with the types of boto3's shapes.  Out:
``ManagedSettings``, or the place of a value that cannot be.  Members that the package's table
cannot answer are found by ``not_modelled``: calls refuse them by name (C45), dumps keep them (C48).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from placement.ecs.control.capacity.managed.records import ManagedSettings, Purchase
from placement.errors import DocumentError, UsageError, describe_value
from placement.scaling.instance_requirements import (
    UNANSWERABLE,
    Inclusion,
    InstanceRequirements,
    Range,
)
from placement.scaling.optimisation import MAX_SCALE_IN_AFTER, scale_in_delay

__all__ = ["managed_settings", "not_modelled"]

PURCHASES = {
    "ON_DEMAND": Purchase.ON_DEMAND,
    "SPOT": Purchase.SPOT,
    "RESERVED": Purchase.RESERVED,
}
INCLUSIONS = tuple(one.value for one in Inclusion)
GENERATIONS = ("current", "previous")
ACCELERATORS = ("gpu", "fpga", "inference")
TEMPLATE, REQUIREMENTS = "instanceLaunchTemplate", "instanceLaunchTemplate.instanceRequirements"
MAX_SUBNETS = 16
MAX_TYPES = 400
"""Types that may be allowed or excluded (API)."""


def managed_settings(document: Mapping[str, Any], spot_factor: Fraction) -> ManagedSettings:
    """Return what an object ``managedInstancesProvider`` says.

    Args:
        document: The object, complete: an update is merged into what there was.
        spot_factor: What Spot capacity costs, relative to On-Demand.

    Raises:
        DocumentError: a value is out of its range, or some contradict each other.
    """
    template = document[TEMPLATE]
    subnets = template.get("networkConfiguration", {}).get("subnets", [])
    if not 1 <= len(subnets) <= MAX_SUBNETS or not all(subnets):
        path = f"{TEMPLATE}.networkConfiguration.subnets"
        raise DocumentError(f"expected from 1 to {MAX_SUBNETS} ids of subnets", path)
    option = template.get("capacityOptionType", "ON_DEMAND")
    purchase = PURCHASES[_among(option, PURCHASES, f"{TEMPLATE}.capacityOptionType")]
    scale_in_after = document.get("infrastructureOptimization", {}).get("scaleInAfter")
    try:
        scale_in_delay(scale_in_after)
    except UsageError:
        message = f"expected a number from -1 to {MAX_SCALE_IN_AFTER}, not {scale_in_after}"
        raise DocumentError(message, "infrastructureOptimization.scaleInAfter") from None
    tags = _among(
        document.get("propagateTags", "NONE"), ("CAPACITY_PROVIDER", "NONE"), "propagateTags"
    )
    repair = document.get("autoRepairConfiguration", {}).get("actionsStatus", "ENABLED")
    _among(repair, ("ENABLED", "DISABLED"), "autoRepairConfiguration.actionsStatus")
    monitoring = template.get("monitoring", "BASIC")
    _among(monitoring, ("BASIC", "DETAILED"), f"{TEMPLATE}.monitoring")
    return ManagedSettings(
        document,
        tuple(subnets),
        _requirements(template.get("instanceRequirements"), purchase, spot_factor),
        purchase,
        _falls_back(template.get("capacityReservations", {}), purchase),
        scale_in_after,
        tags == "CAPACITY_PROVIDER",
    )


def not_modelled(document: Mapping[str, Any]) -> str | None:
    """Return the first member that the package's table cannot answer; None: there is none (C45)."""
    template = document.get(TEMPLATE, {})
    requirements = template.get("instanceRequirements", {})
    for name in UNANSWERABLE:
        if name in requirements:
            return f"{REQUIREMENTS}.{name}"
    if "fpga" in requirements.get("acceleratorTypes", ()):
        return f"{REQUIREMENTS}.acceleratorTypes: fpga"
    return f"{TEMPLATE}.nitroEnclavesEnabled" if template.get("nitroEnclavesEnabled") else None


def _falls_back(reservations: Mapping[str, Any], purchase: Purchase) -> bool:
    """Return whether On-Demand instances follow where no reserved one is left.

    Raises:
        DocumentError: the preference does not go with the capacity option.
    """
    path = f"{TEMPLATE}.capacityReservations.reservationPreference"
    usual = "RESERVATIONS_ONLY" if purchase is Purchase.RESERVED else "RESERVATIONS_EXCLUDED"
    preference = reservations.get("reservationPreference", usual)
    known = ("RESERVATIONS_ONLY", "RESERVATIONS_FIRST", "RESERVATIONS_EXCLUDED")
    _among(preference, known, path)
    if (preference == "RESERVATIONS_EXCLUDED") == (purchase is Purchase.RESERVED):
        message = f"{preference} does not go with the capacityOptionType"
        raise DocumentError(message, path)
    return bool(preference == "RESERVATIONS_FIRST")


def _requirements(
    given: Mapping[str, Any] | None, purchase: Purchase, spot_factor: Fraction
) -> InstanceRequirements | None:
    if given is None:
        return None
    over, share = _price_limits(given, purchase, spot_factor)
    allowed, excluded = (_types(given, name) for name in ("allowed", "excluded"))
    if allowed and excluded:
        raise DocumentError(
            "allowedInstanceTypes and excludedInstanceTypes exclude each other", REQUIREMENTS
        )
    return InstanceRequirements(
        _range(given, "vCpuCount"),
        _range(given, "memoryMiB"),
        _range(given, "memoryGiBPerVCpu"),
        _several(given, "instanceGenerations", GENERATIONS),
        allowed,
        excluded,
        _inclusion(given, "burstablePerformance", Inclusion.EXCLUDED),
        _inclusion(given, "bareMetal", Inclusion.EXCLUDED),
        _inclusion(given, "localStorage", Inclusion.INCLUDED),
        _range(given, "totalLocalStorageGB"),
        _range(given, "networkInterfaceCount"),
        _several(given, "acceleratorTypes", ACCELERATORS),
        _range(given, "acceleratorCount"),
        _range(given, "acceleratorTotalMemoryMiB"),
        over,
        share,
    )


def _price_limits(
    given: Mapping[str, Any], purchase: Purchase, spot_factor: Fraction
) -> tuple[int | None, Fraction | None]:
    """Return the price limits of the purchase option, as ``InstanceRequirements`` has them.

    Raises:
        DocumentError: one is below 0, or both of Spot are given.
    """
    names = (
        "onDemandMaxPricePercentageOverLowestPrice",
        "spotMaxPricePercentageOverLowestPrice",
        "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
    )
    for name in names:
        if given.get(name, 0) < 0:
            message = f"expected a number from 0, not {given[name]}"
            raise DocumentError(message, f"{REQUIREMENTS}.{name}")
    on_demand, over, share = (given.get(name) for name in names)
    if over is not None and share is not None:
        raise DocumentError(f"{names[1]} and {names[2]} exclude each other", REQUIREMENTS)
    if purchase is not Purchase.SPOT:
        return on_demand, None
    return over, None if share is None else Fraction(share) / spot_factor


def _range(given: Mapping[str, Any], name: str) -> Range:
    """Return bounds that may be left out.

    Raises:
        DocumentError: one is below 0, no number, or the smallest is above the largest.
    """
    bounds = given.get(name, {})
    numbers: list[Fraction | None] = []
    for end in ("min", "max"):
        value = bounds.get(end)
        if value is not None and not 0 <= value < float("inf"):
            message = f"expected a number from 0, not {value}"
            raise DocumentError(message, f"{REQUIREMENTS}.{name}.{end}")
        numbers.append(None if value is None else Fraction(Decimal(str(value))))
    try:
        return Range(*numbers)
    except UsageError as error:
        raise DocumentError(str(error), f"{REQUIREMENTS}.{name}") from None


def _inclusion(given: Mapping[str, Any], name: str, usual: Inclusion) -> Inclusion:
    return Inclusion(_among(given.get(name, usual.value), INCLUSIONS, f"{REQUIREMENTS}.{name}"))


def _several(given: Mapping[str, Any], name: str, known: tuple[str, ...]) -> frozenset[str]:
    values = given.get(name, [])
    for value in values:
        _among(value, known, f"{REQUIREMENTS}.{name}")
    return frozenset(values)


def _types(given: Mapping[str, Any], which: str) -> tuple[str, ...]:
    """Return the patterns of ``allowedInstanceTypes`` or ``excludedInstanceTypes``."""
    name = f"{which}InstanceTypes"
    values = given.get(name, [])
    if len(values) > MAX_TYPES or not all(values):
        raise DocumentError(
            f"expected at most {MAX_TYPES} types, none of them empty", f"{REQUIREMENTS}.{name}"
        )
    return tuple(values)


def _among(value: Any, known: Any, path: str) -> Any:
    if value not in known:
        message = f"expected {', '.join(known)}, not {describe_value(value)}"
        raise DocumentError(message, path)
    return value
