"""What lies together in memory: a record for each row, and one for each task.

What comes in, what goes out: nothing; this module only defines.  A placement or a stop touches most
of what is known of one row and of one task, anywhere in memory: with an array for each field it
waited for a dozen cache lines, with records for three.  ``state.records`` allocates them;
``kernels.addresses`` takes the same views of the fields as Python code does.  It must not import
numba, so that a cluster can be filled without it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from placement.kernels.fields import INTERFACE, PAIR_USED

__all__ = ["LINE", "RESOURCES_IN_RECORD", "ROW", "TASK"]

LINE = 128
"""Bytes that records of rows are aligned to: a pair of cache lines, which are fetched together."""

RESOURCES_IN_RECORD = INTERFACE + 1
"""How many amounts the record of a row holds: of the resources that every row has.  Where there are
further ones, all amounts are in an array of their own."""


def _record(length: int, *fields: tuple[Any, ...]) -> np.dtype[Any]:
    """Return the type of a record of so many bytes with fields one after another, each aligned."""
    packed = np.dtype(list(fields))
    parts = packed.fields or {}
    return np.dtype(
        {
            "names": list(parts),
            "formats": [part[0] for part in parts.values()],
            "offsets": [part[1] for part in parts.values()],
            "itemsize": length,
        }
    )


ROW = _record(
    LINE,
    # what decisions and stops need first
    ("free", np.int64, RESOURCES_IN_RECORD),
    ("pair_tables", np.int64, PAIR_USED + 1),
    ("running", np.int32),
    ("newest", np.int32),
    # the second cache line
    ("freed_at", np.int64),
    ("taken_at", np.int64),
    ("changed_at", np.int64),
    ("gpus", np.uint64),
    ("grouped_tasks", np.int32),
    ("freed_next", np.int32),
    ("freed_before", np.int32),
    ("taken_next", np.int32),
    ("taken_before", np.int32),
    ("ports", np.int32),
    ("blocked", np.bool_),
)
"""The record of a row; ``kernels.fields.ClusterArrays`` says what its fields mean."""

TASK = _record(
    32,
    ("id", np.int64),
    ("row", np.int32),
    ("group", np.int32),
    ("spec", np.int32),
    ("next", np.int32),
    ("before", np.int32),
    ("flags", np.uint8),
)
"""The record of a task; half a cache line."""
