"""GetTaskProtection and UpdateTaskProtection (4.7, S8.2).

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
from placement.ecs.control.counts import can_be_protected
from placement.ecs.control.protection import protect_task
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.task_records import TaskRecord
from placement.services.protection import DEFAULT_MINUTES, is_blocked

__all__ = ["get_task_protection", "update_task_protection"]

MAX_READ = 100
MAX_CHANGED = 10

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
        tasks = [task for task in cluster.tasks.values() if _is_valid(cluster, task)]
        return _answer(account, cluster, tasks, [], now)
    check_size(names, "tasks", MAX_READ)
    return _answer(account, cluster, *_found(account, cluster, names), now)


def update_task_protection(account: Account, parameters: Document) -> Document:
    """Protect tasks for some time, or end their protection.

    A task of a service of which more tasks are protected than it should have stays as it is: the
    failure DEPLOYMENT_BLOCKED (D57, D107).

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
    changed = []
    for task in tasks:
        if enabled and _blocks_deployment(cluster, task, now):
            failures.append(failure(task.arn, "DEPLOYMENT_BLOCKED"))
            continue
        protect_task(account, cluster, task, now + timedelta(minutes=minutes) if enabled else None)
        changed.append(task)
    return _answer(account, cluster, changed, failures, now)


def _is_valid(cluster: ClusterRecord, task: TaskRecord) -> bool:
    """Return whether a task can be protected: one of a REPLICA service (S8.2)."""
    if not can_be_protected(task):
        return False
    service = _service_of(cluster, task)
    return service is None or service.scheduling != "DAEMON"


def _service_of(cluster: ClusterRecord, task: TaskRecord) -> ServiceRecord | None:
    """Return the service of a task; None: it is only known by its name (a loaded task)."""
    if task.life is not None and task.life.service is not None:
        return task.life.service
    return cluster.services.get(task.settings.group.partition(":")[2])


def _blocks_deployment(cluster: ClusterRecord, task: TaskRecord, now: datetime) -> bool:
    """Return whether more tasks of its service are protected than it should have.

    The task itself counts if it is protected already (D107).
    """
    service = _service_of(cluster, task)
    if service is None:
        return False
    protected = sum(
        one.protected_until is not None and one.protected_until > now
        for deployment in service.deployments
        for pool in deployment.pools.values()
        for one in pool.values()
    )
    return is_blocked(protected, service.desired_count)


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
        elif not _is_valid(cluster, task):
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
