"""Which instances a group loses, and whether their tasks fit on the others (S11.4.4, S11.5.3, C38).

In: an account, a group, how many instances are to go.  Out: victims in order; as an option, the
engine's answer whether the rest still has room.  Changes nothing: the engine is asked in a trial.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.census import has_tasks, registered_record
from placement.ecs.control.capacity.groups import GroupInstanceRecord, GroupRecord
from placement.ecs.control.capacity.membership import provider_of_group
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import constraints_of, strategy_of
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskRequest
from placement.errors import RegexTimeout
from placement.scaling.groups import GroupInstance, Victim, empty_victims, victims

__all__ = ["group_victims", "staying_instances", "tasks_still_fit"]


def staying_instances(group: GroupRecord) -> list[GroupInstanceRecord]:
    """Return the instances of a group that are not leaving, pending ones included."""
    return [one for one in group.instances.values() if not one.is_leaving]


def group_victims(
    account: Account, group: GroupRecord, there: Sequence[GroupInstanceRecord], count: int
) -> tuple[Victim, ...]:
    """Return up to ``count`` instances that a scale-in of a group terminates, in order.

    With managed termination protection those without tasks (D75), else as the policy chooses.
    """
    provider = provider_of_group(account, group.name)
    protects = provider is not None and provider.settings.protects
    candidates = [_candidate(account, one, protects) for one in there]
    if protects:
        return empty_victims(candidates, count)
    return victims(candidates, count, group.policy, now=account.time.now)


def _candidate(account: Account, one: GroupInstanceRecord, protects: bool) -> GroupInstance:
    found = registered_record(account, one)
    tasks = 0 if found is None else int(has_tasks(found[1]))
    is_protected = one.is_pinned if protects else one.is_protected
    return GroupInstance(
        *(one.id, one.zone, one.launched_at, one.configuration),
        *(one.is_healthy, is_protected, tasks),
    )


def tasks_still_fit(account: Account, group: GroupRecord, registered: int, fewer: int) -> bool:
    """Return whether the tasks of a group's next victims fit on the instances that are left.

    The victims are those that the group would choose if its desired capacity were ``fewer`` below
    its ``registered`` instances.  Constraints of a RunTask call end with the call: its tasks are
    asked for by what their definition says.
    """
    there = staying_instances(group)
    count = len(there) - len(group.balancing) - (registered - fewer)
    leaving: dict[str, list[InstanceRecord]] = {}
    for victim in group_victims(account, group, there, count):
        found = registered_record(account, group.instances[str(victim.key)])
        if found is not None:
            leaving.setdefault(found[0].name, []).append(found[1])
    return all(
        _fit_elsewhere(account.clusters[name], instances) for name, instances in leaving.items()
    )


def _fit_elsewhere(cluster: ClusterRecord, leaving: Sequence[InstanceRecord]) -> bool:
    """Return whether the tasks of some instances find room on the others, daemons' left out."""
    numbers: list[int] = []
    wanted: Counter[tuple[TaskRequest, ServiceRecord | None, DeploymentRecord | None]] = Counter()
    for instance in leaving:
        for task in instance.tasks_by_age():
            if not _moves(task):
                continue
            life = task.life
            if life is None or life.request is None or task.number is None:
                return False  # nobody knows what it asks for
            numbers.append(task.number)
            wanted[life.request, life.service, life.deployment] += 1
    engine = cluster.engine
    with engine.trial():
        for instance in leaving:
            engine.set_status(instance.id, "DRAINING")
        engine.stop(numbers)
        for (request, service, deployment), count in wanted.items():
            strategy = None
            if service is not None and deployment is not None:
                strategy = strategy_of(service, deployment)
            try:
                placed = engine.place(
                    request.variant.task,
                    count,
                    group=request.settings.group,
                    constraints=() if service is None else constraints_of(service),
                    strategy=strategy,
                )
            except RegexTimeout:
                return False
            if placed.unplaced:
                return False
    return True


def _moves(task: TaskRecord) -> bool:
    """Return whether a task goes on elsewhere when its instance leaves."""
    if task.desired_status is LifecycleStatus.STOPPED:
        return False
    service = None if task.life is None else task.life.service
    return service is None or service.scheduling != "DAEMON"
