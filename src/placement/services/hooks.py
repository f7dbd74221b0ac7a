"""Lifecycle hooks of a deployment: who is asked at a stage, and what an answer does (S6.4).

In: the hooks of a service, moments (microseconds), and answers of functions or of the operator.
Out: invocations, as values.  Functions are called by the driver, never here; what a stage does
once all its hooks have ended is decided in ``traffic_shifting``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import attrs

from placement.services.traffic_stages import Stage, StageRule
from placement.timestamps import MINUTE, SECOND

__all__ = [
    "CALL_BACK_DELAY",
    "DEFAULT_TIMEOUT",
    "HOOKS_OF_A_KIND",
    "TIMEOUT_MINUTES",
    "Hook",
    "HookAction",
    "HookAnswer",
    "HookKind",
    "HookOutcome",
    "HookProblem",
    "HookStatus",
    "Invocation",
    "abandoned",
    "answered",
    "expired",
    "invoked",
    "resumed",
    "wrong_hooks",
]

CALL_BACK_DELAY = 30 * SECOND
"""Wait before a function that is still IN_PROGRESS is called again, if it does not say."""

DEFAULT_TIMEOUT = 1440 * MINUTE
"""Time-out of a hook that does not say."""

HOOKS_OF_A_KIND = 10
"""How many hooks of each kind a service may have."""


class HookKind(Enum):
    """Who is asked: a function, or the operator, by a pause."""

    AWS_LAMBDA = "AWS_LAMBDA"
    PAUSE = "PAUSE"


TIMEOUT_MINUTES = {HookKind.AWS_LAMBDA: range(1, 1441), HookKind.PAUSE: range(1, 20161)}
"""Which time-outs a hook may have, in minutes."""


class HookAction(Enum):
    """What the operator says at a pause, or what happens when nobody has answered in time."""

    ROLLBACK = "ROLLBACK"
    CONTINUE = "CONTINUE"


class HookStatus(Enum):
    """The status of an invocation, as a service deployment names it."""

    AWAITING_ACTION = "AWAITING_ACTION"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"


class HookOutcome(Enum):
    """Why an invocation ended as it did, beyond its status."""

    ANSWERED = "said by the function"
    UNREADABLE = "no hookStatus of the three in the function's answer"
    CONTINUED = "continued by the operator"
    ROLLED_BACK = "rolled back by the operator"
    TIMED_OUT = "no end within the time-out"
    ABANDONED = "the deployment left the stage"


def _stages(stages: Iterable[Stage]) -> frozenset[Stage]:
    return frozenset(stages)


@attrs.frozen
class Hook:
    """A hook of a service.

    Attributes:
        kind: Who is asked.
        stages: The stages at which it runs.
        target: The function's ARN, or whatever the driver knows it by; None for a pause.
        timeout: How long an invocation may take, in microseconds.
        timeout_action: What happens then.
        details: ``hookDetails`` of the service, which the function gets with its first call.
    """

    kind: HookKind
    stages: frozenset[Stage] = attrs.field(converter=_stages)
    target: str | None = None
    timeout: int = DEFAULT_TIMEOUT
    timeout_action: HookAction = HookAction.ROLLBACK
    details: object = None


@attrs.frozen
class HookAnswer:
    """What a function answered.

    Attributes:
        status: SUCCEEDED, FAILED or IN_PROGRESS; None where the answer could not be read.
        call_back_delay: Wait before the next call, in microseconds, for IN_PROGRESS.
        details: What the function gets as ``hookDetails`` with its next call; None: as before.
    """

    status: HookStatus | None
    call_back_delay: int = CALL_BACK_DELAY
    details: object = None


@attrs.frozen
class Invocation:
    """One run of a hook at one stage.

    Attributes:
        number: Counts the invocations of a deployment, from 1; the driver gives it its public id.
        hook: The hook.
        stage: The stage.
        status: Where it stands.
        invoked_at: When the stage asked for it.
        expires_at: When it times out.
        next_call_at: When the function is due to be called; None for a pause and after the end.
        calls: How often the function was called.
        details: What the function gets as ``hookDetails``: what it returned last, if anything.
        ended_at: When it ended, or None.
        outcome: Why it ended so, or None.
    """

    number: int
    hook: Hook
    stage: Stage
    status: HookStatus
    invoked_at: int
    expires_at: int
    next_call_at: int | None
    calls: int = 0
    details: object = None
    ended_at: int | None = None
    outcome: HookOutcome | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @property
    def rolls_back(self) -> bool:
        """Whether the deployment goes back because of it (D49)."""
        if self.status is HookStatus.TIMED_OUT:
            return self.hook.timeout_action is HookAction.ROLLBACK
        return self.status is HookStatus.FAILED

    @property
    def wakes_at(self) -> int | None:
        """When something is due: a call or the time-out; None after the end."""
        if not self.is_open:
            return None
        if self.next_call_at is None:
            return self.expires_at
        return min(self.next_call_at, self.expires_at)


def invoked(
    hooks: Iterable[Hook], stage: Stage, now: int, first_number: int
) -> tuple[Invocation, ...]:
    """Return the invocations of a stage that begins: all its hooks at once (S6.4)."""
    due = [hook for hook in hooks if stage in hook.stages]
    return tuple(
        Invocation(
            number=number,
            hook=hook,
            stage=stage,
            status=(
                HookStatus.AWAITING_ACTION
                if hook.kind is HookKind.PAUSE
                else HookStatus.IN_PROGRESS
            ),
            invoked_at=now,
            expires_at=now + hook.timeout,
            next_call_at=None if hook.kind is HookKind.PAUSE else now,
            details=hook.details,
        )
        for number, hook in enumerate(due, first_number)
    )


def answered(invocation: Invocation, answer: HookAnswer, now: int) -> Invocation:
    """Return the invocation after its function was called and answered.

    IN_PROGRESS: it is called again after the delay, of one second at least, so that every instant
    ends (C41).  An answer without one of the three statuses is a failure.
    """
    details = invocation.details if answer.details is None else answer.details
    called = attrs.evolve(invocation, calls=invocation.calls + 1, details=details)
    if answer.status is HookStatus.IN_PROGRESS:
        return attrs.evolve(called, next_call_at=now + max(SECOND, answer.call_back_delay))
    if answer.status in (HookStatus.SUCCEEDED, HookStatus.FAILED):
        return _ended(called, answer.status, HookOutcome.ANSWERED, now)
    return _ended(called, HookStatus.FAILED, HookOutcome.UNREADABLE, now)


def resumed(invocation: Invocation, action: HookAction, now: int) -> Invocation | None:
    """Return a pause after ContinueServiceDeployment.

    None means that it does not await an action: it is no pause, or it has ended.
    """
    if invocation.status is not HookStatus.AWAITING_ACTION:
        return None
    if action is HookAction.CONTINUE:
        return _ended(invocation, HookStatus.SUCCEEDED, HookOutcome.CONTINUED, now)
    return _ended(invocation, HookStatus.FAILED, HookOutcome.ROLLED_BACK, now)


def expired(invocation: Invocation, now: int) -> Invocation:
    """Return the invocation, timed out if its time is over and it has not ended."""
    if not invocation.is_open or now < invocation.expires_at:
        return invocation
    return _ended(invocation, HookStatus.TIMED_OUT, HookOutcome.TIMED_OUT, now)


def abandoned(invocation: Invocation, now: int) -> Invocation:
    """Return the invocation, failed if it has not ended when its deployment leaves the stage."""
    if not invocation.is_open:
        return invocation
    return _ended(invocation, HookStatus.FAILED, HookOutcome.ABANDONED, now)


def _ended(
    invocation: Invocation, status: HookStatus, outcome: HookOutcome, now: int
) -> Invocation:
    return attrs.evolve(invocation, status=status, outcome=outcome, ended_at=now, next_call_at=None)


@attrs.frozen
class HookProblem:
    """What is wrong with the hooks of a service.

    Attributes:
        kind: Of which kind the hook is.
        index: The hook's place in the list; None where there are too many of the kind.
        stage: The stage at which this kind cannot run, or None.
        timeout: The time-out that is not allowed, in microseconds, or None.
    """

    kind: HookKind
    index: int | None = None
    stage: Stage | None = None
    timeout: int | None = None


def wrong_hooks(hooks: Iterable[Hook]) -> tuple[HookProblem, ...]:
    """Return everything that is wrong with hooks: number, stages, time-outs; empty if nothing."""
    listed = list(hooks)
    problems = [
        HookProblem(kind)
        for kind in HookKind
        if sum(hook.kind is kind for hook in listed) > HOOKS_OF_A_KIND
    ]
    for index, hook in enumerate(listed):
        problems += [
            HookProblem(hook.kind, index, stage=stage)
            for stage in Stage
            if stage in hook.stages and not _may_run(hook.kind, StageRule.of(stage))
        ]
        whole, rest = divmod(hook.timeout, MINUTE)
        if rest or whole not in TIMEOUT_MINUTES[hook.kind]:
            problems.append(HookProblem(hook.kind, index, timeout=hook.timeout))
    return tuple(problems)


def _may_run(kind: HookKind, rule: StageRule) -> bool:
    return rule.allows_pauses if kind is HookKind.PAUSE else rule.allows_functions
