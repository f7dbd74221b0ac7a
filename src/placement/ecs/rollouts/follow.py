"""Move a session's time while one of its services is deployed, and tell how it went.

In: a session in which a service was created or updated, and how long to go on.  Out: ``Rollout``.
The session's time has moved; nothing else is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.services.checks import known_service
from placement.ecs.control.advance import is_at_rest
from placement.ecs.control.services.passes import is_steady
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.rollouts.ending import causes, explanation, outcome, unsteady_others
from placement.ecs.rollouts.observer import Observer
from placement.ecs.rollouts.values import Rollout, RolloutPoint
from placement.ecs.session import LONGEST_WAIT

if TYPE_CHECKING:
    from placement.ecs.control.account import Account
    from placement.ecs.session import Session

__all__ = ["follow_rollout"]


def follow_rollout(
    session: Session,
    service: str,
    *,
    cluster: str | None = None,
    seconds: float | timedelta | None = None,
    on_instant: Callable[[RolloutPoint], None] | None = None,
) -> Rollout:
    """Move time and tell how a deployment goes.

    Args:
        session: A session whose time is its own (no ``clock``).
        service: The service's name or ARN.
        cluster: Its cluster, ``default`` by default.
        seconds: How far time moves; None: until the session is steady (C40), at most two days.
        on_instant: Called after each instant with what is then; it may only read.

    Raises:
        ClusterNotFoundException, ServiceNotFoundException: there is none of that name.
        UsageError: an argument is not of its kind, or time is the caller's.
    """
    with session._lock.call("follow_rollout", only_reads=True):
        account = session._account
        record = known_service(account, active_cluster(account, cluster), service)
    observer = Observer(account, record)
    target, started = record.primary, account.time.now

    def look(_: Session) -> bool:
        observer.look()
        if on_instant is not None:
            on_instant(observer.points[-1])
        return seconds is None and is_at_rest(account)

    session.advance_until(look, limit=LONGEST_WAIT if seconds is None else seconds)
    with session._lock.call("follow_rollout", only_reads=True):
        observer.look()
        may_go_on = _is_under_way(account, record) or (
            seconds is not None and not causes(record, ())
        )
        ended = outcome(record, target, may_go_on=may_go_on)
        return Rollout(
            service=record.arn,
            name=record.name,
            cluster=record.cluster.name,
            started_at=started,
            ended_at=account.time.now,
            outcome=ended,
            settled_at=_settled(record),
            last_change_at=_last_change(observer.points, started),
            revisions=observer.revisions,
            points=tuple(observer.points),
            events=tuple(observer.events),
            causes=() if is_steady(record) else causes(record, observer.events),
            explanation=() if is_steady(record) else explanation(record),
            unsteady=unsteady_others(account, record),
        )


def _is_under_way(account: Account, service: ServiceRecord) -> bool:
    """Return whether something other than a placement retry is on its way for a service."""
    if service.number in account.woken:
        return True
    moving = any(
        task.life is not None and task.life.due is not None
        for one in service.deployments
        for pool in one.pools.values()
        for task in pool.values()
    )
    stopping = any(one.stopping for one in service.deployments)
    return moving or stopping


def _settled(service: ServiceRecord) -> int | None:
    return service.steady_since if is_steady(service) else None


def _last_change(points: list[RolloutPoint], started: int) -> int:
    """Return when a task was started, ended or changed its class last."""
    last = started
    before: RolloutPoint | None = None
    for point in points:
        if before is None or any(
            one.has_happened
            or number not in before.revisions
            or not one.is_like(before.revisions[number])
            for number, one in point.revisions.items()
        ):
            last = point.at
        before = point
    return last
