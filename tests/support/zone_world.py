"""A steady service in zones, and a driver that carries out what its rebalancing asks for."""

from __future__ import annotations

from collections.abc import Mapping

from placement.services.actions import Cause, StartTasks, StopTasks
from placement.services.model import TaskClass
from placement.services.zones import Batch, Step, ZoneCount, ZoneResult, ZoneState, rebalance

Moves = dict[str, int]


class ZoneWorld:
    """A service whose tasks are healthy, but for those just started."""

    def __init__(
        self,
        tasks: Mapping[str, int],
        maximum_percent: int = 200,
        protected: Mapping[str, int] | None = None,
        room: Mapping[str, int] | None = None,
    ) -> None:
        self.tasks = dict(tasks)
        self.protected = dict(protected or {})
        self.desired = sum(tasks.values())
        self.upper = self.desired * maximum_percent // 100
        self.pending = 0
        self.room = None if room is None else dict(room)
        """How many further tasks each zone holds; None: any number."""
        self.batch: Batch | None = None
        self.revision = 1

    @property
    def state(self) -> ZoneState:
        zones = [
            ZoneCount(zone, number, self.protected.get(zone, 0))
            for zone, number in self.tasks.items()
        ]
        active = sum(self.tasks.values())
        return ZoneState(
            self.revision, self.desired, self.upper, active, active - self.pending, tuple(zones)
        )

    def do(self, action: StartTasks | StopTasks) -> int:
        assert action.zone is not None
        assert action.cause is Cause.ZONE_REBALANCING
        if isinstance(action, StopTasks):
            assert action.task_class is TaskClass.HEALTHY
            free = self.tasks[action.zone] - self.protected.get(action.zone, 0)
            assert action.count <= free, "a protected task would be stopped"
            self.tasks[action.zone] -= action.count
            return action.count
        count = action.count
        if self.room is not None:
            count = min(count, self.room.get(action.zone, 0))
            self.room[action.zone] = self.room.get(action.zone, 0) - count
        self.tasks[action.zone] += count
        self.pending += count
        assert sum(self.tasks.values()) <= self.upper, "more tasks than the upper bound allows"
        return count

    def run_pass(self) -> ZoneResult:
        """Decide a pass and do it."""
        steps = rebalance(self.state, self.batch)
        try:
            action = next(steps)
            while True:
                action = steps.send(self.do(action))
        except StopIteration as end:
            result: ZoneResult = end.value
        self.batch = result.batch
        return result

    def settle(self) -> list[tuple[Moves, Moves]]:
        """Pass after pass, every task healthy between them; return what batches start and stop."""
        batches = []
        while (result := self.run_pass()).step is Step.STARTED:
            assert self.run_pass().step is Step.WAITING
            self.pending = 0
            batches.append((result.moved, self.run_pass().moved))
        return batches
