"""Tasks on instances, written as describe-tasks prints them.

In: tasks, and of those that came in documents the fields that were kept (C50).  Out: documents that
are read as the same tasks: what was kept is written where that is so, else what the task holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from placement.documents.accelerators import NEURON_DEVICE
from placement.documents.definition_index import DefinitionIndex
from placement.documents.deployments import (
    StartedTask,
    deployment_ages,
    deployment_of,
    started_by,
)
from placement.documents.dump import ArnBuilder
from placement.documents.fields import moment
from placement.documents.problems import Problems
from placement.documents.tasks import TaskSnapshot, read_back

__all__ = ["tasks_to_ecs"]

Document = dict[str, Any]

_SAME = (
    "gpus",
    "gpu_ids",
    "neuron_devices",
    "tcp_ports",
    "udp_ports",
    "network_interface",
    "resources",
)
"""What a task must hold again when its document is read, beside CPU and memory."""


def tasks_to_ecs(
    tasks: Sequence[TaskSnapshot], arns: ArnBuilder, definitions: Mapping[str, Document]
) -> tuple[list[Document], list[Document]]:
    """Return the documents of tasks, and those of task definitions that belong to them.

    Args:
        tasks: The tasks, the oldest first.
        arns: The cluster's ARNs.
        definitions: The documents of task definitions that came in, by ARN.  One is written where
            every task that names it is read with it as it is.
    """
    plain = [_plain(task, arns) for task in tasks]
    named = {one.get("taskDefinitionArn") for one in plain}
    usable = {arn: one for arn, one in definitions.items() if arn in named}
    index = DefinitionIndex(usable.values(), Problems("skip"))
    for task, document in zip(tasks, plain, strict=True):
        if _kept(task, document, index) is None:
            usable.pop(document.get("taskDefinitionArn", ""), None)
    index = DefinitionIndex(usable.values(), Problems("skip"))
    written = []
    for task, document in zip(tasks, plain, strict=True):
        found = _kept(task, document, index)
        written.append({**(task.further or {}), **document} if found is None else found)
    _order(written)
    _set_deployments(tasks, written)
    return written, list(usable.values())


def _kept(task: TaskSnapshot, plain: Document, index: DefinitionIndex) -> Document | None:
    """Return a task's document with the fields that came in; None: it would be another task."""
    document = plain if task.further is None else {**plain, **task.further}
    if (document["desiredStatus"] != "STOPPED") != task.counted:
        document["desiredStatus"] = plain["desiredStatus"]
    found = read_back(document, index)
    if (found.cpu, found.memory) != (task.cpu, task.memory):  # the instance had reported less
        sizes = {"cpu": str(task.cpu), "memory": str(task.memory)}
        document = {**document, "overrides": {**document.get("overrides", {}), **sizes}}
    containers = document.get("containers")
    if task.gpu_ids and not found.gpu_ids and containers:
        first = {**containers[0], "gpuIds": list(task.gpu_ids)}
        document = {**document, "containers": [first, *containers[1:]]}
    found = read_back(document, index)
    same = (found.cpu, found.memory) == (task.cpu, task.memory) and all(
        _comparable(getattr(found, name)) == _comparable(getattr(task, name)) for name in _SAME
    )
    return document if same else None


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value


def _order(documents: Sequence[Document]) -> None:
    """Give tasks that came in no document a time, where those before them have one.

    Tasks are read in the order of ``createdAt``; equal times keep the order of the list.
    """
    latest: datetime | None = None
    for document in documents:
        created = moment(document.get("createdAt"), "createdAt")
        if created is not None:
            latest = created if latest is None else max(latest, created)
        elif latest is not None:
            document["createdAt"] = latest.isoformat()


def _set_deployments(tasks: Sequence[TaskSnapshot], documents: Sequence[Document]) -> None:
    """Write numbers of deployments for the groups whose ids no longer tell their order."""
    origins = [
        StartedTask(
            task.group,
            document.get("startedBy", ""),
            moment(document.get("createdAt"), "createdAt"),
        )
        for task, document in zip(tasks, documents, strict=True)
    ]
    ages = deployment_ages(origins)
    wrong = {
        task.group
        for task, origin in zip(tasks, origins, strict=True)
        if deployment_of(origin, ages) != task.deployment
    }
    for task, document in zip(tasks, documents, strict=True):
        if task.group in wrong:
            document.pop("startedBy", None)
            starter = started_by(task.deployment)
            if starter is not None:
                document["startedBy"] = starter


def _plain(task: TaskSnapshot, arns: ArnBuilder) -> Document:
    """Return the document of a task by what placement knows, complete without its definition."""
    document: Document = {"taskArn": task.arn, "containerInstanceArn": task.instance}
    if arns.cluster is not None:
        document["clusterArn"] = arns.arn(f"cluster/{arns.cluster}")
    container = "task"
    if task.revision is not None:
        container, number = task.revision
        document["taskDefinitionArn"] = arns.arn(f"task-definition/{container}:{number}")
    starter = started_by(task.deployment)
    if starter is not None:
        document["startedBy"] = starter
    requirements = [_requirement(name, amount) for name, amount in sorted(task.resources.items())]
    if task.gpus:
        requirements.append(_requirement("GPU", task.gpus + len(task.gpu_ids)))
    if task.neuron_devices:
        requirements.append(_requirement(NEURON_DEVICE, task.neuron_devices))
    override: Document = {"name": container, "resourceRequirements": requirements}
    interface = {"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": []}
    bindings = [_binding(port, "tcp") for port in task.tcp_ports]
    bindings += [_binding(port, "udp") for port in task.udp_ports]
    return document | {
        "group": task.group,
        "desiredStatus": "RUNNING" if task.counted else "STOPPED",
        "lastStatus": task.last_status,
        "healthStatus": task.health,
        "cpu": str(task.cpu),
        "memory": str(task.memory),
        "containers": [
            {
                "name": container,
                "taskArn": task.arn,
                "networkBindings": bindings,
                "gpuIds": list(task.gpu_ids),
            }
        ],
        "overrides": {"containerOverrides": [override] if requirements else []},
        "attachments": [interface] if task.network_interface else [],
    }


def _requirement(type: str, amount: int | str) -> Document:
    return {"type": type, "value": str(amount)}


def _binding(port: int, protocol: str) -> Document:
    return {"bindIP": "0.0.0.0", "containerPort": port, "hostPort": port, "protocol": protocol}
