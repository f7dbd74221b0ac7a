"""A client out of documents about one cluster.

In: what the AWS CLI printed, or what ``dump`` wrote.  Out: a new client that holds what they say.
Decides nothing, and checks of a document what the operations rely on; the rest is checked by
``placement.Cluster.from_ecs``, which reads the same document.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from placement.documents.dump import DUMP_LISTS, ClusterDump, split_document
from placement.documents.fields import mapping, moment, port_binding, sequence, type_name
from placement.documents.instances import instance_to_ecs
from placement.ecs.account import Account
from placement.ecs.ports import FIRST
from placement.ecs.records import (
    ClusterRecord,
    DefinitionRecord,
    Document,
    InstanceRecord,
    TaskRecord,
)
from placement.engine.cluster import Cluster
from placement.engine.request import Task
from placement.errors import DocumentError, TaskError, UsageError, describe_value
from placement.model.checks import checked_count, checked_flag, checked_text

if TYPE_CHECKING:
    from placement.ecs.client import Client

__all__ = ["loaded"]

CLUSTER_LISTS = (
    "tags",
    "settings",
    "capacityProviders",
    "defaultCapacityProviderStrategy",
    "attachments",
)
CLUSTER_OBJECTS = ("configuration", "serviceConnectDefaults")
CLUSTER_STATES = ("ACTIVE", "PROVISIONING", "DEPROVISIONING", "FAILED", "INACTIVE")
"""What a cluster's record keeps of its description."""

TASK_TEXTS = {
    "desiredStatus": "RUNNING",
    "lastStatus": "RUNNING",
    "healthStatus": "UNKNOWN",
    "launchType": "EC2",
    "group": "",
    "taskDefinitionArn": "",
}
"""Texts that every task's description has, and what stands for those left out."""

PROTECTED_FOR = timedelta(hours=2)
"""How long a task is protected where that is not said (4.7)."""

TIMES = re.compile(
    r"(?:containerInstances|taskDefinitions|tasks|protectedTasks)\[\d+\](?:\.containers\[\d+\]"
    r"\.managedAgents\[\d+\])?\.(?:registered|deregistered|created|started|stopped|stopping|"
    r"executionStopped|pullStarted|pullStopped|connectivity|lastStarted)At"
    r"|protectedTasks\[\d+\]\.expirationDate"
)
"""Where the documents have times."""

MAX_DEPTH = 64
"""Levels of a document; the API has some ten."""

_ARN = re.compile(rf"arn:[a-z-]+:ecs:({REGION}):([0-9]{{12}}):")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_INSTANCE = re.compile(r"container-instance/([^/]+)/[^/]+")
_DEFINITION = re.compile(r"task-definition/([^/]+):([0-9]{1,9})")
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


Lists = dict[str, list[Document]]
"""The documents of a dump by the names of ``DUMP_LISTS``."""


def loaded(
    make: Callable[..., Client],
    document: Any,
    cluster: str | None,
    seed: int,
    clock: Callable[[], datetime] | None,
) -> Client:
    """Return a client that holds what documents say of one cluster.

    Raises:
        DocumentError: something has not the form that ECS gives it, or is of two accounts, regions
            or clusters.
        UsageError: ``cluster`` is no name of a cluster.
    """
    if cluster is not None and not (isinstance(cluster, str) and _NAME.fullmatch(cluster)):
        raise UsageError(f"cluster is the name of a cluster, not {describe_value(cluster)}")
    parts = _own(split_document(document))
    region, account_id = _home(parts)
    client = make(region, account_id, seed=seed, clock=clock)
    account = client._account
    # Ids are drawn as the seed says, but others than those that were drawn before the dump.
    known = [str(one.get("taskArn")) for one in parts["tasks"]]
    known += [str(one.get("containerInstanceArn")) for one in parts["containerInstances"]]
    account._ids = random.Random("\n".join([f"{seed:x}", *sorted(known)]))
    record = account.new_cluster(_cluster_name(parts) if cluster is None else cluster)
    for number, one in enumerate(parts["clusters"]):
        record.document |= _cluster_fields(one, f"clusters[{number}]")
    _name_in_full(account, record, parts)
    record.engine = Cluster.from_ecs(parts, seed=account._ids.getrandbits(64))
    _add_definitions(account, parts["taskDefinitions"])
    for number, one in enumerate(parts["containerInstances"]):
        _add_instance(account, record, one, f"containerInstances[{number}]")
    for number, one in enumerate(parts["tasks"]):
        _add_task(record, one, f"tasks[{number}]")
    order = sorted(record.tasks.values(), key=_age)
    record.tasks = {task.id: task for task in order}
    _protect(account, record, parts["protectedTasks"])
    return client


def _own(dump: ClusterDump) -> Lists:
    """Return copies of the documents; times become datetimes, nulls are dropped."""
    return {name: _objects(dump.elements(name), name) for name in DUMP_LISTS}


