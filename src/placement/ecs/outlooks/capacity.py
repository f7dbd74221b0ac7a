"""What capacity providers would do now: managed scaling at the next full minute (S11.4, C52).

In: a session, which is only read.  Out: ``ProviderOutlook``: the numbers that managed scaling
decides by, the decision and its reason.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import GroupRecord
from placement.ecs.control.capacity.managed.records import ManagedCapacity, ManagedState
from placement.ecs.control.capacity.minutes import (
    machine_sizes,
    provider_decision,
    provider_state,
)
from placement.ecs.control.capacity.providers import (
    ProviderRecord,
    ProviderStatus,
)
from placement.ecs.control.capacity.waiting import RunWish, ServiceWish
from placement.ecs.control.records import InstanceRecord
from placement.scaling.managed_scaling import Decision
from placement.timestamps import MINUTE

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["ProviderOutlook", "launching", "look_at_providers", "managed_numbers", "waiting_tasks"]

MANAGED = "Managed Instances: machines are launched at once for what waits, and leave when idle"
"""What is said of a provider that no minute decides about."""


@attrs.frozen
class ProviderOutlook:
    """A capacity provider now, and what becomes of its group at the next full minute.

    Attributes:
        provider: Its name.
        kind: What it gets its capacity from, as the API writes it: ``EC2_AUTOSCALING``, ...
        group: The name of its group; None: it has none, or the group is not known.
        clusters: Names of the clusters that it is associated with.
        registered: N: the registered instances of the group, neither pending nor terminating.
        empty: How many of these have no task but daemons'.
        launching: Instances that are on their way.
        waiting: Tasks that wait for it in PROVISIONING.
        wanted: M: the instances needed; None: no waiting task fits on the smallest type, or nothing
            is decided.
        reservation: CapacityProviderReservation, per cent; None: nothing is decided.
        target: targetCapacity, per cent; None: no managed scaling.
        minimum: The group's MinSize.
        maximum: The group's MaxSize.
        desired: The group's desired capacity now.
        new_desired: The same from the next full minute on.
        reason: Why, a sentence.
    """

    provider: str
    kind: str
    group: str | None
    clusters: tuple[str, ...]
    registered: int
    empty: int
    launching: int
    waiting: int
    wanted: Fraction | None
    reservation: Fraction | None
    target: int | None
    minimum: int
    maximum: int
    desired: int
    new_desired: int
    reason: str


def look_at_providers(session: Session) -> tuple[ProviderOutlook, ...]:
    """Return what becomes of each provider's group at the next full minute; nothing changes.

    FARGATE and FARGATE_SPOT are left out unless a cluster has them.
    """
    with session._lock.call("look_at_providers", only_reads=True):
        account = session._account
        return tuple(
            _outlook(account, one)
            for one in account.providers.values()
            if one.status is ProviderStatus.ACTIVE
            and (not one.is_fargate or _clusters(account, one))
        )


def _clusters(account: Account, provider: ProviderRecord) -> tuple[str, ...]:
    return tuple(
        name for name, one in account.clusters.items() if provider.name in one.capacity_providers
    )


def _outlook(account: Account, provider: ProviderRecord) -> ProviderOutlook:
    group = account.groups.get(provider.group or "")
    clusters, waiting = _clusters(account, provider), waiting_tasks(account)[provider.name]
    managed = provider.managed
    if managed is not None:
        registered, coming = managed_numbers(managed)
        empty = sum(not one.tasks for one in _machines(account, managed))
        return _undecided(provider, clusters, waiting, MANAGED, (registered, empty, coming))
    if group is None:
        what = "no document describes its Auto Scaling group"
        reason = "it needs no instances" if provider.is_fargate else what
        return _undecided(provider, clusters, waiting, reason)
    state = provider_state(account, provider, group)
    decision: Decision | None = None
    if not provider.settings.is_managed:
        reason = "managed scaling is off: only others change the group"
    elif not clusters:
        reason = "no cluster has the provider: nothing is measured"
    elif group.is_leaving:
        reason = "the group is being deleted"
    else:
        moment = -(-account.time.now // MINUTE) * MINUTE
        decision = provider_decision(account, group, state, moment)
        reason = decision.reason.value
        if waiting and not machine_sizes(account, group):
            reason = "no instance type of the group is known, so that waiting tasks do not count"
    return ProviderOutlook(
        provider.name,
        str(provider.kind),
        group.name,
        clusters,
        state.registered,
        state.empty,
        launching(group),
        waiting,
        None if decision is None else decision.wanted,
        None if decision is None else decision.reservation,
        provider.settings.target if provider.settings.is_managed else None,
        group.minimum,
        group.maximum,
        group.desired,
        group.desired if decision is None else decision.desired,
        reason,
    )


def _undecided(
    provider: ProviderRecord,
    clusters: tuple[str, ...],
    waiting: int,
    reason: str,
    instances: tuple[int, int, int] = (0, 0, 0),
) -> ProviderOutlook:
    """Return a provider about whose instances no full minute decides.

    ``instances`` are those registered, those of these that are empty, and those on their way.
    """
    registered, empty, coming = instances
    return ProviderOutlook(
        provider=provider.name,
        kind=str(provider.kind),
        group=None,
        clusters=clusters,
        registered=registered,
        empty=empty,
        launching=coming,
        waiting=waiting,
        wanted=None,
        reservation=None,
        target=None,
        minimum=0,
        maximum=0,
        desired=0,
        new_desired=0,
        reason=reason,
    )


def launching(group: GroupRecord) -> int:
    """Return how many instances of a group are on their way."""
    return sum(one.state == "Pending" for one in group.instances.values())


def managed_numbers(managed: ManagedCapacity) -> tuple[int, int]:
    """Return how many Managed Instances are registered, and how many are on their way."""
    states = [one.state for one in managed.instances.values()]
    return states.count(ManagedState.REGISTERED), states.count(ManagedState.LAUNCHING)


def _machines(account: Account, managed: ManagedCapacity) -> list[InstanceRecord]:
    """Return the container instances of the registered ones."""
    cluster = account.clusters[managed.cluster]
    return [
        cluster.instances[one.container_instance]
        for one in managed.instances.values()
        if one.state is ManagedState.REGISTERED and one.container_instance is not None
    ]


def waiting_tasks(account: Account) -> Counter[str]:
    """Return how many tasks wait for each provider."""
    return Counter(
        one.kind.provider
        for cluster in account.clusters.values()
        for one in cluster.provisioning.values()
        if isinstance(one.kind, ServiceWish | RunWish)
    )
