"""What happens to a service when one of its tasks changes: pools, counts, detectors, who is woken.

In: an account and a task, after the change.  Out: changed records, and services that the next
passes look at.  Decides nothing about tasks.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.watching import task_went
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.attention import look_at_instance, room_on_instance
from placement.ecs.control.services.records import (
    DeploymentRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.statuses import DeploymentStatus
from placement.ecs.control.task_records import TaskRecord
from placement.services.breaker import Breaker, Outcome
from placement.services.failed_starts import is_failed_start
from placement.services.model import TaskClass
from placement.services.throttle import Throttle
from placement.timestamps import SECOND

__all__ = [
    "breaker_of",
    "class_changed",
    "could_help",
    "count_outcome",
    "task_running",
    "task_stopped",
    "task_stopping",
    "watching_deployment",
]


def class_changed(account: Account, task: TaskRecord, new: TaskClass | None) -> None:
    """Move a task to another pool of its deployment; None: it is not active any more."""
    life = task.life
    if life is None or life.deployment is None or life.service is None:
        return
    deployment, service, old = life.deployment, life.service, life.task_class
    if old is not None:
        deployment.pools[old].pop(life.number, None)
        deployment.running -= old is not TaskClass.PENDING
    if new is not None:
        deployment.pools[new][life.number] = task
        deployment.running += new is not TaskClass.PENDING
    life.task_class = new
    if service.scheduling == "DAEMON" and task.instance is not None:
        service.attention[task.instance] = None
    account.wake_service(service)
    if new is TaskClass.HEALTHY and old is not TaskClass.UNHEALTHY:
        count_outcome(account, service, deployment, Outcome.HEALTHY)
    elif new is TaskClass.UNHEALTHY and old is not None:
        count_outcome(account, service, deployment, Outcome.UNHEALTHY)


def task_running(account: Account, task: TaskRecord) -> None:
    """A task reached RUNNING: starts of its revision and definition do not fail in a row."""
    life = task.life
    if life is None or life.deployment is None or life.service is None:
        return
    deployment, service = life.deployment, life.service
    if not deployment.failed.has_run:
        deployment.failed = deployment.failed.after_running()
    service.throttles.pop(task.settings.definition_arn, None)
    count_outcome(account, service, deployment, Outcome.RUNNING)


def task_stopping(account: Account, task: TaskRecord) -> None:
    """The desired status of a task became STOPPED; its resources are free (A25)."""
    life = task.life
    if life is None:
        return
    if life.daemon is not None:
        account.daemons.look_at_task(life.daemon, task.instance)
    if life.deployment is not None and life.service is not None:
        service = life.service
        class_changed(account, task, None)
        life.deployment.stopping[life.number] = task
        code = None if task.stop is None else task.stop.code
        if code == "EssentialContainerExited":
            count_outcome(account, service, life.deployment, Outcome.EARLY_EXIT)
        if task.created_at == account.time.datetime:  # D125
            service.starts_at = account.time.now + SECOND
            _wake_at(account, service, service.starts_at)
    could_help(account, life.cluster)
    if task.instance is not None:
        room_on_instance(account, life.cluster, task.instance)


def task_stopped(account: Account, task: TaskRecord) -> None:
    """A task is STOPPED; one that never ran counts as a failed start (D103, D105)."""
    life = task.life
    if life is None:
        return
    if life.daemon is not None:
        account.daemons.look_at_task(life.daemon, task.instance)
    instance = None if task.instance is None else life.cluster.instances.get(task.instance)
    if instance is not None and instance.is_draining:  # perhaps the last but the daemons (D58)
        look_at_instance(account, life.cluster, instance.id)
        if instance.group_instance is not None and not instance.tasks:
            name, id = instance.group_instance
            account.time.push(account.time.now, Phase.INSTANCES, 1, "leave", name, id)
    if instance is not None:
        task_went(account, instance, life)
    if life.deployment is None or life.service is None:
        return
    service, deployment = life.service, life.deployment
    deployment.stopping.pop(life.number, None)
    account.wake_service(service)
    code = "" if task.stop is None else task.stop.code or ""
    if is_failed_start(code, was_running=task.started_at is not None):
        deployment.failed = deployment.failed.after_failed_start()
        arn = task.settings.definition_arn
        throttle = service.throttles.get(arn, Throttle())
        throttle = service.throttles[arn] = throttle.after_failed_start(account.time.now)
        if throttle.next_start is not None:
            _wake_at(account, service, throttle.next_start)
        if throttle.begins:
            service.notes.append(("throttled",))
        count_outcome(account, service, deployment, Outcome.FAILED_START)


def _wake_at(account: Account, service: ServiceRecord, moment: int) -> None:
    """Let a pass look at a service when tasks of it may start again."""
    account.time.push(moment, Phase.SERVICES, service.number, "retry", service.number)


def could_help(account: Account, cluster: ClusterRecord) -> None:
    """Something changed in a cluster that could help services that wait for room (S5.4.2)."""
    if cluster.provisioning:
        account.placeable[cluster.name] = None
    waiting = account.waiting.get(cluster.name)
    if not waiting:
        return
    for number in waiting:
        service = account.services.get(number)
        if service is not None:
            for deployment in service.deployments:
                deployment.could_help = True
            account.wake_service(service)


# The circuit breaker


def watching_deployment(service: ServiceRecord) -> ServiceDeploymentRecord | None:
    """Return the service deployment that is under way and no rollback, None if there is none."""
    newest = service.service_deployments[0] if service.service_deployments else None
    if newest is None or newest.status.has_ended or newest.rollback is not None:
        return None
    return newest


def count_outcome(
    account: Account, service: ServiceRecord, deployment: DeploymentRecord, outcome: Outcome
) -> None:
    """Let the circuit breaker count what happened to a task of the PRIMARY deployment (D35)."""
    watching = watching_deployment(service)
    if watching is None or deployment is not watching.target:
        return
    if deployment.status is not DeploymentStatus.PRIMARY:
        return
    breaker = breaker_of(account, watching)
    watching.breaker_count = breaker.after(watching.breaker_count, outcome)


def breaker_of(account: Account, watching: ServiceDeploymentRecord) -> Breaker:
    """Return the circuit breaker of a service deployment, with the account's options."""
    found = watching.breaker
    if found is None:
        found = watching.breaker = watching.configuration.breaker.for_core(account.options)
    return found
