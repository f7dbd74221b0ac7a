"""What a task holds, in the numbers of one cluster.

In: a task and a store.  Out: a ``Spec`` for ``state.tasks``.  Called when a task is placed or its
request is encoded, so a resource that is new gets a number here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.kernels.fields import CPU, EVERY_GPU, GPU, INTERFACE, MEMORY
from placement.model import UDP
from placement.state.resources import NEURON
from placement.state.specs import Spec

if TYPE_CHECKING:
    from placement.engine.request import Task
    from placement.state.store import Store

__all__ = ["spec_of", "static_ports"]


def spec_of(store: Store, task: Task) -> Spec:
    """Return what a task holds, in the numbers of a store."""
    demand = [(CPU, task.cpu)] if task.cpu else []
    if task.memory:
        demand.append((MEMORY, task.memory))
    if task.gpus:
        demand.append((GPU, EVERY_GPU if isinstance(task.gpus, str) else task.gpus))
    if task.network_interface:
        demand.append((INTERFACE, 1))
    if task.neuron_devices:
        demand.append((store.tasks.resource(NEURON), 1))
    if task.resources:
        for name, amount in task.resources.items():
            if amount:
                demand.append((store.tasks.resource(name), amount))
    return Spec(tuple(demand), static_ports(task), (task.family, task.revision))


def static_ports(task: Task) -> tuple[int, ...]:
    """Return the static host ports of a task as numbers: tcp, then udp with ``UDP`` added."""
    udp = task.udp_ports
    return (*task.tcp_ports, *[port + UDP for port in udp]) if udp else task.tcp_ports
