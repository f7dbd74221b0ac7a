"""A state machine for schedulers: any history, and after every step what must always hold.

In: a function that makes a scheduler (``scheduler.Scheduler``) from a seed.  Out: a class of
Hypothesis's state machines.  What is asked comes from ``requests``, what must hold from ``ledger``.
Which instance a strategy should have chosen is not asked: that is for a twin of the strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from placement.engine.results import Request
from placement.model import Instance
from placement.testing.ledger import Ledger
from placement.testing.requests import requests as all_requests
from placement.testing.requests import roomy_instances
from placement.testing.scheduler import Reading, Scheduler, SupportsCopy, SupportsTrial
from placement.testing.steps import (
    CHANGING,
    PLACING,
    STOPPING,
    Deregister,
    Place,
    Player,
    PutAttributes,
    Register,
    SetAgent,
    SetStatus,
    Step,
    StepDraft,
    Stop,
    wishes,
)

__all__ = ["SchedulerMachine", "scheduler_machine"]

IDS = tuple(f"i-{number}" for number in range(5))


@attrs.frozen
class _Plan:
    """The arguments of ``scheduler_machine``."""

    make: Callable[[int], Scheduler]
    instances: st.SearchStrategy[Instance]
    requests: st.SearchStrategy[Request]
    tries: st.SearchStrategy[list[StepDraft]]
    finds_all_room: bool


class _Left(Exception):
    """Raised to leave a trial, as an exception of a caller would."""


def _of_plan(name: str, some: int | None = None) -> st.SearchStrategy[Any]:
    """Return the values of the running machine's plan, or lists of up to so many."""

    def chosen(machine: Any) -> st.SearchStrategy[Any]:
        one: st.SearchStrategy[Any] = getattr(machine.plan, name)
        return one if some is None else st.lists(one, min_size=1, max_size=some)

    return st.runner().flatmap(chosen)


class SchedulerMachine(RuleBasedStateMachine):
    """Plays histories on a scheduler and checks after every step what must always hold.

    Made by ``scheduler_machine``.  A second scheduler, made with the same seed, goes the same way
    without anything that is only tried: its decisions must be the same.
    """

    plan: ClassVar[_Plan]

    def __init__(self) -> None:
        super().__init__()
        self.seed = 0
        self.pool: list[Request] = []
        """The requests of the run, each used several times: schedulers may cache requests."""
        self.ledger = Ledger()
        self.history: list[tuple[Step, list[str]]] = []
        """Every step that happened, and what was chosen."""

    @initialize(
        seed=st.integers(0, 2**64 - 1),
        requests=_of_plan("requests", some=4),
        instances=_of_plan("instances", some=4),
    )
    def start(self, seed: int, requests: list[Request], instances: list[Instance]) -> None:
        """Make two schedulers with the same seed and give them the same instances."""
        self.seed, self.pool = seed, requests
        self.player, self.shadow = Player(self.plan.make(seed)), Player(self.plan.make(seed))
        for instance in instances:
            self.happen(self.coming(instance))

    # Rules

    @precondition(lambda self: len(self.ledger.hosts) < len(IDS))
    @rule(instance=_of_plan("instances"))
    def an_instance_comes(self, instance: Instance) -> None:
        """Register an instance, perhaps under an id that another had."""
        self.happen(self.coming(instance))

    @precondition(lambda self: self.ledger.hosts)
    @rule(how=CHANGING)
    def an_instance_changes(self, how: dict[str, Any]) -> None:
        """Change an instance, or deregister it."""
        self.happen(self.changing(**how))

    @rule(how=PLACING)
    def tasks_are_placed(self, how: dict[str, Any]) -> None:
        """Place some tasks."""
        self.happen(self.placing(**how))

    @precondition(lambda self: self.ledger.running)
    @rule(how=STOPPING)
    def tasks_are_stopped(self, how: dict[str, Any]) -> None:
        """Stop some tasks."""
        self.happen(self.stopping(**how))

    @precondition(lambda self: isinstance(self.player.scheduler, SupportsTrial))
    @rule(wishes=_of_plan("tries"), leaves=st.booleans(), then=PLACING)
    def anything_is_tried(
        self, wishes: list[StepDraft], leaves: bool, then: dict[str, Any]
    ) -> None:
        """Try anything; then decide as the second scheduler does, which tried nothing."""
        self.trying(wishes, leaves)
        if isinstance(self.player.scheduler, SupportsCopy):
            self.ask_copies()
        self.happen(self.placing(**then))

    @precondition(lambda self: isinstance(self.player.scheduler, SupportsCopy))
    @rule(how=PLACING)
    def a_copy_decides_the_same(self, how: dict[str, Any]) -> None:
        """Place on a copy and then on the original: each as if the other were not there."""
        step, before = self.placing(**how), self.player.read()
        copy = self.player.copy()
        there = copy.play(step)
        _compare("what a copy does is done to the original", before, self.player.read())
        here = self.happen(step)
        if there != here:
            raise AssertionError(f"a copy chose {there}, and the original {here}")
        self.ledger.check(copy.read(), copy.names)

    @rule()
    def everything_happens_again(self) -> None:
        """Play the whole history on a new scheduler with the same seed."""
        again = Player(self.plan.make(self.seed))
        for step, chosen in self.history:
            found = again.play(step)
            if found != chosen:
                raise AssertionError(f"{step} chose {found} when it came again, not {chosen}")
        self.ledger.check(again.read(), again.names)

    @invariant()
    def the_books_agree(self) -> None:
        """Nothing is over-committed or held twice, and every count is that of a recount."""
        self.ledger.check(self.player.read(), self.player.names)

    # Steps from drafts

    def coming(self, instance: Instance) -> Step | None:
        """Return a step that registers an instance under a free id, None if all are taken."""
        free = [id for id in IDS if id not in self.ledger.hosts]
        return Register(attrs.evolve(instance, id=free[0])) if free else None

    def placing(self, request: int, count: int, seed: int | None) -> Step:
        """Return a step that places one of the requests."""
        return Place(self.pool[request % len(self.pool)], count, seed)

    def changing(self, host: int, change: Any) -> Step | None:
        """Return a step that changes one of the instances, None if there is none."""
        ids = sorted(self.ledger.hosts)
        changed: Step | None = attrs.evolve(change, id=ids[host % len(ids)]) if ids else None
        return changed

    def stopping(self, tasks: list[int]) -> Step | None:
        """Return a step that stops some of the running tasks, None if none runs."""
        running = self.ledger.running
        meant = {running[-1 - task % len(running)]: None for task in tasks if running}
        return Stop(tuple(meant)) if meant else None

    # Playing steps

    def happen(self, step: Step | None) -> list[str]:
        """Play a step on both schedulers; return the instances chosen."""
        if step is None:
            return []
        chosen, other = self.player.play(step), self.shadow.play(step)
        _same(step, chosen, other)
        self.history.append((step, chosen))
        self.follow(step, chosen)
        return chosen

    def ask_copies(self) -> None:
        """Let copies of both schedulers place one task of every request."""
        before, one, other = self.player.read(), self.player.copy(), self.shadow.copy()
        for number in range(len(self.pool)):
            step = self.placing(number, 2, None)
            chosen = one.play(step)
            _compare("what a copy does is done to the original", before, self.player.read())
            _same(step, chosen, other.play(step))

    def follow(self, step: Step, chosen: list[str]) -> None:
        """Record a step and its outcome in the ledger."""
        books = self.ledger
        match step:
            case Register(instance):
                books.register(instance)
            case Deregister(id):
                del books.hosts[id]
            case SetStatus(id, status):
                books.hosts[id].status = status
            case SetAgent(id, connected):
                books.hosts[id].connected = connected
            case PutAttributes(id, attributes):
                books.hosts[id].attributes.update(attributes)
            case Stop(tasks):
                books.stop(tasks)
            case Place(request, count):
                first = len(self.player.names) - len(chosen)
                with_room = books.place(request, first, count, chosen)
                if with_room and self.plan.finds_all_room:
                    where = ", ".join(with_room)
                    raise AssertionError(f"{step} found no more room, which is on {where}")

    def trying(self, wishes: list[StepDraft], leaves: bool) -> None:
        """Play steps inside a trial, perhaps nested, and leave it normally or by an exception."""
        before, books, tasks = self.player.read(), self.ledger, len(self.player.names)
        self.ledger = books.copy()
        left = False
        try:
            with self.player.scheduler.trial():
                for name, how in wishes:
                    step = getattr(self, name)(**how)
                    if step is not None:
                        self.follow(step, self.player.play(step))
                    self.the_books_agree()
                _leave(leaves)
        except _Left:
            left = True
        if left != leaves:
            raise AssertionError("a trial kept an exception to itself (C21)")
        self.ledger = books
        self.player.forget(tasks)
        _compare("a trial left something behind (C21)", before, self.player.read())


