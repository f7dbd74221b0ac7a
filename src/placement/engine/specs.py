"""What a task holds, in the numbers of one cluster.

In: a task and a store.  Out: a ``Spec`` for ``state.tasks``.  Called when a task is placed or its
request is encoded, so a resource that is new gets a number here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.state.tasks import CPU, GPU, INTERFACE, MEMORY, UDP, Spec

if TYPE_CHECKING:
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = ["spec_of", "static_ports"]


def spec_of(store: Store, task: Task) -> Spec:
    """Return what a task holds, in the numbers of a store."""
    amounts = [(CPU, task.cpu), (MEMORY, task.memory), (GPU, task.gpus)]
    if task.network_interface:
        amounts.append((INTERFACE, 1))
    for name, amount in task.resources.items():
        amounts.append((store.tasks.resource(name), amount))
    demand = tuple([pair for pair in amounts if pair[1]])
    return Spec(demand, static_ports(task), (task.family, task.revision))


def static_ports(task: Task) -> tuple[int, ...]:
    """Return the static host ports of a task as numbers: tcp, then udp with ``UDP`` added."""
    udp = task.udp_ports
    return (*task.tcp_ports, *[port + UDP for port in udp]) if udp else task.tcp_ports
