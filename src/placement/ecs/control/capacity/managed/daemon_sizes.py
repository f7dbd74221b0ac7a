"""What daemons take of each new instance, before any other task (S7.3, S12.2).

In: an account and a cluster.  Out: sizes of tasks.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.waiting import task_size
from placement.ecs.control.records import ClusterRecord
from placement.scaling.packing import TaskSize

__all__ = ["daemon_sizes"]


def daemon_sizes(account: Account, cluster: ClusterRecord, provider: str) -> tuple[TaskSize, ...]:
    """Return the sizes of the daemons that start on a new instance of a provider.

    They are those of DAEMON services, and the provider's managed ones.
    """
    sizes = []
    for number in cluster.daemons:
        service = account.services.get(number)
        primary = None if service is None else service.primary
        if service is not None and primary is not None:
            task = primary.request.variant.task
            sizes.append(task_size(task, (), service.group))
    for daemon, revision in account.daemons.to_come(cluster.name, provider):
        sizes.append(task_size(revision.definition.task, (), daemon.group))
    return tuple(sizes)
