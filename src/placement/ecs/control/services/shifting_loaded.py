"""A deployment that shifts traffic, loaded from documents in the middle: it goes on at its stage.

In: a service deployment whose document names a lifecycle stage.  Out: its ``TrafficDeployment``.
What was under way in the stage begins at loading (C50): its hooks are called and its waits start
over; traffic is where the listener rules, or without them the document, say that it is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.services.listener_rules import shares_of
from placement.ecs.control.services.records import ServiceDeploymentRecord
from placement.ecs.control.services.statuses import ServiceDeploymentStatus
from placement.services.traffic_deployment import (
    DeploymentStatus,
    Failure,
    FailureCause,
    TrafficDeployment,
    Weights,
)
from placement.services.traffic_stages import ROLLBACK, Stage

__all__ = ["loaded_stage", "resumed_shift"]

_STAGES = {stage.value: stage for stage in Stage}


def loaded_stage(run: ServiceDeploymentRecord) -> Stage | None:
    """Return the stage that the document of a service deployment names; None: there is none."""
    word = run.extra.get("lifecycleStage")
    stage = _STAGES.get(word) if isinstance(word, str) else None
    if run.status is ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS and stage not in ROLLBACK:
        return None if stage is None else Stage.PRODUCTION_TRAFFIC_SHIFT
    return stage


def resumed_shift(
    account: Account,
    run: ServiceDeploymentRecord,
    deployment: TrafficDeployment,
    stage: Stage,
) -> TrafficDeployment:
    """Return a deployment at the stage that its document names.

    Args:
        account: For the listener rules and the time.
        run: The service deployment.
        deployment: The same as it would begin.
        stage: Its stage.
    """
    now = account.time.now
    weights = _weights(account, run)
    is_back = run.status is ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS
    return attrs.evolve(
        deployment,
        status=DeploymentStatus(run.status.value),
        started_at=now,
        stage=stage,
        step=_step(deployment, stage, weights.production),
        stage_entered_at=now,
        weights=weights,
        failure=Failure(FailureCause.USER_REQUEST, now, stage) if is_back else None,
        rollback_started_at=now if is_back else None,
    )


def _weights(account: Account, run: ServiceDeploymentRecord) -> Weights:
    if any(one.production_rule for one in run.target.revision.load_balancers):
        return shares_of(account.elb, run.target)
    told = run.weights.get(run.target.revision.arn, {})
    return Weights(
        _share(told.get("requestedTestTrafficWeight")),
        _share(told.get("requestedProductionTrafficWeight")),
    )


def _share(percent: Any) -> Fraction:
    """Return a share that a document gives in per cent; 0 where it gives none from 0 to 100."""
    is_number = isinstance(percent, int | float) and not isinstance(percent, bool)
    if not is_number or not 0 <= percent <= 100:
        return Fraction(0)
    return Fraction(round(10 * percent), 1000)


def _step(deployment: TrafficDeployment, stage: Stage, production: Fraction) -> int:
    """Return the step of the schedule at which green has, or will have next, its share."""
    shares = deployment.schedule.shares
    taken = sum(share <= production for share in shares)
    if stage is Stage.PRODUCTION_TRAFFIC_SHIFT:
        taken -= 1
    return max(0, min(taken, len(shares) - 1))
