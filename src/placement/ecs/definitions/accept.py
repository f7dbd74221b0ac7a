"""A task definition from its document, whether ECS has registered it or not.

In: what describe-task-definition prints, or what register-task-definition takes.  Out: the ``Task``
that it describes, its name, and its document as ECS would show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.documents.fields import sequence
from placement.documents.forms import refuse_other_forms
from placement.ecs.definitions.check import checked_task_definition
from placement.ecs.definitions.register import registered
from placement.ecs.definitions.types import ADDED
from placement.engine.request import Task
from placement.errors import DocumentError
from placement.model.checks import checked_text

__all__ = ["AcceptedDefinition", "accepted_definition", "definition_to_register"]


@attrs.frozen
class AcceptedDefinition:
    """A task definition that tasks can be made of.

    Attributes:
        task: What each of its tasks asks for.
        name: Its ARN; ``family:revision`` if it has none.
        document: The definition as ECS shows it.
    """

    task: Task
    name: str
    document: Mapping[str, Any]


def accepted_definition(document: Any, source: str) -> AcceptedDefinition:
    """Return the task definition in a document; ``source`` is what messages call the document.

    A registered definition is taken as it is.  One that is still to be registered is checked as
    RegisterTaskDefinition checks it, and the attributes that it requires are derived (section 3).

    Raises:
        CqlError: the expression of a constraint in it is not valid.
        DocumentError: it has not the form that ECS gives it; an InvalidDefinition if
            RegisterTaskDefinition would refuse it.
    """
    if _is_unregistered(document):
        checked_task_definition(document, source)
        document = registered(document)
    try:
        task = Task.from_ecs(document)
        _check_looked_into(document.get("taskDefinition", document))
    except DocumentError as error:
        raise DocumentError(f"{source}: {error.message}", error.path) from None
    inner = document.get("taskDefinition", document)
    arn = inner.get("taskDefinitionArn")
    return AcceptedDefinition(task, arn or f"{task.family}:{task.revision}", inner)


def _check_looked_into(definition: Mapping[str, Any]) -> None:
    """Refuse other forms of what calls look into beside what tasks ask for.

    Raises:
        DocumentError: the status is no text, or compatibilities are no texts.
    """
    if definition.get("status") is not None:
        checked_text(definition["status"], "status")
    for name in ("compatibilities", "requiresCompatibilities"):
        for number, one in enumerate(sequence(definition.get(name), name)):
            checked_text(one, f"{name}[{number}]")


def definition_to_register(document: Any, source: str) -> Any:
    """Return what RegisterTaskDefinition takes of a document.

    Of the whole output of describe-task-definition that is the definition without what ECS has
    added, and its tags; anything else is returned as it is.

    Args:
        document: The document.
        source: What messages call it.

    Raises:
        DocumentError: it is known to be of another form.
    """
    refuse_other_forms(document, source)
    inner = document.get("taskDefinition") if isinstance(document, Mapping) else None
    if not isinstance(inner, Mapping):
        return document
    refuse_other_forms(inner, source)
    definition = {name: value for name, value in inner.items() if name not in ADDED}
    return {**definition, **({"tags": document["tags"]} if document.get("tags") else {})}


def _is_unregistered(document: Any) -> bool:
    """Return whether a document has no member that only ECS adds."""
    return (
        isinstance(document, Mapping)
        and "containerDefinitions" in document
        and ADDED.isdisjoint(document)
    )
