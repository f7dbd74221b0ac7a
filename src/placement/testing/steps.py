"""The steps of a history, the player that applies them, and the strategies that draw them.

In: nothing.  Out: ``Step`` and its kinds, which name what they are about; ``Player``, a scheduler
together with what it calls its tasks; ``StepDraft``, a step as it is drawn: with numbers in place
of what is not known before the step is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs
from hypothesis import strategies as st

from placement.engine.results import Request
from placement.model import Instance
from placement.testing.requests import changes_of_attributes
from placement.testing.scheduler import Reading, Scheduler, TaskId

__all__ = [
    "CHANGING",
    "PLACING",
    "STOPPING",
    "Deregister",
    "Place",
    "Player",
    "PutAttributes",
    "Register",
    "SetAgent",
    "SetStatus",
    "Step",
    "StepDraft",
    "Stop",
    "wishes",
]

MAX_COUNT = 8


@attrs.frozen
class Register:
    """An instance is registered."""

    instance: Instance


@attrs.frozen
class Deregister:
    """An instance is deregistered, and its tasks are forgotten."""

    id: str


@attrs.frozen
class SetStatus:
    """An instance starts draining, or takes tasks again."""

    id: str
    status: str


@attrs.frozen
class SetAgent:
    """An instance's agent connects or disconnects."""

    id: str
    connected: bool


@attrs.frozen
class PutAttributes:
    """Attributes of an instance are set."""

    id: str
    attributes: Mapping[str, str | None]


@attrs.frozen
class Place:
    """Up to ``count`` tasks are placed."""

    request: Request
    count: int
    seed: int | None


@attrs.frozen
class Stop:
    """Tasks are stopped, by their numbers in the order in which they were placed."""

    tasks: tuple[int, ...]


Step: TypeAlias = Register | Deregister | SetStatus | SetAgent | PutAttributes | Place | Stop


@attrs.define
class Player:
    """A scheduler, and the names that it gave to the tasks it placed, by number."""

    scheduler: Any
    names: dict[int, TaskId] = attrs.Factory(dict)

    def play(self, step: Step) -> list[str]:
        """Make one call; return the instances chosen, in the order of decision."""
        scheduler: Scheduler = self.scheduler
        match step:
            case Register(instance):
                scheduler.register(instance)
            case Deregister(id):
                scheduler.deregister(id)
            case SetStatus(id, status):
                scheduler.set_status(id, status)
            case SetAgent(id, connected):
                scheduler.set_agent(id, connected)
            case PutAttributes(id, attributes):
                scheduler.put_attributes(id, attributes)
            case Stop(tasks):
                scheduler.stop([self.names[number] for number in tasks])
            case Place(request, count, seed):
                placed = scheduler.place(request, count, seed)
                for _, task in placed:
                    self.names[len(self.names)] = task
                return [id for id, _ in placed]
        return []

    def copy(self) -> Player:
        """Return a player for a copy of the scheduler, which calls its tasks the same."""
        return Player(self.scheduler.copy(), dict(self.names))

    def read(self) -> Mapping[str, Reading]:
        """Return what the scheduler says of each instance."""
        found: Mapping[str, Reading] = self.scheduler.read()
        return found

    def forget(self, since: int) -> None:
        """Forget the tasks from this number on, as after a trial."""
        self.names = {number: name for number, name in self.names.items() if number < since}


StepDraft: TypeAlias = tuple[str, dict[str, Any]]
"""A step, as it is drawn: the method that makes it, and its arguments.

Numbers among the arguments select from the requests, instances or tasks that exist when the step is
played.
"""

_NUMBER = st.integers(0, 7)
_SEEDS = st.none() | st.none() | st.integers(0, 2**64 - 1)
PLACING = st.fixed_dictionaries(
    {"request": _NUMBER, "count": st.integers(1, MAX_COUNT), "seed": _SEEDS}
)
STOPPING = st.fixed_dictionaries({"tasks": st.lists(_NUMBER, min_size=1, max_size=4)})
CHANGING = st.fixed_dictionaries(
    {
        "host": _NUMBER,
        "change": st.one_of(
            st.builds(SetStatus, st.just(""), st.sampled_from(["ACTIVE", "DRAINING"])),
            st.builds(SetAgent, st.just(""), st.booleans()),
            st.builds(PutAttributes, st.just(""), changes_of_attributes()),
            st.builds(Deregister, st.just("")),
        ),
    }
)


def wishes(
    instances: st.SearchStrategy[Instance], depth: int
) -> st.SearchStrategy[list[StepDraft]]:
    """Return what may be tried, with trials in trials down to a depth."""
    kinds = {
        "placing": PLACING,
        "stopping": STOPPING,
        "changing": CHANGING,
        "coming": st.fixed_dictionaries({"instance": instances}),
    }
    if depth:
        inside = {"wishes": wishes(instances, depth - 1), "leaves": st.booleans()}
        kinds["trying"] = st.fixed_dictionaries(inside)
    one = [st.tuples(st.just(name), how) for name, how in kinds.items()]
    return st.lists(st.one_of(one[0], *one), min_size=1, max_size=4)
