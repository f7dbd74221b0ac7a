"""Load services from what DescribeServices, -ServiceDeployments and -ServiceRevisions print (C50).

In: documents of the clusters of an account, and their tasks.  Out: services with deployments,
revisions and service deployments, and to which deployment each task belongs.  What cannot be run,
because a task definition is not there or a thing is not modelled, is kept as it came, and noted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from placement.documents.problems import Problems
from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.alarms import make_alarm
from placement.ecs.control.dumps.description import EARLIEST, Description, Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.lives import Member
from placement.ecs.control.dumps.load_balancing import LoadBalancerLoader
from placement.ecs.control.dumps.revisions import Revisions
from placement.ecs.control.dumps.runs import Runs
from placement.ecs.control.dumps.service_documents import (
    by_service,
    deployment_of,
    is_classic,
    why_kept,
)
from placement.ecs.control.dumps.service_settings import (
    configuration_from,
    rules_from,
    stored_fields,
)
from placement.ecs.control.dumps.service_state import restore_ended, restore_service
from placement.ecs.control.dumps.state_read import StateReader
from placement.ecs.control.dumps.targets import TargetLoader
from placement.ecs.control.records import ClusterRecord
from placement.ecs.control.services.changes import DEPLOYMENT_DIGITS, DEPLOYMENT_PREFIX
from placement.ecs.control.services.fallbacks import watch_fallbacks
from placement.ecs.control.services.records import (
    DeploymentRecord,
    Event,
    ServiceRecord,
)
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    RolloutState,
    ServiceStatus,
)
from placement.ecs.control.statuses import LifecycleStatus
from placement.ecs.control.task_records import TaskRecord
from placement.errors import DocumentError, describe_value
from placement.model.checks import checked_text
from placement.services.failed_starts import FailedTasks
from placement.timestamps import microseconds

__all__ = ["ServiceLoader"]

_GROUP = "service:"
_ENDED = (LifecycleStatus.STOPPED, LifecycleStatus.DELETED)


class ServiceLoader:
    """Loads services.

    Args:
        account: A new account; clusters, definitions and target groups are loaded.
        problems: Takes records that cannot be read.
        state: What no describe call prints.
        groups: Makes target groups that are only named.
        kept_providers: Names of capacity providers that are not modelled.
    """

    def __init__(
        self,
        account: Account,
        problems: Problems,
        state: StateReader,
        groups: LoadBalancerLoader,
        kept_providers: Collection[str] = (),
    ) -> None:
        self._account = account
        self._problems = problems
        self._state = state
        self._groups = groups
        self._kept_providers = kept_providers
        self._loaded: list[tuple[ServiceRecord, Runs]] = []

    def load(self, description: Description) -> None:
        """Add the services of all clusters, the oldest first."""
        found: list[tuple[tuple[int, datetime, int], ClusterRecord, Record, Lists]] = []
        for name, lists in description.clusters.items():
            for record in lists["services"]:
                with self._problems.of_record(record.path):
                    arn = checked_text(
                        record.document.get("serviceArn"), f"{record.path}.serviceArn"
                    )
                    created = record.document.get("createdAt") or EARLIEST
                    known = self._state.service_order(arn)
                    place = -1 if known is None else known
                    key = (place, created, len(found))
                    found.append((key, self._account.clusters[name], record, lists))
        about_services: dict[int, dict[str, list[Record]]] = {
            id(lists): by_service(lists) for lists in description.clusters.values()
        }
        for _, cluster, record, lists in sorted(found, key=lambda one: one[0]):
            with self._problems.of_record(record.path):
                about = about_services[id(lists)].pop(str(record.document["serviceArn"]), [])
                self._load_one(cluster, record, about)
        for lists in description.clusters.values():
            for arn, records in about_services[id(lists)].items():
                self._account.note(arn, "is kept", "no document describes this service")
                for record in records:
                    self._keep(record)

    def _keep(self, record: Record) -> None:
        name = record.path.partition("[")[0]
        self._account.kept.setdefault(name, []).append(record.document)

    def _load_one(self, cluster: ClusterRecord, record: Record, about: list[Record]) -> None:
        path, document = record
        fields = Fields(document, path)
        service = self._record(cluster, document, fields, path)
        if service.status is ServiceStatus.INACTIVE:
            service.kept = document
            restore_ended(self._account, service, self._state)
            for one in about:
                self._keep(one)
            self._account.add_service(service)
            return
        revisions = Revisions(self._account, service, document, path, about, self._keep)
        why = why_kept(service, document, self._kept_providers) or self._add_deployments(
            service, document, fields, revisions
        )
        if why is not None:
            service.kept = document
            service.deployments.clear()
            for one in about:
                self._keep(one)
            self._account.note(service.arn, "is kept", why)
            self._account.add_service(service)
            return
        current = fields.text("currentServiceDeployment")
        service.extra = fields.rest()
        runs = Runs(self._account, service, revisions, self._keep)
        runs.load(about, current)
        service.revisions = revisions.newest_first()
        if service.primary is not None:
            is_own = service.primary.request.variant.task.network_interface
            for deployment in runs.deployments():
                bindings = deployment.revision.load_balancers
                self._groups.make_for(bindings, "ip" if is_own else "instance")
        self._account.add_service(service)
        self._loaded.append((service, runs))

    def _record(
        self, cluster: ClusterRecord, document: Mapping[str, Any], fields: Fields, path: str
    ) -> ServiceRecord:
        arn = checked_text(document.get("serviceArn"), f"{path}.serviceArn")
        name = fields.text("serviceName") or arn.rpartition("/")[2]
        if name in cluster.services:
            raise DocumentError(f"service {describe_value(name)} is listed twice", path)
        scheduling = fields.text("schedulingStrategy", "REPLICA")
        if scheduling not in ("REPLICA", "DAEMON"):
            message = f"expected REPLICA or DAEMON, not {describe_value(scheduling)}"
            raise DocumentError(message, f"{path}.schedulingStrategy")
        controller = fields.object("deploymentController") or {}
        constraints, strategy = rules_from(document, path)
        desired = fields.count("desiredCount", 0)
        service = ServiceRecord(
            number=self._account.next_service_number(),
            name=name,
            arn=arn,
            cluster=cluster,
            created_at=fields.time("createdAt"),
            scheduling=scheduling,
            controller=checked_text(controller.get("type", "ECS"), f"{path}.deploymentController"),
            desired_count=desired,
            configuration=configuration_from(document, scheduling, self._account.options, path),
            constraints=constraints,
            strategy=strategy,
            grace=fields.number("healthCheckGracePeriodSeconds"),
            launch_type=_launch_type(fields),
            rebalancing=fields.text("availabilityZoneRebalancing", "DISABLED"),
            document=stored_fields(fields, document),
            status=fields.status("status", ServiceStatus, ServiceStatus.ACTIVE),
            tags=fields.objects("tags"),
        )
        service.desired_seen = service.desired_count
        fields.skip(
            *("serviceArn", "serviceName", "clusterArn", "runningCount", "pendingCount"),
            *("currentServiceRevisions", "deploymentConfiguration", "taskDefinition"),
            *("loadBalancers", "serviceRegistries", "networkConfiguration"),
            *("capacityProviderStrategy", "platformVersion", "platformFamily"),
        )
        self._add_events(service, fields)
        return service

    def _add_events(self, service: ServiceRecord, fields: Fields) -> None:
        events = []
        for one, here in fields.with_paths("events"):
            event = Fields(one, here)
            events.append(
                Event(
                    event.text("id", ""),
                    event.time("createdAt") or self._account.time.datetime,
                    event.text("message", ""),
                )
            )
        service.events.extend(reversed(events))  # documents have the newest first

    # Deployments

    def _add_deployments(
        self,
        service: ServiceRecord,
        document: Mapping[str, Any],
        fields: Fields,
        revisions: Revisions,
    ) -> str | None:
        """Add the deployments of a service; return why it cannot be run, None if it can."""
        entries = [(dict(one), here) for one, here in fields.with_paths("deployments")]
        if not entries:
            if document.get("taskDefinition") is None:
                return "it has no deployments and no task definition"
            digits = self._account.new_digits(DEPLOYMENT_DIGITS)
            made = {"id": DEPLOYMENT_PREFIX + digits, "taskDefinition": document["taskDefinition"]}
            entries = [(made, fields.path)]
        for entry, here in entries:
            name = checked_text(entry.get("taskDefinition"), f"{here}.taskDefinition")
            if self._account.find_definition(name) is None:
                return f"no document describes its task definition {name}"
        first = min(range(len(entries)), key=lambda at: entries[at][0].get("status") != "PRIMARY")
        ordered = list(enumerate(entries))
        ordered.sort(key=lambda one: (one[1][0].get("createdAt") or EARLIEST, -one[0]))
        made_of: dict[int, DeploymentRecord] = {}
        for at, (entry, here) in ordered:
            made_of[at] = self._deployment(entry, here, revisions, is_primary=at == first)
        others = sorted(
            (one for at, one in made_of.items() if at != first), key=lambda one: -one.number
        )
        service.deployments = [made_of[first], *others]
        primary = service.deployments[0]
        if primary.rollout_state is None:
            is_whole = len(service.deployments) == 1
            primary.rollout_state = RolloutState.COMPLETED if is_whole else RolloutState.IN_PROGRESS
        for one in service.deployments:
            one.constraints = service.constraints
        self._find_completed(service)
        return None

    def _deployment(
        self,
        entry: dict[str, Any],
        path: str,
        revisions: Revisions,
        *,
        is_primary: bool,
    ) -> DeploymentRecord:
        fields = Fields(entry, path)
        id = checked_text(entry.get("id"), f"{path}.id")
        revision = revisions.of_deployment(id, entry, path, is_primary=is_primary)
        status = fields.text("status", "PRIMARY" if is_primary else "ACTIVE")
        if status not in ("PRIMARY", "ACTIVE", "INACTIVE", "DRAINING"):
            message = (
                f"expected PRIMARY, ACTIVE, INACTIVE or DRAINING, not {describe_value(status)}"
            )
            raise DocumentError(message, f"{path}.status")
        rollout = entry.get("rolloutState")
        running = fields.count("runningCount", 0)
        deployment = DeploymentRecord(
            self._account.next_deployment_number(),
            id,
            revision,
            revisions.request(revision, id, path),
            status=DeploymentStatus.PRIMARY if is_primary else DeploymentStatus.ACTIVE,
            created_at=fields.time("createdAt"),
            updated_at=fields.time("updatedAt"),
            rollout_state=None
            if rollout is None
            else fields.status("rolloutState", RolloutState, RolloutState.IN_PROGRESS),
            rollout_reason=fields.text("rolloutStateReason"),
            shows_rollout=rollout is not None or not is_classic(revision),
            failed=FailedTasks(fields.count("failedTasks", 0), has_run=running > 0),
            desired_shown=fields.count("desiredCount", 0),
            pending_shown=fields.count("pendingCount", 0),
            running_shown=running,
        )
        fields.skip("id", "taskDefinition", "launchType", "capacityProviderStrategy")
        fields.skip("platformVersion", "platformFamily", *revision.document)
        deployment.extra = fields.rest()
        if deployment.rollout_state is RolloutState.COMPLETED:
            when = deployment.updated_at or deployment.created_at
            now = self._account.time.now
            deployment.completed_at = now if when is None else min(now, microseconds(when))
        return deployment

    def _find_completed(self, service: ServiceRecord) -> None:
        """Note where a rollback goes: the newest deployment that was COMPLETED (S5.3.2)."""
        for one in service.deployments:
            if one.rollout_state is RolloutState.COMPLETED:
                service.completed = one
                break
        primary = service.primary
        if primary is not None and primary.rollout_state is RolloutState.FAILED:
            service.desired_at_failure = service.desired_count

    # Tasks

    def place_tasks(
        self, tasks: list[tuple[ClusterRecord, TaskRecord]], targets: TargetLoader
    ) -> dict[int, Member]:
        """Return the service and the deployment of each service's task, by the task's ``id()``."""
        members: dict[int, Member] = {}
        counts: dict[int, int] = {}
        strays: dict[int, int] = {}
        of_deployment: dict[int, list[TaskRecord]] = {}
        for cluster, task in tasks:
            name = task.settings.group
            service = cluster.services.get(name.removeprefix(_GROUP))
            if not name.startswith(_GROUP) or task.last_status in _ENDED:
                continue
            if service is None or service.kept is not None:
                continue
            deployment = deployment_of(service, task)
            if deployment is None:
                self._account.note(task.arn, "is left alone", "no deployment of its service fits")
                continue
            members[id(task)] = service, deployment
            of_deployment.setdefault(deployment.number, []).append(task)
            if task.desired_status is not LifecycleStatus.STOPPED:
                counts[deployment.number] = counts.get(deployment.number, 0) + 1
                if task.instance is not None and task.instance not in cluster.instances:
                    strays[service.number] = strays.get(service.number, 0) + 1
        for service, runs in self._loaded:
            for deployment in service.deployments:
                number = counts.get(deployment.number, 0)
                deployment.slots = number
                if deployment.status is DeploymentStatus.ACTIVE:
                    deployment.cap = number
                if deployment.revision.load_balancers:
                    deployment.alternates = targets.alternates_in_use(
                        service.cluster, deployment, of_deployment.get(deployment.number, [])
                    )
            self._compare(service, counts)
            if service.number in strays:
                why = (
                    f"{strays[service.number]} of its tasks are on instances that no document "
                    "describes: they count for nothing"
                )
                self._account.note(service.arn, "lacks instances", why)
            restore_service(self._account, service, self._state, runs)
        return members

    def _compare(self, service: ServiceRecord, counts: Mapping[int, int]) -> None:
        """Note where a service says that it has more tasks than the documents do."""
        shown = sum(one.running_shown + one.pending_shown for one in service.deployments)
        known = sum(counts.get(one.number, 0) for one in service.deployments)
        if shown > known:
            why = f"it has {shown} tasks, and the documents describe {known} of them"
            self._account.note(service.arn, "lacks tasks", why)

    def finish(self) -> None:
        """Set what the lives of tasks have moved, and let the next pass look at every service."""
        for service, runs in self._loaded:
            runs.finish()
            service.notes.clear()
            self._watch(service, runs)
            if service.options.current_revision_only:
                self._number_deployments(service)
            watch_fallbacks(self._account, service)
            self._account.wake_service(service)

    def _watch(self, service: ServiceRecord, runs: Runs) -> None:
        names: set[str] = set()
        for settings in (service.configuration, *runs.configurations()):
            if settings.alarms is not None:
                names.update(settings.alarms.names)
        for name in sorted(names - self._account.alarms.by_name.keys()):
            make_alarm(self._account, name)
        runs.watch_alarms()

    def _number_deployments(self, service: ServiceRecord) -> None:
        """Tell the engine which tasks are of which deployment (AG#685)."""
        for deployment in service.deployments:
            for pool in deployment.pools.values():
                for task in pool.values():
                    if task.number is not None:
                        service.cluster.engine.set_task(task.number, deployment=deployment.number)


def _launch_type(fields: Fields) -> str | None:
    """Return the launch type of a service; None with a capacity provider strategy."""
    given, strategy = fields.text("launchType"), fields.items("capacityProviderStrategy")
    if given is None or given == "MANAGED_INSTANCES":
        return None if strategy else "EC2"
    return given
