"""The arrays of tasks by position, without tasks that have ended.

In: arrays by position, which tasks there are, and what refers to positions.  Out: new arrays; those
given stay as they are, so that a caller can put the new ones in their place at one moment.  Knows
nothing of what tasks hold.
"""

from __future__ import annotations

import numpy as np

from placement.kernels.fields import NO_ROW
from placement.state.shared import Array, longer

__all__ = ["TaskArrays", "empty_tasks", "with_room", "without_ended"]

TaskArrays = dict[str, Array]
"""An array for each field of a task, all of the same length."""

_FIELDS = {
    "id": np.int64,
    "row": np.int32,
    "group": np.int32,
    "spec": np.int32,
    "next": np.int32,
    "before": np.int32,
    "gpus": np.uint64,
    "flags": np.uint8,
}


def empty_tasks() -> TaskArrays:
    """Return arrays without room for a task."""
    return {name: np.zeros(0, dtype) for name, dtype in _FIELDS.items()}


def with_room(tasks: TaskArrays, positions: int, room: int) -> TaskArrays:
    """Return copies of the first ``positions`` tasks, with room for ``room``.

    Only GPUs are 0 after them: a commit writes everything else.
    """
    found = {}
    for name, old in tasks.items():
        if name == "gpus":
            found[name] = (
                longer(old[:positions], room, 0) if old.any() else np.zeros(room, old.dtype)
            )
        else:
            found[name] = new = np.empty(room, old.dtype)
            new[:positions] = old[:positions]
    return found


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
    found = with_room({name: old[kept] for name, old in tasks.items()}, len(kept), room)
    for name in ("next", "before"):
        found[name][: len(kept)] = new_position[found[name][: len(kept)]]
    return found, new_position[newest]
