"""Deployments of managed daemons: which instances are drained next, and when (S7.3, D55).

In: the instances that a deployment concerns as values with opaque keys, and its settings; moments
and lengths are whole microseconds.  Out: the instances of the next batch, or what the deployment
waits for.  Replacements come with the new revision by themselves: they are launched for the tasks
that the drained instances lose.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value

__all__ = [
    "DEFAULT_DRAIN_PERCENT",
    "Bake",
    "Batch",
    "DaemonInstance",
    "Progress",
    "drain_batch",
    "next_batch",
]

DEFAULT_DRAIN_PERCENT = 25
"""drainPercent, where a deployment names none (D55)."""


class Progress(enum.Enum):
    """What a deployment has come to; the value is a sentence."""

    DRAINS = "the first instances with the older revision are drained"
    WAITING = "instances of the batch before still have tasks"
    STARTING = "daemons of the new revision are not healthy yet"
    BAKES = "the bake time after the batch before is not over"
    DONE = "no instance runs the older revision"


@attrs.frozen
class DaemonInstance:
    """An instance of the daemon's providers.

    Attributes:
        key: Any hashable value that names it.
        is_current: Whether it has been given the daemon of the revision that is deployed; where a
            daemon is deleted, whether it has none.
        draining: Whether it is DRAINING, or DEREGISTERING.
        is_ready: Whether its daemon is healthy, or will not be waited for; read only where the
            instance is current.
    """

    key: Hashable
    is_current: bool
    draining: bool = False
    is_ready: bool = True


@attrs.frozen
class Bake:
    """The time that passes after each batch, and after the last one (bakeTimeInMinutes).

    Attributes:
        length: How long it is.
        now: The moment.
        since: When the one after the newest batch began; None: it has not.
        has_batch: Whether the deployment has drained a batch.
    """

    length: int = 0
    now: int = 0
    since: int | None = None
    has_batch: bool = False


NO_BAKE = Bake()


@attrs.frozen
class Batch:
    """The next instances to drain.

    Attributes:
        instances: Their keys, in order of registration.
        progress: What the deployment has come to.
        baking_since: When the bake time that is under way began, for the next call.
        until: When it is over.
    """

    instances: tuple[Hashable, ...]
    progress: Progress
    baking_since: int | None = None
    until: int | None = None


def drain_batch(instances: int, percent: int | Fraction = DEFAULT_DRAIN_PERCENT) -> int:
    """Return how many of so many instances are drained at once: at least one (D55).

    Raises:
        UsageError: the percent is not from 0 to 100, or there is no instance.
    """
    if instances < 1 or not 0 <= percent <= 100:
        raise UsageError(
            f"a batch is 0 to 100 percent of at least 1 instance, not {describe_value(percent)} "
            f"percent of {describe_value(instances)}"
        )
    return max(1, int(instances * percent // 100))


def next_batch(
    instances: Sequence[DaemonInstance],
    percent: int | Fraction = DEFAULT_DRAIN_PERCENT,
    bake: Bake = NO_BAKE,
) -> Batch:
    """Return the instances that a deployment drains next, or what it waits for.

    A batch is over once its instances have gone and the daemons of those that replace them are
    healthy.  Then the bake time passes, before the next batch or before the end.  Where there is
    no instance nothing bakes.

    Args:
        instances: All instances that the deployment concerns, in order of registration.
        percent: drainPercent.
        bake: The bake time; by default there is none.  It does not begin a second time.

    Raises:
        UsageError: as ``drain_batch``.
    """
    older, since = [one for one in instances if not one.is_current], bake.since
    if any(one.draining for one in older):
        return Batch((), Progress.WAITING, since)
    if any(not (one.is_ready or one.draining) for one in instances if one.is_current):
        return Batch((), Progress.STARTING, since)
    if instances and (bake.has_batch or not older):
        since = bake.now if since is None else since
        if bake.now < since + bake.length:
            return Batch((), Progress.BAKES, since, since + bake.length)
    if not older:
        return Batch((), Progress.DONE)
    size = drain_batch(len(instances), percent)
    return Batch(tuple(one.key for one in older[:size]), Progress.DRAINS)
