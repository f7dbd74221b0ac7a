"""What RunTask and StartTask have in common: a definition, overrides, a network, labels.

In: the parameters of a call.  Out: ``Wanted``, everything its tasks share, or the exception of the
API.  Where tasks go is not decided here, and nothing is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import attrs

from placement.ecs.account import Account
from placement.ecs.checking import check_one_of, check_size, check_tags, invalid
from placement.ecs.errors import refused
from placement.ecs.networks import NO_NETWORK, Network, network_of
from placement.ecs.overrides import overridden, shown_overrides
from placement.ecs.records import ClusterRecord, DefinitionRecord
from placement.engine.request import Task
from placement.errors import CqlError, DocumentError
from placement.model.checks import checked_group

__all__ = ["Variant", "Wanted", "answering", "refuse_capacity_providers", "wanted_of"]

Document = dict[str, Any]

EXECUTE_COMMAND = "ecs.capability.execute-command"

MAX_VARIANTS = 256
"""Forms of a definition, by overrides and network, that are kept for the next call."""

MAX_TAGS = 50

_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{1,128}")


@attrs.frozen(eq=False)
class Variant:
    """A task definition as one call wants it.

    Attributes:
        task: What the engine places.
        definition: The document with overrides applied.
        overrides: The overrides as DescribeTasks shows them.
    """

    task: Task
    definition: Mapping[str, Any]
    overrides: Document


_VARIANTS: WeakKeyDictionary[DefinitionRecord, dict[Any, Variant]] = WeakKeyDictionary()
"""What calls made of definitions, so that the next call is quick; no part of what is recorded."""


@attrs.frozen(eq=False)
class Wanted:
    """What the tasks of one call share.

    Attributes:
        record: Their definition.
        variant: Their definition as this call wants it.
        group: Their group.
        launch_type: EC2, EXTERNAL or FARGATE.
        network: Where their interfaces can be.
        started_by: ``startedBy``, None if not given.
        execute_command: Whether ExecuteCommand is enabled.
        tags: Their tags, those of the definition among them where they are propagated.
        platform_version: On Fargate.
    """

    record: DefinitionRecord
    variant: Variant
    group: str
    launch_type: str
    network: Network
    started_by: str | None
    execute_command: bool
    tags: list[Document]
    platform_version: str | None = None


@contextmanager
def answering() -> Iterator[None]:
    """Make what is wrong with a value the API's exception."""
    try:
        yield
    except (DocumentError, CqlError) as error:
        raise invalid(str(error)) from None


def wanted_of(account: Account, given: Mapping[str, Any], launch_type: str) -> Wanted:
    """Return what the tasks of a call share.

    Raises:
        ClientException: the definition is INACTIVE.
        InvalidParameterException: a parameter has a wrong value.
        UnsupportedFeatureException: the call asks for what there is not here.
    """
    if given.get("volumeConfigurations"):
        message = "volumeConfigurations: volumes that a call configures are not supported."
        raise refused("UnsupportedFeatureException", message)
    record = _definition(account, given["taskDefinition"])
    _compatible(record, launch_type)
    overrides = given.get("overrides", {})
    execute = given.get("enableExecuteCommand", False)
    with answering():
        group = _group(given, record)
        mode = record.document.get("networkMode")
        network = network_of(given.get("networkConfiguration"), mode, account.subnets)
        if network.public and launch_type != "FARGATE":
            raise invalid("Assign public IP is not supported for this launch type.")
        variant = _variant(record, overrides, network, launch_type, execute)
    if execute and not variant.definition.get("taskRoleArn"):
        raise invalid("enableExecuteCommand needs a taskRoleArn, of the definition or overridden.")
    started_by = given.get("startedBy")
    if started_by is not None and not _STARTED_BY.fullmatch(started_by):
        message = "startedBy is up to 128 letters, numbers, hyphens, slashes and underscores."
        raise invalid(message)
    return Wanted(
        record, variant, group, launch_type, network, started_by, execute, _tags(given, record)
    )


def _definition(account: Account, name: str) -> DefinitionRecord:
    record = account.find_definition(name)
    if record is None:
        raise invalid("TaskDefinition not found.")
    if record.document.get("status", "ACTIVE") != "ACTIVE":
        raise invalid("TaskDefinition is inactive")
    return record


def _compatible(record: DefinitionRecord, launch_type: str) -> None:
    """Refuse a launch type that the definition is not made for."""
    known = record.document.get("compatibilities")
    if known is None and launch_type == "FARGATE":
        known = record.document.get("requiresCompatibilities", ())
    if known is not None and launch_type not in known:
        raise invalid(f"Task definition does not support launch_type {launch_type}.")


def _group(given: Mapping[str, Any], record: DefinitionRecord) -> str:
    group = given.get("group")
    if group is None:
        return f"family:{record.task.family}"
    if group.startswith("service:"):  # A22
        raise invalid("Invalid namespace for group.")
    return checked_group(group, "group")


def _variant(
    record: DefinitionRecord,
    overrides: Document,
    network: Network,
    launch_type: str,
    execute: bool,
) -> Variant:
    """Return a definition as a call wants it; the same object again for the same wish."""
    text = json.dumps(overrides, sort_keys=True) if overrides else ""
    key = (text, network.vpc, network.zones, launch_type, execute)
    variants = _VARIANTS.setdefault(record, {})
    found = variants.get(key)
    if found is not None:
        return found
    definition: Mapping[str, Any] = record.document
    task = record.task
    if overrides:
        definition = overridden(record.document, overrides)
        task = Task.from_ecs(definition)
    if launch_type == "EXTERNAL" or execute or network is not NO_NETWORK:
        further = {EXECUTE_COMMAND: None} if execute else {}
        task = attrs.evolve(
            task,
            attributes={**task.attributes, **further},
            vpc=network.vpc,
            zones=network.zones,
            launch_type="EXTERNAL" if launch_type == "EXTERNAL" else "EC2",
        )
    found = Variant(task, definition, shown_overrides(definition, overrides))
    if len(variants) >= MAX_VARIANTS:
        del variants[next(iter(variants))]
    variants[key] = found
    return found


def _tags(given: Mapping[str, Any], record: DefinitionRecord) -> list[Document]:
    """Return the tags of the tasks; those of the call win over those of the definition."""
    tags: list[Document] = given.get("tags", [])
    check_tags(tags)
    propagated = given.get("propagateTags", "NONE")
    check_one_of(propagated, "propagateTags", ("TASK_DEFINITION", "NONE"))
    if propagated == "NONE":
        return tags
    seen = {tag["key"] for tag in tags}
    both = [*[tag for tag in record.tags if tag.get("key") not in seen], *tags]
    check_size(both, "tags", MAX_TAGS, least=0)
    return both


def refuse_capacity_providers(cluster: ClusterRecord, given: Mapping[str, Any]) -> None:
    """Refuse calls that go by capacity providers, which are not here.

    Raises:
        InvalidParameterException: a launch type is given as well.
        UnsupportedFeatureException: there is a strategy, of the call or of the cluster.
    """
    if given.get("capacityProviderStrategy"):
        if "launchType" in given:
            message = "Specifying both a launch type and capacity provider strategy is not "
            raise invalid(message + "supported. Remove one and try again.")
        message = "capacityProviderStrategy: capacity providers are not supported."
        raise refused("UnsupportedFeatureException", message)
    if cluster.document.get("defaultCapacityProviderStrategy") and "launchType" not in given:
        message = "the cluster's defaultCapacityProviderStrategy is not supported: give launchType."
        raise refused("UnsupportedFeatureException", message)
