"""The life of a task: from PROVISIONING to STOPPED, one transition after the other (S10.1).

In: an account, tasks, the moment.  Out: changed records, the engine changed along with them, and
entries in the queue for what comes next.  Whether a task counts as healthy is decided in
``health``, whether a host has room in ``admission``; why a task stops is decided by who stops it.

A task has at most one timer.  Stopping a task sets ``desiredStatus`` and frees what the engine
holds (A25) at once; ``lastStatus`` follows by timers, also where these take no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from placement.ecs.control.account import Account
from placement.ecs.control.admission import admits
from placement.ecs.control.capacity.census import note_host
from placement.ecs.control.capacity.managed.watching import task_came
from placement.ecs.control.health import begin_checks, end_checks, follow_health
from placement.ecs.control.host_ports import bind_ports, release_ports
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import InstanceRecord, host_of
from placement.ecs.control.services import task_events
from placement.ecs.control.services.targets import deregister_targets, register_targets
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import StopRecord, TaskLife, TaskRecord
from placement.ecs.control.timers import clear_timer, set_timer
from placement.ecs.timing import duration
from placement.engine.cluster import Cluster
from placement.timestamps import SECOND

__all__ = [
    "STOP_TIMEOUT",
    "admit_waiting",
    "begin_life",
    "end_at_once",
    "enter_instance",
    "exit_container",
    "fail_start",
    "forget",
    "hurry",
    "interrupt",
    "move",
    "pull_duration",
    "pulled",
    "stop_duration",
    "stop_tasks",
]

STOP_TIMEOUT = 30
"""Seconds from the stop signal until containers are killed, where nothing says it (S10.1.2)."""

_STARTING = (LifecycleStatus.PROVISIONING, LifecycleStatus.PENDING)
_CONTAINER_STATUS: Mapping[LifecycleStatus, LifecycleStatus] = {
    LifecycleStatus.RUNNING: LifecycleStatus.RUNNING,
    LifecycleStatus.DEPROVISIONING: LifecycleStatus.STOPPED,
    LifecycleStatus.STOPPED: LifecycleStatus.STOPPED,
}
"""What containers become when their task becomes something; otherwise they stay as they are."""


def begin_life(account: Account, task: TaskRecord) -> None:
    """Let a task that was just created go its way; one that waits stays PROVISIONING (S11.3)."""
    life = _life(task)
    if not life.is_waiting:
        _prepare(account, task)
    instance = instance_of(task)
    if instance is not None:
        instance.tasks[life.number] = task
        note_host(account, instance)
        task_came(account, instance, life)
    account.live[life.number] = task
    account.time.record(task.arn, "created")
    follow_health(account, task)


def enter_instance(account: Account, task: TaskRecord, instance: InstanceRecord) -> None:
    """Let a task that has waited go its way on an instance."""
    life = _life(task)
    instance.tasks[life.number] = task
    note_host(account, instance)
    task_came(account, instance, life)
    _prepare(account, task)


def _prepare(account: Account, task: TaskRecord) -> None:
    """Let a placed task get its network interface, if it has one, and then wait for its agent."""
    now = account.time.now
    if task.attachments:
        task.last_status = LifecycleStatus.PROVISIONING
        set_timer(account, task, now + _life(task).timing.provisioning)
    else:
        task.last_status = LifecycleStatus.PENDING
        set_timer(account, task, now)


def hurry(account: Account, task: TaskRecord) -> None:
    """Do all transitions of a task that are due now, inside a call (``timing=None``, C26)."""
    life = task.life
    if account.timing is not None:
        return  # a call moves nothing (D2)
    while life is not None and life.due is not None and life.due <= account.time.now:
        move(account, task)
        life = task.life


def move(account: Account, task: TaskRecord) -> None:
    """Do the transition that a task's timer stands for."""
    clear_timer(account, task)
    status = task.last_status
    if task.desired_status is LifecycleStatus.STOPPED:
        _leave(account, task, status)
    elif status is LifecycleStatus.PROVISIONING:
        for attachment in task.attachments:
            attachment.status = "ATTACHED"
        _set_status(account, task, LifecycleStatus.PENDING)
        _admit(account, task)
    elif status is LifecycleStatus.PENDING:
        _admit(account, task)
    elif status is LifecycleStatus.ACTIVATING:
        _run(account, task)
    elif status is LifecycleStatus.RUNNING:
        behaviour = None if task.life is None else task.life.behaviour
        exit_container(account, task, None, 0 if behaviour is None else behaviour.exit_code)


# Starting


def _admit(account: Account, task: TaskRecord) -> None:
    """Let the agent take a task, or wait until its host has room (D68)."""
    life, instance = _life(task), instance_of(task)
    if instance is not None and not admits(life.cluster, instance, task):
        instance.waiting[life.number] = task
        return
    now = account.time.now
    life.is_admitted = True
    pull, start = pull_duration(task), life.timing.start
    task.connectivity, task.connectivity_at = "CONNECTED", account.time.datetime
    task.pull_started_at = account.time.datetime
    _set_status(account, task, LifecycleStatus.ACTIVATING)
    if pull and start:
        account.time.push(now + pull, Phase.TASKS, life.number, "pulled", life.number)
    set_timer(account, task, now + pull + start)


