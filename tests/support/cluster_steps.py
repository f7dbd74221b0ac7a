"""Every public call of a cluster as a step of a random history, played on the naive twin too.

In: a source of chance.  Out: histories; an ``AssertionError`` where cluster and twin differ.
A step draws its arguments, makes its call on both and compares what they answer.  The same steps
are run by Hypothesis and by a plain seeded driver (``test_cluster_machine.py``).

After each step: both sides hold the same instances and tasks, and stand at the same random number;
a refused call has changed nothing; ``change_count`` has risen if and only if the call changed
something (C54); results and prepared requests from before mean what they meant (C7, C20, C54).
"""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import placement
from cluster_deciding import place
from cluster_pools import (
    GROUPS,
    IDS,
    VARIANTS,
    ZONE,
    new_reservation,
    new_task,
    some_attributes,
)
from cluster_reading import STEPS, agree_fully, step
from cluster_world import KeptRequest, OpenTrial, World, said
from naive_engine import Refused
from placement import Instance

# --- Steps: instances ---------------------------------------------------------------------------


@step(4)
def register(w: World) -> None:
    w.register_instance(w.choose(IDS))


@step(1)
def deregister(w: World) -> None:
    id, force = w.id(), w.below(2) == 0
    w.same(
        lambda: w.call("deregister", id, force=force),
        lambda: w.twin.deregister(id, force=force),
    )


@step()
def put_attributes(w: World) -> None:
    id, attributes = w.id(), some_attributes(w.chance)
    w.same(
        lambda: w.call("put_attributes", id, attributes),
        lambda: w.twin.put_attributes(id, attributes),
    )


@step()
def delete_attributes(w: World) -> None:
    id, names = w.id(), w.choose([[ZONE], ["stack", "none"], ("rack",), []])
    w.same(
        lambda: w.call("delete_attributes", id, names),
        lambda: w.twin.delete_attributes(id, names),
    )


@step()
def set_status(w: World) -> None:
    id, status = w.id(), w.choose(["DRAINING", "ACTIVE", "ACTIVE", *placement.STATUSES, "wrong"])

    def twin() -> None:
        if status == "wrong":
            raise Refused
        w.twin.set_status(id, status)

    w.same(lambda: w.call("set_status", id, status), twin)


@step()
def set_agent(w: World) -> None:
    id = w.id()
    how: dict[str, Any] = {}
    if w.below(3):
        how["connected"] = w.below(4) > 0
    if w.below(2):
        how["version"] = w.choose([None, "1.2.0", "1.14.5"])
    w.same(lambda: w.call("set_agent", id, **how), lambda: w.twin.set_agent(id, **how))


@step()
def set_reservation(w: World) -> None:
    """What is kept for daemons (A45): some, more than is left, nothing, or what is refused."""
    id, amounts = w.id(), new_reservation(w.chance)
    w.same(
        lambda: w.call("set_reservation", id, **amounts),
        lambda: w.twin.set_reservation(id, **amounts),
    )


# --- Steps: tasks -------------------------------------------------------------------------------


@step(3)
def add_task(w: World) -> None:
    id, group = w.id(), w.choose([*GROUPS, "new"])
    task = new_task(w.below(VARIANTS)) if w.below(2) else None
    w.same(lambda: w.call("add_task", id, group, task), lambda: w.twin.add_task(id, group, task))


@step()
def remove_task(w: World) -> None:
    task = w.task_id()
    w.same(lambda: w.call("remove_task", task), lambda: w.twin.remove_task(task))


@step(4)
def stop(w: World) -> None:
    tasks: Any = [w.task_id() for _ in range(w.below(4))]
    if w.below(3) == 0:
        tasks = w.task_id()
    given = np.array(tasks, np.int64) if w.below(3) == 0 else tasks
    w.same(lambda: w.call("stop", given), lambda: w.twin.stop(tasks))


@step(4)
def set_task(w: World) -> None:
    task = w.task_id()
    states = ["PENDING", "RUNNING", "ACTIVATING", "STOPPED", "wrong"]
    choices: dict[str, list[Any]] = {
        "last_status": states,
        "health": ["HEALTHY", "UNHEALTHY", "UNKNOWN"],
        "protected": [True, False],
        "deployment": [0, 1, 2],
    }
    facts = {name: w.choose(values) for name, values in choices.items() if w.below(2)}

    def twin() -> None:
        w.twin.held(task)
        if facts.get("last_status") == "wrong":
            raise Refused
        w.twin.set_task(task, **facts)

    w.same(lambda: w.call("set_task", task, **facts), twin)


# --- Steps: trials, copies, compaction ----------------------------------------------------------


@step(3)
def open_trial(w: World) -> None:
    if len(w.trials) > 2:
        return
    trial = w.call("trial")
    before = w.cluster.change_count
    w.trials.append(OpenTrial(trial, w.twin.copy(), [kept.good for kept in w.requests]))
    assert trial.__enter__() is w.cluster
    assert w.cluster.change_count > before
    w.refuses(trial.__enter__, placement.UsageError)


@step(3)
def close_trial(w: World) -> None:
    """C21: mostly the newest; an outer one closes those inside too, and says so."""
    if not w.trials:
        return
    close_at(w, len(w.trials) - 1 if w.below(3) else w.below(len(w.trials)))


