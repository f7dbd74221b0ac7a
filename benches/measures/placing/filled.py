"""The rate after many tasks have been placed, against that of the empty cluster.

One cluster and one stream: the requests are used once, so that their indexes exist; then some
decisions are timed, many are made, and as many as before are timed again.
"""

from __future__ import annotations

from functools import partial
from statistics import median

from harness.plan import Plan
from harness.report import Line, rate_text, ratio_text
from harness.stream import make_stream
from harness.timing import quiet, sample
from peers.placing.ours import PlaceMany

__all__ = ["measure"]

_WORKLOAD = "combined"
_LEAST = 0.8


def measure(plan: Plan) -> list[Line]:
    """Return both rates, and the second divided by the first."""
    nodes, tasks, probe = plan.run.filled_nodes, plan.run.filled_tasks, plan.run.filled_probe
    placer = PlaceMany(plan.nodes, nodes)
    stream = make_stream(plan, _WORKLOAD, nodes, tasks + probe)
    warm = len(stream.applications)
    early, late = [], []
    for _ in range(plan.run.rounds):
        decide = placer.ready(stream)
        decide(0, warm)
        with quiet():
            early.append(sample(partial(decide, warm, warm + probe)))
            decide(warm + probe, tasks)
            late.append(sample(partial(decide, tasks, tasks + probe)))
    first, last = (probe * 1e9 / median(samples) for samples in (early, late))
    what = f"place_many, {_WORKLOAD}, {nodes:,} nodes"
    return [
        Line(f"{what}: rate in an empty cluster", rate_text(first), "", None),
        Line(f"{what}: rate after {tasks:,} tasks", rate_text(last), "", None),
        Line(
            f"{what}: rate after {tasks:,} tasks / empty",
            ratio_text(last / first),
            f"at least {_LEAST}x",
            last / first >= _LEAST,
        ),
    ]
