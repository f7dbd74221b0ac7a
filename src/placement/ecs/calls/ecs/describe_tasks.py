"""DescribeTasks and ListTasks.

In: an account and the parameters of a call.  Out: documents and ARNs of tasks; nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from placement.ecs.calls.ecs.answers import failure, paged_answer, task_answer
from placement.ecs.calls.ecs.checking import check_one_of, check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord, Document
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.errors import client_error

__all__ = ["describe_tasks", "list_tasks"]

MAX_DESCRIBED = 100

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")
STATUSES = ("RUNNING", "PENDING", "STOPPED")


def describe_tasks(account: Account, parameters: Document) -> Document:
    """Return tasks; those that are not there are failures.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: there are none or more than 100, or ``include`` is wrong.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    names = parameters["tasks"]
    check_size(names, "tasks", MAX_DESCRIBED)
    for value in parameters.get("include", ()):
        check_one_of(value, "include", ("TAGS",))
    tags = "TAGS" in parameters.get("include", ())
    tasks, failures = [], []
    for name in dict.fromkeys(names):
        task = account.find_task(cluster, name)
        if task is None:
            arn = account.arn_in_cluster("task", cluster, name)
            failures.append(failure(arn, "MISSING"))
        else:
            tasks.append(task_answer(task, tags=tags))
    return {"tasks": tasks, "failures": failures}


def list_tasks(account: Account, parameters: Document) -> Document:
    """Return the ARNs of tasks, in the order of their start.

    Without ``desiredStatus``, those whose desired status is RUNNING.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a parameter has a wrong value, or ``startedBy`` has another
            filter beside it.
        ServiceNotFoundException: there is no such service, nor a task of one.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    check_one_of(parameters.get("desiredStatus", "RUNNING"), "desiredStatus", STATUSES)
    check_one_of(parameters.get("launchType", "EC2"), "launchType", LAUNCH_TYPES)
    others = ("containerInstance", "family", "launchType", "serviceName")
    if "startedBy" in parameters and any(name in parameters for name in others):
        raise invalid("startedBy must be the only filter that is used.")
    filters = list(_filters(account, cluster, parameters))
    arns = [task.arn for task in cluster.tasks.values() if all(keeps(task) for keeps in filters)]
    return paged_answer("taskArns", *page(arns, parameters))


Filter = Callable[[TaskRecord], bool]


def _filters(account: Account, cluster: ClusterRecord, parameters: Document) -> Iterator[Filter]:
    """Yield what a task must be like."""
    desired = parameters.get("desiredStatus", "RUNNING")
    yield lambda task: task.desired_status == desired
    if "startedBy" in parameters:
        yield lambda task: task.settings.started_by == parameters["startedBy"]
    if "launchType" in parameters:
        yield lambda task: task.settings.launch_type == parameters["launchType"]
    if "family" in parameters:
        yield lambda task: _family(task) == parameters["family"]
    if "containerInstance" in parameters:
        instance = account.find_instance(cluster, parameters["containerInstance"])
        if instance is None:
            raise invalid("The referenced container instance was not found.")
        yield lambda task: task.instance == instance.id
    if "serviceName" in parameters:
        group = f"service:{parameters['serviceName'].rpartition('/')[2]}"
        known = account.find_service(cluster, parameters["serviceName"])
        if known is None and all(task.settings.group != group for task in cluster.tasks.values()):
            raise client_error("ServiceNotFoundException", "Service not found.")
        yield lambda task: task.settings.group == group
    if "daemonName" in parameters:
        of_daemon = f"daemon:{parameters['daemonName'].rpartition('/')[2]}"
        yield lambda task: task.settings.group == of_daemon


def _family(task: TaskRecord) -> str:
    """Return the family of a task's definition."""
    return task.settings.definition_arn.rpartition("/")[2].rpartition(":")[0]
