"""A pass over a DAEMON service: one task on every qualifying instance (4.1, S7.1, S7.2).

In: a service, and in its ``attention`` the instances that something happened to.  Out: daemons
started and stopped as ``placement.services.daemons`` says, room kept for those still to come
(``daemon_reservations``), the deployment ended when it is over.  Only those instances are looked
at, and during an update those whose daemon is replaced; a new PRIMARY deployment looks at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from placement.ecs.control.account import Account
from placement.ecs.control.instances import agent_connected, status_of
from placement.ecs.control.lifecycle import stop_tasks
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import InstanceRecord
from placement.ecs.control.services.daemon_index import DaemonIndex, DaemonLook
from placement.ecs.control.services.daemon_reservations import keep_room
from placement.ecs.control.services.deployments import (
    configuration_of,
    current_deployment,
    fail,
    fired_detector,
)
from placement.ecs.control.services.events import end_of_cause
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.rolling_pass import STUCK, Done, end_when_complete
from placement.ecs.control.services.starts import closest_instance
from placement.ecs.control.services.state_of import is_failed, is_unthrottled
from placement.ecs.control.services.statuses import RolloutState
from placement.ecs.control.services.stops import BY_SCHEDULER, stop_reason
from placement.ecs.control.services.task_events import count_outcome
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord, is_daemon
from placement.ecs.control.task_requests import TaskLocation
from placement.ecs.control.tasks import start_task_record
from placement.engine.eligibility import Demands, eligible_instances
from placement.errors import RegexTimeout
from placement.services import daemons as core
from placement.services.breaker import Outcome
from placement.services.daemons import Daemon, DaemonInstance, DaemonState, Fit, StartOn, StopOn
from placement.services.model import TaskClass

__all__ = ["daemon_pass"]


Failed = dict[str, str]
"""Why daemons that a pass tried to place found no room, by instance, in the order of trying."""


def daemon_pass(account: Account, service: ServiceRecord, done: Done) -> None:
    """Let a DAEMON service do what is to be done now."""
    is_stuck = False
    while True:
        primary = service.primary
        if primary is None:
            return
        index = _index_of(service, primary)
        failed: Failed = {}
        is_stuck = _rounds(account, service, primary, index, failed, done)
        _note_attempts(account, service, primary, index, failed, done)
        detector = fired_detector(account, service)
        if detector is None:
            break
        fail(account, service, detector)
    if is_stuck:
        done.remarks.append(("stuck", STUCK))
    else:
        end_of_cause(service, "stuck")
    for deployment in service.deployments[1:]:
        deployment.cap = 0
    for deployment in service.deployments:
        deployment.slots = deployment.active_count
    if primary.rollout_state is RolloutState.IN_PROGRESS and current_deployment(service):
        end_when_complete(account, service, _state(account, service, primary, index).progress)


def _index_of(service: ServiceRecord, primary: DeploymentRecord) -> DaemonIndex:
    """Return what the service knows of instances; for a new PRIMARY deployment all need a look."""
    known = service.daemons
    if known is not None and known.revision == primary.number:
        return known
    task = primary.request.variant.task
    index = DaemonIndex(primary.number, Demands(task, (*task.constraints, *primary.constraints)))
    if known is not None:
        index.needs = known.needs
    service.daemons = index
    for instance in service.cluster.instances.values():
        if instance.is_registered:
            service.attention[instance.id] = None
    for id in index.needs:
        service.attention[id] = None
    return index


def _rounds(
    account: Account,
    service: ServiceRecord,
    primary: DeploymentRecord,
    index: DaemonIndex,
    failed: Failed,
    done: Done,
) -> bool:
    """Run the core until nothing is left to look at; return whether an update is stuck."""
    if primary.retries.due is not None and primary.retries.due <= account.time.now:
        service.attention.update(index.unplaced)
    if is_unthrottled(account, service, primary) and not is_failed(primary):
        service.attention.update(index.left)
    while True:
        changed = _look(account, service, index)
        service.desired_count = index.qualifying
        state = _state(account, service, primary, index)
        steps = core.daemon_pass(state, changed, _outdated(service, index))
        try:
            action = next(steps)
            while True:
                is_done = _carry_out(account, service, primary, index, action, failed, done)
                action = steps.send(int(is_done))
        except StopIteration as end:
            result: core.DaemonPassResult = end.value
        for instance in changed:
            index.unplaced.pop(str(instance.key), None)
            index.left.pop(str(instance.key), None)
        index.unplaced.update(dict.fromkeys(map(str, result.unplaced)))
        index.left.update(dict.fromkeys(map(str, result.left)))
        if not service.attention:
            return result.is_stuck


# Looking at instances


def _look(account: Account, service: ServiceRecord, index: DaemonIndex) -> list[DaemonInstance]:
    """Look at the instances that need it; return them in the order of their registration."""
    cluster, engine = service.cluster, service.cluster.engine
    ids, service.attention = list(service.attention), {}
    there: dict[int, InstanceRecord] = {}
    for id in ids:
        instance = cluster.instances.get(id)
        if instance is not None and instance.is_registered:
            there[engine.row(id)] = instance
        else:
            index.drop(id)
            index.needs.pop(id, None)
    eligible = eligible_instances(engine, index.demands, [one.id for one in there.values()])
    found = []
    for row in sorted(there):
        instance = there[row]
        id = instance.id
        fit = core.fit_of(
            status_of(engine, id),
            agent_connected=agent_connected(engine, id),
            matches=id in eligible,
        )
        seen = _seen(service, instance, fit)
        index.note(id, DaemonLook.at(seen, index.revision))
        if _is_outdated(seen, index.revision):
            index.queue(row, id)
        keep_room(account, service, index, seen, _daemons_on(service, instance))
        found.append(seen)
    return found


def _seen(service: ServiceRecord, instance: InstanceRecord, fit: Fit) -> DaemonInstance:
    """Return an instance as the core sees it."""
    others = 0
    if fit is Fit.DRAINING:
        others = sum(not is_daemon(task) for task in instance.tasks.values())
    daemons = tuple(
        Daemon(task.life.deployment.number, task.life.task_class)
        for task in _daemons_on(service, instance)
        if task.life is not None and task.life.deployment and task.life.task_class
    )
    return DaemonInstance(instance.id, fit, daemons, others)


def _daemons_on(service: ServiceRecord, instance: InstanceRecord) -> list[TaskRecord]:
    """Return the active tasks of the service on an instance, the oldest first."""
    return [
        task
        for task in instance.tasks_by_age()
        if task.life is not None
        and task.life.service is service
        and task.desired_status is not LifecycleStatus.STOPPED
    ]


def _is_outdated(instance: DaemonInstance, revision: int) -> bool:
    """Return whether an update has to replace the daemon of an instance within its bound (D54)."""
    if instance.fit is not Fit.QUALIFIES or len(instance.daemons) != 1:
        return False
    (daemon,) = instance.daemons
    return daemon.is_healthy and daemon.revision != revision


def _outdated(service: ServiceRecord, index: DaemonIndex) -> Iterator[DaemonInstance]:
    """Yield the instances with a healthy daemon of an older revision, as they are when asked for.

    The caller stops the daemon of each before it asks for the next, and asks for no more than the
    bound allows: what was yielded last is perhaps still outdated and stays in the queue.
    """
    for id in index.in_queue():
        look, instance = index.looks.get(id), service.cluster.instances.get(id)
        if look is None or instance is None or not look.qualifies:
            continue
        seen = _seen(service, instance, Fit.QUALIFIES)
        if _is_outdated(seen, index.revision):
            yield seen


def _state(
    account: Account, service: ServiceRecord, primary: DeploymentRecord, index: DaemonIndex
) -> DaemonState:
    older = service.deployments[1:]
    return DaemonState(
        primary.number,
        index.qualifying,
        index.qualifying - index.with_healthy,
        configuration_of(service).minimum_percent,
        index.healthy,
        sum(one.active_count for one in older),
        sum(len(one.stopping) for one in older),
        is_unthrottled(account, service, primary),
        is_failed(primary),
    )


# Carrying out


def _carry_out(
    account: Account,
    service: ServiceRecord,
    primary: DeploymentRecord,
    index: DaemonIndex,
    action: core.DaemonAction,
    failed: Failed,
    done: Done,
) -> bool:
    """Start or stop a daemon; return whether that was possible."""
    instance = service.cluster.instances[str(action.instance)]
    if isinstance(action, StopOn):
        _stop(account, service, instance, action, done)
        return True
    return _start(account, service, primary, index, instance, action, failed, done)


def _stop(
    account: Account,
    service: ServiceRecord,
    instance: InstanceRecord,
    action: StopOn,
    done: Done,
) -> None:
    task = next(
        task
        for task in reversed(_daemons_on(service, instance))
        if task.life is not None
        and task.life.deployment is not None
        and task.life.deployment.number == action.revision
        and task.life.task_class is action.task_class
    )
    deployment = None if task.life is None else task.life.deployment
    if deployment is None:
        return
    is_pending = action.task_class is TaskClass.PENDING
    done.stopped.setdefault((action.cause, None, is_pending), []).append(task.id)
    stop_tasks(account, [task], BY_SCHEDULER, stop_reason(account, task, deployment))


def _start(
    account: Account,
    service: ServiceRecord,
    primary: DeploymentRecord,
    index: DaemonIndex,
    instance: InstanceRecord,
    action: StartOn,
    failed: Failed,
    done: Done,
) -> bool:
    demands = index.demands
    try:
        placed = service.cluster.engine.place_on(
            instance.id,
            demands.task,
            group=service.group,
            constraints=demands.constraints,
            use_reserved=True,
        )
    except RegexTimeout:  # what makes an instance eligible has no answer now
        failed[instance.id] = "MEMBER_OF"
        return False
    if placed.task_id is None:
        failed[instance.id] = placed.missing[0]
        return False
    location = TaskLocation(instance, placed.task_id)
    task = start_task_record(account, service.cluster, primary.request, location, service, primary)
    failed.pop(instance.id, None)
    done.started.setdefault((action.cause, None), []).append(task.id)
    return True


# Attempts to place (S5.4.2)


def _note_attempts(
    account: Account,
    service: ServiceRecord,
    primary: DeploymentRecord,
    index: DaemonIndex,
    failed: Failed,
    done: Done,
) -> None:
    """Note whether daemons found room; say why not, and when to try again.

    Between the timed attempts an instance is tried when something on it has changed.
    """
    if not index.unplaced:
        primary.retries = primary.retries.after_success()
        end_of_cause(service, "placement")
        return
    now = account.time.now
    tried = [id for id in failed if id in index.unplaced]
    if not tried or not primary.retries.is_counted(now):
        return
    primary.retries = primary.retries.after_failure(now)
    text = closest_instance(tried[0], failed[tried[0]])
    done.remarks.append(("placement", text))
    count_outcome(account, service, primary, Outcome.NOT_PLACED)
    if primary.retries.due is not None:
        account.time.push(
            primary.retries.due, Phase.SERVICES, service.number, "retry", service.number
        )
