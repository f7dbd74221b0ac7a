"""Copy an account: an account of its own at the same moment, with the same future (C24).

In: an account.  Out: another one that shares only what never changes (task definitions' documents,
requests, settings, functions of the caller).  Records are copied field by field, one function a
class: half a million of them take a second, which ``copy.deepcopy`` does not.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.caller_functions import CallerFunctions
from placement.ecs.control.capacity.groups import Activity, GroupInstanceRecord, GroupRecord
from placement.ecs.control.capacity.managed.records import ManagedCapacity, ManagedInstanceRecord
from placement.ecs.control.capacity.providers import ProviderRecord
from placement.ecs.control.collector import no_collection
from placement.ecs.control.model_time import ModelTime
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, InstanceRecord
from placement.ecs.control.services.records import (
    DeploymentRecord,
    RevisionRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.targets import TargetFinding
from placement.ecs.control.task_records import (
    Attachment,
    ContainerCheck,
    ContainerRecord,
    ManagedAgent,
    StopRecord,
    TaskLife,
    TaskRecord,
)

__all__ = ["copy_account", "restore_account"]

Record = TypeVar("Record", bound=attrs.AttrsInstance)


def _copier(kind: type[Record]) -> Callable[[Record], Record]:
    """Return a function that copies a record of an attrs class, field by field.

    It is compiled from one assignment a field, as attrs compiles ``__init__``: half the time of a
    call with all values, which for 50,000 tasks with their lives and containers is 50 ms.
    """
    names = [field.name for field in attrs.fields(kind)]
    lines = ["def copied(record):", "    twin = new(kind)"]
    lines += [f"    twin.{name} = record.{name}" for name in names]
    made: dict[str, Any] = {"kind": kind, "new": object.__new__}
    exec("\n".join([*lines, "    return twin"]), made)
    copied: Callable[[Record], Record] = made["copied"]
    return copied


_task, _life, _check = _copier(TaskRecord), _copier(TaskLife), _copier(ContainerCheck)
_container, _attachment = _copier(ContainerRecord), _copier(Attachment)
_agent, _stop = _copier(ManagedAgent), _copier(StopRecord)
_instance, _cluster = _copier(InstanceRecord), _copier(ClusterRecord)
_definition, _deployment = _copier(DefinitionRecord), _copier(DeploymentRecord)
_provider, _group = _copier(ProviderRecord), _copier(GroupRecord)
_group_instance, _activity = _copier(GroupInstanceRecord), _copier(Activity)
_managed, _managed_instance = _copier(ManagedCapacity), _copier(ManagedInstanceRecord)
_service, _service_deployment = _copier(ServiceRecord), _copier(ServiceDeploymentRecord)


@attrs.frozen(eq=False)
class _Twins:
    """The copies that other records refer to.

    Attributes:
        definitions: Task definitions, by the identity of the record that was copied.
        revisions: Service revisions, likewise.
        tasks: The tasks that are not STOPPED (pools have no others), by creation number.
        services: All services, by creation number.
        deployments: The deployments of these services, those of the past too, by creation number.
    """

    definitions: dict[int, DefinitionRecord]
    revisions: dict[int, RevisionRecord] = attrs.field(factory=dict)
    tasks: dict[int, TaskRecord] = attrs.field(factory=dict)
    services: dict[int, ServiceRecord] = attrs.field(factory=dict)
    deployments: dict[int, DeploymentRecord] = attrs.field(factory=dict)

    def of(self, pool: dict[int, TaskRecord]) -> dict[int, TaskRecord]:
        """Return a pool of tasks with their copies in the same order."""
        return dict(zip(pool, map(self.tasks.__getitem__, pool), strict=True)) if pool else {}

    def revision(self, one: RevisionRecord) -> RevisionRecord:
        """Return the copy of a revision, which is made the first time."""
        found = self.revisions.get(id(one))
        if found is None:
            definition = self.definitions.get(id(one.definition), one.definition)
            found = self.revisions[id(one)] = attrs.evolve(one, definition=definition)
        return found

    def deployment(self, one: DeploymentRecord) -> DeploymentRecord:
        """Return the copy of a deployment, which is made the first time."""
        found = self.deployments.get(one.number)
        if found is None:
            found = self.deployments[one.number] = _deployment(one)
            found.revision = self.revision(one.revision)
            found.pools = {kind: self.of(pool) for kind, pool in one.pools.items()}
            found.stopping = self.of(one.stopping)
            found.requests = dict(one.requests)
        return found


def copy_account(account: Account) -> Account:
    """Return an independent account at the same moment."""
    with no_collection():
        return _copied(account)


def _copied(account: Account) -> Account:
    twin = object.__new__(Account)
    vars(twin).update(vars(account))
    twin.functions = CallerFunctions()
    twin.time = _time(account.time)
    twin._ids = random.Random()
    twin._ids.setstate(account._ids.getstate())
    twin.families = {
        family: [_copied_definition(one) for one in revisions]
        for family, revisions in account.families.items()
    }
    twin.subnets = dict(account.subnets)
    twin.settings, twin.tokens = dict(account.settings), dict(account.tokens)
    twin.waiting = {name: dict(numbers) for name, numbers in account.waiting.items()}
    twin.woken, twin.unsteady = set(account.woken), set(account.unsteady)
    twin.targets = dict(account.targets)
    twin.elb = account.elb.copy()
    _rebind_findings(twin)
    twin.alarms = account.alarms.copy()
    twin.metrics, twin.scaling = account.metrics.copy(), account.scaling.copy()
    twin.daemons = account.daemons.copy()
    twin.alarm_watchers = {name: dict(who) for name, who in account.alarm_watchers.items()}
    twin.registered_functions = dict(account.registered_functions)
    twin.notes = list(account.notes)
    twin.providers = {name: _copied_provider(one) for name, one in account.providers.items()}
    twin.groups = {name: _copied_group(one) for name, one in account.groups.items()}
    twin.machine_templates = dict(account.machine_templates)
    twin.placeable, twin.choosing = dict(account.placeable), dict(account.choosing)
    twin.looking = dict(account.looking)
    definitions = {
        id(old): new
        for family, revisions in account.families.items()
        for old, new in zip(revisions, twin.families[family], strict=True)
    }
    twins = _Twins(definitions)
    twin.clusters = {
        name: _copied_cluster(cluster, twins) for name, cluster in account.clusters.items()
    }
    for task in twins.tasks.values():
        if task.life is not None:
            _rebind(task.life, twin.clusters, twins)
    twin.live = twins.of(account.live)
    services = twins.services
    twin.services = {number: services[number] for number in account.services if number in services}
    return twin


def restore_account(account: Account, copied: Account) -> None:
    """Put an account back to what a copy holds; the copy must not be used afterwards."""
    vars(account).clear()
    vars(account).update(vars(copied))


def _time(time: ModelTime) -> ModelTime:
    return ModelTime(time.now, time.queue.copy(), list(time.told), list(time.history), time.moving)


def _rebind_findings(twin: Account) -> None:
    """Let targets ask the caller's functions by way of the new account."""
    for group in twin.elb.targets.groups.values():
        for target in group.targets.values():
            finding = target.finding
            if isinstance(finding, TargetFinding):
                target.finding = attrs.evolve(finding, functions=twin.functions)


