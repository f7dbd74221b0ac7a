"""Task definitions in files, as the AWS CLI prints and takes them.

In: the name of a file.  Out: what its tasks ask for, or an error that names the file and the path
in it.  The rules of values are the engine's, those of registering ``placement.ecs``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement import DocumentError, Task
from placement.cli.inputs import read_json, shown_name

__all__ = ["Definition", "definition_of", "read_definition"]

EXPECTED = "what 'aws ecs describe-task-definition' prints, or register-task-definition takes"


@attrs.frozen
class Definition:
    """A task definition: what its tasks ask for, what it is called, and its document."""

    task: Task
    arn: str
    document: Mapping[str, Any]


def read_definition(file: str) -> Definition:
    """Return the task definition in a file.

    One that describe-task-definition prints is taken at its word.  One that is still to be
    registered is checked as ECS would check it, and its attributes are derived (section 3).

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: the file cannot be read or has not the form that ECS gives it.
    """
    return definition_of(read_json(file, EXPECTED), shown_name(file))


def definition_of(document: Any, name: str) -> Definition:
    """Return the task definition in a document, which came from ``name``.

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: it has not the form that ECS gives it.
    """
    if _is_unregistered(document):
        document = _registered(document, name)
    try:
        task = Task.from_ecs(document)
    except DocumentError as error:
        raise DocumentError(f"{name}: {error.message}", error.path) from None
    inner = document.get("taskDefinition", document)
    arn = inner.get("taskDefinitionArn")
    return Definition(task, arn or f"{task.family}:{task.revision}", inner)


def _is_unregistered(document: Any) -> bool:
    """Return whether a document is one for register-task-definition: nothing in it is ECS's own."""
    from placement.ecs.definitions.types import ADDED

    return (
        isinstance(document, Mapping)
        and "containerDefinitions" in document
        and ADDED.isdisjoint(document)
    )


def _registered(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a definition as ECS would show it, or raise all that is wrong with it."""
    from placement.ecs.definitions.check import checked_task_definition
    from placement.ecs.definitions.register import registered

    checked_task_definition(document, name)
    return registered(document)
