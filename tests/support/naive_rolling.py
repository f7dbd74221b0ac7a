"""The naive twin of rolling deployments: S4.3 to S4.5 as the specification words them.

Tasks are single objects, and everything happens one task at a time.  It must know nothing of
``placement``, so that agreement with it means something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Log = list[tuple[str, int, str]]
"""("start", revision, ""), ("fail", revision, "") or ("stop", revision, class), task by task."""


@dataclass
class NaiveTask:
    """A task with desiredStatus RUNNING; ``status``: pending, warming, healthy or unhealthy."""

    revision: int
    status: str = "pending"
    draining: bool = False
    protected: bool = False


@dataclass
class NaiveService:
    """A service: its settings, its tasks, the caps of its sources."""

    desired: int
    minimum: int = 100
    maximum: int = 200
    primary: int = 1
    tasks: list[NaiveTask] = field(default_factory=list)
    stopping: list[NaiveTask] = field(default_factory=list)
    caps: dict[int, int] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    failure_desired: int | None = None
    extras: int = 0
    balanced: bool = False  # a load balancer decides about health
    count_stopping: bool = False

    # --- what there is ---

    def class_of(self, task: NaiveTask) -> str:
        if task.status == "unhealthy":  # D102, D123: also when draining
            return "unhealthy"
        if task.draining:
            return "draining_warming" if task.status == "warming" and self.balanced else "draining"
        return task.status

    def of(self, revision: int, *classes: str) -> list[NaiveTask]:
        return [
            task
            for task in self.tasks
            if task.revision == revision and self.class_of(task) in classes
        ]

    def sources(self) -> list[int]:
        """Newest first (D101)."""
        there = {task.revision for task in self.tasks} | {r for r, cap in self.caps.items() if cap}
        return sorted(there - {self.primary}, reverse=True)

    @property
    def lower(self) -> int:
        return (self.desired * self.minimum + 99) // 100

    @property
    def upper(self) -> int:
        return self.desired * self.maximum // 100

    def room(self) -> int:
        counted = len(self.tasks) + (len(self.stopping) if self.count_stopping else 0)
        return self.upper - counted

    def all_healthy(self) -> int:
        return len([task for task in self.tasks if self.class_of(task) in ("healthy", "draining")])

    def keeps_surplus(self) -> bool:
        """After a failure without rollback, until somebody scales in (S5.3.1)."""
        if self.failure_desired is None or self.desired == 0:
            return False
        return self.desired >= self.failure_desired

    # --- S4.3 and S4.4 ---

    def slots(self) -> dict[int, int]:
        sources = self.sources()
        caps = {r: self.caps.get(r, 0) for r in sources}
        for r in self.failed & caps.keys():  # it starts nothing: what it has is all it can keep
            caps[r] = min(caps[r], len(self.of(r, "pending", "warming", "healthy")))
        healthy_of_primary = len(self.of(self.primary, "healthy"))
        needed = min(sum(caps.values()), max(0, self.lower - healthy_of_primary))
        slots = dict.fromkeys(sources, 0)
        for r in sources:
            for _ in self.of(r, "healthy"):
                if sum(slots.values()) < needed and slots[r] < caps[r]:
                    slots[r] += 1
        for r in sources:
            while sum(slots.values()) < needed and slots[r] < caps[r]:
                slots[r] += 1
        slots[self.primary] = min(self.desired, self.upper - needed)
        return slots

    def deploy(self, revision: int) -> None:
        """A new deployment, or a rollback to a revision that was there before."""
        old = self.primary
        has_tasks = any(task.revision == old for task in self.tasks)
        self.caps[old] = self.slots()[old] if has_tasks else 0
        self.primary = revision
        self.caps.pop(revision, None)
        self.failed.discard(revision)
        self.failure_desired = None
        self.extras = 0

    def scale(self, desired: int) -> None:
        rise = desired - self.desired
        if rise > 0 and self.sources() and self.failure_desired is None:
            newest = self.sources()[0]
            self.caps[newest] = self.caps.get(newest, 0) + rise
        self.desired = desired

    def fail(self) -> None:
        self.failed.add(self.primary)
        self.failure_desired = self.desired

    # --- S4.5 ---

    def run_pass(self, place: Callable[[int], bool]) -> Log:
        log: Log = []
        while self.round(place, log):
            pass
        return log

    def round(self, place: Callable[[int], bool], log: Log) -> bool:
        done = len([entry for entry in log if entry[0] != "fail"])
        slots = self.slots()
        if not self.keeps_surplus():
            self.caps.update({r: slots[r] for r in self.sources()})
        slots[self.primary] += self.extras
        order = [self.primary, *self.sources()]
        for r in order:
            if r not in self.failed and r not in self.held:
                self.step_1(r, slots[r], place, log)
        for r in reversed(order):
            self.step_2(r, slots[r], log)
        self.step_3(log)
        return len([entry for entry in log if entry[0] != "fail"]) > done

    def wanted(self, r: int, slots: int) -> int:
        return max(0, slots - len(self.of(r, "pending", "warming", "healthy")))

    def step_1(self, r: int, slots: int, place: Callable[[int], bool], log: Log) -> None:
        while self.wanted(r, slots) > 0:
            waits = self.count_stopping and any(task.revision == r for task in self.stopping)
            if self.room() > 0:
                if not place(r):
                    log.append(("fail", r, ""))
                    return
                self.tasks.append(NaiveTask(r))
                log.append(("start", r, ""))
            elif self.of(r, "unhealthy") and not self.of(r, "pending", "warming") and not waits:
                self.stop(self.of(r, "unhealthy")[0], log)
            else:
                return

    def step_2(self, r: int, slots: int, log: Log) -> None:
        while not self.keeps_surplus():
            surplus = len(self.of(r, "pending", "warming", "healthy")) - slots
            free = [
                task
                for name in ("pending", "warming", "healthy")
                for task in self.of(r, name)
                if not task.protected
            ]
            if surplus <= 0 or not free:
                break
            self.stop(free[0], log)
        unhealthy = self.of(r, "unhealthy")
        replaced = len(self.of(r, "healthy")) + len(unhealthy) - slots
        for task in unhealthy[: max(0, replaced)]:
            self.stop(task, log)

    def step_3(self, log: Log) -> None:
        draining = [
            task
            for r in sorted({task.revision for task in self.tasks})
            for name in ("draining_warming", "draining")
            for task in self.of(r, name)
        ]
        spare = max(0, self.all_healthy() - self.lower)
        for task in draining[:spare]:
            self.stop(task, log)

    def stop(self, task: NaiveTask, log: Log) -> None:
        log.append(("stop", task.revision, self.class_of(task)))
        self.tasks = [one for one in self.tasks if one is not task]
        self.stopping.append(task)
