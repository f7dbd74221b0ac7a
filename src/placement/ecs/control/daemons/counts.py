"""How many instances run a revision of a managed daemon, by capacity provider.

In: records.  Out: numbers.  Reads only.
"""

from __future__ import annotations

import attrs

from placement.ecs.control.daemons.places import is_leaving
from placement.ecs.control.daemons.records import DaemonRecord, DaemonRevision, PlaceState
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.statuses import LifecycleStatus

__all__ = ["InstanceCounts", "instance_counts"]


@attrs.frozen
class InstanceCounts:
    """Numbers of instances that a revision was given to.

    Attributes:
        running: Those whose task is RUNNING.
        without: Those that go on without it: it is not critical, and has failed.
        draining: Those that are DRAINING.
    """

    running: int = 0
    without: int = 0
    draining: int = 0

    def __add__(self, other: InstanceCounts) -> InstanceCounts:
        return InstanceCounts(
            self.running + other.running,
            self.without + other.without,
            self.draining + other.draining,
        )


def instance_counts(
    cluster: ClusterRecord, daemon: DaemonRecord, revision: DaemonRevision
) -> dict[str, InstanceCounts]:
    """Return the numbers of a revision by the names of its providers, in their order."""
    found = {name: InstanceCounts() for name in revision.providers}
    for id, place in daemon.places.items():
        instance = cluster.instances.get(id)
        if place.revision != revision.number or instance is None or not instance.is_registered:
            continue
        name = instance.capacity_provider
        if name is None:
            continue
        task = None if place.task is None else cluster.tasks.get(place.task)
        is_draining = is_leaving(cluster, instance)
        is_running = task is not None and task.last_status is LifecycleStatus.RUNNING
        is_without = place.state is PlaceState.FAILED and not is_running
        found[name] = found.get(name, InstanceCounts()) + InstanceCounts(
            int(is_running), int(is_without and not is_draining), int(is_draining)
        )
    return found
