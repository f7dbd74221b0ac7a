"""Make an account of documents (C30, C31, C50).

In: a description, and an account that is new.  Out: the account holds what the documents say.
Decides nothing.  Each kind of record has a module of its own; here is their order: definitions,
clusters with instances and tasks, capacity providers and groups, alarms, load balancers, services,
then the lives of the tasks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from placement.documents.problems import Problems
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.alarms import load_alarms
from placement.ecs.control.dumps.capacity_state import (
    begin_capacity,
    read_capacity_state,
    read_templates,
)
from placement.ecs.control.dumps.clusters import load_cluster
from placement.ecs.control.dumps.daemons import DaemonLoader
from placement.ecs.control.dumps.definitions import load_definitions
from placement.ecs.control.dumps.description import EARLIEST, KEPT, Description, Lists
from placement.ecs.control.dumps.groups import GroupLoader
from placement.ecs.control.dumps.lives import Lives
from placement.ecs.control.dumps.load_balancing import LoadBalancerLoader
from placement.ecs.control.dumps.managed_state import ManagedLoader
from placement.ecs.control.dumps.providers import load_providers, make_providers
from placement.ecs.control.dumps.services import ServiceLoader
from placement.ecs.control.dumps.state_read import StateReader
from placement.ecs.control.dumps.targets import TargetLoader
from placement.ecs.control.dumps.waiting import WaitingLoader
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.task_records import TaskRecord
from placement.model.checks import checked_flag, checked_text

__all__ = ["load_account"]

PROTECTED_FOR = timedelta(hours=2)
"""How long a task is protected where that is not said (4.7)."""

Tasks = list[tuple[ClusterRecord, TaskRecord]]


def load_account(
    account: Account, description: Description, problems: Problems, *, restores_ids: bool
) -> None:
    """Add what documents say to an account, which is new.

    Args:
        account: The account.
        description: What the documents say.
        problems: Takes records that cannot be read.
        restores_ids: Whether new ids go on where ``placementState`` says; else they follow from the
            account's seed.

    Raises:
        DocumentError: something has not the form that ECS gives it, and ``problems`` refuses it.
    """
    if account.has_clock:
        account.time.now = account.follow_clock()
    state = StateReader(account, description.state)
    state.begin()
    _restart_ids(account, description)
    described = description.lists["taskDefinitions"]
    definitions, skipped = load_definitions(account, described, problems)
    tasks: Tasks = []
    for name, lists in description.clusters.items():
        cluster = load_cluster(account, name, lists, definitions, skipped, problems)
        tasks += [(cluster, task) for task in cluster.tasks.values()]
        _protect(account, cluster, lists, problems)
    places = _places(description)
    tasks.sort(key=lambda one: (_age(one[1]), places[one[1].arn]))
    for cluster in account.clusters.values():
        cluster.tasks = {task.id: task for of, task in tasks if of is cluster}
    kept_providers = _load_capacity(account, description, problems)
    managed = ManagedLoader(account, description.state)
    managed.load()
    load_alarms(account, description.lists, problems)
    groups = LoadBalancerLoader(account, problems)
    groups.load(description.lists)
    services = ServiceLoader(account, problems, state, groups, kept_providers)
    services.load(description)
    targets = TargetLoader(account, groups, problems, state)
    targets.load(description.lists)
    members = services.place_tasks(tasks, targets)
    daemons = DaemonLoader(account, problems, description.state)
    daemons.load(description)
    waiting = WaitingLoader(account, description.state)
    lives = Lives(account, targets, state, waiting, daemons)
    lives.begin((cluster, task, members.get(id(task))) for cluster, task in tasks)
    services.finish()
    daemons.finish()
    begin_capacity(account)
    managed.begin()
    for name in KEPT:
        if description.lists[name]:
            account.kept[name] = [record.document for record in description.lists[name]]
            account.note(name, "is kept", "nothing here depends on it: it is not modelled")
    state.finish(restores_ids=restores_ids)
    problems.check()


def _load_capacity(
    account: Account, description: Description, problems: Problems
) -> frozenset[str]:
    """Add capacity providers and groups; return the names of providers that are not modelled."""
    read_templates(account, description.state)
    kept = load_providers(account, description.lists, problems)
    made = make_providers(account, description.clusters, kept)
    GroupLoader(account, problems).load(description.lists, made)
    read_capacity_state(account, description.state)
    return kept


def _restart_ids(account: Account, description: Description) -> None:
    """Let new ids follow from the seed, but differ from those drawn before the dump."""
    known = [
        str(record.document.get(field))
        for lists in description.clusters.values()
        for name, field in (("tasks", "taskArn"), ("containerInstances", "containerInstanceArn"))
        for record in lists[name]
    ]
    known += [
        str(record.document.get("serviceArn"))
        for lists in description.clusters.values()
        for record in lists["services"]
    ]
    account.restart_ids(known)


def _places(description: Description) -> dict[str, int]:
    """Return where tasks stand in the documents, all clusters together, by ARN."""
    return {
        record.document["taskArn"]: int(record.path.partition("[")[2].rstrip("]"))
        for lists in description.clusters.values()
        for record in lists["tasks"]
        if isinstance(record.document.get("taskArn"), str)
    }


def _age(task: TaskRecord) -> datetime:
    """Return when a task was created; those that do not say it come before all others."""
    return task.created_at or EARLIEST


def _protect(account: Account, cluster: ClusterRecord, lists: Lists, problems: Problems) -> None:
    for path, one in lists["protectedTasks"]:
        with problems.of_record(path):
            arn = checked_text(one.get("taskArn"), f"{path}.taskArn")
            is_enabled = checked_flag(
                one.get("protectionEnabled", False), f"{path}.protectionEnabled"
            )
            task = account.find_task(cluster, arn)
            if task is not None and is_enabled:
                until = one.get("expirationDate")
                task.protected_until = until or account.clock() + PROTECTED_FOR