def _copied_definition(definition: DefinitionRecord) -> DefinitionRecord:
    twin = _definition(definition)
    twin.tags = list(definition.tags)
    return twin


def _copied_cluster(cluster: ClusterRecord, twins: _Twins) -> ClusterRecord:
    twin = _cluster(cluster)
    twin.engine = cluster.engine.copy()
    for name in ("tags", "settings", "capacity_providers", "default_strategy", "attachments"):
        setattr(twin, name, list(getattr(cluster, name)))
    twin.daemons = dict(cluster.daemons)
    twin.provisioning = dict(cluster.provisioning)
    twin.zone_watch = {
        key: attrs.evolve(watch, services=dict(watch.services))
        for key, watch in cluster.zone_watch.items()
    }
    twin.tasks = {name: _copied_task(task) for name, task in cluster.tasks.items()}
    for task in twin.tasks.values():
        if task.life is not None:
            twins.tasks[task.life.number] = task
    twin.instances = {
        name: _copied_instance(instance, twins) for name, instance in cluster.instances.items()
    }
    twin.services = {}
    for name, service in cluster.services.items():
        copied = twins.services[service.number] = _copied_service(service, twin, twins)
        twin.services[name] = copied
    return twin


def _copied_provider(provider: ProviderRecord) -> ProviderRecord:
    twin = _provider(provider)
    if provider.managed is not None:
        managed = twin.managed = _managed(provider.managed)
        managed.instances = {
            id: _managed_instance(one) for id, one in provider.managed.instances.items()
        }
        managed.served = dict(provider.managed.served)
        managed.unserved = dict(provider.managed.unserved)
    return twin


