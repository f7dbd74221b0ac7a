"""Updates of managed daemons: which instances are drained next (S7.3, D55).

In: the instances of the daemon's capacity providers as values with opaque keys.  Out: the instances
of the next batch, and what the update has come to.  Replacements come with the new revision by
themselves: they are launched for the tasks that the drained instances lose.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence

import attrs

from placement.errors import UsageError, describe_value

__all__ = [
    "DEFAULT_DRAIN_PERCENT",
    "Batch",
    "DaemonInstance",
    "Progress",
    "drain_batch",
    "next_batch",
]

DEFAULT_DRAIN_PERCENT = 25
"""drainPercent, where a deployment names none (D55)."""


class Progress(enum.Enum):
    """What an update has come to; the value is a sentence."""

    DRAINS = "the first instances with the older revision are drained"
    WAITING = "instances of the batch before still have tasks"
    DONE = "no instance runs the older revision"


@attrs.frozen
class DaemonInstance:
    """An instance of the daemon's providers.

    Attributes:
        key: Any hashable value that names it.
        is_current: Whether its daemon task is of the revision that is deployed.
        draining: Whether it is DRAINING, or DEREGISTERING.
    """

    key: Hashable
    is_current: bool
    draining: bool = False


@attrs.frozen
class Batch:
    """The next instances to drain.

    Attributes:
        instances: Their keys, in order of registration.
        progress: What the update has come to.
    """

    instances: tuple[Hashable, ...]
    progress: Progress


def drain_batch(instances: int, percent: int = DEFAULT_DRAIN_PERCENT) -> int:
    """Return how many of so many instances are drained at once: at least one (D55).

    Raises:
        UsageError: the percent is not from 0 to 100, or there is no instance.
    """
    if instances < 1 or not 0 <= percent <= 100:
        raise UsageError(
            f"a batch is 0 to 100 percent of at least 1 instance, not {describe_value(percent)} "
            f"percent of {describe_value(instances)}"
        )
    return max(1, instances * percent // 100)


def next_batch(instances: Sequence[DaemonInstance], percent: int = DEFAULT_DRAIN_PERCENT) -> Batch:
    """Return the instances that an update drains next.

    Args:
        instances: All instances of the daemon's providers, in order of registration.
        percent: drainPercent.

    Raises:
        UsageError: as ``drain_batch``.
    """
    older = [one for one in instances if not one.is_current]
    if not older:
        return Batch((), Progress.DONE)
    if any(one.draining for one in older):
        return Batch((), Progress.WAITING)
    size = drain_batch(len(instances), percent)
    return Batch(tuple(one.key for one in older[:size]), Progress.DRAINS)
