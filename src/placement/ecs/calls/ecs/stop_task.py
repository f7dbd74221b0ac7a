"""StopTask.

In: an account and the parameters of a call.  Out: the task as it is then.
"""

from __future__ import annotations

from placement.ecs.calls.ecs.answers import task_answer
from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.control.account import Account
from placement.ecs.control.lifecycle import hurry, stop_tasks
from placement.ecs.control.records import Document
from placement.ecs.control.statuses import LifecycleStatus

__all__ = ["stop_task"]

MAX_REASON = 1024
"""Characters of the reason."""

BY_USER = "Task stopped by user"
"""``stoppedReason`` where the call gives none."""


def stop_task(account: Account, parameters: Document) -> Document:
    """Stop a task; one that has stopped already stays as it is.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there is no such task, or the reason is too long.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    reason = parameters.get("reason", BY_USER)
    if len(reason) > MAX_REASON:
        raise invalid(f"reason has at most {MAX_REASON} characters.")
    task = account.find_task(cluster, parameters["task"])
    if task is None:
        raise invalid("The referenced task was not found.")
    if task.desired_status is not LifecycleStatus.STOPPED:
        with account.in_call():
            stop_tasks(account, [task], "UserInitiated", reason)
            hurry(account, task)
    return {"task": task_answer(task)}
