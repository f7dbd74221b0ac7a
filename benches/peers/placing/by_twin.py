"""The naive twin of the tests: the specification in plain Python, without derived counts."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from harness.plan import NodePlan
from harness.stream import TYPE, ZONE, Stream, make_nodes
from peers.placing.base import Decide
from peers.placing.ours import how, task_of

sys.path.append(str(Path(__file__).parent.parent.parent.parent / "tests" / "support"))

from naive_engine import NaiveCluster, Request

__all__ = ["ByTwin"]


class ByTwin:
    """``NaiveCluster.place_many``."""

    name = "naive twin"
    determined = True

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        self._empty = NaiveCluster()
        for node in make_nodes(plan, nodes):
            attributes = {ZONE: node.zone, TYPE: node.type}
            self._empty.register(
                id=node.id, cpu=node.cpu, memory=node.memory, attributes=attributes
            )

    def ready(self, stream: Stream) -> Decide:
        """Make the requests; the twin makes nothing else ready."""
        cluster = self._empty.copy()
        requests = [Request(task_of(each), **how(each)) for each in stream.applications]

        def decide(start: int, end: int) -> np.ndarray:
            order = stream.order[start:end].tolist()
            return np.array(cluster.place_many(requests, order).rows, np.int64)

        return decide
