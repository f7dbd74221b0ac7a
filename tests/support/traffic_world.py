"""A small world in which deployments that shift traffic are played to the end, second by second.

In: a ``Script``: settings of a service, how long its tasks take, and what happens at which second.
Out: a ``Played``: everything that the cores asked for, with moments in seconds.  The world keeps
tasks in a list, counts them afresh at every pass and moves its clock to the next moment at which
something is due; it decides nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

import attrs

from placement.services.actions import StartTasks, StopTasks
from placement.services.breaker import Breaker, BreakerCount, Outcome
from placement.services.hooks import Hook, HookAction, HookAnswer, HookStatus
from placement.services.model import ClassCounts, RevisionState, TaskClass
from placement.services.retries import PlacementRetries
from placement.services.traffic_actions import (
    CallHook,
    ChangeStatus,
    Detection,
    EnterStage,
    SetWeights,
    TrafficFacts,
)
from placement.services.traffic_capacity import capacity_round
from placement.services.traffic_deployment import (
    FailureCause,
    TrafficDeployment,
    Weights,
    answer_pause,
    request_rollback,
    request_stop,
    roles_after,
    targets,
)
from placement.services.traffic_shifting import step
from placement.services.traffic_steps import BLUE_GREEN, Schedule
from placement.timestamps import SECOND

__all__ = ["Event", "Played", "Script", "Task", "World", "play"]


@attrs.define
class Task:
    """A task; its moments are seconds."""

    revision: int
    started_at: int
    task_class: TaskClass = TaskClass.PENDING
    protected: bool = False
    stopped_at: int | None = None

    def stop(self, now: int, script: Script) -> None:
        """Stop it: a task that was never RUNNING has no target to deregister."""
        delay = 0 if self.task_class is TaskClass.PENDING else script.deregistration_delay
        self.stopped_at = now + delay + script.stop


@attrs.frozen
class Event:
    """Something that happens at a second, before the passes of that second.

    Attributes:
        at: The second.
        what: Its name: a method of ``World`` that starts with ``on_``.
        arguments: What the method gets.
    """

    at: int
    what: str
    arguments: Mapping[str, object] = attrs.field(factory=dict)


@attrs.frozen
class Script:
    """A service, its deployment, and what happens.  Durations are seconds.

    ``answers`` gives, for each function by its name, what it answers from call to call; a function
    that has none left, or none at all, answers SUCCEEDED.
    """

    schedule: Schedule = BLUE_GREEN
    desired: int = 4
    hooks: tuple[Hook, ...] = ()
    answers: Mapping[str, tuple[HookAnswer, ...]] = attrs.field(factory=dict)
    has_test_listener: bool = False
    is_network_load_balancer: bool = False
    is_first: bool = False
    healthy_after: int = 60
    deregistration_delay: int = 300
    stop: int = 2
    room: int | None = None
    breaker: Breaker | None = None
    unhealthy_revisions: frozenset[int] = frozenset()
    events: tuple[Event, ...] = ()
    until: int = 60 * 86_400


@attrs.define
class Played:
    """What happened, each entry with its second."""

    stages: list[tuple[int, str]] = attrs.field(factory=list)
    weights: list[tuple[int, Fraction, Fraction]] = attrs.field(factory=list)
    statuses: list[tuple[int, str]] = attrs.field(factory=list)
    calls: list[tuple[int, str]] = attrs.field(factory=list)
    given: list[tuple[int, str, Fraction | None, Fraction | None]] = attrs.field(factory=list)
    attempts: list[int] = attrs.field(factory=list)
    starts: list[tuple[int, int, int]] = attrs.field(factory=list)
    stops: list[tuple[int, int, int]] = attrs.field(factory=list)
    served: set[int | None] = attrs.field(factory=set)
    healthy_at: list[tuple[int, int]] = attrs.field(factory=list)
    ended: list[TrafficDeployment] = attrs.field(factory=list)
    peak: int = 0
    end: int | None = None


@attrs.define
class World:
    """A service whose newest deployment is played."""

    script: Script
    deployment: TrafficDeployment
    tasks: list[Task]
    played: Played
    groups: dict[int, int]
    now: int = 0
    desired: int = 0
    detection: Detection | None = None
    wake_at: int | None = None
    breaker_count: BreakerCount = attrs.field(factory=BreakerCount)
    retries: dict[int, PlacementRetries] = attrs.field(factory=dict)
    could_help: bool = False
    asked: dict[str, int] = attrs.field(factory=dict)
    superseded: list[TrafficDeployment] = attrs.field(factory=list)
    was_healthy: set[int] = attrs.field(factory=set)
    looks: Callable[[World], None] | None = None
    production_weights: list[Fraction] = attrs.field(factory=lambda: [Fraction(1), Fraction(0)])
    test_weights: list[Fraction] = attrs.field(factory=lambda: [Fraction(1), Fraction(0)])

    # --- What is counted ---

    def state(self, revision: int) -> RevisionState:
        """Return the tasks of a revision, counted afresh."""
        mine = [task for task in self.tasks if task.revision == revision]
        active = [task for task in mine if task.stopped_at is None]
        protected = [task for task in active if task.protected]
        retries = self.retries.get(revision, PlacementRetries())
        return RevisionState(
            revision,
            counts=count(active),
            protected=count(protected),
            stopping=len(mine) - len(active),
            may_start=retries.may_try(self.now * SECOND, could_help=self.could_help),
        )

    def facts(self) -> TrafficFacts:
        """Return what a pass knows."""
        deployment = self.deployment
        return TrafficFacts(
            now=self.now * SECOND,
            desired=self.desired,
            green=self.state(deployment.green),
            blue=None if deployment.blue is None else self.state(deployment.blue),
            others=tuple(self.state(other) for other in deployment.others),
            detection=self.detection,
        )

    @property
    def production(self) -> dict[int | None, Fraction]:
        """The shares of production traffic of the two target groups, by green and blue."""
        green = self.groups[self.deployment.green]
        shares = self.production_weights
        return {self.deployment.green: shares[green], self.deployment.blue: shares[1 - green]}

    @property
    def weights(self) -> Weights:
        """The shares that green's target group has."""
        green = self.groups[self.deployment.green]
        return Weights(self.test_weights[green], self.production_weights[green])

    @property
    def active(self) -> int:
        return sum(task.stopped_at is None for task in self.tasks)

    # --- Passes ---

    def run_pass(self) -> bool:
        """Run one step and one round; return whether either did anything."""
        acted = bool(self.superseded)
        self.superseded.clear()
        facts = self.facts()
        detection = self.detection
        deciding = step(self.deployment, facts)
        answer: HookAnswer | None = None
        while True:
            try:
                action = deciding.send(answer)
            except StopIteration as stop:
                self.deployment, wake_at = stop.value.deployment, stop.value.wake_at
                break
            acted = True
            answer = self.carry_out(action)
        self.wake_at = None if wake_at is None else -(-wake_at // SECOND)
        if self.deployment.has_ended and self.played.end is None:
            self.played.end = self.now
            self.played.ended.append(self.deployment)
        acted = self.run_round() or acted
        return acted or self.detection is not detection

    def carry_out(self, action: object) -> HookAnswer | None:
        """Carry out an action of a step; return a function's answer to CallHook."""
        if isinstance(action, EnterStage):
            self.played.stages.append((self.now, action.stage.value))
        elif isinstance(action, ChangeStatus):
            self.played.statuses.append((self.now, action.status.value))
        elif isinstance(action, SetWeights):
            assert action.before == self.weights, "green's group has the weights that are known"
            green = self.groups[self.deployment.green]
            for weights, share in (
                (self.production_weights, action.weights.production),
                (self.test_weights, action.weights.test),
            ):
                weights[green], weights[1 - green] = share, 1 - share
            self.played.weights.append((self.now, action.weights.test, action.weights.production))
            self.played.served |= {number for number, share in self.production.items() if share}
        elif isinstance(action, CallHook):
            name = action.invocation.hook.target or ""
            self.played.calls.append((self.now, name))
            stage = action.invocation.stage.value
            self.played.given.append((self.now, stage, action.test, action.production))
            number = self.asked.get(name, 0)
            self.asked[name] = number + 1
            answers = self.script.answers.get(name, ())
            return answers[number] if number < len(answers) else HookAnswer(HookStatus.SUCCEEDED)
        return None

    def run_round(self) -> bool:
        """Start and stop tasks; return whether any was."""
        wanted = targets(self.deployment, self.desired)
        states = {target.revision: self.state(target.revision) for target in wanted}
        tried = {number for number, state in states.items() if state.may_start}
        deciding = capacity_round(wanted, states)
        number: int | None = None
        while True:
            try:
                action = next(deciding) if number is None else deciding.send(number)
            except StopIteration as stop:
                result = stop.value
                break
            number = self.start(action) if isinstance(action, StartTasks) else self.end(action)
        for revision in tried:
            self.note_attempt(revision, failed=revision in result.unplaced)
        self.could_help = False
        self.played.peak = max(self.played.peak, self.active)
        return bool(result.did_anything)

    def start(self, action: StartTasks) -> int:
        room = self.script.room
        count = action.count if room is None else min(action.count, max(0, room - self.active))
        self.tasks += [Task(action.revision, self.now) for _ in range(count)]
        if count:
            self.played.starts.append((self.now, action.revision, count))
        return count

    def end(self, action: StopTasks) -> int:
        free_classes = (TaskClass.UNHEALTHY, TaskClass.DRAINING, TaskClass.DRAINING_WARMING)
        pool = [
            task
            for task in self.tasks
            if task.revision == action.revision
            and task.stopped_at is None
            and task.task_class is action.task_class
            and (not task.protected or action.task_class in free_classes)
        ][: action.count]
        assert len(pool) == action.count, "a stop names as many tasks as there are"
        for task in pool:
            task.stop(self.now, self.script)
        self.played.stops.append((self.now, action.revision, len(pool)))
        return len(pool)

    def note_attempt(self, revision: int, *, failed: bool) -> None:
        """Count a failed placement attempt for the circuit breaker, and set the timer."""
        before = self.retries.get(revision, PlacementRetries())
        if not failed:
            self.retries[revision] = before.after_success()
            return
        after = before.after_failure(self.now * SECOND)
        self.retries[revision] = after
        if after is not before and revision == self.deployment.green:
            self.played.attempts.append(self.now)
            self.note_outcome(Outcome.NOT_PLACED)

    def note_outcome(self, outcome: Outcome) -> None:
        breaker = self.script.breaker
        if breaker is None or self.deployment.is_rolling_back:
            return
        self.breaker_count = breaker.after(self.breaker_count, outcome)
        if breaker.has_fired(self.breaker_count, self.desired) and self.detection is None:
            self.detection = Detection(FailureCause.CIRCUIT_BREAKER)

    # --- Time ---

    def moments(self) -> Iterator[int]:
        """Yield every later moment at which something is due."""
        for event in self.script.events:
            yield event.at
        for task in self.tasks:
            if task.stopped_at is not None:
                yield task.stopped_at
            elif task.task_class is TaskClass.PENDING:
                yield task.started_at + self.script.healthy_after
        for retries in self.retries.values():
            if retries.due is not None:
                yield retries.due // SECOND
        if self.wake_at is not None:
            yield self.wake_at

    def move_tasks(self) -> None:
        """Carry out the transitions of tasks that are due."""
        left = [
            task for task in self.tasks if task.stopped_at is None or task.stopped_at > self.now
        ]
        self.could_help = self.could_help or len(left) < len(self.tasks)
        self.tasks = left
        for task in left:
            due = task.started_at + self.script.healthy_after <= self.now
            if task.stopped_at is not None or task.task_class is not TaskClass.PENDING or not due:
                continue
            if task.revision in self.script.unhealthy_revisions:
                task.task_class = TaskClass.UNHEALTHY
                outcome = Outcome.UNHEALTHY
            else:
                task.task_class = TaskClass.HEALTHY
                outcome = Outcome.HEALTHY
                self.was_healthy.add(task.revision)
                self.played.healthy_at.append((self.now, task.revision))
            if task.revision == self.deployment.green:
                self.note_outcome(outcome)

    def run(self) -> None:
        """Play until nothing is due or the script's time is over."""
        while self.now <= self.script.until:
            for event in self.script.events:
                if event.at == self.now:
                    getattr(self, f"on_{event.what}")(**event.arguments)
            self.move_tasks()
            for _ in range(200):
                if not self.run_pass():
                    break
                self.move_tasks()
            else:
                raise AssertionError("an instant ends after a few passes")
            if self.looks is not None:
                self.looks(self)
            later = [moment for moment in self.moments() if moment > self.now]
            if not later:
                return
            self.now = min(later)

    # --- Events ---

    def on_alarm(self, rolls_back: bool = True) -> None:
        if self.detection is None and not self.deployment.has_ended:
            self.detection = Detection(FailureCause.ALARM, rolls_back)

    def on_detect(self, cause: str, rolls_back: bool = True) -> None:
        if self.detection is None and not self.deployment.has_ended:
            self.detection = Detection(FailureCause[cause], rolls_back)

    def on_stop(self) -> None:
        self.deployment = request_rollback(self.deployment) or self.deployment

    def on_answer(self, number: int, action: str) -> None:
        changed = answer_pause(self.deployment, number, HookAction(action), self.now * SECOND)
        self.deployment = changed or self.deployment

    def on_desired(self, count: int) -> None:
        self.desired = count
        breaker = self.script.breaker
        if breaker is not None and breaker.has_fired(self.breaker_count, count):
            self.detection = self.detection or Detection(FailureCause.CIRCUIT_BREAKER)

    def on_lose(self, revision: str, count: int = 1) -> None:
        number = getattr(self.deployment, revision)
        alive = [t for t in self.tasks if t.revision == number and t.stopped_at is None]
        for task in alive[:count]:
            self.tasks.remove(task)
        self.could_help = True

    def on_classes(self, revision: str, to: str, count: int = 1) -> None:
        """Give healthy tasks of a revision another class."""
        number = getattr(self.deployment, revision)
        healthy = [
            task
            for task in self.tasks
            if task.revision == number
            and task.stopped_at is None
            and task.task_class is TaskClass.HEALTHY
        ]
        for task in healthy[:count]:
            task.task_class = TaskClass(to)

    def on_protect(self, revision: str, count: int = 1, protected: bool = True) -> None:
        number = getattr(self.deployment, revision)
        mine = [t for t in self.tasks if t.revision == number and t.stopped_at is None]
        for task in mine[:count]:
            task.protected = protected

    def on_room(self, room: int | None = None) -> None:
        self.script = attrs.evolve(self.script, room=room)
        self.could_help = True

    def on_deploy(self, schedule: Schedule | None = None) -> None:
        """Ask for a new deployment: the one before stops, and its roles are passed on."""
        roles = roles_after(self.deployment)
        if not self.deployment.has_ended:
            stopped = finish(request_stop(self.deployment), self.facts())
            self.played.ended.append(stopped)
            self.played.statuses.append((self.now, stopped.status.value))
            self.superseded.append(stopped)
        numbers = (self.deployment.green, *roles.others, roles.blue or 0)
        self.deployment = attrs.evolve(
            new_deployment(self.script, max(numbers) + 1, roles.blue),
            others=tuple(other for other in roles.others if self.has_tasks(other)),
            weights=roles.weights,
            schedule=schedule or self.script.schedule,
        )
        self.groups[self.deployment.green] = (
            self.production_weights.index(Fraction(0))
            if roles.blue is None
            else 1 - self.groups[roles.blue]
        )
        self.detection, self.breaker_count = None, BreakerCount()
        self.played.end = None

    def has_tasks(self, revision: int) -> bool:
        return any(task.revision == revision for task in self.tasks)

    def on_nothing(self) -> None:
        """Look at the service at a moment at which nothing happens."""

    def on_copy(self) -> None:
        """Go on with a deep copy of the deployment."""
        copied = copy.deepcopy(self.deployment)
        assert copied == self.deployment
        self.deployment = copied


def count(tasks: list[Task]) -> ClassCounts:
    """Return tasks by class."""
    return ClassCounts(
        **{
            task_class.value: sum(task.task_class is task_class for task in tasks)
            for task_class in TaskClass
        }
    )


def finish(deployment: TrafficDeployment, facts: TrafficFacts) -> TrafficDeployment:
    """Return a deployment after a step that asks nobody anything."""
    deciding = step(deployment, facts)
    while True:
        try:
            deciding.send(None)
        except StopIteration as stop:
            result: TrafficDeployment = stop.value.deployment
            return result


def new_deployment(script: Script, green: int, blue: int | None) -> TrafficDeployment:
    return TrafficDeployment(
        green=green,
        blue=blue,
        schedule=script.schedule,
        hooks=script.hooks,
        has_test_listener=script.has_test_listener,
        is_network_load_balancer=script.is_network_load_balancer,
    )


def play(script: Script, looks: Callable[[World], None] | None = None) -> World:
    """Play a script: revision 1 at rest, unless it is the first; revision 2 is deployed at 0."""
    blue = None if script.is_first else 1
    before = 0 if script.is_first else script.desired
    healthy = [Task(1, -1_000, TaskClass.HEALTHY) for _ in range(before)]
    world = World(
        script=script,
        deployment=new_deployment(script, 2, blue),
        tasks=healthy,
        played=Played(),
        groups={1: 0, 2: 1},
        desired=script.desired,
        was_healthy={1},
        looks=looks,
    )
    world.run()
    return world
