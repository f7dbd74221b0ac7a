"""Stop one, place one: by ``replay``, by single calls, and a thousand at a time.

All begin with the same running tasks and follow the same history, and every start is held to
numpy's where numpy has followed.
"""

from __future__ import annotations

import zlib
from time import perf_counter_ns
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.checkouts import Figures, Found
from harness.history import History, make_history
from harness.living_plan import LivingPlan
from harness.report import Line
from harness.timing import quiet
from measures.living.stage import Stage, make_stage
from measures.living.targets import Ratio, against, within
from peers.placing.by_numpy_pairs import PairScan
from peers.placing.ours import how, task_of

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = True

_TIMES_SCAN = {"services200": 30, "services1000": 20}

Array = npt.NDArray[np.int64]


def cases(plan: LivingPlan) -> list[str]:
    """Return the workloads."""
    return plan.run.histories


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return nanoseconds of a pair in each way, of a placement, and of a placement in batches."""
    stage = make_stage(plan, case)
    history = make_history(len(stage.ids), len(stage.stream.applications), plan.run.pairs)
    scanned, by_scan = _scan(plan, stage, history)
    pair, place = _calls(plan, stage, history, by_scan)
    with_stops, without = _batches(plan, stage)
    numbers = {
        "scan": scanned,
        "stop and place_many": pair,
        "place(task)": place,
        "batches": with_stops,
        "batches without stops": without,
    }
    if hasattr(stage.cluster, "replay"):  # earlier checkouts have no such call
        numbers["replay"] = _replay(stage, history, by_scan)
    return Figures(
        {f"{case}: {name}": ns for name, ns in numbers.items()},
        {f"{case}: pairs": zlib.crc32(by_scan.tobytes())},
    )


def _scan(plan: LivingPlan, stage: Stage, history: History) -> tuple[float, Array]:
    """Return nanoseconds of a pair by hand, and the row of each start."""
    nodes, applications = plan.run.nodes, stage.stream.applications
    scan = PairScan(plan.placing.nodes, nodes, applications, stage.rows, stage.services)
    pairs = plan.run.scan_pairs
    with quiet():
        start = perf_counter_ns()
        rows = scan.pairs(history.slots[:pairs], history.services[:pairs])
        return (perf_counter_ns() - start) / pairs, rows


def _replay(stage: Stage, history: History, by_scan: Array) -> float:
    """Return nanoseconds of a pair of one ``replay``."""
    cluster, requests = stage.ready()
    events = history.events()
    with quiet():
        start = perf_counter_ns()
        placed = cluster.replay(requests, events, running=stage.ids)
        taken = perf_counter_ns() - start
    _verify(placed.rows[1::2], by_scan)
    return taken / len(history.slots)


def _calls(plan: LivingPlan, stage: Stage, history: History, by_scan: Array) -> tuple[float, float]:
    """Return nanoseconds of a pair of single calls, and of a ``place(task)`` after them."""
    cluster, requests = stage.ready()
    ids, rows = stage.ids.tolist(), []
    calls = plan.run.pair_calls
    slots, services = history.slots[:calls].tolist(), history.services[:calls].tolist()
    with quiet():
        start = perf_counter_ns()
        for slot, service in zip(slots, services, strict=True):
            cluster.stop(ids[slot])
            placed = cluster.place_many([requests[service]], [0])
            ids[slot] = placed.task_ids[0]
            rows.append(placed.rows[0])
        pair = (perf_counter_ns() - start) / calls
    _verify(np.array(rows), by_scan)
    known = [(task_of(one), how(one)) for one in stage.stream.applications]
    asked: list[tuple[Any, dict[str, Any]]] = [known[service] for service in services]
    for task, others in known:  # all indexes have heard of the last stops
        cluster.place(task, **others)
    with quiet():
        start = perf_counter_ns()
        for task, others in asked:
            cluster.place(task, **others)
        place = (perf_counter_ns() - start) / calls
    return pair, place


def _verify(rows: Array, by_scan: Array) -> None:
    """Refuse to time other answers than numpy's."""
    both = min(len(rows), len(by_scan))
    assert np.array_equal(rows[:both], by_scan[:both]), "numpy by hand has other answers"


def _batches(plan: LivingPlan, stage: Stage) -> tuple[float, float]:
    """Return nanoseconds of a placement: with as many stops before each batch, and without."""
    batch = min(plan.run.batch, len(stage.ids))
    random = np.random.default_rng(0)
    taken = []
    for stops in (True, False):
        cluster, requests = stage.ready()
        ids, total = stage.ids.copy(), 0
        for number in range(plan.run.batches):
            order = (np.arange(batch) + number * batch) % len(requests)
            slots = random.choice(len(ids), batch, replace=False)
            with quiet():
                start = perf_counter_ns()
                if stops:
                    cluster.stop(ids[slots])
                placed = cluster.place_many(requests, order)
                total += perf_counter_ns() - start
            assert (placed.rows >= 0).all(), "not all found room"
            ids[slots] = placed.task_ids
        taken.append(total / (plan.run.batches * batch))
    return taken[0], taken[1]


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return the lines of all services."""
    result = []
    for case in plan.run.histories:
        services = plan.placing.workloads[case].applications
        about = f"{services:,} services, {plan.run.nodes:,} instances"

        def named(name: str, case: str = case) -> str:
            return f"{case}: {name}"

        result += [
            within(
                f"{plan.run.pairs:,} pairs in one replay, {about}: numpy scan / ours",
                found,
                (named("scan"), named("replay")),
                Ratio(at_least=_TIMES_SCAN[case]),
            ),
            within(
                f"stop(id), then place_many of one, {about}: both / one place(task)",
                found,
                (named("stop and place_many"), named("place(task)")),
                Ratio(at_most=1.5),
            ),
            within(
                f"{plan.run.batch:,} stops, {plan.run.batch:,} placements in turn, {about}:"
                " rate / that without stops",
                found,
                (named("batches without stops"), named("batches")),
                Ratio(at_least=1 / 3),
            ),
        ]
        result += [
            against(f"{what}, {about}: time / before", found, named(name), None)
            for what, name in (
                ("a pair by single calls", "stop and place_many"),
                ("a placement in batches with stops", "batches"),
            )
        ]
    return result
