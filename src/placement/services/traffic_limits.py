"""How long a deployment that shifts traffic may take, and when it is looked at again (D50).

In: a deployment.  Out: moments in microseconds.  What happens at them is decided in
``traffic_shifting``.
"""

from __future__ import annotations

from placement.services.hooks import HookKind, HookStatus
from placement.services.traffic_deployment import Phase, TrafficDeployment
from placement.services.traffic_stages import DEPLOYMENT_LIMIT, STAGE_LIMIT

__all__ = ["deployment_limit", "stage_limit", "wake_at"]


def stage_limit(deployment: TrafficDeployment) -> int | None:
    """Return when the stage has taken too long, None while its time does not count.

    Pauses do not count, else time-outs above 24 hours would mean nothing, and neither do bake
    times, which may be as long.  In a rollback only waiting for tasks is limited: its hooks have
    time-outs of their own, of 24 hours at most.
    """
    if deployment.phase is Phase.BAKING:
        return None
    if deployment.is_rolling_back and deployment.phase is not Phase.TASKS:
        return None
    pauses = [one for one in deployment.of_stage if one.hook.kind is HookKind.PAUSE]
    if any(pause.status is HookStatus.AWAITING_ACTION for pause in pauses):
        return None
    paused = max(
        (pause.ended_at - pause.invoked_at for pause in pauses if pause.ended_at is not None),
        default=0,
    )
    return deployment.stage_entered_at + STAGE_LIMIT + paused


def deployment_limit(deployment: TrafficDeployment) -> int | None:
    """Return when the whole deployment has taken too long; a rollback has no such limit."""
    if deployment.is_rolling_back or deployment.started_at is None:
        return None
    return deployment.started_at + DEPLOYMENT_LIMIT


def wake_at(deployment: TrafficDeployment) -> int | None:
    """Return the next moment at which something is due though nothing else happens, or None."""
    moments = [
        deployment.phase_ends_at,
        stage_limit(deployment),
        deployment_limit(deployment),
        *(invocation.wakes_at for invocation in deployment.of_stage),
    ]
    return min((moment for moment in moments if moment is not None), default=None)
