"""Whether tasks are healthy: container checks, targets, the grace period, and the class they give.

In: an account and a task.  Out: its health, its class in its service (S4.2), entries in the queue
for checks to come.  What checks find is told by the caller (C27, C42); without that all goes well.

A container check is made at RUNNING + k * interval.  While a constant finding agrees with the state
nothing is due: a healthy task at rest costs nothing, however long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services import task_events
from placement.ecs.control.services.targets import target_health, unhealthy_target
from placement.ecs.control.statuses import HealthStatus, LifecycleStatus
from placement.ecs.control.task_records import ContainerCheck, TaskLife, TaskRecord
from placement.ecs.timing import CONTAINER_OUTCOMES, Outcome
from placement.errors import UsageError, describe_value
from placement.services.limits import ceil_div
from placement.services.model import TaskClass
from placement.timestamps import SECOND

__all__ = [
    "begin_checks",
    "check_containers",
    "class_of",
    "end_checks",
    "end_grace",
    "follow_health",
    "found_by_checks",
    "look_at_checks",
    "resume_checks",
    "warm_up",
]

INTERVAL, RETRIES, START_PERIOD = 30, 3, 0
"""Of a container's health check, where it does not say (4.3); seconds, times, seconds."""


def begin_checks(account: Account, task: TaskRecord) -> None:
    """A task is RUNNING: its checks begin, and its grace period."""
    life = task.life
    if life is None:
        return
    service = life.service
    if account.timing is not None:
        life.checks = tuple(_checks(task))
    if service is not None:
        if service.grace:
            life.in_grace = True
            ends = account.time.now + service.grace * SECOND
            account.time.push(ends, Phase.TASKS, life.number, "grace", life.number)
        if life.timing.healthy_after and not life.checks and not life.targets:
            ends = account.time.now + life.timing.healthy_after
            account.time.push(ends, Phase.TASKS, life.number, "warm", life.number)
        else:
            life.is_warm = True
    look_at_checks(account, task)
    follow_health(account, task)


def resume_checks(
    account: Account, task: TaskRecord, counted: Sequence[tuple[int, int]] = ()
) -> None:
    """A loaded task is RUNNING: its checks go on from what its document says (C50).

    A task that nothing checks counts as healthy; so does one whose checks have said so.
    ``counted``: of each check how many were made, and how many failed in a row, where that is said.
    """
    life = task.life
    if life is None or life.running_at is None:
        return
    if account.timing is not None:
        life.checks = tuple(_checks(task))
    for check in life.checks:
        known = None
        if check.container < len(task.containers):
            known = task.containers[check.container].health_status
        check.status = task.health_status if known is None else known
        if check.status is HealthStatus.UNHEALTHY:
            check.failures = check.retries
    for check, (made, failures) in zip(life.checks, counted, strict=False):
        check.made, check.failures = made, failures
    life.is_warm = True
    if life.service is not None and life.service.grace:
        ends = life.running_at + life.service.grace * SECOND
        if ends > account.time.now:
            life.in_grace = True
            account.time.push(ends, Phase.TASKS, life.number, "grace", life.number)
    look_at_checks(account, task)


def _checks(task: TaskRecord) -> Iterator[ContainerCheck]:
    life = task.life
    definition = {} if life is None or life.request is None else life.request.variant.definition
    places = {one.settings.name: place for place, one in enumerate(task.containers)}
    for number, container in enumerate(definition.get("containerDefinitions", ())):
        check = container.get("healthCheck")
        place = places.get(container.get("name"), number)
        if check is not None and container.get("essential", True):
            yield ContainerCheck(
                place,
                check.get("interval", INTERVAL) * SECOND,
                check.get("retries", RETRIES),
                check.get("startPeriod", START_PERIOD) * SECOND,
            )


def end_checks(task: TaskRecord) -> None:
    """A task stops: its containers are no longer checked."""
    if task.life is not None:
        task.life.check_token += 1


def warm_up(account: Account, number: int) -> None:
    """A task that nothing checks has been RUNNING long enough (4.3)."""
    task = account.live.get(number)
    if task is not None and task.life is not None:
        task.life.is_warm = True
        follow_health(account, task)


def end_grace(account: Account, number: int) -> None:
    """The grace period of a task ends: what checks have found counts from now on (S9.7)."""
    task = account.live.get(number)
    if task is not None and task.life is not None:
        task.life.in_grace = False
        follow_health(account, task)


# Container checks


def look_at_checks(account: Account, task: TaskRecord) -> None:
    """Enter the next check that may change something, after a finding has begun or changed."""
    life = task.life
    if life is None or life.running_at is None:
        return
    life.check_token += 1
    finding = _finding(life)
    if not life.checks:
        if finding is not None:
            _set_health(account, task, found_by_checks(account, task, finding))
            if callable(finding):
                _enter(account, life, account.time.now + SECOND)
        return
    moments = [
        _next_check(life.running_at, check, account.time.now)
        for check in life.checks
        if callable(finding) or not _is_at_rest(check, finding)
    ]
    if moments:
        _enter(account, life, min(moments))


def _enter(account: Account, life: TaskLife, moment: int) -> None:
    account.time.push(moment, Phase.TASKS, life.number, "check", life.number, life.check_token)


