"""Managed Instances come: a launch begins, and registers when its time is over (S12.2, C45).

In: an account, a provider, what was chosen.  Out: instances of the provider, entries in the queue,
container instances.
"""

from __future__ import annotations

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.launch_answers import ask_launch
from placement.ecs.control.capacity.machines import Registration, registration_of
from placement.ecs.control.capacity.managed.ending import forget
from placement.ecs.control.capacity.managed.offers import zones_of
from placement.ecs.control.capacity.managed.prices import PRICES_OF
from placement.ecs.control.capacity.managed.records import (
    ManagedCapacity,
    ManagedInstanceRecord,
    ManagedState,
    Purchase,
)
from placement.ecs.control.capacity.managed.watching import look_at
from placement.ecs.control.capacity.providers import ProviderRecord, ProviderStatus
from placement.ecs.control.capacity.registering import register_machine
from placement.ecs.control.daemons.places import instance_arrived
from placement.ecs.control.instance_events import instance_changed
from placement.ecs.control.model_time import Phase
from placement.ecs.control.statuses import ClusterStatus
from placement.ecs.timing import duration
from placement.errors import DocumentError
from placement.scaling.managed_instances import LaunchInstance

__all__ = ["begin_launch", "launch_is_over"]

KINDS = {
    Purchase.ON_DEMAND: "an On-Demand Instance",
    Purchase.SPOT: "a Spot Instance",
    Purchase.RESERVED: "a reserved instance",
}


def begin_launch(
    account: Account,
    provider: ProviderRecord,
    managed: ManagedCapacity,
    chosen: LaunchInstance,
    purchase: Purchase,
) -> bool:
    """Begin a launch; return whether it came about, as the caller's function says."""
    name, zone = chosen.instance_type, chosen.zone
    answer = ask_launch(account, provider.name, name, zone, purchase.value)
    subnet = zones_of(account, managed.settings)[zone]
    failure = answer.failure
    if failure is None:
        failure = _why_impossible(account, "i-0", name, zone, subnet)
    if failure is not None:
        account.time.record(provider.arn, f"launch failed in {zone} of type {name}", failure)
        managed.scarce |= {(zone, name)}
        return False
    managed.scarce -= {(zone, name)}
    now = account.time.now
    id = f"i-{account.new_id()[:17]}"
    managed.instances[id] = ManagedInstanceRecord(
        id,
        zone,
        subnet,
        name,
        purchase,
        chosen.price,
        now,
        now,
        tuple(number for number in chosen.tasks if isinstance(number, int)),
    )
    for number in managed.instances[id].tasks:
        managed.served[number] = now
    account.time.record(provider.arn, f"launch of {id} ({name}, {zone})", _reason(chosen, purchase))
    delay = account.managed_launch_duration
    if answer.delay is not None:
        delay = duration(answer.delay, "delay")
    moment = now + delay
    account.time.push(moment, Phase.INSTANCES, 0, "managed-launched", provider.name, id)
    return True


def _reason(chosen: LaunchInstance, purchase: Purchase) -> str:
    """Return why a type was chosen, and what its price is: the table has one region's (C45)."""
    number = len(chosen.tasks)
    tasks = "1 task" if number == 1 else f"{number} tasks"
    return (
        f"{chosen.reason.value}: {tasks} on {KINDS[purchase]} for {float(chosen.price):.6g} USD "
        f"per hour, by the On-Demand prices of {PRICES_OF}"
    )


def _registration(
    account: Account, id: str, instance_type: str, zone: str, subnet: str
) -> Registration:
    known = account.subnets.get(subnet)
    return registration_of(
        id,
        instance_type,
        zone,
        region=account.region,
        account_id=account.account_id,
        vpc=None if known is None else known[0],
        subnet=subnet,
        config=None,
    )


def _why_impossible(
    account: Account, id: str, instance_type: str, zone: str, subnet: str
) -> str | None:
    """Return why no instance of a type can register in a zone, None if it can."""
    try:
        _registration(account, id, instance_type, zone, subnet)
    except DocumentError as error:
        return str(error)
    return None


def launch_is_over(account: Account, name: str, id: str) -> None:
    """An instance registers in its provider's cluster; tasks are placed at this instant."""
    provider = account.providers.get(name)
    managed = None if provider is None else provider.managed
    one = None if managed is None else managed.instances.get(id)
    if provider is None or managed is None or one is None:
        return
    if one.state is not ManagedState.LAUNCHING:
        return
    cluster = account.clusters.get(managed.cluster)
    is_wanted = provider.status is ProviderStatus.ACTIVE and not provider.is_leaving
    if cluster is None or cluster.status is not ClusterStatus.ACTIVE or not is_wanted:
        forget(account, provider, managed, one, "its provider or cluster is deleted")
        return
    why = _why_impossible(account, one.id, one.instance_type, one.zone, one.subnet)
    if why is not None:
        forget(account, provider, managed, one, why)
        return
    registration = _registration(account, one.id, one.instance_type, one.zone, one.subnet)
    tags = list(provider.tags) if managed.settings.tags_instances else []
    record = register_machine(account, cluster, registration, provider.name, tags)
    record.managed_instance = provider.name, one.id
    record.drains_on_notice = one.purchase is Purchase.SPOT
    one.state, one.container_instance = ManagedState.REGISTERED, record.id
    one.changed_at, one.tasks = account.time.now, ()
    account.time.record(record.arn, "registered")
    instance_arrived(account, cluster, record)
    instance_changed(account, cluster, record)
    account.choosing[provider.name] = None
    look_at(account, provider, account.time.now)
