"""Protection of tasks from scale-in: how it begins and ends (4.7, S8.2).

In: an account, a task, a time.  Out: changed records and the entry of its expiry in the queue.
"""

from __future__ import annotations

from datetime import datetime

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, host_of
from placement.ecs.control.task_records import TaskRecord
from placement.timestamps import microseconds

__all__ = ["end_protection_of", "protect_task"]


def protect_task(
    account: Account, cluster: ClusterRecord, task: TaskRecord, until: datetime | None
) -> None:
    """Protect a task from scale-in until some time; None ends its protection."""
    if task.protected_until == until:
        return
    task.protected_until = until
    task.version += 1
    if task.number is not None and host_of(cluster, task) is not None:
        cluster.engine.set_task(task.number, protected=until is not None)
    life = task.life
    if life is None:
        return
    if until is not None:
        ends = microseconds(until)
        account.time.push(ends, Phase.TASKS, life.number, "unprotect", life.number)
    if life.deployment is not None and life.service is not None:
        life.deployment.has_protected = True
        account.wake_service(life.service)


def end_protection_of(account: Account, number: int) -> None:
    """End the protection of a task whose time is over; one that was renewed stays protected."""
    task = account.live.get(number)
    if task is None or task.life is None or task.protected_until is None:
        return
    if microseconds(task.protected_until) <= account.time.now:
        protect_task(account, task.life.cluster, task, None)
