"""Services, service deployments and revisions in the shapes of the API's answers (S2.5, S3).

In: records.  Out: documents that share nothing with the records, so that the client need not copy
them (``FreshAnswer``).  Counts are those of the last pass (S3.1.3); reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.aws.shapes import plain_copy
from placement.ecs.control.platforms import LATEST_PLATFORM, platform_family
from placement.ecs.control.records import Document
from placement.ecs.control.services.bindings import load_balancer_documents
from placement.ecs.control.services.configuration_documents import write_configuration
from placement.ecs.control.services.records import (
    DeploymentRecord,
    RevisionRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from placement.ecs.control.services.statuses import (
    DeploymentStatus,
    ServiceDeploymentStatus,
    ServiceStatus,
)
from placement.ecs.options import Options
from placement.services.breaker import DetectorStatus
from placement.services.hooks import Invocation
from placement.services.traffic_deployment import NO_TRAFFIC
from placement.timestamps import from_microseconds

__all__ = [
    "revision_answer",
    "service_answer",
    "service_deployment_answer",
    "service_deployment_brief",
]

OF_DEPLOYMENTS = (
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""What of a revision a deployment shows; a service shows network and registries."""


def _present(document: Document) -> Document:
    """Return a document without the fields that are None: they are not in answers."""
    return {name: value for name, value in document.items() if value is not None}


def _text(status: Any) -> str | None:
    return None if status is None else str(status)


# Services


def service_answer(service: ServiceRecord, *, tags: bool) -> Document:
    """Return a service as DescribeServices gives it; without ``tags`` they are left out."""
    if service.kept is not None:
        return _kept_answer(service, service.kept, tags=tags)
    primary = service.primary
    shown = [one for one in service.deployments if one.status is not DeploymentStatus.INACTIVE]
    of_revision = _unrun_revision(service) if primary is None else _of_revision(primary.revision)
    stored = plain_copy(service.document)
    newest = service.service_deployments[0] if service.service_deployments else None
    document = {
        **plain_copy(service.extra),
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        **of_revision,
        "status": str(service.status),
        "desiredCount": service.desired_count,
        "runningCount": sum(one.running_shown for one in shown),
        "pendingCount": sum(one.pending_shown for one in shown),
        "deploymentConfiguration": plain_copy(write_configuration(service.configuration)),
        "deployments": [_deployment(service, one) for one in shown],
        "roleArn": stored.get("roleArn"),
        "events": [
            {"id": one.id, "createdAt": one.created_at, "message": one.message}
            for one in reversed(service.events)
        ],
        "createdAt": service.created_at,
        "currentServiceDeployment": None if newest is None else newest.arn,
        "currentServiceRevisions": [_current_revision(one) for one in shown],
        "placementConstraints": stored.get("placementConstraints", []),
        "placementStrategy": stored.get("placementStrategy", []),
        "healthCheckGracePeriodSeconds": service.grace or 0,
        "schedulingStrategy": service.scheduling,
        "deploymentController": {"type": service.controller},
        "createdBy": stored.get("createdBy"),
        "enableECSManagedTags": stored.get("enableECSManagedTags", False),
        "propagateTags": stored.get("propagateTags", "NONE"),
        "enableExecuteCommand": stored.get("enableExecuteCommand", False),
        "availabilityZoneRebalancing": service.rebalancing,
        "resourceManagementType": stored.get("resourceManagementType", "CUSTOMER"),
        "tags": plain_copy(service.tags) if tags else None,
    }
    return _present(document)


def _kept_answer(service: ServiceRecord, kept: Mapping[str, Any], *, tags: bool) -> Document:
    """Return a loaded service that the model leaves as it came (C48)."""
    document: Document = plain_copy(kept)
    document |= {"status": str(service.status), "desiredCount": service.desired_count}
    document.pop("tags", None)
    return document | ({"tags": plain_copy(service.tags)} if tags else {})


def _of_revision(revision: RevisionRecord) -> Document:
    """Return what a service shows of its revision."""
    return {
        "taskDefinition": revision.definition.arn,
        **_placed_by(revision),
        "platformVersion": revision.platform_version,
        "platformFamily": _family(revision),
        "loadBalancers": load_balancer_documents(revision.load_balancers),
        "serviceRegistries": plain_copy(revision.document.get("serviceRegistries", [])),
        "networkConfiguration": plain_copy(revision.document.get("networkConfiguration")),
    }


