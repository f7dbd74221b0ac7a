"""A cluster before a history begins: tasks of many services run, as many on each instance."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

import placement
from harness.living_plan import LivingPlan
from harness.stream import Stream, make_stream
from peers.placing.ours import how, instances, prepared, task_of

__all__ = ["Stage", "make_stage"]

Array = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Stage:
    """The cluster, and its running tasks by slot."""

    cluster: placement.Cluster
    stream: Stream
    ids: Array
    rows: Array
    services: Array

    def ready(self) -> tuple[placement.Cluster, list[Any]]:
        """Return a copy with all requests prepared and used once: each has its index.

        The tasks that were placed for that are stopped again.
        """
        cluster = self.cluster.copy()
        requests = prepared(cluster, self.stream)
        once = np.arange(len(requests))
        for _ in range(2):  # the second time the indexes have heard of stops
            cluster.stop(cluster.place_many(requests, once).task_ids)
        return cluster, requests


def make_stage(plan: LivingPlan, workload: str) -> Stage:
    """Return instances with ``filled_each`` tasks on each, placed by ``place_many``.

    Services come in turn.  Spread alone would give each service the instances that were registered
    first, and fill those; so for this placing, and no other, an instance with ``filled_each`` tasks
    is ruled out.
    """
    nodes, each = plan.run.nodes, plan.run.filled_each
    stream = make_stream(plan.placing, workload, nodes, nodes * each)
    cluster = instances(plan.placing.nodes, nodes)
    room = placement.MemberOf(f"runningTasksCount < {each}")
    requests = [
        cluster.prepare(task_of(one), **(how(one) | {"constraints": (room,)}))
        for one in stream.applications
    ]
    placed = cluster.place_many(requests, stream.order)
    assert (np.bincount(placed.rows, minlength=nodes) == each).all(), "not as many on each"
    return Stage(cluster, stream, placed.task_ids, placed.rows, stream.order)
