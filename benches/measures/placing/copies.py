"""What a copy costs: ``copy``, pickle, and a trial in which nothing is tried."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

import placement
from harness.plan import Plan
from harness.report import Line, time_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from peers.placing.ours import how, instances, prepared, task_of

__all__ = ["measure"]

_WORKLOAD = "combined"


def measure(plan: Plan) -> list[Line]:
    """Return the lines of all sizes."""
    return [line for nodes, tasks in plan.run.copies for line in _measure(plan, nodes, tasks)]


def _measure(plan: Plan, nodes: int, tasks: int) -> list[Line]:
    stream = make_stream(plan, _WORKLOAD, nodes, tasks)
    cluster = instances(plan.nodes, nodes)
    placed = cluster.place_many(prepared(cluster, stream), stream.order).rows
    assert (placed >= 0).all(), "not all tasks found room"
    pickled = pickle.dumps(cluster)
    _verify(cluster, pickle.loads(pickled), placed)
    _verify(cluster, cluster.copy(), placed)
    application = stream.applications[0]
    place = partial(cluster.place, task_of(application), **how(application))
    place()
    steps: dict[str, Callable[[], Any]] = {
        "copy()": cluster.copy,
        f"pickle.dumps, {len(pickled) / 1e6:.0f} MB": partial(pickle.dumps, cluster),
        "pickle.loads": partial(pickle.loads, pickled),
        "with trial(): pass": partial(_trial, cluster),
        "the first place(task) after a trial": place,
    }
    samples: dict[str, list[int]] = {name: [] for name in steps}
    for _ in range(plan.run.rounds):
        for name, step in steps.items():
            with quiet():
                samples[name].append(sample(step))
    about = f"{nodes:,} instances, {tasks:,} tasks"
    return [Line(f"{about}: {name}", time_text(median(samples[name])), "", None) for name in steps]


def _trial(cluster: placement.Cluster) -> None:
    with cluster.trial():
        pass


def _verify(cluster: placement.Cluster, copy: placement.Cluster, rows: np.ndarray) -> None:
    """Refuse to time a copy that does not hold the same tasks."""
    running = placement.compile(f"runningTasksCount == {np.bincount(rows).max()}")
    assert np.array_equal(running.mask(cluster), running.mask(copy)), "a copy differs"
    assert len(copy) == len(cluster), "a copy differs"
