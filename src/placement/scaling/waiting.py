"""Tasks that wait in PROVISIONING for an instance of their capacity provider (5.3, S11.3).

In: the waiting tasks in order of creation, as opaque keys and kinds, and moments.  Out: which are
tried, in which order; which have waited too long; how many more may wait.  Whether a task fits is
answered by the driver, which asks the engine.
"""

from __future__ import annotations

import enum
from collections.abc import Generator, Hashable, Iterable

import attrs

from placement.errors import UsageError, describe_value
from placement.timestamps import MINUTE

__all__ = [
    "PROVISIONING_LIMIT",
    "TIME_OUT",
    "Admission",
    "Fallback",
    "PlaceWaiting",
    "Placed",
    "TimeOut",
    "WaitReason",
    "WaitingTask",
    "admit",
    "fallbacks",
    "next_due",
    "place_waiting",
    "time_outs",
]

PROVISIONING_LIMIT = 500
"""How many tasks of a cluster may be in PROVISIONING for want of instances (A57)."""

TIME_OUT = 30 * MINUTE
"""How long a task waits before it stops with TaskFailedToStart (A58)."""


class WaitReason(enum.Enum):
    """What a decision about waiting tasks rests on; the value is a sentence."""

    WITHIN_LIMIT = "fewer tasks wait in PROVISIONING than the quota allows"
    OVER_LIMIT = "the quota of tasks in PROVISIONING is reached"
    TIMED_OUT = "no instance had room for the task within 30 minutes"
    FALLBACK = "the task has waited long enough for its provider, and another is named for then"
    RETRY = "something has changed: the oldest tasks are tried first"


@attrs.frozen
class WaitingTask:
    """A task that fits nowhere at present.

    Attributes:
        key: Any hashable value that names it.
        kind: What it asks for, with its provider: tasks of one kind fit on the same instances.
        created_at: The moment of its creation.
        waits_since: The moment since which it waits for its present provider; None: since its
            creation.
    """

    key: Hashable
    kind: Hashable
    created_at: int
    waits_since: int | None = None

    @property
    def since(self) -> int:
        """The moment since which it waits for its present provider."""
        return self.created_at if self.waits_since is None else self.waits_since


@attrs.frozen
class PlaceWaiting:
    """An action: try to place waiting tasks of one kind, one after the other.

    Attributes:
        tasks: Their keys, the oldest first.
        kind: Their kind.
        reason: Why they are tried.
    """

    tasks: tuple[Hashable, ...]
    kind: Hashable
    reason: WaitReason = WaitReason.RETRY

    @property
    def count(self) -> int:
        """How many tasks are tried."""
        return len(self.tasks)


@attrs.frozen
class Placed:
    """What a pass over the waiting tasks leaves.

    Attributes:
        placed: Keys of the tasks that were placed, in order.
        waiting: Keys of those that wait on, in order.
    """

    placed: tuple[Hashable, ...]
    waiting: tuple[Hashable, ...]


@attrs.frozen
class TimeOut:
    """A task that has waited too long.

    It stops with TaskFailedToStart; the service that owns it starts another one at once, and the
    end counts as a failed start for throttle, failedTasks and circuit breaker (D99).

    Attributes:
        key: The task's key.
        reason: Why it stops.
    """

    key: Hashable
    reason: WaitReason = WaitReason.TIMED_OUT


@attrs.frozen
class Fallback:
    """A task that leaves its provider for another one, which goes beyond ECS (S14).

    Attributes:
        key: The task's key.
        reason: Why it leaves.
    """

    key: Hashable
    reason: WaitReason = WaitReason.FALLBACK


@attrs.frozen
class Admission:
    """How many more tasks may wait.

    Attributes:
        allowed: How many of those asked for.
        refused: How many not: a RunTask with any is refused as a whole, a service tries again.
        reason: What it rests on.
    """

    allowed: int
    refused: int
    reason: WaitReason


def place_waiting(tasks: Iterable[WaitingTask]) -> Generator[PlaceWaiting, int, Placed]:
    """Try all waiting tasks in order of creation (D73); one that does not fit blocks no other.

    Tasks of one kind that follow one another are one action, after which the generator is sent how
    many were placed.  Where not all were, later tasks of the kind are not tried in this pass: what
    has no room for one has none for the next.

    Args:
        tasks: The waiting tasks in order of creation (D127).

    Raises:
        UsageError: what was sent is not a number from 0 to the action's count.
    """
    placed: list[Hashable] = []
    waiting: list[Hashable] = []
    full: set[Hashable] = set()
    for kind, keys in _runs(tasks):
        if kind in full:
            waiting += keys
            continue
        number = yield PlaceWaiting(tuple(keys), kind)
        if type(number) is not int or not 0 <= number <= len(keys):
            raise UsageError(
                f"after each action a pass is sent a number from 0 to {len(keys)}, "
                f"not {describe_value(number)}"
            )
        placed += keys[:number]
        waiting += keys[number:]
        if number < len(keys):
            full.add(kind)
    return Placed(tuple(placed), tuple(waiting))


def time_outs(
    tasks: Iterable[WaitingTask], now: int, time_out: int = TIME_OUT
) -> tuple[TimeOut, ...]:
    """Return the tasks whose time is over, the oldest first (A58)."""
    return tuple(TimeOut(one.key) for one in tasks if one.created_at + time_out <= now)


def fallbacks(tasks: Iterable[WaitingTask], now: int, after: int) -> tuple[Fallback, ...]:
    """Return the tasks that have waited ``after`` microseconds for their provider (S14)."""
    return tuple(Fallback(one.key) for one in tasks if one.since + after <= now)


def next_due(
    tasks: Iterable[WaitingTask], time_out: int = TIME_OUT, after: int | None = None
) -> int | None:
    """Return when the next time-out or fallback is due, None without tasks.

    Args:
        tasks: The waiting tasks.
        time_out: How long a task waits.
        after: After how many microseconds tasks fall back; None: they do not.
    """
    moments = []
    for one in tasks:
        moments.append(one.created_at + time_out)
        if after is not None:
            moments.append(one.since + after)
    return min(moments, default=None)


def admit(waiting: int, wanted: int, limit: int = PROVISIONING_LIMIT) -> Admission:
    """Return how many of ``wanted`` further tasks may wait beside ``waiting`` others (A57)."""
    allowed = min(max(limit - waiting, 0), wanted)
    reason = WaitReason.WITHIN_LIMIT if allowed == wanted else WaitReason.OVER_LIMIT
    return Admission(allowed, wanted - allowed, reason)


def _runs(tasks: Iterable[WaitingTask]) -> Iterable[tuple[Hashable, list[Hashable]]]:
    """Yield the kind and the keys of tasks of one kind that follow one another."""
    keys: list[Hashable] = []
    kind: Hashable = None
    for task in tasks:
        if keys and task.kind != kind:
            yield kind, keys
            keys = []
        kind = task.kind
        keys.append(task.key)
    if keys:
        yield kind, keys
