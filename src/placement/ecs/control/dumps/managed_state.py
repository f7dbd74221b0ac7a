"""Managed Instances in documents: what ``placementState`` has of them, and what follows (C50, S12).

In: an account, or the section ``managed`` of the state.  Out: the other.  No call prints which
instances are launching and for which tasks, what they cost, when a task last came or went, and
which launches have failed.  Without the section an instance is as old as its registration, and its
last change is the start of its newest task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from placement.documents.dump import STATE
from placement.documents.fields import mapping, sequence
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.offers import offers_of
from placement.ecs.control.capacity.managed.records import (
    ManagedCapacity,
    ManagedInstanceRecord,
    ManagedState,
    Purchase,
)
from placement.ecs.control.capacity.managed.watching import look_at
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.capacity.waiting import RunWish, ServiceWish
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.prices import exact_number
from placement.ecs.control.instances import status_of
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.errors import DocumentError
from placement.model.checks import checked_text
from placement.timestamps import microseconds

__all__ = ["ManagedLoader", "managed_document"]

HERE = f"{STATE}.managed"

Pair = tuple[str, str]


# Written


def managed_document(account: Account) -> Document:
    """Return the section: providers by name, and instances that keep their protected tasks."""
    providers = {
        name: _provider_document(account, one.managed)
        for name, one in account.providers.items()
        if one.managed is not None
    }
    keeping = [
        one.arn
        for cluster in account.clusters.values()
        for one in cluster.instances.values()
        if one.is_registered and one.keeps_protected
    ]
    document = {"providers": providers, "keepsProtected": keeping}
    return {name: value for name, value in document.items() if value}


def _provider_document(account: Account, managed: ManagedCapacity) -> Document:
    document: Document = {
        "instances": {
            one.id: _instance_document(account, one) for one in managed.instances.values()
        },
        "failed": sorted(map(list, managed.failed)),
        "scarce": sorted(map(list, managed.scarce)),
        "served": _by_arn(account, managed.served),
        "unserved": _by_arn(account, managed.unserved),
        "lookAt": managed.look_at,
        "retryAt": managed.retry_at,
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def _instance_document(account: Account, one: ManagedInstanceRecord) -> Document:
    document: Document = {
        "zone": one.zone,
        "subnet": one.subnet,
        "type": one.instance_type,
        "purchase": one.purchase.value,
        "price": None if one.price is None else str(one.price),
        "launchedAt": one.launched_at,
        "changedAt": one.changed_at,
        "tasks": [account.live[number].arn for number in one.tasks if number in account.live],
        "state": one.state.value,
        "containerInstance": one.container_instance,
    }
    return {name: value for name, value in document.items() if value not in (None, [])}


def _by_arn(account: Account, known: Mapping[int, Any]) -> Document:
    """Return values by the ARNs of tasks; those that have ended are left out."""
    return {
        account.live[number].arn: value for number, value in known.items() if number in account.live
    }


# Read


class ManagedLoader:
    """Gives providers of Managed Instances their instances, and lets them go on.

    Args:
        account: A new account; its clusters, instances and providers are loaded.
        state: ``placementState``.
    """

    def __init__(self, account: Account, state: Mapping[str, Any]) -> None:
        self._account = account
        section = mapping(state.get("managed"), HERE)
        self._providers = mapping(section.get("providers"), f"{HERE}.providers")
        self._keeping = Fields(section, HERE).texts("keepsProtected")
        self._tasks: dict[str, list[str]] = {}
        """ARNs of the tasks for which instances are launched, by the ids of these."""
        self._served: dict[str, dict[str, int]] = {}
        self._unserved: dict[str, dict[str, str]] = {}
        """By the name of the provider: values by the ARN of the waiting task."""

    def load(self) -> None:
        """Add the instances of all providers.

        Raises:
            DocumentError: something has not the form that ``to_ecs`` gives it.
        """
        for name, value in self._providers.items():
            path = f"{HERE}.providers.{name}"
            provider = self._account.providers.get(name)
            managed = None if provider is None else provider.managed
            self._read_provider(name, managed, Fields(mapping(value, path), path))
        for provider in self._account.providers.values():
            if provider.managed is not None:
                self._add_described(provider, provider.managed)
        keeping = set(self._keeping)
        for cluster in self._account.clusters.values():
            for record in cluster.instances.values():
                record.keeps_protected = record.arn in keeping

    def _read_provider(self, name: str, managed: ManagedCapacity | None, fields: Fields) -> None:
        instances = mapping(fields.object("instances"), f"{fields.path}.instances")
        read = []
        for id, value in instances.items():
            path = f"{fields.path}.instances.{id}"
            read.append(self._read_instance(id, Fields(mapping(value, path), path)))
        failed, scarce = _pairs(fields, "failed"), _pairs(fields, "scarce")
        served = Fields(fields.object("served") or {}, f"{fields.path}.served")
        self._served[name] = {
            arn: moment for arn in served.rest() if (moment := served.microseconds(arn)) is not None
        }
        unserved = Fields(fields.object("unserved") or {}, f"{fields.path}.unserved")
        self._unserved[name] = {arn: unserved.text(arn, "") for arn in unserved.rest()}
        look_at, retry_at = fields.microseconds("lookAt"), fields.microseconds("retryAt")
        if managed is None:
            return
        managed.failed, managed.scarce = failed, scarce
        managed.look_at, managed.retry_at = look_at, retry_at
        for one in read:
            self._add(name, managed, one)

    def _read_instance(self, id: str, fields: Fields) -> ManagedInstanceRecord:
        launched_at = fields.microseconds("launchedAt")
        changed_at = fields.microseconds("changedAt")
        if launched_at is None or changed_at is None:
            raise DocumentError("expected launchedAt and changedAt", fields.path)
        price = fields.text("price")
        self._tasks[id] = fields.texts("tasks")
        return ManagedInstanceRecord(
            id,
            fields.text("zone", ""),
            fields.text("subnet", ""),
            fields.text("type", ""),
            fields.status("purchase", Purchase, Purchase.ON_DEMAND),
            None if price is None else exact_number(price, f"{fields.path}.price"),
            launched_at,
            changed_at,
            (),
            fields.status("state", ManagedState, ManagedState.REGISTERED),
            fields.text("containerInstance"),
        )

    def _add(self, name: str, managed: ManagedCapacity, one: ManagedInstanceRecord) -> None:
        """Add an instance of the state; one whose container instance is not there is gone."""
        if one.state is ManagedState.LAUNCHING:
            one.container_instance = None
            managed.instances[one.id] = one
            return
        cluster = self._account.clusters.get(managed.cluster)
        record = None if cluster is None else cluster.instances.get(one.container_instance or "")
        if record is not None and record.is_registered and record.managed_instance is None:
            managed.instances[one.id] = one
            record.managed_instance = name, one.id

    def _add_described(self, provider: ProviderRecord, managed: ManagedCapacity) -> None:
        """Add the instances that documents describe and of which the state says nothing."""
        cluster = self._account.clusters.get(managed.cluster)
        if cluster is None:
            return
        prices: dict[str, Fraction] | None = None
        starts = _newest_starts(cluster)
        for record in cluster.instances.values():
            is_own = record.capacity_provider == provider.name
            if not is_own or not record.is_registered or record.managed_instance is not None:
                continue
            if prices is None:
                offers = offers_of(self._account, managed.settings, managed.settings.purchase)
                prices = {offer.name: offer.price for offer in offers}
            one = self._described(cluster, record, managed, prices, starts.get(record.id))
            managed.instances[one.id] = one
            record.managed_instance = provider.name, one.id
            look_at(self._account, provider, self._account.time.now)

    def _described(
        self,
        cluster: ClusterRecord,
        record: InstanceRecord,
        managed: ManagedCapacity,
        prices: Mapping[str, Fraction],
        newest_start: int | None,
    ) -> ManagedInstanceRecord:
        description = cluster.engine.describe(record.id)
        attributes = description.attributes
        id = description.ec2_instance_id or record.id
        kind = attributes.get("ecs.instance-type") or ""
        now = self._account.time.now
        registered = min(now, microseconds(record.registered_at))
        is_leaving = status_of(cluster.engine, record.id) == "DEREGISTERING"
        return ManagedInstanceRecord(
            record.id if id in managed.instances else id,
            attributes.get("ecs.availability-zone") or "",
            attributes.get("ecs.subnet-id") or managed.settings.subnets[0],
            kind,
            managed.settings.purchase,
            prices.get(kind),
            registered,
            min(now, max(registered, newest_start or registered)),
            (),
            ManagedState.DEREGISTERING if is_leaving else ManagedState.REGISTERED,
            record.id,
        )

    # What is under way

    def begin(self) -> None:
        """Let launches, ends, looks and retries begin; the tasks have their lives (C50)."""
        account = self._account
        numbers = {task.arn: number for number, task in account.live.items()}
        for provider in account.providers.values():
            managed = provider.managed
            if managed is None:
                continue
            name = provider.name
            managed.served = _by_number(self._served.get(name, {}), numbers)
            managed.unserved = _by_number(self._unserved.get(name, {}), numbers)
            self._begin_instances(name, managed, numbers)
            moment, managed.look_at = managed.look_at, None
            if moment is not None:
                look_at(account, provider, max(moment, account.time.now))
            if managed.retry_at is not None:
                managed.retry_at = max(managed.retry_at, account.time.now)
                due = managed.retry_at
                account.time.push(due, Phase.INSTANCES, 0, "managed-retry", name)
            if _is_waited_for(account, name):
                account.choosing[name] = None

    def _begin_instances(
        self, name: str, managed: ManagedCapacity, numbers: Mapping[str, int]
    ) -> None:
        now, push = self._account.time.now, self._account.time.push
        for one in managed.instances.values():
            if one.state is ManagedState.LAUNCHING:
                arns = self._tasks.get(one.id, ())
                one.tasks = tuple(numbers[arn] for arn in arns if arn in numbers)
                moment = now + self._account.managed_launch_duration
                push(moment, Phase.INSTANCES, 0, "managed-launched", name, one.id)
            elif one.state is ManagedState.DEREGISTERING:
                push(now, Phase.INSTANCES, 1, "managed-leave", name, one.id)


def _newest_starts(cluster: ClusterRecord) -> dict[str, int]:
    """Return when the newest task of each instance started, those of managed daemons left out."""
    found: dict[str, int] = {}
    for task in cluster.tasks.values():
        is_counted = not task.settings.group.startswith("daemon:")
        if is_counted and task.instance is not None and task.started_at is not None:
            started = microseconds(task.started_at)
            found[task.instance] = max(started, found.get(task.instance, started))
    return found


def _by_number(known: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[int, Any]:
    return {numbers[arn]: value for arn, value in known.items() if arn in numbers}


def _is_waited_for(account: Account, name: str) -> bool:
    """Return whether a task waits for an instance of a provider."""
    return any(
        isinstance(one.kind, ServiceWish | RunWish) and one.kind.provider == name
        for cluster in account.clusters.values()
        for one in cluster.provisioning.values()
    )


def _pairs(fields: Fields, name: str) -> frozenset[Pair]:
    """Return pairs of zone and type."""
    path = f"{fields.path}.{name}"
    return frozenset(_pair(one, path) for one in fields.items(name))


def _pair(value: Any, path: str) -> Pair:
    parts: Iterable[Any] = sequence(value, path)
    texts = [checked_text(one, path) for one in parts]
    if len(texts) != 2:
        raise DocumentError("expected pairs of a zone and an EC2 type", path)
    return texts[0], texts[1]
