"""What is known of a task beyond its row, group and size (C16)."""

from __future__ import annotations

from typing import Any

import attrs

from placement.errors import UsageError, describe_value
from placement.model import HEALTHS, LAST_STATUSES

__all__ = ["HEALTHS", "LAST_STATUSES", "MAX_DEPLOYMENT", "TaskStatus"]

MAX_DEPLOYMENT = 10**18 - 1
"""The largest number of a deployment, above and below 0; scale-in compares them as int64."""


def _check_deployment(_: Any, __: Any, value: int) -> None:
    if not -MAX_DEPLOYMENT <= value <= MAX_DEPLOYMENT:
        raise UsageError(
            f"deployment is from -{MAX_DEPLOYMENT} to {MAX_DEPLOYMENT}, not {describe_value(value)}"
        )


@attrs.frozen
class TaskStatus:
    """The facts that decide which task stops first.

    Attributes:
        last_status: One of ``LAST_STATUSES``.
        health: One of ``HEALTHS``.
        protected: Whether scale-in must leave the task alone (4.7).
        deployment: The number of its deployment; lower is older.

    Raises:
        UsageError: the number of the deployment is out of bounds.
    """

    last_status: str = "PENDING"
    health: str = "UNKNOWN"
    protected: bool = False
    deployment: int = attrs.field(default=0, validator=_check_deployment)
