"""``place`` of a request that was never seen, in turn with one that is known."""

from __future__ import annotations

import zlib
from functools import partial
from statistics import fmean
from typing import Any

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from harness.stream import make_stream
from harness.timing import quiet, sample
from measures.living.targets import Ratio, within
from peers.placing.ours import how, instances, task_of

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = True

_WORKLOADS = ("basic", "combined", "packed")


def cases(_: LivingPlan) -> list[str]:
    """Return the workloads whose constraints and chains are asked with."""
    return list(_WORKLOADS)


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return nanoseconds of a call: a known request, and one whose sizes and group are new."""
    cluster = instances(plan.placing.nodes, plan.run.shape_nodes)
    known = make_stream(plan.placing, case, plan.run.shape_nodes, 0).applications[0]
    tasks = [
        placement.Task(cpu=known.cpu + 1 + n % 64, memory=known.memory + 1 + n)
        for n in range(2 * plan.run.shapes)
    ]
    samples: dict[str, list[int]] = {"known": [], "new": []}
    place = partial(cluster.place, task_of(known), **how(known))
    with quiet():
        for number, task in enumerate(tasks):
            others: dict[str, Any] = how(known) | {"group": f"new-{number}"}
            samples["known"].append(sample(place))
            samples["new"].append(sample(partial(cluster.place, task, **others)))
    half = plan.run.shapes  # the first half warms up
    return Figures(
        {f"{case}: {name}": fmean(ns[half:]) for name, ns in samples.items()},
        {f"{case}: counts": zlib.crc32(cluster.task_counts().tobytes())},
    )


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return a line for each workload."""
    return [
        within(
            f"place(task) of new sizes and group, as {case}, {plan.run.shape_nodes:,} instances:"
            " / known",
            found,
            (f"{case}: new", f"{case}: known"),
            Ratio(at_most=4),
        )
        for case in _WORKLOADS
    ]
