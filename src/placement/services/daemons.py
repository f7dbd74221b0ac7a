"""DAEMON services: one task on every qualifying instance, pass by pass (4.1, S7.1, S7.2).

In: numbers about the whole service, and those instances only that need a look: what has changed,
and during an update the instances whose daemon is of an older revision.  Out: actions one by one,
each about one instance and answered with 1 (done) or 0 (not done), and what the pass leaves.  An
instance is a key that means nothing here; of the tasks on it only daemons of the service are known,
and how many tasks are no daemons.  Room for daemons is in ``daemon_room``.
"""

from __future__ import annotations

import enum
from collections.abc import Generator, Hashable, Iterable

import attrs

from placement.errors import UsageError, describe_value
from placement.services.actions import Cause
from placement.services.completion import Progress
from placement.services.limits import lower_bound
from placement.services.model import TaskClass

__all__ = [
    "Daemon",
    "DaemonAction",
    "DaemonInstance",
    "DaemonPassResult",
    "DaemonState",
    "Fit",
    "StartOn",
    "StopOn",
    "daemon_pass",
    "fit_of",
]


class Fit(enum.Enum):
    """Whether an instance takes part in a DAEMON service (B34, D106).

    - QUALIFIES: it is counted and gets a daemon.
    - DISCONNECTED: only its agent is missing: no daemon starts, one that is there stays.
    - DRAINING: no daemon starts; one that is there stops last (D58).
    - UNFIT: by another status or its attributes: no daemon starts, one that is there stops at once.
    """

    QUALIFIES = "qualifies"
    DISCONNECTED = "agent disconnected"
    DRAINING = "draining"
    UNFIT = "unfit"


def fit_of(status: str, *, agent_connected: bool, matches: bool) -> Fit:
    """Return whether an instance takes part; what it has left is not asked (B34).

    Args:
        status: Its status, as described.
        agent_connected: Whether its agent is connected.
        matches: Whether its attributes satisfy the constraints of the current deployment:
            constraints that have changed since act at the next one (S7.1).
    """
    if not matches or status not in ("ACTIVE", "DRAINING"):
        return Fit.UNFIT
    if status == "DRAINING":
        return Fit.DRAINING
    return Fit.QUALIFIES if agent_connected else Fit.DISCONNECTED


@attrs.frozen
class Daemon:
    """A task of the service with desiredStatus RUNNING.

    Attributes:
        revision: Number of its revision.
        task_class: Its class.
    """

    revision: int
    task_class: TaskClass

    @property
    def is_healthy(self) -> bool:
        """Whether it counts as healthy, on a DRAINING instance too."""
        return self.task_class in (TaskClass.HEALTHY, TaskClass.DRAINING)

    @property
    def is_unhealthy(self) -> bool:
        """Whether a check has failed (D27)."""
        return self.task_class is TaskClass.UNHEALTHY


@attrs.frozen
class DaemonInstance:
    """An instance that a pass looks at.

    Attributes:
        key: What the driver knows it by.
        fit: Whether it takes part.
        daemons: The tasks of the service with desiredStatus RUNNING that are on it; more than one
            only where somebody else has put them there.
        others: How many tasks that are no daemons it has that are not STOPPED; read only where it
            is DRAINING (D58, D106).
    """

    key: Hashable
    fit: Fit
    daemons: tuple[Daemon, ...] = ()
    others: int = 0


