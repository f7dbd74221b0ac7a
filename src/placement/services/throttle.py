"""How long starts wait when tasks of a task definition fail to start one after the other (S5.4).

In: failures and moments (whole microseconds).  Out: when the next task may start.  The count is per
service and task definition and holds all tasks of the definition, in every revision (D103).
"""

from __future__ import annotations

import attrs

from placement.timestamps import SECOND

__all__ = ["Throttle", "throttle_delay"]

FREE_FAILURES = 3
"""From this failure on starts wait."""

FIRST_DELAY = 10 * SECOND
LONGEST_DELAY = 1_620 * SECOND


def throttle_delay(failures: int) -> int:
    """Return how long after the last failure the next start comes, in microseconds (D39)."""
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, LONGEST_DELAY.bit_length())
    return min(LONGEST_DELAY, FIRST_DELAY << doublings)


@attrs.frozen
class Throttle:
    """Failed starts in a row.  A new task definition or a forced deployment begins with none (D40).

    Attributes:
        failures: How many.
        last_failure: The moment of the last one; None: there is none.
    """

    failures: int = 0
    last_failure: int | None = None

    def after_failed_start(self, now: int) -> Throttle:
        """Return the throttle after a task ended before RUNNING (``failed_starts``)."""
        return Throttle(self.failures + 1, now)

    def after_running(self) -> Throttle:
        """Return the throttle after a task reached RUNNING, if only for an instant."""
        return Throttle()

    @property
    def next_start(self) -> int | None:
        """The first moment at which a task may start; None: any."""
        if self.last_failure is None or self.failures < FREE_FAILURES:
            return None
        return self.last_failure + throttle_delay(self.failures)

    @property
    def begins(self) -> bool:
        """Whether the last failure is the one at which the service says so in an event."""
        return self.failures == FREE_FAILURES

    def may_start(self, now: int) -> bool:
        """Whether a task may start at a moment."""
        return self.next_start is None or self.next_start <= now
