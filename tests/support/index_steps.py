"""The steps of histories that hold indexes to a scan (``index_history.py``).

In: a history.  Out: steps by name with their weights; ``history`` and ``histories``, which play
them from seeds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from index_history import AZ, MOST_REQUESTS, History, new_request
from placement import BinPack, Instance, Request, Task

STEPS: dict[str, tuple[int, Callable[[History], None]]] = {}
MOST_INSTANCES = 700
"""A history in which there are so many gets no more by the hundred."""

ALWAYS = ("place_many", "replay", "longest_idle", "other_requests")


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
    number = h.chance.choice(h.hot)
    request = h.requests[number]
    h.used[number] = len(h.told)
    count, undone = h.chance.choice([1, 1, 3, 12]), h.chance.random() < 0.4
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


# --- Instances ----------------------------------------------------------------------------------


@step(4)
def register(h: History) -> None:
    """One instance or several; sometimes the first of a new zone or rack."""
    chance = h.chance
    if chance.random() < 0.1:
        h.zones = [*h.zones, f"z{len(h.zones)}"]
        h.racks += 1
    for _ in range(chance.choice([1, 1, 2, 5])):
        instance = h.new_instance()
        h.call("register", instance)
        h.instances.append(instance.id)


@step(4)
def deregister(h: History) -> None:
    """One instance, also one that a request would take next; seldom a good part of them."""
    chance = h.chance
    ids = h.places(1)
    if chance.random() < 0.05:
        ids = h.some(h.instances, len(h.instances) // 3)
    for id in ids if len(h.instances) > len(ids) + 10 else []:
        h.call("deregister", id, force=True)
        h.gone(id)


@step(2)
def grow_or_shrink(h: History) -> None:
    """So many instances come to one zone or rack, or go, that everything is laid out again."""
    chance = h.chance
    kind = chance.randrange(4)
    some = h.some(h.instances, len(h.instances))
    if kind == 0:
        some = some[: len(h.instances) - 12]
        for id in some:
            h.call("deregister", id, force=True)
            h.gone(id)
            if chance.random() < 0.02:
                decide(h, [chance.choice(h.hot)], [0])
    elif kind == 1 and len(h.instances) < MOST_INSTANCES:
        alike = h.new_instance()
        for number in range(chance.choice([40, 80, 150])):
            id = f"{alike.id}-{number}"
            cpu, memory = alike.cpu, alike.memory
            h.call("register", Instance(id=id, cpu=cpu, memory=memory, attributes=alike.attributes))
            h.instances.append(id)
    else:
        new = {"z": chance.choice(h.zones)} if kind == 2 else {"r": f"r{chance.randrange(h.racks)}"}
        each = kind == 3 and chance.random() < 0.3  # a rack of its own for each
        for number, id in enumerate(some):
            h.call("put_attributes", id, {"r": f"of-{number}"} if each else new)
            if chance.random() < 0.02:
                decide(h, [chance.choice(h.hot)], [0])


@step(3)
def instance_comes_back(h: History) -> None:
    """An instance goes, and another one with its id comes, at once or after a decision."""
    chance = h.chance
    (id,) = h.places(1)
    h.call("deregister", id, force=True)
    h.gone(id)
    if chance.random() < 0.5:
        decide(h, [chance.choice(h.hot)], [0])
    instance = h.new_instance()
    again = type(instance)(
        id=id, cpu=instance.cpu, memory=instance.memory, attributes=instance.attributes
    )
    h.call("register", again)
    h.instances.append(id)


@step(4)
def move(h: History) -> None:
    """An instance changes its zone, and comes back after a while."""
    chance = h.chance
    if h.moved and chance.random() < 0.5:
        id, zone = h.moved.pop(chance.randrange(len(h.moved)))
        if id in h.instances:
            h.call("put_attributes", id, {"z": zone})
        return
    for id in h.places(3):
        zone = h.sides[0].attribute(id, "z") or "z0"
        h.moved.append((id, zone))
        to = chance.choice(h.zones)
        h.call("put_attributes", id, {"z": to})


@step(4)
def change_attributes(h: History) -> None:
    """Attributes that are spread over or asked for are set, or deleted."""
    chance = h.chance
    for id in h.places(6):
        name = chance.choice(["z", "r", "flag", "flag", "flag", AZ, "other"])
        values = {"z": chance.choice(h.zones), "r": f"r{chance.randrange(h.racks)}"}
        value = (values | {AZ: chance.choice("abcde")}).get(name)
        new = {name: value or chance.choice(["on", "off"])}
        if chance.random() < 0.15:
            h.call("delete_attributes", id, [name])
        else:
            h.call("put_attributes", id, new)


@step(4)
def change_status(h: History) -> None:
    chance = h.chance
    for id in h.places(8):
        if chance.random() < 0.3:
            connected = chance.random() < 0.7
            h.call("set_agent", id, connected=connected)
        else:
            status = chance.choice(["ACTIVE", "ACTIVE", "DRAINING", "INACTIVE"])
            h.call("set_status", id, status)


@step(3)
def reserve(h: History) -> None:
    """What is kept for daemons changes (A45): less, more, or more than is left (D53)."""
    for id in h.places(6):
        cpu, memory = h.chance.choice([0, 0, 64, 128, 512, 4096]), h.chance.choice([0, 0, 128, 600])
        h.call("set_reservation", id, cpu=cpu, memory=memory)


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


# --- All of it ----------------------------------------------------------------------------------


@step(3)
def trial(h: History) -> None:
    """Anything is tried, and nothing has happened."""
    prepared = list(h.prepared), list(h.requests), list(h.hot)
    with h.tried():
        for _ in range(h.chance.randrange(1, 6)):
            play(h, h.chance.choice(h.steps))
    h.prepared, h.requests, h.hot = prepared


@step(1)
def compact(h: History) -> None:
    """Rows close up, and all requests are prepared again (C7)."""
    if h.chance.random() < 0.3:
        h.same(lambda cluster, _: cluster.compact().tolist())
        h.prepared = [h.prepare(one) for one in h.requests]


def play(h: History, name: str) -> None:
    """Make one step and compare."""
    h.told.append(name)
    STEPS[name][1](h)
    h.agree()


def some_steps(chance: random.Random) -> list[str]:
    """Return the steps of one history, as often as their weights say; each is left out of some.

    What one kind of change spoils, another one mends: registrations alone let much be built again.
    """
    kept = [name for name in STEPS if name in ALWAYS or chance.random() < 0.6]
    return [name for name in kept for _ in range(STEPS[name][0])]


def history(seed: int, steps: int = 30) -> History:
    """Play a history of so many steps; an error names the seed and the steps.

    In the end all requests come back, those that have idled longest too.
    """
    h = History(random.Random(seed))
    h.steps = some_steps(h.chance)
    try:
        for _ in range(steps):
            play(h, h.chance.choice(h.steps))
        numbers = list(range(len(h.requests)))
        h.chance.shuffle(numbers)
        decide(h, numbers, [h.chance.randrange(len(numbers)) for _ in range(40)])
        h.agree()
    except BaseException as error:
        error.add_note(f"index_steps.history({seed}, {steps}): {', '.join(h.told)}")
        raise
    return h


def histories(first: int, count: int, steps: int) -> int:
    """Play histories one after another and return how many steps were made: for one process."""
    for seed in range(first, first + count):
        history(seed, steps)
    return count * steps
