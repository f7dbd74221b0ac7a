"""DescribeTasks and ListTasks.

In: an account and the parameters of a call.  Out: documents and ARNs of tasks; nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from placement.ecs.account import Account
from placement.ecs.checking import check_one_of, check_size, invalid
from placement.ecs.errors import refused
from placement.ecs.pages import page
from placement.ecs.records import ClusterRecord, Document, TaskRecord

__all__ = ["describe_tasks", "list_tasks", "missing"]

MAX_DESCRIBED = 100

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")
STATUSES = ("RUNNING", "PENDING", "STOPPED")


def describe_tasks(account: Account, given: dict[str, Any]) -> Document:
    """Return tasks; those that are not there are failures.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are none or more than 100, or ``include`` is wrong.
    """
    cluster = account.cluster(given.get("cluster"))
    names = given["tasks"]
    check_size(names, "tasks", MAX_DESCRIBED)
    for value in given.get("include", ()):
        check_one_of(value, "include", ("TAGS",))
    tagged = "TAGS" in given.get("include", ())
    tasks, failures = [], []
    for name in dict.fromkeys(names):
        record = account.find_task(cluster, name)
        if record is None:
            failures.append(missing(account, cluster, name))
        else:
            tasks.append({**record.document, "tags": record.tags if tagged else []})
    return {"tasks": tasks, "failures": failures}


def missing(account: Account, cluster: ClusterRecord, name: str) -> Document:
    """Return the failure for a task that is not there."""
    arn = name if name.startswith("arn:") else account.arn(f"task/{cluster.name}/{name}")
    return {"arn": arn, "reason": "MISSING"}


def list_tasks(account: Account, given: dict[str, Any]) -> Document:
    """Return the ARNs of tasks, in the order of their start.

    Without ``desiredStatus``, those whose desired status is RUNNING.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a parameter has a wrong value, or ``startedBy`` has another
            filter beside it.
        ServiceNotFoundException: no task is of such a service.
    """
    cluster = account.cluster(given.get("cluster"))
    check_one_of(given.get("desiredStatus", "RUNNING"), "desiredStatus", STATUSES)
    check_one_of(given.get("launchType", "EC2"), "launchType", LAUNCH_TYPES)
    others = ("containerInstance", "family", "launchType", "serviceName")
    if "startedBy" in given and any(name in given for name in others):
        raise invalid("startedBy must be the only filter that is used.")
    filters = list(_filters(account, cluster, given))
    arns = [
        record.arn for record in cluster.tasks.values() if all(keeps(record) for keeps in filters)
    ]
    found, token = page(arns, given)
    return {"taskArns": found} if token is None else {"taskArns": found, "nextToken": token}


Filter = Callable[[TaskRecord], bool]


def _filters(account: Account, cluster: ClusterRecord, given: dict[str, Any]) -> Iterator[Filter]:
    """Yield what a task must be like."""
    desired = given.get("desiredStatus", "RUNNING")
    yield lambda record: record.document["desiredStatus"] == desired
    for name in ("startedBy", "launchType"):
        if name in given:
            yield _has(name, given[name])
    if "family" in given:
        family = given["family"]
        yield lambda record: _family(record) == family
    if "containerInstance" in given:
        instance = account.find_instance(cluster, given["containerInstance"])
        if instance is None:
            raise invalid("The referenced container instance was not found.")
        yield lambda record: record.instance == instance.id
    if "serviceName" in given:
        group = f"service:{given['serviceName'].rpartition('/')[2]}"
        if all(record.document["group"] != group for record in cluster.tasks.values()):
            raise refused("ServiceNotFoundException", "Service not found.")
        yield _has("group", group)
    if "daemonName" in given:  # there are no daemons here, so no task is of one
        yield lambda _: False


def _has(name: str, value: str) -> Filter:
    return lambda record: record.document.get(name) == value


def _family(record: TaskRecord) -> str:
    arn: str = record.document["taskDefinitionArn"]
    return arn.rpartition("/")[2].rpartition(":")[0]
