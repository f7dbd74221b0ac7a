"""Which Managed Instances are launched for waiting tasks, decided at every instant (S12.2, C45).

In: an account in which tasks wait, after those that fit on running instances have been placed.
Out: launches, and in the history why a task waits on.  Types are chosen by
``placement.scaling.managed_instances``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.managed.daemon_sizes import daemon_sizes
from placement.ecs.control.capacity.managed.fitting import Places, Wish, kind_of
from placement.ecs.control.capacity.managed.launching import begin_launch
from placement.ecs.control.capacity.managed.offers import offers_of, zones_of
from placement.ecs.control.capacity.managed.records import (
    ManagedCapacity,
    ManagedState,
    Purchase,
)
from placement.ecs.control.capacity.managed.wishes import run_wish, service_wish
from placement.ecs.control.capacity.providers import ProviderRecord, ProviderStatus
from placement.ecs.control.capacity.registering import MAX_INSTANCES
from placement.ecs.control.capacity.waiting import RunWish, ServiceWish
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.statuses import ClusterStatus
from placement.scaling.managed_instances import (
    ChoiceResult,
    InstanceOffer,
    PendingTask,
    StillWaiting,
    TaskKind,
    choose,
)
from placement.scaling.waiting import WaitingTask
from placement.timestamps import MINUTE

__all__ = ["choose_instances", "try_again", "zone_counts"]

CLUSTER_FULL = f"a cluster has at most {MAX_INSTANCES} instances"


def choose_instances(account: Account) -> None:
    """Launch instances for the waiting tasks of the providers to which something happened."""
    names, account.choosing = account.choosing, {}
    for name in names:
        provider = account.providers.get(name)
        managed = None if provider is None else provider.managed
        cluster = None if managed is None else account.clusters.get(managed.cluster)
        if provider is None or managed is None or cluster is None or provider.is_leaving:
            continue
        is_usable = provider.status is ProviderStatus.ACTIVE
        if is_usable and cluster.status is ClusterStatus.ACTIVE:
            _choose(account, provider, managed, cluster)


def try_again(account: Account, name: str) -> None:
    """A full minute: launches that have failed are tried again (C45)."""
    provider = account.providers.get(name)
    managed = None if provider is None else provider.managed
    if managed is None or managed.retry_at is None:
        return
    if managed.retry_at <= account.time.now:
        managed.retry_at, managed.failed = None, frozenset()
        account.choosing[name] = None


def _choose(
    account: Account, provider: ProviderRecord, managed: ManagedCapacity, cluster: ClusterRecord
) -> None:
    waiting = {
        number: one
        for number, one in cluster.provisioning.items()
        if isinstance(one.kind, ServiceWish | RunWish) and one.kind.provider == provider.name
    }
    _prune(managed, waiting)
    given = {number for one in managed.instances.values() for number in one.tasks}
    now = account.time.now
    at_once = {number for number, moment in managed.served.items() if moment == now} - given
    open_tasks = [one for number, one in waiting.items() if number not in given | at_once]
    still: list[StillWaiting] = []
    for purchase in _purchases(managed):
        if not open_tasks:
            break
        still = _launch_for(account, provider, managed, cluster, open_tasks, purchase)
        left = {one.key for one in still}
        open_tasks = [one for one in open_tasks if one.key in left]
    _say(account, managed, still)
    if managed.failed or at_once:
        _try_later(account, provider, managed)


def _purchases(managed: ManagedCapacity) -> Iterator[Purchase]:
    yield managed.settings.purchase
    if managed.settings.falls_back:
        yield Purchase.ON_DEMAND


def _launch_for(
    account: Account,
    provider: ProviderRecord,
    managed: ManagedCapacity,
    cluster: ClusterRecord,
    waiting: Iterable[WaitingTask],
    purchase: Purchase,
) -> list[StillWaiting]:
    """Launch instances of one purchase option; return the tasks that wait on."""
    offers = offers_of(account, managed.settings, purchase)
    steps = choose(
        _pending(account, provider, managed, waiting, offers),
        offers,
        zone_counts(account, managed),
        daemons=daemon_sizes(account, cluster, provider.name),
        failed=managed.failed,
        by_preference=purchase is Purchase.RESERVED,
    )
    answer: int | None = None
    while True:
        try:
            action = next(steps) if answer is None else steps.send(answer)
        except StopIteration as end:
            result: ChoiceResult = end.value
            managed.failed = result.failed
            return list(result.waiting)
        launching = sum(one.state is ManagedState.LAUNCHING for one in managed.instances.values())
        if len(cluster.engine) + launching >= MAX_INSTANCES:
            steps.close()
            account.time.record(provider.arn, "no instance is launched", CLUSTER_FULL)
            _try_later(account, provider, managed)
            return []
        answer = int(begin_launch(account, provider, managed, action, purchase))


def _pending(
    account: Account,
    provider: ProviderRecord,
    managed: ManagedCapacity,
    waiting: Iterable[WaitingTask],
    offers: tuple[InstanceOffer, ...],
) -> list[PendingTask]:
    """Return waiting tasks in order of creation, with what they ask of new instances."""
    places = Places(account, provider.name, zones_of(account, managed.settings))
    kinds: dict[Hashable, TaskKind] = {}
    found = []
    for one in waiting:
        wish = _wish(account, one)
        if wish is None:
            continue
        kind = kinds.get(wish.key)
        if kind is None:
            kind = kinds[wish.key] = kind_of(wish, places, offers)
        found.append(PendingTask(one.key, kind))
    return found


def _wish(account: Account, waiting: WaitingTask) -> Wish | None:
    """Return what a waiting task asks for, None if it has ended."""
    task = account.live.get(waiting.key) if isinstance(waiting.key, int) else None
    life = None if task is None else task.life
    if life is None:
        return None
    if isinstance(waiting.kind, RunWish):
        return run_wish(waiting.kind)
    if life.service is None or life.deployment is None or not isinstance(waiting.kind, ServiceWish):
        return None
    return service_wish(life.service, life.deployment, waiting.kind.provider, waiting.kind.zone)


def zone_counts(account: Account, managed: ManagedCapacity) -> dict[str, int]:
    """Return how many instances a provider has by zone: launching ones count, leaving ones not."""
    cluster = account.clusters.get(managed.cluster)
    instances = {} if cluster is None else cluster.instances
    counts = Counter(
        one.zone
        for one in managed.instances.values()
        if one.container_instance is None
        or (
            one.state is ManagedState.REGISTERED
            and not instances[one.container_instance].is_draining
        )
    )
    return {zone: counts[zone] for zone in zones_of(account, managed.settings)}


def _try_later(account: Account, provider: ProviderRecord, managed: ManagedCapacity) -> None:
    """Try again at the next full minute."""
    now = account.time.now
    moment = now - now % MINUTE + MINUTE
    if managed.retry_at != moment:
        managed.retry_at = moment
        account.time.push(moment, Phase.INSTANCES, 0, "managed-retry", provider.name)


def _prune(managed: ManagedCapacity, waiting: dict[int, WaitingTask]) -> None:
    """Forget what is known of tasks that wait no longer."""
    for known in (managed.served, managed.unserved):
        for number in [number for number in known if number not in waiting]:
            del known[number]


def _say(account: Account, managed: ManagedCapacity, still: Iterable[StillWaiting]) -> None:
    """Note in the history why nothing is launched for a task, once for each reason."""
    for one in still:
        number = one.key
        task = account.live.get(number) if isinstance(number, int) else None
        if task is None or not isinstance(number, int):
            continue
        reason = one.reason.value
        if managed.unserved.get(number) != reason:
            managed.unserved[number] = reason
            account.time.record(task.arn, "no instance is launched", reason)
