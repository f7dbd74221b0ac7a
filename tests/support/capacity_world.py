"""A capacity provider with one group, second by second, driven by the pure cores.

Launches take 120 s, placing takes no time, and each full minute after 0 ends with managed scaling.
Seconds are the moments of this world; the cores are asked in microseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from placement.scaling import groups, managed_scaling, waiting
from placement.scaling.managed_scaling import (
    Decision,
    Estimate,
    Measure,
    Memory,
    ProviderState,
    ScalingSettings,
    Usage,
)
from placement.scaling.packing import MachineSize, TaskGroup, TaskSize
from placement.timestamps import MINUTE, SECOND

LAUNCH = 120
ZONES = ("a", "b", "c")


def settings_of(row: Mapping[str, Any]) -> ScalingSettings:
    """Return the settings that a row of a table gives."""
    values = dict(row)
    if "estimate" in values:
        values["estimate"] = Estimate(values["estimate"])
    if "measure" in values:
        values["measure"] = Measure(values["measure"])
    return ScalingSettings(**values)


@attrs.define
class Machine:
    """An instance: its key, its zone, when it was launched, and whether it is registered."""

    key: int
    zone: str
    launched_at: int
    tasks: int = 0
    registered: bool = False


@attrs.define
class Task:
    """A task that waits."""

    key: int
    created_at: int


class CapacityWorld:
    """A provider whose tasks have one size."""

    def __init__(
        self,
        *,
        slots: int = 1,
        settings: ScalingSettings | None = None,
        maximum: int = 1000,
        protection: bool = True,
        task_cpu: int = 1024,
        type_cpu: int | None = None,
    ) -> None:
        self.slots = slots
        self.settings = settings or ScalingSettings()
        self.maximum = maximum
        self.protection = protection
        self.size = TaskSize(task_cpu, 1)
        self.type = MachineSize(task_cpu * slots if type_cpu is None else type_cpu, 1_000_000)
        self.machines: list[Machine] = []
        self.waiting: list[Task] = []
        self.memory = Memory()
        self.desired = 0
        self.now = 0
        self.changes: list[list[int]] = []
        """Second and number of every change of the desired capacity."""
        self.decisions: dict[int, Decision] = {}
        self.stopped: Counter[int] = Counter()
        self._keys = 0

    # --- What a test tells it ---

    def add_machines(self, number: int, tasks: int) -> None:
        """Add registered instances from long ago."""
        for _ in range(number):
            machine = self._launch(-100_000)
            machine.registered, machine.tasks = True, tasks
        self.desired = len(self.machines)

    def add_tasks(self, number: int) -> None:
        """Add tasks that exist from now on."""
        for _ in range(number):
            self._keys += 1
            self.waiting.append(Task(self._keys, self.now))

    def empty_machines(self, number: int) -> None:
        """End all tasks on the first instances that have any."""
        for machine in [one for one in self.machines if one.tasks][:number]:
            machine.tasks = 0

    def end_tasks(self, number: int) -> None:
        """End tasks, waiting ones first, then those of the instances launched last."""
        for _ in range(number):
            if self.waiting:
                self.waiting.pop()
            else:
                next(one for one in reversed(self.machines) if one.tasks).tasks -= 1

    @property
    def running(self) -> int:
        """How many tasks are placed."""
        return sum(machine.tasks for machine in self.machines)

    @property
    def registered(self) -> list[Machine]:
        return [machine for machine in self.machines if machine.registered]

    # --- Time ---

    def step(self) -> None:
        """Do what is due now; the caller's changes of this second came before."""
        for machine in self.machines:
            machine.registered |= machine.launched_at + LAUNCH <= self.now
        self._time_out()
        self._place()
        if self.now and self.now % 60 == 0:
            self._tick()

    def run_until(self, last: int) -> None:
        """Go on to a second, included, with nothing from outside."""
        while self.now < last:
            self.now = min(last, *(moment for moment in self._moments() if moment > self.now))
            self.step()

    def _moments(self) -> list[int]:
        minute = self.now - self.now % 60 + 60
        arrivals = [one.launched_at + LAUNCH for one in self.machines if not one.registered]
        ends = [task.created_at + waiting.TIME_OUT // SECOND for task in self.waiting]
        return [minute, *arrivals, *ends]

    def _time_out(self) -> None:
        over = waiting.time_outs(self._waiting_tasks(), self.now * SECOND)
        gone = {one.key for one in over}
        self.waiting = [task for task in self.waiting if task.key not in gone]
        if gone:
            self.stopped[self.now] += len(gone)

    def _waiting_tasks(self) -> list[waiting.WaitingTask]:
        return [
            waiting.WaitingTask(one.key, "task", one.created_at * SECOND) for one in self.waiting
        ]

    def _place(self) -> None:
        steps = waiting.place_waiting(self._waiting_tasks())
        try:
            action = next(steps)
            while True:
                action = steps.send(self._place_up_to(action.count))
        except StopIteration as end:
            still = set(end.value.waiting)
        self.waiting = [task for task in self.waiting if task.key in still]

    def _place_up_to(self, number: int) -> int:
        """Place tasks on the fullest instances that have room, and return how many fit."""
        left = number
        if self.size.cpu <= self.type.cpu:
            for machine in sorted(self.registered, key=lambda one: -one.tasks):
                more = min(left, self.slots - machine.tasks)
                machine.tasks += more
                left -= more
        return number - left

    # --- Minutes ---

    @property
    def state(self) -> ProviderState:
        registered = self.registered
        empty = sum(not machine.tasks for machine in registered)
        launches = [machine.launched_at for machine in self.machines]
        group = (TaskGroup(self.size, len(self.waiting)),) if self.waiting else ()
        return ProviderState(
            self.settings,
            0,
            self.maximum,
            self.desired,
            len(registered),
            empty,
            max(launches) * SECOND if launches else None,
            empty if self.protection else None,
            group,
            (self.type,),
            (Usage(self.running * self.size.cpu, len(registered) * self.slots * self.size.cpu),),
            self.memory,
        )

    def _tick(self) -> None:
        decision = managed_scaling.decide(self.state, self.now * SECOND)
        self.decisions[self.now] = decision
        self.memory = decision.memory
        if decision.desired != self.desired:
            self.changes.append([self.now, decision.desired])
        self.desired = decision.desired
        while len(self.machines) < self.desired:
            self._launch(self.now)
        if len(self.machines) > self.desired:
            self._terminate(len(self.machines) - self.desired)

    def _launch(self, launched_at: int) -> Machine:
        counts = Counter(dict.fromkeys(ZONES, 0))
        counts.update(machine.zone for machine in self.machines)
        choice = groups.launch_zone(counts)
        assert choice is not None
        self._keys += 1
        machine = Machine(self._keys, choice.zone, launched_at)
        self.machines.append(machine)
        return machine

    def _terminate(self, number: int) -> None:
        instances = [
            groups.GroupInstance(one.key, one.zone, one.launched_at * SECOND, tasks=one.tasks)
            for one in self.machines
        ]
        if self.protection:
            chosen = groups.empty_victims(instances, number)
        else:
            chosen = groups.victims(instances, number, now=self.now * SECOND)
        keys = {victim.key for victim in chosen}
        lost = sum(machine.tasks for machine in self.machines if machine.key in keys)
        assert not (lost and self.protection), "an instance with tasks was terminated"
        self.machines = [machine for machine in self.machines if machine.key not in keys]
        self.add_tasks(lost)
        self._place()


def percent(world: CapacityWorld, second: int) -> Fraction:
    """Return the reservation of a tick."""
    assert second * SECOND % MINUTE == 0
    return world.decisions[second].reservation
