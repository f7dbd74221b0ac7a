"""How a service's deployments begin, end, fail and roll back (S3.2, S5.3).

In: an account and a service, in a pass.  Out: changed records of deployments and service
deployments, and their events.  Which tasks start and stop is decided elsewhere.
"""

from __future__ import annotations

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.model_time import Phase
from placement.ecs.control.services.configuration import DeploymentConfiguration
from placement.ecs.control.services.events import say
from placement.ecs.control.services.listener_rules import serving_groups
from placement.ecs.control.services.records import (
    DeploymentRecord,
    Rollback,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.state_of import service_state
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    RolloutState,
    ServiceDeploymentStatus,
)
from placement.ecs.control.services.task_events import breaker_of, watching_deployment
from placement.services.alarms import alarm_reason, watch_alarms
from placement.services.completion import FORCED_CLEANUP, CompletionTimes
from placement.services.failure import AfterFailure, Completed, Detector, after_failure
from placement.services.retries import PlacementRetries
from placement.services.slots import with_desired
from placement.services.traffic_shifting import stopped
from placement.timestamps import DAY, microseconds

__all__ = [
    "HISTORY",
    "NO_CANDIDATE",
    "ROLLBACK_REASONS",
    "ROLLED_BACK",
    "advance_statuses",
    "complete",
    "configuration_of",
    "current_deployment",
    "drop_ended",
    "end_run",
    "fail",
    "fired_detector",
    "follow_desired_count",
    "kept_runs",
    "roll_back",
]

HISTORY = 90 * DAY
"""For how long a service deployment is described after its end (S3.2.3)."""

ROLLED_BACK = "Service deployment rolled back because "
"""How ``statusReason`` of a rollback begins (S3.2.6)."""

NO_CANDIDATE = "Rollback failed: no rollback candidate."
"""How it ends where no earlier deployment was COMPLETED (S3.2.5, D23)."""

ROLLBACK_REASONS = {
    Detector.CIRCUIT_BREAKER: "the circuit breaker threshold was exceeded.",
    Detector.ALARM: "an alarm was in ALARM state.",
    Detector.USER: "of a user request.",
}
"""How it goes on after ``ROLLED_BACK`` (D24)."""


def current_deployment(service: ServiceRecord) -> ServiceDeploymentRecord | None:
    """Return the service deployment that is under way, None if there is none."""
    newest = service.service_deployments[0] if service.service_deployments else None
    return None if newest is None or newest.status.has_ended else newest


def configuration_of(service: ServiceRecord) -> DeploymentConfiguration:
    """Return the settings that hold: those that the deployment under way began with (D11)."""
    current = current_deployment(service)
    return service.configuration if current is None else current.configuration


def kept_runs(account: Account, service: ServiceRecord) -> list[ServiceDeploymentRecord]:
    """Return the service deployments that ECS still describes, newest first (S3.2.3).

    Those that ended more than 90 days ago are forgotten, but for the newest.
    """
    first = account.time.now - HISTORY
    return [
        run
        for place, run in enumerate(service.service_deployments)
        if not place or not _ended_before(run, first)
    ]


def _ended_before(run: ServiceDeploymentRecord, moment: int) -> bool:
    ended = run.finished_at or run.stopped_at
    return run.status.has_ended and ended is not None and microseconds(ended) < moment


# Beginning


def advance_statuses(account: Account, service: ServiceRecord) -> ServiceDeploymentRecord | None:
    """Let service deployments go on that calls have asked for: PENDING, STOP_REQUESTED (D20).

    Returns:
        The service deployment that begins now; None: none does.
    """
    now = account.time.datetime
    for one in service.service_deployments:
        if one.status is ServiceDeploymentStatus.STOP_REQUESTED:
            if one.traffic is not None:
                one.traffic = stopped(one.traffic, account.time.now)
            end_run(account, one, ServiceDeploymentStatus.STOPPED)
    current = current_deployment(service)
    if current is None or current.status is not ServiceDeploymentStatus.PENDING:
        return None
    current.status = ServiceDeploymentStatus.IN_PROGRESS
    service.service_deployments[:] = kept_runs(account, service)
    current.started_at = current.updated_at = now
    service.desired_at_failure = None
    for deployment in service.deployments[1:]:
        if deployment.cap is None:  # it was PRIMARY until now (D101)
            deployment.cap = deployment.slots if deployment.active_count else 0
        deployment.retries = PlacementRetries()
    alarms = current.configuration.alarms
    if alarms is not None:
        current.alarms = watch_alarms(alarms.names, account.in_alarm(), enabled=alarms.enable)
        account.watch_alarms(service, alarms.names)
    account.time.record(current.arn, "IN_PROGRESS")
    return current


