"""Host ports of containers: bound when a task is RUNNING, free again at STOPPED (S9.2, D62).

In: an account and a task.  Out: the bindings in its containers, and the ports that its instance has
given out.  Static ports are the engine's; here are those that the agent chooses.
"""

from __future__ import annotations

from collections.abc import Iterator

from placement.ecs.control.account import Account
from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.task_records import ContainerSettings, PortBinding, TaskRecord
from placement.model import UDP

__all__ = ["bind_ports", "release_ports"]


def bind_ports(account: Account, task: TaskRecord) -> None:
    """Choose the host ports of a task's containers and show what they are bound to (2.3)."""
    life = task.life
    if life is None or task.instance is None:
        return
    instance = life.cluster.instances.get(task.instance)
    if instance is None or not instance.is_registered:
        return
    for container in task.containers:
        if container.settings.port_mappings:
            container.bindings = list(
                _bindings(account, life.cluster, instance, container.settings)
            )


def _bindings(
    account: Account, cluster: ClusterRecord, instance: InstanceRecord, settings: ContainerSettings
) -> Iterator[PortBinding]:
    """Yield the bindings of a container's ports.

    A mapping for which no port is left in the range has no host port.
    """
    ports, row = cluster.engine.store.tasks.ports, cluster.engine.row(instance.id)

    def is_free(port: int) -> bool:  # of either protocol (D62)
        return ports.is_free(row, port) and ports.is_free(row, port + UDP)

    first, last = account.host_ports
    for mapping in settings.port_mappings:
        inner = mapping.container_port_range
        outer = mapping.host_port or instance.ports.take(mapping.count, is_free, first, last)
        if inner is None:
            yield PortBinding("0.0.0.0", mapping.protocol, mapping.container_port, outer)
            continue
        outer_range = None if outer is None else f"{outer}-{outer + mapping.count - 1}"
        yield PortBinding(
            "0.0.0.0",
            mapping.protocol,
            container_port_range=inner,
            host_port_range=outer_range,
        )


def release_ports(task: TaskRecord) -> None:
    """Give back the host ports that were chosen for a task."""
    life = task.life
    if life is None or task.instance is None:
        return
    instance = life.cluster.instances.get(task.instance)
    if instance is None:
        return
    for container in task.containers:
        for binding in container.bindings or ():
            instance.ports.release(binding.host_ports)  # static ones are not among those chosen
