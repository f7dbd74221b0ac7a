"""Tasks that wait in PROVISIONING for an instance of their capacity provider (S11.3).

In: an account, what tasks are started with, how many fit nowhere.  Out: records of tasks that wait,
entries in the queue for their time-out; for managed scaling what waits, by size.  They are placed
in ``placing``; rules are those of ``placement.scaling.waiting``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.tasks import start_task_record
from placement.engine.request import AtMost, Constraint, DistinctInstance, Strategy, Task
from placement.model.checks import ALL_GPUS
from placement.scaling.packing import TaskGroup, TaskSize
from placement.scaling.waiting import TIME_OUT, WaitingTask, admit

if TYPE_CHECKING:
    from placement.ecs.control.capacity.providers import ProviderRecord
    from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord

__all__ = [
    "FALL_BACK",
    "RunWish",
    "ServiceWish",
    "await_fallback",
    "begin_waiting",
    "may_wait",
    "start_waiting",
    "task_size",
    "waiting_groups",
]

FALL_BACK = "fallback"
"""The kind of the entry in the queue for a waiting task that may change its provider."""


@attrs.frozen
class ServiceWish:
    """What waiting tasks of a service ask for; the service says it when they are placed (S2.2).

    Attributes:
        service: The service's creation number.
        deployment: The deployment's creation number.
        zone: The zone that they must go to; None: any.
        provider: The name of their provider.
    """

    service: int
    deployment: int
    zone: str | None
    provider: str


@attrs.frozen(eq=False)
class RunWish:
    """What waiting tasks of one RunTask call ask for.

    Attributes:
        request: What they are started with.
        provider: The name of their provider.
        constraints: Those of the call.
        strategy: That of the call; None: the default.
    """

    request: TaskRequest
    provider: str
    constraints: tuple[Constraint, ...] = ()
    strategy: tuple[Strategy, ...] | None = None


def may_wait(account: Account, cluster: ClusterRecord, wanted: int) -> int:
    """Return how many of some further tasks may wait in a cluster (A57)."""
    limit = account.options.provisioning_limit
    return admit(len(cluster.provisioning), wanted, limit).allowed


def start_waiting(
    account: Account,
    cluster: ClusterRecord,
    request: TaskRequest,
    wish: ServiceWish | RunWish,
    service: ServiceRecord | None = None,
    deployment: DeploymentRecord | None = None,
) -> TaskRecord:
    """Return a new task that waits; ``may_wait`` has been asked."""
    task = start_task_record(
        account, cluster, request, TaskLocation(waits=True), service, deployment
    )
    begin_waiting(account, cluster, task, wish)
    return task


def begin_waiting(
    account: Account, cluster: ClusterRecord, task: TaskRecord, wish: ServiceWish | RunWish
) -> None:
    """Let a task that was started without a place wait for one."""
    life, now = task.life, account.time.now
    if life is not None:
        waiting = cluster.provisioning[life.number] = WaitingTask(life.number, wish, now)
        account.time.push(now + TIME_OUT, Phase.TASKS, life.number, "waited", life.number)
        if life.service is not None:
            await_fallback(account, life.service, waiting)
    provider = account.providers.get(wish.provider)
    if provider is not None and provider.managed is not None:
        account.choosing[provider.name] = None


def await_fallback(account: Account, service: ServiceRecord, waiting: WaitingTask) -> None:
    """Enter in the queue when a waiting task of a service may go to another provider (S14)."""
    after, number = service.options.fallback_after, waiting.key
    if after is None or not isinstance(number, int):
        return
    moment = max(account.time.now, waiting.since + after)
    account.time.push(moment, Phase.TASKS, number, FALL_BACK, number)


def waiting_groups(account: Account, provider: ProviderRecord) -> tuple[TaskGroup, ...]:
    """Return what waits for a provider, by size, whichever calls and services started it (A60)."""
    counts: Counter[Hashable] = Counter()
    first: dict[Hashable, WaitingTask] = {}
    for cluster in account.clusters.values():
        for one in cluster.provisioning.values():
            if isinstance(one.kind, ServiceWish | RunWish) and one.kind.provider == provider.name:
                counts[one.kind] += 1
                first.setdefault(one.kind, one)
    by_size: Counter[TaskSize] = Counter()
    for kind, count in counts.items():
        size = _size(account, first[kind])
        if size is not None:
            by_size[size] += count
    return tuple(TaskGroup(size, count) for size, count in by_size.items())


def _size(account: Account, waiting: WaitingTask) -> TaskSize | None:
    """Return what a waiting task asks for."""
    task = account.live.get(waiting.key) if isinstance(waiting.key, int) else None
    life = None if task is None else task.life
    if life is None or life.request is None:
        return None
    needs = life.request.variant.task
    constraints: tuple[Constraint, ...] = needs.constraints
    if isinstance(waiting.kind, RunWish):
        constraints = (*constraints, *waiting.kind.constraints)
    elif life.service is not None:
        constraints = (*constraints, *life.service.constraints)
        if life.service.options.at_most is not None:
            constraints = (*constraints, AtMost(life.service.options.at_most))
    return task_size(needs, constraints, life.request.settings.group)


def task_size(needs: Task, constraints: Iterable[Constraint], group: str) -> TaskSize:
    """Return what a task asks of a machine; ``group`` is what distinctInstance is about."""
    exclusive = set(_ports(needs))
    if any(isinstance(one, DistinctInstance) or one == AtMost(1) for one in constraints):
        exclusive.add(group)
    if needs.gpus == ALL_GPUS:  # two such tasks are never on one machine
        exclusive.add("every GPU")
        gpus = 1
    else:
        gpus = needs.gpus if isinstance(needs.gpus, int) else len(needs.gpus)
    return TaskSize(
        needs.cpu, needs.memory, gpus, int(needs.network_interface), frozenset(exclusive)
    )


def _ports(needs: Task) -> list[Hashable]:
    tcp: list[Hashable] = [("tcp", port) for port in needs.tcp_ports]
    return tcp + [("udp", port) for port in needs.udp_ports]
