"""What is known of a task beyond its row, group and size (C16)."""

from __future__ import annotations

import attrs

from placement.model import HEALTHS, LAST_STATUSES

__all__ = ["HEALTHS", "LAST_STATUSES", "TaskStatus"]


@attrs.frozen
class TaskStatus:
    """The facts that decide which task stops first."""

    last_status: str = "PENDING"
    health: str = "UNKNOWN"
    protected: bool = False
    deployment: int = 0
