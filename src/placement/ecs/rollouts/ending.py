"""How a deployment ended, and why it does not go on where it does not.

In: an account and a service when time has stopped, and the deployment that was asked for.  Out:
an ``Outcome``, the causes that the service's events name and that still hold, and the engine's
explanation where tasks find no room.  Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence

from placement.ecs.control.account import Account
from placement.ecs.control.services.passes import is_steady
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.services.statuses import RolloutState
from placement.ecs.rollouts.values import Cause, Outcome, RolloutEvent
from placement.errors import RegexTimeout

__all__ = ["causes", "explanation", "outcome", "unsteady_others"]

_NO_CAUSE = ("steady",)
"""What a service says and is no cause of standing still."""


def outcome(service: ServiceRecord, target: DeploymentRecord | None, *, may_go_on: bool) -> Outcome:
    """Return how a deployment ended.

    Args:
        service: The service, as it is now.
        target: The deployment that was asked for; None: the model does not run the service.
        may_go_on: Whether time stopped before anything could be said to be the end.
    """
    primary = service.primary
    if target is None or primary is None:
        return Outcome.NOT_RUN
    is_target = primary is target
    if is_steady(service):
        return Outcome.STEADY if is_target else Outcome.ROLLED_BACK
    if target.rollout_state is RolloutState.FAILED:
        return Outcome.FAILED if is_target else Outcome.UNFINISHED
    return Outcome.UNFINISHED if may_go_on else Outcome.STUCK


def causes(service: ServiceRecord, events: Sequence[RolloutEvent]) -> tuple[Cause, ...]:
    """Return what the service's events said and still holds, oldest first.

    A text is said again every six hours (D26): ``events`` tell when it was said first.
    """
    found = []
    for cause, (text, last) in service.said.items():
        if cause not in _NO_CAUSE:
            said = [one.at for one in events if one.message.endswith(f") {text}")]
            found.append(Cause(min(said, default=last), text))
    return tuple(sorted(found, key=lambda one: one.since))


def explanation(service: ServiceRecord) -> tuple[str, ...]:
    """Return why the next task of a service finds no room, in lines; none where that is not so."""
    primary = service.primary
    if primary is None or "placement" not in service.said:
        return ()
    waiting = [one for one in service.deployments if one.retries.due is not None] or [primary]
    deployment = waiting[0]
    if deployment.revision.is_fargate:
        return ()
    try:
        found = service.cluster.engine.explain(
            deployment.request.variant.task,
            group=service.group,
            constraints=service.constraints,
        )
    except RegexTimeout as error:
        return (str(error),)
    return tuple(str(found).splitlines())


def unsteady_others(account: Account, service: ServiceRecord) -> tuple[str, ...]:
    """Return the names of the other services that are not steady."""
    numbers = sorted(account.unsteady - {service.number})
    return tuple(account.services[number].name for number in numbers if number in account.services)
