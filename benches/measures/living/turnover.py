"""Many instances come and go beside those that stay: what the indexes take, what placing costs.

The memory of the indexes is all that the cluster keeps beside its store: indexes with their
arrays, and what it knows of requests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import fmean
from time import perf_counter
from typing import Any

import numpy as np

import placement
from harness.checkouts import Figures, Found
from harness.live_bytes import live_bytes, resident
from harness.living_plan import LivingPlan
from harness.report import Line, ratio_text, size_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from measures.living.instances import WORKLOAD, guest
from measures.living.targets import Ratio, within
from peers.placing.ours import instances, prepared

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = False

_CASE = "turnover"
_MOST_GROWTH = 1.05


def cases(_: LivingPlan) -> list[str]:
    """Return the one case."""
    return [_CASE]


def figures(plan: LivingPlan, _: str) -> Figures:
    """Return bytes of the indexes and of the process, and nanoseconds of all placements."""
    cluster = instances(plan.placing.nodes, plan.run.nodes)
    requests = prepared(cluster, make_stream(plan.placing, WORKLOAD, plan.run.nodes, 0))
    start = partial(_place, cluster, requests, np.arange(len(requests)))
    start()
    before = _settled(start, plan.run.placings)
    most, done = 0, 0
    looked_at = _looked_at(plan)
    settled: dict[str, float] = {}
    limit = perf_counter() + plan.run.most_seconds
    while done < plan.run.turnover and perf_counter() < limit:
        for number in range(done, done + plan.run.turnover_placing):
            cluster.register(guest(plan, number))
            if number + 1 == done + plan.run.turnover_placing:
                start()  # the last one is there while tasks start
            cluster.deregister(f"guest-{number}", force=True)
        start()
        done += plan.run.turnover_placing
        if done in looked_at:
            most = max(most, _of_indexes(cluster))
            settled = settled or {"settled": most, "process settled": resident()}
    numbers = {"done": done, "most": most, "process at the end": resident(), **settled}
    numbers |= {"before": before, "after": _settled(start, plan.run.placings)}
    return Figures(numbers)


def _looked_at(plan: LivingPlan) -> range:
    """Return after how many instances the memory of the indexes is counted: twenty times."""
    run = plan.run
    between = max((run.turnover - run.turnover_settled) // 20, 1)
    between = -(-between // run.turnover_placing) * run.turnover_placing
    return range(run.turnover_settled, run.turnover + 1, between)


def _of_indexes(cluster: placement.Cluster) -> int:
    """Return the bytes of all that a cluster keeps beside its store."""
    return live_bytes(cluster, without=[cluster.store])


def _settled(start: Callable[[], Any], times: int) -> float:
    """Return the nanoseconds in which all tasks start and stop, nothing having changed."""
    start()
    with quiet():
        return fmean(sample(start) for _ in range(times))


def _place(cluster: placement.Cluster, requests: list[Any], once: Any) -> None:
    placed = cluster.place_many(requests, once)
    assert (placed.rows >= 0).all(), "not all found room"
    cluster.stop(placed.task_ids)


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return how the indexes grow, and what all placements cost after the turnover."""
    run = plan.run
    about = f"{run.turnover:,} instances come and go beside {run.nodes:,}"
    requests = plan.placing.workloads[WORKLOAD].applications
    measured = _growth(plan, found.now)
    if found.before:
        measured += f", before {_growth(plan, found.before)}"
    now = found.now
    met = now["done"] == run.turnover and now["most"] <= _MOST_GROWTH * now.get("settled", 0)
    return [
        Line(
            f"{about}: memory of the indexes, most / after {run.turnover_settled:,}",
            measured,
            f"at most {_MOST_GROWTH}x",
            met,
        ),
        within(
            f"{about}: {requests} placements and their stops, afterwards / before",
            found,
            ("after", "before"),
            Ratio(at_most=1.5),
        ),
    ]


def _growth(plan: LivingPlan, numbers: dict[str, float]) -> str:
    """Return how the indexes grow, in words, and the resident size of the process."""
    done = numbers["done"]
    cut = "" if done == plan.run.turnover else f", first {done:,.0f}"
    if "settled" not in numbers:
        return f"no memory{cut}"
    settled, most = numbers["settled"], numbers["most"]
    process = [size_text(numbers[f"process {when}"]) for when in ("settled", "at the end")]
    return (
        f"{ratio_text(most / settled)} ({size_text(settled)} to {size_text(most)};"
        f" process {process[0]} to {process[1]}{cut})"
    )
