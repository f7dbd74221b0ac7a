"""A history of stops and starts: which of the running tasks stops, which service starts one.

Running tasks are in slots; a task that starts takes the slot of the one that stopped before it, so
that as many run at the end as at the beginning.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

__all__ = ["History", "make_history"]

Array = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class History:
    """Pairs of a stop and a start."""

    running: int
    """How many slots there are."""
    slots: Array
    """int64, the slot whose task stops, by pair."""
    services: Array
    """int64, the service that starts a task, by pair."""

    def events(self) -> Array:
        """Return the history as ``Cluster.replay`` takes it.

        The tasks of the slots at the start have the numbers 0 to ``running - 1``, and the task that
        event k starts the number ``running + k``; a stop of task n is the event ``~n``.
        """
        numbers = list(range(self.running))
        events = np.empty(2 * len(self.slots), np.int64)
        events[1::2] = self.services
        stops = []
        for pair, slot in enumerate(self.slots.tolist()):
            stops.append(~numbers[slot])
            numbers[slot] = self.running + 2 * pair + 1
        events[::2] = stops
        return events


def make_history(running: int, services: int, pairs: int) -> History:
    """Return a history: who stops is drawn at random (seed 0), services start tasks in turn."""
    slots: Any = np.random.default_rng(0).integers(running, size=pairs)
    return History(running, slots, np.arange(pairs) % services)
