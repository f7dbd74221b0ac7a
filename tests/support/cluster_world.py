"""Both sides of a history, and everything that a caller could have kept of them.

In: a source of chance.  Out: ``World``, by which steps draw arguments, make calls on the cluster
and on its naive twin, and compare.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import placement
from cluster_extensions import Probe, own_filter, own_ranker
from cluster_pools import (
    GROUPS,
    IDS,
    VARIANTS,
    instance_arguments,
    new_chain,
    new_constraints,
    new_document,
    new_instance,
    new_task,
)
from naive_engine import NaiveCluster, Refused, Request
from placement.kernels.fields import COUNTED

REFUSED = "refused"


# --- The world: both sides, and what was kept of them -------------------------------------------


@dataclass
class Kept:
    """A result of ``place`` and what it said when it was new."""

    result: placement.Placement
    facts: Any
    change_count: int
    request: Request
    before: NaiveCluster


@dataclass
class KeptRequest:
    """A prepared request; ``good`` as C7 and C54 say."""

    prepared: Any
    request: Request
    good: bool = True


@dataclass
class OpenTrial:
    trial: Any
    before: NaiveCluster
    good: list[bool]


@dataclass
class World:
    """A cluster, its twin, and everything that a caller could have kept.

    Attributes:
        chance: Where every choice comes from.
        called: The public calls that were made.
        told: The steps so far, for a failure's message.
    """

    chance: random.Random
    called: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        options: dict[str, Any] = {
            "seed": self.below(4),
            "release": self.choose(["desired_status", "desired_status", "last_status"]),
            "ties": self.choose(["registered", "registered", "registered", "random"]),
        }
        self.cluster: placement.Cluster = placement.Cluster(**options)
        self.twin = NaiveCluster(**options)
        self.options = options
        self.results: list[Kept] = []
        self.requests: list[KeptRequest] = []
        self.trials: list[OpenTrial] = []
        self.closed: list[Any] = []
        self.others: list[tuple[placement.Cluster, NaiveCluster]] = []
        self.asked = [self.new_request() for _ in range(4)]
        for id in IDS[: 2 + self.below(5)]:
            self.register_instance(id)

    # Choices

    def below(self, limit: int) -> int:
        return self.chance.randrange(limit)

    def choose(self, values: Sequence[Any]) -> Any:
        return values[self.chance.randrange(len(values))]

    def id(self) -> str:
        """Return an id, mostly of an instance that is there."""
        known = [node.id for node in self.twin.registered()]
        return str(self.choose(known) if known and self.below(8) else self.choose([*IDS, "none"]))

    def task_id(self) -> int:
        """Return a task's id, mostly of one that is there."""
        known = list(self.twin.tasks)
        if known and self.below(8):
            return int(self.choose(known))
        return int(self.choose([-1, 0, self.twin.next_task, self.twin.next_task - 1]))

    def seed(self) -> int | None:
        found: int | None = self.choose([None, None, None, 0, 1, 2**64 - 1])
        return found

    def new_request(self) -> Request:
        constraints = new_constraints(self.below(VARIANTS))
        chain = new_chain(self.below(VARIANTS))
        honest = Probe(self, "answers")
        if self.below(10) == 0:
            constraints = (*constraints, own_filter(self, honest))
        if self.below(10) == 0:
            chain = (own_ranker(self, honest), *(chain or ()))
        group = self.choose([None, *GROUPS])
        return Request(new_task(self.below(VARIANTS)), group, constraints, chain)

    def request(self) -> Request:
        """Return a request of this history's few, or one of its own."""
        return self.new_request() if self.below(10) == 0 else self.choose(self.asked)

    # Calls

    def call(self, name: str, *values: Any, **named: Any) -> Any:
        """Make a public call of the cluster."""
        self.called.add(name)
        return getattr(self.cluster, name)(*values, **named)

    def facts(self) -> tuple[Any, ...]:
        """Return what changes with every change, cheaply."""
        store = self.cluster.store
        return (
            store.tasks.number,
            store.tasks.random_state,
            len(store.ids),
            len(store.row_of),
            self.cluster.change_count,
        )

    def same(
        self, library: Callable[[], Any], twin: Callable[[], Any], *, changes: bool = True
    ) -> Any:
        """Make a call on both sides and compare; return what the library answered, or REFUSED."""
        before = self.facts()
        try:
            found = library()
        except placement.PlacementError:
            found = REFUSED
        try:
            expected = twin()
        except Refused:
            expected = REFUSED
        assert found == expected, f"{found!r} is not {expected!r}"
        if not changes or found == REFUSED:
            assert self.facts() == before, "a call that only read, or was refused, left a trace"
        else:
            assert self.cluster.change_count > before[-1], "a change was not counted (C54)"
        return found

    def refuses(self, library: Callable[[], Any], error: type[BaseException]) -> None:
        """Make a call that must end in an error of this class and change nothing."""
        before = self.facts()
        try:
            library()
        except error:
            assert self.facts() == before, "a refused call left a trace"
        else:
            raise AssertionError(f"no {error.__name__}")

    # Instances

    def register_instance(self, id: str) -> None:
        number = self.below(VARIANTS)
        given = self.choose([new_instance, new_instance, new_document])(id, number)
        self.same(
            lambda: self.call("register", given),
            lambda: self.twin.register(id=id, **instance_arguments(number)),
        )

    # What both sides hold

    def agree(self) -> None:
        """Compare rows, tasks, amounts left, counts and the generator (cheap: after each step)."""
        store, twin = self.cluster.store, self.twin
        assert list(self.cluster.ids) == [node and node.id for node in twin.nodes]
        tasks = store.tasks
        assert (tasks.number, tasks.random_state) == (twin.next_task, twin.random.state)
        used = slice(tasks.positions)
        fields = [tasks.task[name][used].tolist() for name in ("id", "row", "flags")]
        there = {
            id: (row, bool(flags & COUNTED))
            for id, row, flags in zip(*fields, strict=True)
            if row >= 0
        }
        assert len(there) == tasks.living
        assert there == {
            held.id: (held.row, held.desired == "RUNNING") for held in twin.tasks.values()
        }
        left = [[0, 0, 0, 0] for _ in twin.nodes]
        for node in twin.registered():
            left[node.row] = [node.cpu, node.memory, len(node.gpus), node.unnamed]
        for held in twin.tasks.values():
            on = left[held.row]
            if held.task is not None:
                on[0] -= held.task.cpu
                on[1] -= held.task.memory
                on[2] -= held.task.gpus
            on[3] += held.desired == "RUNNING"
        count = len(store.ids)
        found = tasks.resources.remaining(slice(count), slice(3)).tolist()
        running = tasks.running[:count].tolist()
        assert [[*free, runs] for free, runs in zip(found, running, strict=True)] == left
        trial_thread = self.cluster.guard.trial_thread
        assert (trial_thread is not None) == bool(self.trials)
        assert not self.cluster.guard.readers
        assert not self.cluster.guard.changer


def said(result: placement.Placement) -> Any:
    return (
        result.instances,
        result.rows.tolist(),
        result.task_ids.tolist(),
        result.unplaced,
        repr(result),
    )
