"""Which tasks are protected from scale-in (4.7), as get-task-protection prints it.

In: elements of ``protectedTasks``, parsed from JSON; or the ARN of a protected task.  Out: the ARNs
of protected tasks, or ``DocumentError``; or an element.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import default, required, type_name
from placement.errors import DocumentError
from placement.model.checks import checked_flag, checked_text

__all__ = ["protected_arns", "protection_to_ecs"]


def protected_arns(protections: Iterable[Any]) -> frozenset[str]:
    """Return the ARNs of the tasks whose protection is enabled.

    Raises:
        DocumentError: an element has not the form that ECS gives it.
    """
    arns = set()
    for number, document in enumerate(protections):
        path = f"protectedTasks[{number}]"
        if not isinstance(document, Mapping):
            message = f"expected a task's protection, not {type_name(document)}"
            raise DocumentError(message, path)
        arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
        enabled = default(document.get("protectionEnabled"), False)
        if checked_flag(enabled, f"{path}.protectionEnabled"):
            arns.add(arn)
    return frozenset(arns)


def protection_to_ecs(arn: str) -> dict[str, Any]:
    """Return the element of ``protectedTasks`` for the ARN of a protected task."""
    return {"taskArn": arn, "protectionEnabled": True}
