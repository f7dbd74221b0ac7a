"""A pass over a service: rounds of starts and stops until a round does nothing (S4.5).

In: the state of a service, and after each action how many tasks were started or stopped.  Out: the
actions one by one, and at the end what the pass leaves: slots, caps, what could not be placed,
whether the service is stuck.  The same rounds deploy, scale, replace unhealthy and draining tasks
and roll back.  A pass works on a copy of the counts: a started task is pending, a stopped one is
gone (or stopping).
"""

from __future__ import annotations

from collections.abc import Generator

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
from placement.services.model import ClassCounts, RevisionState, ServiceState, TaskClass
from placement.services.slots import SourceNeed, allocate

__all__ = ["PassResult", "rounds"]

Steps = Generator[Action, int, int]
"""Yields actions, is sent what was carried out, and returns the number of tasks in all."""


@attrs.frozen
class PassResult:
    """What a pass leaves.

    Attributes:
        did_anything: Whether a task was started or stopped.
        slots: Slots by revision, as of the last round; those of a source are the desiredCount of
            its ACTIVE deployment (D17).
        caps: The new cap of each source by revision.
        wanted: How many tasks revisions still lack, those that lack none left out.
        unplaced: The revisions of which a task could not be placed in the last round (S5.1, S5.4).
        protected_surplus: By revision, how many surplus tasks only protection keeps.
        is_stuck: Whether the percents let nothing happen (D30).
    """

    did_anything: bool
    slots: dict[int, int]
    caps: dict[int, int]
    wanted: dict[int, int]
    unplaced: tuple[int, ...]
    protected_surplus: dict[int, int]
    is_stuck: bool


@attrs.define
class _Revision:
    """The pass's own copy of a revision: what changes during the pass."""

    given: RevisionState
    counts: ClassCounts
    stopping: int
    cap: int
    slots: int = 0
    protected_surplus: int = 0

    @classmethod
    def of(cls, given: RevisionState) -> _Revision:
        return cls(given, given.counts, given.stopping, given.cap)

    @property
    def may_start(self) -> bool:
        return self.given.may_start and not self.given.is_failed

    @property
    def quota(self) -> int:
        """How many tasks it should have; the extras of a zone rebalancing stay for now (S8)."""
        return self.slots + self.given.extras

    @property
    def missing(self) -> int:
        """How many tasks are to be started: unhealthy and draining ones are replaced."""
        return max(0, self.quota - self.counts.staying)

    def take(self, action: Action, number: int) -> int:
        """Count what was carried out of an action, and return it.

        Raises:
            UsageError: it is not a number from 0 to what the action asks for.
        """
        checked_number(action, number)
        if isinstance(action, StartTasks):
            self.counts = self.counts.plus(TaskClass.PENDING, number)
        else:
            self.counts = self.counts.plus(action.task_class, -number)
            self.stopping += number
        return number


