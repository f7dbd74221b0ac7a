"""A task's document, as DescribeTasks shows it: of a task that has just started.

In: what the tasks of a call share, and where one of them is.  Out: its record.  What only a machine
knows (host ports that are chosen, addresses) is chosen here in its stead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from placement.ecs.account import Account
from placement.ecs.operations.tasks.given import Wanted
from placement.ecs.records import ClusterRecord, InstanceRecord, TaskRecord
from placement.engine.cluster import Cluster
from placement.model import UDP

__all__ = ["Place", "recorded"]

Document = dict[str, Any]

ZONE = "ecs.availability-zone"
ARCHITECTURE = "ecs.cpu-architecture"

LATEST = "1.4.0"
"""The platform version that LATEST stands for."""


@attrs.frozen(eq=False)
class Place:
    """Where a task is: on an instance with its number in the engine, or on Fargate in a zone."""

    instance: InstanceRecord | None = None
    number: int | None = None
    zone: str | None = None


def recorded(
    account: Account, cluster: ClusterRecord, wanted: Wanted, place: Place, now: datetime
) -> TaskRecord:
    """Return the record of a task that has started, and put it into its cluster.

    It is RUNNING at once: there is no agent here that would pull images.
    """
    id = account.new_id()
    arn = account.arn(f"task/{cluster.name}/{id}")
    zone, architecture = _where(cluster.engine, wanted, place)
    attachments = list(_attachments(account, wanted, zone))
    document: Document = {
        "attachments": attachments,
        "attributes": [{"name": ARCHITECTURE, "value": architecture}] if architecture else [],
        "clusterArn": cluster.arn,
        "connectivity": "CONNECTED",
        "connectivityAt": now,
        "containers": _containers(account, cluster, wanted, place, arn, attachments, now),
        "cpu": str(wanted.variant.task.cpu),
        "createdAt": now,
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": wanted.execute_command,
        "group": wanted.group,
        "healthStatus": "UNKNOWN",
        "lastStatus": "RUNNING",
        "launchType": wanted.launch_type,
        "memory": str(wanted.variant.task.memory),
        "overrides": wanted.variant.overrides,
        "pullStartedAt": now,
        "pullStoppedAt": now,
        "startedAt": now,
        "taskArn": arn,
        "taskDefinitionArn": wanted.record.arn,
        "version": 1,
    }
    if zone is not None:
        document["availabilityZone"] = zone
    if wanted.started_by is not None:
        document["startedBy"] = wanted.started_by
    if place.instance is not None:
        document["containerInstanceArn"] = place.instance.arn
        place.instance.version += 1
    else:
        document |= _of_fargate(wanted)
    instance = None if place.instance is None else place.instance.id
    record = TaskRecord(id, arn, place.number, instance, document, wanted.tags)
    cluster.tasks[id] = record
    return record


def _where(engine: Cluster, wanted: Wanted, place: Place) -> tuple[str | None, str | None]:
    """Return zone and architecture."""
    if place.instance is None:
        return place.zone, wanted.variant.task.architecture or "x86_64"
    id = place.instance.id
    return engine.attribute(id, ZONE), engine.attribute(id, ARCHITECTURE)


def _of_fargate(wanted: Wanted) -> Document:
    definition = wanted.variant.definition
    platform = definition.get("runtimePlatform", {})
    storage = definition.get("ephemeralStorage", {"sizeInGiB": 20})
    family = platform.get("operatingSystemFamily", "LINUX")
    return {
        "ephemeralStorage": storage,
        "fargateEphemeralStorage": storage,
        "platformFamily": "Linux" if family == "LINUX" else family,
        "platformVersion": wanted.platform_version or LATEST,
    }


# Network interfaces


def _attachments(account: Account, wanted: Wanted, zone: str | None) -> Iterator[Document]:
    """Yield the network interface of a task that has one; its names and addresses are made up."""
    if not wanted.network.subnets:
        return
    id = account.new_id()
    octets = [int(id[at : at + 2], 16) for at in range(0, 10, 2)]
    address = f"10.{octets[0]}.{octets[1]}.{octets[2]}"
    details = {
        "subnetId": wanted.network.subnet_in(zone),
        "networkInterfaceId": f"eni-{id[:17]}",
        "macAddress": "0a:" + ":".join(f"{octet:02x}" for octet in octets),
        "privateDnsName": f"ip-{address.replace('.', '-')}.{account.region}.compute.internal",
        "privateIPv4Address": address,
    }
    yield {
        "id": f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}",
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }


# Containers


def _containers(
    account: Account,
    cluster: ClusterRecord,
    wanted: Wanted,
    place: Place,
    arn: str,
    attachments: list[Document],
    now: datetime,
) -> list[Document]:
    gpus = _gpu_ids(cluster, wanted, place)
    found = []
    for container in wanted.variant.definition["containerDefinitions"]:
        document: Document = {
            "containerArn": account.arn(
                f"container/{cluster.name}/{arn.rpartition('/')[2]}/{account.new_id()}"
            ),
            "cpu": str(container.get("cpu", 0)),
            "healthStatus": "UNKNOWN",
            "lastStatus": "RUNNING",
            "name": container.get("name", ""),
            "networkBindings": list(_bindings(cluster, wanted, place, container)),
            "networkInterfaces": [
                {"attachmentId": one["id"], "privateIpv4Address": one["details"][-1]["value"]}
                for one in attachments
            ],
            "taskArn": arn,
        }
        if "image" in container:
            document["image"] = container["image"]
        for name in ("memory", "memoryReservation"):
            if container.get(name) is not None:
                document[name] = str(container[name])
        if wanted.execute_command:
            agent = {"name": "ExecuteCommandAgent", "lastStatus": "RUNNING", "lastStartedAt": now}
            document["managedAgents"] = [agent]
        count = _gpu_count(container) if gpus else 0
        if count:
            document["gpuIds"], gpus = gpus[:count], gpus[count:]
        found.append(document)
    return found


def _gpu_ids(cluster: ClusterRecord, wanted: Wanted, place: Place) -> list[str]:
    """Return the ids of the GPUs that a task got."""
    if not wanted.variant.task.gpus or place.number is None:
        return []
    return list(cluster.engine.task(place.number).gpus)


def _gpu_count(container: Mapping[str, Any]) -> int:
    requirements = container.get("resourceRequirements", ())
    return sum(int(one["value"]) for one in requirements if one.get("type") == "GPU")


# Host ports


def _bindings(
    cluster: ClusterRecord, wanted: Wanted, place: Place, container: Mapping[str, Any]
) -> Iterator[Document]:
    """Yield the bindings of a container's ports (2.3); none where the task has its own interface.

    A mapping for which no port is left in the ephemeral range has no ``hostPort``.
    """
    mode = wanted.variant.definition.get("networkMode", "bridge")
    instance = place.instance
    if instance is None or mode in ("awsvpc", "none"):
        return
    tasks, row = cluster.engine.store.tasks, cluster.engine.row(instance.id)
    for mapping in container.get("portMappings", ()):
        protocol = mapping.get("protocol", "tcp")
        found: Document = {"bindIP": "0.0.0.0", "protocol": protocol}
        offset = UDP if protocol == "udp" else 0

        def is_free(port: int, offset: int = offset) -> bool:
            return tasks.ports.is_free(row, port + offset)

        ports = mapping.get("containerPortRange")
        if ports is not None:
            low, _, high = ports.partition("-")
            count = int(high) - int(low) + 1
            found["containerPortRange"] = ports
            first = instance.ports.take(count, is_free)
            if first is not None:
                found["hostPortRange"] = f"{first}-{first + count - 1}"
        else:
            inner = found["containerPort"] = mapping["containerPort"]
            outer = mapping.get("hostPort") or (inner if mode == "host" else None)
            outer = outer or instance.ports.take(1, is_free)
            if outer is not None:
                found["hostPort"] = outer
        yield found
