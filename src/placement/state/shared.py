"""What the parts of a cluster's arrays have in common: counters, and how arrays grow.

In: nothing.  Out: one ``Shared`` for all parts of a cluster, in which a part says that it has
replaced an array, so that ``Tasks.addresses`` is assembled again.  Knows no part.
"""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import addressof, c_char
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.kernels.fields import META

__all__ = ["Array", "Shared", "address_of", "addresses_of", "longer"]

Array = npt.NDArray[Any]


def _counters() -> Array:
    return np.zeros(META, np.int64)


@attrs.define(eq=False)
class Shared:
    """What all parts of a cluster's arrays share.

    Attributes:
        meta: int64 ``[META]``, the counters that kernels change (``kernels.fields``).
        is_stale: Whether an array has been replaced since ``ClusterArrays`` was assembled.
    """

    meta: Array = attrs.field(factory=_counters)
    is_stale: bool = True

    def copy(self) -> Shared:
        """Return an independent copy."""
        return Shared(self.meta.copy())


def longer(old: Array, length: int, fill: int) -> Array:
    """Return a copy of an array with this many entries, the new ones filled."""
    shape = (length, *old.shape[1:])
    # memory that is never written to takes no room, so zeros are not written
    new = np.full(shape, fill, old.dtype) if fill else np.zeros(shape, old.dtype)
    new[: len(old)] = old
    return new


def addresses_of(
    arrays: Iterable[Array], before: Iterable[Array] | None = None, known: Array | None = None
) -> Array:
    """Return the list of addresses by which kernels take arrays (``kernels.addresses``).

    It is good as long as the caller keeps each of the arrays.

    Args:
        arrays: The arrays.
        before: As many arrays that were listed before, which saves asking those that are the same.
        known: Their list.

    Returns:
        int64 ``[array, ADDRESS_FIELDS]``.
    """
    if before is not None and known is not None:
        lists = known.copy()
        for place, (array, other) in enumerate(zip(arrays, before, strict=True)):
            if array is not other:
                lists[place] = _address_of(array)
        return lists
    return np.array([_address_of(array) for array in arrays], np.int64)


def _address_of(array: Array) -> tuple[int, int, int]:
    """Return an array's line in a list of addresses."""
    shape = array.shape
    return address_of(array), shape[0], shape[1] if len(shape) > 1 else 0


def address_of(array: Array) -> int:
    """Return where the memory of an array begins, which may be written and is C-contiguous.

    It is asked of dozens of arrays before the first decision: numpy's own ways to say it take four
    times as long.
    """
    if array.size:
        return addressof(c_char.from_buffer(array.data))
    nowhere: int = array.__array_interface__["data"][0]
    return nowhere
