"""``place(task, count=...)``: many tasks of one service in one call."""

from __future__ import annotations

from functools import partial
from statistics import median

import numpy as np

import placement
from harness.plan import Plan
from harness.report import Line, rate_text
from harness.stream import Application, make_stream
from harness.timing import quiet, sample
from peers.placing.ours import how, instances, task_of

__all__ = ["CHAINS", "measure"]

CHAINS = ("basic", "affinity", "spread", "combined", "packed")
"""The workloads of which one application is asked by itself."""

_RATE = 20_000_000
_ALONE = 500
"""So many are also placed one by one, to compare."""


def measure(plan: Plan) -> list[Line]:
    """Return a line for each chain."""
    nodes, count = plan.run.count_nodes, plan.run.count
    empty = instances(plan.nodes, nodes)
    service = {name: make_stream(plan, name, nodes, 0).applications[0] for name in CHAINS}
    for application in service.values():
        _verify(empty, application, count)
    samples: dict[str, list[int]] = {name: [] for name in CHAINS}
    for _ in range(plan.run.rounds):
        for name, application in service.items():
            place = partial(empty.copy().place, task_of(application), count)
            with quiet():
                samples[name].append(sample(partial(place, **_as_service(application))))
    return [_line(name, nodes, count, samples[name]) for name in CHAINS]


def _as_service(application: Application) -> dict[str, object]:
    return how(application) | {"group": "service:web"}


def _verify(empty: placement.Cluster, application: Application, count: int) -> None:
    """Refuse to time what does not place all, or otherwise than one by one."""
    task, others = task_of(application), _as_service(application)
    placed = empty.copy().place(task, count, **others)
    assert placed.unplaced == 0, f"{placed.unplaced} of {count} found no room"
    cluster = empty.copy()
    alone = [cluster.place(task, **others).rows[0] for _ in range(min(_ALONE, count))]
    assert np.array_equal(placed.rows[: len(alone)], alone), "one by one the answers differ"


def _line(name: str, nodes: int, count: int, samples: list[int]) -> Line:
    rate = count * 1e9 / median(samples)
    return Line(
        f"place(task, count={count:,}), {name}, {nodes:,} nodes",
        rate_text(rate),
        f"at least {_RATE:,}/s",
        rate >= _RATE,
    )
