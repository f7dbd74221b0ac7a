"""The full minutes of providers and groups: managed scaling, then launches and terminations (D97).

In: an account at a full minute.  Out: desired capacities, launches, terminations.  Decisions are
those of ``placement.scaling.managed_scaling`` and ``groups``; the history gets changes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.account_settings import has_trunking
from placement.ecs.control.capacity.census import census_of, registered_record
from placement.ecs.control.capacity.groups import (
    GroupInstanceRecord,
    GroupRecord,
    LifecycleState,
    Standing,
)
from placement.ecs.control.capacity.launches import (
    group_template,
    launch_in,
    launch_missing,
    types_of,
)
from placement.ecs.control.capacity.machines import machine_size
from placement.ecs.control.capacity.providers import GroupSettings, ProviderRecord, ProviderStatus
from placement.ecs.control.capacity.scale_in import (
    group_victims,
    staying_instances,
    tasks_still_fit,
)
from placement.ecs.control.capacity.terminations import terminate
from placement.ecs.control.capacity.waiting import waiting_groups
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.errors import DocumentError
from placement.scaling.groups import rebalance_zones
from placement.scaling.managed_scaling import (
    Decision,
    Estimate,
    Measure,
    ProviderState,
    ScalingSettings,
    Usage,
    decide,
)
from placement.scaling.packing import MachineSize
from placement.timestamps import MINUTE, SECOND

__all__ = [
    "begin_ticking",
    "full_minute",
    "machine_sizes",
    "provider_decision",
    "provider_state",
]

AFTER_POLICIES = 3
"""The order of this inside the metric part of an instant: after metrics and policies (S1.2 e)."""

Registered = tuple[GroupInstanceRecord, ClusterRecord, InstanceRecord]


def begin_ticking(account: Account) -> None:
    """Let the next full minute look at groups; it is never the moment that it is (D97)."""
    if account.is_ticking:
        return
    account.is_ticking = True
    moment = account.time.now - account.time.now % MINUTE + MINUTE
    account.time.push(moment, Phase.METRICS, AFTER_POLICIES, "groups")


def full_minute(account: Account) -> None:
    """Let managed scaling decide, then bring each group to its desired capacity."""
    account.is_ticking = False
    for provider in account.providers.values():
        group = _scaled_group(account, provider)
        if group is not None:
            _scale(account, provider, group)
        elif provider.memory.points_below:  # a minute without a point ends the row of them
            provider.memory = attrs.evolve(provider.memory, points_below=0)
    for group in list(account.groups.values()):
        if not group.is_leaving:
            _reconcile(account, group)
    if account.groups:
        begin_ticking(account)


# Managed scaling (S11.4)


def _scaled_group(account: Account, provider: ProviderRecord) -> GroupRecord | None:
    """Return the group that a provider scales now, None if it scales none."""
    group = account.groups.get(provider.group or "")
    if group is None or group.is_leaving or not provider.settings.is_managed:
        return None
    is_used = provider.status is ProviderStatus.ACTIVE and any(
        provider.name in cluster.capacity_providers for cluster in account.clusters.values()
    )
    return group if is_used else None


def _scale(account: Account, provider: ProviderRecord, group: GroupRecord) -> None:
    decision = provider_decision(
        account, group, provider_state(account, provider, group), account.time.now
    )
    provider.memory, provider.reservation = decision.memory, decision.reservation
    if decision.desired != group.desired:
        account.time.record(
            group.arn, f"desired capacity {group.desired} to {decision.desired}", _reason(decision)
        )
        group.desired = decision.desired


def _reason(decision: Decision) -> str:
    percent = float(decision.reservation)
    return f"CapacityProviderReservation {percent:.2f}: {decision.reason.value}"


def provider_decision(
    account: Account, group: GroupRecord, state: ProviderState, now: int
) -> Decision:
    """Return what managed scaling decides at a moment, with the account's options."""
    may_remove = None
    if account.options.scale_in_fits:
        may_remove = partial(tasks_still_fit, account, group, state.registered)
    return decide(state, now, may_remove=may_remove)


