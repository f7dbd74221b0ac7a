"""The parameters of CreateAutoScalingGroup and UpdateAutoScalingGroup, read (S11.5, C34, C48).

In: an account and checked parameters.  Out: types, zones, template, policy, or the exception of the
API.  What would change a decision and is not modelled is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.ecs.calls.autoscaling.errors import invalid, unsupported
from placement.ecs.control.account import Account
from placement.errors import describe_value
from placement.machines.ec2_types import instance_types
from placement.scaling.groups import Policy

__all__ = ["Machines", "check_sizes", "machines_of", "policy_of", "refuse_unmodelled", "zones_of"]

Document = Mapping[str, Any]

_NOT_MODELLED = (
    "AvailabilityZoneIds",
    "CapacityReservationSpecification",
    "InstanceId",
    "InstanceLifecyclePolicy",
    "InstanceMaintenancePolicy",
    "LifecycleHookSpecificationList",
    "MaxInstanceLifetime",
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
)
"""Parameters that would change launches and terminations (C48)."""

LARGEST = 1_000_000
"""The largest size of a group: more instances than any quota allows."""


@attrs.frozen
class Machines:
    """What a group launches.

    Attributes:
        types: The instance types of its overrides, in order.
        template: The name or id of its launch template or configuration.
        shown: The launch template as instances show it; None: a launch configuration.
    """

    types: tuple[str, ...]
    template: str | None
    shown: Mapping[str, Any] | None


def refuse_unmodelled(parameters: Document) -> None:
    """Refuse parameters that would change a decision and are not modelled (C48)."""
    for name in _NOT_MODELLED:
        if name in parameters:
            raise unsupported(name)
    if parameters.get("CapacityRebalance"):
        raise unsupported("CapacityRebalance")
    if parameters.get("DesiredCapacityType", "units") != "units":
        raise unsupported(f"DesiredCapacityType {parameters['DesiredCapacityType']}")


def machines_of(parameters: Document) -> Machines | None:
    """Return what a call says a group launches; None: it says nothing."""
    mixed = parameters.get("MixedInstancesPolicy")
    given = [
        name
        for name in ("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy")
        if name in parameters
    ]
    if len(given) > 1:
        raise invalid(
            "Valid requests must contain either launchTemplate, LaunchConfigurationName, "
            "MixedInstancesPolicy or InstanceId parameter."
        )
    if mixed is not None:
        return _mixed(mixed)
    if "LaunchTemplate" in parameters:
        return Machines((), _template_name(parameters["LaunchTemplate"]), _shown(parameters))
    if "LaunchConfigurationName" in parameters:
        return Machines((), parameters["LaunchConfigurationName"], None)
    return None


def _mixed(mixed: Document) -> Machines:
    launch = mixed.get("LaunchTemplate", {})
    specification = launch.get("LaunchTemplateSpecification")
    if specification is None:
        raise invalid("MixedInstancesPolicy needs a LaunchTemplateSpecification.")
    _check_distribution(mixed.get("InstancesDistribution", {}))
    types = []
    for override in launch.get("Overrides", ()):
        for name in ("InstanceRequirements", "WeightedCapacity", "LaunchTemplateSpecification"):
            if name in override:
                raise unsupported(name)
        type = override.get("InstanceType")
        if type not in instance_types():
            raise invalid(f"Invalid instance type {describe_value(type)} in Overrides.")
        if type in types:
            raise invalid(f"The instance type {type} is listed twice in Overrides.")
        types.append(type)
    return Machines(
        tuple(types), _template_name(specification), _shown({"LaunchTemplate": specification})
    )


def _check_distribution(distribution: Document) -> None:
    """Refuse Spot instances: types are tried in the order of the overrides (S11.5.2)."""
    if distribution.get("OnDemandPercentageAboveBaseCapacity", 100) != 100:
        raise unsupported("OnDemandPercentageAboveBaseCapacity below 100")


def _template_name(specification: Document) -> str:
    name = specification.get("LaunchTemplateName", specification.get("LaunchTemplateId"))
    if name is None:
        raise invalid("Either LaunchTemplateId or LaunchTemplateName must be specified.")
    return str(name)


def _shown(parameters: Document) -> Mapping[str, Any]:
    return dict(parameters["LaunchTemplate"])


def zones_of(account: Account, parameters: Document) -> dict[str, str | None]:
    """Return the zones that a call gives, each with its subnet if it has one (C34, C46)."""
    found: dict[str, str | None] = dict.fromkeys(parameters.get("AvailabilityZones", ()))
    listed = parameters.get("VPCZoneIdentifier") or ""
    for subnet in filter(None, (text.strip() for text in listed.split(","))):
        _, zone = account.subnets.get(subnet, ("", f"{account.region}a"))
        if found.get(zone) is None:
            found[zone] = subnet
    for zone in found:
        if not zone.startswith(account.region) or zone == account.region:
            raise invalid(f"Invalid Availability Zones: {describe_value(zone)}")
    return found


def policy_of(policies: list[str]) -> Policy:
    """Return the termination policy; of several the first that is modelled decides alone."""
    if len(policies) > 1 and policies[1:] != ["Default"]:
        raise unsupported("a list of several TerminationPolicies")
    name = policies[0] if policies else "Default"
    try:
        return Policy(name)
    except ValueError:
        raise unsupported(f"the termination policy {name}") from None


def check_sizes(minimum: int, maximum: int, desired: int) -> None:
    """Refuse sizes that contradict each other."""
    if not 0 <= minimum <= maximum <= LARGEST:
        raise invalid(
            f"Max bound, {maximum}, must be greater than or equal to min bound, {minimum}, and "
            f"both from 0 to {LARGEST}"
        )
    if desired < minimum:
        raise invalid(
            f"Desired capacity:{desired} must be between the specified min size:{minimum} and max "
            f"size:{maximum}"
        )
    if desired > maximum:
        raise invalid(
            f"Desired capacity:{desired} must be between the specified min size:{minimum} and max "
            f"size:{maximum}"
        )
