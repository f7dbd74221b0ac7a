"""Records: what belongs to one row, or to one task, next to each other in memory.

In: the type of a record and how many.  Out: one array of records, and for each field a view of it,
which Python code uses like any array.  What fields mean is not known here.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from placement.kernels.records import LINE

__all__ = ["Records"]

Array = npt.NDArray[Any]


class Records:
    """An array of records, the first at the beginning of a cache line.

    Attributes:
        all: structured ``[record]``.
        fields: For each field the view of it, with as many entries.
    """

    __slots__ = ("all", "fields")

    def __init__(self, record: np.dtype[Any], count: int) -> None:
        """Make records that are all 0."""
        memory = np.zeros(count * record.itemsize + LINE, np.uint8)
        begin = -memory.__array_interface__["data"][0] % LINE
        self.all: Array = memory[begin : begin + count * record.itemsize].view(record)
        self.fields: dict[str, Array] = {name: self.all[name] for name in record.names or ()}

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, field: str) -> Array:
        """Return the view of a field."""
        return self.fields[field]

    def longer(self, count: int) -> Self:
        """Return a copy with this many records, the new ones 0."""
        other = type(self)(self.all.dtype, count)
        other.all[: len(self.all)] = self.all
        return other

    def only(self, kept: Array | slice, count: int | None = None) -> Self:
        """Return a copy of some records, followed by records that are 0 up to ``count``."""
        found = self.all[kept]
        other = type(self)(self.all.dtype, len(found) if count is None else count)
        other.all[: len(found)] = found
        return other
