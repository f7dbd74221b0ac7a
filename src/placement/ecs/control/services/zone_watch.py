"""Which Availability Zones count for a service, and when they change (A53, S8.4.2).

In: an account, a service, changes of instances.  Out: zones by name, and services that the next
passes look at because a zone came or went.  Services that ask the same of instances share one
answer, which is found again only after instances have changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import strategy_items
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, ZoneWatch
from placement.ecs.control.services.records import DeploymentRecord, ServiceRecord
from placement.ecs.control.task_variants import task_on_provider
from placement.engine.eligibility import Demands, eligible_zones

__all__ = ["find_zones_again", "unwatch_zones", "zones_may_change", "zones_of"]


def zones_of(account: Account, service: ServiceRecord) -> frozenset[str]:
    """Return the zones over which the tasks of a service's PRIMARY deployment are balanced.

    On Fargate, and with awsvpc where the zones of all subnets are known, those of the subnets; a
    subnet that nobody registered is in ``REGIONa`` on Fargate (C46).  Otherwise the zones that have
    an eligible ACTIVE instance (A53): with a capacity provider strategy, one of its providers.
    """
    primary = service.primary
    if primary is None:
        return frozenset()
    network = primary.request.network
    if primary.revision.is_fargate:
        anywhere = f"{account.region}a"
        return frozenset(network.zone_of.get(subnet, anywhere) for subnet in network.subnets)
    if network.zones:
        return frozenset(network.zones)
    return _eligible_zones(service, primary)


def _eligible_zones(service: ServiceRecord, primary: DeploymentRecord) -> frozenset[str]:
    """Return the zones that have an eligible ACTIVE instance, and watch them from now on."""
    cluster = service.cluster
    known = service.zone_watch
    if known is not None and known[0] == primary.number:
        return cluster.zone_watch[known[1]].zones
    demands = _demands(service, primary)
    if any(one.is_dynamic for one in demands):  # tasks change the answer
        return _zones(cluster, demands)
    unwatch_zones(service)
    key = tuple([one.key(cluster.engine) for one in demands])
    watch = cluster.zone_watch.get(key)
    if watch is None:
        watch = ZoneWatch(demands, _zones(cluster, demands))
        cluster.zone_watch[key] = watch
    watch.services[service.number] = None
    service.zone_watch = primary.number, key
    return watch.zones


def _demands(service: ServiceRecord, primary: DeploymentRecord) -> tuple[Demands, ...]:
    """Return what makes an instance eligible: one entry for each provider of its strategy."""
    task = primary.request.variant.task
    constraints = (*task.constraints, *service.constraints)
    items = strategy_items(primary.revision.strategy)
    tasks = [
        task_on_provider(task, str(item.provider)) for item in items if item.weight or item.base
    ]
    return tuple([Demands(one, constraints) for one in tasks or [task]])


def _zones(cluster: ClusterRecord, demands: Iterable[Demands]) -> frozenset[str]:
    """Return the zones that have an ACTIVE instance which is eligible in one of the ways."""
    return frozenset().union(*[eligible_zones(cluster.engine, one) for one in demands])


def unwatch_zones(service: ServiceRecord) -> None:
    """Watch no zones for a service any more: it has ended, or asks something else of instances."""
    if service.zone_watch is None:
        return
    key = service.zone_watch[1]
    service.zone_watch = None
    watch = service.cluster.zone_watch[key]
    del watch.services[service.number]
    if not watch.services:
        del service.cluster.zone_watch[key]


def zones_may_change(account: Account, cluster: ClusterRecord) -> None:
    """An instance has changed: the next instant finds out whether zones came or went."""
    if cluster.zone_watch and not cluster.zones_are_old:
        cluster.zones_are_old = True
        account.time.push(account.time.now, Phase.INSTANCES, 0, "zones", cluster.name)


def find_zones_again(account: Account, cluster_name: str) -> None:
    """Find the zones of a cluster again; services for which they differ are looked at."""
    cluster = account.clusters.get(cluster_name)
    if cluster is None:
        return
    cluster.zones_are_old = False
    for watch in cluster.zone_watch.values():
        zones = _zones(cluster, watch.demands)
        if zones != watch.zones:
            watch.zones = zones
            for number in watch.services:
                account.wake_service(account.services[number])
