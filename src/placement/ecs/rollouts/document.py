"""A rollout as plain JSON: the form that ``placement deploy --output json`` prints.

In: a ``Rollout`` and the warnings about the service.  Out: dicts and lists in a fixed order of
keys.  Moments are ISO texts and seconds since the deployment was asked for; a share of traffic is
a fraction as text, ``1/3``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from placement.ecs.lints.codes import ServiceLint
from placement.ecs.rollouts.values import Revision, RevisionCounts, Rollout, RolloutPoint
from placement.timestamps import SECOND, from_microseconds

__all__ = ["lint_document", "rollout_document"]

Document = dict[str, Any]


def rollout_document(rollout: Rollout, warnings: Sequence[ServiceLint] = ()) -> Document:
    """Return a rollout as a JSON object."""
    by_number = {one.number: one for one in rollout.revisions}
    return {
        "service": rollout.service,
        "cluster": rollout.cluster,
        "outcome": rollout.outcome.name,
        "startedAt": _time(rollout.started_at),
        "endedAt": _time(rollout.ended_at),
        "steadyAfter": None
        if rollout.settled_at is None
        else _seconds(rollout, rollout.settled_at),
        "lastChangeAfter": _seconds(rollout, rollout.last_change_at),
        "revisions": [
            {
                "deployment": one.id,
                "taskDefinition": one.task_definition,
                "name": one.name,
                "isNew": one.is_new,
            }
            for one in rollout.revisions
        ],
        "timeline": [_point(rollout, point, by_number) for point in rollout.points],
        "events": [
            {
                "createdAt": _time(one.at),
                "seconds": _seconds(rollout, one.at),
                "message": one.message,
            }
            for one in rollout.events
        ],
        "causes": [
            {
                "since": _time(one.since),
                "seconds": _seconds(rollout, one.since),
                "message": one.message,
            }
            for one in rollout.causes
        ],
        "explanation": list(rollout.explanation),
        "unsteadyServices": list(rollout.unsteady),
        "warnings": [lint_document(one) for one in warnings],
    }


def lint_document(warning: ServiceLint) -> Document:
    """Return a warning as a JSON object."""
    return {
        "code": warning.code,
        "path": warning.path,
        "message": warning.message,
        "advice": warning.advice,
    }


def _point(rollout: Rollout, point: RolloutPoint, by_number: dict[int, Revision]) -> Document:
    return {
        "time": _time(point.at),
        "seconds": _seconds(rollout, point.at),
        "desired": point.desired,
        "lower": point.lower,
        "upper": point.upper,
        "healthy": point.healthy,
        "active": point.active,
        "revisions": [
            _counts(by_number[number], counts) for number, counts in point.revisions.items()
        ],
        "changes": list(point.changes),
    }


def _counts(revision: Revision, counts: RevisionCounts) -> Document:
    return {
        "deployment": revision.id,
        "pending": counts.pending,
        "warming": counts.warming,
        "healthy": counts.healthy,
        "unhealthy": counts.unhealthy,
        "draining": counts.draining,
        "active": counts.active,
        "stopping": counts.stopping,
        "started": counts.started,
        "stopped": counts.stopped,
        "failed": [{"reason": reason, "count": n} for reason, n in counts.failed.items()],
        "traffic": None if counts.traffic is None else str(counts.traffic),
    }


def _time(moment: int) -> str:
    return from_microseconds(moment).isoformat()


def _seconds(rollout: Rollout, moment: int) -> float:
    return (moment - rollout.started_at) / SECOND
