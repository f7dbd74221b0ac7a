"""What must be true of providers, groups and waiting tasks of a session after time has moved."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import placement.ecs as ecs
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.groups import LifecycleState
from placement.ecs.control.capacity.placing import _prepared
from placement.ecs.control.capacity.providers import strategy_items
from placement.ecs.control.services.distribution import provider_counts
from placement.ecs.control.services.records import ServiceRecord
from placement.ecs.control.services.statuses import ServiceStatus
from placement.ecs.control.statuses import LifecycleStatus


def check_capacity(session: ecs.Session) -> None:
    """Hold what must be true of providers, groups and waiting tasks after time has moved."""
    account = session._account
    _check_groups(account)
    _check_members(account)
    _check_waiting(session.copy()._account)
    _check_shares(account.clusters["default"].services["spread"])
    _check_bounds(account)


def _check_groups(account: Account) -> None:
    """Counts are in their bounds, and an instance is in its group as long as it is there."""
    seen: set[str] = set()
    for group in account.groups.values():
        assert 0 <= group.minimum <= group.desired <= group.maximum
        assert account.is_ticking
        for one in group.instances.values():
            assert one.id not in seen
            seen.add(one.id)
            if one.state is LifecycleState.PENDING:
                assert one.container_instance is None
            if one.container_instance is not None:
                record = account.clusters[one.cluster or ""].instances[one.container_instance]
                assert record.is_registered, "an instance is in its group and gone"
                assert record.group_instance == (group.name, one.id)
            if one.state is LifecycleState.TERMINATING_WAIT:
                assert (
                    account.clusters[one.cluster or ""]
                    .instances[one.container_instance or ""]
                    .tasks
                )
            assert one.state is not LifecycleState.TERMINATING
        open_ones = [one for one in group.activities.values() if one.ended_at is None]
        assert len(open_ones) <= len(group.instances)


def _check_members(account: Account) -> None:
    """A container instance of a group is an instance of it; its tasks are of its provider."""
    for cluster in account.clusters.values():
        for record in cluster.instances.values():
            if not record.is_registered or record.group_instance is None:
                continue
            name, id = record.group_instance
            assert id in account.groups[name].instances, "a machine of no group is registered"
            provider = record.capacity_provider
            if provider is not None:
                assert account.providers[provider].group == name
                assert provider in cluster.capacity_providers
            for task in record.tasks.values():
                assert task.settings.capacity_provider in (None, provider)


def _check_waiting(account: Account) -> None:
    """Waiting tasks are within the quota, are in no place, and fit nowhere."""
    for cluster in account.clusters.values():
        waiting = cluster.provisioning
        assert len(waiting) <= account.options.provisioning_limit
        own = {
            number
            for number, task in account.live.items()
            if task.life is not None
            and task.life.is_waiting
            and task.life.cluster is cluster
            and task.desired_status is not LifecycleStatus.STOPPED
        }
        assert own == waiting.keys()
        kinds: set[Any] = set()
        for number, one in waiting.items():
            task = account.live[number]
            assert (task.last_status, task.instance) == (LifecycleStatus.PROVISIONING, None)
            assert account.time.now < one.created_at + 1800 * 1_000_000
            if one.kind in kinds or not len(cluster.engine):
                continue
            kinds.add(one.kind)
            prepared = _prepared(cluster, task, one.kind)
            assert prepared is not None
            assert cluster.engine.place_many([prepared], [0]).rows.tolist() == [-1]


def _check_shares(service: ServiceRecord) -> None:
    """No provider exceeds its exact share by one or more; of two none differs by one (S11.2).

    The service is never scaled in, so that tasks leave only where others take their places.
    """
    for deployment in service.deployments:
        counts = provider_counts(deployment)
        if sum(counts.values()) != service.desired_count or len(service.deployments) > 1:
            continue
        items = strategy_items(deployment.revision.strategy)
        weights = sum(one.weight for one in items)
        beyond = sum(max(counts[one.provider] - one.base, 0) for one in items)
        for one in items:
            share = Fraction(beyond * one.weight, weights)
            own = counts[one.provider] - one.base
            assert own >= 0 or beyond == 0
            assert abs(max(own, 0) - share) < 1, (counts, items)


def _check_bounds(account: Account) -> None:
    for service in account.services.values():
        if service.status is not ServiceStatus.INACTIVE:
            assert 0 <= service.desired_count <= account.options.tasks_per_service
