"""Events that the caller tells a session: they happen when the next ``advance`` begins (C42).

In: an account and an event (kind, ARN of the subject, keys...), which was checked in the call.
Out: changed records.  An event whose subject has ended meanwhile does nothing, and the history says
so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from placement.ecs.control import health, lifecycle
from placement.ecs.control.account import Account
from placement.ecs.control.instance_events import instance_left, set_connected
from placement.ecs.control.instances import deregister_instance, status_of
from placement.ecs.control.load_balancing.targets import TargetKey
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.targets import finding_of
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.timing import Outcome

__all__ = ["happen"]

HOST_GONE = "Host EC2 (instance {id}) stopped/terminated"


def happen(account: Account, what: tuple[Any, ...]) -> None:
    """Let an event happen."""
    kind, subject, *facts = what
    if not _EVENTS[kind](account, *facts):
        account.time.record(subject, kind, "nothing happened: it has ended")


def _live(account: Account, number: int) -> TaskRecord | None:
    task = account.live.get(number)
    if task is None or task.desired_status is LifecycleStatus.STOPPED:
        return None
    return task


def _exit(account: Account, number: int, container: str | None, exit_code: int) -> bool:
    task = _live(account, number)
    if task is None or task.last_status is not LifecycleStatus.RUNNING:
        return False
    lifecycle.exit_container(account, task, container, exit_code)
    return True


def _fail_start(account: Account, number: int, reason: str) -> bool:
    task = _live(account, number)
    if task is None or task.started_at is not None:
        return False
    lifecycle.fail_start(account, task, reason)
    return True


def _container_health(account: Account, number: int, finding: Outcome) -> bool:
    task = _live(account, number)
    if task is None or task.life is None:
        return False
    task.life.told_health = finding
    health.look_at_checks(account, task)
    return True


def _target_health(account: Account, group: str, key: TargetKey, finding: Outcome) -> bool:
    target = account.elb.targets.find(group, key)
    if target is None:
        return False
    number = account.targets.get((group, key))
    task = None if number is None else account.live.get(number)
    life = None if task is None else task.life
    running_at = account.time.now
    if life is not None and life.running_at is not None:
        running_at = life.running_at
    if finding is None and life is not None and life.behaviour is not None:
        finding = life.behaviour.target_health
    account.elb.targets.set_finding(
        group, key, finding_of(account, finding, running_at), account.time.now
    )
    return True


def _instance(
    account: Account, cluster_name: str, id: str
) -> tuple[ClusterRecord, InstanceRecord] | None:
    cluster = account.clusters.get(cluster_name)
    instance = None if cluster is None else cluster.instances.get(id)
    if cluster is None or instance is None or not instance.is_registered:
        return None
    return cluster, instance


def _lose_instance(account: Account, cluster_name: str, id: str) -> bool:
    found = _instance(account, cluster_name, id)
    if found is None:
        return False
    cluster, instance = found
    name = cluster.engine.describe(id).ec2_instance_id or id
    reason = HOST_GONE.format(id=name)
    account.time.record(instance.arn, "lost", reason)
    instance_left(account, cluster, instance, "TerminationNotice", reason)
    deregister_instance(cluster, instance)
    return True


def _set_agent(account: Account, cluster_name: str, id: str, connected: bool) -> bool:
    found = _instance(account, cluster_name, id)
    if found is None:
        return False
    cluster, instance = found
    if status_of(cluster.engine, id) and instance.is_connected != connected:
        cluster.engine.set_agent(id, connected=connected)
        instance.version += 1
        set_connected(account, cluster, instance, connected)
        account.time.record(instance.arn, "connected" if connected else "disconnected")
    return True


_EVENTS: dict[str, Callable[..., bool]] = {
    "exit_container": _exit,
    "fail_start": _fail_start,
    "set_container_health": _container_health,
    "set_target_health": _target_health,
    "lose_instance": _lose_instance,
    "set_agent": _set_agent,
}
