"""What tasks of services and calls ask of new instances, before any types are known (S12.2).

In: a service with a deployment, or a waiting RunTask call.  Out: ``Wish``.
"""

from __future__ import annotations

from placement.ecs.control.capacity.managed.fitting import Wish
from placement.ecs.control.capacity.waiting import RunWish
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import request_of

__all__ = ["run_wish", "service_wish"]


def run_wish(wish: RunWish) -> Wish:
    """Return what the tasks of a call ask for."""
    request = wish.request
    return Wish(request.variant.task, wish.constraints, request.settings.group)


def service_wish(
    service: ServiceRecord, deployment: DeploymentRecord, provider: str, zone: str | None
) -> Wish:
    """Return what tasks of a deployment ask for, in a zone if one is given."""
    task = request_of(service, deployment, provider).variant.task
    return Wish(task, service.constraints, service.group, zone)
