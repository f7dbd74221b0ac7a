"""Why a deployment that shifts traffic fails, in words, and what becomes of its records (S3.2.6).

In: a service deployment and its ``Failure``.  Out: changed records of deployments, events, and
reasons.  Whether it goes back to blue or stops is decided in ``placement.services``.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.services.deployments import (
    NO_CANDIDATE,
    ROLLED_BACK,
    end_run,
    roll_back,
)
from placement.ecs.control.services.events import say
from placement.ecs.control.services.listener_rules import rule_problem
from placement.ecs.control.services.records import ServiceDeploymentRecord, ServiceRecord
from placement.ecs.control.services.shifting_start import deployment_of
from placement.ecs.control.services.statuses import RolloutState, ServiceDeploymentStatus
from placement.ecs.control.services.task_events import breaker_of, watching_deployment
from placement.services.alarms import alarm_reason
from placement.services.hooks import HookOutcome, Invocation
from placement.services.traffic_actions import Detection
from placement.services.traffic_deployment import Failure, FailureCause, TrafficDeployment

__all__ = ["begin_rollback", "detect", "fail_rollback", "stop_failed"]

_ROLLOUT_REASONS = {
    FailureCause.CIRCUIT_BREAKER: "ECS deployment circuit breaker: tasks failed to start.",
    FailureCause.HOOK: "ECS deployment failed: lifecycle hook(s) failed.",
    FailureCause.STAGE_TIME_OUT: "ECS deployment failed: a lifecycle stage timed out.",
    FailureCause.DEPLOYMENT_TIME_OUT: "ECS deployment failed: the deployment timed out.",
    FailureCause.USER_REQUEST: "ECS deployment was stopped by a user request.",
    FailureCause.NETWORK_CONFIGURATION: "ECS deployment failed: invalid networking configuration.",
}
"""``rolloutStateReason`` of the revision that failed (S3.1.5); an alarm's names the alarm."""

_EVENTS = {
    FailureCause.CIRCUIT_BREAKER: "tasks failed to start",
    FailureCause.ALARM: "an alarm is in ALARM",
    FailureCause.HOOK: "lifecycle hook(s) failed",
    FailureCause.STAGE_TIME_OUT: "a lifecycle stage timed out",
    FailureCause.DEPLOYMENT_TIME_OUT: "the deployment timed out",
    FailureCause.NETWORK_CONFIGURATION: "invalid networking configuration",
}
"""How the event "deployment failed" ends; a user's request fails nothing."""


# Detecting


def detect(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    traffic: TrafficDeployment,
) -> Detection | None:
    """Return the first detector that has fired, None if none has (S5.2, S6.5).

    In a rollback none is asked (D38).
    """
    if watching_deployment(service) is not run:
        return None
    configuration = run.configuration
    if breaker_of(account, run).has_fired(run.breaker_count, service.desired_count):
        return Detection(FailureCause.CIRCUIT_BREAKER, configuration.breaker.rollback)
    if run.alarms is not None and run.alarms.triggered(account.in_alarm()):
        alarms = configuration.alarms
        return Detection(FailureCause.ALARM, alarms is not None and alarms.rollback)
    if rule_problem(account.elb, run.target, traffic.weights) is not None:
        return Detection(FailureCause.NETWORK_CONFIGURATION)
    return None


# What follows


def begin_rollback(
    account: Account,
    service: ServiceRecord,
    run: ServiceDeploymentRecord,
    traffic: TrafficDeployment,
    failure: Failure,
) -> None:
    """Green has failed: blue is PRIMARY again under its id, if there is one (D110)."""
    reason = ROLLED_BACK + _because(account, run, traffic, failure)
    _mark_failed(account, service, run, failure)
    blue = None if traffic.blue is None else deployment_of(service, traffic.blue)
    if blue is None:
        run.status_reason = reason
        return
    roll_back(account, service, blue, reason)
    run.target.cap = 0


def fail_rollback(
    account: Account, run: ServiceDeploymentRecord, traffic: TrafficDeployment
) -> None:
    """A rollback has failed: there is nothing to go back to (D23), or it took too long."""
    if traffic.is_first_deployment:
        why = NO_CANDIDATE
    else:
        why = "The rollback failed because a lifecycle stage timed out."
    reason = run.status_reason or ""
    run.status_reason = f"{reason}{'' if reason.endswith('.') else '.'} {why}"
    end_run(account, run, ServiceDeploymentStatus.ROLLBACK_FAILED)


def stop_failed(
    account: Account, service: ServiceRecord, run: ServiceDeploymentRecord, failure: Failure
) -> None:
    """Green has failed and nothing is rolled back: the deployment stops where it stands (S5.3)."""
    _mark_failed(account, service, run, failure)
    run.status_reason = run.target.rollout_reason
    end_run(account, run, ServiceDeploymentStatus.STOPPED)


def _mark_failed(
    account: Account, service: ServiceRecord, run: ServiceDeploymentRecord, failure: Failure
) -> None:
    green = run.target
    if failure.cause is FailureCause.CIRCUIT_BREAKER:
        run.is_breaker_triggered = True
    elif failure.cause is FailureCause.ALARM and run.alarms is not None:
        run.triggered_alarms = run.alarms.triggered(account.in_alarm())
    green.rollout_state = RolloutState.FAILED
    if run.triggered_alarms:
        green.rollout_reason = alarm_reason(run.triggered_alarms[0])
    else:
        green.rollout_reason = _ROLLOUT_REASONS.get(failure.cause)
    green.updated_at = account.time.datetime
    account.time.record(green.id, "FAILED", green.rollout_reason or "")
    event = _EVENTS.get(failure.cause)
    if event is not None:
        say(account, service, f"(deployment {green.id}) deployment failed: {event}.")


# Reasons


def _because(
    account: Account, run: ServiceDeploymentRecord, traffic: TrafficDeployment, failure: Failure
) -> str:
    """Return how ``statusReason`` goes on after "rolled back because"."""
    stage = "the" if failure.stage is None else failure.stage.value
    match failure.cause:
        case FailureCause.CIRCUIT_BREAKER:
            return "the circuit breaker threshold was exceeded."
        case FailureCause.ALARM:
            return "an alarm was in ALARM state."
        case FailureCause.HOOK:
            causes = " ".join(_of_hook(run, one) for one in failure.hooks)
            return f"{stage} lifecycle hook(s) failed. {causes}"
        case FailureCause.STAGE_TIME_OUT:
            return f"{stage} lifecycle stage timed out after 24 hours."
        case FailureCause.DEPLOYMENT_TIME_OUT:
            return "the service deployment timed out after 30 days."
        case FailureCause.NETWORK_CONFIGURATION:
            problem = rule_problem(account.elb, run.target, traffic.weights)
            return f"of invalid networking configuration. {problem}"
        case _:
            return "of a user request."


def _of_hook(run: ServiceDeploymentRecord, invocation: Invocation) -> str:
    target = invocation.hook.target or run.hook_ids.get(invocation.number, "")
    match invocation.outcome:
        case HookOutcome.UNREADABLE:
            return (
                f"ECS was unable to parse the response from {target} due to HookStatus must not "
                "be null"
            )
        case HookOutcome.TIMED_OUT:
            return f"Lifecycle hook target {target} timed out."
        case HookOutcome.ROLLED_BACK:
            return f"Lifecycle hook {target} was answered with ROLLBACK."
        case _:
            return f"Lifecycle hook target {target} returned FAILED status."
