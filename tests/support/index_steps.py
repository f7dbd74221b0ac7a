"""Steps of histories that hold indexes to a scan: decisions, tasks and requests.

In: a history (``index_history.py``).  Out: steps by name with their weights; those that change
instances are added by ``index_instance_steps.py``, ``index_play.py`` plays them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from index_history import MOST_REQUESTS, RUNS, History, new_request
from placement import BinPack, Request, Task

STEPS: dict[str, tuple[int, Callable[[History], None]]] = {}
SELDOM_LONG = 0.1
"""This share of runs is one where the engine's own number of tasks makes it a run."""


def step(weight: int) -> Callable[[Callable[[History], None]], Callable[[History], None]]:
    """Take a function among the steps; those of more weight come more often."""

    def taken(function: Callable[[History], None]) -> Callable[[History], None]:
        STEPS[function.__name__] = weight, function
        return function

    return taken


# --- Decisions ----------------------------------------------------------------------------------


@step(10)
def place_many(h: History) -> None:
    """Some requests in any order, few or many tasks."""
    numbers = h.some(h.hot, 3)
    order = [h.chance.randrange(len(numbers)) for _ in range(h.chance.choice([1, 2, 8, 20]))]
    decide(h, numbers, order)


def decide(h: History, numbers: list[int], order: list[int]) -> None:
    asked, seed = h.asked(numbers), h.seed()
    found = h.same(lambda cluster, side: cluster.place_many(asked[side], order, seed=seed))
    h.placed(found, [group_of(h, numbers[place]) for place in order])


def group_of(h: History, number: int) -> str:
    return h.requests[number].group or ""


@step(4)
def place(h: History) -> None:
    """Tasks of one request, which may be undone at once, or be too many."""
    place_alike(h, h.chance.choice([1, 1, 3, 12]))


@step(2)
def run(h: History) -> None:
    """So many tasks of one request that they are decided as a run."""
    few = h.run if h.run < RUNS[-1] or h.chance.random() < SELDOM_LONG else RUNS[0]
    place_alike(h, few + h.chance.choice([0, 1, 5, 20]))


def place_alike(h: History, count: int, number: int | None = None) -> None:
    number = h.chance.choice(h.hot) if number is None else number
    request = h.requests[number]
    h.used[number] = len(h.told)
    undone = h.chance.random() < 0.4
    whole, seed = h.chance.random() < 0.3, h.seed()
    results: list[Any] = []

    def call(cluster: Any, _: int) -> Any:
        placed = cluster.place(
            request.task,
            count,
            group=request.group,
            constraints=request.constraints,
            strategy=request.strategy,
            seed=seed,
            all_or_nothing=whole,
        )
        results.append(placed)
        return placed

    found = h.same(call)
    if undone:
        for result in results:
            result.undo()
    else:
        h.placed(found, [request.group or ""] * len(found[0]))


@step(10)
def replay(h: History) -> None:
    """Stops and starts in one stream, in pairs or mixed, of tasks from before and of its own."""
    chance = h.chance
    numbers = h.some(h.hot, 4)
    running = h.some(list(h.tasks), 20) if h.tasks else []
    running += [-1] * chance.randrange(2)
    able = list(range(len(running)))
    chance.shuffle(able)
    events: list[int] = []
    pairs = chance.random() < 0.6
    for index in range(chance.choice([2, 10, 30])):
        stops = index % 2 == 0 if pairs else chance.random() < 0.4
        if stops and able:
            events.append(~able.pop(0 if chance.random() < 0.7 else -1))
        else:
            able.append(len(running) + len(events))
            events.append(chance.randrange(len(numbers)))
    stream(h, numbers, events, running)


def stream(h: History, numbers: list[int], events: list[int], running: list[int]) -> None:
    """Replay on both sides and note what has come and gone."""
    asked, seed = h.asked(numbers), h.seed()
    found = h.same(
        lambda cluster, side: cluster.replay(asked[side], events, running=running, seed=seed)
    )
    groups = [group_of(h, numbers[event]) if event >= 0 else "" for event in events]
    h.placed(found, groups)
    named = [*running, *found[1]]
    h.ended([named[~event] for event in events if event < 0 and named[~event] >= 0])


