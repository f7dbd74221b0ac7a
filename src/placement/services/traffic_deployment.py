"""A deployment that shifts traffic from one revision (blue) to another (green), as a value (S6).

In: revisions, settings, moments (microseconds) and what a caller asks for.  Out: the deployment as
it then is, and how many tasks each revision is to have.  Values are frozen: a copy is the same
value.  How a deployment moves from stage to stage is decided in ``traffic_shifting``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from fractions import Fraction

import attrs

from placement.services.actions import Cause
from placement.services.hooks import Hook, HookAction, Invocation, resumed
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import Schedule

__all__ = [
    "NO_TRAFFIC",
    "DeploymentStatus",
    "Failure",
    "FailureCause",
    "Phase",
    "Roles",
    "RollbackFailure",
    "Target",
    "TrafficDeployment",
    "Weights",
    "answer_pause",
    "choose_blue",
    "request_rollback",
    "request_stop",
    "roles_after",
    "targets",
]


class DeploymentStatus(enum.Enum):
    """The status of a service deployment (S3.2)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    STOP_REQUESTED = "STOP_REQUESTED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOPPED = "STOPPED"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


ENDED = frozenset(
    {
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    }
)


class FailureCause(enum.Enum):
    """Why a deployment is rolled back or stopped; the value is the cause as a sentence."""

    CIRCUIT_BREAKER = "the circuit breaker threshold was exceeded"
    ALARM = "an alarm of the deployment is in ALARM"
    HOOK = "lifecycle hooks failed, timed out or were answered with ROLLBACK"
    STAGE_TIME_OUT = "a stage took longer than 24 hours"
    DEPLOYMENT_TIME_OUT = "the deployment took longer than 30 days"
    USER_REQUEST = "the service deployment was stopped by a user"
    NETWORK_CONFIGURATION = "the listener rule does not lead to one of the two target groups"
    SUPERSEDED = "a newer deployment was started"


@attrs.frozen
class Failure:
    """Why and where a deployment failed; its ``statusReason`` is made of it (S3.2.6).

    Attributes:
        cause: Why.
        at: When.
        stage: The stage that it was in, None if it had not begun.
        hooks: The invocations that failed, for HOOK.
    """

    cause: FailureCause
    at: int
    stage: Stage | None = None
    hooks: tuple[Invocation, ...] = ()


class RollbackFailure(enum.Enum):
    """Why a rollback failed; the value is the cause as a sentence."""

    NO_CANDIDATE = "there is no rollback candidate"
    TIME_OUT = "a stage of the rollback took longer than 24 hours"


class Phase(enum.Enum):
    """What a stage is doing; a stage runs through all of them, and none takes time without work."""

    SHIFTING = "weights are changed"
    SETTLING = "a Network Load Balancer takes over the change"
    HOOKS = "hooks run"
    TASKS = "tasks are started or stopped"
    BAKING = "nothing happens but that alarms are watched"


@attrs.frozen
class Weights:
    """The green revision's shares of test and of production traffic; blue has the rest."""

    test: Fraction = Fraction(0)
    production: Fraction = Fraction(0)

    @property
    def complement(self) -> Weights:
        """The shares that green does not have."""
        return Weights(1 - self.test, 1 - self.production)


NO_TRAFFIC = Weights()
"""Green has no traffic."""


