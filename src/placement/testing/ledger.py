"""An independent record of which task runs where, kept from a scheduler's calls alone.

In: instances as they were registered and changed, tasks as they were placed and stopped; what a
scheduler says of itself. Out: nothing, or an AssertionError that says what disagrees. Every number
is counted from the tasks whenever it is needed, and no number is taken from the scheduler.  Knows
neither strategies nor Hypothesis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from placement.engine.checks import required_attributes
from placement.engine.request import AtMost, ConstraintOrFilter, DistinctInstance, MemberOf, Task
from placement.engine.results import Request
from placement.engine.specs import static_ports
from placement.lang.evaluate import holds
from placement.machines.eni_limits import interfaces_of
from placement.model import MAX_PORTS, UDP, Instance
from placement.model.attribute_names import EXTERNAL
from placement.testing.scheduler import Reading, TaskId
from placement.timestamps import microseconds

__all__ = ["Host", "Ledger"]


def group_of(request: Request) -> str:
    """Return the group of a request's tasks (C14)."""
    return f"family:{request.task.family}" if request.group is None else request.group


def constraints_of(request: Request) -> tuple[ConstraintOrFilter, ...]:
    """Return the constraints of both levels: all of them must hold (2.6)."""
    return (*request.task.constraints, *request.constraints)


