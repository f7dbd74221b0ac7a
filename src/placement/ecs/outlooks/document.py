"""Outlooks as plain JSON: the forms that ``placement autoscale`` and ``capacity`` print.

In: ``ScalingCourse``, ``CapacityOutlook``, warnings.  Out: dicts and lists in a fixed order of
keys.  Moments are ISO texts; numbers are floats, exact ones are rounded only here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from placement.ecs.lints.scaling_codes import ScalingLint
from placement.ecs.outlooks.capacity import ProviderOutlook
from placement.ecs.outlooks.capacity_course import CapacityChange, CapacityCourse
from placement.ecs.outlooks.course import ScalingCourse, ScalingMinute
from placement.timestamps import SECOND, from_microseconds

__all__ = ["capacity_document", "course_document", "moment_text", "scaling_lint_document"]

Document = dict[str, Any]


def course_document(
    course: ScalingCourse, warnings: Sequence[ScalingLint] = (), *, every_minute: bool = False
) -> Document:
    """Return a course as a JSON object; its timeline has the minutes with news, or all."""
    return {
        "service": course.service,
        "cluster": course.cluster,
        "mode": course.mode.name,
        "metric": course.metric,
        "policies": list(course.policies),
        "policiesWithoutPoints": list(course.others),
        "startedAt": moment_text(course.started_at),
        "endedAt": moment_text(course.ended_at),
        "minutes": len(course.minutes),
        "periodSeconds": course.period // SECOND,
        "firstDesired": course.first_desired,
        "summary": dict(course.sums),
        "thresholds": [
            {
                "policy": line.policy,
                "alarm": line.alarm,
                "threshold": float(line.threshold),
                "breachedAbove": line.is_above,
                "isTarget": line.is_target,
                "minutesBeyond": course.beyond(line)[0],
                "recordedMinutesBeyond": course.beyond(line)[1],
            }
            for line in course.lines
        ],
        "timeline": [_minute(one) for one in (course.minutes if every_minute else course.news)],
        "unplaced": course.unplaced or None,
        "warnings": [scaling_lint_document(one) for one in warnings],
    }


def _minute(one: ScalingMinute) -> Document:
    return {
        "time": moment_text(one.at),
        "recorded": _number(one.recorded),
        "recordedCount": one.recorded_count,
        "metric": _number(one.metric),
        "running": one.running,
        "desiredBefore": one.before,
        "desired": one.desired,
        "minCapacity": one.minimum,
        "maxCapacity": one.maximum,
        "reason": one.reason or None,
    }


def capacity_document(
    now: int,
    providers: Sequence[ProviderOutlook],
    course: CapacityCourse | None = None,
    warnings: Sequence[ScalingLint] = (),
) -> Document:
    """Return an outlook on capacity providers as a JSON object.

    Args:
        now: When the providers were looked at (moment).
        providers: What becomes of them.
        course: How they follow tasks that were run; None: none were.
        warnings: Warnings.
    """
    return {
        "now": moment_text(now),
        "providers": [_provider(one) for one in providers],
        "afterTasks": None if course is None else _capacity_course(course),
        "warnings": [scaling_lint_document(one) for one in warnings],
    }


def _provider(one: ProviderOutlook) -> Document:
    return {
        "provider": one.provider,
        "type": one.kind,
        "group": one.group,
        "clusters": list(one.clusters),
        "registered": one.registered,
        "empty": one.empty,
        "launching": one.launching,
        "waiting": one.waiting,
        "needed": _number(one.wanted),
        "reservation": _number(one.reservation),
        "target": one.target,
        "minSize": one.minimum,
        "maxSize": one.maximum,
        "desired": one.desired,
        "newDesired": one.new_desired,
        "reason": one.reason,
    }


def _capacity_course(course: CapacityCourse) -> Document:
    return {
        "tasks": course.tasks,
        "placed": course.placed,
        "failed": [{"reason": reason, "count": n} for reason, n in course.failed.items()],
        "placedAfter": _seconds(course.started_at, course.placed_at),
        "settledAfter": _seconds(course.started_at, course.settled_at),
        "timeline": [_change(course.started_at, one) for one in course.changes],
    }


def _change(start: int, one: CapacityChange) -> Document:
    return {
        "time": moment_text(one.at),
        "seconds": _seconds(start, one.at),
        "provider": one.provider,
        "registered": one.registered,
        "launching": one.launching,
        "desired": one.desired,
        "waiting": one.waiting,
        "reservation": _number(one.reservation),
        "changes": list(one.changes),
    }


def _seconds(start: int, moment: int | None) -> float | None:
    return None if moment is None else (moment - start) / SECOND


def scaling_lint_document(warning: ScalingLint) -> Document:
    """Return a warning as a JSON object."""
    return {
        "code": warning.code,
        "subject": warning.subject,
        "path": warning.path,
        "message": warning.message,
        "advice": warning.advice,
    }


def moment_text(moment: int) -> str:
    """Return a moment as ISO text in UTC."""
    return from_microseconds(moment).isoformat()


def _number(value: int | Fraction | None) -> float | None:
    return None if value is None else float(value)
