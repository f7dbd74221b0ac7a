"""A pass over a service with a deployment that shifts traffic: BLUE_GREEN, LINEAR, CANARY (S6).

In: a service that something happened to.  Out: what ``placement.services.traffic_shifting`` and
``traffic_capacity`` decide is done, in turn, until neither acts: stages entered, weights set, hooks
called, tasks started and stopped, the deployment ended.  After an end that left two revisions the
same pass keeps their tasks until the next deployment.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.deployments import complete
from placement.ecs.control.services.hook_calls import call_hook, new_hook_id, percent
from placement.ecs.control.services.listener_rules import set_traffic
from placement.ecs.control.services.records import (
    DeploymentRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.rolling_pass import (
    Done,
    carry_out,
    note_attempts,
    say_protected,
)
from placement.ecs.control.services.shifting_failure import (
    begin_rollback,
    detect,
    fail_rollback,
    stop_failed,
)
from placement.ecs.control.services.shifting_start import begin_shifting, deployment_of
from placement.ecs.control.services.state_of import revision_state
from placement.ecs.control.services.statuses import RolloutState, ServiceDeploymentStatus
from placement.services.actions import StopTasks
from placement.services.hooks import HookAnswer, Invocation
from placement.services.model import RevisionState
from placement.services.traffic_actions import (
    CallHook,
    ChangeStatus,
    EndHook,
    EnterStage,
    SetWeights,
    StartPause,
    StepResult,
    TrafficAction,
    TrafficFacts,
)
from placement.services.traffic_capacity import CapacityResult, capacity_round
from placement.services.traffic_deployment import (
    DeploymentStatus,
    FailureCause,
    Target,
    TrafficDeployment,
    targets,
)
from placement.services.traffic_shifting import step

__all__ = ["shifting_pass", "shifts_traffic"]


def shifts_traffic(service: ServiceRecord) -> bool:
    """Return whether a service's tasks follow a deployment that shifts traffic.

    Once such a deployment has come to a good end one revision is left, and passes are as for every
    service at rest; after another end they go on by its rules (S5.3, D23).
    """
    newest = service.service_deployments[0] if service.service_deployments else None
    if newest is None or not newest.configuration.shifts_traffic:
        return False
    if not newest.status.has_ended:
        return True
    primary = service.primary
    is_good = primary is not None and primary.rollout_state is RolloutState.COMPLETED
    return newest.traffic is not None and not is_good


def shifting_pass(account: Account, service: ServiceRecord, done: Done) -> None:
    """Let a service do what is to be done now."""
    run = service.service_deployments[0]
    service.desired_seen = service.desired_count
    traffic = run.traffic
    if traffic is None:
        traffic = run.traffic = begin_shifting(account, service, run)
    while True:
        facts = _facts(account, service, run, traffic)
        traffic, acted = _step(account, service, run, traffic, facts)
        result = _round(account, service, traffic, done)
        if acted or result.did_anything:
            continue
        if detect(account, service, run, traffic) == facts.detection:
            break
    say_protected(service, result.protected_surplus, done)


def _facts(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    traffic: TrafficDeployment,
) -> TrafficFacts:
    return TrafficFacts(
        account.time.now,
        service.desired_count,
        _state(account, service, traffic.green),
        None if traffic.blue is None else _state(account, service, traffic.blue),
        tuple(_state(account, service, number) for number in traffic.others),
        detect(account, service, run, traffic),
    )


def _state(account: Account, service: ServiceRecord, number: int) -> RevisionState:
    """Return a revision as the cores see it; one whose deployment is no longer listed is empty."""
    deployment = deployment_of(service, number)
    if deployment is None:
        return RevisionState(number)
    return revision_state(account, service, deployment)


# Steps of the traffic


def _step(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    traffic: TrafficDeployment,
    facts: TrafficFacts,
) -> tuple[TrafficDeployment, bool]:
    """Take the deployment as far as it gets; return it, and whether it did anything."""
    acted = False
    actions = step(traffic, facts)
    answer: HookAnswer | None = None
    while True:
        try:
            action = actions.send(answer)
        except StopIteration as end:
            result: StepResult = end.value
            break
        acted = True
        answer = None
        if isinstance(action, CallHook):
            run.traffic = action.deployment
            answer = call_hook(account, service, run, action)
        else:
            _carry_out(account, service, run, traffic, action)
        run.updated_at = account.time.datetime
    run.traffic = result.deployment
    if result.wake_at is not None and result.wake_at != run.wake_at:
        account.time.push(result.wake_at, Phase.SERVICES, service.number, "hook", service.number)
    run.wake_at = result.wake_at
    return result.deployment, acted


def _carry_out(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    traffic: TrafficDeployment,
    action: TrafficAction,
) -> None:
    """Carry out an action that needs no answer; ``traffic`` is the deployment before the step."""
    time = account.time
    match action:
        case EnterStage():
            count = len(traffic.schedule.shares)
            which = f"step {action.step + 1} of {count}"
            time.record(run.arn, action.stage.value, "rollback" if action.is_rollback else which)
        case SetWeights():
            set_traffic(account, run.target, action.weights, action.before)
            test, production = percent(action.weights.test), percent(action.weights.production)
            time.record(run.arn, "weights", f"test {test:g}, production {production:g}")
        case StartPause():
            id = run.hook_ids[action.invocation.number] = new_hook_id(account)
            time.record(run.arn, f"hook {id}", "AWAITING_ACTION")
        case EndHook():
            name = _hook_name(run, action.invocation)
            time.record(run.arn, f"hook {name}", action.invocation.status.value)
        case ChangeStatus():
            _change_status(account, service, run, traffic, action)


def _hook_name(run: ServiceDeploymentRecord, invocation: Invocation) -> str:
    return invocation.hook.target or run.hook_ids.get(invocation.number, "")


def _change_status(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    traffic: TrafficDeployment,
    action: ChangeStatus,
) -> None:
    """Let the records of a service deployment and of its deployments follow its status (S3.2)."""
    failure = action.failure
    match action.status:
        case DeploymentStatus.SUCCESSFUL | DeploymentStatus.ROLLBACK_SUCCESSFUL:
            complete(account, service)
        case DeploymentStatus.ROLLBACK_FAILED:
            fail_rollback(account, run, traffic)
        case DeploymentStatus.ROLLBACK_IN_PROGRESS if failure is not None:
            run.started_at = run.started_at or account.time.datetime
            begin_rollback(account, service, run, traffic, failure)
        case DeploymentStatus.STOP_REQUESTED:
            run.status = ServiceDeploymentStatus.STOP_REQUESTED
        case DeploymentStatus.STOPPED if failure is not None:
            if failure.cause is not FailureCause.SUPERSEDED:
                stop_failed(account, service, run, failure)


# Tasks


def _round(
    account: Account, service: ServiceRecord, traffic: TrafficDeployment, done: Done
) -> CapacityResult:
    """Start and stop tasks; return what the round left."""
    wanted = targets(traffic, service.desired_count)
    by_number = {one.number: one for one in service.deployments}
    states = {
        one.revision: revision_state(account, service, by_number[one.revision])
        for one in wanted
        if one.revision in by_number
    }
    present = [one for one in wanted if one.revision in by_number]
    done.placed.clear()
    for one in service.deployments:
        one.could_help = False
    has_stopped = False
    actions = capacity_round(present, states)
    number: int | None = None
    while True:
        try:
            action = next(actions) if number is None else actions.send(number)
        except StopIteration as end:
            result: CapacityResult = end.value
            break
        number = carry_out(account, service, by_number[action.revision], action, done)
        has_stopped = has_stopped or (number > 0 and isinstance(action, StopTasks))
    for target in present:
        _note_slots(by_number[target.revision], target)
    note_attempts(account, service, result, done)
    for revision in result.unplaced if has_stopped else ():
        by_number[revision].could_help = True  # what has stopped has made room
    return result


def _note_slots(deployment: DeploymentRecord, target: Target) -> None:
    """Note what is shown as ``desiredCount`` of an ACTIVE deployment (D17)."""
    deployment.slots = deployment.active_count if target.count is None else target.count
