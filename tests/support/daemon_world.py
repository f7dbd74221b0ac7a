"""A DAEMON service on instances that come and go: the core's driver, and its naive twin.

``DaemonWorld`` is driven as a control plane drives the core: it notes which instances have changed
and gives a pass only those.  ``naive_pass`` looks at every instance and counts everything again.
Both are asked of the same world; tests compare what they did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from attrs import define, field

from placement.services.daemons import (
    Daemon,
    DaemonInstance,
    DaemonPassResult,
    DaemonState,
    Fit,
    StartOn,
    StopOn,
    daemon_pass,
)
from placement.services.model import TaskClass

HEALTHY, PENDING, UNHEALTHY = TaskClass.HEALTHY, TaskClass.PENDING, TaskClass.UNHEALTHY

Done = Counter[tuple[str, int, int]]
"""What a pass has done: ("start" or "stop", instance, revision)."""


@define
class Host:
    """An instance; ``has_room``: whether a further daemon finds room."""

    fit: Fit = Fit.QUALIFIES
    daemons: list[Daemon] = field(factory=list)
    others: int = 0
    has_room: bool = True


@define
class DaemonWorld:
    """The service; instances by number, in the order of their registration."""

    minimum_percent: int = 0
    revision: int = 1
    may_start: bool = True
    hosts: dict[int, Host] = field(factory=dict)
    changed: set[int] = field(factory=set)
    next_number: int = 0
    looked_at: int = 0
    """How many instances the last pass was given."""

    # What happens

    def join(self, host: Host) -> int:
        number = self.next_number
        self.next_number += 1
        self.hosts[number] = host
        self.changed.add(number)
        return number

    def leave(self, number: int) -> None:
        del self.hosts[number]
        self.changed.discard(number)

    def set_fit(self, number: int, fit: Fit) -> None:
        self.hosts[number].fit = fit
        self.changed.add(number)

    def set_class(self, number: int, task_class: TaskClass) -> None:
        """Let the daemons of an instance become healthy, pending (again) or unhealthy."""
        host = self.hosts[number]
        host.daemons = [Daemon(daemon.revision, task_class) for daemon in host.daemons]
        if task_class is not HEALTHY:
            self.changed.add(number)

    def lose_daemon(self, number: int) -> None:
        self.hosts[number].daemons = self.hosts[number].daemons[1:]
        self.changed.add(number)

    def set_others(self, number: int, others: int) -> None:
        self.hosts[number].others = others
        self.changed.add(number)

    def give_room(self) -> None:
        """Every instance has room: those that waited are looked at."""
        for number, host in self.hosts.items():
            if not host.has_room:
                host.has_room = True
                self.changed.add(number)

    def deploy(self) -> None:
        """Start an update: older daemons that are not healthy are looked at."""
        self.revision += 1
        self.changed.update(
            number
            for number, host in self.hosts.items()
            if host.daemons and not host.daemons[0].is_healthy
        )

    def all_healthy(self) -> None:
        for host in self.hosts.values():
            host.daemons = [Daemon(daemon.revision, HEALTHY) for daemon in host.daemons]

    # Counts

    @property
    def qualifying(self) -> list[int]:
        return [number for number in self.hosts if self.hosts[number].fit is Fit.QUALIFIES]

    @property
    def without_healthy(self) -> int:
        hosts = [self.hosts[number] for number in self.qualifying]
        return sum(not any(one.is_healthy for one in host.daemons) for host in hosts)

    @property
    def state(self) -> DaemonState:
        every = [daemon for host in self.hosts.values() for daemon in host.daemons]
        healthy = [
            number
            for number in self.qualifying
            if Daemon(self.revision, HEALTHY) in self.hosts[number].daemons
        ]
        return DaemonState(
            self.revision,
            len(self.qualifying),
            self.without_healthy,
            self.minimum_percent,
            healthy=len(healthy),
            old_active=sum(daemon.revision != self.revision for daemon in every),
            may_start=self.may_start,
        )

    # Passes

    def instance(self, number: int) -> DaemonInstance:
        host = self.hosts[number]
        return DaemonInstance(number, host.fit, tuple(host.daemons), host.others)

    def outdated(self) -> Iterator[DaemonInstance]:
        for number in self.qualifying:
            daemons = self.hosts[number].daemons
            is_one = len(daemons) == 1 and daemons[0].is_healthy
            if is_one and daemons[0].revision != self.revision:
                self.looked_at += 1
                yield self.instance(number)

    def do(self, action: StartOn | StopOn, done: Done) -> int:
        number = action.instance
        assert isinstance(number, int)
        host = self.hosts[number]
        if isinstance(action, StartOn):
            assert not host.daemons, "a second daemon beside one with desiredStatus RUNNING"
            if not host.has_room:
                return 0
            host.daemons.append(Daemon(action.revision, PENDING))
            done["start", number, action.revision] += 1
        else:
            host.daemons.remove(Daemon(action.revision, action.task_class))
            done["stop", number, action.revision] += 1
        return 1

    def run_pass(self) -> tuple[Done, DaemonPassResult]:
        """Let the core decide a pass about what has changed, and do it."""
        done: Done = Counter()
        changed = sorted(self.changed)
        self.changed.clear()
        self.looked_at = len(changed)
        steps = daemon_pass(self.state, map(self.instance, changed), self.outdated())
        try:
            action = next(steps)
            while True:
                action = steps.send(self.do(action, done))
        except StopIteration as end:
            result: DaemonPassResult = end.value
        self.changed.update(number for number in result.left if isinstance(number, int))
        return done, result

    def settle(self, most: int = 1000) -> list[Done]:
        """Pass after pass, every task healthy between them, until one does nothing."""
        passes: list[Done] = []
        while (done := self.run_pass()[0]) and len(passes) < most:
            passes.append(done)
            self.all_healthy()
        return passes


def naive_pass(world: DaemonWorld) -> Done:
    """Do a pass over every instance, as S7.1, S7.2, D54, D58 and D106 say it."""
    done: Done = Counter()

    def stop(number: int, daemon: Daemon) -> None:
        world.hosts[number].daemons.remove(daemon)
        done["stop", number, daemon.revision] += 1

    for number, host in world.hosts.items():
        for daemon in list(host.daemons):
            is_old = daemon.revision != world.revision
            last_on_draining = host.fit is Fit.DRAINING and host.others == 0
            replaced = daemon.is_unhealthy or (is_old and not daemon.is_healthy)
            makes_room = host.fit is Fit.QUALIFIES and replaced and world.may_start
            if host.fit is Fit.UNFIT or last_on_draining or makes_room:
                stop(number, daemon)
    for number in world.qualifying:
        n = len(world.qualifying)
        most_without = n - -(-n * world.minimum_percent // 100)
        for daemon in list(world.hosts[number].daemons):
            is_old = daemon.revision != world.revision
            if is_old and world.may_start and world.without_healthy < most_without:
                stop(number, daemon)
    for number in world.qualifying:
        host = world.hosts[number]
        if not host.daemons and host.has_room and world.may_start:
            host.daemons.append(Daemon(world.revision, PENDING))
            done["start", number, world.revision] += 1
    return done