def _leave(by_exception: bool) -> None:
    if by_exception:
        raise _Left


def _same(step: Step, chosen: list[str], other: list[str]) -> None:
    """Raise AssertionError where two schedulers do not choose the same."""
    if chosen != other:
        told = "another scheduler with the same seed, to which the same happened"
        raise AssertionError(f"{step} chose {chosen}, and {other} with {told}")


def _compare(promise: str, before: Mapping[str, Reading], after: Mapping[str, Reading]) -> None:
    """Raise AssertionError where a scheduler says of an instance what it did not say before."""
    for id in sorted(before.keys() | after.keys()):
        if before.get(id) != after.get(id):
            raise AssertionError(f"{promise}: {id} was {before.get(id)} and is {after.get(id)}")


def scheduler_machine(
    make: Callable[[int], Scheduler],
    *,
    instances: st.SearchStrategy[Instance] | None = None,
    requests: st.SearchStrategy[Request] | None = None,
    finds_all_room: bool = True,
) -> type[SchedulerMachine]:
    """Return a state machine that plays any history on schedulers and checks them.

    After every step: nothing is over-committed, counted from the tasks themselves against what was
    registered; no port and no GPU is held twice on an instance; all counts equal a recount.  Every
    task is on an instance that it may be on when it is placed (status, agent, attributes, zone,
    memberOf, distinctInstance, AtMost).  The same seed gives the same answers: beside a second
    scheduler, when the whole history is played again, and on a copy.  After a trial nothing has
    happened.

    Args:
        make: Makes a scheduler without instances from a seed, each time the same.
        instances: What instances are drawn from; their ids are replaced.  By default
            ``roomy_instances()``.  Narrow this and ``requests`` to what your scheduler knows of.
        requests: What requests are drawn from; by default ``requests()``.
        finds_all_room: Whether it is a mistake to place fewer tasks than there is room for.

    Returns:
        A ``hypothesis.stateful.RuleBasedStateMachine``; its ``TestCase`` is for unittest and
        pytest, ``hypothesis.stateful.run_state_machine_as_test`` for anything else.

    >>> from placement.testing import ClusterScheduler, scheduler_machine
    >>> TestCluster = scheduler_machine(ClusterScheduler).TestCase
    """
    instances = roomy_instances() if instances is None else instances
    requests = all_requests() if requests is None else requests
    plan = _Plan(make, instances, requests, wishes(instances, 1), finds_all_room)
    name = getattr(make, "__name__", type(make).__name__)
    return type(f"{name}Machine", (SchedulerMachine,), {"plan": plan})
