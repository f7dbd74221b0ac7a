"""The nodes, and the stream of tasks that are to be placed on them, one after another.

Plain values, so that every peer can build what suits it best.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from harness.plan import NodePlan, Plan, Workload

__all__ = ["TYPE", "ZONE", "Application", "Node", "Stream", "make_nodes", "make_stream"]

ZONE = "ecs.availability-zone"
TYPE = "ecs.instance-type"


@attrs.frozen
class Node:
    """An instance to place on."""

    id: str
    zone: str
    type: str
    cpu: int
    memory: int


@attrs.frozen
class Application:
    """What all tasks of an application ask for; the chain as (strategy, field)."""

    group: str
    cpu: int
    memory: int
    expression: str
    chain: tuple[tuple[str, str], ...]


@attrs.frozen(eq=False)
class Stream:
    """Which application's task comes when, on how many nodes."""

    workload: str
    plan: NodePlan
    nodes: int
    applications: list[Application]
    order: npt.NDArray[np.int64]

    @property
    def name(self) -> str:
        """What it is called where streams are told apart."""
        return f"{self.workload}, {self.nodes:,} nodes"


def make_nodes(plan: NodePlan, count: int) -> Iterator[Node]:
    """Yield the nodes, in the order in which they are registered."""
    for i in range(count):
        kind = plan.types[i // plan.zones % len(plan.types)]
        yield Node(f"i-{i:017x}", f"z{i % plan.zones}", kind, plan.cpu, plan.memory)


def make_stream(plan: Plan, workload: str, nodes: int, tasks: int | None = None) -> Stream:
    """Return the stream of a workload; its length goes by the nodes if it is not given."""
    settings = plan.workloads[workload]
    tasks = nodes * plan.run.tasks_per_node if tasks is None else tasks
    count = settings.applications
    order: Any = np.arange(tasks) % count
    if not settings.turns:
        order = np.random.default_rng(0).integers(count, size=tasks)
    applications = [_application(settings, a) for a in range(count)]
    return Stream(workload, plan.nodes, nodes, applications, order)


def _application(settings: Workload, a: int) -> Application:
    expression = _at(settings.constraints, a)
    after = str((a + 1) % settings.applications)
    chain = [step.partition(" ") for step in _at(settings.chains, a)]
    return Application(
        group=f"app-{a}",
        cpu=_at(settings.cpu, a),
        memory=_at(settings.memory, a // len(settings.cpu)),
        expression=expression.replace("{next}", after),
        chain=tuple([(strategy, field) for strategy, _, field in chain]),
    )


def _at(values: list[Any], number: int) -> Any:
    return values[number % len(values)]
