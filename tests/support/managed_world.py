"""Instances of a Managed Instances provider: ``optimise``, with trials of the engine."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import attrs

import placement
from placement.scaling.optimisation import (
    DeregisterInstance,
    DrainInstance,
    ManagedInstance,
    Optimisation,
    optimise,
)
from placement.timestamps import SECOND

TASK = placement.Task(memory=1)
GROUP = "service:web"


@attrs.define
class Member:
    """What the world remembers of an instance beside the engine."""

    changed_at: int
    launched_at: int
    keeps_tasks: bool = False
    draining: bool = False


class ManagedWorld:
    """Equal instances, tasks that take one slot each; a drained task is placed again at once."""

    def __init__(self, delay: int | None, *, slots: int) -> None:
        self.delay = delay
        self.slots = slots
        self.now = 0
        self.cluster = placement.Cluster()
        self.members: dict[str, Member] = {}
        self.deregistered: list[list[int]] = []
        self.drained: list[list[int]] = []
        """Second and place of the instance, in the order of registration."""

    def add_instance(self, tasks: int) -> None:
        """Register an instance that has tasks."""
        key = f"i{len(self.members)}"
        self.members[key] = Member(self.now, self.now)
        self.cluster.register(placement.Instance(id=key, memory=self.slots))
        for _ in range(tasks):
            self.cluster.add_task(key, GROUP, TASK)

    def protect(self, places: Iterable[int]) -> None:
        """Note which instances have a protected task."""
        for place in places:
            self.members[f"i{place}"].keeps_tasks = True

    def place(self, place: int) -> None:
        """Start a task on an instance."""
        self.cluster.add_task(f"i{place}", GROUP, TASK)
        self.members[f"i{place}"].changed_at = self.now

    def stop(self, place: int) -> None:
        """Stop a task on an instance; that is looked at at once."""
        self.cluster.stop(self.cluster.tasks_on(f"i{place}")[0])
        self.members[f"i{place}"].changed_at = self.now
        self.look()

    def tasks(self) -> list[int]:
        """Return the tasks on each instance that is left."""
        return [len(self.cluster.tasks_on(key)) for key in self.members if key in self.cluster]

    def run_until(self, moment: int) -> None:
        """Look at each moment at which something is due."""
        while True:
            due = optimise(self.instances(), self.now, self.delay, self.fits).next_at
            if due is None or due > moment:
                break
            self.now = due
            self.look()
        self.now = moment

    def instances(self) -> list[ManagedInstance]:
        return [
            ManagedInstance(
                key,
                len(self.cluster.tasks_on(key)),
                one.changed_at,
                one.launched_at,
                keeps_tasks=one.keeps_tasks,
                draining=one.draining,
            )
            for key, one in self.members.items()
            if key in self.cluster
        ]

    def fits(self, key: Hashable, others: tuple[Hashable, ...]) -> bool:
        """Ask the engine, in a trial, whether the tasks of an instance fit on others."""
        with self.cluster.trial():
            tasks = self.cluster.tasks_on(str(key))
            for name in self.members:
                if name in self.cluster and name not in others:
                    self.cluster.set_status(name, "DRAINING")
            self.cluster.stop(tasks)
            return len(self.cluster.place(TASK, len(tasks), group=GROUP).task_ids) == len(tasks)

    def look(self) -> Optimisation:
        """Do what is due now, until nothing is."""
        while True:
            result = optimise(self.instances(), self.now, self.delay, self.fits)
            if not result.actions:
                return result
            for action in result.actions:
                self._do(action)

    def _do(self, action: DrainInstance | DeregisterInstance) -> None:
        key = str(action.key)
        record = [self.now // SECOND, int(key[1:])]
        if isinstance(action, DeregisterInstance):
            self.cluster.deregister(key)
            if not self.members[key].draining:
                self.deregistered.append(record)
            return
        self.drained.append(record)
        self.members[key].draining = True
        self.cluster.set_status(key, "DRAINING")
        tasks = self.cluster.tasks_on(key)
        self.cluster.stop(tasks)
        placed = self.cluster.place(
            TASK, len(tasks), group=GROUP, strategy=[placement.BinPack("memory")]
        )
        assert len(placed.task_ids) == len(tasks), "a task of a drained instance fits nowhere"
        for receiver in placed.instances:
            self.members[receiver].changed_at = self.now
