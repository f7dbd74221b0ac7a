"""Where a step of a BLUE_GREEN, LINEAR or CANARY deployment is decided (S6).

In: a ``TrafficDeployment``, what a pass knows (``TrafficFacts``), and answers of hooks, which are
sent into the generator.  Out: actions, one by one, and at the end the deployment as it then is and
the moment at which it must be looked at again.  Tasks are started and stopped in
``traffic_capacity``, by the targets of ``traffic_deployment``; a driver does both in turn until
neither acts, and again when a task changes, a detector fires, a caller asks for something, or the
moment has come.

A deployment is in one stage and runs through the stage's phases: weights, ten minutes of a Network
Load Balancer, hooks, tasks, bake time.  A phase without work takes no time, so that several stages
may pass in one step (D42).
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import attrs

from placement.errors import UsageError
from placement.services.hooks import (
    HookAnswer,
    HookKind,
    Invocation,
    abandoned,
    answered,
    expired,
    invoked,
)
from placement.services.model import RevisionState
from placement.services.traffic_actions import (
    CallHook,
    ChangeStatus,
    Detection,
    EndHook,
    EnterStage,
    SetWeights,
    StartPause,
    StepResult,
    TrafficAction,
    TrafficFacts,
)
from placement.services.traffic_deployment import (
    DeploymentStatus,
    Failure,
    FailureCause,
    Phase,
    RollbackFailure,
    TrafficDeployment,
    request_stop,
)
from placement.services.traffic_limits import deployment_limit, stage_limit, wake_at
from placement.services.traffic_order import (
    first_stage_of_rollback,
    has_next_step,
    load_balancer_wait,
    next_stage,
    stage_of,
    weights_of_stage,
)
from placement.services.traffic_stages import Stage

__all__ = ["step", "stopped"]

Walk = Generator[TrafficAction, HookAnswer | None, TrafficDeployment]
"""A part of a step: yields actions, returns the deployment."""


# --- The step ------------------------------------------------------------------------------


def step(
    deployment: TrafficDeployment, facts: TrafficFacts
) -> Generator[TrafficAction, HookAnswer | None, StepResult]:
    """Take a deployment as far as it gets at this moment.

    Yields actions.  ``CallHook`` is answered by a ``HookAnswer``, every other action by None.

    Raises:
        UsageError: The facts are about other revisions, or ``CallHook`` got no answer.
    """
    _check(deployment, facts)
    if deployment.has_ended:
        return StepResult(deployment, None)
    deployment = yield from _follow_requests(deployment, facts)
    while not deployment.has_ended:
        before = deployment
        deployment = yield from _PHASES[deployment.phase](deployment, facts)
        if deployment is before:
            deployment = yield from _enforce_limits(deployment, facts)
        if deployment is before:
            break
    return StepResult(deployment, None if deployment.has_ended else wake_at(deployment))


def stopped(deployment: TrafficDeployment, now: int) -> TrafficDeployment:
    """Return a deployment that a newer one has superseded, or whose service is deleted (D20).

    Its hooks end without being asked, and weights stay as they are.
    """
    if deployment.has_ended:
        return deployment
    blue = None if deployment.blue is None else RevisionState(deployment.blue)
    facts = TrafficFacts(now, 0, RevisionState(deployment.green), blue)
    actions = step(request_stop(deployment), facts)
    while True:
        try:
            next(actions)
        except StopIteration as end:
            result: StepResult = end.value
            return result.deployment


def _check(deployment: TrafficDeployment, facts: TrafficFacts) -> None:
    blue = None if facts.blue is None else facts.blue.revision
    if (facts.green.revision, blue) != (deployment.green, deployment.blue):
        raise UsageError(
            f"the facts are about revisions {facts.green.revision} and {blue}, the deployment "
            f"is about {deployment.green} and {deployment.blue}"
        )
    for other in facts.others:
        if other.revision not in deployment.others:
            raise UsageError(f"revision {other.revision} is none that the deployment removes")


def _follow_requests(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """Start, stop or roll back as callers and detectors ask."""
    status, detection = deployment.status, facts.detection
    if status is DeploymentStatus.STOP_REQUESTED:
        return (yield from _stop(deployment, FailureCause.SUPERSEDED, facts))
    if status is DeploymentStatus.ROLLBACK_REQUESTED:
        return (yield from _roll_back(deployment, FailureCause.USER_REQUEST, facts))
    if status is DeploymentStatus.PENDING:
        deployment = attrs.evolve(
            deployment, status=DeploymentStatus.IN_PROGRESS, started_at=facts.now
        )
        yield ChangeStatus(deployment.status)
        are_left = any(_unstopped(other) for other in facts.others)
        first = Stage.RECONCILE_SERVICE if are_left else Stage.PRE_SCALE_UP
        deployment = yield from _enter(deployment, first, facts.now)
    if detection is None or not _is_watched(deployment, detection):
        return deployment
    if detection.rolls_back:
        return (yield from _roll_back(deployment, detection.cause, facts))
    yield ChangeStatus(DeploymentStatus.STOP_REQUESTED)
    return (yield from _stop(deployment, detection.cause, facts))


def _is_watched(deployment: TrafficDeployment, detection: Detection) -> bool:
    """Return whether a detector still decides.

    None does in a rollback (D38), and alarms do until the end of the bake time only.
    """
    if deployment.is_rolling_back:
        return False
    return detection.cause is not FailureCause.ALARM or deployment.stage is not Stage.CLEAN_UP


# --- Phases of a stage ---------------------------------------------------------------------


def _shift(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """SHIFTING: give green the weights of the stage; a Network Load Balancer takes its time."""
    stage, wanted = stage_of(deployment), weights_of_stage(deployment)
    wait = 0
    if wanted != deployment.weights:
        yield SetWeights(wanted, deployment.weights, stage)
        wait = load_balancer_wait(deployment)
    return attrs.evolve(
        deployment, weights=wanted, phase=Phase.SETTLING, phase_ends_at=facts.now + wait
    )


def _settle(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """SETTLING: wait, then invoke the stage's hooks, all at once."""
    if not _is_over(deployment, facts.now):
        return deployment
    stage = stage_of(deployment)
    number = len(deployment.invocations) + 1
    new = invoked(deployment.hooks, stage, facts.now, number)
    for invocation in new:
        if invocation.hook.kind is HookKind.PAUSE:
            yield StartPause(invocation)
    return attrs.evolve(
        deployment,
        invocations=(*deployment.invocations, *new),
        phase=Phase.HOOKS,
        phase_ends_at=None,
    )


