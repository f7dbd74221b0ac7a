"""Load managed daemons with their task definitions, revisions and deployments (C50, S7.3).

In: documents as the describe calls print them, and ``placementState``.  Out: records.  Without the
state, what a daemon has on instances follows from its tasks: a RUNNING one is healthy, and an
instance without one has registered before the daemon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from placement.documents.fields import mapping
from placement.documents.problems import Problems
from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.daemons.places import expect
from placement.ecs.control.daemons.records import (
    DaemonDeploymentStatus,
    DaemonPlace,
    DaemonRecord,
    DaemonRevision,
    DaemonStatus,
    PlaceState,
)
from placement.ecs.control.daemons.tasks import daemon_request
from placement.ecs.control.dumps.daemon_definitions import load_daemon_definitions
from placement.ecs.control.dumps.daemon_deployments import read_deployment
from placement.ecs.control.dumps.daemon_state import (
    HERE,
    DaemonFacts,
    read_daemon,
)
from placement.ecs.control.dumps.description import Description, Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.model_time import Phase
from placement.ecs.control.records import ClusterRecord, DefinitionRecord
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.ecs.control.task_requests import TaskRequest
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text

__all__ = ["DaemonLoader", "OfDaemon"]

DAEMON = re.compile(r"daemon/([^/]+)/([^/]+)")


@attrs.frozen(eq=False)
class OfDaemon:
    """What a task of a managed daemon belongs to: the daemon's number, and what it started with."""

    number: int
    request: TaskRequest


