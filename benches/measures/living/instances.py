"""One instance comes, goes or changes, then one task of each of many requests is placed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from harness.stream import TYPE, ZONE, make_stream
from harness.timing import quiet, sample
from measures.living.targets import Ratio, within
from peers.placing.ours import instances, prepared

__all__ = ["REPEATED", "WORKLOAD", "cases", "figures", "guest", "lines"]

REPEATED = True

WORKLOAD = "mixed200"

_CHANGES = ("register", "deregister", "set_status", "put_attributes")


def cases(_: LivingPlan) -> list[str]:
    """Return the workload."""
    return [WORKLOAD]


def guest(plan: LivingPlan, number: int) -> placement.Instance:
    """Return an instance that comes to those of the plan."""
    nodes = plan.placing.nodes
    zone, kind = f"z{number % nodes.zones}", nodes.types[number % len(nodes.types)]
    attributes = {ZONE: zone, TYPE: kind}
    id = f"guest-{number}"
    return placement.Instance(id=id, cpu=nodes.cpu, memory=nodes.memory, attributes=attributes)


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return nanoseconds of a change and the placements after it, and of placements alone."""
    cluster = instances(plan.placing.nodes, plan.run.nodes)
    requests = prepared(cluster, make_stream(plan.placing, case, plan.run.nodes, 0))
    once = np.arange(len(requests))
    ids = [str(id) for id in cluster.ids]
    chosen = np.random.default_rng(0).integers(len(ids), size=1 + plan.run.turns)
    samples: dict[str, list[int]] = {name: [] for name in ("none", *_CHANGES)}
    rows: list[bytes] = []

    def place(change: Callable[[], Any] | None = None) -> None:
        if change is not None:
            change()
        placed = cluster.place_many(requests, once)
        rows.append(placed.rows.tobytes())
        assert (placed.rows >= 0).all(), "not all found room"

    place()
    with quiet():
        for turn, row in enumerate(chosen.tolist()):
            zone = {ZONE: f"z{(row + 1) % plan.placing.nodes.zones}"}
            changes: dict[str, Callable[[], Any]] = {
                "register": partial(cluster.register, guest(plan, turn)),
                "deregister": partial(cluster.deregister, f"guest-{turn}", force=True),
                "set_status": partial(cluster.set_status, ids[row], "DRAINING"),
                "put_attributes": partial(cluster.put_attributes, ids[row], zone),
            }
            for name, change in changes.items():
                place()  # what the change before has left to do is not counted
                samples["none"].append(sample(place))
                samples[name].append(sample(partial(place, change)))
            cluster.set_status(ids[row], "ACTIVE")
    # The first turn loads kernels.
    times = {name: fmean(taken[len(taken) // len(chosen) :]) for name, taken in samples.items()}
    return Figures(times, {"rows": zlib.crc32(b"".join(rows))})


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return a line for each change."""
    requests = plan.placing.workloads[WORKLOAD].applications
    about = f"then one task of each of {requests} requests, {plan.run.nodes:,} instances"
    return [
        within(f"{name}, {about}: / placed alone", found, (name, "none"), Ratio(at_most=5))
        for name in _CHANGES
    ]
