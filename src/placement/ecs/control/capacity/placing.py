"""Waiting tasks are placed, change their provider, or wait too long (S11.3, S14, D73, D97, D99).

In: an account in which something has changed that could help.  Out: tasks on instances, and tasks
that stop because no instance came.  The engine says what fits; the order is that of
``placement.scaling.waiting``.
"""

from __future__ import annotations

import attrs

from placement.ecs.control import lifecycle
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.waiting import RunWish, ServiceWish
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.fallbacks import usable_fallback
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import prepared_request, request_of
from placement.ecs.control.services.task_events import could_help
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskLocation
from placement.ecs.control.tasks import place_task
from placement.ecs.reasons import api_reason
from placement.engine.prepared import PreparedRequest
from placement.errors import RegexTimeout
from placement.scaling.waiting import PlaceWaiting, fallbacks, place_waiting

__all__ = ["fall_back", "place_waiting_tasks", "wait_is_over"]

FAILED = "TaskFailedToStart: "
"""What ``stoppedReason`` begins with (2.13)."""


def place_waiting_tasks(account: Account) -> None:
    """Try the waiting tasks of the clusters in which something has changed."""
    names, account.placeable = account.placeable, {}
    for name in names:
        cluster = account.clusters.get(name)
        if cluster is None or not cluster.provisioning:
            continue
        was_full = len(cluster.provisioning) >= account.options.provisioning_limit
        steps = place_waiting(list(cluster.provisioning.values()))
        number = 0
        try:
            action = next(steps)
            while True:
                placed = _place(account, cluster, action)
                number += placed
                action = steps.send(placed)
        except StopIteration:
            pass
        if number and was_full:  # others may wait now
            could_help(account, cluster)


def _place(account: Account, cluster: ClusterRecord, action: PlaceWaiting) -> int:
    """Place tasks of one kind, the oldest first; return how many found room."""
    tasks = [account.live[number] for number in action.tasks if isinstance(number, int)]
    engine = cluster.engine
    if not len(engine) or not tasks:
        return 0
    prepared = _prepared(cluster, tasks[0], action.kind)
    if prepared is None:
        return 0
    try:
        placed = engine.place_many([prepared], [0] * len(tasks))
    except RegexTimeout:
        return 0
    waiting, ids = iter(tasks), engine.ids
    count = 0
    for row, number in zip(placed.rows.tolist(), placed.task_ids.tolist(), strict=True):
        if row >= 0:
            location = TaskLocation(cluster.instances[ids[row] or ""], number)
            place_task(account, cluster, next(waiting), location)
            count += 1
    return count


def _prepared(cluster: ClusterRecord, task: TaskRecord, wish: object) -> PreparedRequest | None:
    """Return what a waiting task asks the engine for."""
    if isinstance(wish, RunWish):
        return cluster.engine.prepare(
            wish.request.variant.task,
            group=wish.request.settings.group,
            constraints=wish.constraints,
            strategy=wish.strategy,
        )
    found = _of_service(task)
    if found is None or not isinstance(wish, ServiceWish):
        return None
    return prepared_request(*found, wish.zone, wish.provider)


def _of_service(task: TaskRecord) -> tuple[ServiceRecord, DeploymentRecord] | None:
    life = task.life
    if life is None or life.service is None or life.deployment is None:
        return None
    return life.service, life.deployment


def fall_back(account: Account, number: int) -> None:
    """A task has waited as long as its service says: it waits for another provider (S14, C38).

    It stays the same task: its time-out counts from its creation (A58).
    """
    task = account.live.get(number)
    life = None if task is None else task.life
    if task is None or life is None or number not in life.cluster.provisioning:
        return
    found, waiting = _of_service(task), life.cluster.provisioning[number]
    wish = waiting.kind
    if found is None or not isinstance(wish, ServiceWish):
        return
    service, deployment = found
    after = service.options.fallback_after
    name = usable_fallback(account, service, deployment, service.options.fallback)
    if after is None or name is None or name == wish.provider:
        return
    for due in fallbacks([waiting], account.time.now, after):
        life.request = request_of(service, deployment, name)
        task.settings = life.request.settings
        task.version += 1
        life.cluster.provisioning[number] = attrs.evolve(
            waiting, kind=attrs.evolve(wish, provider=name), waits_since=account.time.now
        )
        account.placeable[life.cluster.name] = None
        if account.providers[name].managed is not None:
            account.choosing[name] = None
        account.time.record(task.arn, f"provider {wish.provider} to {name}", due.reason.value)


def wait_is_over(account: Account, number: int) -> None:
    """A task has waited too long: it fails to start (A58, D99)."""
    task = account.live.get(number)
    life = None if task is None else task.life
    if task is None or life is None or number not in life.cluster.provisioning:
        return
    wish = life.cluster.provisioning[number].kind
    reason = FAILED + _why(life.cluster, task, wish)
    lifecycle.fail_start(account, task, reason)


def _why(cluster: ClusterRecord, task: TaskRecord, wish: object) -> str:
    """Return why a task found no instance, in the API's words (2.13)."""
    provider = task.settings.capacity_provider
    own = [
        one
        for one in cluster.instances.values()
        if one.is_registered and one.capacity_provider == provider
    ]
    if not own:
        return "EMPTY CAPACITY PROVIDER"
    if all(one.is_draining for one in own):
        return "NO ACTIVE INSTANCES"
    prepared = _prepared(cluster, task, wish)
    if prepared is None:
        return "AGENT"
    try:
        explained = cluster.engine.explain(prepared)
    except RegexTimeout:
        return "AGENT"
    ids = {one.id for one in own}
    rows = {id: cluster.engine.row(id) for id in ids}
    failures = explained.failures
    if explained.closest in ids:
        return api_reason(failures[rows[explained.closest or ""]][0])
    for one in own:
        reasons = failures.get(rows[one.id])
        if reasons:
            return api_reason(reasons[0])
    return "AGENT"
