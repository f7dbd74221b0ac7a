"""The check of ``ZoneSkew`` (C38).

In: a request, the zone of each row, and how many tasks of the request's group are on it.  Out: one
check, if it is asked for.  Indexes keep the same numbers by zone (``engine.index.zones``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Mask, PreparedCheck, PrepareStatic, Rows
from placement.engine.checks.member_of import prepare_member_of
from placement.engine.checks.texts import prepare_attributes, prepare_location, prepare_status
from placement.engine.lookup import attribute_values, group_counts
from placement.model.attribute_names import ZONE

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["ZONE_CHECKS", "ZoneSkewCheck", "prepare_zone_skew"]

ZONE_CHECKS: tuple[PrepareStatic, ...] = (prepare_status, prepare_attributes, prepare_location)
"""The zones of a request are those of the instances that pass these and memberOf (A53, C38)."""

Array = npt.NDArray[Any]


@attrs.frozen
class _Zones:
    """The zones of the rows now, by the codes of their names, 0 without the attribute.

    Attributes:
        of_row: int64 by row, the number of its zone.
        tasks: int64 by number, how many tasks of the group are in the zone.
        fewest: The number of the zone of the request with the fewest tasks, the first registered;
            None if no instance passes.
    """

    of_row: Array
    tasks: Array
    fewest: int | None


@attrs.frozen(eq=False)
class ZoneSkewCheck(PreparedCheck):
    """The zone has not too many more tasks of the group than the one with the fewest.

    Attributes:
        store: The store of the cluster.
        group: The name of the group.
        max: How many more tasks a zone may have, from 1.
        checks: What an instance must pass for its zone to be one of the request.
    """

    store: Store
    group: str
    max: int
    checks: tuple[PreparedCheck, ...]

    reason = "ZONE_SKEW"
    sentence = (
        "is in a zone that has its most tasks of the group",
        "are in zones that have their most tasks of the group",
    )
    remedy = "ZoneSkew"

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows in zones that would have too many tasks with one more."""
        zones = self._zones()
        if zones.fewest is not None:
            most = int(zones.tasks[zones.fewest]) + self.max - 1
            mask &= zones.tasks[zones.of_row[rows]] <= most

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return how many tasks the zone has, and the zone with the fewest."""
        zones = self._zones()
        here = int(zones.of_row[row])
        fewest = here if zones.fewest is None else zones.fewest
        there, least = int(zones.tasks[here]), int(zones.tasks[fewest])
        tasks = f"{there} task{'s' if there != 1 else ''} of {self.group} {self._place(here)}"
        text = f"{tasks}, {least} {self._place(fewest)}: zones may differ by {self.max}"
        return (f"{self.reason}: {text}",)

    def _place(self, zone: int) -> str:
        column = self.store.attributes.get(ZONE)
        if column is None or not zone:
            return "without a zone"
        return f"in zone {column.dictionary.texts[zone]}"

    def _zones(self) -> _Zones:
        """Count the tasks of each zone, and find the one with the fewest."""
        rows = len(self.store.ids)
        of_row = attribute_values(self.store, ZONE)
        width = int(of_row.max(initial=0)) + 1
        tasks = np.bincount(of_row, group_counts(self.store, self.group), width).astype(np.int64)
        passing: Mask = self.store.live[:rows].copy()
        for check in self.checks:
            check.keep(passing, slice(0, rows))
        numbers = of_row[passing]
        fewest = int(numbers[tasks[numbers].argmin()]) if len(numbers) else None
        return _Zones(of_row, tasks, fewest)


def prepare_zone_skew(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check, if the constraint is among those of the request."""
    most = criteria.zone_skew
    if most is not None:
        checks = [check for prepare in ZONE_CHECKS for check in prepare(store, criteria)]
        passed = (*checks, *prepare_member_of(store, criteria))
        yield ZoneSkewCheck(store, criteria.group, most, passed)
