"""Rules about capacity providers, their groups and strategies (S11, 5.1 to 5.4).

In: an account.  Out: warnings.  Whether a machine that does not exist yet would do is asked of an
engine of its own, so that nothing changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import GroupRecord
from placement.ecs.control.capacity.launches import group_template, types_of
from placement.ecs.control.capacity.machines import registration_of
from placement.ecs.control.capacity.minutes import machine_sizes
from placement.ecs.control.capacity.providers import (
    ProviderKind,
    ProviderRecord,
    strategy_items,
)
from placement.ecs.control.capacity.waiting import task_size
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.statuses import ClusterStatus
from placement.ecs.lints.codes import counted
from placement.ecs.lints.scaling_codes import ScalingLint, ScalingLints, ScalingRule
from placement.engine.cluster import Cluster
from placement.errors import DocumentError
from placement.scaling.distribution import StrategyItem, distribute
from placement.scaling.packing import extremes, per_machine

__all__ = ["PROVIDER_RULES", "resource_id"]

MOST_MACHINES = 60
"""Kinds of machines of a group (type and zone) that are looked at."""

RESOURCE = "RESOURCE:"
"""What the reasons of the engine begin with that are about size (C17)."""


@attrs.frozen(eq=False)
class _Used:
    """A strategy that somebody uses.

    Attributes:
        subject: Whose it is.
        path: Where it is given there.
        items: The strategy.
        cluster: The cluster.
        service: The service; None: it is the default of the cluster.
    """

    subject: str
    path: str
    items: tuple[StrategyItem, ...]
    cluster: ClusterRecord
    service: ServiceRecord | None = None


def resource_id(service: ServiceRecord) -> str:
    """Return a service as Application Auto Scaling names it."""
    return f"service/{service.cluster.name}/{service.name}"


def _strategies(account: Account) -> Iterator[_Used]:
    """Yield the strategies of clusters and of services that the model runs."""
    for cluster in account.clusters.values():
        if cluster.default_strategy and cluster.status is ClusterStatus.ACTIVE:
            items = strategy_items(cluster.default_strategy)
            path = "defaultCapacityProviderStrategy"
            yield _Used(f"cluster/{cluster.name}", path, items, cluster)
    for service in account.services.values():
        primary = service.primary
        if primary is not None and primary.revision.strategy:
            items = strategy_items(primary.revision.strategy)
            path = "capacityProviderStrategy"
            yield _Used(resource_id(service), path, items, service.cluster, service)


def _managed(account: Account, name: str) -> tuple[ProviderRecord, GroupRecord] | None:
    """Return a provider with managed scaling and its group; None: it is none."""
    provider = account.providers.get(name)
    if provider is None or not provider.settings.is_managed:
        return None
    group = account.groups.get(provider.group or "")
    return None if group is None else (provider, group)


def _gets_tasks(item: StrategyItem) -> bool:
    return item.weight > 0 or item.base > 0


# Strategies


def weight_zero(account: Account) -> ScalingLints:
    """Items of weight 0 beside others (A54)."""
    for used in _strategies(account):
        for number, item in enumerate(used.items):
            if item.weight or len(used.items) == 1:
                continue
            gets = f"only the {counted(item.base)} of its base" if item.base else "no tasks"
            yield ScalingLint(
                "provider-weight-zero",
                used.subject,
                f"{used.path}[{number}].weight",
                f"the weight of {item.provider} is 0, the API's default: it gets {gets}",
                "weight 1",
            )


def base_takes_all(account: Account) -> ScalingLints:
    """A base that is as large as the service ever is."""
    for used in _strategies(account):
        service = used.service
        if service is None:
            continue
        target = account.scaling.targets.get(used.subject)
        most = service.desired_count
        if target is not None and target.service == service.number:
            most = max(most, target.bounds.maximum)
        for number, item in enumerate(used.items):
            others = [one.provider for one in used.items if one is not item and one.weight]
            if most and most <= item.base and others:
                yield ScalingLint(
                    "base-takes-all",
                    used.subject,
                    f"{used.path}[{number}].base",
                    f"the first {counted(item.base)} go to {item.provider}, and there are never "
                    f"more than {most}: {', '.join(others)} gets none",
                    f"a base below {most}",
                )


def base_in_each_call(account: Account) -> ScalingLints:
    """Standalone tasks of many small RunTask calls, each of which fills the base (A56)."""
    for used in _strategies(account):
        if used.service is not None or len(used.items) == 1:
            continue
        counts = Counter(
            task.settings.capacity_provider
            for task in used.cluster.tasks.values()
            if task.stop is None and not (task.settings.group or "").startswith("service:")
        )
        for number, item in enumerate(used.items):
            there = counts[item.provider]
            if not item.base or any(counts[one.provider] for one in used.items if one is not item):
                continue
            fair = Counter(one.provider for one in distribute(used.items, {}, there))
            missing = [one for one in fair if one != item.provider]
            if missing:
                yield ScalingLint(
                    "base-in-each-call",
                    used.subject,
                    f"{used.path}[{number}].base",
                    f"all {there} standalone tasks are on {item.provider}: each RunTask call "
                    f"counts its base of {item.base} from the beginning, and one call of {there} "
                    f"would have put {there - fair[item.provider]} on {', '.join(missing)}",
                    "base 0 for tasks that are started one by one",
                )


# Providers


def cannot_grow(account: Account) -> ScalingLints:
    """Providers of instances that have none and get none."""
    for used in _strategies(account):
        for number, item in enumerate(used.items):
            provider = account.providers.get(item.provider)
            if provider is None or provider.kind is not ProviderKind.GROUP or not _gets_tasks(item):
                continue
            if _has_instances(used.cluster, provider.name):
                continue
            managed = _managed(account, provider.name)
            where = f"{used.path}[{number}]"
            if managed is None:
                message = (
                    f"{provider.name} has no ACTIVE instance and no managed scaling: its tasks "
                    "are not placed"
                )
                advice = "managed scaling, or an instance of its group"
            elif managed[1].maximum == 0:
                message = (
                    f"the group {managed[1].name} of {provider.name} has MaxSize 0: its tasks "
                    "wait in PROVISIONING and fail after 30 minutes"
                )
                advice = "a MaxSize above 0"
            elif not types_of(account, managed[1]):
                message = (
                    f"no instance type of the group {managed[1].name} of {provider.name} is known: "
                    "its launches fail"
                )
                advice = "session.describe_launch_template(name, instance_type=...)"
            else:
                continue
            yield ScalingLint("provider-cannot-grow", used.subject, where, message, advice)


def _has_instances(cluster: ClusterRecord, provider: str) -> bool:
    return any(
        one.is_registered and not one.is_draining and one.capacity_provider == provider
        for one in cluster.instances.values()
    )


def ends_tasks(account: Account) -> ScalingLints:
    """Providers whose scale-in ends tasks without warning (S11.6.1)."""
    for provider in account.providers.values():
        settings = provider.settings
        is_scaled = provider.group is not None and settings.is_managed
        if is_scaled and not settings.protects and not settings.drains:
            yield ScalingLint(
                "scale-in-ends-tasks",
                f"capacity-provider/{provider.name}",
                "autoScalingGroupProvider.managedDraining",
                "instances are terminated with tasks on them, which end with TerminationNotice "
                "and are replaced afterwards",
                "managed draining, or managed termination protection",
            )


def idle_flaps(account: Account) -> ScalingLints:
    """Idle groups for which a target below 100 asks for spare instances (D98)."""
    for provider in account.providers.values():
        managed = _managed(account, provider.name)
        if managed is None or managed[1].minimum or provider.settings.target == 100:
            continue
        model = (
            "as Options(idle_spares=True) has it"
            if account.options.idle_spares
            else "users have seen ECS do so; the model does it only with Options(idle_spares=True)"
        )
        yield ScalingLint(
            "target-flaps",
            f"capacity-provider/{provider.name}",
            "managedScaling.targetCapacity",
            f"an idle group of MinSize 0 goes back and forth between 0 and 2 instances at a "
            f"target of {provider.settings.target} ({model})",
            "MinSize 1, or a target of 100",
        )


# Services on providers


def _on_managed(account: Account) -> Iterator[tuple[_Used, ServiceRecord, ProviderRecord, Any]]:
    """Yield each service with each provider with managed scaling that its tasks go to."""
    for used in _strategies(account):
        service = used.service
        if service is None or service.scheduling == "DAEMON":
            continue
        for item in used.items:
            managed = _managed(account, item.provider) if _gets_tasks(item) else None
            if managed is not None:
                yield used, service, *managed


def spread_below_target(account: Account) -> ScalingLints:
    """Spread where a target below 100 is to keep instances empty (S11.4.5)."""
    for used, service, provider, _ in _on_managed(account):
        if provider.settings.target == 100:
            continue
        chain: Sequence[Mapping[str, Any]] = service.document.get("placementStrategy", ())
        kinds = [one.get("type") for one in chain]
        if "binpack" in kinds and "spread" not in kinds[: kinds.index("binpack")]:
            continue
        if chain and "spread" not in kinds:
            continue  # at random: no strategy that binpack could come before
        how = "binpack comes only after spread" if "binpack" in kinds else "tasks are spread"
        what = how if chain else "without a placement strategy tasks are spread"
        yield ScalingLint(
            "spread-below-target",
            used.subject,
            "placementStrategy",
            f"{what}, so that each instance of {provider.name} gets some: the "
            f"{100 - provider.settings.target} per cent that targetCapacity "
            f"{provider.settings.target} keeps empty fill up, and are launched again",
            "binpack first",
        )


def fits_no_type(account: Account) -> ScalingLints:
    """Tasks that do not fit on the smallest type: managed scaling leaves them out (5.4)."""
    for used, service, provider, group in _on_managed(account):
        primary = service.primary
        types = machine_sizes(account, group)
        if primary is None or not types:
            continue
        needs = primary.revision.definition.task
        smallest, _ = extremes(types)
        if per_machine(task_size(needs, (), ""), smallest, 1):
            continue
        yield ScalingLint(
            "task-fits-no-type",
            used.subject,
            "taskDefinition",
            f"a task asks for {needs.cpu} CPU units and {needs.memory} MiB, and the smallest type "
            f"of the group {group.name} has {smallest.cpu} and {smallest.memory}: where such "
            f"tasks wait for {provider.name}, nothing is launched for them",
            "larger types alone in the group",
        )


def constraint_never_met(account: Account) -> ScalingLints:
    """Constraints and attributes that no new machine of a group would meet (A60)."""
    for used, service, provider, group in _on_managed(account):
        primary = service.primary
        if primary is None:
            continue
        reason = _why_never(account, service, group)
        if reason is not None:
            yield ScalingLint(
                "constraint-never-met",
                used.subject,
                "placementConstraints",
                f"no machine that the group {group.name} of {provider.name} launches would do "
                f"({reason}): its instances come, and the tasks wait on",
                "constraints that its types, zones and ecs.config meet",
            )


def _why_never(account: Account, service: ServiceRecord, group: GroupRecord) -> str | None:
    """Return why no new machine of a group would take a task; None: one would, or is too small."""
    engine = Cluster()
    kinds = [(one, zone) for one in types_of(account, group) for zone in group.zones]
    for instance_type, zone in kinds[:MOST_MACHINES]:
        subnet = group.zones[zone]
        known = account.subnets.get(subnet or "")
        try:
            found = registration_of(
                "i-0",
                instance_type,
                zone,
                region=account.region,
                account_id=account.account_id,
                vpc=None if known is None else known[0],
                subnet=subnet,
                config=group_template(account, group).config,
            )
        except DocumentError:  # its launches fail, and say why
            continue
        engine.register(attrs.evolve(found.instance, id=f"{instance_type} in {zone}"))
    primary = service.primary
    if not len(engine) or primary is None:
        return None
    explained = engine.explain(
        primary.revision.definition.task, group=service.group, constraints=service.constraints
    )
    for row in range(len(engine)):
        reasons = explained.failures.get(row, ())
        if all(reason.startswith(RESOURCE) for reason in reasons):
            return None
    return "; ".join(str(one) for one in explained.shortfalls[:2]) or "it does not qualify"


# Subnets


def subnets(account: Account) -> ScalingLints:
    """Subnets of groups and of tasks on Fargate of which nobody said where they are (C46)."""
    for service in account.services.values():
        primary = service.primary
        if primary is None or not primary.revision.is_fargate:
            continue
        network = primary.revision.document.get("networkConfiguration") or {}
        names = (network.get("awsvpcConfiguration") or {}).get("subnets", ())
        path = "networkConfiguration.awsvpcConfiguration.subnets"
        yield from _unknown(account, resource_id(service), path, names)
    for group in account.groups.values():
        names = str(group.document.get("VPCZoneIdentifier") or "").split(",")
        subject = f"auto-scaling-group/{group.name}"
        yield from _unknown(account, subject, "VPCZoneIdentifier", names)


def _unknown(account: Account, subject: str, path: str, names: Sequence[str]) -> ScalingLints:
    for name in filter(None, (one.strip() for one in names)):
        if name not in account.subnets:
            yield ScalingLint(
                "unregistered-subnet",
                subject,
                path,
                f"where {name} is, nobody said: it counts as zone {account.region}a",
                "register_subnet(subnetId=..., vpcId=..., availabilityZone=...)",
            )


PROVIDER_RULES: tuple[ScalingRule, ...] = (
    weight_zero,
    base_takes_all,
    base_in_each_call,
    cannot_grow,
    ends_tasks,
    idle_flaps,
    spread_below_target,
    fits_no_type,
    constraint_never_met,
    subnets,
)