def _unrun_revision(service: ServiceRecord) -> Document:
    """Return the same of a service that the model does not run (D8)."""
    stored: Mapping[str, Any] = plain_copy(service.document)
    return {
        "taskDefinition": stored.get("taskDefinition"),
        "launchType": service.launch_type,
        "platformVersion": stored.get("platformVersion"),
        "loadBalancers": stored.get("loadBalancers", []),
        "serviceRegistries": stored.get("serviceRegistries", []),
        "networkConfiguration": stored.get("networkConfiguration"),
        "taskSets": [],
    }


def _placed_by(revision: RevisionRecord) -> Document:
    """Return the launch type or the capacity provider strategy (S2.5).

    It is exactly one of them, unless a document had both (C50).
    """
    if revision.launch_type is None:
        both = {key: value for key, value in revision.extra.items() if key == "launchType"}
        return {**both, "capacityProviderStrategy": plain_copy(list(revision.strategy))}
    return {"launchType": revision.launch_type}


def _family(revision: RevisionRecord) -> str | None:
    """Return the platform family: as it was loaded, else that of the task definition (Fargate)."""
    loaded: str | None = revision.extra.get("platformFamily")
    if loaded is not None or revision.platform_version is None:
        return loaded
    return platform_family(revision.definition.document)


def _platform(revision: RevisionRecord) -> str | None:
    """Return the platform version as a number."""
    version = revision.platform_version
    return LATEST_PLATFORM if version == "LATEST" else version


def _current_revision(deployment: DeploymentRecord) -> Document:
    return {
        "arn": deployment.revision.arn,
        "requestedTaskCount": deployment.desired_shown,
        "runningTaskCount": deployment.running_shown,
        "pendingTaskCount": deployment.pending_shown,
    }


def _deployment(service: ServiceRecord, deployment: DeploymentRecord) -> Document:
    """Return an entry of ``deployments`` (S3.1)."""
    revision = deployment.revision
    is_old = deployment.status is DeploymentStatus.ACTIVE
    is_deleted = service.status is ServiceStatus.DRAINING
    document = {
        **plain_copy(deployment.extra),
        "id": deployment.id,
        "status": "DRAINING" if is_old and is_deleted else str(deployment.status),  # D16
        "taskDefinition": revision.definition.arn,
        "desiredCount": deployment.desired_shown,
        "pendingCount": deployment.pending_shown,
        "runningCount": deployment.running_shown,
        "failedTasks": deployment.failed.count,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        **_placed_by(revision),
        "platformVersion": _platform(revision),
        "platformFamily": _family(revision),
        "rolloutState": _text(deployment.rollout_state) if deployment.shows_rollout else None,
        "rolloutStateReason": deployment.rollout_reason if deployment.shows_rollout else None,
    }
    for name in OF_DEPLOYMENTS:
        if name in revision.document:
            document[name] = plain_copy(revision.document[name])
    return _present(document)


# Service deployments


def service_deployment_brief(service: ServiceRecord, run: ServiceDeploymentRecord) -> Document:
    """Return a service deployment as ListServiceDeployments gives it."""
    return _present(
        {
            "serviceDeploymentArn": run.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster.arn,
            "startedAt": run.started_at,
            "createdAt": run.created_at,
            "finishedAt": run.finished_at,
            "targetServiceRevisionArn": run.target.revision.arn,
            "status": str(run.status),
            "statusReason": run.status_reason,
        }
    )


def service_deployment_answer(
    service: ServiceRecord, run: ServiceDeploymentRecord, options: Options
) -> Document:
    """Return a service deployment as DescribeServiceDeployments gives it (S3.2.2)."""
    document = {
        **plain_copy(run.extra),
        "serviceDeploymentArn": run.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "createdAt": run.created_at,
        "startedAt": run.started_at,
        "finishedAt": run.finished_at,
        "stoppedAt": run.stopped_at,
        "updatedAt": run.updated_at,
        "sourceServiceRevisions": [_counted(run, one) for one in run.sources],
        "targetServiceRevision": _counted(run, run.target),
        **_traffic(run),
        "status": str(run.status),
        "statusReason": run.status_reason,
        "deploymentConfiguration": plain_copy(write_configuration(run.configuration)),
        "rollback": None
        if run.rollback is None
        else _present(
            {
                "reason": run.rollback.reason,
                "startedAt": run.rollback.started_at,
                "serviceRevisionArn": run.rollback.revision_arn,
            }
        ),
        "deploymentCircuitBreaker": _breaker(service, run, options),
        "alarms": _alarms(run),
    }
    return _present(document)


