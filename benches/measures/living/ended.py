"""A cluster in which millions of tasks have ended, beside one that never had them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line, size_text, time_text
from measures.living.questions import medians
from measures.living.targets import Ratio, within
from peers.placing.ours import instances

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = False

_GROUP = "service:web"
_TASK = placement.Task(cpu=1, memory=1, family="web", revision=1)
_NEWER = placement.Task(cpu=1, memory=1, family="web", revision=2)
_BY_INSTANCE = placement.Spread("instanceId")
_NEW_ONLY = placement.Spread("instanceId", count_old_revisions=False)
_AT_ONCE = 100_000
_TIMES = {
    "pickle.dumps": 5,
    "pickle.loads": 5,
    "copy": 5,
    "choose_to_stop": 21,
    "place, old revisions not counted": 21,
}
"""The calls, and how often each is timed."""


def cases(_: LivingPlan) -> list[str]:
    """Return the one case: both clusters are in the same process."""
    return ["ended"]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return nanoseconds of each call on either cluster, and the sizes of their pickles."""
    clusters = {case: _cluster(plan, plan.run.ended), "never": _cluster(plan, 0)}
    pickles = {name: pickle.dumps(cluster) for name, cluster in clusters.items()}
    numbers: dict[str, float] = {
        f"{name}: size of pickle": len(pickled) for name, pickled in pickles.items()
    }
    for call, times in _TIMES.items():
        calls = {
            f"{name}: {call}": _call(call, cluster, pickles[name])
            for name, cluster in clusters.items()
        }
        numbers |= medians(calls, times)
    return Figures(numbers)


def _cluster(plan: LivingPlan, ended: int) -> placement.Cluster:
    """Return a cluster in which ``alive`` tasks live, after others have ended."""
    cluster = instances(plan.placing.nodes, plan.run.alive)
    where: dict[str, Any] = {"group": _GROUP, "strategy": _BY_INSTANCE}
    left, latest = ended, -1
    while left > 0:
        placed = cluster.place(_TASK, count=min(left, _AT_ONCE), **where)
        latest = int(placed.task_ids[-1])
        cluster.stop(placed.task_ids)
        left -= len(placed.task_ids)
    placed = cluster.place(_TASK, count=plan.run.alive, **where)
    assert placed.task_ids[0] > latest, "a task id was used again"
    return cluster


def _call(name: str, cluster: placement.Cluster, pickled: bytes) -> Callable[[], Any]:
    place = partial(cluster.place, _NEWER, group=_GROUP, strategy=_NEW_ONLY)
    calls: dict[str, Callable[[], Any]] = {
        "pickle.dumps": partial(pickle.dumps, cluster),
        "pickle.loads": partial(pickle.loads, pickled),
        "copy": cluster.copy,
        "choose_to_stop": partial(cluster.choose_to_stop, _GROUP, 1),
        "place, old revisions not counted": place,
    }
    return calls[name]


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return a line for each call, and for the size."""
    about = f"{plan.run.ended:,} tasks ended, {plan.run.alive:,} live / none ended"
    wanted = [("size of pickle", 1.1, size_text), *((name, 1.5, time_text) for name in _TIMES)]
    return [
        within(
            f"{name}: {about}",
            found,
            (f"ended: {name}", f"never: {name}"),
            Ratio(at_most=most),
            show,
        )
        for name, most, show in wanted
    ]
