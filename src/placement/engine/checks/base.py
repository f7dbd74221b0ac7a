"""The contract of a check: all that the engine and its explanations ask of one.

A check owns everything about itself: which rows it rules out, what is said of them, how much they
are short of, and whether waiting could help.  Decisions call ``keep`` alone; the other methods are
for explanations (C20) and may take longer.  No method changes the cluster or gives a name a number
(C53).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = [
    "Cause",
    "Mask",
    "Nearest",
    "Numerators",
    "Prepare",
    "PrepareStatic",
    "PreparedCheck",
    "Rows",
    "StaticCheck",
]

Rows = slice | npt.NDArray[np.int64]
"""All rows as a slice, or some rows by number."""

Mask = npt.NDArray[np.bool_]


class Nearest(NamedTuple):
    """The one of some rows that lacks least of an amount.

    Attributes:
        row: The row; the first of several.
        wanted: The amount that is wanted there.
        left: What it has left, less than that; less than 0 where too much is in use.
        unit: The unit of the amounts, of one and of several: "GPU", "GPUs".
    """

    row: int
    wanted: int
    left: int
    unit: tuple[str, str]


Cause = tuple[str, Mask]
"""What rules rows out, in words, and a mask over the rows that were asked about."""

Numerators = npt.NDArray[Any]
"""dtype object: Python's whole numbers."""


class PreparedCheck(Protocol):
    """A check prepared for one request and one cluster.

    Implementations inherit from this class and override the methods that concern them.
    """

    __slots__ = ()

    @property
    def reason(self) -> str:
        """The code of the check (C17), such as ``RESOURCE:CPU``; several checks may share one."""

    @property
    def sentence(self) -> tuple[str, str]:
        """What is said of one instance that fails, and of several: "lacks cpu", "lack cpu"."""

    @property
    def remedy(self) -> str | None:
        """What a request without this check is called: "without REMEDY 2 instances fit".

        Checks with equal remedies are left out together.  None if ``parts`` has the remedies.
        """
        return f"the check of {self.reason}"

    def parts(self) -> Sequence[tuple[str, PreparedCheck]]:
        """Return remedies that leave out a part of the check, each with the check that is left.

        Parts of several checks with equal remedies are left out together.
        """
        return ()

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear ``mask[i]`` where the check rules out the i-th of ``rows``; never set one.

        Args:
            mask: bool, one entry for each of ``rows``, changed in place.
            rows: Ascending rows of the store, tombstones possibly among them.
        """

    def keep_possible(self, _mask: Mask, _rows: npt.NDArray[np.int64], /) -> None:
        """Clear the mask where a row would fail even in its best state (C20).

        In its best state an instance is empty, ACTIVE and connected, and tests on ``task:group``
        and ``runningTasksCount`` are satisfiable.  By default every row could pass.
        """
        return

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return what a row that fails the check is missing: "REASON: what", one text for each."""

    def missing_shares(self, rows: npt.NDArray[np.int64], /) -> tuple[Numerators, int]:
        """Return how far rows that fail are from passing, to find the closest instance (A41).

        The missing part of the amount that is wanted; for ports and attributes, their number; 0 by
        default.  As numerators, one for each of ``rows``, and their denominator: exact, and of
        Python's whole numbers, because amounts may be too large for products in int64.
        """
        return np.zeros(len(rows), object), 1

    def causes(self, _rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return by name what rules out rows that fail: which attribute, which port, how little.

        Each cause comes with the mask of those of ``rows`` that have it; a row may have several.
        Empty, the default, where ``sentence`` has said everything.
        """
        return ()

    def nearest(self, _rows: npt.NDArray[np.int64], /) -> Nearest | None:
        """Return which of some rows that fail lacks least, and its amounts.

        None, the default, for a check that is not about an amount.
        """
        return None


class StaticCheck(PreparedCheck, Protocol):
    """A check whose answers do not change when tasks are placed or stopped.

    An index asks it once for all rows, and again for a row of which something else has changed.
    """

    __slots__ = ()

    @property
    def key(self) -> Hashable:
        """Everything that the answers depend on beside the store: equal keys, equal answers."""


Prepare = Callable[["Store", "Criteria"], Iterator[PreparedCheck]]
"""Yields the prepared checks that a request needs, none if it needs none."""

PrepareStatic = Callable[["Store", "Criteria"], Iterator[StaticCheck]]
"""The same for static checks."""