def _run_hooks(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """HOOKS: call what is due; once all have ended, go on or go back (D49).

    In a rollback a hook that failed is recorded and changes nothing: traffic is back already.
    """
    now = facts.now
    for invocation in deployment.of_stage:
        after = expired(invocation, now)
        if after.next_call_at is not None and after.next_call_at <= now:
            answer = yield _call(deployment, after)
            if answer is None:
                raise UsageError("CallHook is to be answered by a HookAnswer")
            after = answered(after, answer, now)
        if after is not invocation:
            deployment = deployment.replace_invocation(after)
            if not after.is_open:
                yield EndHook(after)
    if any(invocation.is_open for invocation in deployment.of_stage):
        return deployment
    failed = tuple(invocation for invocation in deployment.of_stage if invocation.rolls_back)
    if failed and not deployment.is_rolling_back:
        return (yield from _roll_back(deployment, FailureCause.HOOK, facts, failed))
    return attrs.evolve(deployment, phase=Phase.TASKS)


def _call(deployment: TrafficDeployment, invocation: Invocation) -> CallHook:
    """Return the call of a function, with the shares that its stage gives it (S6.4)."""
    stage, weights = invocation.stage, deployment.weights
    gives_production = stage in (
        Stage.PRE_PRODUCTION_TRAFFIC_SHIFT,
        Stage.PRODUCTION_TRAFFIC_SHIFT,
    )
    return CallHook(
        invocation,
        deployment,
        test=weights.test if stage is Stage.TEST_TRAFFIC_SHIFT else None,
        production=weights.production if gives_production else None,
    )


def _await_tasks(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """TASKS: wait until the revisions have the tasks with which the stage ends, then bake."""
    if not _has_its_tasks(deployment, facts):
        return deployment
    stage, schedule = deployment.stage, deployment.schedule
    bake = 0
    if stage is Stage.BAKE_TIME:
        bake = schedule.bake
    elif stage is Stage.PRODUCTION_TRAFFIC_SHIFT and has_next_step(deployment):
        bake = schedule.step_bake
    yield from ()  # nothing to ask for: a generator as every phase is
    return attrs.evolve(deployment, phase=Phase.BAKING, phase_ends_at=facts.now + bake)


def _has_its_tasks(deployment: TrafficDeployment, facts: TrafficFacts) -> bool:
    """Return whether what the stage does to tasks is done; true for stages that do nothing."""
    stage = deployment.stage
    entering, leaving = facts.green, facts.blue
    if deployment.is_rolling_back and facts.blue is not None:
        entering, leaving = facts.blue, facts.green
    if stage is Stage.RECONCILE_SERVICE:
        return not any(_unstopped(other) for other in facts.others)
    if stage is Stage.SCALE_UP:
        return entering.counts.healthy >= facts.desired
    if stage is Stage.CLEAN_UP:
        return leaving is None or not _unstopped(leaving)
    return True


def _unstopped(revision: RevisionState) -> int:
    """Return how many tasks are not STOPPED."""
    return revision.counts.active + revision.stopping


def _bake(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """BAKING: wait, then go to the next stage, or end."""
    if not _is_over(deployment, facts.now):
        return deployment
    following = next_stage(deployment)
    if following is None:
        is_back = deployment.is_rolling_back
        end = DeploymentStatus.ROLLBACK_SUCCESSFUL if is_back else DeploymentStatus.SUCCESSFUL
        return (yield from _end(deployment, end, facts.now))
    if deployment.stage is Stage.PRODUCTION_TRAFFIC_SHIFT and has_next_step(deployment):
        deployment = attrs.evolve(deployment, step=deployment.step + 1)
    return (yield from _enter(deployment, following, facts.now))


_PHASES: dict[Phase, Callable[[TrafficDeployment, TrafficFacts], Walk]] = {
    Phase.SHIFTING: _shift,
    Phase.SETTLING: _settle,
    Phase.HOOKS: _run_hooks,
    Phase.TASKS: _await_tasks,
    Phase.BAKING: _bake,
}
"""Each returns the very deployment that it was given where it waits."""


# --- From stage to stage -------------------------------------------------------------------


def _enter(deployment: TrafficDeployment, stage: Stage, now: int) -> Walk:
    yield EnterStage(stage, deployment.step, deployment.is_rolling_back)
    return attrs.evolve(
        deployment,
        stage=stage,
        stage_entered_at=now,
        phase=Phase.SHIFTING,
        phase_ends_at=None,
        first_of_stage=len(deployment.invocations),
    )


def _roll_back(
    deployment: TrafficDeployment,
    cause: FailureCause,
    facts: TrafficFacts,
    hooks: tuple[Invocation, ...] = (),
) -> Walk:
    """Turn back to blue (S6.5); where there is none, the deployment ends (S3.2.5, D23)."""
    now = facts.now
    failure = Failure(cause, now, deployment.stage, hooks)
    first = first_stage_of_rollback(deployment)
    deployment = yield from _abandon_hooks(deployment, now)
    deployment = attrs.evolve(
        deployment,
        status=DeploymentStatus.ROLLBACK_IN_PROGRESS,
        started_at=now if deployment.started_at is None else deployment.started_at,
        failure=failure,
        rollback_started_at=now,
    )
    yield ChangeStatus(deployment.status, failure)
    if deployment.is_first_deployment:
        return (yield from _fail_rollback(deployment, RollbackFailure.NO_CANDIDATE, now))
    return (yield from _enter(deployment, first, now))


def _stop(deployment: TrafficDeployment, cause: FailureCause, facts: TrafficFacts) -> Walk:
    """End where it stands, without a rollback: for a newer deployment (D20), or as set (S5.3)."""
    is_failure = cause is not FailureCause.SUPERSEDED
    deployment = yield from _abandon_hooks(deployment, facts.now)
    deployment = attrs.evolve(
        deployment,
        failure=Failure(cause, facts.now, deployment.stage),
        desired_at_failure=facts.desired if is_failure else None,
    )
    return (yield from _end(deployment, DeploymentStatus.STOPPED, facts.now))


def _abandon_hooks(deployment: TrafficDeployment, now: int) -> Walk:
    """End the invocations that are open when a stage is left before its end."""
    for invocation in deployment.of_stage:
        if invocation.is_open:
            closed = abandoned(invocation, now)
            deployment = deployment.replace_invocation(closed)
            yield EndHook(closed)
    return deployment


def _fail_rollback(deployment: TrafficDeployment, why: RollbackFailure, now: int) -> Walk:
    failed = attrs.evolve(deployment, rollback_failure=why)
    return (yield from _end(failed, DeploymentStatus.ROLLBACK_FAILED, now))


def _end(deployment: TrafficDeployment, status: DeploymentStatus, now: int) -> Walk:
    yield ChangeStatus(status, deployment.failure)
    return attrs.evolve(deployment, status=status, ended_at=now, phase_ends_at=None)


# --- Time limits ---------------------------------------------------------------------------


def _enforce_limits(deployment: TrafficDeployment, facts: TrafficFacts) -> Walk:
    """Roll back what takes too long; a rollback that does has failed (D50)."""
    for limit, cause in (
        (stage_limit(deployment), FailureCause.STAGE_TIME_OUT),
        (deployment_limit(deployment), FailureCause.DEPLOYMENT_TIME_OUT),
    ):
        if limit is None or facts.now < limit:
            continue
        if deployment.is_rolling_back:
            return (yield from _fail_rollback(deployment, RollbackFailure.TIME_OUT, facts.now))
        return (yield from _roll_back(deployment, cause, facts))
    return deployment


def _is_over(deployment: TrafficDeployment, now: int) -> bool:
    return deployment.phase_ends_at is None or deployment.phase_ends_at <= now
