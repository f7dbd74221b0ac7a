"""Infrastructure optimisation: which Managed Instances leave now, and when to look again (S12.3).

In: an account and a provider on whose instances tasks started or stopped.  Out: instances that are
drained, deregistered or ended, and the moment of the next look in the queue.  Rules are those of
``placement.scaling.optimisation``; whether tasks fit elsewhere is tried in a trial of the engine.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from fractions import Fraction

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.choice import zone_counts
from placement.ecs.control.capacity.managed.daemon_sizes import daemon_sizes
from placement.ecs.control.capacity.managed.ending import (
    begin_deregistering,
    begin_draining,
    end_now,
    record_of,
)
from placement.ecs.control.capacity.managed.fitting import Places, kind_of
from placement.ecs.control.capacity.managed.moves import (
    RoomElsewhere,
    content_of,
    tasks_by_kind,
)
from placement.ecs.control.capacity.managed.offers import offers_of, zones_of
from placement.ecs.control.capacity.managed.records import (
    ManagedCapacity,
    ManagedInstanceRecord,
    ManagedState,
    Purchase,
)
from placement.ecs.control.capacity.managed.watching import look_at
from placement.ecs.control.capacity.managed.wishes import service_wish
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.task_records import is_daemon
from placement.scaling.groups import zone_order
from placement.scaling.managed_instances import InstanceOffer, PendingTask, replacement
from placement.scaling.optimisation import (
    DeregisterInstance,
    DrainInstance,
    LeaveReason,
    ManagedInstance,
    optimise,
    scale_in_delay,
)

__all__ = ["look_at_instances", "look_is_due"]

DELETED = "the capacity provider is deleted"


def look_is_due(account: Account, name: str) -> None:
    """A look at a provider is due; it is taken when all else of the instant has been done.

    So an instance that has just registered gets its tasks first, and one whose last task has
    stopped gets the task that replaces it.
    """
    provider = account.providers.get(name)
    managed = None if provider is None else provider.managed
    if managed is None or managed.look_at is None or managed.look_at > account.time.now:
        return
    managed.look_at = None
    account.looking[name] = None


def look_at_instances(account: Account) -> None:
    """Let instances leave that are idle, underused or old; look again in time."""
    names, account.looking = account.looking, {}
    for name in names:
        provider = account.providers.get(name)
        if provider is not None and provider.managed is not None:
            _look(account, provider, provider.managed)


def _look(account: Account, provider: ProviderRecord, managed: ManagedCapacity) -> None:
    now = account.time.now
    look = _Look(account, provider, managed)
    if provider.is_leaving:
        look.drain_all()
    delay = scale_in_delay(managed.settings.scale_in_after)
    result = optimise(look.instances(delay), now, delay, look.fits, look.price_of_new)
    for action in result.actions:
        look.carry_out(action)
    if result.next_at is not None:
        look_at(account, provider, result.next_at)


@attrs.define
class _Look:
    """One look at the instances of a provider."""

    account: Account
    provider: ProviderRecord
    managed: ManagedCapacity
    _room: RoomElsewhere | None = None
    _prices: dict[Hashable, Fraction | None] = attrs.field(factory=dict)

    def registered(self) -> Iterator[tuple[ManagedInstanceRecord, ClusterRecord, InstanceRecord]]:
        """Yield the instances that are registered and not DEREGISTERING."""
        for one in list(self.managed.instances.values()):
            if one.state is ManagedState.REGISTERED:
                found = record_of(self.account, self.managed, one)
                if found is not None:
                    yield one, *found

    def instances(self, delay: int | None) -> list[ManagedInstance]:
        """Return them as values; whether one keeps its tasks is only found where it may matter."""
        now = self.account.time.now
        values = []
        for one, _, record in self.registered():
            lives = [task.life for task in record.tasks.values() if not is_daemon(task)]
            is_due = delay is not None and one.changed_at + delay <= now and bool(lives)
            values.append(
                ManagedInstance(
                    one.id,
                    len(lives),
                    one.changed_at,
                    one.launched_at,
                    one.price,
                    is_due and _keeps_tasks(record),
                    record.is_draining,
                )
            )
        return values

    def drain_all(self) -> None:
        """Drain all instances: the provider is being deleted."""
        for one, _, record in self.registered():
            if not record.is_draining:
                begin_draining(self.account, self.managed, one, DELETED)

    def carry_out(self, action: DeregisterInstance | DrainInstance) -> None:
        """Do what an action says."""
        one = self.managed.instances[str(action.key)]
        reason = action.reason.value
        if isinstance(action, DrainInstance):
            begin_draining(self.account, self.managed, one, reason)
        elif action.reason is LeaveReason.LIFETIME_OVER:
            found = record_of(self.account, self.managed, one)
            if found is not None:
                self.account.time.record(found[1].arn, "DEREGISTERING", reason)
            end_now(self.account, self.provider, self.managed, one, reason)
        else:
            begin_deregistering(self.account, self.provider, self.managed, one, reason)

    def fits(self, key: Hashable, others: tuple[Hashable, ...]) -> bool:
        """Return whether all tasks of an instance fit on what other instances have free (D84)."""
        found = record_of(self.account, self.managed, self.managed.instances[str(key)])
        if found is None:
            return False
        cluster, record = found
        if self._room is None:
            staying = [self.managed.instances[str(one)] for one in (key, *others)]
            members = {one.container_instance: one for one in staying if one.container_instance}
            self._room = RoomElsewhere(cluster, self.provider.name, members)
        return self._room.takes(record)

    def price_of_new(self, key: Hashable) -> Fraction | None:
        """Return what one new instance for all tasks of an instance costs (D84).

        The answer is kept until the tasks of the instance, or what may be launched, have changed.
        """
        account, managed = self.account, self.managed
        one = managed.instances[str(key)]
        found = record_of(account, managed, one)
        if found is None or Purchase.RESERVED in (one.purchase, managed.settings.purchase):
            return None  # reserved instances go by preference, whatever they cost
        cluster, record = found
        counts = zone_counts(account, managed)
        if one.zone in counts:
            counts[one.zone] -= 1
        offers = offers_of(account, managed.settings, managed.settings.purchase)
        known_by = (
            content_of(tasks_by_kind(record)),
            tuple(zone_order(counts)),
            managed.settings.requirements,
            managed.settings.purchase,
            managed.failed | managed.scarce,
            daemon_sizes(account, cluster, self.provider.name),
        )
        if one.replacement is None or one.replacement[0] != known_by:
            if known_by not in self._prices:
                self._prices[known_by] = self._price(cluster, record, counts, offers)
            one.replacement = known_by, self._prices[known_by]
        return one.replacement[1]

    def _price(
        self,
        cluster: ClusterRecord,
        record: InstanceRecord,
        counts: Mapping[str, int],
        offers: tuple[InstanceOffer, ...],
    ) -> Fraction | None:
        account, managed = self.account, self.managed
        places = Places(account, self.provider.name, zones_of(account, managed.settings))
        pending = []
        for (service, deployment, zone), tasks in tasks_by_kind(record).items():
            wish = service_wish(service, deployment, self.provider.name, zone)
            kind = kind_of(wish, places, offers)
            pending += [PendingTask(task.id, kind) for task in tasks]
        chosen = replacement(
            pending,
            offers,
            counts,
            daemons=daemon_sizes(account, cluster, self.provider.name),
            failed=managed.failed | managed.scarce,
        )
        return None if chosen is None else chosen.price


def _keeps_tasks(record: InstanceRecord) -> bool:
    """Return whether a task on an instance is protected or of no service: it is not drained."""
    return any(
        task.protected_until is not None
        or task.life is None
        or task.life.service is None
        or task.life.deployment is None
        for task in record.tasks.values()
        if not is_daemon(task)
    )