class DaemonLoader:
    """Makes records of daemons.

    Args:
        account: The account; its clusters with their instances and tasks are loaded.
        problems: Takes records that cannot be read.
        state: ``placementState``.
    """

    def __init__(self, account: Account, problems: Problems, state: Mapping[str, Any]) -> None:
        self._account = account
        self._problems = problems
        self._section = mapping(state.get("daemons"), HERE)
        self._definitions: dict[str, DefinitionRecord] = {}

    def load(self, description: Description) -> None:
        """Add all that documents say."""
        self._definitions = load_daemon_definitions(
            self._account,
            description.lists["daemonTaskDefinitions"],
            self._section,
            self._problems,
        )
        order = {arn: place for place, arn in enumerate(self._section)}
        for name, lists in description.clusters.items():
            records = sorted(
                lists["daemons"],
                key=lambda one: order.get(str(one.document.get("daemonArn")), len(order)),
            )
            for record in records:
                with self._problems.of_record(record.path):
                    self._add_daemon(self._account.clusters[name], record, lists)

    # Daemons

    def _add_daemon(self, cluster: ClusterRecord, record: Record, lists: Lists) -> None:
        path, document = record
        fields = Fields(document, path)
        here = f"{path}.daemonArn"
        arn = checked_text(fields.text("daemonArn", ""), here)
        found = DAEMON.search(arn)
        if found is None or arn != self._account.arn(f"daemon/{cluster.name}/{found[2]}"):
            raise DocumentError(f"expected the ARN of a daemon, not {describe_value(arn)}", here)
        facts = read_daemon(self._section, arn)
        created_at = fields.time("createdAt") or self._account.clock()
        daemon = DaemonRecord(
            self._account.daemons.next_number(),
            found[2],
            arn,
            cluster.name,
            created_at,
            fields.status("status", DaemonStatus, DaemonStatus.ACTIVE),
            fields.time("updatedAt"),
            facts.tags,
            facts.token,
        )
        numbers = self._add_revisions(daemon, record, facts, lists)
        self._add_deployments(daemon, numbers, facts, lists)
        if not daemon.deployments:
            raise DocumentError("no deployment of it is described", f"{path}.deploymentArn")
        self._set_revisions(daemon, numbers, facts)
        self._set_places(cluster, daemon, numbers, facts)
        self._account.daemons.by_number[daemon.number] = daemon

    def _add_revisions(
        self, daemon: DaemonRecord, record: Record, facts: DaemonFacts, lists: Lists
    ) -> dict[str, int]:
        """Add the revisions of a daemon, oldest first; return their numbers by ARN."""
        path, document = record
        described = _providers(Fields(document, path), _own_deployments(daemon.arn, lists))
        providers = {**described, **facts.providers}
        own = [
            one for one in lists["daemonRevisions"] if one.document.get("daemonArn") == daemon.arn
        ]
        now = self._account.clock()
        own.sort(key=lambda one: one.document.get("createdAt") or now)
        numbers: dict[str, int] = {}
        for path, one in own:
            fields = Fields(one, path)
            arn = checked_text(fields.text("daemonRevisionArn", ""), f"{path}.daemonRevisionArn")
            name = fields.text("daemonTaskDefinitionArn", "")
            definition = self._definitions.get(name)
            if definition is None:
                message = f"{describe_value(name)} is not described"
                raise DocumentError(message, f"{path}.daemonTaskDefinitionArn")
            critical = fields.flag("critical")
            number = numbers[arn] = len(numbers) + 1
            daemon.revisions[number] = DaemonRevision(
                number,
                arn,
                definition,
                tuple(providers.get(arn, ())),
                fields.time("createdAt") or daemon.created_at,
                True if critical is None else critical,
                fields.text("propagateTags", "NONE"),
                bool(fields.flag("enableECSManagedTags")),
                bool(fields.flag("enableExecuteCommand")),
            )
        return numbers

    def _add_deployments(
        self, daemon: DaemonRecord, numbers: Mapping[str, int], facts: DaemonFacts, lists: Lists
    ) -> None:
        own = [
            read_deployment(daemon, record, numbers, facts)
            for record in _own_deployments(daemon.arn, lists)
        ]
        order = {arn: place for place, arn in enumerate(facts.deployments)}
        own.sort(key=lambda one: one.created_at, reverse=True)
        own.sort(key=lambda one: order.get(one.arn, len(order)))
        daemon.deployments.extend(own)

    def _set_revisions(
        self, daemon: DaemonRecord, numbers: Mapping[str, int], facts: DaemonFacts
    ) -> None:
        """Note which revision new instances get, and which was successful last."""
        if facts.is_known:
            daemon.current = None if facts.current is None else numbers.get(facts.current)
            daemon.completed = None if facts.completed is None else numbers.get(facts.completed)
            return
        good = (DaemonDeploymentStatus.SUCCESSFUL, DaemonDeploymentStatus.ROLLBACK_SUCCESSFUL)
        daemon.completed = next(
            (one.goal for one in daemon.deployments if one.status in good), None
        )
        newest = daemon.deployments[0]
        if newest.status is DaemonDeploymentStatus.ROLLBACK_FAILED:
            daemon.current = None
        elif newest.status is DaemonDeploymentStatus.PENDING:
            daemon.current = daemon.completed
        else:
            daemon.current = newest.goal

    def _set_places(
        self,
        cluster: ClusterRecord,
        daemon: DaemonRecord,
        numbers: Mapping[str, int],
        facts: DaemonFacts,
    ) -> None:
        for id, place in facts.places.items():
            if place.revision in numbers and id in cluster.instances:
                number = numbers[place.revision]
                daemon.places[id] = DaemonPlace(number, place.state, place.task)
        if facts.is_known:
            return
        newest_first = sorted(daemon.revisions.values(), key=lambda one: -one.number)
        by_definition = {one.definition.arn: one.number for one in reversed(newest_first)}
        for task in cluster.tasks.values():
            found = by_definition.get(task.settings.definition_arn)
            is_own = task.settings.group == daemon.group and task.instance in cluster.instances
            is_active = task.desired_status is LifecycleStatus.RUNNING
            if is_own and is_active and found is not None and task.instance is not None:
                daemon.places[task.instance] = DaemonPlace(found, PlaceState.STARTED, task.id)

    # Tasks

    def of_task(self, cluster: ClusterRecord, task: TaskRecord) -> OfDaemon | None:
        """Return what a task of a managed daemon belongs to, None for other tasks."""
        kind, _, name = task.settings.group.partition(":")
        daemon = None if kind != "daemon" else self._account.daemons.find(cluster.name, name)
        instance = None if task.instance is None else cluster.instances.get(task.instance)
        provider = None if instance is None else instance.capacity_provider
        if daemon is None or provider is None:
            return None
        for revision in reversed(daemon.revisions.values()):
            if revision.definition.arn == task.settings.definition_arn:
                request = daemon_request(daemon, revision, provider)
                return OfDaemon(
                    daemon.number, attrs.evolve(request, settings=task.settings, tags=task.tags)
                )
        return None

    def finish(self) -> None:
        """Let the daemons go on: room is kept, tasks wait, deployments are looked at."""
        account = self._account
        for daemon in account.daemons.by_number.values():
            cluster = account.clusters[daemon.cluster]
            for id, place in list(daemon.places.items()):
                instance = cluster.instances[id]
                if not instance.is_registered:
                    continue
                if place.state is PlaceState.EXPECTED:
                    expect(account, cluster, daemon, instance)
                elif place.state is PlaceState.STARTED:
                    daemon.attention[id] = None
                    if daemon.revisions[place.revision].is_critical:
                        instance.awaited[daemon.number] = None
            if daemon.attention or daemon.under_way is not None:
                account.daemons.wake(daemon)
            deployment = daemon.under_way
            if deployment is not None and deployment.baking_since is not None:
                until = deployment.baking_since + deployment.configuration.bake
                deployment.wake_at = until
                account.time.push(until, Phase.SERVICES, daemon.number, "daemon", daemon.number)


def _own_deployments(daemon: str, lists: Lists) -> list[Record]:
    """Return the documents of the deployments of a daemon, by its ARN."""
    prefix = daemon.replace(":daemon/", ":daemon-deployment/") + "/"
    return [
        record
        for record in lists["daemonDeployments"]
        if str(record.document.get("daemonDeploymentArn")).startswith(prefix)
    ]


def _providers(fields: Fields, deployments: list[Record]) -> dict[str, list[str]]:
    """Return the providers of revisions by ARN, as descriptions of the daemon name them.

    Raises:
        DocumentError: a description has not the form that ECS gives it.
    """
    details = [Fields(*one) for one in fields.with_paths("currentRevisions")]
    for path, document in deployments:
        deployment = Fields(document, path)
        details += [Fields(*one) for one in deployment.with_paths("sourceDaemonRevisions")]
        target = deployment.object("targetDaemonRevision") or {}
        details.append(Fields(target, f"{path}.targetDaemonRevision"))
    found: dict[str, list[str]] = {}
    for one in details:
        arn = one.text("arn")
        named = [Fields(*each).text("arn", "") for each in one.with_paths("capacityProviders")]
        if arn is not None:
            found[arn] = [name.rpartition("/")[2] for name in named]
    return found
