"""Room that a cluster's instances keep free for daemons that are still to start (A45, D53, D106).

In: what a DAEMON service has found on an instance.  Out: the engine's reservation of the instance,
over all daemons of the cluster, managed ones (S7.3)
included.  GPUs and ports are not kept: ECS names CPU, memory and
network interfaces, and further resources are of the same kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.daemon_index import DaemonIndex
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.task_records import TaskRecord
from placement.engine.request import Task
from placement.services.daemon_room import daemon_need, reservation
from placement.services.daemons import DaemonInstance

__all__ = ["amounts_of", "keep_room", "release_room", "reserve"]

_RESOURCE = "resource:"


def keep_room(
    account: Account,
    service: ServiceRecord,
    index: DaemonIndex,
    instance: DaemonInstance,
    daemons: Sequence[TaskRecord],
) -> None:
    """Keep free what an instance needs for a service; ``daemons`` are its tasks there."""
    id = str(instance.key)
    there = None
    if daemons and daemons[0].life is not None and daemons[0].life.request is not None:
        there = amounts_of(daemons[0].life.request.variant.task)
    need = daemon_need(instance.fit, amounts_of(index.demands.task), there)
    if need == index.needs.get(id, {}):
        return
    if need:
        index.needs[id] = need
    else:
        del index.needs[id]
    reserve(account, service.cluster, id)


def release_room(account: Account, service: ServiceRecord) -> None:
    """Keep nothing free for a service any more: it ends, and looks at no instance again."""
    cluster, index = service.cluster, service.daemons
    cluster.daemons.pop(service.number, None)
    service.attention.clear()
    if index is None:
        return
    ids, index.needs = list(index.needs), {}
    service.daemons = None
    for id in ids:
        instance = cluster.instances.get(id)
        if instance is not None and instance.is_registered:
            reserve(account, cluster, id)


def reserve(account: Account, cluster: ClusterRecord, id: str) -> None:
    """Tell the engine what an instance keeps free for all daemons together, managed ones too."""
    services = [account.services[number] for number in cluster.daemons]
    indexes = [one.daemons for one in services if one.daemons is not None]
    known = [one.needs for one in indexes]
    known += [one.needs for one in account.daemons.of_cluster(cluster.name)]
    total = reservation(needs.get(id, {}) for needs in known)
    cluster.engine.set_reservation(
        id,
        cpu=total.get("cpu", 0),
        memory=total.get("memory", 0),
        interfaces=total.get("interfaces", 0),
        resources={
            name.removeprefix(_RESOURCE): amount
            for name, amount in total.items()
            if name.startswith(_RESOURCE)
        },
    )


def amounts_of(task: Task) -> dict[str, int]:
    """Return what a daemon takes, by resource."""
    further = {_RESOURCE + name: amount for name, amount in task.resources.items()}
    interfaces = int(task.network_interface)
    return {"cpu": task.cpu, "memory": task.memory, "interfaces": interfaces} | further
