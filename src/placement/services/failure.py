"""What follows when a deployment fails: which revision comes back, if any (S5.3).

In: what the detectors say, their ``rollback`` flags, and the deployments that were COMPLETED.  Out:
what happens to the service deployment, and the reason.  The state of the service afterwards is
``slots.with_primary`` (rollback) or ``slots.with_failure``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import attrs

__all__ = ["AfterFailure", "Completed", "Detector", "FailureResult", "after_failure", "is_watched"]


class Detector(enum.Enum):
    """What found that a deployment failed; the value says it as a sentence."""

    CIRCUIT_BREAKER = "tasks failed to start"
    ALARM = "an alarm is in ALARM"
    USER = "somebody asked for a rollback"


class AfterFailure(enum.Enum):
    """What happens to the service deployment."""

    STOPPED = "no rollback: the failed revision starts nothing more"
    ROLLBACK = "the latest COMPLETED deployment becomes PRIMARY again"
    ROLLBACK_FAILED = "no rollback candidate: nothing starts, running tasks stay"


@attrs.frozen
class Completed:
    """A deployment that was COMPLETED: its revision, and when (the last time)."""

    revision: int
    at: int


@attrs.frozen
class FailureResult:
    """What follows, and why.

    Attributes:
        what: What happens to the service deployment.
        detector: What found the failure.
        target: The revision that becomes PRIMARY again, in a rollback.
    """

    what: AfterFailure
    detector: Detector
    target: int | None = None


def after_failure(
    detector: Detector, failed: int, completed: Iterable[Completed], *, rolls_back: bool
) -> FailureResult:
    """Return what follows from the first detector that fired.

    Args:
        detector: It.
        failed: The revision that failed.
        completed: The service's deployments that were COMPLETED.
        rolls_back: The ``rollback`` flag of that detector's settings.
    """
    if not rolls_back:
        return FailureResult(AfterFailure.STOPPED, detector)
    candidates = [one for one in completed if one.revision != failed]
    if not candidates:
        return FailureResult(AfterFailure.ROLLBACK_FAILED, detector)  # D23
    latest = max(candidates, key=lambda one: (one.at, one.revision))
    return FailureResult(AfterFailure.ROLLBACK, detector, latest.revision)


def is_watched(*, is_rollback: bool, is_completed: bool, has_failed: bool) -> bool:
    """Whether detectors watch a deployment: not a rollback, which could not end otherwise (D38)."""
    return not (is_rollback or is_completed or has_failed)
