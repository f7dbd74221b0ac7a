"""What calls say of providers of Auto Scaling groups, checked, and how they are described (S11.1).

In: parameters whose types are right.  Out: settings, or the exception of the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.ecs.calls.ecs.checking import check_one_of, invalid
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import GroupRecord
from placement.ecs.control.capacity.providers import GroupSettings, ProviderRecord
from placement.ecs.control.records import Document

__all__ = ["SCALING", "group_answer", "new_group_settings", "updated_group_settings"]

SCALING = "managedScaling"
ENABLED, DISABLED = "ENABLED", "DISABLED"
SWITCH = (ENABLED, DISABLED)

INVALID_STEPS = (
    "The minimum or maximum scaling step size value is invalid. The values must be between 1 and "
    "10000, and the minimum must not be greater than the maximum."
)

INVALID_PROTECTION = (
    "The managed termination protection setting for the capacity provider is invalid. "
)


def new_group_settings(account: Account, parameters: Document) -> tuple[GroupRecord, GroupSettings]:
    """Return the group of a new provider, and what the provider does with it.

    Raises:
        InvalidParameterException: there is no such group, another provider has it, or a setting has
            a wrong value.
    """
    if "cluster" in parameters:
        raise invalid("cluster is only valid for capacity providers of Managed Instances.")
    given = parameters["autoScalingGroupProvider"]
    group = _group(account, given["autoScalingGroupArn"])
    for other in account.providers.values():
        if other.group == group.name and not other.is_leaving:
            raise invalid(
                f"The specified Auto Scaling group ARN is already being used by the capacity "
                f"provider {other.name}. Specify a unique Auto Scaling group ARN and try again."
            )
    return group, updated_group_settings(GroupSettings(), given, group)


def updated_group_settings(
    known: GroupSettings, given: Mapping[str, Any], group: GroupRecord | None
) -> GroupSettings:
    """Return settings with what a call gives of them.

    Raises:
        InvalidParameterException: a value is out of its range, or they contradict each other.
    """
    scaling = given.get("managedScaling", {})
    for name in ("managedTerminationProtection", "managedDraining"):
        if name in given:
            check_one_of(given[name], name, SWITCH)
    is_managed = known.is_managed
    if "managedScaling" in given:
        check_one_of(scaling.get("status", ENABLED), "managedScaling.status", SWITCH)
        is_managed = scaling.get("status", ENABLED) == ENABLED
    found = attrs.evolve(
        known,
        is_managed=is_managed,
        target=scaling.get("targetCapacity", known.target),
        minimum_step=scaling.get("minimumScalingStepSize", known.minimum_step),
        maximum_step=scaling.get("maximumScalingStepSize", known.maximum_step),
        warm_up=scaling.get("instanceWarmupPeriod", known.warm_up),
        protects=_switched(given, "managedTerminationProtection", known.protects),
        drains=_switched(given, "managedDraining", known.drains),
    )
    if not 1 <= found.target <= 100:
        raise invalid("The target capacity value is invalid. The value must be from 1 to 100.")
    if not 1 <= found.minimum_step <= found.maximum_step <= 10_000:
        raise invalid(INVALID_STEPS)
    if not 0 <= found.warm_up <= 10_000:
        raise invalid("The instance warm-up period is invalid. It must be from 0 to 10000.")
    if found.protects and not found.is_managed:
        raise invalid(
            f"{INVALID_PROTECTION}To enable managed termination protection for a capacity "
            "provider, managed scaling must be enabled."
        )
    if found.protects and not known.protects and group is not None and not group.protects_new:
        raise invalid(
            f"{INVALID_PROTECTION}To enable managed termination protection for a capacity "
            "provider, the Auto Scaling group must have instance protection from scale in enabled."
        )
    return found


def _switched(given: Mapping[str, Any], name: str, known: bool) -> bool:
    return bool(given[name] == ENABLED) if name in given else known


def group_answer(record: ProviderRecord, arn: str) -> Document:
    """Return ``autoScalingGroupProvider`` as DescribeCapacityProviders gives it.

    Args:
        record: The provider.
        arn: The ARN of its group.
    """
    settings = record.settings
    scaling: Document = {**record.extra.get(SCALING, {}), "status": DISABLED}
    if settings.is_managed:
        scaling = {
            "status": ENABLED,
            "targetCapacity": settings.target,
            "minimumScalingStepSize": settings.minimum_step,
            "maximumScalingStepSize": settings.maximum_step,
            "instanceWarmupPeriod": settings.warm_up,
        }
    return {
        "autoScalingGroupArn": arn,
        "managedScaling": scaling,
        "managedTerminationProtection": ENABLED if settings.protects else DISABLED,
        "managedDraining": ENABLED if settings.drains else DISABLED,
    }


def _group(account: Account, name: str) -> GroupRecord:
    """Return the group of an ARN or name.

    Raises:
        InvalidParameterException: there is none.
    """
    for group in account.groups.values():
        if name in (group.arn, group.name) and not group.is_leaving:
            return group
    raise invalid(
        "The specified Auto Scaling group ARN is invalid or does not exist. Specify a valid ARN "
        "and try again."
    )
