"""StartTask: one task on each instance that the caller names (2.10).

In: an account and the parameters of a call.  Out: the tasks started, and why others were not.  The
caller is the scheduler: constraints of the definition are not looked at (A38).
"""

from __future__ import annotations

import attrs

from placement.ecs.calls.ecs.answers import failure, task_answer
from placement.ecs.calls.ecs.checking import as_client_error, check_size, invalid
from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.calls.ecs.request_rules import start_launch_type
from placement.ecs.calls.ecs.task_request import task_request
from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskLocation, TaskRequest
from placement.ecs.control.tasks import start_task_records
from placement.ecs.reasons import api_reason
from placement.model.attribute_names import EXTERNAL

__all__ = ["start_task"]

MAX_INSTANCES = 10


@as_client_error
def start_task(account: Account, parameters: Document) -> Document:
    """Start a task on each of some container instances.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        InvalidParameterException: a parameter has a wrong value.
        ClientException, UnsupportedFeatureException: as they say.
    """
    cluster = active_cluster(account, parameters.get("cluster"))
    names = parameters["containerInstances"]
    check_size(names, "containerInstances", MAX_INSTANCES)
    found = [account.find_instance(cluster, name) for name in names]
    known = [instance.id for instance in found if instance is not None]
    if len(set(known)) < len(known) or len(set(names)) < len(names):
        raise invalid("containerInstances: a container instance is listed twice.")
    request = task_request(account, parameters, _launch_type(account, parameters))
    tasks: list[Document] = []
    failures: list[Document] = []
    for name, instance in zip(names, found, strict=True):
        if instance is None:
            arn = account.arn_in_cluster("container-instance", cluster, name)
            failures.append(failure(arn, "MISSING"))
            continue
        started = _start(account, cluster, instance, request)
        if isinstance(started, TaskRecord):
            tasks.append(task_answer(started))
        else:
            failures.append(failure(instance.arn, api_reason(started)))
    return {"tasks": tasks, "failures": failures}


def _launch_type(account: Account, parameters: Document) -> str:
    """Return a launch type of the definition; ``task_request`` refuses one that is not there."""
    record = account.find_definition(parameters["taskDefinition"])
    return start_launch_type({} if record is None else record.document)


def _start(
    account: Account,
    cluster: ClusterRecord,
    instance: InstanceRecord,
    request: TaskRequest,
) -> TaskRecord | str:
    """Start a task on an instance, of whose kind its launch type then is.

    Returns:
        The task's record, or the first reason why the instance cannot take it.
    """
    if not instance.is_registered:
        return "INACTIVE"
    external = cluster.engine.attribute(instance.id, EXTERNAL) is not None
    launch_type = "EXTERNAL" if external else "EC2"
    task, settings = request.variant.task, request.settings
    if task.launch_type != launch_type:
        task = attrs.evolve(task, launch_type=launch_type)
    placed = cluster.engine.place_on(instance.id, task, group=settings.group)
    if placed.task_id is None:
        return placed.missing[0]
    of_kind = attrs.evolve(request, settings=attrs.evolve(settings, launch_type=launch_type))
    location = TaskLocation(instance, placed.task_id)
    return start_task_records(account, cluster, of_kind, [location])[0]