@attrs.define
class Host:
    """An instance: as it was registered, what has changed since, and the tasks on it.

    Tasks have numbers, in the order in which they were placed on any instance.
    """

    instance: Instance
    attributes: dict[str, str | None]
    status: str
    connected: bool
    tasks: dict[int, tuple[Task, str]] = attrs.Factory(dict)
    """Task and group by number."""

    # One instance as the language sees it (``lang.evaluate.Record``)

    def text(self, column: str) -> str | None:
        """Return the text in a column, None if absent."""
        match column:
            case "agentConnected":
                return "true" if self.connected else "false"
            case "agentVersion":
                return self.instance.agent_version
            case "ec2InstanceId":
                return self.instance.ec2_instance_id
        name = column.removeprefix("attribute:")
        return (self.attributes[name] or "") if name in self.attributes else None

    def number(self, column: str) -> int | None:
        """Return the number in a column, None if unknown."""
        if column == "runningTasksCount":
            return self.instance.running_tasks + len(self.tasks)
        when = self.instance.registered_at
        return None if when is None else microseconds(when)

    def groups(self) -> Mapping[str, int]:
        """Return how many tasks of each group are here."""
        return Counter(group for _, group in self.tasks.values())

    # What there is, and what the tasks hold of it

    def offered(self) -> dict[str, int]:
        """Return the amounts that were free when the instance was registered (C9)."""
        instance = self.instance
        amounts = {name: instance.remaining_resources.get(name, n) for name, n in _further(self)}
        cpu, memory = instance.remaining_cpu, instance.remaining_memory
        amounts["cpu"] = instance.cpu if cpu is None else cpu
        amounts["memory"] = instance.memory if memory is None else memory
        amounts["gpu"] = len(self.free_gpus())
        return amounts

    def held(self) -> Counter[str]:
        """Return the amounts that the tasks hold together."""
        total: Counter[str] = Counter()
        for task, _ in self.tasks.values():
            total.update(self.amounts_of(task))
        return total

    def amounts_of(self, task: Task) -> dict[str, int]:
        """Return the amounts that a task holds here."""
        gpus = self.number_of_gpus(task)
        return {**task.resources, "cpu": task.cpu, "memory": task.memory, "gpu": gpus}

    def number_of_gpus(self, task: Task) -> int:
        """Return how many GPUs a task holds here; with ALL every GPU of the instance (B44)."""
        return len(self.instance.gpu_ids) if isinstance(task.gpus, str) else task.gpus

    def free_gpus(self) -> frozenset[str]:
        """Return the GPUs that were free when the instance was registered."""
        free = self.instance.free_gpus
        return frozenset(self.instance.gpu_ids if free is None else free)

    def neuron_devices_left(self) -> int | None:
        """Return how many Neuron devices no task holds, None if it reports none (B44)."""
        instance = self.instance
        if instance.neuron_devices is None:
            return None
        left = instance.remaining_neuron_devices
        if any(task.neuron_devices for task, _ in self.tasks.values()):
            return 0
        return instance.neuron_devices if left is None else left

    def has_neuron_devices(self) -> bool:
        """Return whether a task that takes all Neuron devices may come, as far as is known."""
        left = self.neuron_devices_left()
        return left is None or 0 < left == self.instance.neuron_devices

    def ports(self) -> Counter[int]:
        """Return how often each port is held, udp ones with UDP added."""
        taken = Counter(set(self.instance.taken_ports()))
        for task, _ in self.tasks.values():
            taken.update(static_ports(task))
        return taken

    def interfaces_left(self) -> int | None:
        """Return how many more tasks with an interface fit, None if that is not known (C12)."""
        capacity = self.instance.network_interfaces
        if capacity is None:
            trunk = "ecs.awsvpc-trunk-id" in self.attributes
            capacity = interfaces_of(self.attributes.get("ecs.instance-type"), trunk)
        if capacity is None:
            return None
        return capacity - sum(task.network_interface for task, _ in self.tasks.values())

    # Whether one more task may be placed

    def refuses(self, request: Request) -> Iterator[str]:
        """Yield why a task must not be here, whatever room there is (C17)."""
        task = request.task
        if self.status != "ACTIVE":
            yield f"it is {self.status}"
        if not self.connected:
            yield "its agent is not connected"
        if EXTERNAL in self.attributes and task.launch_type != "EXTERNAL":
            yield f"the launch type is {task.launch_type}"
        for name, value in required_attributes(task):
            has = self.text(f"attribute:{name}")
            if has is None or (value is not None and has != value):
                yield f"attribute {name} is {has!r}"
        if task.zones and self.attributes.get("ecs.availability-zone") not in task.zones:
            yield "it is in another zone"
        if task.network_interface and self.interfaces_left() == 0:
            yield "no network interface is left"
        for constraint in constraints_of(request):
            if isinstance(constraint, MemberOf) and not holds(constraint.query.typed, self):
                yield f"{constraint.query} is false"
            if isinstance(constraint, DistinctInstance) and self.groups().get(group_of(request)):
                yield f"a task of {group_of(request)} is there already"
            if isinstance(constraint, AtMost):
                there = self.groups().get(group_of(request), 0)
                if there >= constraint.count:
                    most = f"at most {constraint.count} tasks of {group_of(request)}"
                    yield f"it has {there} of {most} already"

    def lacks(self, request: Request) -> Iterator[str]:
        """Yield each resource of which there is not enough for one more task."""
        offered, held = self.offered(), self.held()
        if isinstance(request.task.gpus, str) and not self.instance.gpu_ids:
            yield "gpu"
        if request.task.neuron_devices and not self.has_neuron_devices():
            yield "Neuron devices"
        for name, amount in self.amounts_of(request.task).items():
            if amount and amount > offered.get(name, 0) - held[name]:
                yield name
        ports, taken = static_ports(request.task), self.ports()
        yield from (f"port {port}" for port in ports if taken[port])
        if ports and len(taken) + len(ports) > MAX_PORTS:
            yield "ports"

    # Disagreements

    def overcommitted(self) -> Iterator[str]:
        """Yield each resource of which the tasks hold more than there was."""
        offered = self.offered()
        for name, amount in self.held().items():
            if amount > offered.get(name, 0):
                yield f"tasks hold {amount} {name} of {offered.get(name, 0)}"
        takers = sum(bool(task.neuron_devices) for task, _ in self.tasks.values())
        count, left = self.instance.neuron_devices, self.instance.remaining_neuron_devices
        if count is not None and takers > (count > 0 and left in (None, count)):
            yield f"{takers} tasks hold all of its {count} Neuron devices"
        static = [port for task, _ in self.tasks.values() for port in static_ports(task)]
        if static and len(self.ports()) > MAX_PORTS:
            yield f"{len(self.ports())} ports are taken of {MAX_PORTS} (B20)"

    def held_twice(self, reading: Reading, names: Mapping[int, TaskId]) -> Iterator[str]:
        """Yield the ports and GPUs that more than one holds."""
        for port, times in self.ports().items():
            if times > 1:
                yield f"{_port(port)} is held {times} times"
        if reading.task_gpus is None:
            return
        holders = Counter(gpu for gpus in reading.task_gpus.values() for gpu in gpus)
        for gpu, times in holders.items():
            if times > 1:
                yield f"GPU {gpu} is held {times} times"
            if gpu not in self.free_gpus():
                yield f"GPU {gpu} is held, and was never free"
        for number, (task, _) in self.tasks.items():
            has = reading.task_gpus.get(names[number], ())
            wanted = self.number_of_gpus(task)
            if len(has) != wanted:
                yield f"task {names[number]} asked for {task.gpus} GPUs and holds {len(has)}"

    def recount(self, names: Mapping[int, TaskId]) -> Reading:
        """Return what a scheduler should say of this instance, but for which GPUs are held."""
        left = Counter(self.offered())
        left.subtract(self.held())
        ports = self.ports()
        return Reading(
            tasks=[names[number] for number in self.tasks],
            running_tasks=self.number("runningTasksCount"),
            groups=self.groups(),
            remaining_cpu=left["cpu"],
            remaining_memory=left["memory"],
            remaining_resources={name: left[name] for name, _ in _further(self)},
            remaining_neuron_devices=self.neuron_devices_left(),
            remaining_network_interfaces=self.interfaces_left(),
            taken_tcp_ports=[port for port in ports if port < UDP],
            taken_udp_ports=[port - UDP for port in ports if port >= UDP],
        )

    def miscounted(self, reading: Reading, names: Mapping[int, TaskId]) -> Iterator[str]:
        """Yield each field in which a scheduler differs from the recount."""
        counted = self.recount(names)
        for field in attrs.fields(Reading):
            said, right = getattr(reading, field.name), getattr(counted, field.name)
            if said is not None and right is not None and said != right:
                yield f"{field.name} is said to be {_listed(said)}, and is {_listed(right)}"
        if reading.free_gpus is not None:
            left = self.offered()["gpu"] - self.held()["gpu"]
            holders = (reading.task_gpus or {}).values()
            held = frozenset(gpu for gpus in holders for gpu in gpus)
            if len(reading.free_gpus) != left or reading.free_gpus & held:
                told = f"{_listed(reading.free_gpus)} are said to be free and {_listed(held)} held"
                yield f"of its GPUs {told}, and {left} are free"


