"""What the calls that decide take and return.

In: rows and task ids as the index and the scan found them.  Out: values that keep saying what was
decided, whatever happens to the cluster later.  Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy.typing as npt

from placement.engine.request import ConstraintOrFilter, StrategyOrRanker, Task
from placement.errors import StaleExplanation, UsageError, describe_value
from placement.model.checks import is_several
from placement.model.representation import given_fields

if TYPE_CHECKING:
    from typing import Protocol

    from placement.engine.explain import PlacementExplanation
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

    class Decider(Protocol):
        """What a result asks of the cluster that decided it."""

        store: Store
        change_count: int

        def _undo_placement(self, before: tuple[int, int], change_count: int) -> None: ...
        def _explain_placement(
            self, prepared: PreparedRequest, change_count: int
        ) -> PlacementExplanation: ...


__all__ = ["PlaceOnResult", "Placement", "Placements", "Request"]

Array = npt.NDArray[Any]

SHOWN_IDS = 5
"""How many instances a result names in its ``repr``."""


@attrs.frozen(repr=False)
class Request:
    """A plain request for ``place_many``: what ``prepare`` takes."""

    task: Task
    group: str | None = None
    constraints: Sequence[ConstraintOrFilter] = ()
    strategy: Sequence[StrategyOrRanker] | StrategyOrRanker | None = None

    __repr__ = given_fields


@attrs.frozen(repr=False)
class Placements:
    """What ``place_many`` or ``replay`` decided, as long as its sequence (C15).

    -1 stands for what found no room, and for the stops of ``replay``.

    Attributes:
        rows: int64, the row of each task.
        task_ids: int64, the id of each task.
    """

    rows: Array
    task_ids: Array

    def __iter__(self) -> Iterator[Array]:
        return iter((self.rows, self.task_ids))

    def __repr__(self) -> str:
        return f"<Placements: {int((self.rows >= 0).sum())} of {len(self.rows)} placed>"


@attrs.frozen
class PlaceOnResult:
    """What ``place_on`` did; true if the task was placed.

    Attributes:
        task_id: The id of the task, None if it was not placed.
        missing: The reasons of all checks that failed, in C17's order.
    """

    task_id: int | None
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.task_id is not None


class Placement:
    """What ``place`` decided.

    Attributes:
        rows: int64, the rows chosen, in order of decision; read-only.
        task_ids: int64, the ids of the tasks, in the same order; read-only.
        unplaced: How many tasks found no room.
    """

    __slots__ = (
        "_before",
        "_change_count",
        "_cluster",
        "_prepared",
        "_row_ids",
        "rows",
        "task_ids",
        "unplaced",
    )

    def __init__(
        self,
        cluster: Decider,
        prepared: PreparedRequest,
        rows: Array,
        task_ids: Array,
        unplaced: int,
        before: tuple[int, int],
    ) -> None:
        """Not to be called: see ``Cluster.place``.

        Args:
            cluster: The cluster that decided.
            prepared: What was asked.
            rows: int64, the rows chosen.
            task_ids: int64, the tasks placed.
            unplaced: How many tasks found no room.
            before: The id of the next task and the state of the generator before the call.
        """
        self._cluster = cluster
        self._before = before
        self._prepared = prepared
        # The change that made this result is counted when the call returns.
        self._change_count = cluster.change_count + 1
        self._row_ids = cluster.store.row_ids
        rows.flags.writeable = task_ids.flags.writeable = False  # ``instances`` goes by them
        self.rows = rows
        self.task_ids = task_ids
        self.unplaced = unplaced

    @property
    def instances(self) -> list[str]:
        """The ids of the instances chosen, in order of decision, deregistered ones included."""
        ids = self._row_ids
        return [ids[row] for row in self.rows.tolist()]

    def undo(self) -> None:
        """Take back what was decided, ids and random numbers too, while nothing else has changed.

        Raises:
            StaleExplanation: the cluster has changed since.
        """
        self._cluster._undo_placement(self._before, self._change_count)

    @classmethod
    def undo_all(cls, placements: Sequence[Placement]) -> None:
        """Take back placements of one cluster that were made one right after the other.

        Args:
            placements: All that were made since the first of them, in that order.

        Raises:
            StaleExplanation: the cluster has changed since the first of them otherwise, or they are
                not in the order of decision.
            UsageError: they are no placements, or of different clusters.
        """
        if not is_several(placements):
            found = describe_value(placements)
            raise UsageError(f"expected placements in the order of decision, not {found}")
        made = list(placements)
        for placement in made:
            if not isinstance(placement, Placement):
                raise UsageError(f"expected a Placement, not {describe_value(placement)}")
        if not made:
            return
        first, last = made[0], made[-1]
        for number, placement in enumerate(made):
            if placement._cluster is not first._cluster:
                raise UsageError("these placements are of different clusters")
            if placement._change_count != first._change_count + number:
                raise StaleExplanation("the cluster has changed between these placements")
        last._cluster._undo_placement(first._before, last._change_count)

    def explain(self) -> PlacementExplanation:
        """Return why there is no room for one more such task, or what it would get.

        Raises:
            StaleExplanation: the cluster has changed since (C20).
        """
        return self._cluster._explain_placement(self._prepared, self._change_count)

    def __repr__(self) -> str:
        named = ", ".join([self._row_ids[row] for row in self.rows[:SHOWN_IDS].tolist()])
        more = ", …" if len(self.rows) > SHOWN_IDS else ""
        where = f" on {named}{more}" if named else ""
        return f"<Placement: {len(self.rows)} placed{where}; {self.unplaced} not placed>"