@step(4)
def stop_one_place_one(h: History) -> None:
    """The same by single calls."""
    for _ in range(h.chance.choice([1, 3, 8])):
        if h.tasks:
            stop_tasks(h, [h.chance.choice(list(h.tasks))])
        decide(h, [h.chance.choice(h.hot)], [0])


class Raises:
    """A filter that raises when it is asked often enough."""

    reason, reads = "OWN", "anything"

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def keep(self, mask: Any, rows: Any) -> None:
        self.patience -= mask.shape == rows.shape
        if self.patience < 0:
            raise ZeroDivisionError


@step(1)
def replay_that_raises(h: History) -> None:
    """Tasks that were stopped and started in it are as before, and so are random numbers."""
    chance = h.chance
    numbers = h.some(h.hot, 3)
    running = h.some(list(h.tasks), 6) if h.tasks else []
    events = [~number for number in range(len(running))]
    events += [chance.randrange(len(numbers)) for _ in range(8)]
    chance.shuffle(events)
    asked, patience = h.asked(numbers), chance.randrange(2)
    own = [Request(Task(), "app-0", (Raises(patience),)) for _ in range(2)]
    events += [len(numbers)] * 2
    found = h.same(
        lambda cluster, side: cluster.replay([*asked[side], own[side]], events, running=running)
    )
    assert found == "ZeroDivisionError"


# --- Tasks --------------------------------------------------------------------------------------


def stop_tasks(h: History, ids: list[int]) -> None:
    h.call("stop", ids)
    h.ended(ids)


@step(5)
def stop(h: History) -> None:
    """Tasks of any group: some, all on an instance, or many of one group."""
    if not h.tasks:
        return
    kind = h.chance.randrange(3)
    instance, group = h.tasks[h.chance.choice(list(h.tasks))]
    if kind == 0:
        ids = h.some(list(h.tasks), 20)
    elif kind == 1:
        ids = [id for id, at in h.tasks.items() if at[0] == instance]
    else:
        ids = h.some([id for id, at in h.tasks.items() if at[1] == group], 40)
    stop_tasks(h, ids)


@step(2)
def task_has_stopped(h: History) -> None:
    """What was stopped gives back what it held (A25)."""
    for id in h.some(list(h.stopping), 5) if h.stopping else []:
        h.call("set_task", id, last_status="STOPPED")
        del h.stopping[id]


@step(1)
def remove_task(h: History) -> None:
    if h.tasks:
        id = h.chance.choice(list(h.tasks))
        h.call("remove_task", id)
        del h.tasks[id]


@step(2)
def add_task(h: History) -> None:
    """Tasks that nobody decided: noted, or placed where the caller says."""
    chance = h.chance
    (id,), request = h.places(1), h.requests[chance.choice(h.hot)]
    group = request.group or ""
    task = chance.choice([None, request.task])
    if task is None or chance.random() < 0.5:
        found = h.call("add_task", id, group, task)
    else:
        own = chance.random() < 0.5  # a daemon, which takes what was reserved

        def call(cluster: Any, _: int) -> Any:
            return cluster.place_on(id, request.task, group=group, use_reserved=own).task_id

        found = h.same(call)
    if isinstance(found, int):
        h.tasks[found] = id, group


@step(1)
def scale_in(h: History) -> None:
    group = h.chance.choice(h.groups)
    ids = h.call("choose_to_stop", group, 5, BinPack("cpu"))
    stop_tasks(h, ids)


# --- Requests -----------------------------------------------------------------------------------


@step(4)
def other_requests(h: History) -> None:
    """Other requests are asked for from now on: those idle that were, and some come back."""
    h.heat()


@step(5)
def longest_idle(h: History) -> None:
    """The request that has idled longest comes back, and takes what is best for it by now."""
    oldest = min(range(len(h.requests)), key=lambda number: h.used.get(number, -1))
    decide(h, [oldest], [0] * h.chance.choice([1, 5, 20]))


@step(2)
def new_requests(h: History) -> None:
    """A request that was never asked for, used once and then left to idle."""
    request = new_request(h.chance, h.groups)
    if len(h.requests) < MOST_REQUESTS:
        h.requests.append(request)
        h.prepared.append(h.prepare(request))
        number = len(h.requests) - 1
    else:
        number = h.chance.randrange(len(h.requests))
        h.requests[number], h.prepared[number] = request, h.prepare(request)
    decide(h, [number], [0])
