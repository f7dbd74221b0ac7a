"""The statuses of tasks, clusters and revisions, as the API spells them.

In: nothing.  Out: enumerations whose members are texts.  The states of container instances are the
engine's (``placement.model``).
"""

from __future__ import annotations

import enum

__all__ = ["ClusterStatus", "DefinitionStatus", "HealthStatus", "LifecycleStatus"]


class LifecycleStatus(enum.StrEnum):
    """The states of a task's life, in their order (Appendix D).

    A task's last status and that of its containers is one of them; the desired status is PENDING,
    RUNNING or STOPPED.
    """

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"
    DELETED = "DELETED"


class HealthStatus(enum.StrEnum):
    """What health checks say of a task or a container (4.3)."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class ClusterStatus(enum.StrEnum):
    """The states of a cluster; only an ACTIVE one takes calls."""

    ACTIVE = "ACTIVE"
    PROVISIONING = "PROVISIONING"
    DEPROVISIONING = "DEPROVISIONING"
    FAILED = "FAILED"
    INACTIVE = "INACTIVE"


class DefinitionStatus(enum.StrEnum):
    """The states of a revision of a task definition."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
