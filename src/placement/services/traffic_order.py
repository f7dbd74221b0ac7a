"""What a stage of a deployment that shifts traffic does to the traffic, and which stage is next.

In: a deployment.  Out: the shares that green has in its stage, how long a load balancer takes over
them, the stage that follows (S6.1, S6.5).  When a stage ends is decided in ``traffic_shifting``.
"""

from __future__ import annotations

from fractions import Fraction

from placement.errors import UsageError
from placement.services.traffic_deployment import TrafficDeployment, Weights
from placement.services.traffic_stages import FORWARD, NETWORK_LOAD_BALANCER_WAIT, ROLLBACK, Stage

__all__ = [
    "first_stage_of_rollback",
    "has_next_step",
    "load_balancer_wait",
    "next_stage",
    "stage_of",
    "weights_of_stage",
]


def stage_of(deployment: TrafficDeployment) -> Stage:
    """Return the stage of a deployment that has begun."""
    if deployment.stage is None:
        raise UsageError("a deployment in progress has a stage")
    return deployment.stage


def weights_of_stage(deployment: TrafficDeployment) -> Weights:
    """Return green's shares in the stage that it is in (S6.1, S6.5)."""
    stage, now = stage_of(deployment), deployment.weights
    if deployment.is_rolling_back:
        return {
            Stage.PRODUCTION_TRAFFIC_SHIFT: Weights(now.test, Fraction(0)),
            Stage.TEST_TRAFFIC_SHIFT: Weights(Fraction(0), now.production),
        }.get(stage, now)
    if FORWARD.index(stage) < FORWARD.index(Stage.TEST_TRAFFIC_SHIFT):
        return Weights()
    if stage is Stage.PRODUCTION_TRAFFIC_SHIFT:
        return Weights(Fraction(1), deployment.schedule.shares[deployment.step])
    return Weights(Fraction(1), now.production)


def load_balancer_wait(deployment: TrafficDeployment) -> int:
    """Return how long the stage's change of weights takes, in microseconds (D109)."""
    if not deployment.is_network_load_balancer:
        return 0
    if deployment.stage is Stage.PRODUCTION_TRAFFIC_SHIFT or (
        deployment.stage is Stage.TEST_TRAFFIC_SHIFT and deployment.has_test_listener
    ):
        return NETWORK_LOAD_BALANCER_WAIT
    return 0


def next_stage(deployment: TrafficDeployment) -> Stage | None:
    """Return the stage that follows, None after the last."""
    stage = stage_of(deployment)
    if deployment.is_rolling_back:
        return _stage_of_rollback(deployment, ROLLBACK.index(stage) + 1)
    if stage is Stage.PRODUCTION_TRAFFIC_SHIFT and has_next_step(deployment):
        return Stage.PRE_PRODUCTION_TRAFFIC_SHIFT
    place = FORWARD.index(stage) + 1
    return FORWARD[place] if place < len(FORWARD) else None


def first_stage_of_rollback(deployment: TrafficDeployment) -> Stage:
    """Return the stage with which the deployment turns back (S6.5).

    Blue is scaled up again only if it was already being removed (D51); traffic that green never
    had is not moved.
    """
    if deployment.stage is Stage.CLEAN_UP:
        return Stage.SCALE_UP
    return _stage_of_rollback(deployment, 1) or Stage.CLEAN_UP


def _stage_of_rollback(deployment: TrafficDeployment, place: int) -> Stage | None:
    """Return the stage of a rollback at ``place`` or later that has something to take back."""
    for stage in ROLLBACK[place:]:
        if stage is Stage.PRODUCTION_TRAFFIC_SHIFT and deployment.weights.production == 0:
            continue
        if stage is Stage.TEST_TRAFFIC_SHIFT and deployment.weights.test == 0:
            continue
        return stage
    return None


def has_next_step(deployment: TrafficDeployment) -> bool:
    """Return whether another step of the schedule follows; a rollback has one step."""
    return not deployment.is_rolling_back and (
        deployment.step + 1 < len(deployment.schedule.shares)
    )