def pull_duration(task: TaskRecord) -> int:
    """Return how long the images of a task are pulled."""
    life = _life(task)
    behaviour = life.behaviour
    if behaviour is None or behaviour.pull_seconds is None:
        return life.timing.pull
    return duration(behaviour.pull_seconds, "pull_seconds")


def pulled(account: Account, number: int) -> None:
    """Note that the images of a task are there."""
    task = account.live.get(number)
    if task is not None and task.pull_stopped_at is None:
        task.pull_stopped_at = account.time.datetime


def _run(account: Account, task: TaskRecord) -> None:
    """Make a task RUNNING, or end it where the caller said that it fails to start (D105)."""
    life = _life(task)
    behaviour = life.behaviour
    if task.pull_stopped_at is None:
        task.pull_stopped_at = account.time.datetime
    if behaviour is not None and behaviour.start_failure is not None:
        fail_start(account, task, behaviour.start_failure)
        return
    bind_ports(account, task)
    task.started_at = account.time.datetime
    life.running_at = account.time.now
    register_targets(account, task)
    _set_status(account, task, LifecycleStatus.RUNNING)
    task_events.task_running(account, task)
    begin_checks(account, task)
    if behaviour is not None and behaviour.runs_for is not None:
        ends = account.time.now + duration(behaviour.runs_for, "runs_for")
        set_timer(account, task, ends)


def fail_start(account: Account, task: TaskRecord, reason: str) -> None:
    """End a task before it is RUNNING: STOPPED at once, awsvpc after DEPROVISIONING (D105)."""
    stop_tasks(account, [task], "TaskFailedToStart", reason)
    clear_timer(account, task)
    _end_execution(account, task)


# Stopping


def stop_tasks(account: Account, tasks: Iterable[TaskRecord], code: str, reason: str) -> None:
    """Stop active tasks: desiredStatus STOPPED at once, and what the engine holds is free (A25)."""
    moment = account.time.datetime
    chosen = [task for task in tasks if task.desired_status is not LifecycleStatus.STOPPED]
    _release(chosen)
    for task in chosen:
        life = task.life
        task.desired_status = LifecycleStatus.STOPPED
        task.version += 1
        task.stop = StopRecord(moment, None, None, code, reason)
        account.time.record(task.arn, "desiredStatus STOPPED", reason)
        if life is None:
            continue
        end_checks(task)
        life.cluster.provisioning.pop(life.number, None)
        instance = instance_of(task)
        if instance is not None:
            instance.waiting.pop(life.number, None)
            if life.is_admitted:
                instance.stopping[life.number] = task
        task_events.task_stopping(account, task)
        set_timer(account, task, account.time.now)


def interrupt(account: Account, task: TaskRecord) -> None:
    """Stop a task on FARGATE_SPOT: the signal comes at once, its targets are deregistered (C42)."""
    was_running = task.last_status is LifecycleStatus.RUNNING
    stop_tasks(account, [task], "SpotInterruption", "Your Spot Task was interrupted.")
    if was_running:
        clear_timer(account, task)
        deregister_targets(account, task)
        _signal(account, task)


def _release(tasks: list[TaskRecord]) -> None:
    """Give back what tasks hold in the engines, one call a cluster."""
    by_cluster: dict[int, tuple[Cluster, list[int]]] = {}
    for task in tasks:
        life = task.life
        if life is None or task.number is None:
            continue
        engine = life.cluster.engine
        by_cluster.setdefault(id(engine), (engine, []))[1].append(task.number)
        if engine.release == "desired_status":
            task.number = None
        instance = instance_of(task)
        if instance is not None:
            instance.version += 1
    for engine, numbers in by_cluster.values():
        engine.stop(numbers if len(numbers) > 1 else numbers[0])


def exit_container(account: Account, task: TaskRecord, name: str | None, exit_code: int) -> None:
    """A container exits by itself; an essential one stops its task (S10.1.4).

    ``name`` None: the first essential container.
    """
    life = _life(task)
    definition = {} if life.request is None else life.request.variant.definition
    essential = {
        one.get("name"): one.get("essential", True)
        for one in definition.get("containerDefinitions", ())
    }
    chosen = None
    for container in task.containers:
        own = container.settings.name
        if own == name or (name is None and essential.get(own, True)):
            chosen = container
            break
    if chosen is not None:
        chosen.last_status, chosen.exit_code = LifecycleStatus.STOPPED, exit_code
    if chosen is None or essential.get(chosen.settings.name, True):
        stop_tasks(
            account, [task], "EssentialContainerExited", "Essential container in task exited"
        )


