"""Calls about one instance, one group, or the reason why: how they grow with what is beside.

Each call is warm; those that are held against each other are visited in turn.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from statistics import median
from typing import Any

import numpy as np

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from harness.timing import quiet, sample
from measures.living.targets import Ratio, against, within
from peers.placing.ours import instances

__all__ = ["REPEATED", "cases", "figures", "lines", "medians"]

REPEATED = True

_GROUP = "service:web"
_TASK = placement.Task(cpu=1, memory=1, family="web", revision=1)
_BY_INSTANCE = placement.Spread("instanceId")

Calls = Mapping[str, Callable[[], Any]]


def cases(_: LivingPlan) -> list[str]:
    """Return the kinds of questions."""
    return ["place_on", "usage", "choose_to_stop", "explanations"]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return the nanoseconds of each call of a kind."""
    ask = {
        "place_on": _place_on,
        "usage": _usage,
        "choose_to_stop": _stops,
        "explanations": _explanations,
    }
    return ask[case](plan)


def medians(calls: Calls, times: int) -> dict[str, float]:
    """Return the median of each call in nanoseconds."""
    samples: dict[str, list[int]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    with quiet():
        for _ in range(times):
            for name, call in calls.items():
                samples[name].append(sample(call))
    return {name: median(found) for name, found in samples.items()}


def _place_on(plan: LivingPlan) -> Figures:
    """Start tasks on chosen instances, each on another one."""
    cluster = instances(plan.placing.nodes, plan.run.chosen_nodes)
    ids = [str(id) for id in cluster.ids]
    turns = count()

    def start(constraints: tuple[Any, ...]) -> None:
        id = ids[next(turns) % len(ids)]
        cluster.place_on(id, _TASK, constraints=constraints)

    calls = {
        "place_on with distinctInstance": partial(start, (placement.DistinctInstance(),)),
        "place_on without": partial(start, ()),
    }
    found = medians(calls, plan.run.chosen_calls)
    assert cluster.task_counts().sum() == next(turns), "not all were placed"
    return Figures(found)


def _usage(plan: LivingPlan) -> Figures:
    cluster = instances(plan.placing.nodes, 2)
    full, empty = [str(id) for id in cluster.ids]
    for _ in range(plan.run.usage_tasks):
        cluster.add_task(full, _GROUP, _TASK)
    calls = {
        "usage, many tasks": partial(cluster.usage, full),
        "usage, no task": partial(cluster.usage, empty),
    }
    return Figures(medians(calls, plan.run.usage_calls))


def _stops(plan: LivingPlan) -> Figures:
    """Choose tasks to stop, beside numpy by hand."""
    cluster = instances(plan.placing.nodes, plan.run.nodes)
    rows = np.random.default_rng(0).integers(0, cluster.rows, plan.run.stop_tasks)
    ids = [str(id) for id in cluster.ids]
    for row in rows.tolist():
        cluster.add_task(ids[row], _GROUP, _TASK)
    ours = partial(cluster.choose_to_stop, _GROUP, plan.run.stops, _BY_INSTANCE)
    theirs = partial(_stops_by_hand, rows, plan.run.stops)
    chosen = ours()
    assert list(chosen) == theirs(), "numpy by hand stops other tasks"
    found = medians({"choose_to_stop": ours, "choose_to_stop by hand": theirs}, 1)
    return Figures(found, {"choose_to_stop": zlib.crc32(np.array(chosen).tobytes())})


def _stops_by_hand(rows: Any, stops: int) -> list[int]:
    """Return which tasks stop: each time the oldest where most tasks are."""
    left, counts, chosen = np.arange(len(rows)), np.bincount(rows), []
    for _ in range(stops):
        at = int(counts[rows[left]].argmax())
        chosen.append(int(left[at]))
        counts[rows[left[at]]] -= 1
        left = np.delete(left, at)
    return chosen


def _explanations(plan: LivingPlan) -> Figures:
    """Ask why a task has room nowhere: it is too large, and some instances are of other types."""
    cluster, nodes = instances(plan.placing.nodes, plan.run.nodes), plan.placing.nodes
    task = placement.Task(cpu=nodes.cpu + 1, memory=nodes.memory + 1)
    expression = f"attribute:ecs.instance-type == {nodes.types[0]} and runningTasksCount > 0"
    constraints = (placement.MemberOf(expression),)
    name = "missing" if hasattr(cluster, "missing") else "lacks"  # what it was called before
    missing = partial(getattr(cluster, name), task, constraints=constraints)
    explain = partial(cluster.explain, task, constraints=constraints)
    # The reasons, without the amounts after them, whose units are written since.
    reasons = repr(
        [(id, [text.partition(":")[0] for text in t]) for id, t in sorted(missing().items())]
    )
    found = medians({"explain": explain, "missing": missing}, 3)
    return Figures(found, {"missing": zlib.crc32(reasons.encode())})


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return the lines of all questions."""
    run = plan.run
    stops = f"choose_to_stop, {run.stops:,} of {run.stop_tasks:,} tasks"
    why = f"{run.nodes:,} instances, memberOf and sizes"
    return [
        within(
            f"place_on, {run.chosen_nodes:,} instances: with distinctInstance / without",
            found,
            ("place_on with distinctInstance", "place_on without"),
            Ratio(at_most=1.5),
        ),
        within(
            f"usage, {run.usage_tasks:,} tasks / none",
            found,
            ("usage, many tasks", "usage, no task"),
            Ratio(at_most=1.5),
        ),
        against(stops, found, "choose_to_stop", Ratio(at_most=1 / 100)),
        within(
            f"{stops}: numpy by hand / ours",
            found,
            ("choose_to_stop by hand", "choose_to_stop"),
            Ratio(at_least=10),
        ),
        against(f"explain, {why}", found, "explain", Ratio(at_most=1 / 10)),
        against(f"missing, {why}", found, "missing", Ratio(at_most=1 / 6)),
    ]
