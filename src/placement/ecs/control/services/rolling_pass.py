"""A pass over a service with a rolling deployment, or with none (S4, S5).

In: a service that something happened to.  Out: its tasks started and stopped as
``placement.services.rolling`` says, attempts and detectors counted, the deployment ended when it
is over.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.configuration import RevisionCleanup
from placement.ecs.control.services.deployments import (
    complete,
    configuration_of,
    current_deployment,
    fail,
    fired_detector,
    follow_desired_count,
)
from placement.ecs.control.services.events import end_of_cause
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.starts import start_tasks, why_unplaced
from placement.ecs.control.services.state_of import is_failed, service_state
from placement.ecs.control.services.statuses import RolloutState
from placement.ecs.control.services.stops import stop_class
from placement.ecs.control.services.task_events import count_outcome
from placement.ecs.control.task_records import TaskRecord
from placement.services.actions import Action, Cause, StartTasks
from placement.services.breaker import Outcome
from placement.services.completion import (
    EarlySuccess,
    EndRules,
    Progress,
    bake_length,
    check_completion,
    forced_cleanup,
)
from placement.services.model import TaskClass
from placement.services.rolling import PassResult, rounds
from placement.services.traffic_capacity import CapacityResult
from placement.timestamps import SECOND

__all__ = [
    "STUCK",
    "Done",
    "carry_out",
    "end_when_complete",
    "note_attempts",
    "rolling_pass",
    "say_protected",
]

STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment "
    "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
)


@attrs.define
class Done:
    """What a pass has done, for its events.

    Attributes:
        started: Ids of the tasks started, by cause and zone.
        stopped: Ids of the tasks stopped, by cause, zone and whether they were pending.
        placed: Numbers of the deployments of which tasks found room.
        remarks: What could not be done, said after what was: cause and text (``say_once``).
    """

    started: dict[tuple[Cause, str | None], list[str]] = attrs.field(factory=dict)
    stopped: dict[tuple[Cause, str | None, bool], list[str]] = attrs.field(factory=dict)
    placed: set[int] = attrs.field(factory=set)
    remarks: list[tuple[str, str]] = attrs.field(factory=list)


def rolling_pass(account: Account, service: ServiceRecord, done: Done) -> None:
    """Let a service do what is to be done now."""
    follow_desired_count(account, service)
    while True:
        detector = fired_detector(account, service)
        if detector is not None:
            fail(account, service, detector)
        result = _rounds(account, service, done)
        note_attempts(account, service, result, done)
        if fired_detector(account, service) is None and not _helped_itself(service, result):
            break
    _say_if_stuck(service, result, done)
    _end_deployment(account, service, done)


def _rounds(account: Account, service: ServiceRecord, done: Done) -> PassResult:
    by_number = {one.number: one for one in service.deployments}
    extras = 0 if service.rebalancing_state is None else service.rebalancing_state.extras
    steps = rounds(service_state(account, service, extras=extras))
    for deployment in service.deployments:
        deployment.could_help = False
    try:
        action = next(steps)
        while True:
            number = carry_out(account, service, by_number[action.revision], action, done)
            action = steps.send(number)
    except StopIteration as end:
        result: PassResult = end.value
    for deployment in service.deployments:
        deployment.slots = result.slots.get(deployment.number, 0)
        if deployment.number in result.caps:
            deployment.cap = result.caps[deployment.number]
    return result


def _helped_itself(service: ServiceRecord, result: PassResult) -> bool:
    """Return whether tasks that this pass stopped made room for others that it did not try."""
    return any(
        deployment.could_help
        and deployment.number in result.wanted
        and deployment.number not in result.unplaced
        for deployment in service.deployments
    )


def carry_out(
    account: Account,
    service: ServiceRecord,
    deployment: DeploymentRecord,
    action: Action,
    done: Done,
) -> int:
    """Carry out an action; return how many tasks it started or stopped."""
    tasks: list[TaskRecord]
    if isinstance(action, StartTasks):
        tasks = start_tasks(account, service, deployment, action.count, action.zone)
        ids = done.started.setdefault((action.cause, action.zone), [])
        if tasks:
            done.placed.add(deployment.number)
    else:
        tasks = stop_class(
            account,
            service,
            deployment,
            action.task_class,
            action.count,
            zone=action.zone,
            even_protected=action.even_protected,
        )
        is_pending = action.task_class is TaskClass.PENDING
        ids = done.stopped.setdefault((action.cause, action.zone, is_pending), [])
    ids.extend(task.id for task in tasks)
    return len(tasks)


# Attempts to place (S5.4.2)


def note_attempts(
    account: Account, service: ServiceRecord, result: PassResult | CapacityResult, done: Done
) -> None:
    """Note for each revision whether its tasks found room; say why not, and when to try again."""
    now = account.time.now
    waits = False
    for deployment in service.deployments:
        if deployment.number not in result.unplaced:
            if deployment.number not in result.wanted or deployment.number in done.placed:
                deployment.retries = deployment.retries.after_success()
                deployment.lacks_since = None
            waits = waits or deployment.retries.due is not None
            continue
        waits = True
        counts = deployment.retries.is_counted(now)
        deployment.retries = deployment.retries.after_failure(now)
        if counts:
            done.remarks.append(("placement", why_unplaced(account, service, deployment)))
            count_outcome(account, service, deployment, Outcome.NOT_PLACED)
        due = deployment.retries.due
        if due is not None and counts:
            account.time.push(due, Phase.SERVICES, service.number, "retry", service.number)
    waiting = account.waiting.setdefault(service.cluster.name, {})
    if waits:
        waiting[service.number] = None
    else:
        waiting.pop(service.number, None)
        end_of_cause(service, "placement")


def _say_if_stuck(service: ServiceRecord, result: PassResult, done: Done) -> None:
    primary = service.primary
    healthy = 0 if primary is None else len(primary.pools[TaskClass.HEALTHY])
    # Where only protection keeps older tasks, other percents would not help (S8.2).
    if result.is_stuck and not (result.protected_surplus and healthy >= service.desired_count):
        done.remarks.append(("stuck", STUCK))
    else:
        end_of_cause(service, "stuck")
    say_protected(service, result.protected_surplus, done)


def say_protected(service: ServiceRecord, surplus: Mapping[int, int], done: Done) -> None:
    """Say that only protection keeps surplus tasks; ``surplus`` has their numbers by revision."""
    if surplus:
        number = next(iter(surplus))
        deployment = next(one for one in service.deployments if one.number == number)
        count = sum(surplus.values())
        text = (
            f"was unable to reach steady state because (taskSet {deployment.id}) was unable to "
            f"scale in due to (reason {count} tasks under protection)"
        )
        done.remarks.append(("protection", text))
    else:
        end_of_cause(service, "protection")


# The end of a deployment (S4.6)


def _end_deployment(account: Account, service: ServiceRecord, done: Done) -> None:
    primary = service.primary
    if primary is None or primary.rollout_state is not RolloutState.IN_PROGRESS:
        _clean_up(account, service, done)
        return
    sources = service.deployments[1:]
    progress = Progress(
        service.desired_count,
        len(primary.pools[TaskClass.HEALTHY]),
        sum(one.active_count for one in sources),
        sum(len(one.stopping) for one in sources),
    )
    end_when_complete(account, service, progress)


def end_when_complete(account: Account, service: ServiceRecord, progress: Progress) -> None:
    """End the deployment under way if it is COMPLETED, else note when to look at it again."""
    primary, current = service.primary, current_deployment(service)
    if primary is None or current is None or is_failed(primary):
        return
    completion = check_completion(
        progress, _rules(account, service), current.times, account.time.now
    )
    current.times = completion.times
    if completion.waits_for is None:
        complete(account, service)
    elif completion.until is not None and completion.until != current.wake_at:
        current.wake_at = completion.until
        account.time.push(
            completion.until, Phase.SERVICES, service.number, "deployment", service.number
        )


def _rules(account: Account, service: ServiceRecord) -> EndRules:
    """Return what decides about the end of the deployment under way beside its tasks."""
    current = current_deployment(service)
    settle = round(account.options.settle * SECOND)
    if current is None or current.rollback is not None:
        return EndRules(settle=settle)  # D104
    configuration = configuration_of(service)
    early = configuration.early_success
    alarms = configuration.alarms
    watched = alarms is not None and alarms.enable and current.alarms is not None
    windows = [account.alarm_window(name) for name in (alarms.names if watched and alarms else ())]
    minutes = configuration.bake_time // (60 * SECOND)
    return EndRules(
        None
        if early is None or not early.enable
        else EarlySuccess(early.healthy_percent, early.cleanup is RevisionCleanup.DEFERRED),
        bake_length(minutes, windows),
        settle,
    )


def _clean_up(account: Account, service: ServiceRecord, done: Done) -> None:
    """Force the end of older revisions two weeks after an early success (D33)."""
    if service.cleanup_until is None:
        return
    sources = service.deployments[1:]
    if not any(one.active_count for one in sources):
        service.cleanup_until = None
    elif account.time.now >= service.cleanup_until:
        state = service_state(account, service)
        by_number = {one.number: one for one in sources}
        for action in forced_cleanup(state.sources):
            carry_out(account, service, by_number[action.revision], action, done)