def _counted(run: ServiceDeploymentRecord, deployment: DeploymentRecord) -> Document:
    """Return a revision with its tasks: as of the last pass, after the end as the end left them."""
    arn = deployment.revision.arn
    requested, running, pending = (run.snapshot or {}).get(
        arn, (deployment.desired_shown, deployment.running_shown, deployment.pending_shown)
    )
    return {
        "arn": arn,
        "requestedTaskCount": requested,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
        **_weights(run, deployment),
    }


def _weights(run: ServiceDeploymentRecord, deployment: DeploymentRecord) -> Document:
    """Return the shares of traffic of a revision in per cent, where traffic is shifted."""
    traffic = run.traffic
    if traffic is None:
        return dict(run.weights.get(deployment.revision.arn, {}))
    if deployment.number == traffic.green:
        shares = traffic.weights
    elif deployment.number == traffic.blue:
        shares = traffic.weights.complement
    else:
        shares = NO_TRAFFIC
    return {
        "requestedTestTrafficWeight": float(100 * shares.test),
        "requestedProductionTrafficWeight": float(100 * shares.production),
    }


def _traffic(run: ServiceDeploymentRecord) -> Document:
    """Return the lifecycle stage, and the hooks that ran so far."""
    traffic = run.traffic
    if traffic is None:
        return {}
    return {
        "lifecycleStage": None if traffic.stage is None else traffic.stage.value,
        "lifecycleHookDetails": [_hook(run, one) for one in traffic.invocations],
    }


def _hook(run: ServiceDeploymentRecord, invocation: Invocation) -> Document:
    hook = invocation.hook
    return _present(
        {
            "hookId": run.hook_ids.get(invocation.number),
            "targetType": hook.kind.value,
            "targetArn": hook.target,
            "status": invocation.status.value,
            "expiresAt": from_microseconds(invocation.expires_at),
            "timeoutAction": hook.timeout_action.value,
        }
    )


def _breaker(service: ServiceRecord, run: ServiceDeploymentRecord, options: Options) -> Document:
    settings = run.configuration.breaker
    core = settings.for_core(options)
    status = _detector(run, settings.enable, run.is_breaker_triggered)
    return {
        "status": status.value,
        "failureCount": run.breaker_count.failures,
        "threshold": core.threshold(service.desired_count),
    }


def _alarms(run: ServiceDeploymentRecord) -> Document | None:
    settings = run.configuration.alarms
    if settings is None:
        return None
    is_watched = settings.enable and not (run.alarms is not None and run.alarms.is_ignored)
    return {
        "status": _detector(run, is_watched, bool(run.triggered_alarms)).value,
        "alarmNames": list(settings.names),
        "triggeredAlarmNames": list(run.triggered_alarms),
    }


def _detector(run: ServiceDeploymentRecord, is_watched: bool, is_triggered: bool) -> DetectorStatus:
    """Return the status of the circuit breaker or of the alarms (S5.1)."""
    if is_triggered:
        return DetectorStatus.TRIGGERED
    if not is_watched:
        return DetectorStatus.DISABLED
    if run.status is ServiceDeploymentStatus.SUCCESSFUL:
        return DetectorStatus.MONITORING_COMPLETE
    return DetectorStatus.MONITORING


# Revisions


def revision_answer(service: ServiceRecord, revision: RevisionRecord) -> Document:
    """Return a service revision as DescribeServiceRevisions gives it (S3.2.7)."""
    containers = revision.definition.document["containerDefinitions"]
    document = {
        **plain_copy(revision.extra),
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "taskDefinition": revision.definition.arn,
        **_placed_by(revision),
        "platformVersion": _platform(revision),
        "platformFamily": _family(revision),
        "loadBalancers": load_balancer_documents(revision.load_balancers),
        "containerImages": plain_copy(revision.extra.get("containerImages"))
        or [
            _present({"containerName": one.get("name"), "image": one.get("image")})
            for one in containers
        ],
        "createdAt": revision.created_at,
        **plain_copy(dict(revision.document)),
    }
    return _present(document)
