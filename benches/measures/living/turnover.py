"""Many instances come and go beside those that stay: what the indexes take, what placing costs.

The memory of the indexes is the difference of two processes.  Both register and deregister the
same instances and start and stop tasks of the same requests; one lets ``place_many`` choose where,
the other says where itself (``add_task``), and so has no index.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from statistics import fmean
from time import perf_counter
from typing import Any

import numpy as np

import placement
from harness.checkouts import Figures, Found
from harness.child import memory_of
from harness.living_plan import LivingPlan
from harness.report import Line, ratio_text, size_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from measures.living.instances import WORKLOAD, guest
from measures.living.targets import Ratio, within
from peers.placing.ours import instances, prepared, task_of

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = False

_CASES = ("placed", "added")
_MOST_GROWTH = 1.05


def cases(_: LivingPlan) -> list[str]:
    """Return who says where a task runs: the engine, or the caller."""
    return list(_CASES)


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return the memory of the process on the way, and nanoseconds of all placements."""
    cluster = instances(plan.placing.nodes, plan.run.nodes)
    start = _placing(plan, cluster) if case == "placed" else _adding(plan, cluster)
    start()
    before = _settled(start, plan.run.placings)
    settled, done = 0.0, 0
    limit = perf_counter() + plan.run.most_seconds
    while done < plan.run.turnover and perf_counter() < limit:
        for number in range(done, done + plan.run.turnover_placing):
            cluster.register(guest(plan, number))
            if number + 1 == done + plan.run.turnover_placing:
                start()  # the last one is there while tasks start
            cluster.deregister(f"guest-{number}", force=True)
        start()
        done += plan.run.turnover_placing
        if done <= plan.run.turnover_settled:
            gc.collect()
            settled = memory_of("VmRSS")
    gc.collect()
    numbers = {"done": done, "settled": settled, "end": memory_of("VmRSS")}
    after = _settled(start, plan.run.placings)
    numbers |= {"placings before": before, "placings after": after}
    return Figures({f"{case}: {name}": value for name, value in numbers.items()})


def _settled(start: Callable[[], Any], times: int) -> float:
    """Return the nanoseconds in which all tasks start and stop, nothing having changed."""
    start()
    with quiet():
        return fmean(sample(start) for _ in range(times))


def _placing(plan: LivingPlan, cluster: placement.Cluster) -> Callable[[], None]:
    """Return a call that places one task of each request and stops them all."""
    requests = prepared(cluster, make_stream(plan.placing, WORKLOAD, plan.run.nodes, 0))
    return partial(_place, cluster, requests, np.arange(len(requests)))


def _place(cluster: placement.Cluster, requests: list[Any], once: Any) -> None:
    placed = cluster.place_many(requests, once)
    assert (placed.rows >= 0).all(), "not all found room"
    cluster.stop(placed.task_ids)


def _adding(plan: LivingPlan, cluster: placement.Cluster) -> Callable[[], None]:
    """Return a call that adds one task of each request somewhere and stops them all."""
    stream = make_stream(plan.placing, WORKLOAD, plan.run.nodes, 0)
    ids = cluster.ids[: len(stream.applications)]
    asked = [(each.group, task_of(each)) for each in stream.applications]
    where = [(str(ids[n % len(ids)]), group, task) for n, (group, task) in enumerate(asked)]
    return partial(_add, cluster, where)


def _add(cluster: placement.Cluster, where: list[tuple[str, str, placement.Task]]) -> None:
    cluster.stop([cluster.add_task(*one) for one in where])


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return how the indexes grow, and what all placements cost after the turnover."""
    about = f"{plan.run.turnover:,} instances come and go beside {plan.run.nodes:,}"
    requests = plan.placing.workloads[WORKLOAD].applications
    measured = _growth(plan, found.now)
    if found.before:
        measured += f", before {_growth(plan, found.before)}"
    return [
        Line(
            f"{about}: memory of the indexes at the end / after {plan.run.turnover_settled:,}",
            measured,
            f"at most {_MOST_GROWTH}x",
            _done(found.now) == plan.run.turnover and _ratio(found.now) <= _MOST_GROWTH,
        ),
        within(
            f"{about}: {requests} placements and their stops, afterwards / before",
            found,
            ("placed: placings after", "placed: placings before"),
            Ratio(at_most=1.5),
        ),
    ]


def _growth(plan: LivingPlan, numbers: dict[str, float]) -> str:
    """Return how the indexes grow, in words."""
    if _done(numbers) < plan.run.turnover:
        return f"not known, first {_done(numbers):,.0f}"
    settled, end = (size_text(_indexes(numbers, name)) for name in ("settled", "end"))
    return f"{ratio_text(_ratio(numbers))} ({settled} to {end})"


def _done(numbers: dict[str, float]) -> float:
    return min(numbers[f"{case}: done"] for case in _CASES)


def _ratio(numbers: dict[str, float]) -> float:
    return _indexes(numbers, "end") / max(_indexes(numbers, "settled"), 1)


def _indexes(numbers: dict[str, float], name: str) -> float:
    """Return the bytes of the indexes, at a point that both processes reached."""
    return numbers[f"placed: {name}"] - numbers[f"added: {name}"]