@attrs.frozen
class DaemonState:
    """The service as a whole.

    Attributes:
        revision: The revision of the PRIMARY deployment.
        qualifying: How many instances qualify; the desired count that is described.
        without_healthy: How many of those have no healthy daemon of any revision.
        minimum_percent: minimumHealthyPercent, 0 to 100.
        healthy: How many of those have a healthy daemon of the PRIMARY revision.
        old_active: Tasks of older revisions with desiredStatus RUNNING, wherever they are.
        old_stopping: Tasks of older revisions that are stopping and not STOPPED yet.
        may_start: False while nothing may start (S5.3, S5.4): then no daemon stops to be replaced.
        is_failed: Whether the PRIMARY deployment has failed; nothing starts then.

    Raises:
        UsageError: a number is out of its bounds.
    """

    revision: int
    qualifying: int
    without_healthy: int
    minimum_percent: int = 0
    healthy: int = 0
    old_active: int = 0
    old_stopping: int = 0
    may_start: bool = True
    is_failed: bool = False

    def __attrs_post_init__(self) -> None:
        for name in ("qualifying", "old_active", "old_stopping"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is at least 0, not {describe_value(getattr(self, name))}")
        for name in ("without_healthy", "healthy"):
            if not 0 <= getattr(self, name) <= self.qualifying:
                raise UsageError(
                    f"{name} is from 0 to the {self.qualifying} instances that qualify, "
                    f"not {describe_value(getattr(self, name))}"
                )
        if not 0 <= self.minimum_percent <= 100:
            raise UsageError(
                f"minimum_percent is from 0 to 100, not {describe_value(self.minimum_percent)}"
            )

    @property
    def desired(self) -> int:
        """The desired count that is described (S7.1)."""
        return self.qualifying

    @property
    def most_without(self) -> int:
        """How many qualifying instances an update may leave without a healthy daemon (D54)."""
        return self.qualifying - lower_bound(self.qualifying, self.minimum_percent)

    @property
    def can_replace(self) -> bool:
        """Whether a daemon that stops may be replaced now."""
        return self.may_start and not self.is_failed

    @property
    def progress(self) -> Progress:
        """How far the deployment is: COMPLETED as any other, with as many tasks as instances."""
        return Progress(
            self.desired, self.healthy, self.old_active, self.old_stopping, self.is_failed
        )


@attrs.frozen
class StartOn:
    """Start a daemon on an instance.

    Attributes:
        instance: Key of the instance.
        revision: Number of the revision.
        cause: Why.
    """

    instance: Hashable
    revision: int
    cause: Cause


@attrs.frozen
class StopOn:
    """Stop a daemon on an instance.

    Attributes:
        instance: Key of the instance.
        revision: Number of the task's revision.
        task_class: Its class; of several such tasks the newest stops.
        cause: Why.
    """

    instance: Hashable
    revision: int
    task_class: TaskClass
    cause: Cause


DaemonAction = StartOn | StopOn
"""What a pass yields."""

Steps = Generator[DaemonAction, int, bool]
"""Yields actions, is sent what was carried out, and returns whether that was all of it."""

Silent = Generator[DaemonAction, int, None]
"""The same, returning nothing."""


@attrs.frozen
class DaemonPassResult:
    """What a pass leaves.

    Attributes:
        did_anything: Whether a task was started or stopped.
        unplaced: The instances on which a daemon could not be placed: they wait for room, and
            nothing is evicted for them (A45).
        left: The instances on which something else is still to be done: a start that has to wait,
            a stop that was not carried out.  These and the unplaced ones need a look again.
        is_stuck: Whether an update can never move, because of minimumHealthyPercent alone (D30).
    """

    did_anything: bool
    unplaced: tuple[Hashable, ...]
    left: tuple[Hashable, ...]
    is_stuck: bool


class _Pass:
    """A pass under way."""

    def __init__(self, state: DaemonState) -> None:
        self.state = state
        self.without_healthy = state.without_healthy
        self.did_anything = False
        self.starts: list[tuple[Hashable, Cause]] = []
        """Instances without a daemon, and why one starts there, in order."""
        self.unplaced: list[Hashable] = []
        self.left: list[Hashable] = []
        self.waits = False
        """Whether a healthy daemon of an older revision has to stay for now."""

    def ask(self, action: DaemonAction) -> Steps:
        """Ask for an action; return whether it was carried out."""
        number = yield action
        if type(number) is not int or number not in (0, 1):
            raise UsageError(
                f"after each action a pass is sent 0 or 1, not {describe_value(number)}"
            )
        self.did_anything = self.did_anything or number == 1
        return number == 1

    def stop_all(self, key: Hashable, daemons: Iterable[Daemon], cause: Cause) -> Steps:
        """Stop some daemons of an instance; return whether all have been stopped."""
        is_done = True
        for daemon in daemons:
            action = StopOn(key, daemon.revision, daemon.task_class, cause)
            is_done = (yield from self.ask(action)) and is_done
        return is_done

    def look_at_all(self, changed: Iterable[DaemonInstance]) -> Silent:
        """Do what is due on the instances that have changed."""
        for instance in changed:
            if not (yield from self.look_at(instance)):
                self.left.append(instance.key)

    def look_at(self, instance: DaemonInstance) -> Steps:
        """Do what is due on an instance that has changed; return whether it is as it should be."""
        match instance.fit:
            case Fit.QUALIFIES:
                return (yield from self.look_at_qualifying(instance))
            case Fit.UNFIT:
                return (yield from self.stop_all(instance.key, instance.daemons, Cause.DAEMON))
            case Fit.DRAINING if not instance.others:
                return (yield from self.stop_all(instance.key, instance.daemons, Cause.DRAINING))
        return True

    def look_at_qualifying(self, instance: DaemonInstance) -> Steps:
        """Leave one daemon at most, and none where it is to be replaced whatever the bounds are."""
        key = instance.key
        daemons = sorted(instance.daemons, key=self.worth, reverse=True)
        done = yield from self.stop_all(key, daemons[1:], Cause.SCALING)
        kept = daemons[0] if daemons else None
        cause = Cause.DAEMON if kept is None else self.replaced_because(kept)
        if cause is None:
            return done
        if not self.state.can_replace:
            return False
        if kept is not None and not (yield from self.stop_all(key, (kept,), cause)):
            return False
        self.starts.append((key, cause))
        return done

    def worth(self, daemon: Daemon) -> tuple[bool, bool, bool]:
        """Return which of several daemons on an instance stays: the one with the largest."""
        is_current = daemon.revision == self.state.revision
        return daemon.is_healthy, is_current, not daemon.is_unhealthy

    def replaced_because(self, daemon: Daemon) -> Cause | None:
        """Return why a daemon makes room for another whatever the bounds are; None: it stays.

        Unhealthy ones are replaced always, older ones at once while they are not healthy (D106).
        """
        if daemon.is_unhealthy:
            return Cause.UNHEALTHY
        if daemon.revision != self.state.revision and not daemon.is_healthy:
            return Cause.DEPLOYMENT
        return None

    def update(self, outdated: Iterable[DaemonInstance]) -> Silent:
        """Stop healthy daemons of older revisions in order, as far as the bound allows (D54)."""
        for instance in outdated:
            if self.without_healthy >= self.state.most_without:
                self.waits = True
                return
            daemon = _outdated_daemon(instance, self.state.revision)
            if (yield from self.stop_all(instance.key, (daemon,), Cause.DEPLOYMENT)):
                self.without_healthy += 1
                self.starts.append((instance.key, Cause.DEPLOYMENT))

    def start_all(self) -> Silent:
        """Start daemons where there is none now."""
        for key, cause in self.starts:
            if not (yield from self.ask(StartOn(key, self.state.revision, cause))):
                self.unplaced.append(key)

    def result(self) -> DaemonPassResult:
        """Return what the pass leaves."""
        is_stuck = self.waits and not self.did_anything and not self.state.without_healthy
        return DaemonPassResult(self.did_anything, tuple(self.unplaced), tuple(self.left), is_stuck)


def _outdated_daemon(instance: DaemonInstance, revision: int) -> Daemon:
    """Return the one daemon of an instance, which is healthy and of another revision.

    Raises:
        UsageError: the instance is another.
    """
    if instance.fit is Fit.QUALIFIES and len(instance.daemons) == 1:
        daemon = instance.daemons[0]
        if daemon.is_healthy and daemon.revision != revision:
            return daemon
    raise UsageError(
        "an outdated instance qualifies and has one daemon, healthy and of another revision than "
        f"{revision}, not {describe_value(instance.fit.value)} with {instance.daemons}"
    )


def daemon_pass(
    state: DaemonState,
    changed: Iterable[DaemonInstance] = (),
    outdated: Iterable[DaemonInstance] = (),
) -> Generator[DaemonAction, int, DaemonPassResult]:
    """Decide a pass over a DAEMON service.

    A daemon starts only where none has desiredStatus RUNNING, also where one is still stopping
    (S7.2).  After each action the generator is sent 1 if it was carried out, 0 if not.

    Args:
        state: The service as a whole; its numbers include the instances given here.
        changed: The instances that need a look, in the order of their registration: they joined,
            their fit has changed, they lost their daemon or it turned unhealthy, the last other
            task of a DRAINING one is STOPPED, a daemon could not be placed before, and at the
            start of an update those whose older daemon is not healthy.
        outdated: The qualifying instances whose only daemon is healthy and of an older revision,
            in the order of their registration.  It is read only as far as the bound allows, so
            that it may be a generator.

    Raises:
        UsageError: an instance of ``outdated`` is another, or what was sent is not 0 or 1.
    """
    under_way = _Pass(state)
    yield from under_way.look_at_all(changed)
    if state.can_replace:
        yield from under_way.update(outdated)
    yield from under_way.start_all()
    return under_way.result()
