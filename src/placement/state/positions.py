"""The arrays of tasks by position, without tasks that have ended.

In: arrays by position, which tasks there are, and what refers to positions.  Out: new arrays; those
given stay as they are, so that a caller can put the new ones in their place at one moment.  Knows
nothing of what tasks hold.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from placement.kernels.fields import NO_ROW
from placement.kernels.records import TASK
from placement.state.records import Records
from placement.state.shared import Array

__all__ = ["TaskArrays", "without_ended"]


class TaskArrays:
    """Arrays by position, one for each field of a task.

    Attributes:
        records: What tasks have in their records (``kernels.records``).
        gpus: uint64, the GPUs that a task holds, as bits.  Few tasks hold any, so that this is not
            in their records: its memory is not touched for others.
    """

    __slots__ = ("gpus", "records")

    def __init__(self, records: Records, gpus: Array) -> None:
        self.records = records
        self.gpus = gpus

    @classmethod
    def empty(cls) -> Self:
        """Return arrays without room for a task."""
        return cls(Records(TASK, 0), np.zeros(0, np.uint64))

    def __getitem__(self, field: str) -> Array:
        """Return the array of a field."""
        return self.gpus if field == "gpus" else self.records[field]

    def __len__(self) -> int:
        """Return for how many tasks there is room."""
        return len(self.gpus)

    def of(self, position: int) -> dict[str, Any]:
        """Return the fields of one task."""
        values = {name: array[position].item() for name, array in self.records.fields.items()}
        return values | {"gpus": self.gpus[position].item()}

    def with_room(self, positions: int, room: int) -> Self:
        """Return a copy of the first ``positions`` tasks, with room for ``room``."""
        return self.only(slice(positions), room)

    def only(self, kept: Array | slice, room: int) -> Self:
        """Return a copy of some tasks, with room for ``room``."""
        held = self.gpus[kept]
        gpus = np.zeros(room, np.uint64)
        if held.any():  # what is not written takes no memory
            gpus[: len(held)] = held
        return type(self)(self.records.only(kept, room), gpus)


def without_ended(
    tasks: TaskArrays, newest: Array, positions: int, room: int
) -> tuple[TaskArrays, Array]:
    """Return copies of the tasks that have not ended, in their order, with room for ``room``.

    Args:
        tasks: Arrays by position; in no list of a row is a task that has ended.
        newest: int32 by row, the position of the newest task, or NO_ROW.
        positions: How many positions are in use.
        room: At least the number of tasks that have not ended.

    Returns:
        The tasks, and ``newest`` in their new positions.
    """
    kept = np.flatnonzero(tasks["row"][:positions] != NO_ROW)
    new_position = np.full(positions + 1, NO_ROW, np.int32)  # the last is that of NO_ROW
    new_position[kept] = np.arange(len(kept), dtype=np.int32)
    found = tasks.only(kept, room)
    for name in ("next", "before"):
        found[name][: len(kept)] = new_position[found[name][: len(kept)]]
    return found, new_position[newest]
