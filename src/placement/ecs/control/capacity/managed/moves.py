"""Whether the tasks of an instance would fit on others: a trial of the engine (D84).

In: a cluster, an instance, the others.  Out: yes or no; nothing has changed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import prepared_request
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.errors import RegexTimeout

__all__ = ["RoomElsewhere", "tasks_by_kind"]

Kind = tuple[ServiceRecord, DeploymentRecord, str | None]
"""A service, one of its deployments, the zone that its tasks must stay in (None: any)."""

Amounts = npt.NDArray[np.int64]


def tasks_by_kind(record: InstanceRecord) -> dict[Kind, list[TaskRecord]]:
    """Return the active tasks of services on an instance, those of daemons left out.

    A task of a service that balances its zones stays in its zone: elsewhere it would be moved back,
    to a new instance, and so on for ever.
    """
    found: dict[Kind, list[TaskRecord]] = {}
    for task in record.tasks.values():
        life = task.life
        if life is None or life.service is None or life.deployment is None or life.is_daemon:
            continue
        if task.desired_status is LifecycleStatus.STOPPED:
            continue
        zone = task.zone if life.service.rebalancing == "ENABLED" else None
        found.setdefault((life.service, life.deployment, zone), []).append(task)
    return found


class RoomElsewhere:
    """The free room of a provider's instances, at one moment."""

    def __init__(self, cluster: ClusterRecord, provider: str) -> None:
        """Look at a cluster."""
        self._cluster = cluster
        self._provider = provider
        self._cpu: Amounts = np.asarray(cluster.engine.column("remaining.cpu"))
        self._memory: Amounts = np.asarray(cluster.engine.column("remaining.memory"))

    def takes(self, record: InstanceRecord, others: Sequence[str]) -> bool:
        """Return whether all tasks of an instance fit on others, given by id, as they are now."""
        kinds = tasks_by_kind(record)
        if not self._may_take(kinds, others):
            return False
        engine = self._cluster.engine
        numbers = [
            task.number for tasks in kinds.values() for task in tasks if task.number is not None
        ]
        try:
            with engine.trial():
                engine.set_status(record.id, "DRAINING")
                engine.stop(numbers)
                for (service, deployment, zone), tasks in kinds.items():
                    prepared = prepared_request(service, deployment, zone, self._provider)
                    placed = engine.place_many([prepared], [0] * len(tasks))
                    if (placed.rows < 0).any():
                        return False
        except RegexTimeout:
            return False
        return True

    def _may_take(self, kinds: dict[Kind, list[TaskRecord]], others: Sequence[str]) -> bool:
        """Return whether CPU and memory alone allow it: less work than a trial.

        Counted as if every task were as small as the smallest, in each of the two.
        """
        needs = [
            task.life.request.variant.task
            for tasks in kinds.values()
            for task in tasks
            if task.life is not None and task.life.request is not None
        ]
        rows = [self._cluster.engine.row(id) for id in others]
        room = np.full(len(rows), len(needs), np.int64)
        amounts = (
            (self._cpu[rows], min((need.cpu for need in needs), default=0)),
            (self._memory[rows], min((need.memory for need in needs), default=0)),
        )
        for free, need in amounts:
            if need:
                np.minimum(room, free.clip(min=0) // need, out=room)
        return int(room.sum()) >= len(needs)
