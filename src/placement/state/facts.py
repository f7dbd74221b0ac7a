"""What is known of a task beyond its row, group and size (C16)."""

from __future__ import annotations

import attrs

__all__ = ["HEALTHS", "LAST_STATUSES", "Fact"]

LAST_STATUSES = (
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
    "DELETED",
)
"""The states of a task (Appendix D)."""

HEALTHS = ("HEALTHY", "UNHEALTHY", "UNKNOWN")


@attrs.frozen
class Fact:
    """The facts that decide which task stops first."""

    last_status: str = "PENDING"
    health: str = "UNKNOWN"
    protected: bool = False
    deployment: int = 0
