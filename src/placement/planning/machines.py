"""New machines for a cluster: what one of a type has in a zone when it has just registered.

In: what is to be assumed of new machines, a cluster, a task.  Out: ``Offer`` values: a type in a
zone, its price, and an ``Instance`` with all that an ECS-optimised AMI registers.  Nothing is
decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

import attrs

from placement.engine.cluster import Cluster
from placement.engine.columns import TextColumn
from placement.engine.request import Task
from placement.engine.views import Reservation
from placement.errors import UsageError, describe_value
from placement.machines.ec2_types import ZONES_KNOWN_IN, InstanceType, instance_type, instance_types
from placement.machines.registration import machine, registered_instance
from placement.model import Instance
from placement.model.attribute_names import ZONE
from placement.model.checks import checked_attributes, checked_text, frozen_mapping, validator
from placement.planning.zones import zones_of

__all__ = ["NewMachine", "Offer", "offers", "zones_for"]

TRUNK = "ecs.awsvpc-trunk-id"
WINDOWS = "WINDOWS"
"""How the names of Windows platforms begin."""

DEFAULT_ZONES = tuple([f"{ZONES_KNOWN_IN}{letter}" for letter in "abcdef"])
"""Zones that are looked at where neither the caller, the task nor the cluster names one."""


@attrs.frozen
class NewMachine:
    """What is to be assumed of new machines.

    Attributes:
        instance_type: EC2's name of their type; None: the type that costs least.
        zone: The availability zone; None: one of the zones that the task names, else of the
            cluster's, the first in order of name in which the type takes the task.
        attributes: Custom attributes beside those that the AMI registers, which they replace.
        trunking: Whether they have trunk interfaces, where type and system allow it (B48); None: if
            some instance of the cluster has one.
        reserved: What daemons will take of each; None: nothing (A45).

    Raises:
        DocumentError: an attribute or the zone is not valid, or there is no such type.
        UsageError: another argument is not of its kind.
    """

    instance_type: str | None = attrs.field(default=None)
    zone: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(validator(checked_text))
    )
    attributes: Mapping[str, str | None] = attrs.field(
        factory=dict, converter=frozen_mapping, validator=validator(checked_attributes), hash=False
    )
    trunking: bool | None = attrs.field(default=None)
    reserved: Reservation | None = attrs.field(default=None, hash=False)

    def __attrs_post_init__(self) -> None:
        if self.instance_type is not None:
            instance_type(self.instance_type)
        if self.trunking is not None and not isinstance(self.trunking, bool):
            raise UsageError(f"trunking is true or false, not {describe_value(self.trunking)}")
        if self.reserved is not None and not isinstance(self.reserved, Reservation):
            raise UsageError(f"reserved is a Reservation, not {describe_value(self.reserved)}")


@attrs.frozen
class Offer:
    """A type of machine in a zone.

    Attributes:
        type: The type.
        zone: The zone.
        price: USD per hour; None: not known.
        instance: What a new machine registers, with its type and zone as its id, and as many Neuron
            devices as the type has: a plan must not put tasks that want some where there are none,
            though ``machine`` leaves out what no published source says that agents register (B44).
    """

    type: InstanceType
    zone: str
    price: Decimal | None
    instance: Instance


def zones_for(cluster: Cluster, task: Task, new: NewMachine) -> tuple[str, ...]:
    """Return the zones in which a new machine may be, in the order in which they are tried."""
    if new.zone is not None:
        return (new.zone,)
    if task.zones:
        return tuple(dict.fromkeys(task.zones))
    return zones_of(cluster) or DEFAULT_ZONES


def offers(cluster: Cluster, task: Task, new: NewMachine, zone: str) -> Iterator[Offer]:
    """Yield the types that may be launched in a zone.

    A type that is named is yielded with or without a price, except in a zone of us-east-1 that is
    known not to offer it; of all others those that have a price (C45) and are offered in the zone.
    """
    trunking = _has_trunk(cluster) if new.trunking is None else new.trunking
    system = "windows" if (task.operating_system or "").startswith(WINDOWS) else "linux"
    family = task.operating_system if system == "windows" else None
    named = new.instance_type
    types = instance_types().values() if named is None else [instance_type(named)]
    for type in types:
        price = type.price if system == "linux" else None
        is_known = named is None or bool(type.zones)  # where a named type is offered
        if (named is None and price is None) or (is_known and not type.is_offered_in(zone)):
            continue
        like = _registered(type.name, system, family, trunking)
        attributes = {**like.attributes, ZONE: zone}
        if task.vpc is not None:
            attributes["ecs.vpc-id"] = task.vpc
        instance = attrs.evolve(
            like,
            id=f"{type.name} in {zone}",
            attributes={**attributes, **new.attributes},
            neuron_devices=type.accelerators if type.accelerator == "inference" else 0,
        )
        yield Offer(type, zone, price, instance)


def _has_trunk(cluster: Cluster) -> bool:
    """Return whether some instance of a cluster has a trunk interface."""
    column = cluster.column(f"attribute:{TRUNK}")
    return isinstance(column, TextColumn) and bool((column.codes >= 0).any())


@cache
def _registered(name: str, system: str, os_family: str | None, trunking: bool) -> Instance:
    """Return what a machine of a type registers; its zone is written over."""
    arguments = machine(
        name,
        DEFAULT_ZONES[0],
        operating_system=system,
        os_family=os_family,
        trunking=trunking,
    )
    return registered_instance(arguments, name)