def _objects(documents: Any, path: str) -> list[Document]:
    found = []
    for number, document in enumerate(documents):
        here = f"{path}[{number}]"
        if not isinstance(document, Mapping):
            raise DocumentError(f"expected an object, not {type_name(document)}", here)
        found.append(_plain(document, here))
    return found


def _plain(value: Any, path: str, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise DocumentError("nested too deeply", path)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise DocumentError("expected names that are texts", path)
        items = [(key, item) for key, item in value.items() if item is not None]
        return {key: _plain(item, f"{path}.{key}", depth + 1) for key, item in items}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(value)]
    if isinstance(value, (str, int, float, datetime)):
        is_time = path.endswith(("At", "Date")) and TIMES.fullmatch(path)
        return moment(value, path) if is_time else value
    raise DocumentError(f"expected a value of JSON, not {type_name(value)}", path)


def _home(parts: Lists) -> tuple[str, str]:
    """Return region and account of the ARNs; those that ``Client`` has where there are none."""
    homes: dict[tuple[str, str], str] = {}
    named = [(path, one.arn) for path, one in DUMP_LISTS.items() if one.arn is not None]
    for path, name in named:
        for number, document in enumerate(parts[path]):
            arn = document.get(name)
            found = _ARN.match(arn) if isinstance(arn, str) else None
            if found is not None:
                homes.setdefault((found[1], found[2]), f"{path}[{number}].{name}")
    if len(homes) > 1:
        (first, _), (other, path), *_ = homes.items()
        message = f"expected one account and region, {' '.join(first)}, not {' '.join(other)}"
        raise DocumentError(message, path)
    return next(iter(homes), (DEFAULT_REGION, DEFAULT_ACCOUNT))


def _cluster_fields(document: Document, path: str) -> Document:
    """Return what a cluster's record keeps of its description."""
    found = {
        name: document[name]
        for name in ("status", *CLUSTER_LISTS, *CLUSTER_OBJECTS)
        if name in document
    }
    status = found.get("status", "ACTIVE")
    if status not in CLUSTER_STATES:
        message = f"expected one of {', '.join(CLUSTER_STATES)}, not {describe_value(status)}"
        raise DocumentError(message, f"{path}.status")
    for name in CLUSTER_LISTS:
        for number, item in enumerate(sequence(found.get(name, []), f"{path}.{name}")):
            here = f"{path}.{name}[{number}]"
            if name == "capacityProviders":
                checked_text(item, here)
            else:
                mapping(item, here)
    for name in CLUSTER_OBJECTS:
        mapping(found.get(name, {}), f"{path}.{name}")
    return found


def _cluster_name(parts: Lists) -> str:
    """Return the name that the documents tell, ``default`` if they tell none."""
    names: dict[str, str] = {}
    for number, one in enumerate(parts["clusters"]):
        path = f"clusters[{number}].clusterArn"
        arn = checked_text(one.get("clusterArn", one.get("clusterName")), path)
        names.setdefault(arn.rpartition("/")[2], path)
    for number, one in enumerate(parts["containerInstances"]):
        found = _INSTANCE.search(str(one.get("containerInstanceArn")))
        if found is not None:
            names.setdefault(found[1], f"containerInstances[{number}].containerInstanceArn")
    for number, one in enumerate(parts["tasks"]):
        if "clusterArn" in one:
            path = f"tasks[{number}].clusterArn"
            names.setdefault(checked_text(one["clusterArn"], path).rpartition("/")[2], path)
    if len(names) > 1:
        first, other, *_ = names
        raise DocumentError(
            f"expected one cluster, {first}, not also {describe_value(other)}", names[other]
        )
    return next(iter(names), "default")


def _name_in_full(account: Account, cluster: ClusterRecord, parts: Lists) -> None:
    """Let ids of instances and tasks that are no ARNs become ones."""
    for document in [*parts["containerInstances"], *parts["tasks"]]:
        for name, resource in (("containerInstanceArn", "container-instance"), ("taskArn", "task")):
            id = document.get(name)
            if isinstance(id, str) and id and "/" not in id:
                document[name] = account.arn(f"{resource}/{cluster.name}/{id}")


# Records


def _add_definitions(account: Account, documents: list[Document]) -> None:
    for number, document in enumerate(documents):
        path = f"taskDefinitions[{number}]"
        arn = checked_text(document.get("taskDefinitionArn"), f"{path}.taskDefinitionArn")
        found = _DEFINITION.search(arn)
        if found is None or arn != account.arn(found[0]):
            raise DocumentError(
                f"expected the ARN of a revision, not {describe_value(arn)}",
                f"{path}.taskDefinitionArn",
            )
        if account.find_definition(arn) is not None:
            continue  # revisions never change: what stands twice is the same
        tags = document.pop("tags", [])
        told = (
            document.setdefault("family", found[1]),
            document.setdefault("revision", int(found[2])),
        )
        if told != (found[1], int(found[2])):
            raise DocumentError(f"family and revision are not those of {arn}", path)
        document.setdefault("status", "ACTIVE")
        try:
            task = Task.from_ecs(document)
        except DocumentError as error:
            raise DocumentError(error.message, f"{path}.{error.path}".rstrip(".")) from None
        record = DefinitionRecord(document, task, _tags(tags, path))
        revisions = account.families.setdefault(found[1], [])
        revisions.append(record)
        revisions.sort(key=lambda one: int(one.document["revision"]))


