"""The service to which the ARN of a service deployment or of a service revision belongs (S2.5).

In: an account and an ARN.  Out: the service, None if there is none.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.errors import client_error

__all__ = ["described_service_of", "service_of"]


def service_of(account: Account, kind: str, arn: str) -> ServiceRecord | None:
    """Return the newest service of the name in an ARN: ``KIND/CLUSTER/SERVICE/ID``."""
    prefix = account.arn(f"{kind}/")
    parts = arn.removeprefix(prefix).split("/")
    if not arn.startswith(prefix) or len(parts) != 3:
        return None
    cluster = account.clusters.get(parts[0])
    return None if cluster is None else cluster.services.get(parts[1])


def described_service_of(account: Account, kind: str, arn: str) -> ServiceRecord | None:
    """Return the same for a call that describes.

    Raises:
        ServiceNotFoundException: the service is INACTIVE, and its history gone (S3.2).
    """
    service = service_of(account, kind, arn)
    if service is not None and service.status is ServiceStatus.INACTIVE:
        raise client_error("ServiceNotFoundException", "Service not found.")
    return service
