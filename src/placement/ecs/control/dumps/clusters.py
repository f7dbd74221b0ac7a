"""Load a cluster with its instances and the records of its tasks.

In: the documents of one cluster, and the task definitions beside them.  Out: its record, with an
engine that ``placement.Cluster.from_ecs`` made of the same documents, and checks of what that does
not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from placement.documents.fields import mapping
from placement.documents.instance_fields import further_fields
from placement.documents.instances import instance_to_ecs
from placement.documents.problems import Problems
from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.membership import PROVIDER_ATTRIBUTE
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.providers import checked_strategy, provider_name
from placement.ecs.control.dumps.tasks import add_task, read_task
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord
from placement.ecs.control.statuses import ClusterStatus
from placement.engine.cluster import Cluster
from placement.engine.load_document import load_document
from placement.errors import DocumentError
from placement.model.checks import checked_text

__all__ = ["load_cluster"]

_PLACE = re.compile(r"(containerInstances|tasks|taskDefinitions|protectedTasks)\[([0-9]+)\]")

Value = TypeVar("Value")

_READ = ("containerInstances", "tasks", "protectedTasks")
"""Lists of a cluster that the engine reads."""


def load_cluster(
    account: Account,
    name: str,
    lists: Lists,
    definitions: list[Record],
    skipped: Collection[str],
    problems: Problems,
) -> ClusterRecord:
    """Return a new cluster of an account.

    Args:
        account: The account; its task definitions are loaded.
        name: The cluster's name.
        lists: Its documents.
        definitions: The documents of the task definitions that were loaded.
        skipped: ARNs of task definitions that cannot be read: their tasks are left out (C31).
        problems: Takes records that cannot be read.
    """
    record = account.new_cluster(name)
    for path, document in lists["clusters"]:
        with problems.of_record(path):
            _set_cluster(record, document, path)
    _name_in_full(account, record, lists)
    loader = _Engine(lists, definitions, skipped, problems)
    instances = loader.read("containerInstances", _instance_record)
    tasks = loader.read("tasks", partial(read_task, record.arn))
    record.engine = loader.made(account.new_seed())
    for one in loader.lists["containerInstances"]:
        _add_instance(account, record, one, *instances[one.path])
    for path, _ in loader.lists["tasks"]:
        add_task(record, tasks[path])
    return record


class _Engine:
    """Makes the engine of a cluster; records that it refuses are left out, and what needs them.

    Attributes:
        lists: The documents that were read.
    """

    def __init__(
        self,
        lists: Lists,
        definitions: list[Record],
        skipped: Collection[str],
        problems: Problems,
    ) -> None:
        self.lists: Lists = {name: lists[name] for name in _READ}
        self.lists["taskDefinitions"] = definitions
        self._problems = problems
        self._leave_out_tasks("taskDefinitionArn", skipped)

    def read(self, name: str, read: Callable[[Document, str], Value]) -> dict[str, Value]:
        """Return what the documents of a list are read as, by path; others are left out."""
        found: dict[str, Value] = {}
        gone = set()
        for path, document in self.lists[name]:
            with self._problems.of_record(path):
                found[path] = read(document, path)
            if path not in found:
                gone.add(str(document.get("containerInstanceArn")))
        self.lists[name] = [one for one in self.lists[name] if one.path in found]
        if name == "containerInstances":
            self._leave_out_tasks("containerInstanceArn", gone)
        return found

    def made(self, seed: int) -> Cluster:
        """Return the engine, without the records that it refuses.

        Raises:
            DocumentError: ``problems`` refuses a record.
        """
        documents = {
            name: [record.document for record in records] for name, records in self.lists.items()
        }
        found = Problems("skip")
        cluster = Cluster(seed=seed)
        load_document(cluster, documents, found, cluster.release, keeps_fields=False)
        self._leave_out_refused(found)
        return cluster

    def _leave_out_refused(self, found: Problems) -> None:
        """Leave out the records that the engine has left out.

        Raises:
            DocumentError: something is wrong beside a record.
        """
        refused: dict[str, set[int]] = {name: set() for name in self.lists}
        wrong = {(error.path, error.message) for error in found.errors}
        for path, reason in found.skipped:
            place = _PLACE.match(path)
            if place is None:
                raise DocumentError(reason, path)
            name, number = place[1], int(place[2])
            refused[name].add(number)
            own = self.lists[name][number].path + path[place.end() :]
            if (path, reason) not in wrong:
                self._problems.leave_out(own, reason)
            elif name != "protectedTasks":  # those are read once more, and named then
                self._problems.add(DocumentError(reason, own))
        for name, numbers in refused.items():
            records = enumerate(self.lists[name])
            self.lists[name] = [one for number, one in records if number not in numbers]

    def _leave_out_tasks(self, field: str, names: Collection[str]) -> None:
        """Leave out tasks whose instance or definition was left out (C31)."""
        if not names:
            return
        kept = []
        for record in self.lists["tasks"]:
            if str(record.document.get(field)) in names:
                self._problems.leave_out(record.path, f"its {field} names a record left out")
            else:
                kept.append(record)
        self.lists["tasks"] = kept


def _set_cluster(record: ClusterRecord, document: Document, path: str) -> None:
    """Set what a document says of a cluster; what it does not say stays as it is."""
    fields = Fields(document, path)
    record.status = fields.status("status", ClusterStatus, record.status)
    field = "defaultCapacityProviderStrategy"
    record.default_strategy = checked_strategy(fields, field) or record.default_strategy
    record.tags = fields.objects("tags", record.tags)
    record.settings = fields.objects("settings", record.settings)
    record.attachments = fields.objects("attachments", record.attachments)
    record.attachments_status = fields.text("attachmentsStatus") or record.attachments_status
    record.capacity_providers = fields.texts("capacityProviders", record.capacity_providers)
    record.configuration = fields.object("configuration", record.configuration)
    record.service_connect_defaults = fields.object(
        "serviceConnectDefaults", record.service_connect_defaults
    )


def _name_in_full(account: Account, cluster: ClusterRecord, lists: Lists) -> None:
    """Replace ids of instances and tasks that are no ARNs by ARNs."""
    for _, document in [*lists["containerInstances"], *lists["tasks"]]:
        for name, resource in (("containerInstanceArn", "container-instance"), ("taskArn", "task")):
            id = document.get(name)
            if isinstance(id, str) and id and "/" not in id:
                document[name] = account.arn(f"{resource}/{cluster.name}/{id}")


def _instance_record(document: Document, path: str) -> tuple[InstanceRecord, int]:
    """Return the record of an instance without what the engine knows, and its pending tasks."""
    arn = checked_text(document.get("containerInstanceArn"), f"{path}.containerInstanceArn")
    fields = Fields(document, path)
    fields.skip(*_OF_ENGINE)
    pending = fields.count("pendingTasksCount", 0)
    record = InstanceRecord(
        arn.rpartition("/")[2],
        arn,
        registered_at=fields.time("registeredAt") or _UNKNOWN,
        version=fields.count("version", 1),
        version_info=dict(mapping(document.get("versionInfo"), f"{path}.versionInfo")),
        tags=fields.objects("tags"),
        capacity_provider=provider_name(fields, "capacityProviderName"),
        attachments=fields.objects("attachments"),
    )
    record.extra = fields.rest()
    return record, pending


_UNKNOWN = datetime.min.replace(tzinfo=UTC)
"""When an instance was registered of which no document says it, until the time is known."""


def _add_instance(
    account: Account, cluster: ClusterRecord, given: Record, record: InstanceRecord, pending: int
) -> None:
    """Add the record of an instance that the engine has read from a document.

    One that is INACTIVE leaves the engine (B17).
    """
    engine = cluster.engine
    description = engine.describe(record.id)
    if record.registered_at is _UNKNOWN:
        record.registered_at = account.clock()
    parts = {name: given.document[name] for name in _WITH_PARTS if name in given.document}
    record.inner_extra = further_fields(parts, given.path)
    shown = instance_to_ecs(description, further=record.inner_extra)
    record.resources = shown["registeredResources"]
    record.is_draining = description.status == "DRAINING"
    record.is_connected = description.agent_connected
    cluster.instances[record.id] = record
    account.learn_subnet(description.attributes)
    if record.capacity_provider is not None and description.status != "INACTIVE":
        engine.put_attributes(record.id, {PROVIDER_ATTRIBUTE: record.capacity_provider})
    if description.status == "INACTIVE":
        engine.deregister(record.id, force=True)
        record.final_description = description
        record.final_pending = pending


_OF_ENGINE = (
    "containerInstanceArn",
    "ec2InstanceId",
    "versionInfo",
    "remainingResources",
    "registeredResources",
    "status",
    "agentConnected",
    "runningTasksCount",
    "attributes",
)
"""Fields of an instance that the engine has, or that are read here in another way."""

_WITH_PARTS = ("attributes", "registeredResources", "remainingResources")
"""Fields of which the engine has a part, and the record the rest."""
