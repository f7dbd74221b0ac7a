"""Counts of a cluster's tasks, and which tasks count.

In: records.  Out: numbers.  Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from placement.ecs.control.records import ClusterRecord, host_of
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord

__all__ = ["can_be_protected", "is_accounted", "pending_counts"]

SERVICE_PREFIX = "service:"
"""What the group of a service's task begins with (1.7)."""


# Protection from scale-in (4.7)


def can_be_protected(task: TaskRecord) -> bool:
    """Return whether a task can be protected: it is of a service, and not being stopped."""
    running = task.desired_status is LifecycleStatus.RUNNING
    return running and task.settings.group.startswith(SERVICE_PREFIX)


def is_accounted(cluster: ClusterRecord, task: TaskRecord) -> bool:
    """Return whether a task has not stopped, and its instance is still there (B17)."""
    if task.last_status is LifecycleStatus.STOPPED:
        return False
    return task.instance is None or host_of(cluster, task) is not None


def pending_counts(cluster: ClusterRecord) -> Mapping[str, int]:
    """Return how many tasks are PENDING on each instance, by its id."""
    return Counter(
        task.instance
        for instance in cluster.instances.values()
        for task in instance.tasks.values()
        if task.instance is not None and task.last_status is LifecycleStatus.PENDING
    )