def _add_instance(account: Account, cluster: ClusterRecord, document: Document, path: str) -> None:
    """Add the record of an instance; one that is INACTIVE leaves the engine (B17)."""
    engine = cluster.engine
    arn = document["containerInstanceArn"]
    id = arn.rpartition("/")[2]
    now = engine.describe(id)
    kept = ("capacityProviderName", "attachments")
    record = InstanceRecord(
        id,
        arn,
        registered_at=document.get("registeredAt") or account.clock(),
        version=checked_count(document.get("version", 1), f"{path}.version"),
        version_info=dict(mapping(document.get("versionInfo"), f"{path}.versionInfo")),
        resources=instance_to_ecs(now)["registeredResources"],
        identity={name: document[name] for name in kept if name in document},
        tags=_tags(document.get("tags", []), path),
    )
    cluster.instances[id] = record
    attributes = now.attributes
    subnet = attributes.get("ecs.subnet-id")
    vpc, zone = attributes.get("ecs.vpc-id"), attributes.get("ecs.availability-zone")
    if subnet and vpc and zone:
        account.subnets.setdefault(subnet, (vpc, zone))
    if now.status == "INACTIVE":
        engine.deregister(id, force=True)
        record.last = {**document, "tags": []}


def _add_task(cluster: ClusterRecord, document: Document, path: str) -> None:
    arn = checked_text(document.get("taskArn"), f"{path}.taskArn")
    id = arn.rpartition("/")[2]
    if id in cluster.tasks:
        raise DocumentError(f"task {describe_value(arn)} stands twice", f"{path}.taskArn")
    tags = _tags(document.pop("tags", []), path)
    try:
        number = cluster.engine.task_by_arn(arn)
    except TaskError:  # it has stopped, is on Fargate, or on an instance that is not here
        number = None
    for name, usual in TASK_TEXTS.items():
        checked_text(document.setdefault(name, usual), f"{path}.{name}", empty=True)
    if not document["group"]:
        family = document["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
        document["group"] = f"family:{family}"
    checked_count(document.setdefault("version", 1), f"{path}.version")
    document.setdefault("clusterArn", cluster.arn)
    document.setdefault("overrides", {})
    for name in ("attachments", "containers"):
        for place, one in enumerate(sequence(document.setdefault(name, []), f"{path}.{name}")):
            mapping(one, f"{path}.{name}[{place}]")
    instance_arn = document.get("containerInstanceArn")
    instance = None if instance_arn is None else str(instance_arn).rpartition("/")[2]
    ports = _chosen_ports(document["containers"], path)
    if number is not None and instance is not None:
        held = cluster.engine.task(number)
        static = {*held.tcp_ports, *held.udp_ports}
        cluster.instances[instance].ports.taken.update(ports - static)
    cluster.tasks[id] = TaskRecord(id, arn, number, instance, document, tags)


def _chosen_ports(containers: list[Document], path: str) -> set[int]:
    """Return the host ports of a task's bindings that may have been chosen on the instance."""
    found: set[int] = set()
    for number, container in enumerate(containers):
        field = f"{path}.containers[{number}].networkBindings"
        for place, one in enumerate(sequence(container.get("networkBindings"), field)):
            here = f"{field}[{place}]"
            _, port = port_binding(one, here)
            found.add(port)
            ports = one.get("hostPortRange")
            if ports is not None:
                limits = _RANGE.fullmatch(checked_text(ports, f"{here}.hostPortRange"))
                if limits is None:
                    message = f"expected ports such as 49000-49010, not {describe_value(ports)}"
                    raise DocumentError(message, f"{here}.hostPortRange")
                found.update(range(int(limits[1]), int(limits[2]) + 1))
    return {port for port in found if port >= FIRST}


def _age(task: TaskRecord) -> datetime:
    """Return when a task was created; those that do not say it come before all others."""
    when = task.document.get("createdAt")
    return when if isinstance(when, datetime) else datetime.min.replace(tzinfo=UTC)


def _protect(account: Account, cluster: ClusterRecord, documents: list[Document]) -> None:
    for number, one in enumerate(documents):
        path = f"protectedTasks[{number}]"
        task = account.find_task(cluster, checked_text(one.get("taskArn"), f"{path}.taskArn"))
        if task is not None and checked_flag(
            one.get("protectionEnabled", False), f"{path}.protectionEnabled"
        ):
            task.protected_until = one.get("expirationDate") or account.clock() + PROTECTED_FOR


def _tags(tags: Any, path: str) -> list[Document]:
    found = []
    for number, tag in enumerate(sequence(tags, f"{path}.tags")):
        found.append(dict(mapping(tag, f"{path}.tags[{number}]")))
    return found
