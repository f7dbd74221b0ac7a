"""EC2 instance types: what a machine of a type has, and what it registers of that (2.2, C12).

In: the name of a type.  Out: ``InstanceType``, or ``DocumentError``.  ``data/README.md`` says where
the table comes from.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources

import attrs

from placement.errors import DocumentError, describe_value
from placement.machines.eni_limits import interfaces_of
from placement.suggest import closest_match

__all__ = ["MEASURED", "InstanceType", "instance_type", "instance_types", "kernel_leaves"]

MEASURED = {"m4.large": 7985, "c4.large": 3768, "c4.4xlarge": 30158}
"""MiB that machines of these types registered: memory-management.md, cloudwatch-metrics.md."""

PAGE_SHARE, FIXED = 64, 47
"""What the kernel keeps: one part in 64 (64 bytes for each page of 4 KiB) and some MiB.

The constant is the one whose largest error over ``MEASURED`` is smallest: 35 MiB, which is 0.9 % of
a c4.large and 0.1 % of a c4.4xlarge.
"""


ZONES_KNOWN_IN = "us-east-1"
"""The region whose zones and prices the table has."""


@attrs.frozen
class InstanceType:
    """An EC2 instance type.

    Attributes:
        name: ``m5.large``.
        vcpus: 1,024 CPU units each.
        memory: MiB, nominal.
        architecture: ``x86_64`` or ``arm64``.
        gpus: Number of whole GPUs.
        price: USD per hour, Linux On-Demand in us-east-1; None: not known.
        zones: Letters of the zones of us-east-1 that offer it.
        current_generation: Whether EC2 lists it as of the current generation.
        bare_metal: Whether it has no hypervisor.
        burstable: Whether its CPU performance is burstable.
        storage_gb: GB of instance storage.
        accelerator: ``gpu`` or ``inference``; None: it has none.
        accelerators: How many, a part of a GPU as one.
        accelerator_memory: MiB of all of them together; 0: none, or not known.
    """

    name: str
    vcpus: int
    memory: int
    architecture: str
    gpus: int
    price: Decimal | None = None
    zones: str = ""
    current_generation: bool = True
    bare_metal: bool = False
    burstable: bool = False
    storage_gb: int = 0
    accelerator: str | None = None
    accelerators: int = 0
    accelerator_memory: int = 0

    @property
    def cpu(self) -> int:
        """The CPU units that a machine of this type registers."""
        return self.vcpus * 1024

    @property
    def registered_memory(self) -> int:
        """The MiB that a machine of this type registers while ``ECS_RESERVED_MEMORY`` is 0.

        Observed for three types (``MEASURED``); otherwise a formula that fits those within 35 MiB:
        the nominal memory less 1/64 of it and 47 MiB.
        """
        return MEASURED.get(self.name, kernel_leaves(self.memory))

    def is_offered_in(self, zone: str) -> bool:
        """Return whether a zone offers it: known for us-east-1, yes everywhere else (C45)."""
        region, letter = zone[:-1], zone[-1:]
        return region != ZONES_KNOWN_IN or letter in self.zones

    @property
    def network_interfaces(self) -> int | None:
        """Tasks with an interface of their own that fit without a trunk, None if unknown (C12)."""
        return interfaces_of(self.name, False)

    @property
    def trunk_interfaces(self) -> int | None:
        """The same with a trunk, None if the type cannot have one (Appendix A)."""
        return interfaces_of(self.name, True)


def kernel_leaves(memory: int) -> int:
    """Return how many of ``memory`` MiB the operating system's kernel leaves, by formula."""
    return max(0, memory - memory // PAGE_SHARE - FIXED)


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Return every known instance type by name."""
    source = resources.files("placement").joinpath("machines", "data", "ec2_types.csv")
    return {
        line["instance_type"]: InstanceType(
            line["instance_type"],
            int(line["vcpus"]),
            int(line["memory_mib"]),
            line["arch"],
            int(line["gpus"]),
            Decimal(line["usd_per_hour"]) if line["usd_per_hour"] else None,
            line["zones"],
            line["generation"] == "current",
            line["bare_metal"] == "1",
            line["burstable"] == "1",
            int(line["storage_gb"]),
            line["accelerator"] or None,
            int(line["accelerators"]),
            int(line["accelerator_mib"]),
        )
        for line in csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    }


def instance_type(name: str) -> InstanceType:
    """Return an instance type.

    Raises:
        DocumentError: there is none of this name.
    """
    known = instance_types()
    if isinstance(name, str) and name in known:
        return known[name]
    close = None
    if isinstance(name, str):
        close = closest_match(name, known, cutoff=0.6, ignore_case=False)
    advice = f"; did you mean {close}?" if close else ""
    raise DocumentError(
        f"no EC2 instance type {describe_value(name)} is known{advice}", "instance_type"
    )