class _Pass:
    """A pass under way: the copies of the revisions, the primary first, then the newest source."""

    def __init__(self, state: ServiceState) -> None:
        self.state = state
        self.lower = state.lower
        self.upper = state.upper
        self.primary = _Revision.of(state.primary)
        self.sources = [_Revision.of(source) for source in state.sources]
        self.revisions = [self.primary, *self.sources]
        self.unplaced: list[int] = []

    @property
    def room(self) -> int:
        """How many more tasks there may be (A46: stopping ones count only by option)."""
        there = sum(revision.counts.active for revision in self.revisions)
        if self.state.count_stopping:
            there += sum(revision.stopping for revision in self.revisions)
        return self.upper - there

    def assign_slots(self) -> None:
        """Give out slots (S4.4); caps fall to them, unless surplus tasks are kept (D119)."""
        needs = [
            SourceNeed.of(source.counts, source.cap, is_failed=source.given.is_failed)
            for source in self.sources
        ]
        self.primary.slots, slots = allocate(self.state, self.primary.counts.healthy, needs)
        for source, number in zip(self.sources, slots, strict=True):
            source.slots = number
            if not self.state.keeps_surplus:
                source.cap = number

    def round(self) -> Steps:
        """Do one round: starts, then stops of surplus, then of draining tasks."""
        self.assign_slots()
        self.unplaced.clear()
        done = 0
        for revision in self.revisions:
            if revision.may_start:
                done += yield from self.start(revision)
        for revision in reversed(self.revisions):
            done += yield from self.stop_surplus(revision)
            done += yield from self.stop_unhealthy(revision)
        done += yield from self.stop_draining()
        return done

    def start(self, revision: _Revision) -> Steps:
        """Start what is missing while there is room; make room by stopping one unhealthy task."""
        done = 0
        causes = self.start_causes(revision)
        while revision.missing:
            room = self.room
            if room > 0:
                cause, count = causes.pop()
                if count > room:
                    causes.append((cause, count - room))
                    count = room
                action = StartTasks(revision.given.revision, count, cause)
                started = revision.take(action, (yield action))
                done += started
                if started < count:
                    self.unplaced.append(revision.given.revision)
                    break
            elif self.may_make_room(revision):
                stop = StopTasks(revision.given.revision, TaskClass.UNHEALTHY, 1, Cause.UNHEALTHY)
                stopped = revision.take(stop, (yield stop))
                done += stopped
                if not stopped:
                    break
            else:
                break
        return done

    def start_causes(self, revision: _Revision) -> list[tuple[Cause, int]]:
        """Return how many of the missing tasks start for which cause; the last come first.

        Tasks that are simply not there come first, then replacements of unhealthy tasks, then of
        draining ones.  The numbers add up to what is missing.
        """
        counts = revision.counts
        missing = revision.missing
        absent = min(missing, max(0, revision.quota - counts.active))
        unhealthy = min(counts.unhealthy, missing - absent)
        draining = missing - absent - unhealthy
        deploys = revision is self.primary and any(one.counts.active for one in self.sources)
        causes = [
            (Cause.DRAINING, draining),
            (Cause.UNHEALTHY, unhealthy),
            (Cause.DEPLOYMENT if deploys else Cause.SCALING, absent),
        ]
        return [(cause, count) for cause, count in causes if count]

    def may_make_room(self, revision: _Revision) -> bool:
        """Whether an unhealthy task may stop first: no other replacement is under way."""
        counts = revision.counts
        frees_later = self.state.count_stopping and revision.stopping
        return bool(
            counts.unhealthy and not counts.pending and not counts.warming and not frees_later
        )

    def stop_surplus(self, revision: _Revision) -> Steps:
        """Stop what a revision has beyond its slots; protected tasks stay (D102)."""
        done = 0
        surplus = max(0, revision.counts.staying - revision.quota)
        if self.state.keeps_surplus:
            surplus = 0
        cause = Cause.SCALING if revision is self.primary else Cause.DEPLOYMENT
        for task_class in SURPLUS_ORDER:
            free = revision.counts.of(task_class) - revision.given.protected.of(task_class)
            if count := min(surplus, free):
                action = StopTasks(revision.given.revision, task_class, count, cause)
                stopped = revision.take(action, (yield action))
                done += stopped
                surplus -= stopped
        revision.protected_surplus = surplus
        return done

    def stop_unhealthy(self, revision: _Revision) -> Steps:
        """Stop unhealthy tasks whose replacements are healthy, or that nobody needs."""
        counts = revision.counts
        count = min(counts.unhealthy, max(0, counts.healthy + counts.unhealthy - revision.quota))
        if not count:
            return 0
        action = StopTasks(revision.given.revision, TaskClass.UNHEALTHY, count, Cause.UNHEALTHY)
        return revision.take(action, (yield action))

    def stop_draining(self) -> Steps:
        """Stop draining tasks as far as the lower bound allows, those of older revisions first."""
        done = 0
        healthy = sum(one.counts.healthy + one.counts.draining for one in self.revisions)
        spare = max(0, healthy - self.lower)
        for revision in sorted(self.revisions, key=lambda one: one.given.revision):
            for task_class in DRAINING_ORDER:
                if count := min(spare, revision.counts.of(task_class)):
                    action = StopTasks(revision.given.revision, task_class, count, Cause.DRAINING)
                    stopped = revision.take(action, (yield action))
                    done += stopped
                    spare -= stopped
        return done

    def result(self, *, did_anything: bool) -> PassResult:
        """Return what the pass leaves; the last round has done nothing."""
        return PassResult(
            did_anything=did_anything,
            slots={one.given.revision: one.slots for one in self.revisions},
            caps={one.given.revision: one.cap for one in self.sources},
            wanted={one.given.revision: one.missing for one in self.revisions if one.missing},
            unplaced=tuple(self.unplaced),
            protected_surplus={
                one.given.revision: one.protected_surplus
                for one in self.revisions
                if one.protected_surplus
            },
            is_stuck=not did_anything and self.cannot_move(),
        )

    def cannot_move(self) -> bool:
        """Whether a service that is not as it should be waits for nothing (D30)."""
        if self.primary.given.is_failed or self.unplaced:
            return False
        for revision in self.revisions:
            counts = revision.counts
            if counts.pending or counts.warming or counts.draining_warming:
                return False
            if revision.missing and not revision.given.may_start:
                return False
            if self.state.count_stopping and revision.stopping:
                return False
        lacks = self.primary.counts.healthy < self.state.desired
        return lacks or any(source.counts.active for source in self.sources)


def rounds(state: ServiceState) -> Generator[Action, int, PassResult]:
    """Decide a pass over a service: rounds until one does nothing.

    After each action the generator is sent how many tasks were started or stopped.  Fewer starts
    than asked for mean that no more could be placed: the revision is left alone for the rest of the
    round, and tried again in the next.

    Raises:
        UsageError: what was sent is not a number from 0 to the action's count.
    """
    under_way = _Pass(state)
    did_anything = False
    while (yield from under_way.round()):
        did_anything = True
    return under_way.result(did_anything=did_anything)
