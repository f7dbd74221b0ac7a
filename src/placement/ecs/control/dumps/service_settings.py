"""Read settings of services as ECS has printed them, whatever its rules are today (B45).

In: the document of a service.  Out: its deployment settings, placement rules and what is stored, or
``DocumentError`` with the path.  Numbers must be such that the cores can work with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.services.configuration import (
    DeploymentConfiguration,
    default_configuration,
)
from placement.ecs.control.services.configuration_documents import read_configuration
from placement.ecs.options import Options
from placement.ecs.placement_rules import constraints, strategies
from placement.engine.request import Constraint, Strategy
from placement.errors import DocumentError, UsageError, describe_value

__all__ = ["checked_configuration", "configuration_from", "rules_from", "stored_fields"]

STORED = (
    "placementConstraints",
    "placementStrategy",
    "roleArn",
    "createdBy",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "resourceManagementType",
)
"""What a service has beside its revision and is shown as it came."""

MOST_PERCENT = 10_000
MOST = 1 << 40
"""The largest maximumPercent, and number of microseconds, that a document may have."""


def configuration_from(
    document: Mapping[str, Any], scheduling: str, options: Options, path: str
) -> DeploymentConfiguration:
    """Return ``deploymentConfiguration`` of a service or a service deployment.

    Raises:
        DocumentError: it has not the form that ECS gives it, or its numbers cannot be.
    """
    here = f"{path}.deploymentConfiguration"
    usual = default_configuration(scheduling)
    found = read_configuration(document.get("deploymentConfiguration"), usual, here)
    return checked_configuration(found, options, here)


def checked_configuration(
    settings: DeploymentConfiguration, options: Options, path: str
) -> DeploymentConfiguration:
    """Return settings that the cores can work with.

    Raises:
        DocumentError: a number is out of its bounds.
    """
    least, most = settings.minimum_percent, settings.maximum_percent
    if not 0 <= least <= 100 <= most <= MOST_PERCENT:
        message = (
            f"expected minimumHealthyPercent from 0 to 100 and maximumPercent from 100 to "
            f"{MOST_PERCENT}, not {describe_value(least)} and {describe_value(most)}"
        )
        raise DocumentError(message, path)
    try:
        settings.breaker.for_core(options)
        for hook in settings.hooks:
            hook.for_core()
    except UsageError as error:
        raise DocumentError(str(error), path) from None
    lengths = [settings.bake_time, *(hook.timeout or 0 for hook in settings.hooks)]
    percents = []
    early = settings.early_success
    if early is not None and not 0 <= early.healthy_percent <= 100:
        raise DocumentError("expected a healthyPercent from 0 to 100", path)
    if settings.linear is not None:
        lengths.append(settings.linear.step_bake)
        percents.append(settings.linear.step_percent)
    if settings.canary is not None:
        lengths.append(settings.canary.bake)
        percents.append(settings.canary.percent)
    if not all(0 <= length <= MOST for length in lengths):
        raise DocumentError("expected lengths of time from 0 to some days", path)
    if not all(0 < percent <= 100 for percent in percents):
        raise DocumentError("expected a percentage of traffic above 0 and up to 100", path)
    return settings


def rules_from(
    document: Mapping[str, Any], path: str
) -> tuple[tuple[Constraint, ...], tuple[Strategy, ...] | None]:
    """Return placement constraints and strategy of a service, for the engine.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: an object is none of them.
    """
    fields = Fields(document, path)
    try:
        limits = constraints(fields.objects("placementConstraints"))
        chain = strategies(fields.objects("placementStrategy"))
    except DocumentError as error:
        here = error.path if error.path.startswith(path) else f"{path}.{error.path}"
        raise DocumentError(error.message, here) from None
    return tuple(limits), None if chain is None else tuple(chain)


def stored_fields(fields: Fields, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a service stores as it came; types are those of the API."""
    fields.flag("enableECSManagedTags")
    fields.flag("enableExecuteCommand")
    for name in ("roleArn", "createdBy", "propagateTags", "resourceManagementType"):
        fields.text(name)
    fields.skip(*STORED)
    return {name: document[name] for name in STORED if name in document}
