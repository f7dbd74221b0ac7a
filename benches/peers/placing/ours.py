"""This project, through its public calls: a stream at once, and task by task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import placement
from harness.plan import NodePlan
from harness.stream import TYPE, ZONE, Application, Stream, make_nodes
from peers.placing.base import Decide

__all__ = ["OneByOne", "PlaceMany", "how", "instances", "prepared", "strategies", "task_of"]

_STRATEGIES: dict[str, Callable[[str], Any]] = {
    "spread": placement.Spread,
    "binpack": placement.BinPack,
}


def instances(plan: NodePlan, nodes: int) -> placement.Cluster:
    """Return a cluster of so many instances, nothing running."""
    cluster = placement.Cluster()
    for node in make_nodes(plan, nodes):
        attributes = {ZONE: node.zone, TYPE: node.type}
        cluster.register(
            placement.Instance(id=node.id, cpu=node.cpu, memory=node.memory, attributes=attributes)
        )
    return cluster


def task_of(application: Application) -> placement.Task:
    """Return what one task of an application asks for."""
    return placement.Task(cpu=application.cpu, memory=application.memory)


def strategies(application: Application) -> tuple[Any, ...]:
    """Return its chain."""
    return tuple([_STRATEGIES[strategy](field) for strategy, field in application.chain])


def how(application: Application) -> dict[str, Any]:
    """Return the other arguments of ``prepare`` and ``place``."""
    expression = application.expression
    return {
        "group": application.group,
        "constraints": (placement.MemberOf(expression),) if expression else (),
        "strategy": strategies(application),
    }


def prepared(cluster: placement.Cluster, stream: Stream) -> list[placement.PreparedRequest]:
    """Return the requests of all applications, none of them used yet."""
    return [cluster.prepare(task_of(each), **how(each)) for each in stream.applications]


class PlaceMany:
    """``cluster.place_many(prepared, order)``; the first use of each request is timed."""

    name = "placement, place_many"
    determined = True

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        self._empty = instances(plan, nodes)

    def ready(self, stream: Stream) -> Decide:
        """Prepare every application on a copy."""
        cluster = self._empty.copy()
        requests = prepared(cluster, stream)
        order = stream.order
        return lambda start, end: cluster.place_many(requests, order[start:end]).rows


class OneByOne:
    """``cluster.place(task, ...)``, one call for each task."""

    name = "placement, place"
    determined = True

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        self._empty = instances(plan, nodes)

    def ready(self, stream: Stream) -> Decide:
        """Make the arguments that a caller would keep."""
        cluster = self._empty.copy()
        calls = [(task_of(each), how(each)) for each in stream.applications]

        def decide(start: int, end: int) -> npt.NDArray[np.int64]:
            rows = np.full(end - start, -1, np.int64)
            for j, a in enumerate(stream.order[start:end].tolist()):
                task, arguments = calls[a]
                placed = cluster.place(task, **arguments).rows
                if len(placed):
                    rows[j] = placed[0]
            return rows

        return decide
