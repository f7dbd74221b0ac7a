"""StartTask: one task on each instance that the caller names (2.10).

In: an account and the parameters of a call.  Out: the tasks started, and why others were not.  The
caller is the scheduler: constraints of the definition are not looked at (A38).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from placement.ecs.account import Account
from placement.ecs.checking import check_size, invalid
from placement.ecs.operations.tasks.documents import Place, recorded
from placement.ecs.operations.tasks.given import Wanted, wanted_of
from placement.ecs.reasons import api_reason
from placement.ecs.records import ClusterRecord, InstanceRecord
from placement.engine.request import Task

__all__ = ["start_task"]

Document = dict[str, Any]

MAX_INSTANCES = 10

EXTERNAL = "ecs.capability.external"


def start_task(account: Account, given: Document) -> Document:
    """Start a task on each of some container instances.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a parameter has a wrong value.
        ClientException, UnsupportedFeatureException: as they say.
    """
    cluster = account.cluster(given.get("cluster"))
    names = given["containerInstances"]
    check_size(names, "containerInstances", MAX_INSTANCES)
    found = [account.find_instance(cluster, name) for name in names]
    known = [instance.id for instance in found if instance is not None]
    if len(set(known)) < len(known) or len(set(names)) < len(names):
        raise invalid("containerInstances: a container instance stands twice.")
    wanted = wanted_of(account, given, _launch_type(account, given))
    now = account.clock()
    tasks: list[Document] = []
    failures: list[Document] = []
    for name, instance in zip(names, found, strict=True):
        if instance is None:
            whole = account.arn(f"container-instance/{cluster.name}/{name}")
            arn = name if name.startswith("arn:") else whole
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        reason = _start(account, cluster, instance, wanted, now, tasks)
        if reason is not None:
            failures.append({"arn": instance.arn, "reason": api_reason(reason)})
    return {"tasks": tasks, "failures": failures}


def _launch_type(account: Account, given: Document) -> str:
    """Return a launch type that the definition is made for; StartTask has no such parameter (B21).

    Raises:
        InvalidParameterException: it is made for Fargate alone.
    """
    record = account.find_definition(given["taskDefinition"])
    known = None if record is None else record.document.get("compatibilities")
    if known is not None and "EC2" not in known and "EXTERNAL" in known:
        return "EXTERNAL"
    return "EC2"


def _start(
    account: Account,
    cluster: ClusterRecord,
    instance: InstanceRecord,
    wanted: Wanted,
    now: datetime,
    tasks: list[Document],
) -> str | None:
    """Start a task on an instance; return the first reason why not."""
    if instance.last is not None:
        return "INACTIVE"
    engine = cluster.engine
    external = engine.attribute(instance.id, EXTERNAL) is not None
    launch_type = "EXTERNAL" if external else "EC2"
    task = _for(wanted.variant.task, launch_type)
    placed = engine.place_on(instance.id, task, group=wanted.group)
    if placed.task_id is None:
        return placed.missing[0]
    engine.set_task(placed.task_id, last_status="RUNNING")
    record = recorded(
        account,
        cluster,
        attrs.evolve(wanted, launch_type=launch_type),
        Place(instance, placed.task_id),
        now,
    )
    tasks.append({**record.document, "tags": record.tags})
    return None


def _for(task: Task, launch_type: str) -> Task:
    return task if task.launch_type == launch_type else attrs.evolve(task, launch_type=launch_type)
