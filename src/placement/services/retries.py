"""When the placement of a task that did not fit is tried again (S5.4).

In: attempts that failed and their moments (whole microseconds).  Out: when the next timed attempt
comes, and whether an attempt counts for the circuit breaker.  One value belongs to one revision.
"""

from __future__ import annotations

import attrs

from placement.timestamps import SECOND

__all__ = ["PlacementRetries", "retry_delay"]

FIRST_DELAY = 60 * SECOND
LONGEST_DELAY = 300 * SECOND


def retry_delay(failed: int) -> int:
    """Return how long after the so-many-th failed attempt in a row the next comes (D41)."""
    doublings = min(failed - 1, LONGEST_DELAY.bit_length())
    return min(LONGEST_DELAY, FIRST_DELAY << doublings)


@attrs.frozen
class PlacementRetries:
    """Failed attempts in a row of one revision.

    Attributes:
        failed: How many: the first and the timed ones (D103).
        due: When the next timed attempt comes; None: the last attempt did not fail.
    """

    failed: int = 0
    due: int | None = None

    def is_counted(self, now: int) -> bool:
        """Whether an attempt at a moment counts: the first, or one at its time (D103).

        Others are made because something changed that could help.
        """
        return self.due is None or self.due <= now

    def may_try(self, now: int, *, could_help: bool) -> bool:
        """Whether there is an attempt at a moment.

        Args:
            now: The moment.
            could_help: Whether an instance registered, came back, was undrained or changed its
                attributes, or a task of the cluster stopped, since the last attempt.
        """
        return could_help or self.is_counted(now)

    def after_failure(self, now: int) -> PlacementRetries:
        """Return the value after an attempt that left a wanted task unplaced."""
        if not self.is_counted(now):
            return self
        return PlacementRetries(self.failed + 1, now + retry_delay(self.failed + 1))

    def after_success(self) -> PlacementRetries:
        """Return the value after an attempt that placed all, or when nothing is wanted any more."""
        return PlacementRetries()