def follow_desired_count(account: Account, service: ServiceRecord) -> None:
    """Let the caps of sources follow a rise of the desired count (S4.3, D119)."""
    seen, service.desired_seen = service.desired_seen, service.desired_count
    if service.desired_count <= seen or service.desired_at_failure is not None:
        return
    before = attrs.evolve(service_state(account, service), desired=seen)
    caps = {one.revision: one.cap for one in with_desired(before, service.desired_count).sources}
    for deployment in service.deployments[1:]:
        if caps[deployment.number] != (deployment.cap or 0):
            deployment.cap = caps[deployment.number]


# Ending


def complete(account: Account, service: ServiceRecord) -> None:
    """The deployment under way is COMPLETED."""
    current, primary = current_deployment(service), service.primary
    if current is None or primary is None:
        return
    now = account.time.datetime
    primary.rollout_state = RolloutState.COMPLETED
    primary.rollout_reason = f"ECS deployment {primary.id} completed."
    primary.updated_at = now
    primary.completed_at = account.time.now
    service.completed = primary
    if current.rollback is None:
        end_run(account, current, ServiceDeploymentStatus.SUCCESSFUL)
    else:
        end_run(account, current, ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL)
    account.time.record(primary.id, "COMPLETED")
    say(account, service, f"(deployment {primary.id}) deployment completed.")
    if any(one.active_count for one in service.deployments[1:]):  # DEFERRED (S4.6)
        service.cleanup_until = account.time.now + FORCED_CLEANUP
        account.time.push(
            service.cleanup_until, Phase.SERVICES, service.number, "deployment", service.number
        )


def end_run(
    account: Account, one: ServiceDeploymentRecord, status: ServiceDeploymentStatus
) -> None:
    """End a service deployment; its counts become a snapshot."""
    now = account.time.datetime
    one.status, one.updated_at = status, now
    if status is ServiceDeploymentStatus.SUCCESSFUL:
        one.finished_at = now
    else:
        one.stopped_at = now
    one.times = CompletionTimes()
    one.snapshot = {
        deployment.revision.arn: (
            deployment.desired_shown,
            deployment.running_shown,
            deployment.pending_shown,
        )
        for deployment in (one.target, *one.sources)
    }
    account.time.record(one.arn, str(status))


def drop_ended(account: Account, service: ServiceRecord) -> None:
    """Take deployments out of the list whose last task is STOPPED (D15)."""
    newest = service.service_deployments[0].traffic if service.service_deployments else None
    for deployment in service.deployments[1:]:
        if deployment.active_count or deployment.stopping or deployment.cap:
            continue
        if newest is not None and deployment.number == newest.kept_revision:
            continue
        deployment.status = DeploymentStatus.INACTIVE
        service.deployments.remove(deployment)
        account.time.record(deployment.id, "INACTIVE")


# Failing (S5.3)


def fired_detector(account: Account, service: ServiceRecord) -> Detector | None:
    """Return what says that the deployment under way has failed; None: nothing does."""
    primary = service.primary
    current = current_deployment(service)
    if current is not None and current.status is ServiceDeploymentStatus.ROLLBACK_REQUESTED:
        return Detector.USER if current.rollback is None else None
    watching = watching_deployment(service)
    if watching is None or primary is not watching.target:
        return None
    if primary.rollout_state is not RolloutState.IN_PROGRESS:
        return None
    breaker = breaker_of(account, watching)
    if breaker.has_fired(watching.breaker_count, service.desired_count):
        return Detector.CIRCUIT_BREAKER
    if watching.alarms is not None and watching.alarms.triggered(account.in_alarm()):
        return Detector.ALARM
    return None


