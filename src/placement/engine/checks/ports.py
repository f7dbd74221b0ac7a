"""The check of static host ports (2.3, B20).

In: a request and who holds which port of which row.  Out: one check, if the task has static ports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Cause, Mask, Numerators, PreparedCheck, Rows
from placement.engine.specs import static_ports
from placement.kernels.fields import NO_OWNER, RESERVED, UNKNOWN_OWNER
from placement.model import MAX_PORTS, UDP

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["PortsCheck", "prepare_ports"]


@attrs.frozen
class PortsCheck(PreparedCheck):
    """The static host ports are free, and do not exceed the limit.

    Attributes:
        store: The store of the cluster.
        ports: The ports, at least one; udp ones with ``UDP`` added.
    """

    store: Store
    ports: tuple[int, ...]

    reason = "RESOURCE:PORTS"
    sentence = (
        "lacks a free port",
        "lack a free port",
    )

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows where a port is taken or the limit would be exceeded."""
        tasks = self.store.tasks
        mask &= tasks.ports.taken[rows] + len(self.ports) <= MAX_PORTS
        numbers = np.arange(len(self.store.ids))[rows]
        for at in np.flatnonzero(mask).tolist():
            row = int(numbers[at])
            mask[at] = all(tasks.ports.owner(row, port) == NO_OWNER for port in self.ports)

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows that have reserved one of the ports, or too many."""
        tasks = self.store.tasks
        for at in np.flatnonzero(mask).tolist():
            row = int(rows[at])
            reserved = any(tasks.ports.owner(row, port) == RESERVED for port in self.ports)
            # First by all taken ports: counting the reserved ones looks at the ports of all rows.
            full = int(tasks.ports.taken[row]) + len(self.ports) > MAX_PORTS
            if full:
                full = tasks.ports.reserved_count(row) + len(self.ports) > MAX_PORTS
            mask[at] = not (reserved or full)

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return each port that is taken and who holds it, and how many ports are taken."""
        texts = []
        for port in self._taken(row):
            holder = self.store.tasks.ports.owner(row, port)
            texts.append(f"{self.reason}: {_named(port)} {self._described(holder)}")
        if self._excess(row):
            used = int(self.store.tasks.ports.taken[row])
            texts.append(f"{self.reason}: {used} of {MAX_PORTS} static ports are taken")
        return tuple(texts)

    def causes(self, rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return each port that is taken, by a task or for good, and the limit."""
        ports = self.store.tasks.ports
        found: list[Cause] = []
        for port in self.ports:
            owners = np.array([ports.owner(row, port) for row in rows.tolist()], np.int64)
            is_held = (owners != NO_OWNER) & (owners != RESERVED)
            found.append((f"{_named(port)} is held by a task", is_held))
            found.append((f"{_named(port)} is reserved", owners == RESERVED))
        full = ports.taken[rows] + len(self.ports) > MAX_PORTS
        found.append((f"there would be more than {MAX_PORTS} static ports", full))
        return found

    def missing_shares(self, rows: npt.NDArray[np.int64], /) -> tuple[Numerators, int]:
        """Return how many ports are taken, and how many exceed the limit."""
        counts = [len(self._taken(row)) + self._excess(row) for row in rows.tolist()]
        return np.array(counts, object), 1

    def _taken(self, row: int) -> list[int]:
        """Return the wanted ports that are taken."""
        tasks = self.store.tasks
        return [port for port in self.ports if tasks.ports.owner(row, port) != NO_OWNER]

    def _excess(self, row: int) -> int:
        """Return how many ports there would be beyond the limit."""
        return max(0, int(self.store.tasks.ports.taken[row]) + len(self.ports) - MAX_PORTS)

    def _described(self, holder: int) -> str:
        """Return in words who holds a port: a task by its group, and by the end of its ARN."""
        if holder == RESERVED:
            return "is reserved"
        if holder == UNKNOWN_OWNER:
            return "is held by a task that is not known here"
        arn, tasks = self.store.arns.get(holder), self.store.tasks
        code = tasks.task["group"][tasks.position_of(holder)]
        group = tasks.groups.names.texts[code]
        name = "a task" if arn is None else f"task {arn.rpartition('/')[2]}"
        return f"is held by {name}" if group is None else f"is held by {name} of {group}"


def _named(port: int) -> str:
    """Return a port's protocol and number; udp ports have ``UDP`` added."""
    return f"udp port {port - UDP}" if port >= UDP else f"tcp port {port}"


def prepare_ports(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of the static host ports, if the task has any."""
    ports = static_ports(criteria.task)
    if ports:
        yield PortsCheck(store, ports)
