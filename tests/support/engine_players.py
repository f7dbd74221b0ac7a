"""Plays the steps of a scenario (``engine_scenarios``) on the naive twin and on the engine.

Every call is made on both; its answer, or that it is refused, is returned as plain values.
"""

from __future__ import annotations

import pickle
from typing import Any, TypeVar

import attrs

import naive
import placement
from engine_scenarios import GROUPS, IDS, Scenario, Step
from naive_engine import NaiveCluster, Refused, Request, group_of

REFUSED = "refused"

Player = TypeVar("Player", bound="Twin")


class Twin:
    """Plays steps on the naive twin."""

    refusals: tuple[type[Exception], ...] = (Refused,)

    def __init__(self, scenario: Scenario) -> None:
        self.cluster: Any = NaiveCluster(**scenario.options)  # an engine's in Engine
        self.requests = scenario.requests
        self.ids: list[int] = []

    def play(self, step: Step) -> Any:
        """Make the call; return what it answers, as plain values, or that it is refused."""
        try:
            return getattr(self, step.name)(**step.arguments)
        except self.refusals:
            return REFUSED

    def request(self, number: int) -> Request:
        return self.requests[number % len(self.requests)]

    def register(self, id: str, instance: dict[str, Any]) -> int:
        row: int = self.cluster.register(id=id, **instance)
        return row

    def place(self, request: int, **how: Any) -> Any:
        task, group, constraints, strategy = self.request(request)
        how |= {"group": group, "constraints": constraints, "strategy": strategy}
        placed = self.cluster.place(task, **how)
        self.ids += map(int, placed.task_ids)
        return list(placed.rows), list(placed.task_ids), placed.unplaced

    def place_many(self, order: list[int], seed: int | None, prepared: bool) -> Any:  # noqa: ARG002
        order = [number % len(self.requests) for number in order]
        rows, ids = self.cluster.place_many(self.requests, order, seed=seed)
        self.ids += [id for id in ids if id >= 0]
        return rows, ids

    def choose_to_stop(
        self, request: int, known: list[dict[str, Any]], count: int, **how: Any
    ) -> list[int]:
        """Say what is ``known`` of the latest tasks, then ask."""
        for number, told in enumerate(known):
            self.play(Step("set_task", {"task": number, "facts": told}))
        group = group_of(self.request(request))
        return list(self.cluster.choose_to_stop(group, count, **how))

    def place_on(self, id: str, request: int, use_reserved: bool) -> int | list[str]:
        placed = self.cluster.place_on(id, self.request(request), use_reserved=use_reserved)
        return self.noted(placed)

    def noted(self, placed: int | list[str]) -> int | list[str]:
        if isinstance(placed, int):
            self.ids.append(placed)
        return placed

    def explain(self, request: int) -> Any:
        """Return the failed checks of every candidate, the closest row and whether not ever."""
        task, group, constraints, _ = self.request(request)
        failures = self.cluster.failures(task, group, constraints)
        return (
            {row: failed for row, failed in failures.items() if failed},
            self.cluster.closest(task, group, constraints),
            self.cluster.never_fits(task, group, constraints),
        )

    def deregister(self, id: str, force: bool) -> None:
        self.cluster.deregister(id, force=force)

    def put_attributes(self, id: str, attributes: dict[str, str | None]) -> None:
        self.cluster.put_attributes(id, attributes)

    def delete_attributes(self, id: str, names: list[str]) -> None:
        self.cluster.delete_attributes(id, names)

    def set_status(self, id: str, status: str) -> None:
        self.cluster.set_status(id, status)

    def set_reservation(self, id: str, amounts: dict[str, Any]) -> None:
        self.cluster.set_reservation(id, **amounts)

    def set_agent(self, id: str, connected: bool) -> None:
        self.cluster.set_agent(id, connected=connected)

    def add_task(self, id: str, group: str) -> int:
        self.ids.append(int(self.cluster.add_task(id, group)))
        return self.ids[-1]

    def task(self, number: int) -> int:
        return self.ids[-1 - number] if number < len(self.ids) else 10**6

    def stop(self, tasks: list[int]) -> None:
        self.cluster.stop([self.task(number) for number in tasks])

    def set_task(self, task: int, facts: dict[str, Any]) -> None:
        self.cluster.set_task(self.task(task), **facts)

    def remove_task(self, task: int) -> None:
        self.cluster.remove_task(self.task(task))

    def compact(self) -> list[int]:
        return list(self.cluster.compact())

    def pickle(self) -> None:
        self.cluster = self.cluster.copy()

    def trial(self, steps: list[Step]) -> list[Any]:
        saved = self.cluster.copy()
        answers = self.tried(steps)
        self.cluster.become(saved)
        return answers

    def tried(self, steps: list[Step]) -> list[Any]:
        """Play what will be undone; ids made here are nobody's afterwards (C21)."""
        ids = list(self.ids)
        answers = [self.play(step) for step in steps]
        self.ids = ids
        return answers