def provider_state(account: Account, provider: ProviderRecord, group: GroupRecord) -> ProviderState:
    """Return a provider and its group as managed scaling looks at them."""
    settings = _settings(account, provider.settings)
    counts = census_of(account, group).counts
    empty = counts[Standing.EMPTY]
    newest = next(reversed(group.instances.values()), None)
    types = machine_sizes(account, group)
    return ProviderState(
        settings,
        group.minimum,
        group.maximum,
        group.desired,
        empty + counts[Standing.IN_USE],
        empty,
        None if newest is None else newest.launched_at,
        empty if provider.settings.protects else None,
        waiting_groups(account, provider) if types else (),
        types,
        _usage(_registered(account, group)) if settings.measure is Measure.ROOM else (),
        provider.memory,
    )


def _settings(account: Account, given: GroupSettings) -> ScalingSettings:
    options = account.options
    return ScalingSettings(
        given.target,
        given.minimum_step,
        given.maximum_step,
        given.warm_up * SECOND,
        options.max_scale_in_step,
        options.idle_spares,
        Estimate(options.estimate),
        Measure(options.reservation),
    )


def _registered(account: Account, group: GroupRecord) -> Iterator[Registered]:
    """Yield the instances that count for managed scaling: neither pending nor leaving."""
    for one in group.instances.values():
        if one.state is LifecycleState.IN_SERVICE:
            found = registered_record(account, one)
            if found is not None:
                yield one, *found


def machine_sizes(account: Account, group: GroupRecord) -> tuple[MachineSize, ...]:
    """Return the sizes of a group's types; those that cannot be launched are left out."""
    config = group_template(account, group).config
    sizes = []
    for name in types_of(account, group):
        try:
            sizes.append(machine_size(name, config, has_trunking(account)))
        except DocumentError:  # its launches fail, and say why
            continue
    return tuple(sizes)


def _usage(registered: Iterable[Registered]) -> tuple[Usage, ...]:
    """Return how much CPU and memory tasks take of the room, those of daemons left out."""
    used, room = [0, 0], [0, 0]
    for _, cluster, record in registered:
        usage = cluster.engine.usage(record.id)
        room[0] += usage.remaining_cpu
        room[1] += usage.remaining_memory
        for task in record.tasks.values():
            life = task.life
            if task.number is None or life is None or life.request is None:
                continue
            needs = life.request.variant.task
            if life.is_daemon:
                continue
            for place, amount in enumerate((needs.cpu, needs.memory)):
                used[place] += amount
                room[place] += amount
    return tuple(Usage(*pair) for pair in zip(used, room, strict=True))


# Groups (S11.5)


def _reconcile(account: Account, group: GroupRecord) -> None:
    """Launch or terminate what a group's desired capacity asks for."""
    leaving = census_of(account, group).counts[Standing.LEAVING]
    lacking = group.desired - (len(group.instances) - leaving - len(group.balancing))
    if lacking > 0:
        launch_missing(account, group, lacking, f"the desired capacity is {group.desired}")
    elif lacking < 0:
        _scale_in(account, group, staying_instances(group), -lacking)
    elif account.options.group_rebalancing and not group.balancing:
        _balance(account, group, staying_instances(group))


def _scale_in(
    account: Account, group: GroupRecord, there: list[GroupInstanceRecord], count: int
) -> None:
    for victim in group_victims(account, group, there, count):
        cause = f"the desired capacity is {group.desired}: {victim.rule.value}"
        terminate(account, group, str(victim.key), cause)


def _balance(account: Account, group: GroupRecord, there: list[GroupInstanceRecord]) -> None:
    """Even out zones whose numbers differ by two or more (S11.5.4, D78)."""
    counts = dict.fromkeys(group.zones, 0)
    free = dict.fromkeys(group.zones, 0)
    for one in there:
        if one.zone in counts:
            counts[one.zone] += 1
            free[one.zone] += not one.is_protected
    plan = rebalance_zones(counts, free, group.maximum)
    types = types_of(account, group)
    for to, giver in zip(plan.launches, plan.terminations, strict=True):
        for name in types:
            launched = launch_in(account, group, to, name, "the zones of the group are uneven")
            if launched is not None:
                group.balancing[launched.id] = giver
                break
