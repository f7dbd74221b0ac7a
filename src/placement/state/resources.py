"""Resources of the rows: how much of each is registered, left and reserved, which GPUs are free.

In: rows and amounts, checked.  Out: arrays over rows, which the kernels change.  Amounts are at
most 2**56 (``model.checks.MAX_AMOUNT``) or UNLIMITED, so that sums of two stay far below 2**63.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from placement.kernels.fields import GPU
from placement.state.shared import Array, Shared, longer

__all__ = ["NAMES", "NEURON", "UNLIMITED", "Resources"]

NAMES = ("cpu", "memory", "gpu", "\0interface")
"""The names of the columns that every row has; no further resource can have the last one."""

NEURON = "\0neuron"
"""The column of Neuron devices (B44), which is there once an instance reports such or a task asks
for them: 1 for all devices of a row together, 0 for none, UNLIMITED where it reports neither."""

UNLIMITED = 2**60
"""The amount of a resource whose capacity is not known."""

ALL = slice(None)
"""All resources."""


class Resources:
    """Amounts by row and resource.

    Attributes:
        names: The name of each column.
        registered: int64 ``[row, resource]``.
        free: int64 ``[row, resource]``, what placements may take: what remains less what is
            reserved (A45); below 0 where more is taken than there is (C12), or more reserved (D53).
        reserved: int64 ``[row, resource]``, what placements must leave for daemons (A45); without
            rows while nothing is reserved.
        reserving: For each resource, how many rows reserve some of it.
        gpus: uint64 by row, bit i is set if the i-th GPU is free.
        largest: For each resource, an amount that none of a row is larger than; it never falls.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.names: list[str] = list(NAMES)
        self.registered = np.zeros((0, len(NAMES)), np.int64)
        self.free = np.zeros((0, len(NAMES)), np.int64)
        self.reserved = np.zeros((0, len(NAMES)), np.int64)
        self.reserving: list[int] = [0] * len(NAMES)
        self.gpus = np.zeros(0, np.uint64)
        self.largest: list[int] = [0] * len(NAMES)

    def reserve(self, rows: int) -> None:
        """Make room for so many rows, the new ones with nothing."""
        self.registered = longer(self.registered, rows, 0)
        self.free = longer(self.free, rows, 0)
        self.gpus = longer(self.gpus, rows, 0)
        if len(self.reserved):
            self.reserved = longer(self.reserved, rows, 0)
        self._shared.is_stale = True

    def column(self, name: str) -> int:
        """Return the column of a resource, a new one (of which no row has any) if it is new.

        Of Neuron devices no row reports any or none then: every row has them unlimited.
        """
        if name in self.names:
            return self.names.index(name)
        amount = UNLIMITED if name == NEURON else 0
        registered = np.pad(self.registered, ((0, 0), (0, 1)), constant_values=amount)
        free = np.pad(self.free, ((0, 0), (0, 1)), constant_values=amount)
        reserved = np.pad(self.reserved, ((0, 0), (0, 1)))
        # No call comes between these, so that an error or Ctrl-C leaves all of them or none.
        self.registered, self.free, self.reserved = registered, free, reserved
        self._shared.is_stale = True
        self.largest.append(amount)
        self.reserving.append(0)
        self.names.append(name)
        return len(self.names) - 1

    def further(self) -> list[tuple[int, str]]:
        """Return the columns and names of further resources, as instances and tasks name them."""
        columns = range(len(NAMES), len(self.names))
        return [(number, self.names[number]) for number in columns if self.names[number] != NEURON]

    def set(self, row: int, resource: int, registered: int, remaining: int) -> None:
        """Set how much of a resource a row has, and how much of it remains."""
        reserved = int(self.reserved[row, resource]) if len(self.reserved) else 0
        self.registered[row, resource] = registered
        self.free[row, resource] = remaining - reserved
        largest = max(registered, remaining)
        if largest > self.largest[resource]:
            self.largest[resource] = largest

    def set_first(self, resource: int, amounts: Array) -> None:
        """Set how much of a resource the first rows have, all of which is left; int64."""
        self.registered[: len(amounts), resource] = amounts
        self.free[: len(amounts), resource] = amounts
        self.largest[resource] = max(self.largest[resource], int(amounts.max(initial=0)))

    def set_gpus(self, row: int, count: int, free: int) -> None:
        """Set how many GPUs a row has, and which of them are free (bits)."""
        self.set(row, GPU, count, free.bit_count())
        self.gpus[row] = free

    def remaining(self, rows: Any, resource: Any = ALL) -> Array:
        """Return what remains on some rows, whether it is reserved or not: a copy, int64.

        Args:
            rows: A row, several or a slice of them.
            resource: The column of one resource; by default of all.
        """
        remaining: Array = self.free[rows, resource] + self.reserved_on(rows, resource)
        return remaining

    def reserved_on(self, rows: Any, resource: Any = ALL) -> Array:
        """Return what placements must leave on some rows: int64; the arguments of ``remaining``."""
        if len(self.reserved):
            reserved: Array = self.reserved[rows, resource]
            return reserved
        return np.zeros_like(self.free[rows, resource])

    def amounts_of(self, row: int, resource: int) -> tuple[int, int]:
        """Return what remains of one resource on one row, and what of it is reserved."""
        reserved: int = self.reserved.item(row, resource) if len(self.reserved) else 0
        return self.free.item(row, resource) + reserved, reserved

    def set_reserved(self, row: int, amounts: Mapping[int, int]) -> bool:
        """Set what placements must leave on a row, and return whether that is a change.

        Args:
            row: The row.
            amounts: Amounts by the columns of resources; of the rest nothing is reserved.
        """
        wanted = np.zeros(len(self.names), np.int64)
        for resource, amount in amounts.items():
            wanted[resource] = amount
        before = self.reserved_on(row).copy()
        if (wanted == before).all():
            return False
        if not len(self.reserved):
            self.reserved = np.zeros_like(self.free)
            self._shared.is_stale = True
        change = (wanted > 0).astype(np.int64) - (before > 0)
        reserving: list[int] = (np.array(self.reserving) + change).tolist()
        self.reserving = reserving
        self.free[row] += before - wanted
        self.reserved[row] = wanted
        return True

    def clear(self, row: int) -> None:
        """Set every amount of a row to 0."""
        if len(self.reserved):
            self.set_reserved(row, {})
        self.registered[row] = 0
        self.free[row] = 0
        self.gpus[row] = 0

    def bit_width(self, resource: int) -> int:
        """Return how many bits the largest amount of a resource takes."""
        return self.largest[resource].bit_length()

    def copy(self, shared: Shared) -> Resources:
        """Return an independent copy."""
        return self.of_rows(slice(None), shared)

    def of_rows(self, rows: Array | slice, shared: Shared) -> Resources:
        """Return an independent copy of some rows."""
        other = Resources(shared)
        other.names = list(self.names)
        other.largest = list(self.largest)
        other.registered = self.registered[rows].copy()
        other.free = self.free[rows].copy()
        other.gpus = self.gpus[rows].copy()
        other.reserving = list(self.reserving)
        other.reserved = self.reserved[rows if any(self.reserving) else slice(0)].copy()
        return other
