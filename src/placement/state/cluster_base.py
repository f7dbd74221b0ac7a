"""What layers below the engine need of a cluster: its columns, its rows and ids, its guard.

In: ids and ARNs.  Out: rows.  Which other calls there are is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from placement.errors import InstanceError, UsageError, describe_value
from placement.state.guard import CallGuard, reads

if TYPE_CHECKING:
    pass

__all__ = ["ClusterBase", "checked_cluster", "split_arn"]


class ClusterBase:
    """Container instances as rows of a store.

    ``rows`` counts rows, tombstones included; ``ids[row]`` and ``row(id)`` translate.  An id that a
    call takes is the container instance's ARN or its last part; ids given back are the last part.
    ``len()`` is the number of registered instances, ``in`` asks for an id.

    Attributes:
        store: The columns over rows; replaced by ``compact``.
        guard: The calls that are running (C53).
        change_count: Rises with every decision and every change, also when a trial is left; it
            never falls (C54).
    """

    def __init__(self) -> None:
        from placement.state.store import Store  # with numpy, which no expression needs

        self.store = Store()
        self.guard = CallGuard()
        self.change_count = 0

    def _void_derived(self) -> None:
        """Let indexes be built again: an error has ended a change at a place that nobody knows."""
        self.store.note_all()

    # Rows and ids

    @property
    def rows(self) -> int:
        """How many rows there are, tombstones included: the length of every mask."""
        self.guard.check_read()
        return len(self.store.ids)

    @property
    def ids(self) -> Sequence[str | None]:
        """The id of each row, None for a tombstone: a view that follows the cluster."""
        return _Ids(self)

    def __len__(self) -> int:
        self.guard.check_read()
        return len(self.store.row_of)

    @reads
    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self._find(id) is not None

    @reads
    def row(self, id: str) -> int:
        """Return the row of a registered instance.

        Raises:
            InstanceError: there is none with this id.
        """
        return self._row(id)

    def _row(self, id: str) -> int:
        row = self.store.row_of.get(id) if isinstance(id, str) else None
        return self._row_by_arn(id) if row is None else row

    def _row_by_arn(self, id: Any) -> int:
        row = self._find(id) if isinstance(id, str) else None
        if row is None:
            raise InstanceError(f"no container instance {describe_value(id)} in this cluster")
        return row

    def _find(self, id: str) -> int | None:
        """Return the row of an id or ARN, None if it is not registered here."""
        row = self.store.row_of.get(id)
        if row is not None or "/" not in id:
            return row
        prefix, last = split_arn(id)
        row = self.store.row_of.get(last)
        if row is None or self.store.matrix.get(self.store.arn_prefix, row) != prefix:
            return None
        return row


def checked_cluster(value: object) -> ClusterBase:
    """Return ``value`` if it is a cluster.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(value, ClusterBase):
        raise UsageError(f"expected a Cluster, not {type(value).__name__}")
    return value


def split_arn(id: str) -> tuple[str, str]:
    """Return the prefix of an ARN (empty for a bare id), and its last part, the id."""
    head, slash, last = id.rpartition("/")
    return head + slash, last


class _Ids(Sequence["str | None"]):
    """The ids by row; reads through to the cluster."""

    def __init__(self, cluster: ClusterBase) -> None:
        self._cluster = cluster

    @property
    def _ids(self) -> list[str | None]:
        self._cluster.guard.check_read()
        return self._cluster.store.ids

    @overload
    def __getitem__(self, row: int) -> str | None: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str | None]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str | None] | None:
        return self._ids[row]

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self._ids)

    def __repr__(self) -> str:
        return f"<ids of {len(self)} rows>"
