"""The statuses of services and their deployments, as the API spells them (S3).

In: nothing.  Out: enumerations whose members are texts.
"""

from __future__ import annotations

import enum

__all__ = [
    "DeploymentStatus",
    "RolloutState",
    "ServiceDeploymentStatus",
    "ServiceStatus",
]


class ServiceStatus(enum.StrEnum):
    """The states of a service (S2.3)."""

    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"


class DeploymentStatus(enum.StrEnum):
    """The states of an entry of ``deployments`` (S3.1.2); INACTIVE ones are not listed."""

    PRIMARY = "PRIMARY"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class RolloutState(enum.StrEnum):
    """How far a deployment is (S3.1.5)."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ServiceDeploymentStatus(enum.StrEnum):
    """The states of a service deployment (S3.2)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def has_ended(self) -> bool:
        """Whether nothing happens to it any more."""
        return self in _ENDED


_ENDED = frozenset(
    {
        ServiceDeploymentStatus.SUCCESSFUL,
        ServiceDeploymentStatus.STOPPED,
        ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL,
        ServiceDeploymentStatus.ROLLBACK_FAILED,
    }
)
