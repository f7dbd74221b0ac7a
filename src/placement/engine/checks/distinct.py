"""The check of ``distinctInstance`` (2.6).

In: a request and how many tasks of its group are on each row.  Out: one check, if it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from placement.engine.checks.base import Mask, PreparedCheck, Rows
from placement.engine.lookup import group_counts_on

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["DistinctCheck", "prepare_distinct"]


@attrs.frozen
class DistinctCheck(PreparedCheck):
    """No task of the group is on the instance.

    Attributes:
        store: The store of the cluster.
        group: The name of the group.
    """

    store: Store
    group: str

    reason = "DISTINCT_INSTANCE"
    sentence = (
        "has a task of the group already",
        "have a task of the group already",
    )
    remedy = "distinctInstance"

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that have a counted task of the group."""
        mask &= group_counts_on(self.store, self.group, rows) == 0

    def missing(self, _row: int, /) -> tuple[str, ...]:
        """Return the group that has a task there."""
        return (f"{self.reason}: a task of {self.group} is there already",)


def prepare_distinct(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check, if the constraint is among those of the request."""
    if criteria.distinct:
        yield DistinctCheck(store, criteria.group)
