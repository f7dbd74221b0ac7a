"""Forms in which records come that are not those of the AWS CLI's describe commands.

In: a value parsed from JSON or YAML.  Out: which list a bare record belongs to; what another value
seems to be, with how to get the right form.  Names are never folded: a map with keys of the user
(labels, options, tags) would be spoilt by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.errors import DocumentError

__all__ = ["CLOUDFORMATION", "bare_list", "refuse_other_forms", "seems_to_be"]

_SNAKE_CASE = frozenset(
    {
        *("container_definitions", "container_instances", "container_instance_arn"),
        *("task_definition", "task_definition_arn", "task_arn", "network_mode"),
        *("registered_resources", "remaining_resources"),
    }
)
_CAPITALS = frozenset(
    {
        *("ContainerDefinitions", "ContainerInstances", "ContainerInstanceArn"),
        *("TaskDefinition", "TaskDefinitionArn", "TaskArn", "Family", "NetworkMode"),
        *("RegisteredResources", "RemainingResources", "AWSTemplateFormatVersion"),
    }
)
CLOUDFORMATION = (
    "CloudFormation, whose names begin with capitals; those of the API do not: print"
    " what it has made with 'aws ecs describe-...'"
)
"""What such a document seems to be, and what to do."""
_CONTAINER = ("image", "memory", "memoryReservation", "portMappings", "essential")


def bare_list(record: Any) -> str | None:
    """Return the list to which a record belongs that comes without one, None for anything else.

    ``--query 'tasks[]'``, or ``jq -c '.tasks[]'``, leaves such records.
    """
    if not isinstance(record, Mapping):
        return None
    if "taskArn" in record:
        return "protectedTasks" if "protectionEnabled" in record else "tasks"
    if "containerInstanceArn" in record:
        return "containerInstances"
    if "taskDefinitionArn" in record and "containerDefinitions" in record:
        return "taskDefinitions"
    return None


def seems_to_be(document: Any) -> str | None:
    """Return what a document that is refused seems to be, and what to do; None: it is not known."""
    if isinstance(document, list) and document:
        first = document[0]
        if isinstance(first, Mapping) and "name" in first and any(map(first.get, _CONTAINER)):
            return (
                "a list of containerDefinitions; a task definition is"
                ' {"family": "...", "containerDefinitions": [...]}'
            )
        return seems_to_be(first) if isinstance(first, Mapping) else None
    if not isinstance(document, Mapping):
        return None
    if "detail-type" in document and "detail" in document:
        return "an event of EventBridge; the record is in its field detail: jq '.detail'"
    if not _CAPITALS.isdisjoint(document) or _is_template(document):
        return CLOUDFORMATION
    if not _SNAKE_CASE.isdisjoint(document):
        return (
            "a document with names in snake_case, as Terraform writes them; those of the API are"
            " as in containerDefinitions: print it with 'aws ecs describe-...'"
        )
    return None


def _is_template(document: Mapping[Any, Any]) -> bool:
    """Return whether an object is a template of CloudFormation, or a resource out of one."""
    resources = document.get("Resources", {})
    kinds = [document, *(resources.values() if isinstance(resources, Mapping) else ())]
    return any(
        isinstance(one, Mapping) and str(one.get("Type", "")).startswith("AWS::") for one in kinds
    )


def refuse_other_forms(document: Any, source: str = "") -> None:
    """Refuse a document that is known to be something else, and say what.

    Args:
        document: The document.
        source: What messages call it; empty: nothing.

    Raises:
        DocumentError: it is.
    """
    form = seems_to_be(document)
    if form is not None:
        prefix = f"{source}: " if source else ""
        raise DocumentError(f"{prefix}this seems to be {form}", "")
