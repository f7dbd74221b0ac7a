"""DeleteService (S2.3).

In: an account and the parameters of a call.  Out: the service, DRAINING; its tasks stop when time
moves, and it is INACTIVE when they have.
"""

from __future__ import annotations

from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.answers import service_answer
from placement.ecs.control.account import Account
from placement.ecs.control.records import Document
from placement.ecs.control.services.changes import delete_service_record
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.errors import client_error

__all__ = ["delete_service"]


def delete_service(account: Account, parameters: Document) -> Document:
    """Delete a service; one that is DRAINING or INACTIVE already stays as it is.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: it is to have tasks, and ``force`` is not given.
        ServiceNotFoundException: there is no such service; the service sends no text then.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    service = account.find_service(cluster, parameters["service"])
    if service is None:
        raise client_error("ServiceNotFoundException", "")
    is_active = service.status is ServiceStatus.ACTIVE
    has_count = service.scheduling == "REPLICA" and service.desired_count > 0
    if is_active and has_count and not parameters.get("force", False):
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    delete_service_record(account, service, account.clock())
    return {"service": service_answer(service, tags=True)}
