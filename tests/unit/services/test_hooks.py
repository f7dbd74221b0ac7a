"""Invocations of hooks: who is asked, what an answer does, time-outs (S6.4)."""

from __future__ import annotations

import attrs
import pytest

from placement.services.hooks import (
    CALL_BACK_DELAY,
    Hook,
    HookAction,
    HookAnswer,
    HookKind,
    HookOutcome,
    HookProblem,
    HookStatus,
    Invocation,
    abandoned,
    answered,
    expired,
    invoked,
    resumed,
    wrong_hooks,
)
from placement.services.traffic_stages import Stage
from placement.timestamps import DAY, MINUTE, SECOND

POST = frozenset({Stage.POST_SCALE_UP})
FUNCTION = Hook(HookKind.AWS_LAMBDA, POST, "check")
PAUSE = Hook(HookKind.PAUSE, POST)
NOW = 100 * SECOND


def invocation(hook: Hook) -> Invocation:
    (only,) = invoked([hook], Stage.POST_SCALE_UP, NOW, 7)
    return only


def test_a_stage_invokes_its_hooks_at_once() -> None:
    later = Hook(HookKind.AWS_LAMBDA, frozenset({Stage.PRE_SCALE_UP}), "later")
    first, second = invoked([FUNCTION, later, PAUSE], Stage.POST_SCALE_UP, NOW, 3)
    assert (first.number, first.hook, first.status) == (3, FUNCTION, HookStatus.IN_PROGRESS)
    assert (second.number, second.hook, second.status) == (4, PAUSE, HookStatus.AWAITING_ACTION)
    assert (first.next_call_at, second.next_call_at) == (NOW, None)
    assert first.expires_at == second.expires_at == NOW + DAY
    assert (first.wakes_at, second.wakes_at) == (NOW, NOW + DAY)


@pytest.mark.parametrize(
    ("status", "rolls_back"), [(HookStatus.SUCCEEDED, False), (HookStatus.FAILED, True)]
)
def test_a_function_ends_its_invocation(status: HookStatus, rolls_back: bool) -> None:
    after = answered(invocation(FUNCTION), HookAnswer(status, details={"a": 1}), NOW + 5)
    assert (after.status, after.outcome) == (status, HookOutcome.ANSWERED)
    assert (after.ended_at, after.next_call_at, after.wakes_at) == (NOW + 5, None, None)
    assert (after.calls, after.details) == (1, {"a": 1})
    assert after.rolls_back == rolls_back


@pytest.mark.parametrize("status", [None, HookStatus.TIMED_OUT, HookStatus.AWAITING_ACTION])
def test_any_other_answer_is_a_failure(status: HookStatus | None) -> None:
    after = answered(invocation(FUNCTION), HookAnswer(status), NOW)
    assert (after.status, after.outcome) == (HookStatus.FAILED, HookOutcome.UNREADABLE)


@pytest.mark.parametrize(
    ("delay", "wait"),
    [(CALL_BACK_DELAY, 30 * SECOND), (45 * SECOND, 45 * SECOND), (0, SECOND), (-9, SECOND)],
)
def test_a_function_in_progress_is_called_again_c41(delay: int, wait: int) -> None:
    """C41: a callBackDelay below 1 counts as 1, so that every instant ends."""
    answer = HookAnswer(HookStatus.IN_PROGRESS, delay, "so far")
    after = answered(invocation(FUNCTION), answer, NOW)
    assert (after.status, after.next_call_at, after.details) == (
        HookStatus.IN_PROGRESS,
        NOW + wait,
        "so far",
    )
    assert after.is_open
    assert not after.rolls_back
    assert after.wakes_at == NOW + wait


def test_a_function_gets_the_details_that_it_returned_last() -> None:
    first = invocation(attrs.evolve(FUNCTION, details={"ours": 1}))
    assert first.details == {"ours": 1}
    second = answered(first, HookAnswer(HookStatus.IN_PROGRESS), NOW)
    assert second.details == {"ours": 1}
    third = answered(second, HookAnswer(HookStatus.IN_PROGRESS, details={"its": 2}), NOW)
    assert third.details == {"its": 2}


def test_the_default_delay_is_30_seconds() -> None:
    assert HookAnswer(HookStatus.IN_PROGRESS).call_back_delay == 30 * SECOND


