"""Checks of amounts: CPU units, MiB of memory, network interfaces, GPUs, further resources.

In: a request, and what rows have left, were registered with and reserve for daemons.  Out: one
check for each amount above 0 that the task asks for, and for each other resource of which some row
reserves some.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Cause, Mask, Nearest, Numerators, PreparedCheck, Rows
from placement.engine.lookup import resource_number
from placement.kernels.fields import CPU, GPU, INTERFACE, MEMORY
from placement.model.checks import MAX_GPUS
from placement.state.resources import NAMES

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = [
    "AmountCheck",
    "EveryGpuCheck",
    "ReservationCheck",
    "prepare_cpu",
    "prepare_gpus",
    "prepare_interface",
    "prepare_memory",
    "prepare_resources",
]


_SHARE = math.lcm(*range(1, MAX_GPUS + 1))
"""An instance's GPUs together, so that a part of them is a whole number, however many it has."""

RESERVED_REMEDY = "what is reserved for daemons"
"""The remedy of leaving reservations out of account (A45)."""


@attrs.frozen
class AmountCheck(PreparedCheck):
    """There is enough left of a resource, beside what is reserved for daemons (A45).

    Attributes:
        store: The store of the cluster.
        reason: ``RESOURCE:`` and the resource's name.
        sentence: What is said of one instance that fails, and of several.
        resource: The number of the resource; None if no row ever had any.
        wanted: The amount that the task asks for, above 0.
        use_reserved: Whether the task may take what is reserved.
    """

    store: Store
    reason: str
    sentence: tuple[str, str]
    resource: int | None
    wanted: int
    use_reserved: bool = False

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that have less left than is wanted."""
        if self.resource is None:
            mask[:] = False
        else:
            mask &= self._left(rows, self.resource) >= self.wanted

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows that were registered with less than is wanted, beside what is reserved."""
        if self.resource is None:
            mask[:] = False
            return
        resources = self.store.tasks.resources
        most = resources.registered[rows, self.resource]
        if not self.use_reserved:
            most = most - resources.reserved_on(rows, self.resource)
        mask &= most >= self.wanted

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return the amount that is wanted, what remains, and what is reserved of it."""
        remaining, reserved = 0, 0
        if self.resource is not None:
            remaining, reserved = self.store.tasks.resources.amounts_of(row, self.resource)
        one, several = _unit(self.reason)  # once: texts of thousands of rows are asked at once
        wanted, left = one if self.wanted == 1 else several, one if remaining == 1 else several
        text = f"{self.reason}: wanted {self.wanted} {wanted}, {remaining} {left} left"
        if reserved and not self.use_reserved:
            text += f", {_amount(self.reason, reserved)} reserved for daemons"
        return (text,)

    def causes(self, rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return the amount that is wanted, and which of the rows has the most left."""
        if self.resource == INTERFACE:  # ``sentence`` says it: one is wanted, and none is left
            return ()
        best = self.nearest(rows)
        most = _amount(self.reason, best.left)
        text = f"wanted {_amount(self.reason, self.wanted)}, {'at most ' * (len(rows) > 1)}{most}"
        where = self.store.ids[best.row]
        return ((f"{text} left, on {where}", np.ones(len(rows), np.bool_)),)

    def nearest(self, rows: npt.NDArray[np.int64], /) -> Nearest:
        """Return which of the rows has the most left."""
        left = np.zeros(len(rows), np.int64)
        if self.resource is not None:
            left = self._left(rows, self.resource)
        best = int(left.argmax())
        return Nearest(int(rows[best]), self.wanted, int(left[best]), _unit(self.reason))

    def missing_shares(self, rows: npt.NDArray[np.int64], /) -> tuple[Numerators, int]:
        """Return which part of the amount is missing."""
        left = np.zeros(len(rows), np.int64)
        if self.resource is not None:
            left = self._left(rows, self.resource)
        return self.wanted - left.astype(object), self.wanted

    def parts(self) -> Sequence[tuple[str, PreparedCheck]]:
        """Return the check that leaves reservations out of account, if there are any."""
        if self.use_reserved or not _is_reserved(self.store, self.resource):
            return ()
        return ((RESERVED_REMEDY, attrs.evolve(self, use_reserved=True)),)

    def _left(self, rows: Rows, resource: int) -> npt.NDArray[np.int64]:
        """Return what the task may take of what rows have left."""
        resources = self.store.tasks.resources
        if self.use_reserved:
            return resources.remaining(rows, resource)
        left: npt.NDArray[np.int64] = resources.free[rows, resource]
        return left