def fail(account: Account, service: ServiceRecord, detector: Detector) -> None:
    """The deployment under way has failed: roll back, or stop it where it is."""
    current, failed = current_deployment(service), service.primary
    if current is None or failed is None:
        return
    configuration = current.configuration
    triggered: tuple[str, ...] = ()
    rolls_back = True
    if detector is Detector.CIRCUIT_BREAKER:
        current.is_breaker_triggered = True
        rolls_back = configuration.breaker.rollback
    elif detector is Detector.ALARM and current.alarms is not None:
        triggered = current.alarms.triggered(account.in_alarm())
        rolls_back = configuration.alarms is not None and configuration.alarms.rollback
    current.triggered_alarms = triggered
    failed.rollout_state = RolloutState.FAILED
    failed.rollout_reason = _rollout_reason(detector, triggered)
    failed.updated_at = account.time.datetime
    account.time.record(failed.id, "FAILED", failed.rollout_reason)
    if detector is not Detector.USER:
        say(account, service, f"(deployment {failed.id}) deployment failed: {detector.value}.")
    completed = [] if service.completed is None else [service.completed]
    result = after_failure(
        detector,
        failed.number,
        [Completed(one.number, one.completed_at or 0) for one in completed],
        rolls_back=rolls_back,
    )
    reason = ROLLED_BACK + ROLLBACK_REASONS[detector]
    if result.what is AfterFailure.ROLLBACK and service.completed is not None:
        _use_serving_groups(account, service.completed)
        roll_back(account, service, service.completed, reason)
        return
    service.desired_at_failure = service.desired_count
    if result.what is AfterFailure.STOPPED:
        current.status_reason = failed.rollout_reason
        current.status = ServiceDeploymentStatus.STOP_REQUESTED
        account.time.push(
            account.time.now, Phase.SERVICES, service.number, "deployment", service.number
        )
    else:
        current.status_reason = f"{reason} {NO_CANDIDATE}"
        end_run(account, current, ServiceDeploymentStatus.ROLLBACK_FAILED)


def _use_serving_groups(account: Account, target: DeploymentRecord) -> None:
    """Let new tasks of a deployment register in the groups that have the production traffic (S6.6).

    A rolling rollback moves no traffic, and a shift that was superseded may have moved it away from
    the groups that the deployment used before.
    """
    alternates = set(target.alternates)
    for place, binding in enumerate(target.revision.load_balancers):
        alternate = binding.alternate_target_group_arn
        serving = () if alternate is None else serving_groups(account.elb, binding)
        if len(serving) == 1:
            alternates.discard(place)
            alternates |= {place} if serving[0] == alternate else set()
    target.alternates = frozenset(alternates)


def _rollout_reason(detector: Detector, alarms: tuple[str, ...]) -> str:
    if detector is Detector.CIRCUIT_BREAKER:
        return "ECS deployment circuit breaker: tasks failed to start."
    if detector is Detector.ALARM:
        return alarm_reason(alarms[0])
    return "ECS deployment was stopped by a user request."


def roll_back(
    account: Account, service: ServiceRecord, target: DeploymentRecord, reason: str
) -> None:
    """Make a deployment PRIMARY again under its old id; the failed one is a source (S5.3.2)."""
    current, failed = current_deployment(service), service.primary
    if current is None or failed is None:
        return
    now = account.time.datetime
    failed.status = DeploymentStatus.ACTIVE
    failed.cap = failed.slots if failed.active_count else 0
    target.status, target.cap = DeploymentStatus.PRIMARY, None
    target.rollout_state = RolloutState.IN_PROGRESS
    target.rollout_reason = (
        f"ECS deployment circuit breaker: rolling back to deploymentId {target.id}."
        if current.is_breaker_triggered
        else f"ECS deployment {target.id} in progress."
    )
    target.updated_at = failed.updated_at = now
    target.retries = PlacementRetries()
    service.desired_at_failure = None  # of a failure before the deployment that is rolled back
    others = [one for one in service.deployments if one is not target]
    service.deployments[:] = [target, *sorted(others, key=lambda one: -one.number)]
    current.rollback = Rollback(reason, now, target.revision.arn)
    current.status = ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS
    current.status_reason = reason
    current.updated_at = now
    current.times = CompletionTimes()
    account.time.record(current.arn, "ROLLBACK_IN_PROGRESS", reason)
    say(account, service, f"rolling back to deployment {target.id}.")