@pytest.mark.parametrize(
    ("action", "status", "outcome", "rolls_back"),
    [
        (HookAction.CONTINUE, HookStatus.SUCCEEDED, HookOutcome.CONTINUED, False),
        (HookAction.ROLLBACK, HookStatus.FAILED, HookOutcome.ROLLED_BACK, True),
    ],
)
def test_the_operator_answers_a_pause_d49(
    action: HookAction, status: HookStatus, outcome: HookOutcome, rolls_back: bool
) -> None:
    after = resumed(invocation(PAUSE), action, NOW + SECOND)
    assert after is not None
    assert (after.status, after.outcome, after.ended_at) == (status, outcome, NOW + SECOND)
    assert after.rolls_back == rolls_back
    assert resumed(after, action, NOW + SECOND) is None


def test_only_a_pause_awaits_an_action() -> None:
    assert resumed(invocation(FUNCTION), HookAction.CONTINUE, NOW) is None


@pytest.mark.parametrize("hook", [FUNCTION, PAUSE])
@pytest.mark.parametrize("action", HookAction)
def test_a_time_out_does_what_the_hook_says(hook: Hook, action: HookAction) -> None:
    open_one = invocation(attrs.evolve(hook, timeout=5 * MINUTE, timeout_action=action))
    assert expired(open_one, NOW + 5 * MINUTE - 1) is open_one
    after = expired(open_one, NOW + 5 * MINUTE)
    assert (after.status, after.outcome) == (HookStatus.TIMED_OUT, HookOutcome.TIMED_OUT)
    assert after.rolls_back == (action is HookAction.ROLLBACK)
    assert expired(after, NOW + DAY) is after


def test_an_invocation_ends_when_its_stage_is_unstopped() -> None:
    after = abandoned(invocation(PAUSE), NOW)
    assert (after.status, after.outcome) == (HookStatus.FAILED, HookOutcome.ABANDONED)
    assert abandoned(after, NOW + 1) is after


def test_hooks_that_are_right() -> None:
    everywhere = [stage for stage in Stage if stage.value.startswith("P")]
    assert wrong_hooks([Hook(HookKind.AWS_LAMBDA, frozenset(everywhere), "f")] * 10) == ()
    assert wrong_hooks([FUNCTION] * 10 + [PAUSE] * 10) == ()
    assert wrong_hooks([attrs.evolve(PAUSE, timeout=20160 * MINUTE)]) == ()


def test_at_most_ten_hooks_of_a_kind() -> None:
    assert wrong_hooks([PAUSE] * 11 + [FUNCTION] * 10) == (HookProblem(HookKind.PAUSE),)


@pytest.mark.parametrize("stage", Stage)
def test_stages_of_hooks_d44(stage: Stage) -> None:
    """D44: PRE_PRODUCTION_TRAFFIC_SHIFT is a stage; pauses not at the shifts themselves (S6.4)."""
    none = {Stage.SCALE_UP, Stage.BAKE_TIME, Stage.CLEAN_UP}
    functions_only = {Stage.TEST_TRAFFIC_SHIFT, Stage.PRODUCTION_TRAFFIC_SHIFT}
    for kind, refused in ((HookKind.AWS_LAMBDA, none), (HookKind.PAUSE, none | functions_only)):
        expected = (HookProblem(kind, 0, stage=stage),) if stage in refused else ()
        assert wrong_hooks([Hook(kind, frozenset({stage}))]) == expected


@pytest.mark.parametrize(
    ("kind", "timeout", "is_right"),
    [
        (HookKind.AWS_LAMBDA, MINUTE, True),
        (HookKind.AWS_LAMBDA, 1440 * MINUTE, True),
        (HookKind.AWS_LAMBDA, 1441 * MINUTE, False),
        (HookKind.PAUSE, 20160 * MINUTE, True),
        (HookKind.PAUSE, 20161 * MINUTE, False),
        (HookKind.PAUSE, 0, False),
        (HookKind.PAUSE, MINUTE + 1, False),
    ],
)
def test_time_outs_of_hooks(kind: HookKind, timeout: int, is_right: bool) -> None:
    expected = () if is_right else (HookProblem(kind, 0, timeout=timeout),)
    assert wrong_hooks([Hook(kind, POST, timeout=timeout)]) == expected
