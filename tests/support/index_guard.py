"""What histories of indexes do to the engine: all decisions scan, few tasks make a run, room ends.

In: a cluster, or the engine as it is.  Out: the same decisions, made in other ways, and an
``AssertionError`` where a kernel has written past the end of its room to work in.  These are the
only places where a history reaches behind the public calls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from placement import Cluster
from placement.engine import decide
from placement.engine.decide import OneDecision
from placement.engine.index.index_table import IndexTable
from placement.engine.index.placement_index import PlacementIndex
from placement.engine.prepared import PreparedRequest
from placement.state.shared import addresses_of

__all__ = ["Guard", "guarded", "let_it_scan"]

Array = npt.NDArray[Any]

GUARD = 2**16
"""Positions after the end of the room to work in: as many as any layout of a history has."""

MOST_ROOMS = 4
"""A table uses the room that it was given last; earlier ones are looked at once more and left."""

UNTOUCHED = -(2**40)
"""Stands there; no kernel takes it for a number of tasks."""


class _Scans(PlacementIndex):
    """The index of a cluster in which no request has one."""

    def refresh(self) -> None:
        """Follow what full scans look at: rows that changed, for remembered answers of filters."""
        if self.store.changed_rows or self.full_scan.remembers:
            super().refresh()

    def numbers(self, requests: list[PreparedRequest]) -> Array:
        """Return -1 for each request: it needs a full scan."""
        self.refresh()
        return np.full(len(requests), -1, np.int64)

    def _look_up(self, requests: list[PreparedRequest]) -> None:
        for prepared in requests:
            prepared.number, prepared.generation = -1, self.generation


class _ScanningCluster(Cluster):
    """A cluster of which every decision is a full scan.

    So it is with a reporter too (``docs/engine.md``); but to report each step takes longer than to
    take it.
    """

    def _placement_index(self) -> PlacementIndex:
        index = self._index
        if index is None or index.store is not self.store:
            index = self._index = _Scans(self.store, self.index_bytes)
            self._one = OneDecision()
        return index


def let_it_scan(cluster: Cluster) -> None:
    """Let all decisions of a cluster that has made none yet be full scans."""
    cluster.__class__ = _ScanningCluster


class Guard:
    """The rooms to work in of the tables that were made last."""

    def __init__(self) -> None:
        self._rooms: deque[tuple[int, Array]] = deque()

    def list_arrays(self, original: Callable[[IndexTable], Array], table: IndexTable) -> Array:
        """Do what ``IndexTable.list_arrays`` does, with room that has a guarded end."""
        is_new = table.addresses is None
        addresses = original(table)
        if is_new:
            length = len(table._kept.left)
            room = np.zeros(length + GUARD, np.int64)
            room[length:] = UNTOUCHED
            self._rooms.append((length, room))
            if len(self._rooms) > MOST_ROOMS:
                _check(*self._rooms.popleft())
            table._kept = table._kept._replace(left=room[:length])
            table.addresses = addresses = addresses_of(table._kept)
        return addresses

    def let_be_a_run(self, tasks: int) -> None:
        """Let so many tasks of one request be decided as a run (``decide_run``)."""
        decide.MANY = tasks

    def check(self) -> None:
        """Hold that nobody has written past an end, and that all rooms are empty again."""
        for length, room in self._rooms:
            _check(length, room)


def _check(length: int, room: Array) -> None:
    written = np.flatnonzero(room[length:] != UNTOUCHED)
    assert not len(written), f"written {written[0] + 1} positions past the end of its room"
    assert not room[:length].any(), "something is left in the room to work in"


@contextmanager
def guarded() -> Iterator[Guard]:
    """Give kernels room that is guarded; afterwards everything is as it was."""
    guard = Guard()
    original = IndexTable.list_arrays

    def list_arrays(table: IndexTable) -> Array:
        return guard.list_arrays(original, table)

    with (
        patch.object(decide, "MANY", decide.MANY),
        patch.object(IndexTable, "list_arrays", list_arrays),
    ):
        yield guard
