"""How much a process grows while nodes are registered and tasks placed on them.  Linux only.

Arguments: workload, number of nodes, number of tasks.  Prints JSON: bytes at the peak and
afterwards, more than after the same with few nodes; how many tasks were asked and placed.
"""

from __future__ import annotations

import gc
import json
import sys

import numpy as np

import placement
from harness.child import memory_of
from harness.kernels import take_kernels
from harness.plan import Plan, load
from harness.stream import make_stream
from peers.placing.base import decide_within
from peers.placing.ours import instances, prepared

FEW = 24


def main() -> None:
    """Fill the cluster and print what it took."""
    workload, nodes, tasks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    plan = load()
    take_kernels()
    small = filled(plan, workload, FEW, FEW)
    gc.collect()
    before = memory_of("VmRSS")
    cluster, rows = filled(plan, workload, nodes, tasks)
    grown = {
        "peak": memory_of("VmHWM") - before,
        "after": memory_of("VmRSS") - before,
        "asked": len(rows),
        "placed": int(np.count_nonzero(rows >= 0)),
    }
    assert (len(small[0]), len(cluster)) == (FEW, nodes)
    json.dump(grown, sys.stdout)


def filled(
    plan: Plan, workload: str, nodes: int, tasks: int
) -> tuple[placement.Cluster, np.ndarray]:
    """Return a cluster with so many tasks, or as many as it placed in time, and their rows."""
    stream = make_stream(plan, workload, nodes, tasks)
    cluster = instances(plan.nodes, nodes)
    requests = prepared(cluster, stream)

    def decide(start: int, end: int) -> np.ndarray:
        return cluster.place_many(requests, stream.order[start:end]).rows

    rows = decide_within(plan.run.most_seconds, decide, tasks)
    return cluster, rows


if __name__ == "__main__":
    main()
