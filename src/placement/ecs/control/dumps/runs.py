"""Load service deployments, and make the one that must be under way (S3.2, C50).

In: what DescribeServiceDeployments prints, and the deployments of a service.  Out: records, newest
first.  One that was under way begins at loading; the circuit breaker's count is what its document
says, else 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from placement.documents.records import Record
from placement.ecs.control.account import Account
from placement.ecs.control.dumps.description import EARLIEST
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.revisions import Revisions
from placement.ecs.control.dumps.service_settings import configuration_from
from placement.ecs.control.services.changes import DEPLOYMENT_PREFIX, SERVICE_DEPLOYMENT_LENGTH
from placement.ecs.control.services.configuration import DeploymentConfiguration
from placement.ecs.control.services.deployments import current_deployment
from placement.ecs.control.services.records import (
    DeploymentRecord,
    RevisionRecord,
    Rollback,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
)
from placement.model.checks import checked_text
from placement.services.alarms import watch_alarms
from placement.services.breaker import BreakerCount, DetectorStatus

__all__ = ["Runs"]

_WEIGHTS = ("requestedTestTrafficWeight", "requestedProductionTrafficWeight")


class Runs:
    """The service deployments of one service.

    Args:
        account: The account.
        service: The service; its deployments are loaded.
        revisions: Its revisions.
        keep: Keeps a document that cannot be read into a record.
    """

    def __init__(
        self,
        account: Account,
        service: ServiceRecord,
        revisions: Revisions,
        keep: Callable[[Record], None],
    ) -> None:
        self._account = account
        self._service = service
        self._revisions = revisions
        self._keep = keep
        self._deployments = {one.revision.arn: one for one in service.deployments}
        self._counts: dict[str, int] = {}

    def load(self, about: list[Record], current: str | None) -> None:
        """Add what documents describe, and what must be there beside it.

        Args:
            about: The documents of the service's revisions and service deployments.
            current: ``currentServiceDeployment`` of the service.
        """
        service = self._service
        found = []
        for record in about:
            if record.path.startswith("serviceDeployments"):
                run = self._from_document(record)
                if run is None:
                    self._keep(record)
                else:
                    found.append(run)
        found.sort(key=lambda one: one.created_at or EARLIEST, reverse=True)
        service.service_deployments = found
        primary = service.primary
        if primary is None or service.status is not ServiceStatus.ACTIVE:
            return
        is_known = current is not None and any(one.arn == current for one in found)
        if primary.rollout_state is RolloutState.IN_PROGRESS:
            if current_deployment(service) is None:
                arn = None if is_known else current
                self._add(primary, ServiceDeploymentStatus.IN_PROGRESS, arn)
        elif current is not None and not found:
            self._add(primary, ServiceDeploymentStatus.SUCCESSFUL, current)

    def _add(
        self, primary: DeploymentRecord, status: ServiceDeploymentStatus, arn: str | None
    ) -> None:
        """Add a service deployment that is only implied by the PRIMARY deployment."""
        service, account = self._service, self._account
        if arn is None:
            id = account.new_url_safe(SERVICE_DEPLOYMENT_LENGTH)
            path = f"{service.cluster.name}/{service.name}"
            arn = account.arn(f"service-deployment/{path}/{id}")
        has_ended = status.has_ended
        if has_ended and primary.rollout_state is RolloutState.FAILED:
            status = ServiceDeploymentStatus.STOPPED
        run = ServiceDeploymentRecord(
            arn,
            primary,
            list(service.deployments[1:]),
            primary.created_at,
            service.configuration,
            status=status,
            started_at=primary.created_at,
            updated_at=primary.updated_at,
        )
        if status is ServiceDeploymentStatus.SUCCESSFUL:
            run.finished_at = primary.updated_at
        if has_ended:
            run.snapshot = {}
        service.service_deployments.insert(0, run)

    def _from_document(self, record: Record) -> ServiceDeploymentRecord | None:
        """Return a described service deployment; None where its target cannot be known."""
        path, document = record
        fields = Fields(document, path)
        arn = checked_text(document.get("serviceDeploymentArn"), f"{path}.serviceDeploymentArn")
        snapshot: dict[str, tuple[int, int, int]] = {}
        weights: dict[str, dict[str, Any]] = {}
        target_path = f"{path}.targetServiceRevision"
        target = self._counted(
            fields.object("targetServiceRevision") or {}, target_path, snapshot, weights
        )
        sources = [
            self._counted(one, here, snapshot, weights)
            for one, here in fields.with_paths("sourceServiceRevisions")
        ]
        if target is None or None in sources:
            self._account.note(arn, "is kept", "no document describes a revision of it")
            return None
        options = self._account.options
        run = ServiceDeploymentRecord(
            arn,
            target,
            [one for one in sources if one is not None],
            fields.time("createdAt"),
            configuration_from(document, self._service.scheduling, options, path),
            status=fields.status(
                "status", ServiceDeploymentStatus, ServiceDeploymentStatus.SUCCESSFUL
            ),
            started_at=fields.time("startedAt"),
            finished_at=fields.time("finishedAt"),
            stopped_at=fields.time("stoppedAt"),
            updated_at=fields.time("updatedAt"),
            status_reason=fields.text("statusReason"),
            rollback=self._rollback(fields, path),
            weights=weights,
        )
        if run.status is ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS and run.rollback is None:
            run.rollback = Rollback("", self._account.time.datetime, None)
        if run.status.has_ended:
            run.snapshot = snapshot
        else:
            _show_hidden(run, snapshot)
        self._read_detectors(run, fields, path)
        fields.skip("serviceDeploymentArn", "serviceArn", "clusterArn", "deploymentConfiguration")
        run.extra = fields.rest()
        return run

    def _counted(
        self,
        document: Mapping[str, Any],
        path: str,
        snapshot: dict[str, tuple[int, int, int]],
        weights: dict[str, dict[str, Any]],
    ) -> DeploymentRecord | None:
        """Return the deployment of a revision, and note its counts and its traffic."""
        fields = Fields(document, path)
        arn = fields.text("arn")
        if arn is None:
            return None
        snapshot[arn] = (
            fields.count("requestedTaskCount", 0),
            fields.count("runningTaskCount", 0),
            fields.count("pendingTaskCount", 0),
        )
        weights[arn] = {name: document[name] for name in _WEIGHTS if name in document}
        known = self._deployments.get(arn)
        if known is None:
            revision = self._revisions.find(arn)
            if revision is None:
                return None
            known = self._deployments[arn] = self._hidden(revision, path)
        return known

    def _hidden(self, revision: RevisionRecord, path: str) -> DeploymentRecord:
        """Return the deployment of a revision that is not listed any more.

        Its number is below all others: numbers say which deployment is newer, and this one is older
        than those that are listed.
        """
        id = DEPLOYMENT_PREFIX + revision.arn.rpartition("/")[2]
        return DeploymentRecord(
            -self._account.next_deployment_number(),
            id,
            revision,
            self._revisions.request(revision, id, path),
            status=DeploymentStatus.INACTIVE,
            created_at=revision.created_at,
            updated_at=revision.created_at,
            rollout_state=RolloutState.COMPLETED,
        )

    def _rollback(self, fields: Fields, path: str) -> Rollback | None:
        document = fields.object("rollback")
        if document is None:
            return None
        inside = Fields(document, f"{path}.rollback")
        started = inside.time("startedAt") or self._account.time.datetime
        return Rollback(inside.text("reason", ""), started, inside.text("serviceRevisionArn"))

    def _read_detectors(self, run: ServiceDeploymentRecord, fields: Fields, path: str) -> None:
        breaker = Fields(
            fields.object("deploymentCircuitBreaker") or {}, f"{path}.deploymentCircuitBreaker"
        )
        self._counts[run.arn] = breaker.count("failureCount", 0)
        run.breaker_count = BreakerCount(self._counts[run.arn])
        usual = DetectorStatus.MONITORING
        status = breaker.status("status", DetectorStatus, usual)
        run.is_breaker_triggered = status is DetectorStatus.TRIGGERED
        alarms = Fields(fields.object("alarms") or {}, f"{path}.alarms")
        is_ignored = alarms.status("status", DetectorStatus, usual) is DetectorStatus.DISABLED
        settings = run.configuration.alarms
        if settings is not None and run.status is not ServiceDeploymentStatus.PENDING:
            in_alarm = settings.names if is_ignored else ()
            run.alarms = watch_alarms(settings.names, in_alarm, enabled=settings.enable)
        run.triggered_alarms = tuple(alarms.texts("triggeredAlarmNames"))

    # Afterwards

    def deployments(self) -> list[DeploymentRecord]:
        """Return the deployments of the service, those that are not listed any more too."""
        return list(self._deployments.values())

    def of_id(self, id: str) -> DeploymentRecord | None:
        """Return the deployment of an id: a listed one, or that of a described revision."""
        for one in self._deployments.values():
            if one.id == id:
                return one
        service = self._service
        digits = id.rpartition("/")[2]
        arn = self._account.arn(f"service-revision/{service.cluster.name}/{service.name}/{digits}")
        revision = self._revisions.find(arn)
        if revision is None:
            return None
        found = self._deployments[arn] = self._hidden(revision, arn)
        return found

    def configurations(self) -> list[DeploymentConfiguration]:
        """Return the settings of the service deployment that is under way, if there is one."""
        current = current_deployment(self._service)
        return [] if current is None else [current.configuration]

    def watch_alarms(self) -> None:
        """Let the service deployment that is under way watch its alarms (S5.2)."""
        current = current_deployment(self._service)
        if current is None or current.configuration.alarms is None:
            return
        if current.status is ServiceDeploymentStatus.PENDING:
            return  # the next pass begins it
        settings = current.configuration.alarms
        if current.alarms is None:  # no document describes it
            current.alarms = watch_alarms(settings.names, (), enabled=settings.enable)
        self._account.watch_alarms(self._service, settings.names)

    def finish(self) -> None:
        """Set the counts of circuit breakers again: the lives of tasks have moved them."""
        for run in self._service.service_deployments:
            run.breaker_count = BreakerCount(
                self._counts.get(run.arn, 0), has_run=run.breaker_count.has_run
            )


def _show_hidden(run: ServiceDeploymentRecord, counts: Mapping[str, tuple[int, int, int]]) -> None:
    """Let deployments that are listed no more show the counts of the last pass, as described (D17).

    They are shown until the run ends, and its end keeps them.
    """
    for one in (run.target, *run.sources):
        if one.number < 0:
            one.desired_shown, one.running_shown, one.pending_shown = counts[one.revision.arn]
