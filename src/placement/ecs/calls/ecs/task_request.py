"""What RunTask and StartTask have in common: a definition, overrides, a network, labels.

In: the parameters of a call.  Out: ``TaskRequest``, everything its tasks share, or the exception of
the API.  Where tasks go is not decided here, and nothing is changed.
"""

from __future__ import annotations

import attrs

from placement.ecs.calls.ecs.checking import (
    check_managed_mode,
    check_size,
    invalid,
)
from placement.ecs.calls.ecs.lookups import active_definition
from placement.ecs.calls.ecs.request_rules import (
    check_compatible,
    check_execute_command,
    check_labels,
    check_public_address,
)
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
    check_compatible(record.document, launch_type)
    execute = parameters.get("enableExecuteCommand", False)
    group = _group(parameters, record)
    mode = record.document.get("networkMode")
    if launch_type == "MANAGED_INSTANCES":
        check_managed_mode(mode)
    network = network_of(parameters.get("networkConfiguration"), mode, account.subnets)
    check_public_address(network, launch_type)
    overrides = parameters.get("overrides", {})
    members = None if launch_type == "FARGATE" else provider
    variant = task_variant(record, overrides, network, launch_type, execute, members)
    if execute:
        check_execute_command(variant.definition)
    check_labels(parameters)
    settings = TaskSettings(
        record.arn,
        group,
        launch_type,
        parameters.get("startedBy"),
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
    if parameters.get("propagateTags", "NONE") == "NONE":
        return tags
    seen = {tag["key"] for tag in tags}
    both = [*[tag for tag in record.tags if tag.get("key") not in seen], *tags]
    check_size(both, "tags", MAX_TAGS, least=0)
    return both
