"""The task definitions of a dump, by their ARNs.

In: documents of task definitions.  Out: each one's document, and what placement uses of it; those
that cannot be read are noted as problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import required, type_name
from placement.documents.problems import Problems
from placement.documents.task_definitions import TaskDefinition, task_definition_from_ecs
from placement.errors import DocumentError, describe_value
from placement.model import checked_text

__all__ = ["DefinitionIndex"]


class DefinitionIndex:
    """The task definitions of a dump by ARN, each read when a task first names it.

    Args:
        documents: Elements of ``taskDefinitions``.  Of two with one ARN the first counts: revisions
            never change (C31).
        problems: Takes those that cannot be read, and names a second one that says something else.
    """

    def __init__(self, documents: Iterable[Any], problems: Problems) -> None:
        self._problems = problems
        self._documents: dict[str, tuple[Mapping[str, Any], str]] = {}
        """By ARN, each with its path."""
        self._read: dict[str, TaskDefinition | None] = {}
        """None: it cannot be read."""
        for number, document in enumerate(documents):
            path = f"taskDefinitions[{number}]"
            with problems.of_record(path):
                if not isinstance(document, Mapping):
                    message = f"expected a task definition, not {type_name(document)}"
                    raise DocumentError(message, path)
                here = f"{path}.taskDefinitionArn"
                arn = checked_text(required(document, "taskDefinitionArn", path), here)
                known, at = self._documents.setdefault(arn, (document, path))
                if known is not document and known != document:
                    problems.leave_out(path, f"{describe_value(arn)} comes twice; {at} counts")

    def get(self, arn: str) -> TaskDefinition | None:
        """Return what placement uses of a definition.

        None if the dump does not hold it, or it was left out.
        """
        if arn not in self._read and arn in self._documents:
            document, path = self._documents[arn]
            self._read[arn] = None
            with self._problems.of_record(path):
                self._read[arn] = _definition(document, path)
        return self._read.get(arn)

    def is_left_out(self, arn: str) -> bool:
        """Return whether the dump holds a definition, and it cannot be read."""
        return arn in self._documents and self.get(arn) is None

    def document(self, arn: str) -> Mapping[str, Any]:
        """Return a definition's document, empty if the dump does not hold it.

        ``get`` checks its form: call that first.
        """
        return self._documents[arn][0] if arn in self._documents else {}


def _definition(document: Mapping[str, Any], path: str) -> TaskDefinition:
    try:
        return task_definition_from_ecs(document)
    except DocumentError as error:
        raise DocumentError(error.message, f"{path}.{error.path}".rstrip(".")) from None
