"""What RunTask and StartTask have in common: a definition, overrides, a network, labels.

In: the parameters of a call.  Out: ``TaskRequest``, everything its tasks share, or the exception of
the API.  Where tasks go is not decided here, and nothing is changed.
"""

from __future__ import annotations

import re

import attrs

from placement.ecs.calls.ecs.checking import (
    check_managed_mode,
    check_one_of,
    check_size,
    check_tags,
    invalid,
)
from placement.ecs.calls.ecs.lookups import active_definition
from placement.ecs.control.account import Account
from placement.ecs.control.networks import network_of
from placement.ecs.control.platforms import fargate_settings
from placement.ecs.control.records import DefinitionRecord, Document
from placement.ecs.control.task_records import TaskSettings
from placement.ecs.control.task_requests import TaskRequest
from placement.ecs.control.task_variants import task_variant
from placement.ecs.errors import client_error
from placement.model.checks import checked_group

__all__ = ["on_fargate", "task_request"]

MAX_TAGS = 50

_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{1,128}")


def task_request(
    account: Account, parameters: Document, launch_type: str, provider: str | None = None
) -> TaskRequest:
    """Return what the tasks of a call share, on a capacity provider if one is given.

    Raises:
        DocumentError: the group, the network or the overrides are wrong (``as_client_error``).
        InvalidParameterException: a parameter has a wrong value, or the definition is INACTIVE.
        UnsupportedFeatureException: the call asks for what is not implemented.
    """
    if parameters.get("volumeConfigurations"):
        message = "volumeConfigurations: volumes that a call configures are not supported."
        raise client_error("UnsupportedFeatureException", message)
    record = active_definition(account, parameters["taskDefinition"])
    _check_compatible(record, launch_type)
    execute = parameters.get("enableExecuteCommand", False)
    group = _group(parameters, record)
    mode = record.document.get("networkMode")
    if launch_type == "MANAGED_INSTANCES":
        check_managed_mode(mode)
    network = network_of(parameters.get("networkConfiguration"), mode, account.subnets)
    if network.public and launch_type != "FARGATE":
        raise invalid("Assign public IP is not supported for this launch type.")
    overrides = parameters.get("overrides", {})
    members = None if launch_type == "FARGATE" else provider
    variant = task_variant(record, overrides, network, launch_type, execute, members)
    if execute and not variant.definition.get("taskRoleArn"):
        raise invalid("enableExecuteCommand needs a taskRoleArn, of the definition or overridden.")
    started_by = parameters.get("startedBy")
    if started_by is not None and not _STARTED_BY.fullmatch(started_by):
        message = "startedBy is up to 128 letters, numbers, hyphens, slashes and underscores."
        raise invalid(message)
    settings = TaskSettings(
        record.arn,
        group,
        launch_type,
        started_by,
        execute,
        variant.overrides,
        str(variant.task.cpu),
        str(variant.task.memory),
        capacity_provider=provider,
    )
    return TaskRequest(variant, settings, network, _tags(parameters, record))


def on_fargate(request: TaskRequest, version: str) -> TaskRequest:
    """Return a request with what Fargate adds: its platform, and storage of 20 GiB at least.

    ``version`` is the platform version, LATEST or a number.
    """
    fargate = fargate_settings(request.variant.definition, version)
    settings = attrs.evolve(request.settings, fargate=fargate)
    return attrs.evolve(request, settings=settings)


def _check_compatible(record: DefinitionRecord, launch_type: str) -> None:
    """Refuse a launch type that the definition is not made for."""
    known = record.document.get("compatibilities")
    if known is None and launch_type == "FARGATE":
        known = record.document.get("requiresCompatibilities", ())
    if known is not None and launch_type not in known:
        raise invalid(f"Task definition does not support launch_type {launch_type}.")


def _group(parameters: Document, record: DefinitionRecord) -> str:
    group = parameters.get("group")
    if group is None:
        return f"family:{record.task.family}"
    if group.startswith("service:"):  # A22
        raise invalid("Invalid namespace for group.")
    return checked_group(group, "group")


def _tags(parameters: Document, record: DefinitionRecord) -> list[Document]:
    """Return the tags of the tasks; those of the call win over those of the definition."""
    tags: list[Document] = parameters.get("tags", [])
    check_tags(tags)
    propagated = parameters.get("propagateTags", "NONE")
    check_one_of(propagated, "propagateTags", ("TASK_DEFINITION", "NONE"))
    if propagated == "NONE":
        return tags
    seen = {tag["key"] for tag in tags}
    both = [*[tag for tag in record.tags if tag.get("key") not in seen], *tags]
    check_size(both, "tags", MAX_TAGS, least=0)
    return both
