"""A container instance as it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from placement.errors import DocumentError, describe_value
from placement.kernels.fields import UDP
from placement.model.checks import (
    MAX_GPUS,
    as_tuple,
    checked_amount,
    checked_amounts,
    checked_amounts_left,
    checked_attributes,
    checked_count,
    checked_flag,
    checked_gpus,
    checked_left,
    checked_moment,
    checked_ports,
    checked_status,
    checked_text,
    checked_texts,
    frozen_amounts,
    frozen_mapping,
    optional,
    ports_tuple,
    validator,
)
from placement.model.numbers import plain_flag, plain_number
from placement.model.representation import given_fields

__all__ = ["LINUX_PORTS", "WINDOWS_PORTS", "Instance"]

LINUX_PORTS = (22, 2375, 2376, 51678, 51679)
WINDOWS_PORTS = (2375, 2376, 51678, 51679, 3389, 135, 445, 5985, 5986, 53, 139)
"""The host ports that the agent reserves by default (2.3, B13)."""


def gpus_value(value: Any) -> Any:
    """Return a number of GPUs as ``int``, several ids as a tuple, anything else as it is."""
    return plain_number(as_tuple(value))


@attrs.frozen(kw_only=True, repr=False)
class Instance:
    """A container instance, as it is registered (C9 says what is assumed where nothing is given).

    Attributes:
        id: The container instance's ARN, or the ARN's last part.
        attributes: Names to values; None (or "") for an attribute without value.
        ec2_instance_id: ``i-...``, or the managed-instance id of an external instance.
        status: One of ``STATUSES``.
        agent_connected: Whether the agent is connected.
        agent_version: The agent's version, or None if unknown.
        registered_at: When it registered (with an offset), or None if unknown.
        running_tasks: Tasks on it whose desired status is RUNNING (A19).
        cpu: CPU units (1,024 are one vCPU).
        memory: MiB.
        gpus: The ids of its GPUs, or how many it has.
        neuron_devices: How many Neuron devices, or cores of such, it reports; None: it reports
            none of either, and whether tasks find any there is not checked (B44).
        resources: Further resources by name.
        tcp_ports: Host ports it reserves (None: the agent's default, B13).
        udp_ports: The same for udp.
        network_interfaces: Tasks with an interface of their own that fit (None: by its type, C12).
        remaining_cpu: CPU units left (None, here and below: nothing is taken, C9); below 0 where
            more is taken than there is, as of all amounts that are left (C10).
        remaining_memory: MiB left.
        free_gpus: The ids of the GPUs that are free (B14).
        remaining_neuron_devices: How many Neuron devices or cores are left; unless it is all of
            them, they are in use, since a task takes all (B44).
        remaining_resources: What is left of further resources.
        taken_tcp_ports: Host ports that are taken, reserved ones included.
        taken_udp_ports: The same for udp.

    Raises:
        DocumentError: a value is not of its kind; ``path`` is the field's name.
    """

    id: str = attrs.field(validator=validator(checked_text))
    attributes: Mapping[str, str | None] = attrs.field(
        factory=dict, converter=frozen_mapping, validator=validator(checked_attributes)
    )
    ec2_instance_id: str | None = attrs.field(default=None, validator=optional(checked_text))
    status: str = attrs.field(default="ACTIVE", validator=validator(checked_status))
    agent_connected: bool = attrs.field(
        default=True, converter=plain_flag, validator=validator(checked_flag)
    )
    agent_version: str | None = attrs.field(default=None, validator=optional(checked_text))
    registered_at: datetime | None = attrs.field(default=None, validator=validator(checked_moment))
    running_tasks: int = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_count)
    )
    cpu: int = attrs.field(default=0, converter=plain_number, validator=validator(checked_amount))
    memory: int = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_amount)
    )
    gpus: int | tuple[str, ...] = attrs.field(
        default=0, converter=gpus_value, validator=validator(checked_gpus)
    )
    neuron_devices: int | None = attrs.field(
        default=None, converter=plain_number, validator=optional(checked_amount)
    )
    resources: Mapping[str, int] = attrs.field(
        factory=dict, converter=frozen_amounts, validator=validator(checked_amounts)
    )
    tcp_ports: tuple[int, ...] | None = attrs.field(
        default=None, converter=ports_tuple, validator=optional(checked_ports)
    )
    udp_ports: tuple[int, ...] | None = attrs.field(
        default=None, converter=ports_tuple, validator=optional(checked_ports)
    )
    network_interfaces: int | None = attrs.field(
        default=None, converter=plain_number, validator=optional(checked_amount)
    )
    remaining_cpu: int | None = attrs.field(
        default=None, converter=plain_number, validator=optional(checked_left)
    )
    remaining_memory: int | None = attrs.field(
        default=None, converter=plain_number, validator=optional(checked_left)
    )
    free_gpus: tuple[str, ...] | None = attrs.field(
        default=None, converter=as_tuple, validator=optional(checked_texts)
    )
    remaining_neuron_devices: int | None = attrs.field(
        default=None, converter=plain_number, validator=optional(checked_left)
    )
    remaining_resources: Mapping[str, int] = attrs.field(
        factory=dict, converter=frozen_amounts, validator=validator(checked_amounts_left)
    )
    taken_tcp_ports: tuple[int, ...] | None = attrs.field(
        default=None, converter=ports_tuple, validator=optional(checked_ports)
    )
    taken_udp_ports: tuple[int, ...] | None = attrs.field(
        default=None, converter=ports_tuple, validator=optional(checked_ports)
    )

    __repr__ = given_fields

    def __attrs_post_init__(self) -> None:
        ids = self.gpu_ids
        if len(ids) > MAX_GPUS:
            raise DocumentError(f"at most {MAX_GPUS} GPUs are supported, not {len(ids)}", "gpus")
        for id in self.free_gpus or ():
            if id not in ids:
                raise DocumentError(
                    f"{describe_value(id)} is none of the instance's GPUs", "free_gpus"
                )

    @property
    def gpu_ids(self) -> tuple[str, ...]:
        """The ids of the GPUs; where only their number was given, that of their place."""
        if isinstance(self.gpus, int):
            return tuple([str(place) for place in range(min(self.gpus, MAX_GPUS + 1))])
        return self.gpus

    def reserved_ports(self) -> list[int]:
        """Return the host ports that it reserves (B13), udp ones with 65,536 added."""
        tcp = self.tcp_ports
        if tcp is None:
            windows = self.attributes.get("ecs.os-type") == "windows"
            tcp = WINDOWS_PORTS if windows else LINUX_PORTS
        return [*tcp, *[port + UDP for port in self.udp_ports or ()]]

    def taken_ports(self) -> list[int]:
        """Return the host ports that are taken, reserved ones included, written the same way.

        Where nothing says which are taken, those are that it reserves (C9).
        """
        reserved = self.reserved_ports()
        tcp = [port for port in reserved if port < UDP]
        udp = [port for port in reserved if port >= UDP]
        if self.taken_tcp_ports is not None:
            tcp = list(self.taken_tcp_ports)
        if self.taken_udp_ports is not None:
            udp = [port + UDP for port in self.taken_udp_ports]
        return tcp + udp
