"""GetTaskProtection and UpdateTaskProtection (4.7).

In: an account and the parameters of a call.  Out: which tasks are protected from scale-in, and
until when.  Only tasks of services can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from placement.ecs.calls.ecs.answers import failure, protection_answer
from placement.ecs.calls.ecs.checking import check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.control.account import Account
from placement.ecs.control.protection import protect_task
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.tasks import can_be_protected

__all__ = ["get_task_protection", "update_task_protection"]

MAX_READ = 100
MAX_CHANGED = 10

DEFAULT_MINUTES = 120
MAX_MINUTES = 2880


def get_task_protection(account: Account, parameters: Document) -> Document:
    """Return the protection of tasks; without ``tasks``, of all those of services.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are more than 100.
    """
    cluster = active_cluster(account, parameters["cluster"])
    now = account.clock()
    names = parameters.get("tasks")
    if names is None:
        return _answer(account, cluster, filter(can_be_protected, cluster.tasks.values()), [], now)
    check_size(names, "tasks", MAX_READ)
    return _answer(account, cluster, *_found(account, cluster, names), now)


def update_task_protection(account: Account, parameters: Document) -> Document:
    """Protect tasks for some time, or end their protection.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are none or more than 10, or the time is out of bounds.
    """
    cluster = active_cluster(account, parameters["cluster"])
    names, enabled = parameters["tasks"], parameters["protectionEnabled"]
    check_size(names, "tasks", MAX_CHANGED)
    minutes = parameters.get("expiresInMinutes", DEFAULT_MINUTES)
    if not 1 <= minutes <= MAX_MINUTES:
        raise invalid(f"expiresInMinutes is from 1 to {MAX_MINUTES}, not {minutes}.")
    now = account.clock()
    tasks, failures = _found(account, cluster, names)
    for task in tasks:
        protect_task(account, cluster, task, now + timedelta(minutes=minutes) if enabled else None)
    return _answer(account, cluster, tasks, failures, now)


def _found(
    account: Account, cluster: ClusterRecord, names: list[str]
) -> tuple[list[TaskRecord], list[Document]]:
    """Return the tasks that can be protected, and why the others cannot (2.13)."""
    tasks, failures = [], []
    for name in dict.fromkeys(names):
        task = account.find_task(cluster, name)
        if task is None:
            arn = account.arn_in_cluster("task", cluster, name)
            failures.append(failure(arn, "MISSING"))
        elif not can_be_protected(task):
            failures.append(failure(task.arn, "TASK_NOT_VALID"))
        else:
            tasks.append(task)
    return tasks, failures


def _answer(
    account: Account,
    cluster: ClusterRecord,
    tasks: Iterable[TaskRecord],
    failures: list[Document],
    now: datetime,
) -> Document:
    """Return the protection of tasks; one whose time is over is ended first."""
    found = []
    for task in tasks:
        if task.protected_until is not None and task.protected_until <= now:
            protect_task(account, cluster, task, None)
        found.append(protection_answer(task))
    return {"protectedTasks": found, "failures": failures}
