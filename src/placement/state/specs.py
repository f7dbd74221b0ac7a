"""Specifications: what tasks hold, each distinct one with a number.

In: ``Spec`` objects.  Out: their numbers, and arrays over numbers that kernels read.  A number
stays that of its specification until ``Tasks.forget_unused_names`` gives new numbers to those that
tasks have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from placement.errors import TaskError
from placement.kernels.fields import MAX_NAMES
from placement.state.shared import Array, Shared, longer

__all__ = ["Spec", "Specs"]


class Spec(NamedTuple):
    """What a task holds, and which definition it is of.

    Attributes:
        demand: Amounts by resource number, those above 0; EVERY_GPU for all GPUs of a row.
        ports: Static host ports, udp ones with UDP added.
        revision: Family and revision of the definition, None if not known.
    """

    demand: tuple[tuple[int, int], ...] = ()
    ports: tuple[int, ...] = ()
    revision: tuple[str, int] | None = None


class Specs:
    """Specifications by number; number 0 holds nothing.

    Attributes:
        listed: The specification of each number.
        demand: int64 ``[number, resource]``.
        ports: int64, the ports of all, one after the other, with room for more.
        port_start: int64 by number, where its ports start; those of the next number end them.
    """

    def __init__(self, shared: Shared, resources: int) -> None:
        self._shared = shared
        self._number_of: dict[Spec, int] = {}
        self.listed: list[Spec] = []
        self.demand = np.zeros((0, resources), np.int64)
        self.ports = np.zeros(0, np.int64)
        self.port_start = np.zeros(1, np.int64)
        self.number(Spec())

    def number(self, spec: Spec) -> int:
        """Return the number of a specification, a new one if it is new.

        Raises:
            TaskError: there are too many; nothing has changed.
        """
        number = self._number_of.get(spec)
        return self._add(spec) if number is None else number

    def _add(self, spec: Spec) -> int:
        number = len(self.listed)
        if number >= MAX_NAMES:
            raise TaskError(f"tasks of more than {MAX_NAMES} kinds cannot be held")
        start: int = self.port_start.item(number)
        end = start + len(spec.ports)
        if number >= len(self.demand):
            self._shared.is_stale = True  # first: if an error comes between, nothing is amiss
            self.demand = longer(self.demand, max(2 * number, 16), 0)
        if number + 1 >= len(self.port_start):
            self._shared.is_stale = True
            self.port_start = longer(self.port_start, max(2 * number, 16) + 1, 0)
        if end > len(self.ports):
            self._shared.is_stale = True
            self.ports = longer(self.ports, 2 * end, 0)
        line = self.demand[number]
        line.fill(0)  # a call that an error ended may have written there
        for resource, amount in spec.demand:
            line[resource] = amount
        if spec.ports:
            self.ports[start:end] = spec.ports
        self.port_start[number + 1] = end
        self.listed.append(spec)
        self._number_of[spec] = number
        return number

    def widen(self, resources: int) -> None:
        """Make room for so many resources; no specification asks for the new ones."""
        more = resources - self.demand.shape[1]
        if more > 0:
            self.demand = np.pad(self.demand, ((0, 0), (0, more)))
            self._shared.is_stale = True

    def demand_of(self, specs: Array, resource: int) -> Array:
        """Return how much of a resource each of some specifications asks for: int64."""
        demand: Array = self.demand[specs, resource]
        return demand

    def copy(self, shared: Shared) -> Specs:
        """Return an independent copy."""
        other = Specs.__new__(Specs)
        other._shared = shared
        other._number_of, other.listed = dict(self._number_of), list(self.listed)
        count = len(self.listed)
        other.demand = self.demand[:count].copy()
        other.port_start = self.port_start[: count + 1].copy()
        other.ports = self.ports[: other.port_start[-1]].copy()
        return other

    def only(self, kept: Array) -> Specs:
        """Return some specifications, numbered in the order given; they share only counters.

        ``kept`` is int64, the numbers that stay, ascending; 0 is the first.
        """
        other = Specs.__new__(Specs)
        other._shared = self._shared
        other.listed = [self.listed[number] for number in kept.tolist()]
        other._number_of = {spec: number for number, spec in enumerate(other.listed)}
        other.demand = self.demand[kept]
        ports = [port for spec in other.listed for port in spec.ports]
        other.ports = np.array(ports, np.int64)
        counts = [0, *[len(spec.ports) for spec in other.listed]]
        other.port_start = np.cumsum(counts, dtype=np.int64)
        return other
