"""What a deployment that shifts traffic is given and what it asks for, step by step (S6).

In: nothing.  Out: the values that go into ``traffic_shifting.step`` and that it yields: facts of a
pass, actions with their reasons, and the result of a step.
"""

from __future__ import annotations

from fractions import Fraction

import attrs

from placement.services.hooks import Invocation
from placement.services.model import RevisionState
from placement.services.traffic_deployment import (
    DeploymentStatus,
    Failure,
    FailureCause,
    TrafficDeployment,
    Weights,
)
from placement.services.traffic_stages import Stage

__all__ = [
    "CallHook",
    "ChangeStatus",
    "Detection",
    "EndHook",
    "EnterStage",
    "SetWeights",
    "StartPause",
    "StepResult",
    "TrafficAction",
    "TrafficFacts",
]


# --- What comes in -------------------------------------------------------------------------


@attrs.frozen
class Detection:
    """A detector has fired: circuit breaker, alarms, or a look at the listener rules.

    Attributes:
        cause: Which one.
        rolls_back: Whether it is set to roll back; otherwise the deployment stops (S5.3).
    """

    cause: FailureCause
    rolls_back: bool = True


@attrs.frozen
class TrafficFacts:
    """What a pass knows.

    Attributes:
        now: The moment.
        desired: The desired count.
        green: The revision that is deployed, with its tasks.
        blue: The revision that it replaces; None where the deployment has none.
        others: Further revisions that still have tasks.
        detection: The first detector that has fired, or None.
    """

    now: int
    desired: int
    green: RevisionState
    blue: RevisionState | None = None
    others: tuple[RevisionState, ...] = ()
    detection: Detection | None = None


# --- What comes out ------------------------------------------------------------------------


@attrs.frozen
class EnterStage:
    """A stage begins; ``step`` is the step of the schedule."""

    stage: Stage
    step: int
    is_rollback: bool


@attrs.frozen
class SetWeights:
    """Give the green revision these shares of the traffic, and the rest to blue.

    ``before`` are the shares that it had; ``stage`` is the stage whose work this is.
    """

    weights: Weights
    before: Weights
    stage: Stage


@attrs.frozen
class CallHook:
    """Call the function of a hook; the answer is sent into the generator.

    The shares are green's, for the function's input; None at stages that do not give them.
    ``deployment`` is how far it is at the call: a function may read it.
    """

    invocation: Invocation
    deployment: TrafficDeployment
    test: Fraction | None
    production: Fraction | None


@attrs.frozen
class StartPause:
    """A PAUSE hook awaits an action from now on."""

    invocation: Invocation


@attrs.frozen
class EndHook:
    """An invocation has ended: by an answer, its time-out, or because its stage was left."""

    invocation: Invocation


@attrs.frozen
class ChangeStatus:
    """The service deployment has another status; ``failure`` says why, where it failed."""

    status: DeploymentStatus
    failure: Failure | None = None


TrafficAction = EnterStage | SetWeights | CallHook | StartPause | EndHook | ChangeStatus
"""What a step yields."""


@attrs.frozen
class StepResult:
    """The deployment after a step.

    Attributes:
        deployment: As it is now.
        wake_at: When it must be looked at again though nothing else happens; None: not before
            something does.
    """

    deployment: TrafficDeployment
    wake_at: int | None
