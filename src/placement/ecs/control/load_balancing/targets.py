"""One target of a target group: what its health checks make of its state as time goes by (S9.3).

In: a target, the settings of its group's health check, a moment.  Out: the moment of its next
change, and the target as it is then.  Moments and durations are whole microseconds.

Checks are made at ``phase + k * interval`` (k = 1, 2, ..., D63).  Where every check finds the same,
the moment of the next change is computed, so a target at rest has none and costs nothing however
long the time; only what a function of time says is asked check by check.  Must not know groups,
load balancers, or whose target it is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

import attrs

__all__ = [
    "CheckResult",
    "Finding",
    "HealthCheck",
    "Target",
    "TargetKey",
    "TargetReason",
    "TargetState",
    "begin_checks",
    "change_check",
    "decide_at_once",
    "next_moment",
    "reason_of",
    "set_finding",
    "step",
]

TargetKey = tuple[str, int]
"""A target inside its group: the id of an instance or an IP address, and a port."""


class CheckResult(enum.StrEnum):
    """What one health check finds."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    TIMEOUT = "timeout"


Finding = CheckResult | Callable[[int], CheckResult]
"""What every check finds, or a function of the moment at which a check is made."""


class TargetState(enum.StrEnum):
    """The states of a target, as the API spells them (S9.4)."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNUSED = "unused"
    DRAINING = "draining"


class TargetReason(enum.StrEnum):
    """Why a target has its state, as the API spells it (S9.4)."""

    REGISTRATION_IN_PROGRESS = "Elb.RegistrationInProgress"
    INITIAL_HEALTH_CHECKING = "Elb.InitialHealthChecking"
    RESPONSE_CODE_MISMATCH = "Target.ResponseCodeMismatch"
    TIMEOUT = "Target.Timeout"
    FAILED_HEALTH_CHECKS = "Target.FailedHealthChecks"
    NOT_REGISTERED = "Target.NotRegistered"
    NOT_IN_USE = "Target.NotInUse"
    DEREGISTRATION_IN_PROGRESS = "Target.DeregistrationInProgress"


@attrs.frozen
class HealthCheck:
    """How the targets of a group are checked.

    Attributes:
        interval: From one check to the next.
        timeout: After how long a check that is not answered has failed; at most the interval.
        healthy_threshold: How many passes in a row make an unhealthy target healthy.
        unhealthy_threshold: How many failures in a row make a target unhealthy.
        reads_codes: Whether an answer has an HTTP or gRPC code, which the reason then names.
    """

    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    reads_codes: bool = True


@attrs.define(eq=False)
class Target:
    """A registered target.

    Attributes:
        group: The ARN of its group.
        key: Its id and port.
        number: The order of registration: targets that change at one moment change in it.
        zone: The Availability Zone that it was registered with; None: none was given.
        finding: What its checks find.
        registered_at: When it was registered.
        state: Its state.
        phase: The moment from which on its checks are counted.
        made: How many checks since ``phase`` are in ``streak``, or agreed with the state.
        streak: The last checks in a row that contradict the state.
        counts_at: When the check that timed out and completes the streak counts; else None.
        failure: What the last failed check found; None: none has failed.
        drains_until: When a draining target becomes unused.
        due: When it is to be looked at again, as its group's queue has it; None: it rests.
        further: Further fields of a loaded document, as the API names them.
    """

    group: str
    key: TargetKey
    number: int
    zone: str | None
    finding: Finding
    registered_at: int
    state: TargetState = TargetState.UNUSED
    phase: int = 0
    made: int = 0
    streak: int = 0
    counts_at: int | None = None
    failure: CheckResult | None = None
    drains_until: int | None = None
    due: int | None = None
    further: Mapping[str, Any] = attrs.field(factory=dict)


# When, and what then


def next_moment(target: Target, check: HealthCheck) -> int | None:
    """Return when a target may change next; None: not until something happens to it."""
    match target.state:
        case TargetState.DRAINING:
            return target.drains_until
        case TargetState.UNUSED:
            return None
    if target.counts_at is not None:
        return target.counts_at
    finding = target.finding
    if not isinstance(finding, CheckResult):
        return target.phase + (target.made + 1) * check.interval
    if _agrees(target.state, finding):
        return None
    needed = max(1, _threshold(target.state, finding, check) - target.streak)
    made_at = target.phase + (target.made + needed) * check.interval
    return made_at + _delay(finding, check)


def step(target: Target, check: HealthCheck, moment: int) -> None:
    """Bring a target to ``moment``, which ``next_moment`` gave.

    A function of the caller that raises leaves the target as it was.
    """
    if target.state is TargetState.DRAINING:
        target.state, target.drains_until = TargetState.UNUSED, None
    elif target.counts_at is not None:
        _become(target, TargetState.UNHEALTHY)
    elif isinstance(target.finding, CheckResult):
        result = target.finding
        target.made = (moment - _delay(result, check) - target.phase) // check.interval
        if result is not CheckResult.HEALTHY:
            target.failure = result
        _become(target, _state_of(result))
    else:
        result = target.finding(moment)
        target.made += 1
        _count(target, check, result, moment)


def _count(target: Target, check: HealthCheck, result: CheckResult, moment: int) -> None:
    """Count a check that was made at ``moment``."""
    if result is not CheckResult.HEALTHY:
        target.failure = result
    if _agrees(target.state, result):
        target.streak = 0
        return
    target.streak += 1
    if target.streak < _threshold(target.state, result, check):
        return
    if _delay(result, check):
        target.counts_at = moment + _delay(result, check)
    else:
        _become(target, _state_of(result))


def _become(target: Target, state: TargetState) -> None:
    target.state, target.streak, target.counts_at = state, 0, None


def _agrees(state: TargetState, result: CheckResult) -> bool:
    """Return whether a check finds what the state says; an initial target has nothing to say."""
    return state is _state_of(result)


def _state_of(result: CheckResult) -> TargetState:
    return TargetState.HEALTHY if result is CheckResult.HEALTHY else TargetState.UNHEALTHY


def _threshold(state: TargetState, result: CheckResult, check: HealthCheck) -> int:
    """Return how many results in a row end a state; a new target needs one pass (D64)."""
    if result is not CheckResult.HEALTHY:
        return check.unhealthy_threshold
    return 1 if state is TargetState.INITIAL else check.healthy_threshold


def _delay(result: CheckResult, check: HealthCheck) -> int:
    """Return how long after a check its result counts (D64).

    A check that is not answered by the next one has failed: ELB's default of 6 s for HTTP may be
    longer than an interval of 5 s.
    """
    return min(check.timeout, check.interval) if result is CheckResult.TIMEOUT else 0


# What happens to a target


def begin_checks(target: Target, now: int) -> None:
    """Let the checks of a target begin: it has been registered, or its group came into use."""
    target.state, target.phase, target.failure = TargetState.INITIAL, now, None
    target.made, target.streak, target.counts_at, target.drains_until = 0, 0, None, None


def decide_at_once(target: Target, now: int) -> None:
    """Make a target healthy or unhealthy as a check now would find it, without any count (C39)."""
    finding = target.finding
    result = finding if isinstance(finding, CheckResult) else finding(now)
    begin_checks(target, now)
    if result is not CheckResult.HEALTHY:
        target.failure = result
    target.state = _state_of(result)


def set_finding(target: Target, check: HealthCheck, finding: Finding, now: int) -> None:
    """Let checks find something else from ``now`` on, a check at this moment included (C42)."""
    _account(target, check, now)
    target.finding = finding


def change_check(target: Target, before: HealthCheck, now: int) -> None:
    """Let checks begin a new count of intervals at ``now``: their settings have changed.

    Failures and passes in a row stay counted.  When checks of changed settings are made, no source
    says.
    """
    if target.state in (TargetState.UNUSED, TargetState.DRAINING):
        return
    _account(target, before, now)
    target.phase, target.made = now, 0


def _account(target: Target, check: HealthCheck, now: int) -> None:
    """Take the checks that were made before ``now`` into the counts."""
    finding = target.finding
    is_checked = target.state not in (TargetState.UNUSED, TargetState.DRAINING)
    if not is_checked or not isinstance(finding, CheckResult):
        return
    made = _made_before(target, check, now)
    new = made - target.made
    if new <= 0:
        return
    target.made = made
    if finding is not CheckResult.HEALTHY:
        target.failure = finding
    if _agrees(target.state, finding):
        target.streak = 0
        return
    target.streak += new
    if target.streak >= _threshold(target.state, finding, check):
        # The check was made, and is not answered yet: it counts in any case.
        target.counts_at = target.phase + made * check.interval + _delay(finding, check)


def _made_before(target: Target, check: HealthCheck, now: int) -> int:
    """Return how many checks since ``phase`` were made before ``now``."""
    return max(0, (now - target.phase - 1) // check.interval)


# What the API says of it


def reason_of(target: Target, check: HealthCheck, now: int) -> TargetReason | None:
    """Return why a target has its state; None for a healthy one."""
    match target.state:
        case TargetState.INITIAL if now < target.phase + check.interval:
            return TargetReason.REGISTRATION_IN_PROGRESS
        case TargetState.INITIAL:
            return TargetReason.INITIAL_HEALTH_CHECKING
        case TargetState.HEALTHY:
            return None
        case TargetState.DRAINING:
            return TargetReason.DEREGISTRATION_IN_PROGRESS
        case TargetState.UNUSED:
            return TargetReason.NOT_IN_USE
    if _last_failure(target, check, now) is CheckResult.TIMEOUT:
        return TargetReason.TIMEOUT
    if check.reads_codes:
        return TargetReason.RESPONSE_CODE_MISMATCH
    return TargetReason.FAILED_HEALTH_CHECKS


def _last_failure(target: Target, check: HealthCheck, now: int) -> CheckResult | None:
    """Return what the last failed check found; those of a constant finding are not counted yet."""
    finding = target.finding
    if not isinstance(finding, CheckResult) or finding is CheckResult.HEALTHY:
        return target.failure
    last = target.phase + (target.made + 1) * check.interval + _delay(finding, check)
    return finding if last <= now else target.failure
