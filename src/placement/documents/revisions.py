"""The task definitions that stand beside tasks, by ARN.

In: elements of ``taskDefinitions``, parsed from JSON.  Out: what placement uses of the one that a
task names, and its document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from placement.documents.fields import kind, required
from placement.documents.task_definitions import TaskDefinition, task_definition_from_ecs
from placement.errors import DocumentError
from placement.model import checked_text

__all__ = ["Revisions"]


class Revisions:
    """The task definitions of a document, read when a task asks for them.

    Args:
        documents: Elements of ``taskDefinitions``.

    Raises:
        DocumentError: one is no object, or has no ARN.
    """

    def __init__(self, documents: Sequence[Any]) -> None:
        self.documents: dict[str, tuple[Mapping[str, Any], str]] = {}
        """By ARN, each with its path.  Revisions never change: what stands twice is the same."""
        self.read: dict[str, TaskDefinition] = {}
        for number, document in enumerate(documents):
            path = f"taskDefinitions[{number}]"
            if not isinstance(document, Mapping):
                raise DocumentError(f"expected a task definition, not {kind(document)}", path)
            arn = checked_text(
                required(document, "taskDefinitionArn", path), f"{path}.taskDefinitionArn"
            )
            self.documents.setdefault(arn, (document, path))

    def get(self, arn: str) -> TaskDefinition | None:
        """Return what placement uses of a definition, None if it is not there.

        Raises:
            DocumentError: it has not the form that ECS gives it.
        """
        if arn not in self.documents:
            return None
        if arn not in self.read:
            document, path = self.documents[arn]
            try:
                self.read[arn] = task_definition_from_ecs(document)
            except DocumentError as error:
                raise DocumentError(error.message, f"{path}.{error.path}".rstrip(".")) from None
        return self.read[arn]

    def document(self, arn: str) -> Mapping[str, Any]:
        """Return a definition as it was given; once ``get`` has read it, its form is right."""
        return self.documents[arn][0] if arn in self.documents else {}
