"""Which service ``session.set_service_options`` is about (C38).

In: names or ARNs.  Out: the service, or the exception of the API.
"""

from __future__ import annotations

from typing import Any

from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.checks import known_service
from placement.ecs.control.account import Account
from placement.ecs.control.services.records import ServiceRecord
from placement.errors import UsageError, describe_value

__all__ = ["service_of"]


def service_of(account: Account, service: Any, cluster: Any) -> ServiceRecord:
    """Return the newest service of a name or ARN.

    Args:
        account: The account.
        service: A name or an ARN.
        cluster: A name or an ARN; None: that of the service's ARN, else ``default``.

    Raises:
        ClusterNotFoundException, ServiceNotFoundException: there is no such one.
        UsageError: a name is no text.
    """
    for name, value in (("service", service), ("cluster", cluster)):
        if not isinstance(value, str) and not (name == "cluster" and value is None):
            raise UsageError(f"{name} is a name or an ARN, not {describe_value(value)}")
    parts = service.split("/")
    if cluster is None and service.startswith("arn:") and len(parts) == 3:
        cluster = parts[1]
    return known_service(account, active_cluster(account, cluster), service)
