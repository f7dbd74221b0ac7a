"""Which tasks are protected from scale-in (4.7), as get-task-protection prints it.

In: elements of ``protectedTasks``, parsed from JSON; or the ARN of a protected task.  Out: the ARNs
of protected tasks; or an element.  What cannot be read is noted as a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import default, required, type_name
from placement.documents.problems import Problems
from placement.errors import DocumentError
from placement.model.checks import checked_flag, checked_text

__all__ = ["protected_arns", "protection_to_ecs"]


def protected_arns(protections: Iterable[Any], problems: Problems) -> frozenset[str]:
    """Return the ARNs of the tasks whose protection is enabled.

    Of two elements about one task the later counts (C31).

    Args:
        protections: Elements of ``protectedTasks``.
        problems: Takes those that have not the form that ECS gives them.
    """
    found: dict[str, bool] = {}
    for number, document in enumerate(protections):
        path = f"protectedTasks[{number}]"
        with problems.of_record(path):
            if not isinstance(document, Mapping):
                message = f"expected a task's protection, not {type_name(document)}"
                raise DocumentError(message, path)
            arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
            enabled = default(document.get("protectionEnabled"), False)
            found[arn] = checked_flag(enabled, f"{path}.protectionEnabled")
    return frozenset([arn for arn, enabled in found.items() if enabled])


def protection_to_ecs(arn: str) -> dict[str, Any]:
    """Return the element of ``protectedTasks`` for the ARN of a protected task."""
    return {"taskArn": arn, "protectionEnabled": True}