def _finding(life: TaskLife) -> Outcome:
    """Return what checks find: what the caller said last, else the task's behaviour (C42)."""
    if life.told_health is not None:
        return life.told_health
    return None if life.behaviour is None else life.behaviour.container_health


def found_by_checks(account: Account, task: TaskRecord, finding: Outcome) -> HealthStatus:
    """Return what a check finds now.

    Raises:
        UsageError: a function of the caller's returned something else.
    """
    if callable(finding):
        life = task.life
        since = 0 if life is None or life.running_at is None else account.time.now - life.running_at
        finding = account.ask(finding, since / SECOND)
        if finding not in CONTAINER_OUTCOMES:
            raise UsageError(
                f"container_health returned {describe_value(finding)}, not one of "
                f"{', '.join(CONTAINER_OUTCOMES)}"
            )
    return HealthStatus.HEALTHY if finding is None else HealthStatus(finding)


def _is_at_rest(check: ContainerCheck, finding: Outcome) -> bool:
    """Return whether further checks with a constant finding change nothing."""
    if finding == "UNHEALTHY":
        return check.status is HealthStatus.UNHEALTHY
    return check.status is HealthStatus.HEALTHY and not check.failures


def _next_check(running_at: int, check: ContainerCheck, now: int) -> int:
    """Return the first moment of a check from now on that has not been made."""
    from_now = ceil_div(now - running_at, check.interval)
    return running_at + max(1, check.made + 1, from_now) * check.interval


def check_containers(account: Account, number: int, token: int) -> None:
    """Make the checks that are due of a task's containers."""
    task = account.live.get(number)
    life = None if task is None else task.life
    if task is None or life is None or life.check_token != token or life.running_at is None:
        return
    now = account.time.now
    due = [one for one in life.checks if _next_check(life.running_at, one, now) == now]
    finding = _finding(life)
    found = found_by_checks(account, task, finding) if due or not life.checks else None
    if found is not None and not life.checks:
        _set_health(account, task, found)
    for check in due:
        check.made = (now - life.running_at) // check.interval
        if found is HealthStatus.HEALTHY:
            check.failures, check.status = 0, HealthStatus.HEALTHY
        elif now - life.running_at >= check.start_period:
            check.failures += 1
            if check.failures >= check.retries:
                check.status = HealthStatus.UNHEALTHY
        if task.containers and check.container < len(task.containers):
            task.containers[check.container].health_status = check.status
    if due:
        _set_health(account, task, _joined(life.checks))
    if life.checks:
        look_at_checks(account, task)
    else:
        _enter(account, life, now + SECOND)


def _joined(checks: tuple[ContainerCheck, ...]) -> HealthStatus:
    """Return a task's health, given its containers' (S10.1.4)."""
    statuses = {check.status for check in checks}
    if HealthStatus.UNHEALTHY in statuses:
        return HealthStatus.UNHEALTHY
    return HealthStatus.HEALTHY if statuses == {HealthStatus.HEALTHY} else HealthStatus.UNKNOWN


def _set_health(account: Account, task: TaskRecord, status: HealthStatus) -> None:
    if task.health_status is status:
        return
    task.health_status = status
    task.version += 1
    account.time.record(task.arn, f"healthStatus {status}")
    follow_health(account, task)


# Classes (S4.2)


def follow_health(account: Account, task: TaskRecord) -> None:
    """Put a task into the class that its state and health give."""
    life = task.life
    if life is not None and life.daemon is not None:
        account.daemons.look_at_task(life.daemon, task.instance)
    if life is not None and life.deployment is not None:
        new = class_of(account, task, life)
        if new is not life.task_class:
            if new is TaskClass.UNHEALTHY and life.service is not None:
                life.service.notes.append(("unhealthy", _bad_health(account, task, life)))
            task_events.class_changed(account, task, new)


def class_of(account: Account, task: TaskRecord, life: TaskLife) -> TaskClass | None:
    """Return the class of a service's task, None if it is not active (S4.2, D102)."""
    if task.desired_status is LifecycleStatus.STOPPED:
        return None
    if task.last_status is not LifecycleStatus.RUNNING:
        return TaskClass.PENDING
    bound = bool(life.targets)
    all_healthy, any_unhealthy = target_health(account, task) if bound else (True, False)
    is_bad = any_unhealthy or task.health_status is HealthStatus.UNHEALTHY
    if is_bad and not life.in_grace:
        return TaskClass.UNHEALTHY
    is_checked = bool(life.checks)
    is_healthy = (
        life.is_warm
        and all_healthy
        and not is_bad
        and (not is_checked or task.health_status is HealthStatus.HEALTHY)
    )
    instance = None if task.instance is None else life.cluster.instances.get(task.instance)
    if instance is not None and instance.is_draining:
        return TaskClass.DRAINING if is_healthy or not bound else TaskClass.DRAINING_WARMING
    return TaskClass.HEALTHY if is_healthy else TaskClass.WARMING


def _bad_health(account: Account, task: TaskRecord, life: TaskLife) -> str:
    """Return what an event says of a task that failed its checks (S3.3)."""
    if task.health_status is HealthStatus.UNHEALTHY:
        return f"(task {task.id}) failed container health checks."
    group, _, port, reason = unhealthy_target(account, life)
    return (
        f"(task {task.id}) (port {port}) is unhealthy in (target-group {group}) due to "
        f"(reason {reason})."
    )
