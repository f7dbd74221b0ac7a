"""Calls about one instance, one group, or the reason why: how they grow with what is beside.

Each figure is a ratio of two calls of the same run, visited in turn, where there is something to
hold it against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from statistics import median
from typing import Any

import numpy as np

import placement
from harness.plan import Plan
from harness.report import Line, ratio_text, time_text
from harness.timing import quiet, sample
from peers.placing.ours import instances

__all__ = ["measure"]

_MOST = 1.5
_LEAST_BY_HAND = 10
_GROUP = "service:web"
_TASK = placement.Task(cpu=1, memory=1, family="web", revision=1)
_NEWER = placement.Task(cpu=1, memory=1, family="web", revision=2)
_BY_INSTANCE = placement.Spread("instanceId")
_NEW_ONLY = placement.Spread("instanceId", count_old_revisions=False)


def measure(plan: Plan) -> list[Line]:
    """Return the lines of all questions."""
    parts = (_place_on, _usage, _stops, _explanations, _ended)
    return [line for part in parts for line in part(plan)]


def _medians(plan: Plan, calls: Mapping[str, Callable[[], Any]], times: int) -> list[float]:
    """Return the median of each call in nanoseconds; all are visited in each round."""
    samples: dict[str, list[int]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    with quiet():
        for _ in range(plan.run.rounds):
            for name, call in calls.items():
                samples[name] += [sample(call) for _ in range(times)]
    return [median(found) for found in samples.values()]


def _ratio(what: str, measured: float, other: float) -> Line:
    ratio = measured / other
    return Line(what, ratio_text(ratio), f"at most {_MOST}x", ratio <= _MOST)


def _place_on(plan: Plan) -> list[Line]:
    """Start tasks on chosen instances, each on another one."""
    cluster = instances(plan.nodes, plan.run.chosen_nodes)
    ids = [str(id) for id in cluster.ids]
    turns = count()

    def start(constraints: tuple[Any, ...]) -> None:
        id = ids[next(turns) % len(ids)]
        assert cluster.place_on(id, _TASK, constraints=constraints).task_id is not None

    calls = {
        "with": partial(start, (placement.DistinctInstance(),)),
        "without": partial(start, ()),
    }
    found = _medians(plan, calls, plan.run.chosen_calls)
    what = f"place_on, {plan.run.chosen_nodes:,} nodes: with distinctInstance / without"
    return [_ratio(what, *found)]


def _usage(plan: Plan) -> list[Line]:
    cluster = instances(plan.nodes, 2)
    full, empty = [str(id) for id in cluster.ids]
    for _ in range(plan.run.usage_tasks):
        cluster.add_task(full, _GROUP, _TASK)
    calls = {"full": partial(cluster.usage, full), "empty": partial(cluster.usage, empty)}
    found = _medians(plan, calls, plan.run.chosen_calls)
    return [_ratio(f"usage, {plan.run.usage_tasks:,} tasks / none", *found)]


def _stops(plan: Plan) -> list[Line]:
    """Choose tasks to stop, beside numpy by hand."""
    cluster = instances(plan.nodes, plan.run.stop_nodes)
    rows = np.random.default_rng(0).integers(0, cluster.rows, plan.run.stop_tasks)
    ids = [str(id) for id in cluster.ids]
    for row in rows.tolist():
        cluster.add_task(ids[row], _GROUP, _TASK)
    ours = partial(cluster.choose_to_stop, _GROUP, plan.run.stops, _BY_INSTANCE)
    theirs = partial(_stops_by_hand, rows, plan.run.stops)
    assert ours() == theirs(), "numpy by hand stops other tasks"
    call, by_hand = _medians(plan, {"ours": ours, "theirs": theirs}, 1)
    what = f"choose_to_stop, {plan.run.stops:,} of {plan.run.stop_tasks:,} tasks"
    times = by_hand / call
    target = f"at least {_LEAST_BY_HAND}x"
    return [
        Line(what, time_text(call), "", None),
        Line(f"{what}: numpy by hand / ours", ratio_text(times), target, times >= _LEAST_BY_HAND),
    ]


def _stops_by_hand(rows: Any, stops: int) -> list[int]:
    """Return which tasks stop: each time the oldest where most tasks are."""
    left, counts, chosen = np.arange(len(rows)), np.bincount(rows), []
    for _ in range(stops):
        at = int(counts[rows[left]].argmax())
        chosen.append(int(left[at]))
        counts[rows[left[at]]] -= 1
        left = np.delete(left, at)
    return chosen


def _explanations(plan: Plan) -> list[Line]:
    """Ask why a task has room nowhere: it is too large, and some instances are of other types."""
    cluster = instances(plan.nodes, plan.run.explained_nodes)
    task = placement.Task(cpu=plan.nodes.cpu + 1, memory=plan.nodes.memory + 1)
    expression = f"attribute:ecs.instance-type == {plan.nodes.types[0]} and runningTasksCount > 0"
    constraints = (placement.MemberOf(expression),)
    calls: dict[str, Callable[[], Any]] = {
        "explain": partial(cluster.explain, task, constraints=constraints),
        "missing": partial(cluster.missing, task, constraints=constraints),
    }
    found = _medians(plan, calls, 3)
    nodes = plan.run.explained_nodes
    return [
        Line(f"{name}, {nodes:,} nodes, memberOf and sizes", time_text(ns), "", None)
        for name, ns in zip(calls, found, strict=True)
    ]


def _ended(plan: Plan) -> list[Line]:
    """Ask about the tasks of a group after many have ended, and where none ever has."""
    old, new = [_with_ended(plan, ended) for ended in (plan.run.ended_tasks, 0)]
    lines = []
    stops = {
        "old": partial(old.choose_to_stop, _GROUP, 1),
        "new": partial(new.choose_to_stop, _GROUP, 1),
    }
    places = {
        "old": partial(old.place, _NEWER, group=_GROUP, strategy=_NEW_ONLY),
        "new": partial(new.place, _NEWER, group=_GROUP, strategy=_NEW_ONLY),
    }
    ended = f"{plan.run.ended_tasks:,} tasks ended / none"
    asked: dict[str, Mapping[str, Callable[[], Any]]] = {
        "choose_to_stop": stops,
        "place, new revision only": places,
    }
    for name, calls in asked.items():
        lines.append(_ratio(f"{name}: {ended}", *_medians(plan, calls, 20)))
    return lines


def _with_ended(plan: Plan, ended: int) -> placement.Cluster:
    """Return a cluster in which as many tasks live as it has instances."""
    cluster: placement.Cluster = instances(plan.nodes, min(1000, plan.run.stop_nodes))
    where: dict[str, Any] = {"group": _GROUP, "strategy": _BY_INSTANCE}
    while ended > 0:
        placed = cluster.place(_TASK, count=min(ended, 100_000), **where)
        cluster.stop(placed.task_ids)
        ended -= len(placed.task_ids)
    cluster.place(_TASK, count=cluster.rows, **where)
    return cluster
