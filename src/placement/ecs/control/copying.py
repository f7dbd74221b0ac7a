"""Copy an account: an account of its own at the same moment, with the same future (C24).

In: an account.  Out: another one that shares only what never changes (task definitions' documents,
requests, settings, functions of the caller).  Records are copied field by field, one function a
class: half a million of them take a second, which ``copy.deepcopy`` does not.
"""

from __future__ import annotations

import gc
import random
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.caller_functions import CallerFunctions
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

Record = TypeVar("Record")


def _copier(kind: type[Record]) -> Callable[[Record], Record]:
    """Return a function that copies a record of an attrs class, field by field."""
    fields = attrs.fields(kind)  # type: ignore[arg-type]
    values = attrgetter(*(field.name for field in fields))

    def copied(record: Record) -> Record:
        return kind(*values(record))

    return copied


_task, _life, _check = _copier(TaskRecord), _copier(TaskLife), _copier(ContainerCheck)
_container, _attachment = _copier(ContainerRecord), _copier(Attachment)
_agent, _stop = _copier(ManagedAgent), _copier(StopRecord)
_instance, _cluster = _copier(InstanceRecord), _copier(ClusterRecord)
_definition, _deployment = _copier(DefinitionRecord), _copier(DeploymentRecord)
_service, _service_deployment = _copier(ServiceRecord), _copier(ServiceDeploymentRecord)


def copy_account(account: Account) -> Account:
    """Return an independent account at the same moment.

    The garbage collector waits meanwhile: hundreds of thousands of new records, none of them
    garbage, would make it look at all objects of the process many times (more than half the time).
    """
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        return _copied(account)
    finally:
        if is_enabled:
            gc.enable()


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
    twin.tokens = dict(account.tokens)
    twin.waiting = {name: dict(numbers) for name, numbers in account.waiting.items()}
    twin.woken, twin.unsteady = set(account.woken), set(account.unsteady)
    twin.targets = dict(account.targets)
    twin.elb = account.elb.copy()
    _rebind_findings(twin)
    twin.alarms = account.alarms.copy()
    twin.alarm_watchers = {name: dict(who) for name, who in account.alarm_watchers.items()}
    twin.registered_functions = dict(account.registered_functions)
    twin.notes = list(account.notes)
    tasks: dict[int, TaskRecord] = {}
    definitions = {
        id(old): new
        for family, revisions in account.families.items()
        for old, new in zip(revisions, twin.families[family], strict=True)
    }
    twin.clusters = {}
    services: dict[int, ServiceRecord] = {}
    for name, cluster in account.clusters.items():
        twin.clusters[name] = _copied_cluster(cluster, tasks, services, definitions)
    for record in tasks.values():
        if record.life is not None:
            _rebind(record.life, twin, services)
    twin.live = {number: tasks[id(task)] for number, task in account.live.items()}
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


def _copied_cluster(
    cluster: ClusterRecord,
    tasks: dict[int, TaskRecord],
    services: dict[int, ServiceRecord],
    definitions: dict[int, DefinitionRecord],
) -> ClusterRecord:
    twin = _cluster(cluster)
    twin.engine = cluster.engine.copy()
    for name in ("tags", "settings", "capacity_providers", "default_strategy", "attachments"):
        setattr(twin, name, list(getattr(cluster, name)))
    twin.daemons = dict(cluster.daemons)
    twin.zone_watch = {
        key: attrs.evolve(watch, services=dict(watch.services))
        for key, watch in cluster.zone_watch.items()
    }
    twin.tasks = {}
    for name, task in cluster.tasks.items():
        twin.tasks[name] = tasks[id(task)] = _copied_task(task)
    twin.instances = {
        name: _copied_instance(instance, tasks) for name, instance in cluster.instances.items()
    }
    twin.services = {}
    for name, service in cluster.services.items():
        copied = services[service.number] = _copied_service(service, twin, tasks, definitions)
        twin.services[name] = copied
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


def _rebind(life: TaskLife, twin: Account, services: dict[int, ServiceRecord]) -> None:
    """Let a copied task belong to the copies of its cluster, service and deployment."""
    life.cluster = twin.clusters[life.cluster.name]
    if life.service is None:
        return
    service = services.get(life.service.number)
    life.service = service
    if service is not None and life.deployment is not None:
        number = life.deployment.number
        life.deployment = next(
            (one for one in service.deployments if one.number == number), life.deployment
        )


def _copied_instance(instance: InstanceRecord, tasks: dict[int, TaskRecord]) -> InstanceRecord:
    twin = _instance(instance)
    twin.ports = instance.ports.copy()
    twin.tags, twin.attachments = list(instance.tags), list(instance.attachments)
    for name in ("tasks", "waiting", "stopping"):
        setattr(twin, name, _mapped(getattr(instance, name), tasks))
    return twin


def _mapped(pool: dict[int, TaskRecord], tasks: dict[int, TaskRecord]) -> dict[int, TaskRecord]:
    return {number: tasks[id(task)] for number, task in pool.items()}


def _copied_service(
    service: ServiceRecord,
    cluster: ClusterRecord,
    tasks: dict[int, TaskRecord],
    definitions: dict[int, DefinitionRecord],
) -> ServiceRecord:
    twin = _service(service)
    twin.cluster = cluster
    twin.document, twin.tags = dict(service.document), list(service.tags)
    twin.events = deque(service.events, service.events.maxlen)
    twin.throttles, twin.said = dict(service.throttles), dict(service.said)
    twin.notes, twin.attention = list(service.notes), dict(service.attention)
    twin.prepared = {}
    if service.daemons is not None:
        twin.daemons = service.daemons.copy()
    revisions: dict[int, RevisionRecord] = {}

    def revision(one: RevisionRecord) -> RevisionRecord:
        found = revisions.get(id(one))
        if found is None:
            definition = definitions.get(id(one.definition), one.definition)
            found = revisions[id(one)] = attrs.evolve(one, definition=definition)
        return found

    twin.revisions = [revision(one) for one in service.revisions]
    known: dict[int, DeploymentRecord] = {}

    def deployment(one: DeploymentRecord) -> DeploymentRecord:
        found = known.get(one.number)
        if found is None:
            found = known[one.number] = _deployment(one)
            found.revision = revision(one.revision)
            found.pools = {kind: _mapped(pool, tasks) for kind, pool in one.pools.items()}
            found.stopping = _mapped(one.stopping, tasks)
        return found

    twin.deployments = [deployment(one) for one in service.deployments]
    if service.completed is not None:
        twin.completed = deployment(service.completed)
    twin.service_deployments = []
    for one in service.service_deployments:
        copied = _service_deployment(one)
        copied.target = deployment(one.target)
        copied.sources = [deployment(source) for source in one.sources]
        copied.hook_ids = dict(one.hook_ids)
        twin.service_deployments.append(copied)
    return twin
