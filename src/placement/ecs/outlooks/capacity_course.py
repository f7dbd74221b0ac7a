"""More tasks come to capacity providers, and their groups follow until they are at rest (C52).

In: a session, tasks to run.  Out: ``CapacityCourse``: which groups grow when and why, when the last
task is placed, when nothing changes any more.  The session's time moves on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from placement.ecs.calls.ecs.lookups import active_cluster
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import ProviderRecord, strategy_items
from placement.ecs.control.records import ClusterRecord
from placement.ecs.outlooks.capacity import launching, managed_numbers, waiting_tasks
from placement.errors import UsageError, describe_value
from placement.scaling.distribution import distribute
from placement.timestamps import MINUTE, SECOND

if TYPE_CHECKING:
    from placement.ecs.session import Session

__all__ = ["CapacityChange", "CapacityCourse", "follow_capacity", "run_waiting"]

QUIET = 32
"""Minutes without a change after which nothing more comes: a scale-in takes 15 points, and 900 s
after the last scale-out; a task waits 30 minutes (S11.3, S11.4)."""

LONGEST = 24 * 60
"""Minutes after which providers that are not at rest count as never so."""

RESERVATION = "CapacityProviderReservation "
"""What reasons of managed scaling begin with; the number has a field of its own."""

TASKS_OF_A_CALL = 10
"""Tasks that one RunTask call starts at most."""


@attrs.frozen
class CapacityChange:
    """A minute in which something changed, as it is at its end.

    Attributes:
        at: The moment.
        provider: The provider's name.
        registered: Registered instances of its group.
        launching: Instances on their way.
        desired: The group's desired capacity.
        waiting: Tasks that wait for it.
        reservation: CapacityProviderReservation of the last full minute; None: there was none.
        changes: What happened, in words.
    """

    at: int
    provider: str
    registered: int
    launching: int
    desired: int
    waiting: int
    reservation: Fraction | None
    changes: tuple[str, ...]


@attrs.frozen
class CapacityCourse:
    """How groups follow tasks that were run.

    Attributes:
        started_at: When the tasks were run.
        settled_at: When something changed last; None: something still changed after a day.
        placed_at: When the last task was placed; None: not all were.
        tasks: Tasks that were run.
        placed: How many of them found an instance.
        failed: How many stopped without one, by reason.
        changes: The changes, in order.
    """

    started_at: int
    settled_at: int | None
    placed_at: int | None
    tasks: int
    placed: int
    failed: dict[str, int]
    changes: tuple[CapacityChange, ...]


def run_waiting(
    session: Session,
    task_definition: str,
    count: int,
    *,
    cluster: str | None = None,
    provider: str | None = None,
) -> tuple[str, ...]:
    """Run tasks on capacity providers; those that fit nowhere wait.  Return the ARNs of all.

    Args:
        session: The session.
        task_definition: ``family:revision`` or an ARN.
        count: How many tasks.
        cluster: Where; ``default`` by default.
        provider: On which provider; None: by the cluster's default strategy as if one call ran all
            of them, else on its only provider of instances.

    Raises:
        ClientError: a call is refused, for one because too many tasks would wait (A57).
        UsageError: it is not clear on which provider, or the provider is not the cluster's.
    """
    with session._lock.call("run_waiting", only_reads=True):
        record = active_cluster(session._account, cluster)
        runs = _runs(session._account, record, count, provider)
    arns: list[str] = []
    for name, number in runs:
        for start in range(0, number, TASKS_OF_A_CALL):
            answer = session.client("ecs").run_task(
                cluster=record.name,
                taskDefinition=task_definition,
                count=min(TASKS_OF_A_CALL, number - start),
                capacityProviderStrategy=[{"capacityProvider": name, "weight": 1}],
            )
            arns += [one["taskArn"] for one in answer["tasks"]]
    return tuple(arns)


def _runs(
    account: Account, cluster: ClusterRecord, count: int, provider: str | None
) -> Sequence[tuple[str, int]]:
    """Return how many of the tasks go to which provider."""
    names = cluster.capacity_providers
    if provider is not None:
        if provider not in names:
            known = ", ".join(names) or "none"
            raise UsageError(
                f"cluster {cluster.name} has no capacity provider {describe_value(provider)}; it "
                f"has {known}"
            )
        return [(provider, count)]
    if cluster.default_strategy:
        choices = distribute(strategy_items(cluster.default_strategy), {}, count)
        return list(Counter(str(one.provider) for one in choices).items())
    own = [name for name in names if not account.providers[name].is_fargate]
    if len(own) != 1:
        known = ", ".join(own) or "none"
        raise UsageError(
            f"cluster {cluster.name} has no default strategy: say on which capacity provider the "
            f"tasks run; it has {known}"
        )
    return [(own[0], count)]


def follow_capacity(
    session: Session,
    tasks: Sequence[str],
    *,
    cluster: str | None = None,
    on_minute: Callable[[int], None] | None = None,
) -> CapacityCourse:
    """Move time until the groups are at rest, a day at most, and tell what they did.

    Args:
        session: The session, whose time is its own.
        tasks: ARNs of the tasks to look at.
        cluster: Their cluster.
        on_minute: Called with the number of minutes after each; it may only read.

    Raises:
        ClusterNotFoundException: there is no such cluster.
        UsageError: time is the caller's.
    """
    watcher = _Watcher(session, tasks, cluster)
    for minute in range(1, LONGEST + 1):
        session.advance(timedelta(seconds=watcher.to_full_minute() / SECOND))
        watcher.look()
        if on_minute is not None:
            on_minute(minute)
        if watcher.quiet >= QUIET:
            break
    return watcher.course()


class _Watcher:
    """Looks at the providers' groups and at some tasks after each minute."""

    def __init__(self, session: Session, tasks: Sequence[str], cluster: str | None) -> None:
        self._account = session._account
        record = active_cluster(self._account, cluster)
        self._ids = [arn.rpartition("/")[2] for arn in tasks]
        self._records = [record.tasks[id] for id in self._ids]
        self._started = self._account.time.now
        self._read = len(self._account.time.history)
        self._seen = {one.name: self._numbers(one) for one in self._providers()}
        self._was_placed = self._placed()
        self._placed_at = self._started if self._was_placed == len(tasks) else None
        self._changed_at = self._started
        self._changes: list[CapacityChange] = []
        self.quiet = 0

    def to_full_minute(self) -> int:
        """Return the microseconds to the next full minute."""
        return MINUTE - self._account.time.now % MINUTE

    def _providers(self) -> list[ProviderRecord]:
        return [
            one
            for one in self._account.providers.values()
            if one.group is not None or one.managed is not None
        ]

    def _numbers(self, provider: ProviderRecord) -> tuple[int, int, int, int]:
        """Return registered and launching instances, the desired capacity, waiting tasks."""
        group = self._account.groups.get(provider.group or "")
        if provider.managed is not None:
            numbers = managed_numbers(provider.managed)
            return *numbers, sum(numbers), waiting_tasks(self._account)[provider.name]
        if group is None:
            return 0, 0, 0, waiting_tasks(self._account)[provider.name]
        registered = sum(one.container_instance is not None for one in group.instances.values())
        return (
            registered,
            launching(group),
            group.desired,
            waiting_tasks(self._account)[provider.name],
        )

    def _placed(self) -> int:
        return sum(one.instance is not None for one in self._records)

    def look(self) -> None:
        """Note what has changed since the last look."""
        now, account = self._account.time.now, self._account
        reasons = self._reasons()
        changed = False
        for provider in self._providers():
            before, after = self._seen.get(provider.name, (0, 0, 0, 0)), self._numbers(provider)
            group = account.groups.get(provider.group or "")
            said = () if group is None else reasons.get(group.arn, ())
            if before == after and not said:
                continue
            changed = True
            self._seen[provider.name] = after
            self._changes.append(
                CapacityChange(
                    now,
                    provider.name,
                    after[0],
                    after[1],
                    after[2],
                    after[3],
                    provider.reservation,
                    (*said, *_differences(before, after)),
                )
            )
        placed = self._placed()
        if placed != self._was_placed:
            self._was_placed = placed
            if placed == len(self._records):
                self._placed_at = now
        self.quiet = 0 if changed else self.quiet + 1
        if changed:
            self._changed_at = now

    def _reasons(self) -> dict[str, tuple[str, ...]]:
        """Return why groups were given another desired capacity, and launches that failed."""
        history = self._account.time.history
        found: dict[str, tuple[str, ...]] = {}
        for record in history[self._read :]:
            if record.what.startswith(("desired capacity ", "launch failed")):
                reason = _reason(record.reason)
                text = f"{record.what.replace(' to ', ' → ')}: {reason}"
                found[record.subject] = (*found.get(record.subject, ()), text)
        self._read = len(history)
        return found

    def course(self) -> CapacityCourse:
        """Return what was seen."""
        failed: Counter[str] = Counter(
            one.stop.reason or ""
            for one in self._records
            if one.instance is None and one.stop is not None
        )
        return CapacityCourse(
            self._started,
            self._changed_at if self.quiet >= QUIET else None,
            self._placed_at,
            len(self._records),
            self._was_placed,
            dict(failed),
            tuple(self._changes),
        )


def _reason(text: str) -> str:
    """Return a reason without the reservation."""
    return text.partition(": ")[2] if text.startswith(RESERVATION) else text


def _differences(
    before: tuple[int, int, int, int], after: tuple[int, int, int, int]
) -> tuple[str, ...]:
    """Return what differs, in words: ``2 registered``."""
    registered, launching, _, waiting = (new - old for old, new in zip(before, after, strict=True))
    parts = (
        (launching, "launched"),
        (registered, "registered"),
        (-registered, "gone"),
        (waiting, "more waiting"),
        (-waiting, "no longer waiting"),
    )
    return tuple(f"{number} {word}" for number, word in parts if number > 0)
