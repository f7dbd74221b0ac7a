"""The timer of a task: its next transition, entered in the queue (S1.2 b).

In: an account, a task, a moment.  Out: an entry in the queue.  While the agent of its instance is
disconnected a timer stands still, and goes on with the time that was left (C42).
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import InstanceRecord, host_of
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord

__all__ = ["clear_timer", "continue_timers", "halt_timers", "set_timer"]


def set_timer(account: Account, task: TaskRecord, moment: int) -> None:
    """Let the next transition of a task be due at a moment, instead of any other."""
    life, time = task.life, account.time
    if life is None:
        return
    instance = host_of(life.cluster, task)
    if instance is not None and not instance.is_connected:
        clear_timer(account, task)
        life.left = max(0, moment - time.now)
        return
    if life.due is None:
        time.moving += 1
    life.token += 1
    life.due = moment
    if moment > time.now or not account.is_hurrying:
        time.push(moment, Phase.TASKS, life.number, "task", life.number, life.token)


def clear_timer(account: Account, task: TaskRecord) -> None:
    """Let no transition of a task be due."""
    life = task.life
    if life is None:
        return
    life.left = None
    if life.due is not None:
        life.due = None
        life.token += 1
        account.time.moving -= 1


def halt_timers(account: Account, instance: InstanceRecord) -> None:
    """The agent of an instance is disconnected: the transitions of its tasks stand still."""
    for task in instance.tasks.values():
        life = task.life
        if life is not None and life.due is not None:
            left = max(0, life.due - account.time.now)
            clear_timer(account, task)
            life.left = left


def continue_timers(account: Account, instance: InstanceRecord) -> None:
    """The agent is back: transitions take the time that was left; targets did not wait."""
    for task in instance.tasks.values():
        life = task.life
        if life is None or life.left is None:
            continue
        moment = account.time.now + life.left
        if task.last_status is LifecycleStatus.DEACTIVATING and life.unused_at is not None:
            moment = max(account.time.now, life.unused_at)
        life.left = None
        set_timer(account, task, moment)
