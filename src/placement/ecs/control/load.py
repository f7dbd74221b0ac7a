"""Load a cluster of an account from documents.

In: what the AWS CLI printed, or what ``dump`` wrote.  Out: an account that holds what they say.
Decides nothing, and checks of a document what the records rely on; the rest is checked by
``placement.Cluster.from_ecs``, which reads the same document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from placement.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, REGION
from placement.documents.dump import DUMP_LISTS, ClusterDump, split_document
from placement.documents.fields import mapping, moment, type_name
from placement.documents.instances import instance_to_ecs
from placement.ecs.control.account import Account
from placement.ecs.control.fields import Fields
from placement.ecs.control.load_tasks import add_task
from placement.ecs.control.records import ClusterRecord, DefinitionRecord, Document, InstanceRecord
from placement.ecs.control.statuses import ClusterStatus, DefinitionStatus
from placement.ecs.control.task_records import TaskRecord
from placement.engine.cluster import Cluster
from placement.engine.request import Task
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import checked_flag, checked_text

__all__ = ["Description", "load_cluster", "read_description"]

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


Lists = dict[str, list[Document]]
"""The documents of a dump by the names of ``DUMP_LISTS``."""


@attrs.frozen(eq=False)
class Description:
    """What documents say of one cluster, as objects of our own: times are datetimes, nulls gone.

    Attributes:
        region: The region of the ARNs, ``us-east-1`` where there are none.
        account_id: The account of the ARNs.
        cluster: The cluster's name, as given or as the documents say.
        parts: The documents by the names of their lists.
    """

    region: str
    account_id: str
    cluster: str
    parts: Lists


def read_description(document: Any, cluster: str | None) -> Description:
    """Return what documents say of one cluster.

    Args:
        document: What ``Client.from_ecs`` takes.
        cluster: The cluster's name; None: the one of the documents.

    Raises:
        DocumentError: something is no object of JSON, or the documents are of two accounts, regions
            or clusters.
        UsageError: ``cluster`` is no name of a cluster.
    """
    if cluster is not None and not (isinstance(cluster, str) and _NAME.fullmatch(cluster)):
        raise UsageError(f"cluster is the name of a cluster, not {describe_value(cluster)}")
    parts = _own(split_document(document))
    region, account_id = _home(parts)
    name = _cluster_name(parts) if cluster is None else cluster
    return Description(region, account_id, name, parts)


def load_cluster(account: Account, description: Description) -> None:
    """Add what documents say of a cluster to an account, which is new.

    Raises:
        CqlError: a constraint of a task definition is no valid expression.
        DocumentError: something has not the form that ECS gives it.
    """
    parts = description.parts
    # New ids follow from the seed, but differ from those drawn before the dump.
    known = [str(one.get("taskArn")) for one in parts["tasks"]]
    known += [str(one.get("containerInstanceArn")) for one in parts["containerInstances"]]
    account.restart_ids(known)
    record = account.new_cluster(description.cluster)
    for number, one in enumerate(parts["clusters"]):
        _set_cluster(record, one, f"clusters[{number}]")
    _name_in_full(account, record, parts)
    record.engine = Cluster.from_ecs(parts, seed=account.new_seed())
    _add_definitions(account, parts["taskDefinitions"])
    for number, one in enumerate(parts["containerInstances"]):
        _add_instance(account, record, one, f"containerInstances[{number}]")
    for number, one in enumerate(parts["tasks"]):
        add_task(record, one, f"tasks[{number}]")
    order = sorted(record.tasks.values(), key=_age)
    record.tasks = {task.id: task for task in order}
    _protect(account, record, parts["protectedTasks"])


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


def _set_cluster(record: ClusterRecord, document: Document, path: str) -> None:
    """Set what a document says of a cluster; what it does not say stays as it is."""
    fields = Fields(document, path)
    record.status = fields.status("status", ClusterStatus, record.status)
    record.default_strategy = fields.objects(
        "defaultCapacityProviderStrategy", record.default_strategy
    )
    record.tags = fields.objects("tags", record.tags)
    record.settings = fields.objects("settings", record.settings)
    record.attachments = fields.objects("attachments", record.attachments)
    record.capacity_providers = fields.texts("capacityProviders", record.capacity_providers)
    record.configuration = fields.object("configuration", record.configuration)
    record.service_connect_defaults = fields.object(
        "serviceConnectDefaults", record.service_connect_defaults
    )


def _cluster_name(parts: Lists) -> str:
    """Return the name of the documents' cluster, ``default`` where they name none."""
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
    """Replace ids of instances and tasks that are no ARNs by ARNs."""
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
            continue  # revisions never change: a second document of one says the same
        record = _definition_record(document, arn, found[1], int(found[2]), path)
        revisions = account.families.setdefault(found[1], [])
        revisions.append(record)
        revisions.sort(key=lambda one: one.revision)


def _definition_record(
    document: Document, arn: str, family: str, revision: int, path: str
) -> DefinitionRecord:
    names = document.setdefault("family", family), document.setdefault("revision", revision)
    if names != (family, revision):
        raise DocumentError(f"family and revision are not those of {arn}", path)
    try:
        task = Task.from_ecs(document)
    except DocumentError as error:
        raise DocumentError(error.message, f"{path}.{error.path}".rstrip(".")) from None
    fields = Fields(document, path)
    fields.skip("taskDefinitionArn")
    return DefinitionRecord(
        arn,
        family,
        revision,
        status=fields.status("status", DefinitionStatus, DefinitionStatus.ACTIVE),
        registered_at=fields.time("registeredAt"),
        registered_by=fields.text("registeredBy"),
        deregistered_at=fields.time("deregisteredAt"),
        tags=fields.objects("tags"),
        document=fields.rest(),
        task=task,
    )


def _add_instance(account: Account, cluster: ClusterRecord, document: Document, path: str) -> None:
    """Add the record of an instance; one that is INACTIVE leaves the engine (B17)."""
    engine = cluster.engine
    arn = document["containerInstanceArn"]
    id = arn.rpartition("/")[2]
    description = engine.describe(id)
    fields = Fields(document, path)
    record = InstanceRecord(
        id,
        arn,
        registered_at=fields.time("registeredAt") or account.clock(),
        version=fields.count("version", 1),
        version_info=dict(mapping(document.get("versionInfo"), f"{path}.versionInfo")),
        resources=instance_to_ecs(description)["registeredResources"],
        tags=fields.objects("tags"),
        capacity_provider=fields.text("capacityProviderName"),
        attachments=fields.objects("attachments"),
    )
    cluster.instances[id] = record
    account.learn_subnet(description.attributes)
    if description.status == "INACTIVE":
        engine.deregister(id, force=True)
        record.final_description = description
        record.final_pending = fields.count("pendingTasksCount", 0)


def _age(task: TaskRecord) -> datetime:
    """Return when a task was created; those that do not say it come before all others."""
    return task.created_at or datetime.min.replace(tzinfo=UTC)


def _protect(account: Account, cluster: ClusterRecord, documents: list[Document]) -> None:
    for number, one in enumerate(documents):
        path = f"protectedTasks[{number}]"
        task = account.find_task(cluster, checked_text(one.get("taskArn"), f"{path}.taskArn"))
        if task is not None and checked_flag(
            one.get("protectionEnabled", False), f"{path}.protectionEnabled"
        ):
            task.protected_until = one.get("expirationDate") or account.clock() + PROTECTED_FOR
