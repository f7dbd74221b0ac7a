"""Daemons, their task definitions, revisions and deployments as the API gives them.

In: records.  Out: documents.  Changes nothing.
"""

from __future__ import annotations

from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.daemons.counts import InstanceCounts, instance_counts
from placement.ecs.control.daemons.records import (
    DaemonDefinitionRecord,
    DaemonDeploymentRecord,
    DaemonDeploymentStatus,
    DaemonRecord,
    DaemonRevision,
    PlaceState,
)
from placement.ecs.control.records import Document
from placement.ecs.definitions.images import parse_image

__all__ = [
    "changed_answer",
    "daemon_answer",
    "daemon_brief",
    "definition_answer",
    "definition_brief",
    "deployment_answer",
    "deployment_brief",
    "revision_answer",
]

TOTAL = InstanceCounts()


def _present(document: Document) -> Document:
    """Return a document without the fields that are None: they are not in answers."""
    return {name: value for name, value in document.items() if value is not None}


# Task definitions


def definition_answer(record: DaemonDefinitionRecord) -> Document:
    """Return a daemon task definition as DescribeDaemonTaskDefinition gives it."""
    return _present(
        {
            **record.document,
            "daemonTaskDefinitionArn": record.definition.arn,
            "status": str(record.status),
            "registeredAt": record.definition.registered_at,
            "registeredBy": record.definition.registered_by,
            "deleteRequestedAt": record.delete_requested_at,
        }
    )


def definition_brief(record: DaemonDefinitionRecord) -> Document:
    """Return a daemon task definition as ListDaemonTaskDefinitions gives it."""
    return _present(
        {
            "arn": record.definition.arn,
            "registeredAt": record.definition.registered_at,
            "registeredBy": record.definition.registered_by,
            "deleteRequestedAt": record.delete_requested_at,
            "status": str(record.status),
        }
    )


# Daemons


def changed_answer(daemon: DaemonRecord, *, updated: bool) -> Document:
    """Return what CreateDaemon answers; UpdateDaemon and DeleteDaemon say when, too."""
    return _present(
        {
            "daemonArn": daemon.arn,
            "status": str(daemon.status),
            "createdAt": daemon.created_at,
            "updatedAt": daemon.updated_at if updated else None,
            "deploymentArn": daemon.deployments[0].arn,
        }
    )


def daemon_brief(daemon: DaemonRecord) -> Document:
    """Return a daemon as ListDaemons gives it."""
    return {
        "daemonArn": daemon.arn,
        "status": str(daemon.status),
        "createdAt": daemon.created_at,
        "updatedAt": daemon.updated_at or daemon.created_at,
    }


def daemon_answer(account: Account, daemon: DaemonRecord) -> Document:
    """Return a daemon as DescribeDaemon gives it."""
    shown = {
        place.revision
        for place in daemon.places.values()
        if place.state not in (PlaceState.EXPECTED, PlaceState.LEFT)
    }
    goal = daemon.current if daemon.under_way is None else daemon.under_way.goal
    if goal is not None:
        shown.add(goal)
    return {
        **daemon_brief(daemon),
        "clusterArn": account.clusters[daemon.cluster].arn,
        "currentRevisions": [
            _revision_detail(account, daemon, daemon.revisions[number])
            for number in sorted(shown, reverse=True)
        ],
        "deploymentArn": daemon.deployments[0].arn,
    }


def _revision_detail(account: Account, daemon: DaemonRecord, revision: DaemonRevision) -> Document:
    counts = instance_counts(account.clusters[daemon.cluster], daemon, revision)
    total = sum(counts.values(), TOTAL)
    return {
        "arn": revision.arn,
        "capacityProviders": [
            {
                "arn": account.arn(f"capacity-provider/{name}"),
                "runningCount": one.running,
                "withoutDaemonCount": one.without,
            }
            for name, one in counts.items()
        ],
        "totalRunningCount": total.running,
        "totalWithoutDaemonCount": total.without,
    }


def revision_answer(account: Account, daemon: DaemonRecord, revision: DaemonRevision) -> Document:
    """Return a revision as DescribeDaemonRevisions gives it."""
    return {
        "daemonRevisionArn": revision.arn,
        "clusterArn": account.clusters[daemon.cluster].arn,
        "daemonArn": daemon.arn,
        "daemonTaskDefinitionArn": revision.definition.arn,
        "createdAt": revision.created_at,
        "containerImages": [
            _image(one) for one in revision.definition.document["containerDefinitions"]
        ],
        "propagateTags": revision.propagate_tags,
        "enableECSManagedTags": revision.managed_tags,
        "enableExecuteCommand": revision.execute_command,
        "critical": revision.is_critical,
    }


