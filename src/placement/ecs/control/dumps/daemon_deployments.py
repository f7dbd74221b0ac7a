"""Read a daemon deployment from its document (C50, S7.3).

In: what DescribeDaemonDeployments prints, and what ``placementState`` says of it.  Out: a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from placement.documents.records import Record
from placement.ecs.control.daemons.records import (
    DaemonConfiguration,
    DaemonDeploymentRecord,
    DaemonDeploymentStatus,
    DaemonRecord,
    DaemonRollback,
)
from placement.ecs.control.dumps.daemon_state import DaemonFacts, DeploymentFacts
from placement.ecs.control.dumps.fields import Fields
from placement.errors import DocumentError, describe_value
from placement.services.alarms import AlarmWatch
from placement.services.breaker import BreakerCount
from placement.timestamps import MINUTE

__all__ = ["read_deployment"]


def read_deployment(
    daemon: DaemonRecord, record: Record, numbers: Mapping[str, int], facts: DaemonFacts
) -> DaemonDeploymentRecord:
    """Return the record of a deployment; ``numbers`` are those of the revisions, by ARN.

    Raises:
        DocumentError: something has not the form that ECS gives it.
    """
    path, document = record
    fields = Fields(document, path)
    arn = fields.text("daemonDeploymentArn", "")
    known = facts.deployments.get(arn, DeploymentFacts())
    target = (fields.object("targetDaemonRevision") or {}).get("arn")
    sources = [one.get("arn") for one in fields.objects("sourceDaemonRevisions")]
    breaker = Fields(fields.object("circuitBreaker", {}) or {}, f"{path}.circuitBreaker")
    alarms = Fields(fields.object("alarms", {}) or {}, f"{path}.alarms")
    configuration = _configuration(
        Fields(
            fields.object("deploymentConfiguration", {}) or {}, f"{path}.deploymentConfiguration"
        )
    )
    watches = alarms.text("status") != "DISABLED" if known.watches is None else known.watches
    return DaemonDeploymentRecord(
        arn,
        None if target is None else _number(numbers, target, f"{path}.targetDaemonRevision.arn"),
        tuple(numbers[str(one)] for one in sources if one in numbers),
        configuration,
        fields.time("createdAt") or daemon.created_at,
        fields.status("status", DaemonDeploymentStatus, DaemonDeploymentStatus.SUCCESSFUL),
        fields.text("statusReason"),
        fields.time("startedAt"),
        fields.time("stoppedAt"),
        fields.time("finishedAt"),
        known.has_batch,
        known.baking_since,
        failures=BreakerCount(breaker.count("failureCount", 0)),
        threshold=breaker.count("threshold", 0),
        is_breaker_triggered=breaker.text("status") == "TRIGGERED",
        watched=AlarmWatch(configuration.alarms) if watches and configuration.alarms else None,
        triggered=tuple(alarms.texts("triggeredAlarmNames")),
        rollback=_rollback(fields, path, numbers),
    )


def _number(numbers: Mapping[str, int], arn: Any, path: str) -> int:
    if not isinstance(arn, str) or arn not in numbers:
        raise DocumentError(f"the revision {describe_value(arn)} is not described", path)
    return numbers[arn]


def _rollback(fields: Fields, path: str, numbers: Mapping[str, int]) -> DaemonRollback | None:
    document = fields.object("rollback")
    if document is None:
        return None
    own = Fields(document, f"{path}.rollback")
    arn = own.text("rollbackTargetDaemonRevisionArn")
    started = own.time("startedAt")
    if started is None:
        raise DocumentError("is missing", f"{path}.rollback.startedAt")
    here = f"{path}.rollback.rollbackTargetDaemonRevisionArn"
    return DaemonRollback(own.text("reason", ""), started, _number(numbers, arn, here))


def _configuration(fields: Fields) -> DaemonConfiguration:
    document = fields.rest()
    percent, minutes = document.get("drainPercent"), fields.count("bakeTimeInMinutes", 0)
    is_number = isinstance(percent, int | float) and not isinstance(percent, bool)
    if percent is not None and not (is_number and 0 <= percent <= 100):
        message = f"expected 0 to 100 per cent, not {describe_value(percent)}"
        raise DocumentError(message, f"{fields.path}.drainPercent")
    alarms = Fields(fields.object("alarms", {}) or {}, f"{fields.path}.alarms")
    usual = DaemonConfiguration()
    return DaemonConfiguration(
        usual.drain_percent if percent is None else Fraction(str(percent)),
        minutes * MINUTE,
        tuple(alarms.texts("alarmNames")),
        bool(alarms.flag("enable")),
        document,
    )