def close_at(w: World, depth: int) -> None:
    opened = w.trials[depth]
    outer = depth < len(w.trials) - 1
    before = w.cluster.change_count
    error = w.choose([None, ZeroDivisionError(), KeyboardInterrupt()])
    try:
        passed = opened.trial.__exit__(type(error) if error else None, error, None)
        assert not passed, "a trial kept an exception to itself"
        assert not outer, "trials inside were open, and nobody said so"
    except placement.UsageError:
        assert outer
    w.closed += [one.trial for one in w.trials[depth:]]
    del w.trials[depth:]
    w.twin.become(opened.before)
    assert w.cluster.change_count > before
    for number, kept in enumerate(w.requests):  # C54
        kept.good = opened.good[number] if number < len(opened.good) else True


@step(1)
def close_trial_again(w: World) -> None:
    if not w.closed:
        return
    trial = w.choose(w.closed)
    w.refuses(lambda: trial.__exit__(None, None, None), placement.UsageError)
    w.refuses(trial.__enter__, placement.UsageError)
    repr(trial)


@step(2)
def compact(w: World) -> None:
    """C7: prepared requests are void afterwards."""
    w.same(lambda: w.call("compact").tolist(), w.twin.compact)
    for kept in w.requests:
        kept.good = False


@step(2)
def copies(w: World) -> None:
    """A copy by any way is equal and independent; the history goes on with either (C21, C54)."""
    ways: dict[str, Callable[[Any], Any]] = {
        "copy": lambda _: w.call("copy"),
        "__copy__": copy.copy,
        "__deepcopy__": copy.deepcopy,
        "__reduce__": lambda cluster: pickle.loads(pickle.dumps(cluster)),
    }
    name = w.choose(list(ways))
    w.called.add(name)
    if w.trials:
        w.refuses(lambda: ways[name](w.cluster), placement.UsageError)
        return
    before = w.facts()
    other = ways[name](w.cluster)
    assert w.facts() == before
    assert other is not w.cluster
    if w.below(2):
        other, w.cluster = w.cluster, other
        w.results = []
        w.requests = [KeptRequest(kept.prepared, kept.request, False) for kept in w.requests]
        w.requests = w.requests[-2:]
    w.others = [*w.others[-1:], (other, w.twin.copy())]


@step(1)
def copies_with_results(w: World) -> None:
    """A result that is copied together with its cluster is a result of the copy (C54)."""
    if w.trials or not w.results:
        return
    kept = w.results[-1]
    cluster, result = copy.deepcopy((w.cluster, kept.result))
    assert said(result) == kept.facts
    fresh = kept.change_count == w.cluster.change_count
    if not fresh:
        while cluster.change_count < kept.change_count:
            cluster.register(Instance(id=f"further-{cluster.change_count}"))
    try:
        result.undo()
        undone = True
    except placement.StaleExplanation:
        undone = False
    assert undone == fresh
    if fresh:
        assert cluster.store.tasks.number == kept.before.next_task
    w.agree()


@step(1)
def documents(w: World) -> None:
    """``from_ecs`` of ``to_ecs``: rows close up, task ids begin anew in the same order (C10)."""
    w.called |= {"to_ecs", "from_ecs", "skipped"}
    before = w.facts()
    document = w.cluster.to_ecs()
    assert w.facts() == before
    again = placement.Cluster.from_ecs(
        document, release=w.options["release"], ties=w.options["ties"]
    )
    assert again.skipped == []
    nodes = w.twin.registered()
    assert list(again.ids) == [node.id for node in nodes]
    for node in nodes:
        assert again.usage(node.id) == w.cluster.usage(node.id)
    held = sorted(w.twin.tasks.values(), key=lambda one: one.id)
    arns = [one["taskArn"] for one in document["tasks"]]
    assert [again.task_arn(again.task_by_arn(arn)) for arn in arns] == arns
    assert [again.task(number).group for number in range(len(held))] == [one.group for one in held]


# --- A history ----------------------------------------------------------------------------------

_DRAWN = [name for name, (weight, _) in STEPS.items() for _ in range(weight)]


def play(world: World, name: str) -> None:
    """Make one step and compare."""
    world.told.append(name)
    STEPS[name][1](world)
    world.agree()


def end(world: World) -> None:
    """Close what is open and compare everything, other clusters too."""
    agree_fully(world)
    if world.trials:
        close_at(world, 0)
        agree_fully(world)
    for cluster, twin in world.others:
        world.cluster, world.twin = cluster, twin
        world.results = []
        agree_fully(world)


def history(seed: int, steps: int = 30) -> World:
    """Play a history of so many steps; an error names the seed and the steps."""
    world = World(random.Random(seed))
    try:
        play(world, place.__name__)  # so that there is something to stop
        for _ in range(steps - 1):
            play(world, world.choose(_DRAWN))
        end(world)
    except BaseException as error:
        error.add_note(f"history({seed}, {steps}): {', '.join(world.told)}")
        raise
    return world


def histories(first: int, count: int, steps: int) -> int:
    """Play histories one after another and return how many steps were made: for one process."""
    for seed in range(first, first + count):
        history(seed, steps)
    return count * steps
