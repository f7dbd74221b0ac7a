"""Instances and tasks, written as the ECS API describes them.

In: the plain records that the readers of this layer make (``Instance``, ``TaskRecord``).  Out:
documents that can be written as JSON, in the shapes that ``aws ecs describe-container-instances``,
``describe-tasks``, ``get-task-protection`` and ``describe-clusters`` print.  Reading them gives
equal records.  Knows no columns.

Three things have no place in the API, and stand where it has something of the kind:

- how many network interfaces an instance was said to have: a registered resource ``ENI``;
- a further resource that a task holds: a resource requirement of that type, in an override;
- the number of a task's deployment: ``startedBy``, as ``ecs-svc/deployment/-1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from placement.documents.tasks import DEPLOYMENT, TaskRecord
from placement.model import Instance

__all__ = ["Names", "cluster_to_ecs", "instance_to_ecs", "protection_to_ecs", "task_to_ecs"]

Document = dict[str, Any]

INT_32 = 2**31 - 1
"""The largest amount that the API gives as an integer; beyond it is a long."""

_PREFIX = re.compile(r"(arn:[^:/]*:ecs:[^:/]*:[^:/]*:)container-instance/(?:([^/]+)/)?")


class Names:
    """The names and ARNs in a cluster's documents, as far as its instances tell them.

    Args:
        prefixes: What stands before the last parts of its instances' ARNs, empty for bare ids.

    Attributes:
        start: What every ARN begins with: partition, region, account.
        cluster: The cluster's name, None if no instance, or not all of them, tell it.
    """

    def __init__(self, prefixes: Iterable[str]) -> None:
        found = [_PREFIX.fullmatch(prefix) for prefix in sorted(set(prefixes))]
        known = [one for one in found if one is not None]
        self.start: str = known[0][1] if known else "arn:aws:ecs:us-east-1:123456789012:"
        told = {one[2] for one in known}
        self.cluster: str | None = told.pop() if len(told) == 1 else None

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource."""
        return self.start + resource

    def task(self, id: str) -> str:
        """Return the ARN of a task."""
        return self.arn(f"task/{self.cluster}/{id}" if self.cluster else f"task/{id}")


def cluster_to_ecs(
    names: Names, instances: Sequence[Document], tasks: Sequence[Document]
) -> list[Document]:
    """Return the elements of ``clusters``: one, or none where its name is not known."""
    if names.cluster is None:
        return []
    document = {
        "clusterArn": names.arn(f"cluster/{names.cluster}"),
        "clusterName": names.cluster,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": len(instances),
        "runningTasksCount": sum(one["lastStatus"] == "RUNNING" for one in tasks),
        "pendingTasksCount": sum(one["lastStatus"] == "PENDING" for one in tasks),
        "activeServicesCount": 0,
    }
    return [document]


def instance_to_ecs(instance: Instance, pending: int = 0) -> Document:
    """Return the document of an instance, all of whose ports are given (``Cluster.describe``).

    Attributes and further resources stand in the order of their names.

    ``pending`` is how many tasks on it are about to start.
    """
    document: Document = {"containerInstanceArn": instance.id}
    if instance.ec2_instance_id is not None:
        document["ec2InstanceId"] = instance.ec2_instance_id
    version = instance.agent_version
    registered: list[Document] = [
        _amount("CPU", instance.cpu),
        _amount("MEMORY", instance.memory),
        _texts("PORTS", instance.tcp_ports or ()),
        _texts("PORTS_UDP", instance.udp_ports or ()),
    ]
    left: list[Document] = [
        _amount("CPU", instance.remaining_cpu or 0),
        _amount("MEMORY", instance.remaining_memory or 0),
        _texts("PORTS", instance.taken_tcp_ports or ()),
        _texts("PORTS_UDP", instance.taken_udp_ports or ()),
    ]
    if instance.gpu_ids:
        registered.append(_texts("GPU", instance.gpu_ids))
        left.append(_texts("GPU", instance.free_gpus or ()))
    if instance.network_interfaces is not None:
        registered.append(_amount("ENI", instance.network_interfaces))
    for name, amount in sorted(instance.resources.items()):
        registered.append(_amount(name, amount))
        left.append(_amount(name, instance.remaining_resources.get(name, 0)))
    document |= {
        "versionInfo": {} if version is None else {"agentVersion": version},
        "remainingResources": left,
        "registeredResources": registered,
        "status": instance.status,
        "agentConnected": instance.agent_connected,
        "runningTasksCount": instance.running_tasks,
        "pendingTasksCount": pending,
        "attributes": [_pair(*one) for one in sorted(instance.attributes.items())],
    }
    if instance.registered_at is not None:
        document["registeredAt"] = instance.registered_at.isoformat()
    return document


def task_to_ecs(task: TaskRecord, names: Names) -> Document:
    """Return the document of a task.  What it holds stands in it, so that it needs no definition.

    Without ``createdAt``, which nobody knows: tasks are as old as their order says.
    """
    document: Document = {"taskArn": task.arn, "containerInstanceArn": task.instance}
    if names.cluster is not None:
        document["clusterArn"] = names.arn(f"cluster/{names.cluster}")
    container = "task"
    if task.revision is not None:
        container, number = task.revision
        document["taskDefinitionArn"] = names.arn(f"task-definition/{container}:{number}")
    if task.deployment:
        document["startedBy"] = f"{DEPLOYMENT}{task.deployment}"
    requirements = [_requirement(name, amount) for name, amount in sorted(task.resources.items())]
    if task.gpus:
        requirements.append(_requirement("GPU", task.gpus + len(task.gpu_ids)))
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


def protection_to_ecs(task: TaskRecord) -> Document:
    """Return the element of ``protectedTasks`` for a task that is protected."""
    return {"taskArn": task.arn, "protectionEnabled": True}


def _amount(name: str, amount: int) -> Document:
    """Return a resource as the AWS CLI prints it: with all three forms of a number."""
    long = amount > INT_32
    return {
        "name": name,
        "type": "LONG" if long else "INTEGER",
        "doubleValue": 0.0,
        "longValue": amount if long else 0,
        "integerValue": 0 if long else amount,
    }


def _texts(name: str, values: Iterable[Any]) -> Document:
    return {
        "name": name,
        "type": "STRINGSET",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
        "stringSetValue": [str(value) for value in values],
    }


def _pair(name: str, value: str | None) -> Document:
    return {"name": name} if value is None else {"name": name, "value": value}


def _requirement(type: str, amount: int) -> Document:
    return {"type": type, "value": str(amount)}


def _binding(port: int, protocol: str) -> Document:
    return {"bindIP": "0.0.0.0", "containerPort": port, "hostPort": port, "protocol": protocol}
