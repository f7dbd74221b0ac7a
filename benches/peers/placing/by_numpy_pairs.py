"""numpy by hand for stops and starts of services that are spread by instance, and nothing else.

What it knows beforehand: all tasks ask for the same, there is no constraint and no zone.  Like
``by_numpy.Scan`` it works every decision out from the nodes: what fits (two comparisons), then the
first of the smallest counts.  A stop is the subtraction.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.plan import NodePlan
from harness.stream import Application

__all__ = ["PairScan"]

Array = npt.NDArray[np.int64]

_NEVER = np.int64(1 << 62)


class PairScan:
    """Nodes on which tasks run, each of them in a slot that the next task takes when it stops."""

    def __init__(
        self,
        plan: NodePlan,
        nodes: int,
        applications: list[Application],
        rows: Array,
        services: Array,
    ) -> None:
        """Lay the columns out.

        Args:
            plan: What each node has.
            nodes: How many there are.
            applications: What each service asks for, which is the same for all.
            rows: int64, the node of the task in each slot.
            services: int64, the service of it.

        Raises:
            ValueError: it is not what this was written for.
        """
        task = applications[0]
        asked = {(each.cpu, each.memory, each.expression, each.chain) for each in applications}
        if len(asked) > 1 or task.expression or task.chain != (("spread", "instanceId"),):
            raise ValueError("this was written for equal services, spread by instance alone")
        self._task = task
        self._rows, self._services = rows.copy(), services.copy()
        running = np.bincount(rows, minlength=nodes)
        self._cpu = plan.cpu - task.cpu * running
        self._memory = plan.memory - task.memory * running
        self._counts = np.zeros((len(applications), nodes), np.int64)
        np.add.at(self._counts, (services, rows), 1)

    def pairs(self, slots: Array, services: Array) -> Array:
        """Stop the task of a slot, place one of a service; return the node of each that starts."""
        task, cpu, memory, counts = self._task, self._cpu, self._memory, self._counts
        fits, fits_too = np.empty(len(cpu), np.bool_), np.empty(len(cpu), np.bool_)
        chosen = np.full(len(slots), -1, np.int64)
        for j, (slot, a) in enumerate(zip(slots.tolist(), services.tolist(), strict=True)):
            row = self._rows[slot]
            cpu[row] += task.cpu
            memory[row] += task.memory
            counts[self._services[slot], row] -= 1
            np.greater_equal(cpu, task.cpu, out=fits)
            np.greater_equal(memory, task.memory, out=fits_too)
            np.logical_and(fits, fits_too, out=fits)
            row = np.where(fits, counts[a], _NEVER).argmin()  # the first of the smallest
            if not fits[row]:
                raise ValueError("a task found no room: this was written for nodes that have some")
            cpu[row] -= task.cpu
            memory[row] -= task.memory
            counts[a, row] += 1
            self._rows[slot], self._services[slot], chosen[j] = row, a, row
        return chosen
