"""What Managed Instances are chosen from and for: types on offer, and waiting tasks (S12.2).

In: values of a caller.  Out: the same, checked.  How they are weighed is in ``instance_market``.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction

import attrs

from placement.errors import UsageError, describe_value
from placement.scaling.packing import MachineSize, TaskSize

__all__ = ["InstanceOffer", "PendingTask", "TaskKind"]


@attrs.frozen
class TaskKind:
    """What tasks ask of an instance.

    Attributes:
        size: Their size.
        architecture: The CPU architecture of their task definition; None: any.
        types: Types whose attributes satisfy constraints and capabilities; None: all.
        zones: Zones of their subnets; None: all.
        places: Pairs of zone and type that would do, where neither alone says it; None: all.
    """

    size: TaskSize
    architecture: str | None = None
    types: frozenset[str] | None = None
    zones: frozenset[str] | None = None
    places: frozenset[tuple[str, str]] | None = None

    def allows(self, zone: str, instance_type: str) -> bool:
        """Return whether a type in a zone would do, its architecture and size left aside."""
        return (
            (self.zones is None or zone in self.zones)
            and (self.types is None or instance_type in self.types)
            and (self.places is None or (zone, instance_type) in self.places)
        )


@attrs.frozen
class PendingTask:
    """A task that no running instance takes, and that no launching one was chosen for.

    Attributes:
        key: Any hashable value that names it.
        kind: What it asks for.
    """

    key: Hashable
    kind: TaskKind


@attrs.frozen
class InstanceOffer:
    """An instance type that may be launched.

    Attributes:
        name: Its name.
        size: What a machine of it registers.
        price: USD per hour, in the purchase option of the provider.
        architecture: Its CPU architecture.
        zones: Where it is offered; None: everywhere.
        available: How many may be launched, for reserved ones; None: any number.

    Raises:
        UsageError: the price is not a Fraction of at least 0, or ``available`` is below 0.
    """

    name: str
    size: MachineSize
    price: Fraction
    architecture: str = "x86_64"
    zones: frozenset[str] | None = None
    available: int | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.price, Fraction) or self.price < 0:
            raise UsageError(f"a price is a Fraction from 0, not {describe_value(self.price)}")
        if self.available is not None and self.available < 0:
            raise UsageError(f"available is at least 0, not {describe_value(self.available)}")

    def takes(self, kind: TaskKind, zone: str) -> bool:
        """Return whether it suits tasks of a kind in a zone, their size left aside."""
        suits = kind.architecture in (None, self.architecture)
        return suits and kind.allows(zone, self.name)