def _image(container: Document) -> Document:
    image = container["image"]
    digest = parse_image(image).digest
    return _present(
        {"containerName": container["name"], "image": image, "imageDigest": digest or None}
    )


# Deployments


def deployment_brief(
    account: Account, daemon: DaemonRecord, deployment: DaemonDeploymentRecord
) -> Document:
    """Return a deployment as ListDaemonDeployments gives it."""
    target = None if deployment.target is None else daemon.revisions[deployment.target].arn
    return _present(
        {
            **_times(account, daemon, deployment),
            "daemonArn": daemon.arn,
            "targetDaemonRevisionArn": target,
        }
    )


def deployment_answer(
    account: Account, daemon: DaemonRecord, deployment: DaemonDeploymentRecord
) -> Document:
    """Return a deployment as DescribeDaemonDeployments gives it; a deletion has no target."""
    target = deployment.target
    return _present(
        {
            **_times(account, daemon, deployment),
            "targetDaemonRevision": (
                None if target is None else _deployed(account, daemon, daemon.revisions[target])
            ),
            "sourceDaemonRevisions": [
                _deployed(account, daemon, daemon.revisions[number])
                for number in deployment.sources
                if number != target
            ],
            "circuitBreaker": {
                "failureCount": deployment.failures.failures,
                "status": _monitor(deployment, target is not None, deployment.is_breaker_triggered),
                "threshold": deployment.threshold,
            },
            "alarms": {
                "status": _monitor(
                    deployment,
                    deployment.watched is not None and not deployment.watched.is_ignored,
                    bool(deployment.triggered),
                ),
                "alarmNames": list(deployment.configuration.alarms),
                "triggeredAlarmNames": list(deployment.triggered),
            },
            "rollback": _rollback(account, daemon, deployment),
            "deploymentConfiguration": _configuration(deployment),
        }
    )


def _times(account: Account, daemon: DaemonRecord, deployment: DaemonDeploymentRecord) -> Document:
    return {
        "daemonDeploymentArn": deployment.arn,
        "clusterArn": account.clusters[daemon.cluster].arn,
        "status": str(deployment.status),
        "statusReason": deployment.status_reason,
        "createdAt": deployment.created_at,
        "startedAt": deployment.started_at,
        "stoppedAt": deployment.stopped_at,
        "finishedAt": deployment.finished_at,
    }


def _deployed(account: Account, daemon: DaemonRecord, revision: DaemonRevision) -> Document:
    counts = instance_counts(account.clusters[daemon.cluster], daemon, revision)
    total = sum(counts.values(), TOTAL)
    return {
        "arn": revision.arn,
        "capacityProviders": [
            {
                "arn": account.arn(f"capacity-provider/{name}"),
                "runningInstanceCount": one.running,
                "withoutDaemonInstanceCount": one.without,
                "drainingInstanceCount": one.draining,
            }
            for name, one in counts.items()
        ],
        "totalRunningInstanceCount": total.running,
        "totalWithoutDaemonInstanceCount": total.without,
        "totalDrainingInstanceCount": total.draining,
    }


def _monitor(deployment: DaemonDeploymentRecord, is_used: bool, is_triggered: bool) -> str:
    """Return the status of what can make a deployment fail."""
    if is_triggered:
        return "TRIGGERED"
    if not is_used:
        return "DISABLED"
    goes_on = (DaemonDeploymentStatus.PENDING, DaemonDeploymentStatus.IN_PROGRESS)
    return "MONITORING" if deployment.status in goes_on else "MONITORING_COMPLETE"


def _rollback(
    account: Account, daemon: DaemonRecord, deployment: DaemonDeploymentRecord
) -> Document | None:
    rollback = deployment.rollback
    if rollback is None:
        return None
    target = daemon.revisions[rollback.target]
    providers = [account.arn(f"capacity-provider/{name}") for name in target.providers]
    return {
        "reason": rollback.reason,
        "startedAt": rollback.started_at,
        "rollbackTargetDaemonRevisionArn": target.arn,
        "rollbackCapacityProviders": providers,
    }


def _configuration(deployment: DaemonDeploymentRecord) -> dict[str, Any]:
    settings = deployment.configuration
    return {
        "bakeTimeInMinutes": 0,
        **settings.document,
        "drainPercent": float(settings.drain_percent),
    }
