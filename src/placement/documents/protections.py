"""Which tasks are protected from scale-in (4.7), as get-task-protection prints it.

In: elements of ``protectedTasks``, parsed from JSON; or a task's ARN, whether it is protected, and
what is kept.  Out: elements by ARN; or an element.  What cannot be read is noted as a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from placement.documents.fields import default, kept_copy, required, type_name
from placement.documents.problems import Problems
from placement.errors import DocumentError
from placement.model.checks import checked_flag, checked_text

__all__ = ["Protections", "is_protected", "protection_to_ecs", "protections_by_arn"]

Protections = Mapping[str, dict[str, Any]]
"""Elements of ``protectedTasks`` by the ARN of their task."""

ENABLED = "protectionEnabled"


def protections_by_arn(protections: Iterable[Any], problems: Problems) -> Protections:
    """Return the elements by the ARN of their task.

    Of two elements about one task the later counts (C31).

    Args:
        protections: Elements of ``protectedTasks``.
        problems: Takes those that have not the form that ECS gives them.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, document in enumerate(protections):
        path = f"protectedTasks[{number}]"
        with problems.of_record(path):
            if not isinstance(document, Mapping):
                message = f"expected a task's protection, not {type_name(document)}"
                raise DocumentError(message, path)
            arn = checked_text(required(document, "taskArn", path), f"{path}.taskArn")
            checked_flag(default(document.get(ENABLED), False), f"{path}.{ENABLED}")
            given = {name: value for name, value in document.items() if value is not None}
            found[arn] = kept_copy(given, path)
    return found


def is_protected(protection: Mapping[str, Any] | None) -> bool:
    """Return whether an element says that its task is protected; None: there is none."""
    return protection is not None and bool(protection.get(ENABLED, False))


def protection_to_ecs(
    arn: str, protected: bool, kept: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return a task's element of ``protectedTasks``; None: nothing is to be said.

    Args:
        arn: The task's ARN.
        protected: Whether it is protected.
        kept: Its element as it came (C50); None: none did.  Once protection began or ended since,
            its ``expirationDate`` says nothing any more.
    """
    if kept is None and not protected:
        return None
    fields = dict(kept or {})
    if is_protected(kept) != protected:
        fields.pop("expirationDate", None)
    return {**fields, "taskArn": arn, ENABLED: protected}
