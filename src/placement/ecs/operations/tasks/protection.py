"""GetTaskProtection and UpdateTaskProtection (4.7).

In: an account and the parameters of a call.  Out: which tasks are protected from scale-in, and
until when.  Only tasks of services can be.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from placement.ecs.account import Account
from placement.ecs.checking import check_size, invalid
from placement.ecs.operations.tasks.describe import missing
from placement.ecs.records import ClusterRecord, Document, TaskRecord

__all__ = ["get_task_protection", "update_task_protection"]

MAX_READ = 100
MAX_CHANGED = 10

DEFAULT_MINUTES = 120
MAX_MINUTES = 2880


def get_task_protection(account: Account, given: dict[str, Any]) -> Document:
    """Return the protection of tasks; without ``tasks``, of all those of services.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are more than 100.
    """
    cluster = account.cluster(given["cluster"])
    now = account.clock()
    names = given.get("tasks")
    if names is None:
        found = [task for task in cluster.tasks.values() if _can_be(task)]
        return {"protectedTasks": [_shown(cluster, task, now) for task in found], "failures": []}
    check_size(names, "tasks", MAX_READ)
    tasks, failures = _found(account, cluster, names)
    return {"protectedTasks": [_shown(cluster, task, now) for task in tasks], "failures": failures}


def update_task_protection(account: Account, given: dict[str, Any]) -> Document:
    """Protect tasks for some time, or no longer.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are none or more than 10, or the time is out of bounds.
    """
    cluster = account.cluster(given["cluster"])
    names, enabled = given["tasks"], given["protectionEnabled"]
    check_size(names, "tasks", MAX_CHANGED)
    minutes = given.get("expiresInMinutes", DEFAULT_MINUTES)
    if not 1 <= minutes <= MAX_MINUTES:
        raise invalid(f"expiresInMinutes is from 1 to {MAX_MINUTES}, not {minutes}.")
    now = account.clock()
    tasks, failures = _found(account, cluster, names)
    for task in tasks:
        _set(cluster, task, now + timedelta(minutes=minutes) if enabled else None)
    return {"protectedTasks": [_shown(cluster, task, now) for task in tasks], "failures": failures}


def _found(
    account: Account, cluster: ClusterRecord, names: list[str]
) -> tuple[list[TaskRecord], list[Document]]:
    """Return the tasks that can be protected, and why the others cannot (2.13)."""
    tasks, failures = [], []
    for name in dict.fromkeys(names):
        record = account.find_task(cluster, name)
        if record is None:
            failures.append(missing(account, cluster, name))
        elif not _can_be(record):
            failures.append({"arn": record.arn, "reason": "TASK_NOT_VALID"})
        else:
            tasks.append(record)
    return tasks, failures


def _can_be(task: TaskRecord) -> bool:
    document = task.document
    group: str = document["group"]
    return group.startswith("service:") and document["desiredStatus"] == "RUNNING"


def _set(cluster: ClusterRecord, task: TaskRecord, until: datetime | None) -> None:
    task.protected_until = until
    if _in_engine(cluster, task) and task.number is not None:
        cluster.engine.set_task(task.number, protected=until is not None)


def _in_engine(cluster: ClusterRecord, task: TaskRecord) -> bool:
    instance = None if task.instance is None else cluster.instances.get(task.instance)
    return instance is not None and instance.last is None


def _shown(cluster: ClusterRecord, task: TaskRecord, now: datetime) -> Document:
    """Return the protection of a task; one that has run out is none."""
    if task.protected_until is not None and task.protected_until <= now:
        _set(cluster, task, None)
    until = task.protected_until
    document: Document = {"taskArn": task.arn, "protectionEnabled": until is not None}
    if until is not None:
        document["expirationDate"] = until
    return document