def _further(host: Host) -> list[tuple[str, int]]:
    return list(host.instance.resources.items())


def _port(port: int) -> str:
    return f"udp port {port - UDP}" if port >= UDP else f"tcp port {port}"


def _listed(value: Any) -> str:
    return str(sorted(value, key=repr) if isinstance(value, frozenset) else value)


@attrs.define
class Ledger:
    """All instances, and the names that a scheduler gave the tasks on them."""

    hosts: dict[str, Host] = attrs.Factory(dict)

    def copy(self) -> Ledger:
        """Return an independent copy."""
        return Ledger(
            {
                id: attrs.evolve(host, attributes=dict(host.attributes), tasks=dict(host.tasks))
                for id, host in self.hosts.items()
            }
        )

    @property
    def running(self) -> list[int]:
        """The numbers of the tasks that run, ascending."""
        return sorted(number for host in self.hosts.values() for number in host.tasks)

    def register(self, instance: Instance) -> None:
        """Take on an instance."""
        attributes = dict(instance.attributes)
        self.hosts[instance.id] = Host(
            instance, attributes, instance.status, instance.agent_connected
        )

    def place(self, request: Request, first: int, count: int, chosen: Sequence[str]) -> list[str]:
        """Note that tasks were placed on the chosen instances, from number ``first`` on.

        Whether there was room for them is not asked here, but whether they may be there.  Returns
        the instances that had room for one more, if fewer than ``count`` were placed.

        Raises:
            AssertionError: one of them must not be where it is.
        """
        for number, id in enumerate(chosen, first):
            host = self.hosts.get(id)
            if host is None:
                raise AssertionError(f"a task was placed on {id}, which is not registered")
            for reason in host.refuses(request):
                raise AssertionError(f"a task was placed on {id}, where {reason}")
            host.tasks[number] = request.task, group_of(request)
        if len(chosen) > count:
            raise AssertionError(f"{len(chosen)} tasks were placed, and {count} were asked for")
        if len(chosen) == count:
            return []
        return [
            id
            for id, host in self.hosts.items()
            if not [*host.refuses(request), *host.lacks(request)]
        ]

    def stop(self, numbers: Sequence[int]) -> None:
        """Note that tasks were stopped."""
        for host in self.hosts.values():
            for number in numbers:
                host.tasks.pop(number, None)

    def check(self, readings: Mapping[str, Reading], names: Mapping[int, TaskId]) -> None:
        """Compare what a scheduler says of itself with this record.

        Args:
            readings: What it says of each instance.
            names: What it calls each task.

        Raises:
            AssertionError: something is over-committed, held twice or miscounted.
        """
        if readings.keys() != self.hosts.keys():
            said, right = sorted(readings), sorted(self.hosts)
            raise AssertionError(f"the instances are said to be {said}, and are {right}")
        for id, host in self.hosts.items():
            reading = readings[id]
            _refuse(id, "is over-committed", host.overcommitted())
            _refuse(id, "holds something twice", host.held_twice(reading, names))
            _refuse(id, "is miscounted", host.miscounted(reading, names))


def _refuse(id: str, fault: str, found: Iterator[str]) -> None:
    told = "; ".join(found)
    if told:
        raise AssertionError(f"{id} {fault}: {told}")
