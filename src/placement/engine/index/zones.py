"""The zones of requests with ``ZoneSkew``: how many instances make a zone one of theirs (A53, C38).

In: prepared requests, rows that have changed.  Out: for each distinct condition an array of counts
by zone, which kernels read by its address.  What tasks a zone has is counted elsewhere
(``attribute_counts``); requests whose conditions tasks can change have no index.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks import ZONE_CHECKS
from placement.engine.index.static_conditions import StaticConditions
from placement.model.attribute_names import ZONE
from placement.state.shared import address_of, longer

if TYPE_CHECKING:
    from placement.engine.index.attribute_counts import AttributeCounts
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["Zones"]

Array = npt.NDArray[Any]


@attrs.define(eq=False)
class _Zones:
    """The zones of requests that have equal conditions.

    Attributes:
        conditions: What an instance must meet, whether its agent is connected or not.
        passes: bool by row, whether it meets them.
        instances: int64 by the number of a zone (``AttributeCounts``), how many rows meet them.
    """

    conditions: StaticConditions
    passes: Array
    instances: Array


class Zones:
    """The zones of all requests with ``ZoneSkew``, by the numbers of their conditions."""

    def __init__(self, store: Store, counts: AttributeCounts) -> None:
        self._store = store
        self._counts = counts
        self._number_of: dict[Hashable, int] = {}
        self._listed: list[_Zones] = []
        self._of_row = np.zeros(0, np.int64)
        """The number of each row's zone, as it is counted."""

    def number(self, prepared: PreparedRequest) -> int:
        """Return the number of a request's conditions.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        conditions = StaticConditions(self._store, prepared, ZONE_CHECKS)
        number = self._number_of.get(conditions.key)
        if number is None:
            rows = len(self._store.ids)
            if not self._listed:
                self._of_row = np.zeros(len(self._store.live), np.int64)
                self._of_row[:rows] = self._counts.values(ZONE)
            passes = np.zeros(len(self._store.live), np.bool_)
            passes[:rows] = conditions.mask()
            width = int(self._of_row.max(initial=0)) + 1
            instances = np.bincount(self._of_row[passes], minlength=width).astype(np.int64)
            number = self._number_of[conditions.key] = len(self._listed)
            self._listed.append(_Zones(conditions, passes, instances))
        return number

    def array(self, number: int) -> tuple[int, int]:
        """Return the address of the counts of instances by zone, and how many zones it has.

        Both are good until ``renew`` says that arrays have moved.
        """
        instances = self._listed[number].instances
        return address_of(instances), len(instances)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows."""
        if self._listed:
            self._of_row = longer(self._of_row, rows, 0)
            for zones in self._listed:
                zones.passes = longer(zones.passes, rows, 0)

    def renew(self, rows: Array) -> bool:
        """Count rows of which something has changed where they are now.

        Args:
            rows: int64, all different.

        Returns:
            Whether an array has moved, because there are more zones.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        if not self._listed:
            return False
        moved = False
        before = self._of_row[rows]
        now = np.array([self._counts.value(ZONE, row) for row in rows.tolist()], np.int64)
        self._of_row[rows] = now
        width = int(now.max(initial=0)) + 1
        for zones in self._listed:
            if width > len(zones.instances):
                zones.instances = longer(zones.instances, width + width // 8, 0)
                moved = True
            np.subtract.at(zones.instances, before[zones.passes[rows]], 1)
            zones.passes[rows] = passes = zones.conditions.of_rows(rows)
            np.add.at(zones.instances, now[passes], 1)
        return moved
