"""What is on an instance and what a task holds, as values that a caller can keep.

In: the columns of a cluster, a row or a task's position.  Out: ``Instance``, ``Usage``,
``Reservation`` and ``PlacedTask``.  Only reads: a group, resource or attribute never seen stays
unknown (C53).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.lookup import group_counts
from placement.kernels.fields import COUNTED, CPU, INTERFACE, MEMORY, NO_OWNER, RESERVED
from placement.model import UDP, Instance
from placement.model.checks import ALL_NEURON_DEVICES
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS
from placement.state.resources import NEURON, UNLIMITED
from placement.state.store import UNKNOWN_TIME
from placement.timestamps import from_microseconds

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = [
    "PlacedTask",
    "Reservation",
    "Usage",
    "counts_of",
    "describe_instance",
    "placed_task",
    "ports_by_row",
    "reservation_of",
    "usage_of",
]

Array = npt.NDArray[Any]

USUAL_PORTS = (*LINUX_PORTS, *WINDOWS_PORTS)


@attrs.frozen(kw_only=True)
class Usage:
    """What an instance has left; the names are those of ``Instance``.

    Attributes:
        running_tasks: ``runningTasksCount``: tasks whose desired status is RUNNING (A19, A20).
        remaining_cpu: CPU units.
        remaining_memory: MiB.
        free_gpus: The ids of the GPUs that no task holds.
        remaining_neuron_devices: How many Neuron devices no task holds; None if the instance
            reports none, so that they are not checked (B44).
        remaining_resources: Further resources, those the instance was registered with.
        taken_tcp_ports: Host ports, ascending, the reserved ones included.
        taken_udp_ports: The same for udp.
        remaining_network_interfaces: None if their number is not known, and not checked (A28).
    """

    running_tasks: int
    remaining_cpu: int
    remaining_memory: int
    free_gpus: tuple[str, ...]
    remaining_neuron_devices: int | None
    remaining_resources: Mapping[str, int]
    taken_tcp_ports: tuple[int, ...]
    taken_udp_ports: tuple[int, ...]
    remaining_network_interfaces: int | None


@attrs.frozen(kw_only=True)
class Reservation:
    """What placements must leave free on an instance, for daemons that are to run there (A45).

    Attributes:
        cpu: CPU units.
        memory: MiB.
        resources: Further resources by name, those of which some is reserved.
        interfaces: Network interfaces.
    """

    cpu: int
    memory: int
    resources: Mapping[str, int]
    interfaces: int


@attrs.frozen(kw_only=True)
class PlacedTask:
    """A task on an instance: what it is of, what it holds, and what is known of it.

    Attributes:
        id: Its number (C15).
        instance: The id of the instance.
        group: Its group.
        stopping: Whether its desired status is STOPPED, while it still holds what it holds (A25).
        family: The family of its definition, None if not known.
        revision: The revision, None if not known.
        cpu: CPU units it holds.
        memory: MiB it holds.
        gpus: The ids of the GPUs it holds.
        neuron_devices: ``ALL`` if it asked for every Neuron device of the instance, else 0 (B44).
        resources: Further resources it holds.
        tcp_ports: Static host ports it holds.
        udp_ports: The same for udp.
        network_interface: Whether it has an interface of its own.
        last_status: One of Appendix D (C16).
        health: HEALTHY, UNHEALTHY or UNKNOWN.
        protected: Whether scale-in must leave it alone (4.7).
        deployment: The number of its deployment; lower is older.
    """

    id: int
    instance: str
    group: str
    stopping: bool
    family: str | None
    revision: int | None
    cpu: int
    memory: int
    gpus: tuple[str, ...]
    neuron_devices: int | str
    resources: Mapping[str, int]
    tcp_ports: tuple[int, ...]
    udp_ports: tuple[int, ...]
    network_interface: bool
    last_status: str
    health: str
    protected: bool
    deployment: int


def describe_instance(store: Store, row: int, taken: list[int] | None = None) -> Instance:
    """Return a row as an instance that would be registered as it is now.

    ``taken`` are the ports of the row, if the caller has them from ``ports_by_row``.
    """
    taken = _taken_ports(store, row) if taken is None else taken
    tasks, get, usage = store.tasks, store.matrix.get, usage_of(store, row, taken)
    registered = tasks.resources.registered[row].tolist()
    reserved = [port for port in taken if _is_reserved(store, row, port)]
    when = int(store.registered_at[row])
    return Instance(
        id=(get(store.arn_prefix, row) or "") + (store.ids[row] or ""),
        attributes={name: text or None for name, text in store.attributes_of(row).items()},
        ec2_instance_id=get(store.ec2_instance_id, row),
        status=get(store.status, row) or "",
        agent_connected=get(store.connected, row) == "true",
        agent_version=get(store.version, row),
        registered_at=None if when == UNKNOWN_TIME else from_microseconds(when),
        running_tasks=usage.running_tasks,
        cpu=registered[CPU],
        memory=registered[MEMORY],
        gpus=store.gpu_ids.get(row, ()),
        neuron_devices=store.neuron_devices[row][0] if row in store.neuron_devices else None,
        resources={
            name: registered[number]
            for number, name in tasks.resources.further()
            if registered[number]
        },
        tcp_ports=tuple([port for port in reserved if port < UDP]),
        udp_ports=tuple([port - UDP for port in reserved if port >= UDP]),
        network_interfaces=store.explicit_interfaces.get(row),
        remaining_cpu=usage.remaining_cpu,
        remaining_memory=usage.remaining_memory,
        free_gpus=usage.free_gpus,
        remaining_neuron_devices=usage.remaining_neuron_devices,
        remaining_resources=usage.remaining_resources,
        taken_tcp_ports=usage.taken_tcp_ports,
        taken_udp_ports=usage.taken_udp_ports,
    )


def usage_of(store: Store, row: int, taken: list[int] | None = None) -> Usage:
    """Return what a row has left; ``taken`` are its ports, where the caller knows them."""
    tasks = store.tasks
    left = tasks.resources.remaining(row).tolist()
    registered = tasks.resources.registered[row].tolist()
    ports = _taken_ports(store, row) if taken is None else taken
    known = registered[INTERFACE] < UNLIMITED
    return Usage(
        running_tasks=int(tasks.running[row]),
        remaining_cpu=left[CPU],
        remaining_memory=left[MEMORY],
        free_gpus=_gpu_ids(store, row, int(tasks.resources.gpus[row])),
        remaining_neuron_devices=_neuron_devices_left(store, row),
        remaining_resources={
            name: left[number]
            for number, name in tasks.resources.further()
            if registered[number] or left[number]
        },
        taken_tcp_ports=tuple([port for port in ports if port < UDP]),
        taken_udp_ports=tuple([port - UDP for port in ports if port >= UDP]),
        remaining_network_interfaces=left[INTERFACE] if known else None,
    )


def reservation_of(store: Store, row: int) -> Reservation:
    """Return what placements must leave free on a row."""
    resources = store.tasks.resources
    reserved = resources.reserved_on(row).tolist()
    further = {name: reserved[number] for number, name in resources.further() if reserved[number]}
    return Reservation(
        cpu=reserved[CPU],
        memory=reserved[MEMORY],
        resources=further,
        interfaces=reserved[INTERFACE],
    )


def placed_task(store: Store, position: int) -> PlacedTask:
    """Return the task at a position, which has not ended."""
    tasks = store.tasks
    task = {name: array[position].item() for name, array in tasks.task.items()}
    row, spec = task["row"], tasks.specs.listed[task["spec"]]
    demand = dict(spec.demand)
    fact = store.fact(task["id"])
    family, revision = spec.revision or (None, None)
    neuron = tasks.known_resource(NEURON)
    return PlacedTask(
        id=task["id"],
        instance=store.ids[row] or "",
        group=tasks.groups.names.texts[task["group"]] or "",
        stopping=not task["flags"] & COUNTED,
        family=family,
        revision=revision,
        cpu=demand.get(CPU, 0),
        memory=demand.get(MEMORY, 0),
        gpus=_gpu_ids(store, row, task["gpus"]),
        neuron_devices=ALL_NEURON_DEVICES if neuron in demand else 0,
        resources={
            name: demand[number] for number, name in tasks.resources.further() if number in demand
        },
        tcp_ports=tuple([port for port in spec.ports if port < UDP]),
        udp_ports=tuple([port - UDP for port in spec.ports if port >= UDP]),
        network_interface=INTERFACE in demand,
        last_status=fact.last_status,
        health=fact.health,
        protected=fact.protected,
        deployment=fact.deployment,
    )


def _neuron_devices_left(store: Store, row: int) -> int | None:
    """Return how many Neuron devices no task of a row holds, None if it reports none (B44).

    What a document reported as left while others were in use is so until a task that came in no
    document takes all of them.
    """
    counts = store.neuron_devices.get(row)
    if counts is None:
        return None
    registered, at_first = counts
    tasks, column = store.tasks, store.tasks.resources.names.index(NEURON)
    if registered == 0 or tasks.resources.free[row, column] > 0:
        return max(registered, at_first)
    if at_first >= registered:
        return 0
    holders = [task for task in tasks.on(row) if (column, 1) in tasks.spec_of(task).demand]
    is_new = any(tasks.task["id"].item(task) not in store.arns for task in holders)
    return 0 if is_new else at_first


def counts_of(store: Store, group: str | None) -> Array:
    """Return how many tasks of a group, or of all, count on each row."""
    rows = len(store.ids)
    if group is None:
        return store.running[:rows].astype(np.int64)
    return group_counts(store, group)


def _taken_ports(store: Store, row: int) -> list[int]:
    """Return the ports of a row that are taken, udp ones with ``UDP`` added, ascending.

    The likely ones are looked up first, until as many are found as the row has taken: those that
    instances usually reserve, then those of tasks; what is left is searched among all ports.
    """
    ports = store.tasks.ports
    wanted = int(ports.taken[row])
    found: set[int] = set()
    for port in chain(USUAL_PORTS, _ports_of_tasks(store, row)):
        if len(found) == wanted:
            break
        if ports.owner(row, port) != NO_OWNER:
            found.add(port)
    if len(found) < wanted:  # others are reserved, or of unknown tasks
        found = set(ports.taken_on(row))
    return sorted(found)


def _ports_of_tasks(store: Store, row: int) -> Iterator[int]:
    """Yield at least the static ports of the tasks on a row, some perhaps more than once."""
    tasks = store.tasks
    known = tasks.specs.ports[: tasks.specs.port_start[len(tasks.specs.listed)]]
    if len(known) < tasks.running[row]:  # fewer than the row has tasks: those of all tasks
        yield from known.tolist()
        return
    for task in tasks.on(row):
        yield from tasks.spec_of(task).ports


def ports_by_row(store: Store) -> dict[int, list[int]]:
    """Return the taken ports of all rows that have any, as ``_taken_ports`` does for one row."""
    return store.tasks.ports.taken_by_row()


def _is_reserved(store: Store, row: int, port: int) -> bool:
    return store.tasks.ports.owner(row, port) == RESERVED


def _gpu_ids(store: Store, row: int, bits: int) -> tuple[str, ...]:
    ids = store.gpu_ids.get(row, ())
    return tuple([id for place, id in enumerate(ids) if bits >> place & 1])