@attrs.frozen
class TrafficDeployment:
    """A BLUE_GREEN, LINEAR or CANARY deployment.

    The attributes before ``weights`` describe it, those from there on say how far it is.

    Attributes:
        green: Number of the revision that is deployed.
        blue: Number of the revision that it replaces; None: the service's first deployment.
        others: Numbers of further revisions with tasks, which RECONCILE_SERVICE removes (D52).
        schedule: The steps of the traffic.
        hooks: The service's lifecycle hooks.
        has_test_listener: Whether there is a test listener rule.
        is_network_load_balancer: Whether changes of weights take ten minutes (D109).
        weights: Green's shares of traffic now.  At first those of the target group that green is
            given; they are set to 0 before anything else happens.
        status: Where it stands.
        started_at: When it left PENDING, or None.
        stage: The lifecycle stage, None while PENDING.
        step: The step of the schedule, from 0.
        stage_entered_at: When the stage began.
        phase: What the stage is doing.
        phase_ends_at: When SETTLING or BAKING ends, or None.
        invocations: All invocations of hooks so far, in the order of their numbers.
        first_of_stage: How many invocations there were when the stage began.
        failure: Why it failed, or None.
        rollback_failure: Why the rollback failed, or None.
        desired_at_failure: The desired count when it was stopped without rollback (S5.3), or None.
        rollback_started_at: When its rollback began, or None.
        ended_at: When it ended, or None.
    """

    green: int
    blue: int | None
    schedule: Schedule
    hooks: tuple[Hook, ...] = ()
    others: tuple[int, ...] = ()
    has_test_listener: bool = False
    is_network_load_balancer: bool = False
    weights: Weights = NO_TRAFFIC
    status: DeploymentStatus = DeploymentStatus.PENDING
    started_at: int | None = None
    stage: Stage | None = None
    step: int = 0
    stage_entered_at: int = 0
    phase: Phase = Phase.SHIFTING
    phase_ends_at: int | None = None
    invocations: tuple[Invocation, ...] = ()
    first_of_stage: int = 0
    failure: Failure | None = None
    rollback_failure: RollbackFailure | None = None
    desired_at_failure: int | None = None
    rollback_started_at: int | None = None
    ended_at: int | None = None

    @property
    def is_first_deployment(self) -> bool:
        """Whether there is no revision to go back to (D110)."""
        return self.blue is None

    @property
    def has_ended(self) -> bool:
        """Whether it has reached one of its four ends."""
        return self.status in ENDED

    @property
    def is_rolling_back(self) -> bool:
        """Whether it is on the way back to blue."""
        return self.status is DeploymentStatus.ROLLBACK_IN_PROGRESS

    @property
    def of_stage(self) -> tuple[Invocation, ...]:
        """The invocations of the stage that it is in."""
        return self.invocations[self.first_of_stage :]

    @property
    def kept_revision(self) -> int | None:
        """The revision that still may be needed though it has no tasks; None: none.

        That is blue, until all traffic is green's for good (S3.1.2) or blue's again.
        """
        is_over = self.status in (
            DeploymentStatus.SUCCESSFUL,
            DeploymentStatus.ROLLBACK_SUCCESSFUL,
        )
        return None if is_over else self.blue

    def replace_invocation(self, invocation: Invocation) -> TrafficDeployment:
        """Return the deployment with another state of one of its invocations."""
        place = invocation.number - 1
        changed = (*self.invocations[:place], invocation, *self.invocations[place + 1 :])
        return attrs.evolve(self, invocations=changed)


# --- What callers ask for ------------------------------------------------------------------


def answer_pause(
    deployment: TrafficDeployment, number: int, action: HookAction, now: int
) -> TrafficDeployment | None:
    """Return the deployment after ContinueServiceDeployment for an invocation.

    None means that this invocation does not await an action (S3.2.4).  What follows from the
    answer happens in the next pass.
    """
    if not 1 <= number <= len(deployment.invocations):
        return None
    changed = resumed(deployment.invocations[number - 1], action, now)
    return None if changed is None else deployment.replace_invocation(changed)


def request_rollback(deployment: TrafficDeployment) -> TrafficDeployment | None:
    """Return the deployment after StopServiceDeployment; None if it has ended already.

    Nothing changes where it is on its way to an end (D22).
    """
    if deployment.has_ended:
        return None
    if deployment.status in (DeploymentStatus.PENDING, DeploymentStatus.IN_PROGRESS):
        return attrs.evolve(deployment, status=DeploymentStatus.ROLLBACK_REQUESTED)
    return deployment


def request_stop(deployment: TrafficDeployment) -> TrafficDeployment:
    """Return the deployment after a newer one was asked for (D20); it stops in the next pass."""
    if deployment.has_ended:
        return deployment
    return attrs.evolve(deployment, status=DeploymentStatus.STOP_REQUESTED)


# --- Which revision plays which part -------------------------------------------------------


