"""What the document of an Auto Scaling group says of its machines, zones and scale-in (S11.5, C48).

In: a document of DescribeAutoScalingGroups.  Out: types, template, zones, policy; or why the group
is kept as it came.  Values are those that the calls of the client ``autoscaling`` take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from placement.ecs.control.account import Account
from placement.ecs.control.dumps.fields import Fields
from placement.errors import describe_value
from placement.scaling.groups import Policy

__all__ = ["Template", "policy_from", "template_from", "why_group_kept", "zones_from"]


class Template(NamedTuple):
    """What a group launches: types of its overrides, name of its template, template as shown."""

    types: tuple[str, ...]
    template: str | None
    shown: Mapping[str, Any] | None


def _is_set(value: Any) -> bool:
    return bool(value)


_NOT_MODELLED: Mapping[str, Callable[[Any], bool]] = {
    "CapacityRebalance": _is_set,
    "DesiredCapacityType": lambda value: value != "units",
    "MaxInstanceLifetime": _is_set,
    "WarmPoolConfiguration": _is_set,
    "AvailabilityZoneDistribution": lambda value: (
        _member(value, "CapacityDistributionStrategy") not in (None, "balanced-best-effort")
    ),
    "InstanceMaintenancePolicy": lambda value: (
        _member(value, "MinHealthyPercentage") not in (None, -1)
    ),
    "TerminationPolicies": lambda value: _policy(value) is None,
}
"""Fields that change launches and terminations, each with what tells that it does (C48)."""

_PROCESSES = ("Launch", "Terminate")
"""Processes whose suspension is not modelled."""

_OVERRIDES = ("InstanceRequirements", "WeightedCapacity")


def why_group_kept(document: Mapping[str, Any]) -> str | None:
    """Return why the model does not run a group, None: it does."""
    for name, changes in _NOT_MODELLED.items():
        if document.get(name) is not None and changes(document[name]):
            return f"{name} {describe_value(document[name])} is not modelled"
    for process in _items(document.get("SuspendedProcesses")):
        if _member(process, "ProcessName") in _PROCESSES:
            return f"its process {_member(process, 'ProcessName')} is suspended"
    mixed = document.get("MixedInstancesPolicy")
    for override in _items(_member(_member(mixed, "LaunchTemplate"), "Overrides")):
        for name in _OVERRIDES:
            if _member(override, name) is not None:
                return f"{name} of overrides is not modelled"
    share = _member(_member(mixed, "InstancesDistribution"), "OnDemandPercentageAboveBaseCapacity")
    return None if share in (None, 100) else "Spot instances of groups are not modelled"


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def template_from(fields: Fields) -> Template:
    """Return what a group launches.

    Raises:
        DocumentError: something has not the form that Auto Scaling gives it.
    """
    name = fields.text("LaunchConfigurationName")
    shown = fields.object("LaunchTemplate")
    types: list[str] = []
    mixed = fields.object("MixedInstancesPolicy")
    if mixed is not None:
        inside = Fields(mixed, f"{fields.path}.MixedInstancesPolicy")
        launch = Fields(inside.object("LaunchTemplate") or {}, f"{inside.path}.LaunchTemplate")
        shown = launch.object("LaunchTemplateSpecification") or shown
        for override, here in launch.with_paths("Overrides"):
            one = Fields(override, here).text("InstanceType")
            if one is not None and one not in types:
                types.append(one)
    if shown is not None:
        template = Fields(shown, f"{fields.path}.LaunchTemplate")
        name = template.text("LaunchTemplateName") or template.text("LaunchTemplateId") or name
    return Template(tuple(types), name, shown)


def zones_from(account: Account, fields: Fields) -> dict[str, str | None]:
    """Return the zones of a group, each with its subnet if one is known to be there.

    Without ``AvailabilityZones`` they are those of its subnets (C34, C46).
    """
    found: dict[str, str | None] = dict.fromkeys(fields.texts("AvailabilityZones"))
    are_given = bool(found)
    for subnet in fields.text("VPCZoneIdentifier", "").split(","):
        name = subnet.strip()
        if not name:
            continue
        _, zone = account.subnets.get(name, ("", f"{account.region}a"))
        if found.get(zone) is None and (zone in found or not are_given):
            found[zone] = name
    return found


def policy_from(fields: Fields) -> Policy:
    """Return how a scale-in chooses; ``why_group_kept`` has found that it is modelled."""
    return _policy(fields.texts("TerminationPolicies")) or Policy.DEFAULT


def _policy(names: Any) -> Policy | None:
    """Return the termination policy; of several the first decides alone, before ``Default``."""
    if not isinstance(names, list) or not names:
        return Policy.DEFAULT
    known = [one.value for one in Policy]
    if names[1:] not in ([], ["Default"]) or names[0] not in known:
        return None
    return Policy(names[0])
