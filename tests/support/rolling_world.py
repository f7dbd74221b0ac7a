"""A service kept by the library's rounds and by their naive twin, side by side.

The twin holds the tasks; before every pass the library's counts are a recount of them, while its
caps follow from its own functions.  Every pass is compared: actions, slots, caps, what could not be
placed, what protection keeps.  The properties that hold for every action are checked as well.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

import attrs

from naive_rolling import Log, NaiveService, NaiveTask
from placement.services.actions import Action, StartTasks
from placement.services.model import ClassCounts, RevisionState, ServiceState, TaskClass
from placement.services.rolling import PassResult, rounds
from placement.services.slots import with_desired, with_failure, with_primary

Summary = dict[tuple[str, int, str], int]
"""Numbers of tasks by ("start", revision, "") or ("stop", revision, class)."""


def runs(log: Log) -> list[tuple[tuple[str, int, str], int]]:
    """Return a log with equal entries in a row counted."""
    return [(entry, len(list(equal))) for entry, equal in groupby(log)]


class RollingWorld:
    """One service, twice; ``holds``: how many tasks the cluster has room for."""

    def __init__(self, naive: NaiveService, *, holds: int | None = None) -> None:
        self.naive = naive
        self.state = ServiceState(
            naive.desired,
            RevisionState(naive.primary),
            (),
            naive.minimum,
            naive.maximum,
            naive.count_stopping,
        )
        self.holds = holds
        self.unplaceable: set[int] = set()
        self.last: PassResult | None = None
        self.breaks_lower = False
        """Whether a stop of a healthy task took the healthy ones below the lower bound."""
        self.recount()

    # --- what happens ---

    def deploy(self, revision: int) -> None:
        self.recount()
        self.naive.deploy(revision)
        self.state = with_primary(self.state, revision)

    def scale(self, desired: int) -> None:
        self.recount()
        self.naive.scale(desired)
        self.state = with_desired(self.state, desired)

    def fail(self) -> None:
        self.recount()
        self.naive.fail()
        self.state = with_failure(self.state)

    def settle(self) -> None:
        """All pending and warming tasks become healthy, and stopping ones are STOPPED."""
        for task in self.naive.tasks:
            if task.status in ("pending", "warming"):
                task.status = "healthy"
        self.naive.stopping.clear()

    def pick(self, revision: int, task_class: str) -> NaiveTask:
        """Return a task of a class, unprotected ones first."""
        return min(self.naive.of(revision, task_class), key=lambda task: task.protected)

    # --- counts ---

    def recounted(self, revision: RevisionState) -> RevisionState:
        naive = self.naive
        number = revision.revision
        mine = [task for task in naive.tasks if task.revision == number]
        counts = Counter(naive.class_of(task) for task in mine)
        protected = Counter(naive.class_of(task) for task in mine if task.protected)
        return attrs.evolve(
            revision,
            counts=ClassCounts(**counts),
            protected=ClassCounts(**protected),
            stopping=len([task for task in naive.stopping if task.revision == number]),
            extras=naive.extras if number == naive.primary else 0,
            is_failed=number in naive.failed,
            may_start=number not in naive.held,
        )

    def recount(self) -> None:
        """Bring the library's state up to date with the tasks; revisions may have come back."""
        known = {one.revision: one for one in self.state.sources}
        there = {task.revision for task in (*self.naive.tasks, *self.naive.stopping)}
        there.discard(self.state.primary.revision)
        numbers = sorted(known.keys() | there, reverse=True)
        sources = [self.recounted(known.get(n, RevisionState(n))) for n in numbers]
        self.state = attrs.evolve(
            self.state,
            primary=self.recounted(self.state.primary),
            sources=tuple(source for source in sources if source.is_source or source.stopping),
        )

    # --- passes ---

    def run_pass(self) -> Summary:
        """Run a pass of both, compare everything, and return what was done."""
        self.recount()
        state = self.state
        actions, log = self.play(state)
        twin_log = self.naive.run_pass(self.has_room)
        assert runs(log) == runs(twin_log), f"{state}\n{runs(log)}\n{runs(twin_log)}"
        self.compare_results(state, twin_log)
        self.check_bounds(state, actions)
        summary = Counter(entry for entry in log if entry[0] != "fail")
        return dict(summary)

    def has_room(self, revision: int, more: int = 0) -> bool:
        if revision in self.unplaceable:
            return False
        return self.holds is None or len(self.naive.tasks) + more < self.holds

    def play(self, state: ServiceState) -> tuple[list[tuple[Action, int]], Log]:
        """Drive the library's pass; return its actions with what was carried out, and a log."""
        actions: list[tuple[Action, int]] = []
        log: Log = []
        change = 0
        pass_under_way = rounds(state)
        answer: Any = None
        while True:
            try:
                action = pass_under_way.send(answer)
            except StopIteration as end:
                self.last = end.value
                return actions, log
            if isinstance(action, StartTasks):
                answer = 0
                while answer < action.count and self.has_room(action.revision, change):
                    answer += 1
                    change += 1
                log += [("start", action.revision, "")] * answer
                log += [("fail", action.revision, "")] * (answer < action.count)
            else:
                answer = action.count
                change -= answer
                log += [("stop", action.revision, action.task_class.value)] * answer
            actions.append((action, answer))

    def compare_results(self, state: ServiceState, twin_log: Log) -> None:
        """Hold the result of the pass against what the twin has now."""
        result, naive = self.last, self.naive
        assert result is not None
        slots = naive.slots()
        sources = [source.revision for source in state.sources]
        assert result.slots == {r: slots.get(r, 0) for r in (naive.primary, *sources)}
        assert result.caps == {r: naive.caps.get(r, 0) for r in sources}
        assert result.did_anything == any(entry[0] != "fail" for entry in twin_log)
        slots[naive.primary] += naive.extras
        last_round: Log = []
        assert not naive.round(self.has_room, last_round)  # what the last round was
        assert result.unplaced == tuple(r for kind, r, _ in last_round if kind == "fail")
        lacking = {r: naive.wanted(r, slots.get(r, 0)) for r in result.slots}
        assert result.wanted == {r: lack for r, lack in lacking.items() if lack}
        staying = ("pending", "warming", "healthy")
        kept = {r: len(naive.of(r, *staying)) - slots.get(r, 0) for r in result.slots}
        kept = {} if state.keeps_surplus else {r: n for r, n in kept.items() if n > 0}
        assert result.protected_surplus == kept
        caps = result.caps
        self.state = attrs.evolve(
            state,
            sources=tuple(attrs.evolve(one, cap=caps[one.revision]) for one in state.sources),
        )

    def check_bounds(self, state: ServiceState, actions: list[tuple[Action, int]]) -> None:
        """Check what holds of every action, by the counts before it."""
        counts = {one.revision: one.counts for one in state.revisions}
        protected = {one.revision: one.protected for one in state.revisions}
        for action, number in actions:
            task_class = TaskClass.PENDING if isinstance(action, StartTasks) else action.task_class
            change = number if isinstance(action, StartTasks) else -number
            counts[action.revision] = counts[action.revision].plus(task_class, change)
            healthy = sum(one.healthy + one.draining for one in counts.values())
            if isinstance(action, StartTasks):
                active = sum(one.active for one in counts.values())
                assert not number or active <= state.upper, "too many tasks after a start"
            elif task_class in (TaskClass.HEALTHY, TaskClass.DRAINING):
                self.breaks_lower |= healthy < state.lower
            if task_class in (TaskClass.PENDING, TaskClass.WARMING, TaskClass.HEALTHY):
                mine = counts[action.revision].of(task_class)
                kept = protected[action.revision].of(task_class)
                assert mine >= kept, "a protected task was stopped"
