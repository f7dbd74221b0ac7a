"""Whether a host really has room for a task that the scheduler has placed there (D68, CR#325).

In: an instance and a task.  Out: yes or no.  The scheduler frees what a task holds when its desired
status becomes STOPPED (A25); on the host its containers are there until it is STOPPED.  The agent
therefore admits a task only when CPU, memory, ports and network interfaces of the tasks that are
not STOPPED leave room.  Tasks that wait for room hold nothing.

Where critical managed daemons are still to be healthy, other tasks wait for them too (S7.3).
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.ecs.control.records import ClusterRecord, InstanceRecord
from placement.ecs.control.task_records import TaskRecord, is_daemon
from placement.engine.request import Task

__all__ = ["admits"]


def admits(cluster: ClusterRecord, instance: InstanceRecord, task: TaskRecord) -> bool:
    """Return whether the host of a task, placed there by the engine, has room for it now."""
    if instance.awaited and not is_daemon(task):
        return False
    if not instance.stopping:  # the engine has placed it: what it counts is what there is
        return True
    wanted = _needs(task)
    if wanted is None:
        return True
    usage = cluster.engine.usage(instance.id)
    waiting = [one for one in instance.waiting.values() if one is not task]
    # What the engine has left, plus what it counts for tasks that wait, less what is still there.
    cpu = usage.remaining_cpu + _sum(waiting, "cpu") - _sum(instance.stopping.values(), "cpu")
    memory = (
        usage.remaining_memory
        + _sum(waiting, "memory")
        - _sum(instance.stopping.values(), "memory")
    )
    if (wanted.cpu and cpu < 0) or (wanted.memory and memory < 0):
        return False
    if wanted.network_interface and usage.remaining_network_interfaces is not None:
        interfaces = (
            usage.remaining_network_interfaces
            + _interfaces(waiting)
            - _interfaces(instance.stopping.values())
        )
        if interfaces < 0:
            return False
    return not (_ports_of(instance.stopping.values()) & _static_ports(wanted))


def _needs(task: TaskRecord) -> Task | None:
    life = task.life
    return None if life is None or life.request is None else life.request.variant.task


def _sum(tasks: Iterable[TaskRecord], name: str) -> int:
    return sum(getattr(needs, name) for needs in map(_needs, tasks) if needs is not None)


def _interfaces(tasks: Iterable[TaskRecord]) -> int:
    return sum(needs.network_interface for needs in map(_needs, tasks) if needs is not None)


def _static_ports(needs: Task) -> set[tuple[str, int]]:
    return {("tcp", port) for port in needs.tcp_ports} | {("udp", port) for port in needs.udp_ports}


def _ports_of(tasks: Iterable[TaskRecord]) -> set[tuple[str, int]]:
    """Return the host ports that tasks have, static and chosen."""
    found = set()
    for task in tasks:
        needs = _needs(task)
        if needs is not None:
            found |= _static_ports(needs)
        for container in task.containers:
            for binding in container.bindings or ():
                found |= {(binding.protocol or "tcp", port) for port in binding.host_ports}
    return found