@attrs.frozen
class Roles:
    """What a new deployment finds.

    Attributes:
        blue: The revision that it replaces, or None.
        others: Further revisions, the oldest first; they are removed.
        weights: The shares of the target group that the new revision is given.
    """

    blue: int | None
    others: tuple[int, ...]
    weights: Weights


def choose_blue(shares: Iterable[tuple[int, Fraction]]) -> int | None:
    """Return the revision with the largest share of production traffic, the older of equals (D110).

    A revision without production traffic is never blue: there is nothing to go back to.
    """
    serving = [(-share, revision) for revision, share in shares if share > 0]
    return min(serving)[1] if serving else None


def roles_after(deployment: TrafficDeployment) -> Roles:
    """Return what a new deployment finds after or during another one (D52, D110)."""
    green, blue, weights = deployment.green, deployment.blue, deployment.weights
    shares = [(green, weights.production)]
    if blue is not None:
        shares.append((blue, weights.complement.production))
    new_blue = choose_blue(shares)
    known = {green, *deployment.others, *(() if blue is None else (blue,))}
    return Roles(
        blue=new_blue,
        others=tuple(sorted(known - {new_blue})),
        weights=weights.complement if new_blue == green else weights,
    )


# --- How many tasks each revision is to have -----------------------------------------------


@attrs.frozen
class Target:
    """How many tasks a revision is to have.

    Attributes:
        revision: Its number.
        count: How many; None: it starts none and none is stopped.
        stops_surplus: Whether tasks beyond ``count`` are stopped.
        cause: Why tasks start that are simply not there, and why surplus ones stop.
    """

    revision: int
    count: int | None
    stops_surplus: bool = True
    cause: Cause = Cause.DEPLOYMENT


BEFORE_SCALE_UP = (None, Stage.RECONCILE_SERVICE, Stage.PRE_SCALE_UP)


def targets(deployment: TrafficDeployment, desired: int) -> tuple[Target, ...]:
    """Return how many tasks each revision is to have (D46, D47), in the order of their starts.

    The revision that is PRIMARY comes first: green, or blue once the deployment is rolled back.
    """
    green, blue = deployment.green, deployment.blue
    removed = tuple(Target(other, 0) for other in reversed(deployment.others))
    if deployment.has_ended:
        return (*_targets_at_the_end(deployment, desired), *removed)
    if deployment.is_rolling_back:
        returning = () if blue is None else (Target(blue, desired),)
        leaving = Target(green, 0 if deployment.stage is Stage.CLEAN_UP else None)
        return (*returning, leaving, *removed)
    green_count = 0 if deployment.stage in BEFORE_SCALE_UP else desired
    is_removed = deployment.stage is Stage.CLEAN_UP
    cause = Cause.DEPLOYMENT if is_removed else Cause.SCALING
    beside = () if blue is None else (Target(blue, 0 if is_removed else desired, cause=cause),)
    return (Target(green, green_count), *beside, *removed)


def _targets_at_the_end(deployment: TrafficDeployment, desired: int) -> tuple[Target, ...]:
    """Return the targets of blue and green after the end, until the next deployment.

    After a deployment that was stopped for its failure, blue keeps what it had (S5.3, D104); after
    a rollback that failed nothing starts (D23), but for a blue revision that has all the traffic.
    """
    green, blue, status = deployment.green, deployment.blue, deployment.status
    stays = Target(green, None)
    if status is DeploymentStatus.SUCCESSFUL:
        stays = Target(green, desired, cause=Cause.SCALING)
        return (stays,) if blue is None else (stays, Target(blue, 0))
    if blue is None:
        return (stays,)
    if status is DeploymentStatus.ROLLBACK_SUCCESSFUL:
        return (Target(blue, desired, cause=Cause.SCALING), Target(green, 0))
    if deployment.desired_at_failure is not None:
        count = min(desired, deployment.desired_at_failure)
        scaled_in = desired < deployment.desired_at_failure
        return (stays, Target(blue, count, stops_surplus=scaled_in, cause=Cause.SCALING))
    has_all_traffic = deployment.weights.production == 0
    return (Target(blue, desired if has_all_traffic else None, cause=Cause.SCALING), stays)
