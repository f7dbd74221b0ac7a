"""The deployment circuit breaker: what it counts, and when it fires (S5.1).

In: settings, and what happened to tasks of the PRIMARY deployment (D35).  Out: the count, and
whether it has reached the threshold.  What follows is in ``failure``.
"""

from __future__ import annotations

import enum

import attrs

from placement.errors import UsageError, describe_value
from placement.services.limits import ceil_div

__all__ = ["Breaker", "BreakerCount", "DetectorStatus", "Outcome", "ThresholdType"]

LEAST_BOUNDED = 3
MOST_BOUNDED = 200
"""Bounds of a BOUNDED_PERCENT threshold (A48)."""


class DetectorStatus(enum.Enum):
    """The status of a circuit breaker or of a deployment's alarms, as described."""

    MONITORING = "MONITORING"
    TRIGGERED = "TRIGGERED"
    MONITORING_COMPLETE = "MONITORING_COMPLETE"
    DISABLED = "DISABLED"


class ThresholdType(enum.Enum):
    """How the threshold follows from its value."""

    COUNT = "COUNT"
    BOUNDED_PERCENT = "BOUNDED_PERCENT"
    UNBOUNDED_PERCENT = "UNBOUNDED_PERCENT"


class Outcome(enum.Enum):
    """What happened to a task of the PRIMARY deployment.

    - FAILED_START: it ended before RUNNING (``failed_starts`` says which ends count).
    - NOT_PLACED: a wanted task could not be placed, in an attempt that counts (``retries``).
    - UNHEALTHY: it turned unhealthy.
    - EARLY_EXIT: a container exited after RUNNING.
    - RUNNING, HEALTHY: it reached that.
    """

    FAILED_START = "failed start"
    NOT_PLACED = "not placed"
    UNHEALTHY = "unhealthy"
    EARLY_EXIT = "early exit"
    RUNNING = "running"
    HEALTHY = "healthy"


@attrs.frozen
class Breaker:
    """Settings of a circuit breaker.

    Attributes:
        enabled: Whether it watches at all.
        threshold_type: How the threshold follows from ``value``.
        value: A number of failures (COUNT, at least 1) or a percentage (1 to 100).
        reset_on_healthy: resetOnHealthyTask: a healthy task sets the count to 0.
        count_early_exits: Option: a container that exits after RUNNING counts too.
        strict_stages: Option (A49): until a first task is RUNNING only starts count, afterwards
            only health, with a count of its own that no healthy task resets.

    Raises:
        UsageError: the value is out of its bounds.
    """

    enabled: bool = True
    threshold_type: ThresholdType = ThresholdType.BOUNDED_PERCENT
    value: int = 50
    reset_on_healthy: bool = True
    count_early_exits: bool = False
    strict_stages: bool = False

    def __attrs_post_init__(self) -> None:
        is_count = self.threshold_type is ThresholdType.COUNT
        if self.value < 1 or (self.value > 100 and not is_count):
            bounds = "at least 1" if is_count else "from 1 to 100"
            raise UsageError(
                f"the value of a {self.threshold_type.value} threshold is {bounds}, "
                f"not {describe_value(self.value)}"
            )

    def threshold(self, desired: int) -> int:
        """Return at how many failures the breaker fires, for the latest desired count."""
        if self.threshold_type is ThresholdType.COUNT:
            return self.value
        share = ceil_div(self.value * desired, 100)
        if self.threshold_type is ThresholdType.UNBOUNDED_PERCENT:
            return max(1, share)  # D34
        return min(MOST_BOUNDED, max(LEAST_BOUNDED, share))

    def has_fired(self, count: BreakerCount, desired: int) -> bool:
        """Whether the deployment has failed: asked after each count and each desired count."""
        return self.enabled and desired > 0 and count.failures >= self.threshold(desired)

    def after(self, count: BreakerCount, outcome: Outcome) -> BreakerCount:
        """Return the count after an outcome."""
        if self.strict_stages:
            return self._after_in_stages(count, outcome)
        if outcome is Outcome.HEALTHY and self.reset_on_healthy:
            return BreakerCount(0, has_run=True)
        if outcome in (Outcome.RUNNING, Outcome.HEALTHY):
            return BreakerCount(count.failures, has_run=True)
        if outcome is Outcome.EARLY_EXIT and not self.count_early_exits:
            return count
        return BreakerCount(count.failures + 1, has_run=count.has_run)

    def _after_in_stages(self, count: BreakerCount, outcome: Outcome) -> BreakerCount:
        """Return the count after an outcome with two stages (A49)."""
        if outcome in (Outcome.RUNNING, Outcome.HEALTHY):
            return count if count.has_run else BreakerCount(0, has_run=True)
        counts = {
            Outcome.FAILED_START: not count.has_run,
            Outcome.NOT_PLACED: not count.has_run,
            Outcome.UNHEALTHY: count.has_run,
            Outcome.EARLY_EXIT: self.count_early_exits,
        }
        return attrs.evolve(count, failures=count.failures + 1) if counts[outcome] else count


@attrs.frozen
class BreakerCount:
    """What a circuit breaker has counted.

    Attributes:
        failures: failureCount.
        has_run: Whether a task of the deployment has been RUNNING.
    """

    failures: int = 0
    has_run: bool = False
