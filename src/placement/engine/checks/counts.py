"""The check that an instance can count one more task.

In: ``runningTasksCount`` by row.  Out: one check, where some row has reached the bound of counts
(``kernels.fields.MAX_COUNT``), which no cluster of ECS comes near.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from placement.engine.checks.base import Mask, PreparedCheck, Rows
from placement.kernels.fields import MAX_COUNT

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["CountCheck", "prepare_count"]


@attrs.frozen
class CountCheck(PreparedCheck):
    """The instance counts fewer running tasks than a count can hold.

    Attributes:
        store: The store of the cluster.
    """

    store: Store

    reason = "RESOURCE:TASKS"
    sentence = ("can count no further task", "can count no further task")

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows whose count has reached the bound."""
        mask &= self.store.running[rows] < MAX_COUNT

    def missing(self, _row: int, /) -> tuple[str, ...]:
        """Return the bound."""
        return (f"{self.reason}: at most {MAX_COUNT} running tasks can be counted",)


def prepare_count(store: Store, _: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check, if there is a row that it would rule out."""
    if int(store.running.max(initial=0)) >= MAX_COUNT:
        yield CountCheck(store)
