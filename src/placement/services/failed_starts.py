"""Which tasks count as failed to start, and ``failedTasks`` of a deployment (S3.1.4, D103).

In: how a task ended, or that it runs.  Out: whether it counts, and the number to describe.
"""

from __future__ import annotations

import attrs

__all__ = ["FailedTasks", "is_failed_start"]

ON_PURPOSE = frozenset({"ServiceSchedulerInitiated", "UserInitiated"})
"""Stop codes of tasks that somebody stopped: they say nothing about the revision (D103)."""


def is_failed_start(stop_code: str, *, was_running: bool) -> bool:
    """Whether a task that ended is a failed start: it never ran, and nobody stopped it.

    Args:
        stop_code: Its stopCode.
        was_running: Whether its lastStatus has ever been RUNNING.
    """
    return not was_running and stop_code not in ON_PURPOSE


@attrs.frozen
class FailedTasks:
    """``failedTasks`` of a deployment: failed starts until its first task runs, then always 0."""

    count: int = 0
    has_run: bool = False

    def after_failed_start(self) -> FailedTasks:
        """Return the value after one more failed start."""
        return self if self.has_run else FailedTasks(self.count + 1)

    def after_running(self) -> FailedTasks:
        """Return the value after a task reached RUNNING."""
        return FailedTasks(0, has_run=True)
