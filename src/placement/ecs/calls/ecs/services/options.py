"""Which service ``session.set_service_options`` is about, and what it may fall back to (C38).

In: names or ARNs.  Out: the service, or the exception of the API.
"""

from __future__ import annotations

from typing import Any

from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.provider_strategies import check_strategy
from placement.ecs.calls.ecs.services.checks import known_service
from placement.ecs.control.account import Account
from placement.ecs.control.services.fallbacks import usable_fallback
from placement.ecs.control.services.records import ServiceRecord
from placement.errors import UsageError, describe_value

__all__ = ["check_fallback", "service_of"]


def check_fallback(account: Account, service: ServiceRecord, name: str | None) -> None:
    """Refuse a provider that tasks of a service cannot fall back to (C38).

    Args:
        account: The account.
        service: The service.
        name: The provider; None: there is none to check.

    Raises:
        InvalidParameterException: it is not associated with the cluster, or is being deleted.
        UsageError: the service has no capacity provider strategy, or one of the other kind.
    """
    if name is None:
        return
    check_strategy(account, service.cluster, [{"capacityProvider": name, "weight": 1}])
    deployment = service.primary
    if deployment is None or usable_fallback(account, service, deployment, name) is None:
        raise UsageError(
            f"service {service.name} has no capacity provider strategy that {describe_value(name)} "
            "could be an item of"
        )


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
