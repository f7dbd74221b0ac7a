"""Let the model move the tasks of documents that are not STOPPED (C50).

In: an account, and the records of its tasks in the order of their creation.  Out: each has its life
(``TaskLife``): it is on its instance, in the pools of its deployment, and in the queue.  A state
that was under way begins at loading; what a task was healthy by its documents stays so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.dumps.daemons import DaemonLoader
from placement.ecs.control.dumps.state_read import StateReader
from placement.ecs.control.dumps.targets import TargetLoader
from placement.ecs.control.dumps.waiting import WaitingLoader, waits
from placement.ecs.control.health import follow_health, resume_checks
from placement.ecs.control.lifecycle import pull_duration, stop_duration, stop_tasks
from placement.ecs.control.model_time import Phase
from placement.ecs.control.networks import Network
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, InstanceRecord, host_of
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import request_of
from placement.ecs.control.services.stops import BY_SCHEDULER
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskLife, TaskRecord
from placement.ecs.control.task_requests import TaskRequest
from placement.ecs.control.task_variants import task_variant
from placement.ecs.control.timers import set_timer
from placement.ecs.timing import duration
from placement.errors import DocumentError
from placement.timestamps import microseconds

__all__ = ["Lives", "Member"]

_ENDED = (LifecycleStatus.STOPPED, LifecycleStatus.DELETED)
_STARTING = (LifecycleStatus.PROVISIONING, LifecycleStatus.PENDING)
_ENDING = (LifecycleStatus.DEACTIVATING, LifecycleStatus.STOPPING, LifecycleStatus.DEPROVISIONING)

Member = tuple[ServiceRecord, DeploymentRecord]
"""The service and the deployment that a task belongs to."""


class Lives:
    """Gives tasks their lives.

    Args:
        account: The account; its clusters, services and target groups are loaded.
        targets: Lets tasks be the targets that they were.
        state: What no describe call prints.
        waiting: Lets tasks wait for instances.
        daemons: Knows which tasks are of managed daemons.
    """

    def __init__(
        self,
        account: Account,
        targets: TargetLoader,
        state: StateReader,
        waiting: WaitingLoader,
        daemons: DaemonLoader,
    ) -> None:
        self._waiting = waiting
        self._daemons = daemons
        self._account = account
        self._targets = targets
        self._state = state
        self._requests: dict[tuple[Any, ...], TaskRequest | None] = {}

    def begin(self, tasks: Iterable[tuple[ClusterRecord, TaskRecord, Member | None]]) -> None:
        """Let tasks go on, the oldest first."""
        for cluster, task, member in tasks:
            if task.last_status in _ENDED:
                self._forget_later(cluster, task)
            elif task.instance is None or host_of(cluster, task) is not None:
                self._begin_one(cluster, task, member)

    def _forget_later(self, cluster: ClusterRecord, task: TaskRecord) -> None:
        """Drop a stopped task when it is no longer described."""
        account = self._account
        if account.described is None:
            return
        stopped_at = None if task.stop is None else task.stop.stopped_at
        since = account.time.now if stopped_at is None else microseconds(stopped_at)
        moment = max(account.time.now, since + account.described)
        account.time.push(moment, Phase.TASKS, 0, "forget", cluster.name, task.id)

    def _begin_one(self, cluster: ClusterRecord, task: TaskRecord, member: Member | None) -> None:
        account = self._account
        service, deployment = member or (None, None)
        daemon = self._daemons.of_task(cluster, task)
        request: TaskRequest | None
        if daemon is not None:
            request = daemon.request
        elif service is not None and deployment is not None:
            request = request_of(service, deployment, task.settings.capacity_provider)
        else:
            request = self._request(task)
        family = task.settings.definition_arn.rpartition("/")[2].rpartition(":")[0]
        life = task.life = TaskLife(
            account.next_task_number(),
            cluster,
            request,
            account.timing_of(family),
            service=service,
            deployment=deployment,
            daemon=None if daemon is None else daemon.number,
        )
        life.behaviour = account.behaviour_of(task)
        life.told_health = self._state.told_health(task.arn)
        life.is_admitted = task.last_status not in _STARTING
        account.live[life.number] = task
        instance = host_of(cluster, task)
        if instance is not None:
            instance.tasks[life.number] = task
        if waits(task):
            self._waiting.begin(cluster, task, life)
        elif request is not None and task.last_status in (*_STARTING, LifecycleStatus.ACTIVATING):
            _take_ports_to_come(task, request)
        if task.desired_status is LifecycleStatus.STOPPED:
            self._go_on_stopping(task, life, instance)
        elif task.last_status in _ENDING:  # ECS says that only of tasks that it stops
            self._stop(task, life)
        else:
            self._go_on(task, life)
        if task.protected_until is not None:
            ends = microseconds(task.protected_until)
            account.time.push(ends, Phase.TASKS, life.number, "unprotect", life.number)
            if deployment is not None:
                deployment.has_protected = True
        follow_health(account, task)

    def _go_on(self, task: TaskRecord, life: TaskLife) -> None:
        """Begin the state that an active task is in."""
        account = self._account
        now, timing, behaviour = account.time.now, life.timing, life.behaviour
        match task.last_status:
            case LifecycleStatus.PROVISIONING if not life.is_waiting:
                set_timer(account, task, now + timing.provisioning)
            case LifecycleStatus.PENDING:
                set_timer(account, task, now)
            case LifecycleStatus.ACTIVATING:
                pull = 0 if task.pull_stopped_at is not None else pull_duration(task)
                if pull and timing.start:
                    moment = now + pull
                    account.time.push(moment, Phase.TASKS, life.number, "pulled", life.number)
                set_timer(account, task, now + pull + timing.start)
            case LifecycleStatus.RUNNING:
                started = task.started_at
                life.running_at = now if started is None else min(now, microseconds(started))
                self._targets.bind(task)
                resume_checks(account, task, self._state.container_checks(task.arn))
                if behaviour is not None and behaviour.runs_for is not None:
                    ends = life.running_at + duration(behaviour.runs_for, "runs_for")
                    set_timer(account, task, max(now, ends))

    def _go_on_stopping(
        self, task: TaskRecord, life: TaskLife, instance: InstanceRecord | None
    ) -> None:
        """Begin the state that a task is in whose desired status is STOPPED."""
        account = self._account
        self._targets.bind(task)
        if instance is not None and life.is_admitted:
            instance.stopping[life.number] = task
        if life.deployment is not None:
            life.deployment.stopping[life.number] = task
        moment = account.time.now
        match task.last_status:
            case LifecycleStatus.DEACTIVATING if life.unused_at is not None:
                moment = max(moment, life.unused_at)
            case LifecycleStatus.STOPPING:
                moment += stop_duration(account, task)
            case LifecycleStatus.DEPROVISIONING:
                moment += life.timing.deprovisioning
        set_timer(account, task, moment)

    def _stop(self, task: TaskRecord, life: TaskLife) -> None:
        """Stop a task that is ending, though its desired status does not say so."""
        stop = task.stop
        code = BY_SCHEDULER if stop is None or stop.code is None else stop.code
        reason = "" if stop is None or stop.reason is None else stop.reason
        stop_tasks(self._account, [task], code, reason)
        if stop is not None:
            task.stop = stop
        self._go_on_stopping(task, life, host_of(life.cluster, task))

    # What standalone tasks were started with

    def _request(self, task: TaskRecord) -> TaskRequest | None:
        """Return what a task was started with; None where its definition is not there."""
        definition = self._account.find_definition(task.settings.definition_arn)
        if definition is None:
            return None
        settings = task.settings
        overrides = json.dumps(settings.overrides, sort_keys=True, default=str)
        execute = bool(settings.execute_command)
        network = self._waiting.network_of(task)
        key = (
            *(definition.arn, overrides, settings.launch_type, execute, settings.group),
            *(settings.capacity_provider, network),
        )
        if key not in self._requests:
            self._requests[key] = _request_of(definition, task, execute, network)
        return self._requests[key]


def _request_of(
    definition: DefinitionRecord, task: TaskRecord, execute: bool, network: Network
) -> TaskRequest:
    settings = task.settings
    launch_type = settings.launch_type
    provider = None if launch_type == "FARGATE" else settings.capacity_provider
    try:
        variant = task_variant(
            definition, settings.overrides, network, launch_type, execute, provider
        )
    except DocumentError:  # overrides of a time before the rules for them
        variant = task_variant(definition, {}, network, launch_type, execute, provider)
    return TaskRequest(variant, settings, network, task.tags)


def _take_ports_to_come(task: TaskRecord, request: TaskRequest) -> None:
    """Let the containers of a task that is not RUNNING yet have the ports of its definition."""
    mappings: Mapping[str | None, Any] = {
        one.name: one.port_mappings for one in request.variant.containers
    }
    for container in task.containers:
        ports = mappings.get(container.settings.name)
        if ports:
            container.settings = attrs.evolve(container.settings, port_mappings=ports)