def _leave(account: Account, task: TaskRecord, status: LifecycleStatus) -> None:
    """Do the next transition of a task whose desired status is STOPPED."""
    life = _life(task)
    if status in _STARTING:
        _end_execution(account, task)
    elif status is LifecycleStatus.RUNNING:
        _set_status(account, task, LifecycleStatus.DEACTIVATING)
        life.unused_at = deregister_targets(account, task)
        if life.unused_at is not None and life.unused_at > account.time.now:
            set_timer(account, task, life.unused_at)
        else:
            _signal(account, task)
    elif status in (LifecycleStatus.ACTIVATING, LifecycleStatus.DEACTIVATING):
        _signal(account, task)
    elif status is LifecycleStatus.STOPPING:
        _end_execution(account, task)
    elif status is LifecycleStatus.DEPROVISIONING:
        _end(account, task)


def _signal(account: Account, task: TaskRecord) -> None:
    """Send the stop signal: the containers end after a while, at the latest by their time-out."""
    _set_status(account, task, LifecycleStatus.STOPPING)
    set_timer(account, task, account.time.now + stop_duration(account, task))


def stop_duration(account: Account, task: TaskRecord) -> int:
    """Return how long a task's containers take to end (S10.1.2)."""
    life = _life(task)
    if account.timing is None:
        return 0
    definition = {} if life.request is None else life.request.variant.definition
    timeouts = [
        one.get("stopTimeout", STOP_TIMEOUT) for one in definition.get("containerDefinitions", ())
    ]
    longest = max(timeouts, default=STOP_TIMEOUT) * SECOND
    behaviour = life.behaviour
    if behaviour is not None and behaviour.ignores_stop_signal:
        return longest
    return min(life.timing.stop, longest)


def _end_execution(account: Account, task: TaskRecord) -> None:
    """The containers of a task have ended: remove its interface, then it is STOPPED."""
    life = _life(task)
    if task.stop is not None:
        task.stop.execution_stopped_at = account.time.datetime
    if task.attachments and life.timing.deprovisioning:
        _set_status(account, task, LifecycleStatus.DEPROVISIONING)
        set_timer(account, task, account.time.now + life.timing.deprovisioning)
    else:
        _end(account, task)


def end_at_once(account: Account, task: TaskRecord, code: str, reason: str) -> None:
    """End a task at this instant, whatever it is doing: its host is gone (D107)."""
    if task.desired_status is not LifecycleStatus.STOPPED:
        stop_tasks(account, [task], code, reason)
    if task.life is None:
        return
    clear_timer(account, task)
    deregister_targets(account, task)
    if task.stop is not None and task.stop.execution_stopped_at is None:
        task.stop.execution_stopped_at = account.time.datetime
    _end(account, task)


def _end(account: Account, task: TaskRecord) -> None:
    """Make a task STOPPED."""
    life, instance = _life(task), instance_of(task)
    for attachment in task.attachments:
        attachment.status = "DELETED"
    _set_status(account, task, LifecycleStatus.STOPPED)
    if task.stop is not None:
        task.stop.stopped_at = account.time.datetime
    if task.number is not None and life.cluster.engine.release == "last_status":
        life.cluster.engine.set_task(task.number, last_status="STOPPED")
        task.number = None
    release_ports(task)
    if instance is not None:
        instance.tasks.pop(life.number, None)
        instance.stopping.pop(life.number, None)
        note_host(account, instance)
        admit_waiting(account, instance)
    del account.live[life.number]
    task_events.task_stopped(account, task)
    task.life = None
    if account.described is not None:
        forget_at = account.time.now + account.described
        account.time.push(forget_at, Phase.TASKS, life.number, "forget", life.cluster.name, task.id)


def admit_waiting(account: Account, instance: InstanceRecord) -> None:
    """Ask again for the tasks that wait for room on a host, in the order of creation (D105)."""
    for number in sorted(instance.waiting):
        task = instance.waiting[number]
        if admits(_life(task).cluster, instance, task):
            del instance.waiting[number]
            set_timer(account, task, account.time.now)


def forget(account: Account, cluster_name: str, id: str) -> None:
    """Drop a stopped task that is no longer described."""
    cluster = account.clusters.get(cluster_name)
    if cluster is not None:
        cluster.tasks.pop(id, None)


# What both have in common


def _set_status(account: Account, task: TaskRecord, status: LifecycleStatus) -> None:
    """Let a task and its containers reach a status.

    A service's task changes its class (S4.2) only where its checks begin and where it is stopped.
    """
    task.last_status = status
    if account.timing is not None:
        task.version += 1
    containers = _CONTAINER_STATUS.get(status)
    if containers is not None:
        for container in task.containers:
            if container.last_status is not LifecycleStatus.STOPPED:
                container.last_status = containers
            for agent in container.agents or ():
                agent.last_status = containers
                if containers is LifecycleStatus.RUNNING and agent.last_started_at is None:
                    agent.last_started_at = account.time.datetime
    account.time.record(task.arn, status)


def instance_of(task: TaskRecord) -> InstanceRecord | None:
    """Return the registered instance of a task, None if it has none."""
    return None if task.life is None else host_of(task.life.cluster, task)


def _life(task: TaskRecord) -> TaskLife:
    """Return how a task is moved; only for tasks that are not STOPPED."""
    if task.life is None:
        raise LookupError(f"{task.arn} has ended: nothing moves it")
    return task.life
