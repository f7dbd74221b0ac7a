"""Whether the tasks of an instance would fit on others: a trial of the engine (D84).

In: a cluster, an instance, the others.  Out: yes or no; nothing has changed afterwards.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from placement.ecs.control.capacity.managed.records import ManagedInstanceRecord
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import prepared_request
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.engine.request import Task
from placement.errors import RegexTimeout

__all__ = ["RoomElsewhere", "content_of", "tasks_by_kind"]

Kind = tuple[ServiceRecord, DeploymentRecord, str | None]
"""A service, one of its deployments, the zone that its tasks must stay in (None: any)."""


def tasks_by_kind(record: InstanceRecord) -> dict[Kind, list[TaskRecord]]:
    """Return the active tasks of services on an instance, those of daemons left out.

    A task of a service that balances its zones stays in its zone: elsewhere it would be moved back,
    to a new instance, and so on for ever.
    """
    found: dict[Kind, list[TaskRecord]] = {}
    for task in record.tasks_by_age():
        life = task.life
        if life is None or life.service is None or life.deployment is None or life.is_daemon:
            continue
        if task.desired_status is LifecycleStatus.STOPPED:
            continue
        zone = task.zone if life.service.rebalancing == "ENABLED" else None
        found.setdefault((life.service, life.deployment, zone), []).append(task)
    return found


def content_of(kinds: Mapping[Kind, Sequence[TaskRecord]]) -> Hashable:
    """Return what is equal for instances that have equally many tasks of each kind."""
    return frozenset(
        (service.number, deployment.number, zone, len(tasks))
        for (service, deployment, zone), tasks in kinds.items()
    )


class RoomElsewhere:
    """The free room of a provider's instances, at one moment."""

    def __init__(
        self, cluster: ClusterRecord, provider: str, members: Mapping[str, ManagedInstanceRecord]
    ) -> None:
        """Look at instances, by the ids of their container instances.

        They are those whose tasks may move, and those that may take them.
        """
        self._cluster = cluster
        self._provider = provider
        self._members = members
        engine = cluster.engine
        rows = [engine.row(id) for id in members]
        free: tuple[Any, Any] = (
            engine.column("remaining.cpu", rows),
            engine.column("remaining.memory", rows),
        )
        amounts = zip(*(map(int, one) for one in free), strict=True)
        self._free = dict(zip(members, amounts, strict=True))
        self._slots: dict[Hashable, dict[str, int]] = {}
        self._refused: set[Hashable] = set()

    def takes(self, record: InstanceRecord) -> bool:
        """Return whether all tasks of an instance fit on the others.

        What did not fit is not tried again for an instance of the same type with the same tasks and
        the same room: each is to the other what the other is to it.
        """
        kinds = tasks_by_kind(record)
        key = (
            content_of(kinds),
            self._free[record.id],
            self._members[record.id].instance_type,
            self._members[record.id].zone,
        )
        if key in self._refused:
            return False
        fits = self._may_take(kinds, record.id) and self._try(kinds, record)
        if not fits:
            self._refused.add(key)
        return fits

    def _try(self, kinds: Mapping[Kind, Sequence[TaskRecord]], record: InstanceRecord) -> bool:
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

    def _may_take(self, kinds: Mapping[Kind, Sequence[TaskRecord]], id: str) -> bool:
        """Return whether CPU and memory alone allow it: less work than a trial.

        Counted as if every task were as small as the smallest, in each of the two; those that must
        stay in a zone by themselves.
        """
        by_zone: dict[str | None, list[Task]] = {None: []}
        for (_, _, zone), tasks in kinds.items():
            for task in tasks:
                if task.life is not None and task.life.request is not None:
                    need = task.life.request.variant.task
                    by_zone.setdefault(zone, []).append(need)
                    if zone is not None:
                        by_zone[None].append(need)
        return all(self._has_slots(needs, zone, id) for zone, needs in by_zone.items())

    def _has_slots(self, needs: Sequence[Task], zone: str | None, id: str) -> bool:
        """Return whether the others, in a zone if one is given, may have room for some tasks."""
        cpu = min((need.cpu for need in needs), default=0)
        memory = min((need.memory for need in needs), default=0)
        if not cpu and not memory:
            return True
        slots = self._slots_for(cpu, memory, zone)
        return sum(slots.values()) - slots.get(id, 0) >= len(needs)

    def _slots_for(self, cpu: int, memory: int, zone: str | None) -> dict[str, int]:
        """Return how many tasks of a size find room, by instance."""
        known = self._slots.get((cpu, memory, zone))
        if known is None:
            known = self._slots[cpu, memory, zone] = {}
            for id, free in self._free.items():
                if zone in (None, self._members[id].zone):
                    pairs = zip(free, (cpu, memory), strict=True)
                    known[id] = min(max(have, 0) // need for have, need in pairs if need)
        return known
