"""One target: the moments of its checks, and why it has its state."""

from __future__ import annotations

import pytest

from placement.ecs.control.load_balancing.targets import (
    CheckResult,
    HealthCheck,
    Target,
    TargetReason,
    TargetState,
    begin_checks,
    decide_at_once,
    next_moment,
    reason_of,
    set_finding,
    step,
)
from placement.timestamps import SECOND

HEALTHY, UNHEALTHY, TIMEOUT = CheckResult.HEALTHY, CheckResult.UNHEALTHY, CheckResult.TIMEOUT
CHECK = HealthCheck(30 * SECOND, 6 * SECOND, 5, 2)
TCP = HealthCheck(30 * SECOND, 6 * SECOND, 5, 2, reads_codes=False)


def target_of(finding: CheckResult) -> Target:
    target = Target("group", ("i-1", 80), 0, None, finding, 0)
    begin_checks(target, 0)
    return target


def next_second(target: Target) -> int | None:
    moment = next_moment(target, CHECK)
    return None if moment is None else moment // SECOND


def test_what_changes_at_a_check_is_found_by_it_c42() -> None:
    target = target_of(UNHEALTHY)
    set_finding(target, CHECK, HEALTHY, 30 * SECOND)
    assert next_second(target) == 30


def test_what_changes_after_a_check_is_found_by_the_next_c42() -> None:
    target = target_of(UNHEALTHY)
    set_finding(target, CHECK, HEALTHY, 30 * SECOND + 1)
    assert next_second(target) == 60


def test_a_check_that_waits_for_an_answer_times_out_whatever_comes_d64() -> None:
    target = target_of(TIMEOUT)
    set_finding(target, CHECK, HEALTHY, 61 * SECOND)
    assert next_second(target) == 66
    step(target, CHECK, 66 * SECOND)
    assert (target.state, next_second(target)) == (TargetState.UNHEALTHY, 210)


def test_a_target_at_rest_changes_never() -> None:
    target = target_of(HEALTHY)
    step(target, CHECK, 30 * SECOND)
    assert next_second(target) is None
    target = target_of(UNHEALTHY)
    step(target, CHECK, 60 * SECOND)
    assert next_second(target) is None


def test_a_pass_between_failures_begins_them_again() -> None:
    target = target_of(HEALTHY)
    step(target, CHECK, 30 * SECOND)
    set_finding(target, CHECK, UNHEALTHY, 31 * SECOND)
    set_finding(target, CHECK, HEALTHY, 61 * SECOND)
    set_finding(target, CHECK, UNHEALTHY, 91 * SECOND)
    assert next_second(target) == 150


@pytest.mark.parametrize(
    ("finding", "check", "expected"),
    [
        (UNHEALTHY, CHECK, TargetReason.RESPONSE_CODE_MISMATCH),
        (UNHEALTHY, TCP, TargetReason.FAILED_HEALTH_CHECKS),
        (TIMEOUT, CHECK, TargetReason.TIMEOUT),
        (TIMEOUT, TCP, TargetReason.TIMEOUT),
    ],
)
def test_why_a_target_is_unhealthy(
    finding: CheckResult, check: HealthCheck, expected: TargetReason
) -> None:
    target = target_of(finding)
    assert reason_of(target, check, 0) is TargetReason.REGISTRATION_IN_PROGRESS
    assert reason_of(target, check, 30 * SECOND) is TargetReason.INITIAL_HEALTH_CHECKING
    moment = next_moment(target, check)
    assert moment is not None
    step(target, check, moment)
    assert reason_of(target, check, moment) is expected


def test_the_reason_follows_the_last_failure() -> None:
    target = target_of(UNHEALTHY)
    step(target, CHECK, 60 * SECOND)
    set_finding(target, CHECK, TIMEOUT, 70 * SECOND)
    assert reason_of(target, CHECK, 95 * SECOND) is TargetReason.RESPONSE_CODE_MISMATCH
    assert reason_of(target, CHECK, 96 * SECOND) is TargetReason.TIMEOUT
    assert next_second(target) is None


def test_a_function_is_asked_by_each_check_and_may_raise_c27() -> None:
    asked: list[int] = []

    def finding(moment: int) -> CheckResult:
        asked.append(moment // SECOND)
        if moment == 60 * SECOND:
            raise LookupError
        return HEALTHY

    target = Target("group", ("i-1", 80), 0, None, finding, 0)
    begin_checks(target, 0)
    step(target, CHECK, 30 * SECOND)
    assert (target.state, next_second(target)) == (TargetState.HEALTHY, 60)
    with pytest.raises(LookupError):
        step(target, CHECK, 60 * SECOND)
    assert (target.state, next_second(target)) == (TargetState.HEALTHY, 60)
    assert asked == [30, 60]


def test_where_nothing_takes_time_one_look_decides_c39() -> None:
    for finding, state, reason in (
        (HEALTHY, TargetState.HEALTHY, None),
        (UNHEALTHY, TargetState.UNHEALTHY, TargetReason.RESPONSE_CODE_MISMATCH),
        (TIMEOUT, TargetState.UNHEALTHY, TargetReason.TIMEOUT),
    ):
        target = target_of(finding)
        decide_at_once(target, 5)
        assert (target.state, reason_of(target, CHECK, 5)) == (state, reason)
