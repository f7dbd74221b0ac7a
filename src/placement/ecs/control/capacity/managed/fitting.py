"""What waiting tasks ask of new instances: their size, and the types and zones that would do (D81).

In: tasks of services or calls, and the places where a provider may launch.  Out: ``TaskKind``, as
``placement.scaling.managed_instances`` takes it.  A new machine is read as it will register;
whether it has room is not asked here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.machines import machine_of
from placement.ecs.control.capacity.membership import PROVIDER_ATTRIBUTE
from placement.ecs.control.capacity.waiting import task_size
from placement.engine.checks.texts import required_attributes
from placement.engine.request import Constraint, MemberOf, Task
from placement.errors import RegexTimeout
from placement.lang.evaluate import holds
from placement.model import Instance
from placement.model.attribute_names import ZONE
from placement.scaling.managed_instances import InstanceOffer, TaskKind

__all__ = ["Places", "Wish", "kind_of"]

SUBNET, VPC = "ecs.subnet-id", "ecs.vpc-id"
OF_ZONES = frozenset({ZONE, SUBNET, VPC})
"""Attributes in which machines of a type may differ from zone to zone."""


@attrs.frozen
class Wish:
    """What tasks of one kind ask for, beside what they run.

    Attributes:
        task: What the engine would place, on any instance of the provider.
        constraints: Those of the service or call; those of the definition are the task's own.
        group: Their group.
        zone: The zone that they must go to; None: any that the task allows.
    """

    task: Task
    constraints: tuple[Constraint, ...]
    group: str
    zone: str | None = None

    @property
    def key(self) -> Hashable:
        """What is equal for tasks that ask for the same; definitions are read once each."""
        return id(self.task), self.constraints, self.group, self.zone

    def allows(self, zone: str) -> bool:
        """Return whether a zone would do."""
        if self.zone is not None:
            return zone == self.zone
        return not self.task.zones or zone in self.task.zones


@attrs.frozen(eq=False)
class _Machine:
    """A machine that has just registered, as the query language asks for it.

    Attributes:
        instance: What machines of its type register.
        attributes: Its own attributes, with those of its place.
        registered_at: The moment.
    """

    instance: Instance
    attributes: Mapping[str, str | None]
    registered_at: int

    def text(self, column: str) -> str | None:
        kind, colon, name = column.partition(":")
        if colon and kind == "attribute":
            return (self.attributes[name] or "") if name in self.attributes else None
        known = {
            "agentConnected": "true",
            "agentVersion": self.instance.agent_version,
            "status": "ACTIVE",
        }
        return known.get(column)

    def number(self, column: str) -> int | None:
        return 0 if column == "runningTasksCount" else self.registered_at

    def groups(self) -> Mapping[str, int]:
        return {}


class Places:
    """The machines that a provider may launch: one for each of its types and zones."""

    def __init__(self, account: Account, provider: str, zones: Mapping[str, str]) -> None:
        """Read where machines would be; ``zones`` has the subnet of each zone."""
        self._now = account.time.now
        self._machines: dict[tuple[str, str], _Machine] = {}
        self._own: dict[str, dict[str, str | None]] = {}
        for zone, subnet in zones.items():
            own = self._own[zone] = {PROVIDER_ATTRIBUTE: provider, ZONE: zone, SUBNET: subnet}
            if subnet in account.subnets:
                own[VPC] = account.subnets[subnet][0]

    def suitable(
        self, wish: Wish, offers: Iterable[InstanceOffer]
    ) -> frozenset[tuple[str, str]] | None:
        """Return the pairs of zone and type that would do, None if all do."""
        zones = [zone for zone in self._own if wish.allows(zone)]
        required = required_attributes(wish.task)
        is_alike = OF_ZONES.isdisjoint(name for name, _ in required)
        constraints = (*wish.task.constraints, *wish.constraints)
        expressions = [one for one in constraints if isinstance(one, MemberOf)]
        found, number = set(), 0
        for offer in offers:
            number += len(self._own)
            suits = True
            for place, zone in enumerate(zones):
                if place and is_alike and not expressions:
                    if suits:
                        found.add((zone, offer.name))
                    continue
                machine = self._machine(offer.name, zone)
                if not (place and is_alike):
                    suits = _suits(machine, wish.task, required)
                if suits and all(_is_true(one, machine) for one in expressions):
                    found.add((zone, offer.name))
        return None if len(found) == number else frozenset(found)

    def _machine(self, instance_type: str, zone: str) -> _Machine:
        """Return the machine of a type in a zone, as it would register now."""
        known = self._machines.get((instance_type, zone))
        if known is None:
            instance = machine_of(instance_type, None)
            attributes = {**instance.attributes, **self._own[zone]}
            known = self._machines[instance_type, zone] = _Machine(instance, attributes, self._now)
        return known


def _suits(machine: _Machine, task: Task, required: Sequence[tuple[str, str | None]]) -> bool:
    """Return whether an empty machine has what a task needs, amounts of ``TaskSize`` left aside."""
    instance, attributes = machine.instance, machine.attributes
    for name, value in required:
        if name not in attributes or (value is not None and attributes[name] != value):
            return False
    if any(instance.resources.get(name, 0) < need for name, need in task.resources.items()):
        return False
    reserved_tcp, reserved_udp = set(instance.tcp_ports or ()), set(instance.udp_ports or ())
    return reserved_tcp.isdisjoint(task.tcp_ports) and reserved_udp.isdisjoint(task.udp_ports)


def _is_true(one: MemberOf, machine: _Machine) -> bool:
    """Return whether an expression is true of a machine; without an answer in time it is not."""
    try:
        return holds(one.query.typed, machine)
    except RegexTimeout:
        return False


def kind_of(wish: Wish, places: Places, offers: Iterable[InstanceOffer]) -> TaskKind:
    """Return what tasks ask of new instances."""
    size = task_size(wish.task, (*wish.task.constraints, *wish.constraints), wish.group)
    return TaskKind(size, places=places.suitable(wish, offers))