def _copied_group(group: GroupRecord) -> GroupRecord:
    twin = _group(group)
    twin.document, twin.balancing = dict(group.document), dict(group.balancing)
    twin.instances = {id: _group_instance(one) for id, one in group.instances.items()}
    twin.census = None if group.census is None else group.census.copy()
    twin.changed = set(group.changed)
    twin.activities = {id: _activity(one) for id, one in group.activities.items()}
    return twin


def _copied_task(task: TaskRecord) -> TaskRecord:
    twin = _task(task)
    twin.containers = [_copied_container(one) for one in task.containers]
    if task.attachments:
        twin.attachments = [_attachment(one) for one in task.attachments]
        for container in twin.containers:
            if container.interfaces:
                container.interfaces = twin.attachments
    twin.tags = list(task.tags)
    if task.stop is not None:
        twin.stop = _stop(task.stop)
    if task.life is not None:
        twin.life = _life(task.life)
        if task.life.checks:
            twin.life.checks = tuple(map(_check, task.life.checks))
    return twin


def _copied_container(container: ContainerRecord) -> ContainerRecord:
    twin = _container(container)
    if container.agents:
        twin.agents = [_agent(one) for one in container.agents]
    return twin


def _rebind(life: TaskLife, clusters: dict[str, ClusterRecord], twins: _Twins) -> None:
    """Let a copied task belong to the copies of its cluster, service and deployment."""
    life.cluster = clusters[life.cluster.name]
    if life.service is None:
        return
    life.service = twins.services.get(life.service.number)
    if life.deployment is not None:
        life.deployment = twins.deployments.get(life.deployment.number, life.deployment)


def _copied_instance(instance: InstanceRecord, twins: _Twins) -> InstanceRecord:
    twin = _instance(instance)
    twin.ports = instance.ports.copy()
    twin.tags, twin.attachments = list(instance.tags), list(instance.attachments)
    twin.tasks, twin.waiting = twins.of(instance.tasks), twins.of(instance.waiting)
    twin.stopping = twins.of(instance.stopping)
    twin.awaited = dict(instance.awaited)
    return twin


def _copied_service(service: ServiceRecord, cluster: ClusterRecord, twins: _Twins) -> ServiceRecord:
    twin = _service(service)
    twin.cluster = cluster
    twin.document, twin.tags = dict(service.document), list(service.tags)
    twin.events = deque(service.events, service.events.maxlen)
    twin.throttles, twin.said = dict(service.throttles), dict(service.said)
    twin.notes, twin.attention = list(service.notes), dict(service.attention)
    twin.prepared = {}
    if service.daemons is not None:
        twin.daemons = service.daemons.copy()
    twin.revisions = [twins.revision(one) for one in service.revisions]
    twin.deployments = [twins.deployment(one) for one in service.deployments]
    if service.completed is not None:
        twin.completed = twins.deployment(service.completed)
    twin.service_deployments = []
    for one in service.service_deployments:
        copied = _service_deployment(one)
        copied.target = twins.deployment(one.target)
        copied.sources = [twins.deployment(source) for source in one.sources]
        copied.hook_ids = dict(one.hook_ids)
        twin.service_deployments.append(copied)
    return twin