class Engine(Twin):
    """Plays the same steps on the library, through its public calls.

    Prepared requests are kept from step to step, so that what they keep has to follow the history.
    """

    refusals = (placement.PlacementError,)
    cluster: Any

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.cluster = placement.Cluster(**scenario.options)
        self.prepared: list[Any] | None = None

    def register(self, id: str, instance: dict[str, Any]) -> int:
        return int(self.cluster.register(placement.Instance(id=id, **instance)))

    def prepare(self, request: Request) -> Any:
        task, group, constraints, strategy = request
        return self.cluster.prepare(task, group=group, constraints=constraints, strategy=strategy)

    def place(self, request: int, **how: Any) -> Any:
        rows, ids, unplaced = super().place(request, **how)
        return [int(row) for row in rows], [int(id) for id in ids], int(unplaced)

    def place_many(self, order: list[int], seed: int | None, prepared: bool) -> Any:
        order = [number % len(self.requests) for number in order]
        if self.prepared is None or not prepared:
            self.prepared = [self.prepare(request) for request in self.requests]
        rows, ids = self.cluster.place_many(self.prepared, order, seed=seed)
        self.ids += [id for id in ids.tolist() if id >= 0]
        return rows.tolist(), ids.tolist()

    def choose_to_stop(self, *what: Any, **how: Any) -> list[int]:
        return [int(id) for id in super().choose_to_stop(*what, **how)]

    def place_on(self, id: str, request: int, use_reserved: bool) -> int | list[str]:
        task, group, constraints, _ = self.request(request)
        placed = self.cluster.place_on(
            id, task, group=group, constraints=constraints, use_reserved=use_reserved
        )
        return self.noted(list(placed.missing) if placed.task_id is None else placed.task_id)

    def explain(self, request: int) -> Any:
        task, group, constraints, _ = self.request(request)
        found = self.cluster.explain(task, group=group, constraints=constraints)
        return explained(found, self.cluster)

    def compact(self) -> list[int]:
        self.prepared = None  # C7: void
        return [int(row) for row in self.cluster.compact()]

    def pickle(self) -> None:
        self.prepared = None
        self.cluster = pickle.loads(pickle.dumps(self.cluster))

    def trial(self, steps: list[Step]) -> list[Any]:
        with self.cluster.trial():
            return self.tried(steps)


def explained(found: Any, cluster: Any) -> Any:
    """Read an explanation as the twin words it: the one place that knows its form."""
    failures = {int(row): [str(code) for code in codes] for row, codes in found.failures.items()}
    closest = None if found.closest is None else cluster.row(found.closest)
    return failures, closest, bool(found.never_fits)


def started(player: Player, scenario: Scenario) -> Player:
    for id, instance in zip(IDS, scenario.instances, strict=False):
        player.register(id, instance)
    return player


def reserve_as(cluster: placement.Cluster, other: placement.Cluster) -> None:
    """Reserve on instances what another cluster reserves (A45): documents do not say it."""
    for id in filter(None, other.ids):
        cluster.set_reservation(id, **attrs.asdict(other.reservation(id)))


COUNTS = ["runningTasksCount > 0", "runningTasksCount > 2", *(f"task:group == {g}" for g in GROUPS)]


def masks(player: Twin) -> list[list[bool]]:
    """Return what the language sees of the tasks on the twin."""
    return [
        [
            node is not None and naive.holds(naive.parse(text), player.cluster.instance(row))
            for row, node in enumerate(player.cluster.nodes)
        ]
        for text in COUNTS
    ]


def engine_masks(player: Engine) -> list[list[bool]]:
    return [placement.compile(text).mask(player.cluster).tolist() for text in COUNTS]


def compare(scenario: Scenario) -> tuple[Engine, Twin]:
    """Play a scenario on both and compare answer by answer; return the two at its end."""
    engine, twin = Engine(scenario), Twin(scenario)
    started(engine, scenario)
    started(twin, scenario)
    for number, one in enumerate(scenario.steps):
        for asked in (one, Step("explain", {"request": number})):
            expected = twin.play(asked)
            assert engine.play(asked) == expected, f"step {number}: {asked}"
        twin.cluster.invariants()
    return engine, twin
