"""Which tasks start and stop during a deployment that shifts traffic (S6.2).

In: how many tasks each revision is to have (``traffic_deployment.targets``), its tasks by class,
and after each action how many were started or stopped.  Out: the actions one by one, and what could
not be done.  minimumHealthyPercent and maximumPercent do not limit these deployments (D46), so that
no revision waits for another; stages and traffic are not known here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping

import attrs

from placement.services.actions import (
    DRAINING_ORDER,
    SURPLUS_ORDER,
    Action,
    Cause,
    StartTasks,
    StopTasks,
    checked_number,
)
from placement.services.model import ClassCounts, RevisionState, TaskClass
from placement.services.traffic_deployment import Target

__all__ = ["CapacityResult", "capacity_round"]

Steps = Generator[Action, int, None]
"""Yields actions and is sent what was carried out."""


@attrs.frozen
class CapacityResult:
    """What a round leaves.

    Attributes:
        did_anything: Whether a task was started or stopped.
        wanted: By revision, how many tasks it still lacks; those that lack none left out.
        unplaced: The revisions of which a task could not be placed (S5.1, S5.4).
        protected_surplus: By revision, how many surplus tasks only protection keeps.
    """

    did_anything: bool
    wanted: dict[int, int]
    unplaced: tuple[int, ...]
    protected_surplus: dict[int, int]


def capacity_round(
    targets: Iterable[Target], revisions: Mapping[int, RevisionState]
) -> Generator[Action, int, CapacityResult]:
    """Bring every revision to its target: starts in the order of the targets, stops in the reverse.

    Unhealthy and draining tasks are replaced in their own revision first and stop once the
    replacements are healthy.  Protected tasks are no surplus that may stop (D102).  A revision
    without tasks may be left out of ``revisions``.  After each action the generator is sent how
    many tasks were started or stopped; fewer starts mean that no more could be placed.

    Raises:
        UsageError: What was sent is not a number from 0 to the action's count.
    """
    under_way = [_Round(target, revisions.get(target.revision)) for target in targets]
    for one in under_way:
        yield from one.start()
    for one in reversed(under_way):
        yield from one.stop_surplus()
        yield from one.stop_unhealthy()
        yield from one.stop_draining()
    return CapacityResult(
        did_anything=any(one.did_anything for one in under_way),
        wanted={one.revision: one.missing for one in under_way if one.missing},
        unplaced=tuple(one.revision for one in under_way if one.is_unplaced),
        protected_surplus={
            one.revision: one.protected_surplus for one in under_way if one.protected_surplus
        },
    )


class _Round:
    """The round of one revision: its own copy of the counts."""

    def __init__(self, target: Target, given: RevisionState | None) -> None:
        self.target = target
        self.revision = target.revision
        self.given = RevisionState(target.revision) if given is None else given
        self.counts: ClassCounts = self.given.counts
        self.did_anything = False
        self.is_unplaced = False
        self.protected_surplus = 0

    @property
    def missing(self) -> int:
        """How many tasks are to be started; unhealthy and draining ones need a replacement."""
        return max(0, (self.target.count or 0) - self.counts.staying)

    def carry_out(self, action: Action) -> Generator[Action, int, int]:
        """Yield an action, count what was carried out, and return it."""
        number = yield action
        checked_number(action, number)
        if isinstance(action, StartTasks):
            self.counts = self.counts.plus(TaskClass.PENDING, number)
        else:
            self.counts = self.counts.plus(action.task_class, -number)
        self.did_anything = self.did_anything or number > 0
        return number

    def start(self) -> Steps:
        """Start what is missing; stop trying at the first that cannot be placed."""
        if self.given.is_failed or not self.given.may_start:
            return
        for cause, count in self.start_causes():
            started = yield from self.carry_out(StartTasks(self.revision, count, cause))
            if started < count:
                self.is_unplaced = True
                return

    def start_causes(self) -> list[tuple[Cause, int]]:
        """Return how many of the missing tasks start for which cause; they add up to all."""
        missing, counts = self.missing, self.counts
        absent = min(missing, max(0, (self.target.count or 0) - counts.active))
        unhealthy = min(counts.unhealthy, missing - absent)
        causes = [
            (self.target.cause, absent),
            (Cause.UNHEALTHY, unhealthy),
            (Cause.DRAINING, missing - absent - unhealthy),
        ]
        return [(cause, count) for cause, count in causes if count]

    def stop_surplus(self) -> Steps:
        """Stop tasks beyond the target by ``SURPLUS_ORDER``; protected ones stay."""
        if self.target.count is None or not self.target.stops_surplus:
            return
        surplus = max(0, self.counts.staying - self.target.count)
        for task_class in SURPLUS_ORDER:
            free = self.counts.of(task_class) - self.given.protected.of(task_class)
            if count := min(surplus, free):
                surplus -= yield from self.stop(task_class, count, self.target.cause)
        self.protected_surplus = surplus

    def stop_unhealthy(self) -> Steps:
        """Stop unhealthy tasks whose replacements are healthy, or that nobody needs."""
        if self.target.count is None:
            return
        healthy, unhealthy = self.counts.healthy, self.counts.unhealthy
        count = min(unhealthy, max(0, healthy + unhealthy - self.target.count))
        if count:
            yield from self.stop(TaskClass.UNHEALTHY, count, Cause.UNHEALTHY)

    def stop_draining(self) -> Steps:
        """Stop draining tasks as far as as many healthy ones stay as the target says."""
        if self.target.count is None:
            return
        spare = max(0, self.counts.healthy + self.counts.draining - self.target.count)
        if self.counts.healthy >= self.target.count:
            spare = self.counts.all_draining
        for task_class in DRAINING_ORDER:
            if count := min(spare, self.counts.of(task_class)):
                spare -= yield from self.stop(task_class, count, Cause.DRAINING)

    def stop(self, task_class: TaskClass, count: int, cause: Cause) -> Generator[Action, int, int]:
        """Stop tasks of a class, and return how many were stopped."""
        return (yield from self.carry_out(StopTasks(self.revision, task_class, count, cause)))