@attrs.frozen
class EveryGpuCheck(PreparedCheck):
    """The instance has GPUs, and none of them is in use (B44).

    Attributes:
        store: The store of the cluster.
    """

    store: Store

    reason = "RESOURCE:GPU"
    sentence = ("lacks GPUs", "lack GPUs")

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows without GPUs, and those that have less left than was registered."""
        resources = self.store.tasks.resources
        most = resources.registered[rows, GPU]
        mask &= (most > 0) & (resources.free[rows, GPU] == most)

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows without GPUs."""
        mask &= self.store.tasks.resources.registered[rows, GPU] > 0

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return how many GPUs there are, and how many remain."""
        most, left = self._amounts(row)
        if not most:
            return (f"{self.reason}: wanted all GPUs, has none",)
        return (f"{self.reason}: wanted all of {_amount(self.reason, most)}, {left} left",)

    def causes(self, rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return that there are no GPUs, or the fewest in use, of how many, and where."""
        has_some = self.store.tasks.resources.registered[rows, GPU] > 0
        none = ("wanted all, has none", ~has_some)
        if not has_some.any():
            return (none,)
        best = self.nearest(rows)
        least = "at least " * (int(has_some.sum()) > 1)
        used = f"{best.wanted - best.left} of {_amount(self.reason, best.wanted)} in use"
        text = f"wanted all, {least}{used}, on {self.store.ids[best.row]}"
        return ((text, has_some), none)

    def missing_shares(self, rows: npt.NDArray[np.int64], /) -> tuple[Numerators, int]:
        """Return which part of an instance's GPUs is in use; all of them where it has none."""
        shares = []
        for row in rows.tolist():
            most, left = self._amounts(row)
            shares.append(_SHARE if most == 0 else (most - left) * _SHARE // most)
        return np.array(shares, object), _SHARE

    def nearest(self, rows: npt.NDArray[np.int64], /) -> Nearest:
        """Return which of the rows has GPUs and the fewest in use; of one without, 1 is wanted."""
        found = [(*self._amounts(row), row) for row in rows.tolist()]
        most, left, row = min(found, key=lambda one: (one[0] == 0, one[0] - one[1]))
        return Nearest(row, max(most, 1), left, _unit(self.reason))

    def _amounts(self, row: int) -> tuple[int, int]:
        """Return how many GPUs a row was registered with, and how many are left."""
        resources = self.store.tasks.resources
        return int(resources.registered[row, GPU]), int(resources.free[row, GPU])


@attrs.frozen
class ReservationCheck(PreparedCheck):
    """No more is reserved for daemons than remains of a resource that the task does not ask for.

    Where more is reserved, an instance takes no task at all (D53).

    Attributes:
        store: The store of the cluster.
        reason: ``RESOURCE:`` and the resource's name.
        resource: The number of the resource.
    """

    store: Store
    reason: str
    resource: int

    remedy = RESERVED_REMEDY

    @property
    def sentence(self) -> tuple[str, str]:
        """Name the resource."""
        text = f"less {_name_of(self.reason)} left than is reserved for daemons"
        return f"has {text}", f"have {text}"

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that reserve more than they have left."""
        resources = self.store.tasks.resources
        left = resources.free[rows, self.resource]
        mask &= (left >= 0) | (resources.reserved_on(rows, self.resource) == 0)

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows that reserve more than they were registered with."""
        resources = self.store.tasks.resources
        reserved = resources.reserved_on(rows, self.resource)
        mask &= (resources.registered[rows, self.resource] >= reserved) | (reserved == 0)

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return what remains, and what is reserved."""
        amounts = self.store.tasks.resources.amounts_of(row, self.resource)
        texts = [_amount(self.reason, amount) for amount in amounts]
        return ("{}: {} left, {} reserved for daemons".format(self.reason, *texts),)


def _name_of(reason: str) -> str:
    """Return the name of a resource as it is written in a sentence."""
    return reason.removeprefix("RESOURCE:").lower()


def _amount(reason: str, amount: int) -> str:
    """Return an amount of a resource with its unit."""
    one, several = _unit(reason)
    return f"{amount} {one if amount == 1 else several}"


def _unit(reason: str) -> tuple[str, str]:
    """Return the unit of a resource, of one and of several."""
    return _UNITS.get(reason) or (_name_of(reason), _name_of(reason))


_UNITS = {
    "RESOURCE:CPU": ("CPU unit", "CPU units"),
    "RESOURCE:MEMORY": ("MiB", "MiB"),
    "RESOURCE:ENI": ("network interface", "network interfaces"),
    "RESOURCE:GPU": ("GPU", "GPUs"),
}
"""The units of amounts, of one and of several; further resources have none but their names."""


def _is_reserved(store: Store, resource: int | None) -> bool:
    """Return whether some row reserves some of a resource."""
    return resource is not None and store.tasks.resources.reserving[resource] > 0


def _checks_of(
    store: Store,
    criteria: Criteria,
    reason: str,
    sentence: tuple[str, str],
    resource: int | None,
    wanted: int,
) -> Iterator[PreparedCheck]:
    """Yield the check of an amount, or else of what is reserved, if there is anything to check."""
    if wanted:
        use_reserved = criteria.use_reserved
        yield AmountCheck(store, reason, sentence, resource, wanted, use_reserved)
    elif resource is not None and _is_reserved(store, resource) and not criteria.use_reserved:
        yield ReservationCheck(store, reason, resource)


def prepare_cpu(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of CPU units."""
    sentence = ("lacks cpu", "lack cpu")
    yield from _checks_of(store, criteria, "RESOURCE:CPU", sentence, CPU, criteria.task.cpu)


def prepare_memory(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of memory."""
    sentence, wanted = ("lacks memory", "lack memory"), criteria.task.memory
    yield from _checks_of(store, criteria, "RESOURCE:MEMORY", sentence, MEMORY, wanted)


def prepare_interface(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of network interfaces, if the task has one of its own (2.4)."""
    sentence = ("has no network interface left", "have no network interface left")
    wanted = int(criteria.task.network_interface)
    yield from _checks_of(store, criteria, "RESOURCE:ENI", sentence, INTERFACE, wanted)


def prepare_gpus(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of GPUs."""
    wanted = criteria.task.gpus
    if isinstance(wanted, str):  # ALL
        yield EveryGpuCheck(store)
        return
    sentence = ("lacks GPUs", "lack GPUs")
    yield from _checks_of(store, criteria, "RESOURCE:GPU", sentence, GPU, wanted)


def prepare_resources(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the checks of further resources, by name."""
    wanted = criteria.task.resources
    resources = store.tasks.resources
    names = {*wanted}
    if any(resources.reserving[len(NAMES) :]):
        names |= {name for _, name in resources.further()}
    for name in sorted(names):
        sentence, number = (f"lacks {name}", f"lack {name}"), resource_number(store, name)
        reason, amount = f"RESOURCE:{name}", wanted.get(name, 0)
        yield from _checks_of(store, criteria, reason, sentence, number, amount)
