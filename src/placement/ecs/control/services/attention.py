"""Which instances the daemons of a cluster look at next (S7.1, S7.3).

In: an account, a cluster, an instance that something happened to.  Out: instances noted in
``ServiceRecord.attention``, and services that the next passes look at.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.records import ServiceRecord

__all__ = ["look_at_instance", "room_on_instance"]


def look_at_instance(account: Account, cluster: ClusterRecord, id: str) -> None:
    """Let all DAEMON services and managed daemons of a cluster look at an instance."""
    for number in cluster.daemons:
        service = account.services.get(number)
        if service is not None:
            _note(account, service, id)
    account.daemons.look_at_instance(cluster.name, id)


def room_on_instance(account: Account, cluster: ClusterRecord, id: str) -> None:
    """A task of an instance has stopped: let the services look whose daemon found no room there."""
    for number in cluster.daemons:
        service = account.services.get(number)
        if service is not None and service.daemons and id in service.daemons.unplaced:
            _note(account, service, id)


def _note(account: Account, service: ServiceRecord, id: str) -> None:
    service.attention[id] = None
    account.wake_service(service)
