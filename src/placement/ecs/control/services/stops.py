"""Stop tasks of a class of a deployment: which of them, and why (S8.1, S10.2).

In: a service, one of its deployments, a class, a number.  Out: the tasks that were stopped.  Inside
a class the engine chooses (A39, D29), or the caller's own order (C38).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import partial

from placement.ecs.control.account import Account
from placement.ecs.control.lifecycle import stop_tasks
from placement.ecs.control.records import host_of
from placement.ecs.control.services.distribution import leaving_providers
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.statuses import HealthStatus
from placement.ecs.control.task_records import TaskRecord
from placement.services.model import TaskClass

__all__ = ["BY_SCHEDULER", "STOP_ORDERS", "stop_class", "stop_reason"]

STOP_ORDERS = ("oldest", "newest")
"""Orders of the caller's by age; any other is a ranker (C38)."""

BY_SCHEDULER = "ServiceSchedulerInitiated"
"""The stop code of what a service's passes stop (S10.2)."""

_ON_DRAINING = (TaskClass.DRAINING, TaskClass.DRAINING_WARMING)
"""Classes of tasks on instances that are DRAINING."""

_PROTECTED_TOO = (TaskClass.UNHEALTHY, TaskClass.DRAINING, TaskClass.DRAINING_WARMING)
"""Classes in which protection does not count (D56, D102, A51)."""


def stop_class(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    task_class: TaskClass,
    count: int,
    *,
    zone: str | None = None,
    even_protected: bool = False,
) -> list[TaskRecord]:
    """Stop up to ``count`` tasks of a class, in a zone if one is given; return them."""
    pool = deployment.pools[task_class].values()
    ignores_protection = even_protected or task_class in _PROTECTED_TOO
    among = [
        task
        for task in pool
        if (ignores_protection or task.protected_until is None)
        and zone in (None, task.zone)
        and not (task_class in _ON_DRAINING and is_kept(task))
    ]
    if count >= len(among):
        chosen = among
    elif deployment.revision.strategy:
        chosen = _choose_by_providers(account, service, deployment, among, count)
    else:
        chosen = _choose(account, service, among, count)
    by_reason: dict[str, list[TaskRecord]] = {}
    for task in chosen:
        by_reason.setdefault(stop_reason(account, task, deployment), []).append(task)
    for reason, tasks in by_reason.items():
        stop_tasks(account, tasks, BY_SCHEDULER, reason)
    return chosen


def is_kept(task: TaskRecord) -> bool:
    """Return whether draining leaves a task alone: protected, on a Managed Instance (A51)."""
    instance = None if task.life is None else host_of(task.life.cluster, task)
    return instance is not None and instance.keeps_protected and task.protected_until is not None


def stop_reason(account: Account, task: TaskRecord, deployment: DeploymentRecord) -> str:
    """Return the ``stoppedReason`` of a task that a pass stops (S10.2)."""
    life = task.life
    if life is not None and life.task_class is TaskClass.UNHEALTHY:
        if task.health_status is HealthStatus.UNHEALTHY:
            return "Task failed container health checks"
        for group, id, port in life.targets:
            if account.elb.targets.state_of(group, (id, port)) == "unhealthy":
                return f"Task failed ELB health checks in (target-group {group})"
    return f"Scaling activity initiated by (deployment {deployment.id})"


def _choose_by_providers(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    among: Sequence[TaskRecord],
    count: int,
) -> list[TaskRecord]:
    """Choose tasks provider by provider; waiting ones go first, the newest of them first (D116)."""
    by_provider: dict[Hashable, list[TaskRecord]] = {}
    for task in among:
        by_provider.setdefault(task.settings.capacity_provider, []).append(task)
    numbers = Counter({name: len(tasks) for name, tasks in by_provider.items()})
    chosen: list[TaskRecord] = []
    for name, number in leaving_providers(deployment, numbers, count).items():
        waiting = [one for one in by_provider[name] if one.life and one.life.is_waiting]
        first = waiting[::-1][:number]
        placed = [one for one in by_provider[name] if not (one.life and one.life.is_waiting)]
        chosen += first
        if number > len(first):
            chosen += _choose(account, service, placed, number - len(first))
    return chosen


def _choose(
    account: Account, service: ServiceRecord, among: Sequence[TaskRecord], count: int
) -> list[TaskRecord]:
    """Choose tasks as the engine has it, or in the caller's order (A39, C38).

    Raises:
        UsageError: the caller's ranker gave something else than numbers; it may raise itself (C27).
    """
    order = service.options.stop_order
    placed = {task.number: task for task in among if task.number is not None}
    if len(placed) < len(among):  # on Fargate: no instance, no strategy
        return _choose_on_fargate(service, among, count)
    strategy = service.strategy
    tie = "task_id"
    if order in ("oldest", "newest"):
        strategy, tie = (), order
    elif order is not None:
        strategy = (order,)
    choose = partial(
        service.cluster.engine.choose_to_stop,
        service.group,
        count,
        strategy,
        tie=tie,
        among=list(placed),
    )
    is_own = order not in (None, *STOP_ORDERS)
    numbers = account.ask(choose) if is_own else choose()
    chosen = [placed.pop(int(number)) for number in numbers]
    # The engine leaves protected tasks alone; where protection does not count they come last.
    return chosen + list(placed.values())[: count - len(chosen)]


def _choose_on_fargate(
    service: ServiceRecord, among: Sequence[TaskRecord], count: int
) -> list[TaskRecord]:
    """Choose by age where the caller says so (C38), else from the fullest zones (2.11).

    A ranker ranks instances, of which there are none.
    """
    order = service.options.stop_order
    if order == "oldest":
        return list(among[:count])
    if order == "newest":
        return list(among[: -count - 1 : -1])
    counts = Counter(
        task.zone
        for deployment in service.deployments
        for pool in deployment.pools.values()
        for task in pool.values()
    )
    left, chosen = list(among), []
    for _ in range(count):
        task = min(left, key=lambda one: (-counts[one.zone], one.zone or ""))
        left.remove(task)
        counts[task.zone] -= 1
        chosen.append(task)
    return chosen
