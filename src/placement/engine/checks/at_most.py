"""The check of ``AtMost`` (C38).

In: a request and how many tasks of its group are on each row.  Out: one check, if it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np

from placement.engine.checks.base import Mask, PreparedCheck, Rows
from placement.engine.lookup import group_counts_on

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["AtMostCheck", "prepare_at_most"]


@attrs.frozen
class AtMostCheck(PreparedCheck):
    """Fewer tasks of the group are on the instance than it may have.

    Attributes:
        store: The store of the cluster.
        group: The name of the group.
        count: How many of its tasks may be on an instance, from 1.
    """

    store: Store
    group: str
    count: int

    reason = "AT_MOST"
    sentence = (
        "has its most tasks of the group already",
        "have their most tasks of the group already",
    )
    remedy = "AtMost"

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that have as many counted tasks of the group as they may have."""
        mask &= group_counts_on(self.store, self.group, rows) < self.count

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return how many tasks of the group are there, and how many may be."""
        there = int(group_counts_on(self.store, self.group, np.array([row]))[0])
        tasks = "task" if there == 1 else "tasks"
        return (f"{self.reason}: has {there} {tasks} of {self.group}, at most {self.count}",)


def prepare_at_most(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check, if the constraint is among those of the request."""
    count = criteria.at_most
    if count is not None:
        yield AtMostCheck(store, criteria.group, count)
