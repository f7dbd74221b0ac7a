"""How much instances have, and how much of it is used: values that can be added up.

In: amounts of single instances.  Out: ``Amount`` and ``Use``, for one instance or for several.
Amounts are Python's whole numbers: sums over a cluster may exceed 64 bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

__all__ = ["Amount", "Use", "total_of"]


@attrs.frozen
class Amount:
    """An amount of one resource.

    Attributes:
        registered: How much there is.
        remaining: How much of it no task holds; below 0 where tasks hold more than there is.
        reserved: How much of what remains placements leave for daemons (A45).
    """

    registered: int
    remaining: int
    reserved: int = 0

    @property
    def used(self) -> int:
        """How much tasks hold."""
        return self.registered - self.remaining

    @property
    def free(self) -> int:
        """How much placements may take; below 0 where it is less than nothing."""
        return self.remaining - self.reserved


@attrs.frozen
class Use:
    """What some instances have, and what is used of it.

    Attributes:
        instances: How many instances; INACTIVE ones are never among them.
        taking: How many of these are ACTIVE and connected: only they take new tasks (2.1).
        tasks: ``runningTasksCount`` of all of them together (A19).
        cpu: CPU units.
        memory: MiB.
        gpus: Whole GPUs.
        interfaces: Network interfaces for tasks, of the instances whose number is known (C12).
        unknown_interfaces: How many instances have an unknown number, which is not checked (A28).
        ports: Host ports that are taken, those that agents reserve left out.
        exhausted: Resources by name (``cpu``, ``memory``, ``gpus``, ``interfaces``) to how many of
            the instances that take tasks were registered with some and have none free: there the
            resource is what binds.
    """

    instances: int
    taking: int
    tasks: int
    cpu: Amount
    memory: Amount
    gpus: Amount
    interfaces: Amount
    unknown_interfaces: int
    ports: int
    exhausted: Mapping[str, int]


def total_of(uses: Iterable[Use]) -> Use:
    """Return the use of several instances together; that of none is 0 in everything."""
    listed = list(uses)
    exhausted: Counter[str] = Counter()
    for use in listed:
        exhausted.update(use.exhausted)
    return Use(
        sum(use.instances for use in listed),
        sum(use.taking for use in listed),
        sum(use.tasks for use in listed),
        _sum(use.cpu for use in listed),
        _sum(use.memory for use in listed),
        _sum(use.gpus for use in listed),
        _sum(use.interfaces for use in listed),
        sum(use.unknown_interfaces for use in listed),
        sum(use.ports for use in listed),
        dict(exhausted),
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    listed = list(amounts)
    return Amount(
        sum(amount.registered for amount in listed),
        sum(amount.remaining for amount in listed),
        sum(amount.reserved for amount in listed),
    )
