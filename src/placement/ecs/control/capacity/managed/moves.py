"""Whether the tasks of an instance would fit on others: a trial of the engine (D84).

In: a cluster, an instance, the others.  Out: yes or no; nothing has changed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import prepared_request
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.errors import RegexTimeout

__all__ = ["RoomElsewhere", "tasks_by_kind"]

Kind = tuple[ServiceRecord, DeploymentRecord, str | None]
"""A service, one of its deployments, the zone that its tasks must stay in (None: any)."""


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

    def __init__(self, cluster: ClusterRecord, provider: str, ids: Iterable[str]) -> None:
        """Look at instances, those whose tasks may move and those that may take them."""
        engine = cluster.engine
        self._cluster = cluster
        self._provider = provider
        self._ids = list(ids)
        rows = [engine.row(id) for id in self._ids]
        free: tuple[Any, Any] = (
            engine.column("remaining.cpu", rows),
            engine.column("remaining.memory", rows),
        )
        self._free = dict(zip(self._ids, zip(*map(list, free), strict=True), strict=True))
        self._slots: dict[tuple[int, int], dict[str, int]] = {}

    def takes(self, record: InstanceRecord) -> bool:
        """Return whether all tasks of an instance fit on the others."""
        kinds = tasks_by_kind(record)
        if not self._may_take(kinds, record.id):
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

    def _may_take(self, kinds: dict[Kind, list[TaskRecord]], id: str) -> bool:
        """Return whether CPU and memory alone allow it: less work than a trial.

        Counted as if every task were as small as the smallest, in each of the two.
        """
        needs = [
            task.life.request.variant.task
            for tasks in kinds.values()
            for task in tasks
            if task.life is not None and task.life.request is not None
        ]
        cpu = min((need.cpu for need in needs), default=0)
        memory = min((need.memory for need in needs), default=0)
        if not cpu and not memory:
            return True
        slots = self._slots_for(cpu, memory)
        return sum(slots.values()) - slots[id] >= len(needs)

    def _slots_for(self, cpu: int, memory: int) -> dict[str, int]:
        """Return how many tasks of a size find room, by instance."""
        known = self._slots.get((cpu, memory))
        if known is None:
            known = self._slots[cpu, memory] = {}
            for id, free in self._free.items():
                pairs = zip(free, (cpu, memory), strict=True)
                known[id] = min(max(int(have), 0) // need for have, need in pairs if need)
        return known
