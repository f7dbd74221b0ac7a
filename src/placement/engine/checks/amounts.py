"""Checks of amounts: CPU units, MiB of memory, network interfaces, GPUs, further resources.

In: a request and what rows have left and were registered with.  Out: one check for each amount
above 0 that the task asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Mask, Numerators, PreparedCheck, Rows
from placement.engine.lookup import resource_number
from placement.kernels.fields import CPU, GPU, INTERFACE, MEMORY

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = [
    "AmountCheck",
    "prepare_cpu",
    "prepare_gpus",
    "prepare_interface",
    "prepare_memory",
    "prepare_resources",
]


@attrs.frozen
class AmountCheck(PreparedCheck):
    """There is enough left of a resource.

    Attributes:
        store: The store of the cluster.
        reason: ``RESOURCE:`` and the resource's name.
        sentence: What is said of one instance that fails, and of several.
        resource: The number of the resource; None if no row ever had any.
        wanted: The amount that the task asks for, above 0.
    """

    store: Store
    reason: str
    sentence: tuple[str, str]
    resource: int | None
    wanted: int

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that have less left than is wanted."""
        if self.resource is None:
            mask[:] = False
        else:
            mask &= self.store.tasks.resources.free[rows, self.resource] >= self.wanted

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows that were registered with less than is wanted."""
        if self.resource is None:
            mask[:] = False
        else:
            mask &= self.store.tasks.resources.registered[rows, self.resource] >= self.wanted

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return the amount that is wanted, and what is left."""
        name = self.reason.removeprefix("RESOURCE:").lower()
        return (f"{self.reason}: wanted {self.wanted} {name}, {self._left(row)} left",)

    def missing_shares(self, rows: npt.NDArray[np.int64], /) -> tuple[Numerators, int]:
        """Return which part of the amount is missing."""
        left = np.zeros(len(rows), np.int64)
        if self.resource is not None:
            left = self.store.tasks.resources.free[rows, self.resource]
        return self.wanted - left.astype(object), self.wanted

    def shortfall(self, candidates: Mask, /) -> tuple[int, int]:
        """Return the amount that is wanted, and the most that a candidate has left."""
        if self.resource is None:
            return self.wanted, 0
        left = self.store.tasks.resources.free[: len(candidates), self.resource][candidates]
        return self.wanted, int(left.max())

    def _left(self, row: int) -> int:
        if self.resource is None:
            return 0
        return int(self.store.tasks.resources.free[row, self.resource])


def prepare_cpu(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of CPU units."""
    wanted = criteria.task.cpu
    if wanted:
        yield AmountCheck(store, "RESOURCE:CPU", ("lacks cpu", "lack cpu"), CPU, wanted)


def prepare_memory(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of memory."""
    wanted = criteria.task.memory
    if wanted:
        sentence = ("lacks memory", "lack memory")
        yield AmountCheck(store, "RESOURCE:MEMORY", sentence, MEMORY, wanted)


def prepare_interface(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of network interfaces, if the task has one of its own (2.4)."""
    if criteria.task.network_interface:
        sentence = ("has no network interface left", "have no network interface left")
        yield AmountCheck(store, "RESOURCE:ENI", sentence, INTERFACE, 1)


def prepare_gpus(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of GPUs."""
    wanted = criteria.task.gpus
    if wanted:
        yield AmountCheck(store, "RESOURCE:GPU", ("lacks GPUs", "lack GPUs"), GPU, wanted)


def prepare_resources(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the checks of further resources, by name."""
    for name, wanted in sorted(criteria.task.resources.items()):
        if wanted:
            sentence = (f"lacks {name}", f"lack {name}")
            number = resource_number(store, name)
            yield AmountCheck(store, f"RESOURCE:{name}", sentence, number, wanted)
